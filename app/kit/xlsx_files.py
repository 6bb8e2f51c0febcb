"""Workbooks as spreadsheets read them: a cell that a stranger wrote never runs as a formula."""

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, BinaryIO

from app.kit.csv_files import FORMULA, Cell

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

# What one sheet, one cell and the name of a sheet can hold.
MOST_ROWS, LONGEST_TEXT, LONGEST_TITLE = 1_048_576, 32_767, 31
NOT_IN_TITLES = str.maketrans(dict.fromkeys("[]:*?/\\", " "))
# Columns are as wide as what the first rows hold, in characters.
LOOKED_AT, NARROWEST, WIDEST = 100, 8, 60
# The number that workbooks have for this size of paper.
A4 = 9


@dataclass(frozen=True)
class Table:
    """A table as a file holds it: its name, the heads of its columns, and its rows; None is an empty cell."""

    title: str
    header: Sequence[str]
    rows: Iterable[Sequence[Cell]]


def xlsx_bytes(tables: Iterable[Table]) -> bytes:
    """A workbook with one sheet for each table."""
    written = io.BytesIO()
    write_xlsx(written, tables)
    return written.getvalue()


def write_xlsx(target: BinaryIO, tables: Iterable[Table]) -> None:
    """Write a workbook with one sheet for each table; a table longer than a sheet goes on in the next one.

    Rows are written as they come, so that a long table needs no more memory than a short one.
    """
    # Imported here: it is large, and only who works with a spreadsheet needs it.
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    titles: set[str] = set()
    for table in tables:
        rows = iter(table.rows)
        first: list[Sequence[Cell]] = []
        while True:
            _write_sheet(book, _title(table.title, titles), table.header, chain(first, islice(rows, MOST_ROWS - 2)))
            first = list(islice(rows, 1))
            if not first:
                break
    if not titles:
        book.create_sheet()
    book.save(target)


def _write_sheet(book: Any, title: str, header: Sequence[str], rows: Iterator[Sequence[Cell]]) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = book.create_sheet(title)
    begun = list(islice(rows, LOOKED_AT))
    for place in range(1, len(header) + 1):
        longest = max((_width(one[place - 1]) for one in (header, *begun) if len(one) >= place), default=0)
        sheet.column_dimensions[get_column_letter(place)].width = min(WIDEST, max(NARROWEST, longest + 2))
    sheet.freeze_panes = "A2"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", A4
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    heads = []
    for head in header:
        cell = WriteOnlyCell(sheet, _text(head))
        cell.data_type, cell.font = "s", Font(bold=True)
        heads.append(cell)
    sheet.append(heads)
    for row in chain(begun, rows):
        sheet.append([_cell(sheet, one) for one in row])


def _cell(sheet: Any, value: Cell) -> Any:
    """A cell's value; text that a spreadsheet would run is kept as text, and stays so when somebody edits it."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if not isinstance(value, str):
        return value
    text = _text(value)
    if not text.startswith(FORMULA):
        return text
    from openpyxl.cell import WriteOnlyCell

    cell = WriteOnlyCell(sheet, text)
    cell.data_type, cell.quotePrefix = "s", True
    return cell


def _text(value: str) -> str:
    """What a cell can hold of a text: no control characters, and not more than so many others."""
    return "".join(sign for sign in value if sign >= " " or sign in "\t\n\r")[:LONGEST_TEXT]


def _title(wanted: str, taken: set[str]) -> str:
    """A name that a sheet may have and no other one has."""
    plain = _text(wanted).translate(NOT_IN_TITLES).strip(" '")[:LONGEST_TITLE] or "Table"
    title, number = plain, 1
    while title.casefold() in taken:
        number += 1
        mark = f" ({number})"
        title = plain[: LONGEST_TITLE - len(mark)] + mark
    taken.add(title.casefold())
    return title


def _width(value: Cell) -> int:
    """How many characters wide a cell is; a Chinese or Japanese one counts twice."""
    lines = str(value if value is not None else "").split("\n")
    return max(sum(2 if sign > "\u2e7f" else 1 for sign in line) for line in lines)
