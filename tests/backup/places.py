"""Where a service keeps what it has: SQLite and a folder, or PostgreSQL and S3."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from app.backup.lines import read
from app.backup.restoring import STREAM, Restored, restore
from app.backup.service import Made, back_up
from app.backup.tables import lines_of, snapshot, tables
from app.kit import db
from app.kit.blobs import Blobs, open_blobs
from app.settings import Settings

KINDS = ("sqlite", "postgresql")
AT = datetime(2026, 11, 23, 4, 5, 6, tzinfo=UTC)


def say_nothing(what: str, share: float) -> None:
    """What a backup tells while nobody looks."""


@dataclass(frozen=True)
class Place:
    """One of them, and its folder."""

    settings: Settings
    engine: Engine
    blobs: Blobs

    def back_up(self, folder: Path, tell=say_nothing, at: datetime = AT, **how) -> Made:
        return back_up(self.engine, self.blobs, self.settings, folder, at, tell, **how)

    def restore(self, path: Path, tell=say_nothing, **how) -> Restored:
        return restore(self.engine, self.blobs, self.settings, path, AT, tell, **how)

    def content(self) -> dict[str, list[tuple[str, ...]]]:
        """Every row of every table that a backup holds, but for what the ledger says of restoring."""
        with snapshot(self.engine) as connection:
            found = {}
            for table in tables(connection):
                values = read(table.columns)
                lines = b"".join(lines_of(connection, table)).decode().split("\n")[:-1]
                rows = [tuple(map(str, values(line))) for line in lines]
                found[table.name] = sorted(row for row in rows if STREAM not in row)
            return found

    def count(self, table: str) -> int:
        with self.engine.connect() as connection:
            return connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()


@contextmanager
def opened(settings: Settings) -> Iterator[Place]:
    """What these settings name."""
    engine = db.make_engine(settings.database)
    yield Place(settings, engine, open_blobs(settings))
    engine.dispose()


@contextmanager
def new_place(request: pytest.FixtureRequest, kind: str, folder: Path, stores: bool = False) -> Iterator[Place]:
    """A place with an empty database; with `stores`, PostgreSQL has its recordings in S3."""
    folder.mkdir(parents=True)
    with ExitStack() as open_ones:
        url = open_ones.enter_context(request.getfixturevalue(kind).fresh(folder))
        store = open_ones.enter_context(request.getfixturevalue("s3").fresh()) if stores and kind != "sqlite" else None
        settings = Settings(data_dir=folder, database_url=url, blobs_url=store, blind_share=0, double_share=0)
        yield open_ones.enter_context(opened(settings))
