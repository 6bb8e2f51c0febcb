"""The sound of a call: played, drawn, heard unmuted, taken along; who was given it is noted down."""

import re
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_hear_unmuted, may_see_calls
from app.calls import access, queries
from app.calls.access import Listener
from app.calls.models import AccessKind, Call
from app.calls.service import SoundRemoved
from app.kit import clock
from app.kit.blobs import BlobMissing
from app.kit.db import id_of
from app.reports.wording import clock as minutes
from app.request import Allow, Services, ServicesDep, SessionDep, later
from app.transcription import queries as transcripts
from app.web.call_rows import Frame
from app.web.downloads import named
from app.web.errors import asked_by_script
from app.web.ranges import part
from app.web.rendering import render, see_other
from app.web.row_ids import RowId
from app.web.times import Moment, moment, zone_of

router = APIRouter(prefix="/calls/{call_id}")

Trusted = Annotated[User, Allow(may_hear_unmuted)]

# What follows may be the secret of a link; only the page is told.
_PLACE = re.compile(r"(/clips)/.*|(/[\w./-]*)")
# A page that only looks whether there is a recording asks for no more.
FIRST_BYTE = "bytes=0-0"


@dataclass(frozen=True)
class StretchLine:
    """A stretch in which others hear a tone; `start` is seconds."""

    start: float
    time: str


@dataclass(frozen=True)
class UnmutedPage:
    """A call to be heard unmuted, by who is noted down to hear it."""

    template: ClassVar[str] = "calls/unmuted.html"
    call: int
    reference: str
    started: Moment
    audio: str
    noted: Moment
    stretches: tuple[StretchLine, ...]


@router.get("/audio")
def hear_call(
    request: Request,
    call_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Annotated[User, Allow(may_see_calls)],
) -> Response:
    call = _with_sound(session, user, call_id)
    if call.playback is None:
        raise BlobMissing
    by = _listener(request, user)
    if request.headers.get("range") != FIRST_BYTE:
        # All of it is handed out, whatever page the browser says it is for.
        _note_later(session, shared, call_id, AccessKind.PLAYED, by)
    return part(request, shared.blobs, call.playback, "audio/mpeg")


@router.get("/peaks")
def picture_call(
    call_id: RowId, session: SessionDep, shared: ServicesDep, user: Annotated[User, Allow(may_see_calls)]
) -> Response:
    call = _with_sound(session, user, call_id)
    if call.peaks is None:
        raise BlobMissing
    content = b"".join(shared.blobs.read(call.peaks))
    return Response(content, media_type="application/octet-stream", headers={"X-Channels": str(call.channels or 1)})


@router.post("/unmuted")
def ask_for_unmuted(request: Request, call_id: RowId, session: SessionDep, user: Trusted) -> Response:
    call = _with_sound(session, user, call_id)
    _whole(call)
    # In the request's own transaction: what cannot be noted down cannot be heard.
    noted = access.note(session, call_id, AccessKind.UNMUTED, _listener(request, user), clock.now())
    address = f"/calls/{call_id}/unmuted/{id_of(noted)}"
    return JSONResponse({"audio": f"{address}/audio"}, 201) if asked_by_script(request) else see_other(address)


@router.get("/unmuted/{access_id}")
def show_unmuted(request: Request, call_id: RowId, access_id: RowId, session: SessionDep, user: Trusted) -> Response:
    call = queries.call(session, user, call_id)
    noted = access.unmuted(session, access_id, call_id, id_of(user), clock.now())
    revision = transcripts.current(session, call_id)
    page = UnmutedPage(
        call=call_id,
        reference=call.external_id or call.file_name,
        started=Frame(session, user, [call]).started(call),
        audio=f"/calls/{call_id}/unmuted/{access_id}/audio",
        noted=moment(noted.at, zone_of(session, user)),
        stretches=tuple(
            StretchLine(one.start, f"{minutes(one.start)}–{minutes(one.end)}")
            for one in (revision.muted_spans if revision else ())
        ),
    )
    return render(request, page)


@router.get("/unmuted/{access_id}/audio")
def hear_unmuted(
    request: Request, call_id: RowId, access_id: RowId, session: SessionDep, shared: ServicesDep, user: Trusted
) -> Response:
    call = _with_sound(session, user, call_id)
    access.unmuted(session, access_id, call_id, id_of(user), clock.now())
    return part(request, shared.blobs, _whole(call), "audio/mpeg")


@router.post("/recording")
def download_recording(
    request: Request, call_id: RowId, session: SessionDep, shared: ServicesDep, user: Trusted
) -> Response:
    call = _with_sound(session, user, call_id)
    if not call.is_recording:
        raise BlobMissing
    headers = {"Content-Length": str(shared.blobs.size(call.blob)), **named(call.file_name)}
    access.note(session, call_id, AccessKind.DOWNLOADED, _listener(request, user), clock.now())
    return StreamingResponse(shared.blobs.read(call.blob), 200, headers, "application/octet-stream")


def _with_sound(session: Session, user: User, call_id: int) -> Call:
    """The call, if its sound was not removed because its period was over."""
    call = queries.call(session, user, call_id)
    if call.sound_removed_at is not None:
        raise SoundRemoved
    return call


def _whole(call: Call) -> str:
    """Where the sound lies in which nothing is muted."""
    key = call.playback_unmuted or call.playback
    if key is None:
        raise BlobMissing
    return key


def _note_later(session: Session, shared: Services, call_id: int, kind: AccessKind, by: Listener) -> None:
    now = clock.now()
    if not access.is_noted(session, call_id, kind, by, now):
        later(session, shared, lambda writing: access.note_listening(writing, call_id, kind, by, now))


def _listener(request: Request, user: User) -> Listener:
    """Who asks, from which address, and on which page of ours, as the browser tells."""
    came = urlsplit(request.headers.get("referer", ""))
    found = _PLACE.fullmatch(came.path) if came.netloc == request.headers.get("host") else None
    place = (found[1] or found[2]) if found else ""
    return Listener(id_of(user), place, request.client.host if request.client else "")
