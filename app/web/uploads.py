"""Takes recordings out of the form of the calls page, each file for itself, a large one from its pieces."""

import hashlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlmodel import Session
from starlette.datastructures import FormData, UploadFile

from app.accounts.models import User
from app.calls import service
from app.calls.sources import Sources
from app.kit.blobs import PIECE, Blob, BlobMissing, Blobs, told_when_full
from app.kit.errors import AppError, NotFound
from app.kit.i18n import Translator
from app.request import Allow, Services, SessionDep, actor
from app.reviews import whose
from app.reviews.offering import terms

MOST_FILES = 500
MOST_FIELDS = 30
LONGEST_FIELD = 16 * 1024


class NothingChosen(AppError):
    """Choose at least one recording."""

    code = "nothing_chosen"
    status = 422


class ArrivalIncomplete(AppError):
    """Part of this file has not come yet; send what is missing."""

    code = "arrival_incomplete"
    status = 409


@dataclass(frozen=True)
class TakenIn:
    """What became of one file: the address of its call, or why there is none; `again`: the fault passes by itself."""

    name: str
    url: str = ""
    is_new: bool = True
    error: str = ""
    again: bool = False


@dataclass(frozen=True)
class Sent:
    """A file that came as a whole."""

    name: str
    file: UploadFile

    def kept(self, blobs: Blobs, limit: int) -> Blob:
        """Its bytes, in the store."""
        return blobs.put(self._pieces(), limit)

    def _pieces(self) -> Iterator[bytes]:
        self.file.file.seek(0)
        return iter(lambda: self.file.file.read(PIECE), b"")


@dataclass(frozen=True)
class Arrival:
    """A large file that comes in pieces; `id` is the same whenever its sender chooses the same file again."""

    name: str
    size: int
    id: str

    def came(self, blobs: Blobs) -> int:
        """How many of its bytes are here."""
        return self.size if blobs.is_put_together(self.id) else min(blobs.arrived(self.id), self.size)

    def kept(self, blobs: Blobs, limit: int) -> Blob:
        """Its bytes, in the store, once all of them are here."""
        if self.came(blobs) < self.size:
            raise ArrivalIncomplete
        try:
            return blobs.put_together(self.id, limit)
        except BlobMissing as error:
            # The same was asked for twice at the same moment, and the other one was quicker.
            raise ArrivalIncomplete from error


def FormOf(policy: Callable[[User], bool], most_fields: int = MOST_FIELDS) -> Any:  # noqa: N802 (it reads as a type)
    """The form, with its files, of somebody of whom the policy says that they may send it.

    The body is read only after that, and with no transaction open: a slow upload would hold everybody up.
    """

    def checked(user: Annotated[User, Allow(policy)], session: SessionDep) -> User:
        session.commit()
        return user

    async def received(request: Request, user: Annotated[User, Depends(checked)]) -> AsyncIterator[FormData]:
        # What comes in waits in files until all of it is here.
        with told_when_full():
            form = await request.form(max_files=MOST_FILES, max_fields=most_fields, max_part_size=LONGEST_FIELD)
        try:
            yield form
        finally:
            await form.close()

    return Depends(received)


def take_in(
    session: Session, shared: Services, user: User, form: FormData, told: Sources, words: Translator
) -> tuple[TakenIn, ...]:
    """Add a call for every file of the form; a file that cannot be taken stops none of the others."""
    told.check()
    session.commit()
    chosen = [one for one in form.getlist("files") if isinstance(one, UploadFile)]
    files: list[Sent | Arrival] = [Sent(one.filename, one) for one in chosen if one.filename]
    if arrival := arrival_of(user, form):
        files.append(arrival)
    if not files:
        raise NothingChosen
    return tuple(_taken(session, shared, user, file, told, words) for file in files)


def arrival_of(user: User, form: FormData | Mapping[str, str]) -> Arrival | None:
    """The large file that a form speaks of, if it speaks of one."""
    name, size, modified = (str(form.get(field, "")) for field in ("name", "size", "modified"))
    if not name or not size.isdecimal() or not modified.isdecimal():
        return None
    of = f"{user.id}\0{name}\0{int(size[:15])}\0{int(modified[:15])}"
    return Arrival(name, int(size[:15]), hashlib.sha256(of.encode(errors="replace")).hexdigest())


def _taken(
    session: Session, shared: Services, user: User, file: Sent | Arrival, told: Sources, words: Translator
) -> TakenIn:
    try:
        name, facts = service.check_file_name(file.name), told.facts(file.name)
        session.commit()
        stored = file.kept(shared.blobs, shared.settings.max_upload_mb << 20)
        on = terms(shared.settings)
        added = whose.add_call(session, shared.queue, stored, name, facts, actor(user), user, on)
        session.commit()
    except NotFound:
        session.rollback()
        return TakenIn(file.name, error=words.gettext("This recording is here already, with another team."))
    except AppError as error:
        session.rollback()
        passes = error.status >= 500 or isinstance(error, ArrivalIncomplete)
        return TakenIn(file.name, error=words.gettext(error.message), again=passes)
    return TakenIn(file.name, f"/calls/{added.call.id}", added.is_new)
