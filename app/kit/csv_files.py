"""CSV as spreadsheets read it: a cell that a stranger wrote never runs as a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

# What spreadsheets take for the beginning of a formula, in both widths.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# Without it Excel takes UTF-8 for the local code page.
BYTE_ORDER_MARK = "\ufeff"

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
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given, so that an exported file can be imported again."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(FORMULA) else cell
