"""The review screen, and what its script and its forms send: verdicts item by item, the end of a review, notes."""

from dataclasses import asdict
from datetime import date
from typing import Annotated

from fastapi import APIRouter, Form, Header, Query, Request
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_coach, may_review
from app.calls import queries as calls
from app.coaching import service as coaching
from app.coaching.written import LONGEST_TEXT, NoteFacts
from app.domain.evidence import Verdict
from app.kit import clock
from app.ledger import queries as ledger
from app.ledger.service import call_stream
from app.request import Allow, ServicesDep, SessionDep, actor, etag
from app.reviews import queries, service
from app.reviews.models import Review
from app.reviews.offering import terms
from app.reviews.service import ItemChanged
from app.reviews.standing import Standing
from app.web.errors import asked_by_script
from app.web.rendering import render, see_other, words_for
from app.web.review_items import Decision, decision
from app.web.review_page import totals
from app.web.row_ids import RowId
from app.web.standing import in_queue, standing_page
from app.web.waiting import QueueFilter, where_from

router = APIRouter()

Reviewer = Annotated[User, Allow(may_review)]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=40)]


class DecisionIn(BaseModel):
    """What a person decides about an item; of a graded one a level, in points, from which the verdict follows."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Verdict | None = None
    level: float | None = None
    reason_code: str | None = Field(None, max_length=100)
    note: str = Field("", max_length=service.LONGEST_NOTE)


class NoteIn(BaseModel):
    """A coaching note as the review screen sends it; `start` and `end` are seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str = Field("", max_length=LONGEST_TEXT)
    strength: str = Field("", max_length=LONGEST_TEXT)
    heard: str = Field("", max_length=LONGEST_TEXT)
    effect: str = Field("", max_length=LONGEST_TEXT)
    advice: str = Field("", max_length=LONGEST_TEXT)
    follow_up_on: date | None = None
    item_id: str | None = Field(None, max_length=100)
    start: float | None = None
    end: float | None = None


@router.get("/reviews/{review_id}")
def show_review(
    request: Request, review_id: RowId, session: SessionDep, user: Reviewer, chosen: Annotated[QueueFilter, Query()]
) -> Response:
    review, words = queries.review(session, user, review_id), words_for(request)
    call, place = calls.call(session, user, review.call_id), in_queue(session, user, review, chosen, words)
    return render(request, standing_page(session, user, review, call, words, place))


@router.put("/reviews/{review_id}/items/{item_id}")
def decide_item(
    review_id: RowId, item_id: str, given: DecisionIn, session: SessionDep, user: Reviewer, if_match: IfMatch = None
) -> Response:
    review = queries.review(session, user, review_id)
    try:
        now = service.decide(
            session,
            review_id,
            item_id,
            given.verdict,
            user,
            actor(user),
            level=given.level,
            reason_code=given.reason_code,
            note=given.note,
            version=_version(if_match),
        )
    except ItemChanged as error:
        raise _conflict(session, review, item_id) from error
    return _saved(session, now, item_id)


@router.delete("/reviews/{review_id}/items/{item_id}")
def undo_item(
    review_id: RowId, item_id: str, session: SessionDep, user: Reviewer, if_match: IfMatch = None
) -> Response:
    review = queries.review(session, user, review_id)
    try:
        now = service.undo(session, review_id, item_id, actor(user), version=_version(if_match))
    except ItemChanged as error:
        raise _conflict(session, review, item_id) from error
    return _saved(session, now, item_id)


@router.post("/reviews/{review_id}/submit")
def submit_review(
    request: Request, review_id: RowId, session: SessionDep, shared: ServicesDep, user: Reviewer
) -> Response:
    review, chosen = queries.review(session, user, review_id), where_from(request)
    service.submit(session, review_id, user, actor(user), terms(shared.settings))
    following = service.take_next(session, user, chosen.to_work(clock.now()), actor(user), after=review)
    url = chosen.at(f"/reviews/{following.id}", notice="submitted") if following else ""
    url = url or chosen.at("/queue", notice="queue_empty")
    return JSONResponse({"next": url}) if asked_by_script(request) else see_other(url)


@router.post("/reviews/{review_id}/retract")
def retract_review(
    review_id: RowId, session: SessionDep, user: Reviewer, reason: Annotated[str, Form(max_length=2000)] = ""
) -> Response:
    review = queries.review(session, user, review_id)
    service.retract(session, review_id, user, actor(user), reason)
    return see_other(f"/calls/{review.call_id}", "retracted")


@router.post("/reviews/{review_id}/reopen")
def reopen_review(
    review_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Reviewer,
    reason: Annotated[str, Form(max_length=2000)] = "",
) -> Response:
    queries.review(session, user, review_id)
    service.reopen(session, review_id, user, actor(user), reason, shared.settings.review_days)
    return see_other(f"/reviews/{review_id}", "reopened")


@router.post("/reviews/{review_id}/coaching")
def coach(review_id: RowId, given: NoteIn, session: SessionDep, user: Annotated[User, Allow(may_coach)]) -> Response:
    review = queries.review(session, user, review_id)
    note = coaching.send_note(session, user, review.call_id, NoteFacts(**given.model_dump()), actor(user))
    return JSONResponse({"id": note.id, "url": coaching.url_of(note), "held": note.told_at is None}, 201)


def _saved(session: Session, now: Standing, item: str) -> Response:
    """The item as it stands now, and the sum."""
    told = _told(session, now, item)
    return JSONResponse({"item": asdict(told), "totals": _totals(now)}, headers={"ETag": etag(told.version)})


def _told(session: Session, now: Standing, item: str) -> Decision:
    row = now.verdicts.get(item)
    return decision(row, accounts.names(session, {row.decided_by})[row.decided_by]) if row else Decision()


def _totals(now: Standing) -> dict[str, object]:
    return asdict(totals(now.score, tuple(now.verdicts.values()), editable=True))


def _conflict(session: Session, review: Review, item: str) -> ItemChanged:
    """What stands now in place of what the person saw, and whose it is."""
    now = service.standing(session, queries.lock(session, review.id or 0))
    current = _told(session, now, item)
    undone = (
        entry.actor
        for entry in reversed(ledger.entries(session, call_stream(review.call_id)))
        if entry.event == "review.undone" and entry.payload.get("item") == item
    )
    return ItemChanged(current=asdict(current), changed_by=current.by or next(undone, ""), totals=_totals(now))


def _version(if_match: str | None) -> int | None:
    """The version of the item that the change was made on; one that nobody gave matches none."""
    if if_match is None:
        return None
    number = if_match.removeprefix("W/").strip('"')
    return int(number) if number.isascii() and number.isdigit() else -1
