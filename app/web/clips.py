"""A part of a call shared by a link: made by staff, opened by whoever may see the call, withdrawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_see_calls, may_share_clips
from app.accounts.service import digest
from app.calls.models import Call
from app.kit import clock as kit_clock
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports.wording import VERDICTS, Shown, clock
from app.request import Allow, SessionDep, actor
from app.sharing import queries, service
from app.sharing.models import ClipLink
from app.sharing.service import Stretch
from app.transcription import queries as transcripts
from app.web.call_rows import Frame
from app.web.listening import LineView, listening
from app.web.mend_forms import seconds
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.seen import counting_review
from app.web.standing import standing_page
from app.web.times import Moment, moment, zone_of

router = APIRouter()

Sharer = Annotated[User, Allow(may_share_clips)]


class ClipIn(BaseModel):
    """Which part of a call is shared; `start` and `end` are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    start: float
    end: float
    item_id: str | None = Field(None, max_length=100)


@dataclass(frozen=True)
class ClipLine:
    """A link that still opens, as the page of its call lists it."""

    id: int
    time: str
    item: str
    by: str
    until: Moment


@dataclass(frozen=True)
class ClipVerdict:
    """What was decided about the item a clip is about; `by` is "person" or "machine"."""

    title: str
    shown: Shown | None
    by: str


@dataclass(frozen=True)
class SharedPage:
    """The new link, which is shown this once."""

    template: ClassVar[str] = "clips/shared.html"
    call: int
    time: str
    url: str
    until: Moment


@dataclass(frozen=True)
class ClipPage:
    """One stretch of a call: its sound and its words; `start` and `end` are seconds."""

    template: ClassVar[str] = "clips/show.html"
    call: int
    reference: str
    agent: str
    customer: str
    started: Moment
    start: float
    end: float
    time: str
    length: str
    opens_at: str
    place: str
    audio: str
    language: str
    lines: tuple[LineView, ...]
    verdict: ClipVerdict | None
    by: str
    until: Moment


@dataclass(frozen=True)
class ClipGonePage:
    """A link that opens its clip no more, before somebody who may open the call."""

    template: ClassVar[str] = "clips/gone.html"
    call: int
    reference: str
    withdrawn: bool
    opens_at: str
    place: str


@router.post("/calls/{call_id}/clips")
def share_clip(request: Request, call_id: RowId, given: ClipIn, session: SessionDep, user: Sharer) -> Response:
    stretch = Stretch(given.start, given.end, given.item_id)
    token, link = service.share_clip(session, user, call_id, stretch, actor(user))
    body = {"id": link.id, "url": _address(request, token), "expires": link.expires_at.isoformat()}
    return JSONResponse(body, 201)


@router.post("/calls/{call_id}/share")
def share_typed_clip(
    request: Request,
    call_id: RowId,
    session: SessionDep,
    user: Sharer,
    start: Annotated[str, Form(max_length=20)] = "",
    end: Annotated[str, Form(max_length=20)] = "",
    item_id: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    stretch = Stretch(seconds(start), seconds(end), item_id or None)
    token, link = service.share_clip(session, user, call_id, stretch, actor(user))
    until = moment(link.expires_at, zone_of(session, user))
    return render(request, SharedPage(call_id, _time(link), _address(request, token), until), 201)


@router.post("/calls/{call_id}/clips/{link_id}/withdraw")
def withdraw_clip(call_id: RowId, link_id: RowId, session: SessionDep, user: Sharer) -> Response:
    service.withdraw(session, user, call_id, link_id, actor(user))
    return see_other(f"/calls/{call_id}?notice=withdrawn#clips")


@router.get("/clips/{token}")
def show_clip(
    request: Request, token: str, session: SessionDep, user: Annotated[User, Allow(may_see_calls)]
) -> Response:
    link, call = queries.clip(session, user, digest(token))
    if link.revoked_at is not None or link.expires_at <= kit_clock.now():
        return render(request, _gone(session, link, call), 410)
    return render(request, _page(session, user, link, call, words_for(request)))


def clip_lines(session: Session, user: User, call_id: int, titles: dict[str, str]) -> tuple[ClipLine, ...]:
    """The links to a call that still open, for its page; `titles` are those of its items by id."""
    found = queries.live(session, call_id, kit_clock.now())
    names, zone = accounts.names(session, {one.created_by for one in found}), zone_of(session, user)
    return tuple(
        ClipLine(
            id_of(one),
            _time(one),
            titles.get(one.item_id or "", ""),
            names.get(one.created_by, ""),
            moment(one.expires_at, zone),
        )
        for one in found
    )


def _page(session: Session, user: User, link: ClipLink, call: Call, words: Translator) -> ClipPage:
    frame, revision = Frame(session, user, [call]), transcripts.current(session, link.call_id)
    heard = listening(call, revision.transcript, words) if revision else None
    return ClipPage(
        call=link.call_id,
        reference=call.external_id or call.file_name,
        agent=frame.agent(call) or words.gettext("Unknown agent"),
        customer=call.customer_name or "",
        started=frame.started(call),
        start=round(link.start, 2),
        end=round(link.end, 2),
        time=_time(link),
        length=clock(link.end - link.start),
        opens_at=clock(link.start),
        place=_place(session, link),
        audio=heard.audio if heard else "",
        language=heard.language if heard else "",
        lines=_within(link, heard.lines if heard else ()),
        verdict=_verdict(session, user, link, call, words),
        by=accounts.names(session, {link.created_by}).get(link.created_by, ""),
        until=moment(link.expires_at, zone_of(session, user)),
    )


def _gone(session: Session, link: ClipLink, call: Call) -> ClipGonePage:
    return ClipGonePage(
        call=link.call_id,
        reference=call.external_id or call.file_name,
        withdrawn=link.revoked_at is not None,
        opens_at=clock(link.start),
        place=_place(session, link),
    )


def _within(link: ClipLink, lines: Sequence[LineView]) -> tuple[LineView, ...]:
    """The turns and holds that can be heard in the clip."""
    return tuple(
        line
        for line in lines
        if line.start is not None and line.start < link.end and (line.end or line.start) > link.start
    )


def _place(session: Session, link: ClipLink) -> str:
    """Where the clip begins on the page of the call: "#turn-5"."""
    revision = transcripts.current(session, link.call_id)
    turns = revision.transcript.turns if revision else ()
    heard = (at for at, turn in enumerate(turns, 1) if (turn.end or turn.start or 0.0) > link.start)
    return f"#turn-{at}" if (at := next(heard, 0)) else ""


def _verdict(session: Session, user: User, link: ClipLink, call: Call, words: Translator) -> ClipVerdict | None:
    """The item the clip is about, and its verdict as far as this person may know it."""
    if link.item_id is None:
        return None
    review = counting_review(session, user, call)
    if review is None:
        return None
    page = standing_page(session, user, review, call, words)
    item = next((one for one in page.items if one.id == link.item_id), None)
    if item is None:
        return None
    if item.decided.verdict is None:
        return ClipVerdict(item.title, item.shown, "machine")
    shown = next(shown for verdict, shown in VERDICTS.items() if verdict.value == item.decided.verdict)
    return ClipVerdict(item.title, shown._replace(word=words.gettext(shown.word)), "person")


def _time(link: ClipLink) -> str:
    return f"{clock(link.start)}–{clock(link.end)}"


def _address(request: Request, token: str) -> str:
    """The whole address of a clip, on the site as the browser of whoever shares it knows it."""
    origin = request.headers.get("origin", "")
    site = origin if origin.startswith(("http://", "https://")) else str(request.base_url).rstrip("/")
    return f"{site}/clips/{token}"
