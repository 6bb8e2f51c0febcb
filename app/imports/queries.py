"""Reads what became of files and lists."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.calls.models import Call, CallState
from app.imports.models import ImportState, ListImport, TakenFile
from app.kit.errors import NotFound
from app.kit.letters import has
from app.kit.pagination import Page, paginate

UNDER_WAY = (ImportState.WAITING, ImportState.RUNNING)


@dataclass(frozen=True)
class Folder:
    """A folder that recordings come from: how many files of it are calls, and how many were refused."""

    place: str
    taken: int
    refused: int


def taken_file(session: Session, file_hash: str) -> TakenFile | None:
    return session.exec(select(TakenFile).where(TakenFile.file_hash == file_hash)).first()


def folders(session: Session) -> tuple[Folder, ...]:
    """Every folder that anything came from."""
    refused = func.sum(sqlalchemy.case((col(TakenFile.fault) != "", 1), else_=0))
    wanted = select(TakenFile.place, func.count(), refused).group_by(TakenFile.place).order_by(TakenFile.place)
    return tuple(Folder(place, n - int(bad), int(bad)) for place, n, bad in session.exec(wanted))


def refused_files(session: Session, limit: int) -> Sequence[TakenFile]:
    """The files that were refused last, the newest first."""
    wanted = select(TakenFile).where(TakenFile.fault != "")
    return session.exec(wanted.order_by(col(TakenFile.taken_at).desc(), col(TakenFile.id).desc()).limit(limit)).all()


def files_naming(session: Session, written: Sequence[str], limit: int) -> Sequence[int]:
    """The files, by id, of which something is kept that has one of these words in it."""
    places = (col(TakenFile.path), col(TakenFile.fault))
    told = [has(one, word) for word in written for one in places]
    if not told:
        return []
    wanted = select(TakenFile.id).where(sqlalchemy.or_(*told)).order_by(col(TakenFile.id)).limit(limit)
    return [one for one in session.exec(wanted) if one is not None]


def lists_naming(session: Session, written: Sequence[str], limit: int) -> Sequence[int]:
    """The same of lists that were brought in."""
    words = [word.lower() for word in written]
    if not words:
        return []
    wanted = select(ListImport.id, ListImport.file_name, ListImport.error_message, ListImport.bad_rows)
    named: list[int] = []
    # Looked through here: in stored JSON letters beyond ASCII are numbers, of which no database knows the case.
    for of, file_name, error, bad_rows in session.exec(wanted.order_by(col(ListImport.id))):
        cells = (str(cell) for row in bad_rows for cell in row.values())
        told = "\n".join([file_name, error or "", *cells]).lower()
        if of is not None and any(word in told for word in words):
            named.append(of)
    return named[:limit]


def files(session: Session, ids: Sequence[int]) -> Sequence[TakenFile]:
    """These files, by id."""
    return session.exec(select(TakenFile).where(col(TakenFile.id).in_(ids)).order_by(col(TakenFile.id))).all()


def lists(session: Session, ids: Sequence[int]) -> Sequence[ListImport]:
    """These lists, by id."""
    return session.exec(select(ListImport).where(col(ListImport.id).in_(ids)).order_by(col(ListImport.id))).all()


def visible_to(user: User) -> sqlalchemy.ColumnElement[bool]:
    """Whose imports a person sees: administrators all, others their own."""
    return sqlalchemy.true() if user.role == Role.ADMIN else col(ListImport.asked_by) == user.id


def list_import(session: Session, user: User, of: int) -> ListImport:
    found = session.exec(select(ListImport).where(ListImport.id == of, visible_to(user))).first()
    if found is None:
        raise NotFound
    return found


def list_imports(session: Session, user: User, cursor: str | None = None, size: int = 50) -> Page[ListImport]:
    """The imports, the newest first."""
    wanted = select(ListImport).where(visible_to(user))
    return paginate(session, wanted, by=col(ListImport.asked_at), row_id=col(ListImport.id), cursor=cursor, size=size)


def lock(session: Session, of: int) -> ListImport | None:
    """An import that nobody else changes until this transaction ends."""
    return session.exec(select(ListImport).where(ListImport.id == of).with_for_update()).first()


def under_way(session: Session, limit: int) -> Sequence[ListImport]:
    wanted = select(ListImport).where(col(ListImport.state).in_(UNDER_WAY))
    return session.exec(wanted.order_by(col(ListImport.id)).limit(limit)).all()


def ended_with_bytes(session: Session, before: datetime, limit: int) -> Sequence[ListImport]:
    """The imports that ended before a moment and whose bytes are still kept."""
    wanted = select(ListImport).where(ListImport.blob != "", col(ListImport.ended_at) < before)
    return session.exec(wanted.order_by(col(ListImport.id)).limit(limit)).all()


def deleted_call(session: Session, sha256: str) -> int | None:
    """The call that these bytes were until somebody deleted it, unless they are a call again."""
    if session.exec(select(Call.id).where(Call.content_hash == sha256)).first() is not None:
        return None
    deleted = select(Call.id).join(TakenFile, col(TakenFile.call_id) == Call.id)
    deleted = deleted.where(TakenFile.sha256 == sha256, Call.state == CallState.DELETED)
    return session.exec(deleted.order_by(col(Call.id).desc()).limit(1)).first()


def waits_with(session: Session, blob: str) -> bool:
    """Whether a list under way still needs these bytes."""
    wanted = select(ListImport.id).where(ListImport.blob == blob, col(ListImport.state).in_(UNDER_WAY))
    return session.exec(wanted.limit(1)).first() is not None
