"""Long lists, one page at a time: the cursor remembers the last row seen, so new rows disturb nothing."""

import base64
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import and_, or_
from sqlalchemy.orm import InstrumentedAttribute
from sqlmodel import Session, func, select
from sqlmodel.sql.expression import SelectOfScalar

from app.kit.db import UtcTime
from app.kit.errors import AppError

T = TypeVar("T")
U = TypeVar("U")

PAGE_SIZE = 50
LARGEST_PAGE = 500
# The largest id that both databases can compare with.
LARGEST_ID = 2**63 - 1


class CursorInvalid(AppError):
    """The cursor is not one that this list gave; leave it out to begin at the beginning."""

    code = "cursor_invalid"
    status = 422


@dataclass(frozen=True)
class Page(Generic[T]):
    """Some rows of a list, where to go on (None: that was the end), and how long the whole list is."""

    items: Sequence[T]
    next_cursor: str | None
    total: int

    def of(self, shown: Callable[[T], U]) -> "Page[U]":
        """The same page with every row shown in another form."""
        return Page([shown(item) for item in self.items], self.next_cursor, self.total)


def paginate(
    session: Session,
    wanted: SelectOfScalar[T],
    *,
    by: Any,
    row_id: Any,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
    smallest_first: bool = False,
    most: int | None = None,
) -> Page[T]:
    """The page after the cursor, the largest `by` first or the smallest; equal ones stand in the order of their ids.

    `by` (a column of times or numbers that is never empty) and `row_id` belong to the table that `wanted` selects.
    Where a list may be very long, the total is told up to `most`.
    """
    counted = wanted.order_by(None).limit(most).subquery()
    total = session.exec(select(func.count()).select_from(counted)).one()
    if cursor is not None:
        value, last_id = _read(cursor, by)
        larger = or_(by > value, and_(by == value, row_id > last_id))
        smaller = or_(by < value, and_(by == value, row_id < last_id))
        wanted = wanted.where(larger if smallest_first else smaller)
    size = max(1, min(size, LARGEST_PAGE))
    order = (by.asc(), row_id.asc()) if smallest_first else (by.desc(), row_id.desc())
    rows = session.exec(wanted.order_by(*order).limit(size + 1)).all()
    shown = rows[:size]
    return Page(shown, _written(shown[-1], by, row_id) if len(rows) > size else None, total)


def _written(row: object, by: InstrumentedAttribute[Any], row_id: InstrumentedAttribute[Any]) -> str:
    value = getattr(row, by.key)
    place = [value.isoformat() if isinstance(value, datetime) else value, getattr(row, row_id.key)]
    return base64.urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


def _read(cursor: str, by: InstrumentedAttribute[Any]) -> tuple[Any, int]:
    """The value and the id that a cursor stands for; what a client made up itself is no cursor."""
    try:
        value, last_id = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if isinstance(by.type, UtcTime):
            value = datetime.fromisoformat(value).astimezone(UTC)
        elif type(value) is not int or abs(value) > LARGEST_ID:
            raise CursorInvalid
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        raise CursorInvalid from error
    if type(last_id) is not int or not 0 <= last_id <= LARGEST_ID:
        raise CursorInvalid
    return value, last_id
