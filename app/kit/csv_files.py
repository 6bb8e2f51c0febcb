"""CSV as spreadsheets read and write it: a cell that a stranger wrote never runs as a formula."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence

# Without it Excel takes UTF-8 for the local code page.
BYTE_ORDER_MARK = "\ufeff"

# What a spreadsheet puts between the cells depends on the country.
SEPARATORS = (",", ";", "\t")

# What spreadsheets take for the beginning of a formula, in both widths.
SIGNS = "=+@＝＋－＠-"
FORMULA = (*SIGNS, "\t", "\r", "\n")
# A formula may begin with the cell, or with what becomes a cell where rows are split at semicolons or tabs. Quotes hold
# such a part no more together there, for they stand in its midst; nor do they hold together the lines of a cell.
BEGINS = rf"""(?:^(?='*[\t\r\n{SIGNS}])|[;\t\r\n]"*(?='*[{SIGNS}]))"""
BARE, GUARDED = re.compile(BEGINS), re.compile(f"({BEGINS})'")

Cell = str | int | float | bool | None


def csv_text(header: Sequence[str], rows: Iterable[Sequence[Cell]], byte_order_mark: bool = False) -> str:
    """A table as CSV (RFC 4180); None is an empty cell."""
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(header)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return (BYTE_ORDER_MARK if byte_order_mark else "") + written.getvalue()


def guarded(cell: Cell) -> Cell:
    """Text that a spreadsheet would run gets an apostrophe in front, which it does not show; numbers stay."""
    return BARE.sub(r"\g<0>'", cell) if isinstance(cell, str) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given, so that an exported file can be imported again."""
    return GUARDED.sub(r"\1", cell)


def text_of(content: bytes, language: str) -> str | None:
    """The text of a file that may be in UTF-8 or, from older spreadsheets, in the code of a country.

    Of the old codes that of the reader's language is tried first (zh: GB 18030, ja: Shift-JIS).
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings = ["utf-16"]
    elif language == "ja":
        encodings = ["utf-8-sig", "cp932", "gb18030"]
    else:
        encodings = ["utf-8-sig", "gb18030", "cp932"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    return None


def lines_of(text: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a table, the header first, each with the line on which it begins; raises csv.Error."""
    first = text.split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(SEPARATORS, key=first.count))
    begins = 1
    for cells in reader:
        yield begins, cells
        begins = reader.line_num + 1
