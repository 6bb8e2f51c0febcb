"""Values come through the lines of a backup as they were, from either database into either."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Connection,
    Date,
    Engine,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
)

from app.backup.folder import keep_lines
from app.backup.loading import load
from app.backup.tables import lines_of, speak_plainly, tables
from app.kit import db
from app.kit.db import UtcTime
from app.transcription.models import Terms

ODD = Table(
    "odd",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("yes", Boolean),
    Column("whole", BigInteger),
    Column("real", Float),
    Column("day", Date),
    Column("at", UtcTime),
    Column("text", String),
    Column("limit", String, nullable=False),
    Column("told", JSON),
    Column("bytes", LargeBinary),
    Column("terms", Terms),
)
TEXTS = st.one_of(
    st.sampled_from(
        ["", "\\", "\\N", "\\.", "\t", "\n", "\r\n", "\\n", "a\\\tb", "NULL", "'", '"', "張三 👋", "\u2028", "0"]
    ),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
)
REALS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.1 + 0.2, 5e-324, 1.7976931348623157e308, -0.0, 1e15, 1e16, 1e-5, 123456789.123456789]),
)
ROWS = st.fixed_dictionaries(
    {
        "yes": st.none() | st.booleans(),
        "whole": st.none() | st.integers(-(2**63), 2**63 - 1),
        "real": st.none() | REALS,
        "day": st.none() | st.dates(),
        "at": st.none() | st.datetimes(timezones=st.timezones()).filter(lambda at: 2 < at.year < 9998),
        "text": st.none() | TEXTS,
        "limit": TEXTS,
        "told": st.none() | st.dictionaries(TEXTS.filter(lambda text: len(text) < 100), st.none() | REALS | TEXTS),
        "bytes": st.none() | st.binary(),
        "terms": st.none() | st.sets(st.text("abcxyz0189张三ñ", min_size=1)).map(lambda one: tuple(sorted(one))),
    }
)


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory, postgresql) -> Iterator[dict[str, Engine]]:
    folder = tmp_path_factory.mktemp("lines")
    with postgresql.fresh(folder) as url:
        found = {"sqlite": db.make_engine(f"sqlite:///{folder / 'odd.db'}"), "postgresql": db.make_engine(url)}
        for engine in found.values():
            with engine.begin() as connection:
                ODD.create(connection)
        yield found
        for engine in found.values():
            engine.dispose()


def stored(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(ODD.select().order_by(ODD.c.id))]


def carried_over(source: Engine, target: Engine, rows: list[dict[str, object]], file: Path) -> tuple[object, object]:
    """What is in a table of one database, and what comes of it in the other."""
    file.unlink(missing_ok=True)
    with source.connect() as connection:
        if rows:
            connection.execute(ODD.insert(), rows)
        before = stored(connection)
        if source.dialect.name == "postgresql":
            speak_plainly(connection)
        table = next(one for one in tables(connection) if one.name == "odd")
        written, _ = keep_lines(file, lines_of(connection, table))
        connection.rollback()
    with target.connect() as connection:
        if target.dialect.name == "postgresql":
            speak_plainly(connection)
        table = next(one for one in tables(connection) if one.name == "odd")
        read, replaced = load(connection, table, file)
        after = stored(connection)
        connection.rollback()
    assert (written, read, replaced) == (len(rows), len(rows), 0)
    return before, after


@pytest.mark.parametrize("source", ["sqlite", "postgresql"])
@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
@given(rows=st.lists(ROWS, max_size=5))
def test_whatever_is_stored_comes_through(engines, tmp_path_factory, source, target, rows):
    file = tmp_path_factory.getbasetemp() / f"{source}-{target}.gz"
    before, after = carried_over(engines[source], engines[target], rows, file)
    assert before == after


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_very_long_texts_come_through(engines, tmp_path, target):
    rows = [{"limit": "x" * 20_000_000}, {"limit": "\\\t\n張" * 1_000_000, "told": {"": "\\" * 1_000_000}}]
    for source in engines.values():
        before, after = carried_over(source, engines[target], rows, tmp_path / "lines.gz")
        assert before == after


@pytest.mark.parametrize("target", ["sqlite", "postgresql"])
def test_numbers_without_end_come_through(engines, tmp_path, target):
    rows = [{"limit": "", "real": math.inf}, {"limit": "", "real": -math.inf}]
    for source in engines.values():
        before, after = carried_over(source, engines[target], rows, tmp_path / "lines.gz")
        assert before == after


def test_a_zero_byte_which_only_sqlite_keeps_is_replaced_and_counted(engines, tmp_path):
    with engines["sqlite"].connect() as connection:
        connection.execute(ODD.insert(), [{"limit": "a\0b"}])
        table = next(one for one in tables(connection) if one.name == "odd")
        keep_lines(tmp_path / "lines.gz", lines_of(connection, table))
        connection.rollback()
    for name, expected in {"sqlite": ("a\0b", 0), "postgresql": ("a\N{REPLACEMENT CHARACTER}b", 1)}.items():
        with engines[name].connect() as connection:
            table = next(one for one in tables(connection) if one.name == "odd")
            _, replaced = load(connection, table, tmp_path / "lines.gz")
            assert (stored(connection)[0][ODD.c.keys().index("limit")], replaced) == expected
            connection.rollback()
