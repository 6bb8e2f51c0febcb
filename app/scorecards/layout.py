"""Which column of a sheet says what: found by the headings that quality forms have."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from app.scorecards import headings
from app.scorecards.headings import Column, numbers
from app.scorecards.sheets import Cell, Sheet

HEADER_ROWS = 15


@dataclass(frozen=True)
class Layout:
    """Which columns of a sheet say what, and the row (from 0) below which the items stand."""

    header: int
    below: int
    item: int
    points: int | None
    section: int | None = None
    titles: dict[str, int] = field(default_factory=dict)
    one: dict[Column, int] = field(default_factory=dict)
    guidance: tuple[int, ...] = ()
    grades: dict[int, tuple[str, float | None]] = field(default_factory=dict)


def layout_of(sheet: Sheet) -> Layout | None:
    """The columns of a sheet, by the row among the first that looks most like a header; None when none does."""
    found = [one for at in range(min(HEADER_ROWS, len(sheet.rows))) if (one := _layout_at(sheet, at)) is not None]
    return max(
        found, key=lambda one: (len(one.one) + len(one.guidance) + (one.section is not None), -one.header), default=None
    )


def _layout_at(sheet: Sheet, at: int) -> Layout | None:
    header = sheet.rows[at]
    found: dict[Column, list[tuple[int, int]]] = {}
    titles: dict[str, int] = {}
    for place, heading in enumerate(header):
        kind = headings.column(heading) if isinstance(heading, str) else None
        if kind is None:
            continue
        spoken = headings.language_of(heading)
        if kind[0] == Column.ITEM and spoken:
            titles.setdefault(spoken, place)
        found.setdefault(kind[0], []).append((kind[1], place))
    for wanted, instead in headings.SECOND_BEST.items():
        if wanted not in found and instead in found:
            found[wanted] = [min(found[instead])] if wanted == Column.ITEM else found[instead]
            found[instead] = [one for one in found[instead] if one not in found[wanted]]
    if Column.ITEM not in found or len(filled_cells(header)) < 2:
        return None
    grades, below = _grades(header), at + 1
    item_places = {place for _, place in found[Column.ITEM]}
    if not grades and below < len(sheet.rows) and not any(text_at(sheet.rows[below], place) for place in item_places):
        # The grades stand in a second row of headings.
        grades = _grades(sheet.rows[below])
        below += bool(grades)
    body = sheet.rows[below:]
    points = _points_column(found.get(Column.POINTS, []), body, sheet.uncomputed)
    if points is None and not grades and Column.LEVELS not in found and Column.POINTS not in found:
        return None
    section, item, further = _item_columns(found, titles, body)
    one = {kind: min(places)[1] for kind, places in found.items() if places}
    guidance = tuple(place for _, place in sorted(found.get(Column.GUIDANCE, [])) if place not in grades)[:2] + further
    return Layout(
        header=at,
        below=below,
        item=item,
        points=points if points is not None else one.get(Column.POINTS),
        section=section,
        titles=titles,
        one=one,
        guidance=guidance,
        grades={place: grade for place, grade in grades.items() if place not in (item, points, section)},
    )


def _grades(header: Sequence[Cell]) -> dict[int, tuple[str, float | None]]:
    grades = {place: grade for place, cell in enumerate(header) if (grade := headings.grade(cell)) is not None}
    return grades if len(grades) > 1 else {}


def _points_column(
    found: list[tuple[int, int]], body: Sequence[Sequence[Cell]], uncomputed: Iterable[tuple[int, int]]
) -> int | None:
    """Of the columns headed as points, the best headed among those that hold numbers."""
    formulas = {column for _, column in uncomputed}
    filled = {place: sum(bool(numbers(cell_at(row, place))) for row in body) for _, place in found}
    most = max(filled.values(), default=0)
    usable = [
        one for one in found if (filled[one[1]] and filled[one[1]] >= most / 2) or (not most and one[1] in formulas)
    ]
    return min(usable)[1] if usable else None


def _item_columns(
    found: dict[Column, list[tuple[int, int]]], titles: dict[str, int], body: Sequence[Sequence[Cell]]
) -> tuple[int | None, int, tuple[int, ...]]:
    """The section's column, the item's, and further ones that explain it: of several for the item, the fullest."""
    sections = found.get(Column.SECTION, [])
    section = min(sections)[1] if sections else None
    if titles:
        return section, next(iter(titles.values())), ()
    ranked = sorted(found[Column.ITEM])
    filled = {place: sum(isinstance(cell_at(row, place), str) for row in body) for _, place in ranked}
    most = max(filled.values())
    full = [place for _, place in ranked if filled[place] >= 0.9 * most]
    sparse = [place for place in filled if place not in full]
    if section is None and sparse:
        section = min(sparse)
    return section, full[0], tuple(full[1:])


def cell_at(row: Sequence[Cell], place: int | None) -> Cell:
    return row[place] if place is not None and place < len(row) else None


def filled_cells(row: Sequence[Cell]) -> list[Cell]:
    return [cell for cell in row if cell is not None]


def text_at(row: Sequence[Cell], place: int | None) -> str:
    """A cell that says something in words; a mere number says nothing."""
    cell = cell_at(row, place)
    return cell.strip() if isinstance(cell, str) and re.search(r"[^\W\d_]", cell) else ""
