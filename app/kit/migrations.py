"""Brings a database to the form this version of the product needs."""

import logging
import time
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import LockNotAvailable
from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from app.kit import db
from app.kit.errors import AppError
from app.kit.shipped import shipped

log = logging.getLogger(__name__)

# Backups take minutes; in seconds.
PATIENCE, PAUSE = 1800, 5


class DatabaseOutOfDate(AppError):
    """The database has the form of a version before; run `callmark migrate` first."""

    code = "database_out_of_date"
    status = 503


def alembic_config(url: str) -> Config:
    """Alembic's settings for a database; the migrations come with the product."""
    config = Config()
    config.set_main_option("script_location", str(shipped("migrations")))
    config.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d-%%(month).2d-%%(day).2d-%%(hour).2d%%(minute).2d_%%(slug)s")
    config.set_main_option("path_separator", "os")
    return config


class TablesInUse(AppError):
    """Somebody has used the tables for so long that they cannot be changed, perhaps a backup; run it again later."""

    code = "tables_in_use"
    status = 503


def upgrade(url: str, to: str = "head") -> None:
    """Create what is missing, change what is old; a database that is up to date, or newer, is left as it is."""
    engine = db.make_engine(url)
    try:
        if not is_up_to_date(engine):
            _upgrade_in_a_free_moment(url, to)
    finally:
        engine.dispose()


def _upgrade_in_a_free_moment(url: str, to: str) -> None:
    """Migrate when nobody is long at the tables; until then nobody waits behind it, and nothing is changed."""
    given_up = time.monotonic() + PATIENCE
    while True:
        try:
            return command.upgrade(alembic_config(url), to)
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable):
                raise
            if time.monotonic() > given_up:
                raise TablesInUse from error
            log.warning("the tables are in use; the migration is tried again in %d s", PAUSE)
            time.sleep(PAUSE)


def begin_anew(url: str, at: str) -> None:
    """Bring a database in which there is nothing to an older form."""
    command.downgrade(alembic_config(url), "base")
    upgrade(url, at)


def is_up_to_date(engine: Engine) -> bool:
    """Whether the database has the form that this version needs, or that of a later one.

    Processes of two versions work side by side while one takes the place of the other.
    """
    with db.session(engine, reads_only=True) as session:
        found = revision(session.connection())
    return found is not None and (found == _revisions()[0] or not knows(found))


def revision(connection: Connection) -> str | None:
    """Of which form a database is; None where there is nothing yet."""
    return MigrationContext.configure(connection).get_current_revision()


def knows(revision: str) -> bool:
    """Whether this form is one of this version of the product, or of one before it."""
    return revision in _revisions()


@cache
def _revisions() -> tuple[str, ...]:
    """The revisions that this version knows, the newest first."""
    scripts = ScriptDirectory.from_config(alembic_config("sqlite://"))
    return tuple(script.revision for script in scripts.walk_revisions())
