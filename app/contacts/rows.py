"""Reads a list row by row: theirs becomes ours, and what cannot be read is named with line, column and reason."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from app.contacts import cells
from app.contacts.cells import Read, Unfit
from app.contacts.mapping import COLUMNS, NEEDED, Kind, Mapping, Rule
from app.kit.errors import AppError
from app.kit.i18n import N_

# What `callmark contacts --bad` adds to a row, so that its file can be mended and given again.
OF_BAD_ROWS = ("line", "column", "reason")
WORDS_REMEMBERED = 4096
Finder = Callable[[Sequence[str]], str]


class ListUnreadable(AppError):
    """This is no CSV file that can be read; save it as CSV in UTF-8."""

    code = "list_unreadable"
    status = 422


class ColumnsMissing(ListUnreadable):
    """A column is missing that the list cannot do without."""

    code = "columns_missing"


class ColumnUnknown(ListUnreadable):
    """The list has a column that is not known."""

    code = "column_unknown"


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that was left out: its line (the header is line 1), the column as the list calls it, and why."""

    line: int
    column: str
    message: str
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Row:
    """What a row tells, in the order of our columns (COLUMNS); None is what it does not tell."""

    line: int
    told: list[Any]
    cells: Sequence[str]


@dataclass(frozen=True)
class Reading:
    """How the cells of one list are read; `customer` makes the key of a customer from a number."""

    kind: Kind
    mapping: Mapping
    zone: ZoneInfo | None
    now: datetime
    customer: Callable[[str], int | None]


def rows_of(header: Sequence[str], lines: Iterator[tuple[int, list[str]]], reading: Reading) -> Iterator[Row | BadRow]:
    """Every row of a list whose columns are called so; empty ones and those to be skipped are left out."""
    plain, composed, names = _plan(header, reading)
    width, empty = len(header), [None] * len(COLUMNS[reading.kind])
    skipped = _conditions(header, reading.mapping.skip)
    for line, row in lines:
        if len(row) != width:
            if not any(row):
                continue
            if len(row) > width:
                yield BadRow(line, "", N_("has more cells than the header"), tuple(row))
                continue
            row.extend([""] * (width - len(row)))
        if skipped and skipped(row):
            continue
        told = empty.copy()
        place = 0
        try:
            for place, index, read in plain:
                if row[index]:
                    told[place] = read(row[index])
            for place, find, read in composed:
                found = find(row)
                if found:
                    told[place] = read(found)
        except Unfit as fault:
            yield BadRow(line, names[place], str(fault), tuple(row))
            continue
        except (ValueError, OverflowError):
            # A cell that its reader did not foresee costs its own row alone.
            yield BadRow(line, names[place], N_("cannot be read"), tuple(row))
            continue
        yield Row(line, told, row)


def _plan(
    header: Sequence[str], reading: Reading
) -> tuple[list[tuple[int, int, Read]], list[tuple[int, Finder, Read]], list[str]]:
    """What is read from one cell each, what from several or otherwise, and what the list calls our columns."""
    at = _places(header, reading.mapping)
    plain: list[tuple[int, int, Read]] = []
    composed: list[tuple[int, Finder, Read]] = []
    names = list(COLUMNS[reading.kind])
    for place, name in enumerate(COLUMNS[reading.kind]):
        rules = [one for one in reading.mapping.columns.get(name, ()) if one.column is None or one.column in at]
        if not rules:
            continue
        names[place] = rules[0].column or name
        read = _read(name, rules[0], reading)
        if len(rules) == 1 and _is_plain(rules[0]):
            plain.append((place, at[rules[0].column or ""], read))
        else:
            composed.append((place, _first([_finder(one, at, header) for one in rules]), read))
    return plain, composed, names


