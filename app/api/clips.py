"""Parts of calls: their sound, and links by which colleagues hear them."""

import re
from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope
from app.accounts.policies import may_share_clips
from app.api.idempotency import OnceDep
from app.api.parameters import PLAIN, Moment, Reader, RowId
from app.api.problems import problems
from app.api.routing import api_router
from app.calls import access
from app.calls import queries as calls
from app.calls.access import Listener
from app.calls.models import AccessKind
from app.calls.service import SoundRemoved
from app.kit import clock
from app.kit.blobs import BlobMissing
from app.kit.db import id_of
from app.request import Client, KeyFor, ServicesDep, SessionDep, later
from app.sharing import queries, service
from app.sharing.models import ClipLink
from app.sharing.service import Stretch, end_within

router = api_router(prefix="/calls/{call_id}", tags=["clips"])

Sharer = Annotated[Client, KeyFor(may_share_clips, Scope.SCORES_WRITE)]
Lister = Annotated[Client, KeyFor(may_share_clips, Scope.SCORES_READ)]

_RANGE = re.compile(r"bytes=(\d{0,12})-(\d{0,12})")
_SOUND: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}}
_SOUNDS: dict[str, Any] = {"audio/mpeg": _SOUND, "audio/wav": _SOUND}


class ClipIn(BaseModel):
    """Which part of a call is shared."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    start: float = Field(ge=0, description="Begins at, in seconds from the call's start.", examples=[12.5])
    end: float = Field(description="Ends at, in seconds; at most 60 seconds later.", examples=[24.0])
    item: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="The item it is about.", examples=["standard_greeting"]
    )


class ClipOut(BaseModel):
    """A link to a part of a call; it opens nothing to anybody who may not see the call anyway."""

    id: int = Field(description="The clip's id.", examples=[4])
    start: float = Field(description="Begins at, in seconds from the call's start.", examples=[12.5])
    end: float = Field(description="Ends at, in seconds from the call's start.", examples=[24.0])
    item: str | None = Field(description="The item it is about.", examples=["standard_greeting"])
    created_by: str | None = Field(description="Name of who shared it.", examples=["Alice"])
    expires_at: Moment = Field(description="Opens nothing from then on (RFC 3339).", examples=["2026-10-08T06:00:00Z"])
    url: str | None = Field(
        description="Address of its page, told once, when it is made; null afterwards.",
        examples=["https://callmark.example/clips/Zk3…"],
    )


@router.get(
    "/clip",
    response_class=Response,
    responses={
        200: {"content": _SOUNDS, "description": "The sound: MP3, or WAV with `Accept: audio/wav`."},
        206: {"content": _SOUNDS, "description": "The bytes that `Range` asks for."},
        416: {"description": "`Range` asks for nothing that is there."},
        **problems(410),
    },
)
def hear_clip(
    call_id: RowId,
    request: Request,
    client: Reader,
    session: SessionDep,
    shared: ServicesDep,
    start: Annotated[float, Query(ge=0, allow_inf_nan=False, description="From, in seconds.", examples=[12.5])],
    end: Annotated[float, Query(ge=0, allow_inf_nan=False, description="To, in seconds.", examples=[24.0])],
) -> Response:
    """The sound of a part of a call, at most 60 seconds of it, both sides together; one range of it, if asked for.

    Where a number is said, a soft tone sounds instead. Who was given it is noted down.
    """
    from app.audio.stretches import stretch

    call = calls.call(session, client.user, call_id)
    if call.sound_removed_at is not None:
        raise SoundRemoved
    if call.playback is None:
        raise BlobMissing
    by = Listener(id_of(client.user), "/api", request.client.host if request.client else "", client.key_id)
    now = clock.now()
    if not access.is_noted(session, call_id, AccessKind.CLIP, by, now):
        later(session, shared, lambda writing: access.note_listening(writing, call_id, AccessKind.CLIP, by, now))
    last, wav = end_within(Stretch(start, end), call.duration), "audio/wav" in request.headers.get("accept", "")
    key = call.playback
    # Cutting takes no transaction.
    session.commit()
    size = shared.blobs.size(key)

    def read(first: int, to: int) -> bytes:
        return b"".join(shared.blobs.read(key, first, min(to, size))) if first < size else b""

    sound = stretch(read, start, last, "wav" if wav else "mp3")
    return _ranged(request, sound, "audio/wav" if wav else "audio/mpeg")


@router.get("/clips")
def list_clips(call_id: RowId, client: Lister, session: SessionDep) -> list[ClipOut]:
    """The links to parts of a call that still open, the latest first."""
    calls.call(session, client.user, call_id)
    return [_shown(session, one) for one in queries.live(session, call_id, clock.now())]


@router.post("/clips", status_code=201, responses=problems(410))
def share_clip(
    call_id: RowId, said: ClipIn, request: Request, client: Sharer, session: SessionDep, once: OnceDep
) -> ClipOut:
    """Make a link to a part of a call, which opens for seven days, to whoever may see the call."""
    stretch = Stretch(said.start, said.end, said.item)
    token, link = service.share_clip(session, client.user, call_id, stretch, client.actor)
    once.hide("url")
    return _shown(session, link, f"{str(request.base_url).rstrip('/')}/clips/{token}")


@router.delete("/clips/{clip_id}", status_code=204)
def withdraw_clip(call_id: RowId, clip_id: RowId, client: Sharer, session: SessionDep) -> None:
    """Let a link open nothing from now on; once is enough."""
    service.withdraw(session, client.user, call_id, clip_id, client.actor)


def _shown(session: Session, link: ClipLink, url: str | None = None) -> ClipOut:
    by = accounts.names(session, {link.created_by}).get(link.created_by)
    return ClipOut(
        id=id_of(link),
        start=link.start,
        end=link.end,
        item=link.item_id,
        created_by=by,
        expires_at=link.expires_at,
        url=url,
    )


def _ranged(request: Request, content: bytes, media_type: str) -> Response:
    """The bytes, or the one range of them that was asked for."""
    headers, size = {"Accept-Ranges": "bytes", "Vary": "Accept"}, len(content)
    asked = _RANGE.fullmatch(request.headers.get("range", "").strip())
    if asked is None or asked.groups() == ("", ""):
        return Response(content, headers=headers, media_type=media_type)
    first = int(asked[1]) if asked[1] else max(0, size - int(asked[2]))
    last = min(int(asked[2]) + 1, size) if asked[1] and asked[2] else size
    if first >= last:
        return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{size}"})
    headers["Content-Range"] = f"bytes {first}-{last - 1}/{size}"
    return Response(content[first:last], 206, headers, media_type)
