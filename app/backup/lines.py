"""A row as a line of text, the same for both databases: what PostgreSQL writes and reads by COPY.

Values stand between tabs; NULL is \\N; backslash, tab and ends of lines in a text are written with a backslash. Yes and
no are 1 and 0, moments are UTC, bytes are hexadecimal after \\x, terms of the search stand between blanks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import types
from sqlalchemy.dialects.postgresql import TSVECTOR

NULL = "\\N"


class Kind(StrEnum):
    """How the values of a column are written; `plain` are those in which nothing has to be written otherwise."""

    PLAIN = "plain"
    TEXT = "text"
    FLAG = "flag"
    MOMENT = "moment"
    REAL = "real"
    BYTES = "bytes"
    TERMS = "terms"


@dataclass(frozen=True)
class Column:
    """A column of a table as it is in a database."""

    name: str
    kind: Kind

    @property
    def quoted(self) -> str:
        return f'"{self.name}"'


KINDS: tuple[tuple[type[object], Kind], ...] = (
    (types.Boolean, Kind.FLAG),
    (types.DateTime, Kind.MOMENT),
    (types.Date, Kind.PLAIN),
    (types.Integer, Kind.PLAIN),
    (types.Float, Kind.REAL),
    (types._Binary, Kind.BYTES),
    (TSVECTOR, Kind.TERMS),
)

# The name by which SQLite calls Python: its own way of writing a number loses digits.
EXACTLY = "exactly"
# How a value is written by the database itself, which is many times faster than to do it here.
WRITTEN: Mapping[str, Mapping[Kind, str]] = {
    "sqlite": {
        Kind.PLAIN: "{0}",
        Kind.TEXT: r"replace(replace(replace(replace({0}, '\', '\\'), char(10), '\n'), char(13), '\r'), char(9), '\t')",
        Kind.FLAG: "{0}",
        Kind.MOMENT: "{0}",
        Kind.REAL: EXACTLY + "({0})",
        # hex makes an empty text of NULL.
        Kind.BYTES: r"CASE WHEN {0} IS NOT NULL THEN '\\x' || hex({0}) END",
    },
    # COPY itself takes care of what is special in a text.
    "postgresql": {
        Kind.PLAIN: "{0}",
        Kind.TEXT: "{0}",
        Kind.FLAG: "{0}::int",
        Kind.MOMENT: "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US')",
        Kind.REAL: "{0}",
        Kind.BYTES: "{0}",
        Kind.TERMS: "array_to_string(tsvector_to_array({0}), ' ')",
    },
}
SPECIAL = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def kind_of(column_type: types.TypeEngine[object]) -> Kind:
    """Of which kind a column of this type is, as a database describes it."""
    return next((kind for known, kind in KINDS if isinstance(column_type, known)), Kind.TEXT)


def exactly(number: float | None) -> str | None:
    """A number with as many digits as tell it from every other."""
    return None if number is None else repr(number)


def written(dialect: str, column: Column) -> str:
    """SQL for the text of a value, as it stands in a line."""
    return WRITTEN[dialect][column.kind].format(column.quoted)


def line_of(columns: Sequence[Column]) -> str:
    """SQL for a whole line, without its end; for SQLite, which has no COPY."""
    values = (rf"coalesce({written('sqlite', column)}, '\N')" for column in columns)
    return " || char(9) || ".join(values)


def read(columns: Sequence[Column]) -> Callable[[str], list[object]]:
    """From a line to the values that SQLite is given; what is a whole number there, it knows by itself."""
    of_kind: dict[Kind, Callable[[str], object]] = {
        Kind.REAL: float,
        Kind.BYTES: lambda text: bytes.fromhex(text.removeprefix("\\x")),
    }
    turned = [(place, of_kind[one.kind]) for place, one in enumerate(columns) if one.kind in of_kind]

    def values(line: str) -> list[object]:
        fields: list[object] = [
            None if field == NULL else plain(field) if "\\" in field else field for field in line.split("\t")
        ]
        for place, turn in turned:
            if (field := fields[place]) is not None:
                fields[place] = turn(str(field))
        return fields

    return values


def plain(field: str) -> str:
    """A text as it was before it was written into a line."""
    return re.sub(r"\\(.)", lambda found: SPECIAL.get(found[1], found[1]), field, flags=re.DOTALL)


def with_terms(columns: Sequence[Column]) -> Callable[[str], str] | None:
    """From a line to one whose terms are quoted as PostgreSQL reads them; None where there are none."""
    places = [place for place, column in enumerate(columns) if column.kind == Kind.TERMS]
    if not places:
        return None

    def quoted(line: str) -> str:
        fields = line.split("\t")
        for place in places:
            # Terms are letters and digits alone: nothing in them needs a backslash.
            fields[place] = NULL if fields[place] == NULL else " ".join(f"'{one}'" for one in fields[place].split())
        return "\t".join(fields)

    return quoted
