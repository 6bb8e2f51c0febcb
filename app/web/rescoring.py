"""Scoring many calls again: those chosen in the list, or all that are not judged as of today."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_mend, may_see_scorecard_faults
from app.calls import queries as calls
from app.calls.models import CallState
from app.kit.db import id_of
from app.request import Allow, ServicesDep, SessionDep, actor
from app.reviews import rescoring
from app.reviews.rescoring import Judged
from app.scorecards.active import Held, held
from app.web.rendering import render, see_other, within

router = APIRouter()

Mender = Annotated[User, Allow(may_mend)]
# As many calls as a page of the list shows, and some.
MOST_CHOSEN = 100


@dataclass(frozen=True)
class RescoringPage:
    """How far the calls are judged by the scorecards and rules of today."""

    template: ClassVar[str] = "calls/rescoring.html"
    done: int
    total: int
    running: bool
    held: tuple[Held, ...] = ()

    @property
    def left(self) -> int:
        return self.total - self.done


@dataclass(frozen=True)
class RescoringFragment(RescoringPage):
    """The same, as it is asked for again and again."""

    template: ClassVar[str] = "calls/_rescoring.html"


@router.post("/calls/rescore")
def rescore_chosen(
    session: SessionDep,
    user: Mender,
    call: Annotated[list[int] | None, Form(max_length=MOST_CHOSEN)] = None,
    next: Annotated[str, Form()] = "",
) -> Response:
    if not call:
        return see_other("/rescoring")
    judged = [
        _rescored(session, user, id_of(one)) for one in calls.some(session, user, call) if one.state == CallState.SCORED
    ]
    return see_other(within(next, "/calls"), "rescored" if any(one.is_new for one in judged) else "unchanged")


@router.get("/rescoring")
def show_rescoring(request: Request, session: SessionDep, user: Mender) -> Response:
    now = rescoring.progress(session, user)
    kind = RescoringFragment if "hx-request" in request.headers else RescoringPage
    faults = held(session) if may_see_scorecard_faults(user) else ()
    return render(request, kind(now.done, now.total, now.running, faults))


@router.post("/rescoring")
def rescore_all(session: SessionDep, shared: ServicesDep, user: Mender) -> Response:
    rescoring.rescore_all(session, shared.queue, user, actor(user))
    return see_other("/rescoring", "rescoring")


def _rescored(session: Session, user: User, call_id: int) -> Judged:
    """Judge one of several calls again, each in a transaction of its own, so that nobody waits for all of them."""
    judged = rescoring.score_again(session, call_id, actor(user))
    session.commit()
    return judged
