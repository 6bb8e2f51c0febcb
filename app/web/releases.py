"""Results that their agents do not read yet: the list, and releasing one of them or some."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_release
from app.calls.models import Call
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports.wording import OUTCOMES, Shown, number
from app.request import Allow, ServicesDep, SessionDep, actor
from app.reviews import queries, release_queries, releasing
from app.reviews.models import Review
from app.reviews.offering import terms
from app.web.call_rows import Frame, outcome
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.times import Moment, moment, zone_of

router = APIRouter()

Lead = Annotated[User, Allow(may_release)]

PAGE_SIZE = 100
# Beyond this nobody waits for an exact number.
MOST_COUNTED = 1000


@dataclass(frozen=True)
class ReleaseRow:
    """A result that waits; `due` is when it is released by itself, None where a person must; `agent` may be unknown."""

    review: int
    call: int
    agent: str
    customer: str
    score: str
    shown: Shown
    submitted: Moment | None
    due: Moment | None


@dataclass(frozen=True)
class ReleasesPage:
    """The results that wait to be released."""

    template: ClassVar[str] = "disputes/releases.html"
    rows: tuple[ReleaseRow, ...]
    total: int
    most: int
    next: str


@router.get("/releases")
def list_releases(
    request: Request,
    session: SessionDep,
    user: Lead,
    after: Annotated[int | None, Query(ge=1, lt=2**31)] = None,
) -> Response:
    found, total = release_queries.waiting(session, user, PAGE_SIZE + 1, MOST_COUNTED, after)
    shown = found[:PAGE_SIZE]
    further = f"/releases?after={shown[-1][0].id}" if len(found) > PAGE_SIZE else ""
    rows = _rows(session, user, list(shown), words_for(request))
    return render(request, ReleasesPage(rows, total, MOST_COUNTED, further))


@router.post("/releases")
def release_some(
    session: SessionDep,
    shared: ServicesDep,
    user: Lead,
    review: Annotated[list[RowId], Form(max_length=500)] = [],  # noqa: B006 (a form without any is none)
) -> Response:
    seen = release_queries.visible(session, user, review)
    releasing.release_some(session, seen, actor(user), terms(shared.settings))
    return see_other("/releases", "released" if seen else None)


@router.post("/reviews/{review_id}/release")
def release_result(review_id: RowId, session: SessionDep, shared: ServicesDep, user: Lead) -> Response:
    review = queries.review(session, user, review_id)
    releasing.release(session, review_id, actor(user), terms(shared.settings))
    return see_other(f"/calls/{review.call_id}", "released")


def _rows(session: Session, user: User, found: list[tuple[Review, Call]], words: Translator) -> tuple[ReleaseRow, ...]:
    frame, zone = Frame(session, user, [call for _, call in found]), zone_of(session, user)
    return tuple(
        ReleaseRow(
            review=id_of(review),
            call=id_of(call),
            agent=frame.agent(call),
            customer=call.customer_name or call.external_id or call.file_name,
            score=number(review.score),
            shown=_told(OUTCOMES[outcome(review.passed, review.score)], words),
            submitted=moment(review.submitted_at, zone) if review.submitted_at else None,
            due=moment(review.release_at, zone) if review.release_at else None,
        )
        for review, call in found
    )


def _told(shown: Shown, words: Translator) -> Shown:
    return shown._replace(word=words.gettext(shown.word))
