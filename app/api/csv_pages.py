"""A page of a list as CSV: one line for each row, under the names that the fields have in JSON."""

from collections.abc import Sequence
from datetime import date, datetime
from enum import Enum
from typing import TypeVar

from fastapi import Response
from pydantic import BaseModel

from app.api.parameters import csv_response
from app.kit.csv_files import Cell
from app.kit.pagination import Page

Row = TypeVar("Row", bound=BaseModel)


def csv_page(columns: Sequence[str], page: Page[Row], byte_order_mark: bool) -> Response:
    """The rows of a page; `scorecard.id` is a field of a field. Where to go on stands in the header X-Next-Cursor."""
    rows = [[_cell(one, name) for name in columns] for one in page.items]
    answer = csv_response(list(columns), rows, byte_order_mark)
    if page.next_cursor:
        answer.headers["X-Next-Cursor"] = page.next_cursor
    return answer


def _cell(row: BaseModel, name: str) -> Cell:
    value: object = row
    for part in name.split("."):
        value = getattr(value, part, None)
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    return value if value is None or isinstance(value, str | int | float | bool) else str(value)
