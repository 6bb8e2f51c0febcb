"""The table of docs/retention.md: of each column that may hold something of a call, what becomes of it."""

import re
from pathlib import Path

from sqlalchemy import JSON, Column, Enum, LargeBinary, String, TypeDecorator
from sqlmodel import SQLModel

PAGE = (Path(__file__).parent.parent.parent / "docs" / "retention.md").read_text(encoding="utf-8")
BEGINS = "## Every column that may hold something of a call"
COLUMN = re.compile(r"`([a-z_]+\.[a-z_0-9]+)`")
# In the column of a customer's calls, after each of the two.
AGED, ERASED = 2, 3


def told(place: int) -> dict[str, str]:
    """What the table says of each column in this place."""
    rows = [line.strip("| ").split(" | ") for line in PAGE.partition(BEGINS)[2].splitlines() if line.startswith("| `")]
    return {column: row[place] for row in rows for column in COLUMN.findall(row[0])}


def named() -> set[str]:
    """Every column that the page names."""
    return set(COLUMN.findall(PAGE.partition(BEGINS)[2]))


def can_tell(column: Column[object]) -> bool:
    """Whether a column can hold words."""
    kind = column.type
    plain = kind.impl_instance if isinstance(kind, TypeDecorator) else kind
    return isinstance(plain, String | JSON | LargeBinary) and not isinstance(plain, Enum)


def all_columns() -> set[str]:
    """Every column of the models that can hold words."""
    tables = SQLModel.metadata.sorted_tables
    return {f"{table.name}.{column.name}" for table in tables for column in table.columns if can_tell(column)}
