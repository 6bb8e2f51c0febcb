"""Whose recordings lie in a store: of two databases over one store, each would remove what the other alone names."""

import secrets

from sqlalchemy import Engine, inspect
from sqlalchemy.exc import IntegrityError

from app.calls.models import Installation
from app.kit import db
from app.kit.blobs import Blobs
from app.kit.errors import AppError

# Where a store says to which database it belongs; keys of recordings are hashes.
MARK = "belongs-to"


class StoreOfAnother(AppError):
    """The recordings of another database lie in this store, and one would remove those of the other. Name another
    store, folder or prefix (CALLMARK_BLOBS_URL). If that database is gone for good: `callmark restore --take-store`."""

    code = "store_of_another"
    status = 409


def claim(engine: Engine, blobs: Blobs) -> None:
    """See that the store belongs to this database; one that belongs to none does so from now on."""
    refuse_another(engine, blobs)
    if blobs.noted(MARK) is None:
        take(engine, blobs)


def refuse_another(engine: Engine, blobs: Blobs) -> None:
    """Refuse a store that belongs to another database."""
    if blobs.noted(MARK) not in (None, _name(engine)):
        raise StoreOfAnother


def take(engine: Engine, blobs: Blobs) -> None:
    """Have the store belong to this database."""
    if _name(engine) is None:
        _give_name(engine)
    blobs.note(MARK, _name(engine) or "")


def _name(engine: Engine) -> str | None:
    """What this database is called; None as long as it has no name, or no tables."""
    with db.session(engine, reads_only=True) as session:
        if not inspect(session.connection()).has_table(str(Installation.__tablename__)):
            return None
        found = session.get(Installation, 1)
        return found.name if found else None


def _give_name(engine: Engine) -> None:
    try:
        with db.session(engine) as session:
            session.add(Installation(name=secrets.token_hex(16)))
    except IntegrityError:
        # Another process has done so at the same moment.
        return
