"""A quality form as a centre keeps it in a spreadsheet: which row is its header, and what each row below it says."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby
from pathlib import Path

from app.kit.errors import AppError
from app.scorecards import around, headings
from app.scorecards.headings import Column, numbers
from app.scorecards.layout import HEADER_ROWS, Layout, cell_at, filled_cells, layout_of, text_at
from app.scorecards.sheets import MOST_ROWS, Cell, FormTooLarge, Sheet, sheets

MOST_LEVELS, MOST_ITEMS = 11, 300
NUMBERING = re.compile(
    r"^\s*(?:[A-Za-z]?\d+(?:[.．\-]\d+)*\s*[.．、))::](?!\d)\s*|\d+(?:\.\d+)+\s+|[((]\d+[))]\s*|[①-⑳]\s*|[一二三四五六七八九十]+[、.．]\s*)"
)


class HeaderMissing(AppError):
    """No form was found: its first 15 rows need a row of headings with one for the items and one for their points."""

    code = "form_header_missing"


class PointsMissing(AppError):
    """The form has no points; write a number of points, or a weight, beside each item."""

    code = "form_points_missing"


class ValueMissing(AppError):
    """There are points that are formulas without a value; open the form in Excel, save it, and try again."""

    code = "form_value_missing"


@dataclass(frozen=True)
class Row:
    """One item of the form; `points` as they stand there; `notes` say what was guessed."""

    number: int
    section: str
    titles: dict[str, str]
    points: float | None
    levels: tuple[float, ...] = ()
    pass_level: float | None = None
    critical: bool = False
    id: str | None = None
    guidance: str = ""
    fail_reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return next(iter(self.titles.values()))


@dataclass(frozen=True)
class Form:
    """What a form says; `title` is empty and `pass_mark` None where it does not say; `left_out` are rows of no item.

    A pass mark is in percent, or `mark_in_points` of the form. `words` are the word sets of a workbook that Callmark
    wrote: by set, then by kind (phrases, patterns, exclude).
    """

    sheet: str
    title: str
    language: str
    rows: tuple[Row, ...]
    pass_mark: float | None = None
    mark_in_points: bool = False
    left_out: tuple[int, ...] = ()
    words: dict[str, dict[str, tuple[str, ...]]] = field(default_factory=dict)

    @property
    def total(self) -> float:
        return sum(row.points or 0.0 for row in self.rows)


def form(path: Path) -> Form:
    """The form in a workbook or a CSV: of several sheets, the one that says most."""
    found = sheets(path)
    known = [(sheet, layout) for sheet in found if (layout := layout_of(sheet)) is not None]
    if not known:
        raise HeaderMissing(
            f"{path.name}: no form was found. Its first {HEADER_ROWS} rows need a row of headings, with one for the "
            "items (Item, 检查项, 評価項目) and one for their points (Points, 分值, 配点)."
        )
    sheet, layout = max(known, key=lambda one: _worth(*one))
    if len(sheet.rows) > MOST_ROWS:
        raise FormTooLarge(f"{path.name}: the sheet {sheet.name!r} has over {MOST_ROWS} rows; keep only the form.")
    rows, left_out = _rows(sheet, layout)
    if len(rows) > MOST_ITEMS:
        raise FormTooLarge(
            f"{path.name}: the sheet {sheet.name!r} has {len(rows)} items; no form has over {MOST_ITEMS}."
        )
    if any((row.number - 1, layout.points) in sheet.uncomputed for row in rows) or any(
        (at - 1, layout.points) in sheet.uncomputed for at in left_out
    ):
        raise ValueMissing(
            f"{path.name}: there are points that are formulas without a value; "
            "open the file in Excel, save it, and try again."
        )
    if not any(row.points for row in rows):
        raise PointsMissing(f"{path.name}: no item has points; write a number of points, or a weight, beside each.")
    others = (*sheet.rows[: layout.header], *(sheet.rows[at - 1] for at in left_out), *around.totals(sheet, layout))
    language = around.language(others, "".join(row.title for row in rows))
    titled = tuple(
        replace(row, titles={language if one == "" else one: text for one, text in row.titles.items()}) for row in rows
    )
    mark, in_points = around.pass_mark(others, sum(row.points or 0.0 for row in rows))
    return Form(
        sheet=sheet.name,
        title=around.title(sheet, layout),
        language=language,
        rows=titled,
        pass_mark=mark,
        mark_in_points=in_points,
        left_out=left_out,
        words=around.words(found),
    )


# --- what each row says -----------------------------------------------------------------------------------------------


def _worth(sheet: Sheet, layout: Layout) -> tuple[int, int]:
    """How much of a form a sheet is: its items with points, then all of them."""
    rows, _ = _rows(sheet, layout)
    return sum(bool(row.points) for row in rows), len(rows)


def _rows(sheet: Sheet, layout: Layout) -> tuple[tuple[Row, ...], tuple[int, ...]]:
    """The items in their order, and the numbers of rows that are text around them."""
    found: list[Row] = []
    section = ""
    header = sheet.rows[layout.header]
    for at, row in enumerate(sheet.rows[layout.below :], layout.below):
        filled = filled_cells(row)
        if not filled or row == header or around.is_total(row):
            continue
        item = next(filter(None, (text_at(row, place) for place in (layout.item, *layout.titles.values()))), "")
        said = text_at(row, layout.section)
        if said and layout.section != layout.item:
            section = said
        if _is_heading(row, item, layout, (at, layout.points) in sheet.uncomputed):
            section = headings.first_text(row)
        elif item and item != said and not _is_signature(row, item):
            found.append(_row(row, at + 1, _named(section), layout))
        elif found and not said and (more := _explained(row, layout)):
            found[-1] = replace(found[-1], guidance=f"{found[-1].guidance}\n{more}".strip())
    last = max((place for place, row in enumerate(found) if row.points or row.critical), default=-1)
    items, rest = found[: last + 1], found[last + 1 :]
    if layout.section is None and not section:
        items = _without_section_rows(items)
    return _with_shares(items), tuple(row.number for row in rest)


def _is_heading(row: Sequence[Cell], item: str, layout: Layout, is_computed: bool) -> bool:
    """Whether a row is the heading of a section: one text alone, without points, where an item would have some."""
    if not _says_one_thing(row) or _points(row, layout) or headings.says_critical(item):
        return False
    return not item or (layout.section is None and not layout.grades and not is_computed)


def _is_signature(row: Sequence[Cell], item: str) -> bool:
    """Whether a row is there to be filled in: "Signed by:"."""
    return _says_one_thing(row) and item.endswith((":", "：", "_"))


def _says_one_thing(row: Sequence[Cell]) -> bool:
    return len({cell for cell in row if isinstance(cell, str)}) == 1


def _row(row: Sequence[Cell], number: int, section: str, layout: Layout) -> Row:
    notes: list[str] = []
    titles = {code: text for code, place in layout.titles.items() if (text := text_at(row, place))}
    title = text_at(row, layout.item)
    points, levels = _points(row, layout), _levels(row, layout)
    if points is None and levels:
        points = levels[-1]
    if levels and points and levels[-1] != points:
        notes.append(f"its levels were scaled from 0-{levels[-1]:g} to its {points:g} points")
        levels = tuple(round(level * points / levels[-1], 4) for level in levels)
    written = [cell_at(row, place) for place in (layout.points, layout.one.get(Column.CRITICAL))]
    critical = headings.says_yes(cell_at(row, layout.one.get(Column.CRITICAL))) or any(
        isinstance(cell, str) and headings.says_critical(cell) for cell in (title, *written)
    )
    known = text_at(row, layout.one.get(Column.ID))
    pass_level = numbers(cell_at(row, layout.one.get(Column.PASS_LEVEL)))
    reasons = text_at(row, layout.one.get(Column.FAIL_REASONS))
    return Row(
        number=number,
        section=section,
        titles=titles or {"": _without_numbering(title)},
        points=points or None,
        levels=levels,
        pass_level=pass_level[0] if pass_level and pass_level[0] in levels[1:] else None,
        critical=critical,
        id=known if re.fullmatch(r"[a-z][a-z0-9_]*", known) else None,
        guidance=_explained(row, layout),
        fail_reasons=tuple(filter(None, (_without_numbering(one) for one in reasons.splitlines()))),
        notes=tuple(notes),
    )


def _points(row: Sequence[Cell], layout: Layout) -> float | None:
    cell = cell_at(row, layout.points)
    found = numbers(cell)
    if found and isinstance(cell, str) and "%" in cell:
        # As a spreadsheet counts what it shows as percent.
        return found[-1] / 100
    return found[-1] if found else None


def _levels(row: Sequence[Cell], layout: Layout) -> tuple[float, ...]:
    """The levels of an item: from their own column, from a scale instead of points, or from a column for each grade."""
    for place in (layout.one.get(Column.LEVELS), layout.points):
        if len(found := numbers(cell_at(row, place))) > 1:
            return found[:MOST_LEVELS]
    graded = []
    for place, (_, points) in layout.grades.items():
        own = numbers(cell_at(row, place))
        graded.append(own[-1] if own else points)
    known = sorted({one for one in graded if one is not None})
    return tuple(known) if None not in graded and len(known) > 1 and known[-1] > 0 else ()


def _explained(row: Sequence[Cell], layout: Layout) -> str:
    """What the form explains about an item: its guidance, and what each grade asks for."""
    parts = [text_at(row, place) for place in layout.guidance if place != layout.item]
    for place, (name, _) in layout.grades.items():
        text = text_at(row, place)
        if text and not numbers(text):
            parts.append(f"{name}: {text}")
    return "\n".join(dict.fromkeys(filter(None, parts)))


def _without_section_rows(rows: list[Row]) -> list[Row]:
    """The items alone, where each section stands above its items as a row with their sum."""
    found: list[Row] = []
    left = list(rows)
    while left:
        head, sum_of_items, count = left.pop(0), 0.0, 0
        while count < len(left) and sum_of_items < (head.points or 0.0) - 1e-9:
            sum_of_items += left[count].points or 0.0
            count += 1
        if not count or abs(sum_of_items - (head.points or 0.0)) > 1e-9:
            return rows
        found += [replace(row, section=_named(head.title)) for row in left[:count]]
        left = left[count:]
    return found if len(rows) - len(found) > 1 and len(found) > len(rows) / 2 else rows


def _with_shares(rows: list[Row]) -> tuple[Row, ...]:
    """Each row with its points, where those of a whole section stand beside its first item alone."""
    found: list[Row] = []
    for _, group in groupby(rows, key=lambda row: row.section):
        members = list(group)
        sharing = [row for row in members if row.points is None and not row.critical]
        first = members[0]
        if len(members) > 1 and first.points and not first.levels and len(sharing) == len(members) - 1:
            share = first.points / len(members)
            note = f"the {first.points:g} points of row {first.number} were shared evenly by {len(members)} items"
            members = [replace(row, points=share, notes=(*row.notes, note)) for row in members]
        found += members
    return tuple(found)


def _without_numbering(text: str) -> str:
    return NUMBERING.sub("", " ".join(text.split())).strip()


def _named(section: str) -> str:
    """A section's name without its number and its points: "一、开场白(20分)"."""
    return re.sub(
        r"\s*[((]\s*[\d.]+\s*(?:%|分|点|pts?|points?)?\s*[))]\s*$", "", _without_numbering(section), flags=re.I
    )
