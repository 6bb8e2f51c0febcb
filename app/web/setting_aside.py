"""Leaving a call unscored: setting it aside with the reason, bringing it back, taking and giving back a review."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_review
from app.calls import queries as calls
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.i18n import Translator
from app.request import Allow, ServicesDep, SessionDep, actor
from app.reviews import assignment, queries, service
from app.reviews import set_aside as aside
from app.reviews.models import Review
from app.reviews.set_aside import Aside
from app.web.call_rows import Frame
from app.web.leave_forms import LeaveView, leave_view
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.waiting import QueueFilter, where_from

router = APIRouter()

Reviewer = Annotated[User, Allow(may_review)]
Chosen = Annotated[QueueFilter, Query()]
Words = Annotated[str, Form(max_length=assignment.LONGEST_REASON)]


@dataclass(frozen=True)
class LeavePage:
    """The same on a page of its own, for who has no script."""

    template: ClassVar[str] = "reviews/leave.html"
    leave: LeaveView
    agent: str
    customer: str
    back: str


@router.get("/reviews/{review_id}/leave")
def show_leaving(request: Request, review_id: RowId, session: SessionDep, user: Reviewer, chosen: Chosen) -> Response:
    review = queries.review(session, user, review_id)
    return render(request, _page(session, user, review, chosen, words_for(request)))


@router.post("/reviews/{review_id}/set-aside")
def set_aside(
    request: Request,
    review_id: RowId,
    session: SessionDep,
    user: Reviewer,
    reason: Annotated[Aside, Form()],
    words: Words = "",
) -> Response:
    review = queries.review(session, user, review_id)
    aside.set_aside(session, review_id, reason, user, actor(user), words)
    return _next(request, session, user, review, "set_aside")


@router.post("/reviews/{review_id}/bring-back")
def bring_back(request: Request, review_id: RowId, session: SessionDep, user: Reviewer) -> Response:
    queries.review(session, user, review_id)
    aside.bring_back(session, review_id, user, actor(user))
    return see_other(f"/reviews/{review_id}", "brought_back")


@router.post("/reviews/{review_id}/claim")
def claim(request: Request, review_id: RowId, session: SessionDep, shared: ServicesDep, user: Reviewer) -> Response:
    queries.review(session, user, review_id)
    assignment.claim(session, review_id, user, actor(user), shared.settings.most_open)
    return see_other(where_from(request).at("/queue"), "claimed")


@router.post("/reviews/{review_id}/give-back")
def give_back(
    request: Request,
    review_id: RowId,
    session: SessionDep,
    user: Reviewer,
    words: Words = "",
    goes_on: Annotated[bool, Form()] = False,
) -> Response:
    review = queries.review(session, user, review_id)
    assignment.give_back(session, review_id, user, actor(user), words)
    if goes_on:
        return _next(request, session, user, review, "given_back")
    return see_other(where_from(request).at("/queue"), "given_back")


def _next(request: Request, session: Session, user: User, left: Review, notice: str) -> Response:
    """On to the next call of the part of the queue that is worked through."""
    chosen = where_from(request)
    following = service.take_next(session, user, chosen.to_work(clock.now()), actor(user), after=left)
    return see_other(chosen.at(f"/reviews/{following.id}" if following else "/queue"), notice)


def _page(session: Session, user: User, review: Review, chosen: QueueFilter, words: Translator) -> LeavePage:
    call, leave = calls.call(session, user, review.call_id), leave_view(review, user, words)
    if leave is None:
        raise NotFound
    return LeavePage(
        leave=leave,
        agent=Frame(session, user, [call]).agent(call) or words.gettext("Unknown agent"),
        customer=call.customer_name or "",
        back=chosen.at(f"/reviews/{review.id}"),
    )
