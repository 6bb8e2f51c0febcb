"""Whether this process can do its work: its databases are there, in the form it needs."""

from collections.abc import Callable, Mapping

from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from app.kit.db import DatabaseUnavailable
from app.kit.errors import AppError
from app.kit.migrations import DatabaseOutOfDate, is_up_to_date
from app.kit.queue import Queue

READY = "ready"


def readiness(engine: Engine, queue: Queue) -> Mapping[str, str]:
    """What is asked of each part: `ready`, or in one word what is wrong with it.

    The store is no part: without it nobody hears a call, but most pages go on, on every server alike.
    """
    return {"database": _found(lambda: _look_at_database(engine)), "jobs": _found(queue.oldest_waiting)}


def _look_at_database(engine: Engine) -> None:
    if not is_up_to_date(engine):
        raise DatabaseOutOfDate


def _found(look: Callable[[], object]) -> str:
    try:
        look()
    except AppError as error:
        return error.code
    except DBAPIError:
        return DatabaseUnavailable.code
    except Exception as error:
        # Whoever asks is no person and not signed in: what kind of fault it is must do.
        return type(error).__name__
    return READY
