"""Writes a table row by row, as CSV or as one JSON object on each line; never more than a few rows are in memory."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal

from sqlalchemy import Engine

from app.accounts.models import User
from app.exports.tables import Chosen, Table, page
from app.kit import db
from app.kit.csv_files import BYTE_ORDER_MARK, guarded

Form = Literal["csv", "ndjson"]
# So many rows are read at once.
AT_ONCE = 1000


def written(
    engine: Engine, user: User, table: Table, chosen: Chosen, form: Form, byte_order_mark: bool = False
) -> Iterator[bytes]:
    """The whole table as bytes, in pieces; each piece is read in a short transaction of its own.

    Rows stand in the order of their ids, so that each comes once, and what is added meanwhile comes last.
    """
    if form == "csv":
        yield (BYTE_ORDER_MARK if byte_order_mark else "").encode() + _csv([table.columns])
    after = 0
    while True:
        with db.session(engine, reads_only=True) as session:
            found = page(session, user, table, chosen, after, AT_ONCE)
        rows = [[_plain(value) for value in row] for _, row in found]
        if rows:
            yield _csv([_cells(row) for row in rows]) if form == "csv" else _objects(table.columns, rows)
        if len(found) < AT_ONCE:
            return
        after = found[-1][0]


def _csv(rows: Sequence[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8", "replace")


def _cells(row: Sequence[Any]) -> list[Any]:
    """Cells as JSON would write them; a formula that a stranger wrote never runs."""
    return [str(value).lower() if isinstance(value, bool) else guarded(value) for value in row]


def _objects(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> bytes:
    lines = (json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False) for row in rows)
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _plain(value: Any) -> Any:
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