def _places(header: Sequence[str], mapping: Mapping) -> dict[str, int]:
    """Where each column stands, by the name that the mapping has for it: capitals do not count."""
    here = {name.strip().lower(): place for place, name in reversed(list(enumerate(header)))}
    wanted = {one for rules in mapping.columns.values() for rule in rules for one in _columns_of(rule)}
    at = {name: here[name.lower()] for name in wanted if name.lower() in here}
    for name in NEEDED[mapping.kind]:
        theirs = [one for rule in mapping.columns[name] for one in (rule.column,) if one is not None]
        if theirs and not any(one in at for one in theirs):
            raise ColumnsMissing(f"The list has no column “{theirs[0]}”; its first line names the columns.")
    if mapping.id == "own":
        unknown = [name for name in here if name and name not in {*at, *OF_BAD_ROWS}]
        if unknown:
            raise ColumnUnknown(f"The list has a column “{unknown[0]}”; known are {', '.join(COLUMNS[mapping.kind])}.")
    return at


def _columns_of(rule: Rule) -> set[str]:
    return {one for one in (rule.column, rule.minus, *rule.when) if one is not None}


def _is_plain(rule: Rule) -> bool:
    return not (rule.when or rule.pattern or rule.values or rule.otherwise or rule.minus) and rule.column is not None


def _first(finders: list[Finder]) -> Finder:
    if len(finders) == 1:
        return finders[0]

    def find(row: Sequence[str]) -> str:
        return next((found for finder in finders if (found := finder(row))), "")

    return find


def _finder(rule: Rule, at: dict[str, int], header: Sequence[str]) -> Finder:
    """The cell that a rule takes from a row, as the kind of our column is then read; empty: it tells nothing."""
    index = at.get(rule.column or "", -1)
    applies = _conditions(header, rule.when)
    taken = re.compile(rule.pattern) if rule.pattern else None
    values = {name.strip().lower(): value for name, value in (rule.values or {}).items()}
    less = at.get(rule.minus) if rule.minus else None
    length = cells.seconds(rule.unit)

    def find(row: Sequence[str]) -> str:
        if applies and not applies(row):
            return ""
        cell = (rule.value or "") if rule.column is None else row[index].strip()
        if taken is not None:
            found = taken.search(cell)
            cell = (found.group(1) or "") if found else ""
        if values or rule.otherwise is not None:
            cell = values.get(cell.lower(), cell if rule.otherwise is None else rule.otherwise if cell else "")
        if less is not None and cell:
            whole, part = length(cell), length(row[less])
            return "" if whole is None else str((whole - (part or 0)) / cells.SECONDS_IN[rule.unit])
        return cell

    return find


def _conditions(header: Sequence[str], when: dict[str, tuple[str, ...]]) -> Callable[[Sequence[str]], bool] | None:
    """Whether the other columns of a row have these values; None: nothing is asked."""
    if not when:
        return None
    here = {name.strip().lower(): place for place, name in enumerate(header)}
    asked = [
        (here[name.lower()], frozenset(one.strip().lower() for one in values))
        for name, values in when.items()
        if name.lower() in here
    ]
    return lambda row: bool(asked) and all(row[place].strip().lower() in values for place, values in asked)


def _read(name: str, rule: Rule, reading: Reading) -> Read:
    """How the cells of one of our columns are read."""
    if name.endswith("_seconds"):
        return cells.seconds(rule.unit)
    kinds: dict[str, Callable[[], Read]] = {
        "started_at": lambda: cells.moment(rule.time, reading.zone, reading.now),
        "day": lambda: cells.day(rule.time),
        "direction": lambda: cells.direction,
        "channel": lambda: cells.small,
        "rings": lambda: cells.whole(0, cells.MOST_RINGS, N_("is no number of rings from 0 to 1,000")),
        "csat": lambda: cells.whole(1, 5, N_("is no number from 1 to 5")),
        "nps": lambda: cells.whole(0, 10, N_("is no number from 0 to 10")),
        "customer": lambda: _customer(reading),
        **dict.fromkeys(
            ("answered", "transferred", "success", "solved", "solved_first", "scheduled", "present"),
            lambda: cells.yes_no,
        ),
    }
    # Few queues and people come in many rows; every row has an id of its own.
    others: Read = cells.text if name == "external_id" else lru_cache(WORDS_REMEMBERED)(cells.text)
    return kinds[name]() if name in kinds else others


def _customer(reading: Reading) -> Read:
    key_of = reading.customer

    def key(cell: str) -> int | None:
        found = cells.text(cell)
        return None if found is None else key_of(found)

    return key
