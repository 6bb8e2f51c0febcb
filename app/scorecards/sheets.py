"""The tables in a file somebody else made: the visible sheets of a workbook, or a CSV. Nothing in it is trusted."""

import csv
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from app.kit.errors import AppError

# Far beyond any form; what is larger is another file, named by mistake, or one made to do harm.
LARGEST_BYTES = 5_000_000
LARGEST_UNPACKED_BYTES = 30_000_000
MOST_PARTS, MOST_SHEETS, MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 2000, 30, 1000, 60, 4000
# How Excel saves a CSV here and there; which of them it was shows when a header can be read.
ENCODINGS = ("utf-8-sig", "utf-16", "gb18030", "cp932", "big5", "cp1252")
DELIMITERS = ",;\t"

Cell = str | float | bool | None


class FormUnreadable(AppError):
    """This file cannot be read as a form; save it in Excel as .xlsx, without a password, or as CSV."""

    code = "form_unreadable"


class FormTooLarge(AppError):
    """This file is too large for a form; keep only the sheet with the form, and save that as .xlsx."""

    code = "form_too_large"


@dataclass(frozen=True)
class Sheet:
    """One table as it stands in the file; `uncomputed`: the cells (row, column; from 0) whose formula has no value."""

    name: str
    rows: tuple[tuple[Cell, ...], ...]
    uncomputed: frozenset[tuple[int, int]] = frozenset()


def sheets(path: Path) -> tuple[Sheet, ...]:
    """The tables of a file; of a CSV, each way in which it could be read."""
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise FormTooLarge(
                f"{path.name} is too large for a form; keep only the sheet with the form, and save that."
            )
        content = path.read_bytes()
    except OSError as error:
        raise FormUnreadable(f"The file {path} cannot be read; check the path.") from error
    if content.startswith(b"PK"):
        return _of_workbook(path.name, content)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        raise FormUnreadable(
            f"{path.name} is an old .xls workbook or has a password; save it in Excel as .xlsx, without a password."
        )
    return tuple(_of_csv(path.stem, content))


def _of_workbook(name: str, content: bytes) -> tuple[Sheet, ...]:
    # Imported here: it is large, and only who works with Excel needs it.
    from openpyxl import load_workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as packed:
            parts = packed.infolist()
        if len(parts) > MOST_PARTS or sum(part.file_size for part in parts) > LARGEST_UNPACKED_BYTES:
            raise FormTooLarge(f"{name} is too large for a form; keep only the sheet with the form, and save that.")
        # Read as a stream, row by row: a workbook may claim a million rows, or one merged cell of that size.
        computed = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False)
        written = load_workbook(io.BytesIO(content), read_only=True, data_only=False, keep_links=False)
        return tuple(
            _of_sheet(values, formulas)
            for values, formulas in zip(computed.worksheets[:MOST_SHEETS], written.worksheets, strict=False)
            if values.sheet_state == "visible"
        )
    except AppError:
        raise
    except Exception as error:
        # A damaged workbook fails in as many ways as there are parts in it.
        raise FormUnreadable(
            f"{name} cannot be read as a workbook; open it in Excel and save it again as .xlsx."
        ) from error


def _of_sheet(values: Any, formulas: Any) -> Sheet:
    rows = tuple(tuple(map(_cell, row)) for row in _first_rows(values))
    uncomputed = frozenset(
        (at, column)
        for at, row in enumerate(_first_rows(formulas))
        for column, cell in enumerate(row)
        if isinstance(cell, str) and cell.startswith("=") and rows[at][column] is None
    )
    return Sheet(values.title, _without_blank_end(rows), uncomputed)


def _first_rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    # What the sheet says of its own size may be wrong.
    sheet.reset_dimensions()
    yield from islice(sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True), MOST_ROWS + 1)


def _of_csv(name: str, content: bytes) -> Iterator[Sheet]:
    for encoding in ENCODINGS:
        try:
            text = content.decode(encoding)
        except (UnicodeDecodeError, UnicodeError):
            continue
        for delimiter in DELIMITERS:
            if delimiter not in text or "\0" in text:
                continue
            try:
                rows = tuple(
                    tuple(map(_cell, row[:MOST_COLUMNS]))
                    for row in islice(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), MOST_ROWS + 1)
                )
            except csv.Error:
                continue
            yield Sheet(name, _without_blank_end(rows))


def _cell(value: Any) -> Cell:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    lines = (" ".join(line.split()) for line in str(value)[:LONGEST_CELL].splitlines())
    return "".join(sign for sign in "\n".join(filter(None, lines)) if sign.isprintable() or sign == "\n") or None


def _without_blank_end(rows: tuple[tuple[Cell, ...], ...]) -> tuple[tuple[Cell, ...], ...]:
    last = max((at for at, row in enumerate(rows) if any(cell is not None for cell in row)), default=-1)
    return rows[: last + 1]
