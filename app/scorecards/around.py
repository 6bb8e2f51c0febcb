"""What a form says around its items: its title, its pass mark, its totals, the language of the calls."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from app.domain.language import LANGUAGES
from app.scorecards import headings
from app.scorecards.headings import Column
from app.scorecards.layout import Layout, cell_at
from app.scorecards.sheets import Cell, Sheet


def is_total(row: Sequence[Cell]) -> bool:
    """Whether a row adds up others."""
    return headings.is_one_of(headings.first_text(row), headings.written_or(headings.TOTAL, headings.TOTALS))


def totals(sheet: Sheet, layout: Layout) -> Iterator[tuple[Cell, ...]]:
    """Rows below the header that name the pass mark, with the totals or after them."""
    for row in sheet.rows[layout.below :]:
        if is_total(row) or said_beside([row], headings.PASS_MARK, headings.PASS_MARKS):
            yield row


def said_beside(rows: Iterable[Sequence[Cell]], label: str, others: str) -> str:
    """What stands beside a label, or after it in the same cell; empty when there is no such label."""
    words = headings.written_or(label, others)
    for row in rows:
        for place, cell in enumerate(row):
            if not isinstance(cell, str):
                continue
            name, _, after = unicodedata.normalize("NFKC", cell).partition(":")
            if headings.is_one_of(name, words):
                within = re.search(r"[\d.]+\s*%?", after or name)
                beside = next((str(one) for one in row[place + 1 :] if one is not None), "")
                return after.strip() or (within[0] if within else beside)
    return ""


def pass_mark(rows: Iterable[Sequence[Cell]], total: float) -> tuple[float | None, bool]:
    """The pass mark as it stands in the form, and whether it counts points of the form rather than percent."""
    said = said_beside(rows, headings.PASS_MARK, headings.PASS_MARKS)
    found = re.search(r"\d+(?:\.\d+)?", said)
    if found is None:
        return None, False
    mark = float(found[0])
    if 0 < mark <= 1:
        return mark * 100, False
    return mark, "%" not in said and abs(total - 100) > 0.005 and mark <= total


def title(sheet: Sheet, layout: Layout) -> str:
    """What stands above the header, if anything does."""
    for row in sheet.rows[: layout.header]:
        text = headings.first_text(row)
        if text and not said_beside([row], headings.PASS_MARK, headings.PASS_MARKS):
            return text.splitlines()[0].strip()
    return ""


def words(found: Iterable[Sheet]) -> dict[str, dict[str, tuple[str, ...]]]:
    """The word sets on a sheet that Callmark wrote, as they are there now."""
    words: dict[str, dict[str, tuple[str, ...]]] = {}
    for sheet in found:
        header = [headings.column(cell) for cell in sheet.rows[0]] if sheet.rows else []
        places = {kind[0]: place for place, kind in enumerate(header) if kind is not None}
        if not {Column.SET, Column.KIND, Column.TEXT} <= places.keys():
            continue
        for row in sheet.rows[1:]:
            name, kind, text = (cell_at(row, places[one]) for one in (Column.SET, Column.KIND, Column.TEXT))
            if isinstance(name, str) and text is not None and (field_name := headings.word_kind(kind)):
                held = words.setdefault(name, {})
                held[field_name] = (*held.get(field_name, ()), str(text))
    return words


def language(rows: Iterable[Sequence[Cell]], titles: str) -> str:
    """The language of the calls: as the form says, else the one its titles are written in, by their script."""
    said = said_beside(rows, headings.CALLS_IN, "")
    if said in LANGUAGES:
        return said
    kana, han = len(re.findall(r"[\u3041-\u30ff]", titles)), len(re.findall(r"[\u4e00-\u9fff]", titles))
    if kana > 1 and kana * 10 > han:
        return "ja"
    return "zh" if han else "en"
