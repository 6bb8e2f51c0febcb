"""What fails beside a backup: a full disk or a database out of reach, told in one way whoever noticed it."""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError

from app.kit.db import DatabaseUnavailable
from app.kit.errors import AppError, StorageFull


class NoSpaceLeft(AppError):
    """There is no space left on the disk. Free some, then run this again: recordings that are there already are not
    copied twice."""

    code = "no_space_left"
    status = 507


@contextmanager
def told_plainly() -> Iterator[None]:
    """Say so in a sentence when there is no space left, for files or a database, or the database goes away."""
    try:
        yield
    except (OSError, StorageFull, sqlite3.Error, psycopg.Error, DBAPIError) as error:
        cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
        if _is_full(cause):
            raise NoSpaceLeft from error
        if isinstance(cause, psycopg.OperationalError):
            raise DatabaseUnavailable from error
        raise


def _is_full(cause: BaseException) -> bool:
    return (
        isinstance(cause, StorageFull | psycopg.errors.DiskFull)
        or getattr(cause, "errno", None) in {errno.ENOSPC, errno.EDQUOT}
        or (isinstance(cause, sqlite3.OperationalError) and "full" in str(cause))
    )
