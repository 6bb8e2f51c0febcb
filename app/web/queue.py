"""The queue of calls that wait for a person."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_review
from app.calls.models import Call
from app.domain.evidence import Verdict
from app.domain.scoring import DECIDED, Finding
from app.evaluations import queries as evaluations
from app.kit import clock
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports.wording import LANGUAGES
from app.reports.wording import clock as minutes
from app.request import Allow, SessionDep
from app.reviews import queries
from app.reviews.models import Review
from app.web.call_rows import Frame
from app.web.rendering import render, see_other, words_for
from app.web.review_items import SURE_ENOUGH

router = APIRouter()

SHOWN = 100
# A wait is told in hours up to here, then in days.
HOURS_AS_HOURS = 48


@dataclass(frozen=True)
class QueueRow:
    """A call that waits: how long it has (in words), and what somebody has to look at."""

    id: int
    agent: str
    customer: str
    team: str
    started: str
    waits: str
    length: str
    language: str
    to_check: int
    for_person: int
    begun_by: str


@dataclass(frozen=True)
class QueuePage:
    """The calls that wait, the oldest first."""

    template: ClassVar[str] = "queue/list.html"
    rows: tuple[QueueRow, ...]
    total: int


@router.get("/queue")
def show_queue(request: Request, session: SessionDep, user: Annotated[User, Allow(may_review)]) -> Response:
    found, total = queries.queue(session, user, SHOWN)
    return render(request, QueuePage(_rows(session, found, words_for(request), clock.now()), total))


@router.get("/queue/next")
def start_next(session: SessionDep, user: Annotated[User, Allow(may_review)]) -> Response:
    found, _ = queries.queue(session, user, 1)
    return see_other(f"/reviews/{found[0][0].id}") if found else see_other("/queue", "queue_empty")


def _rows(
    session: Session, found: Sequence[tuple[Review, Call]], words: Translator, now: datetime
) -> tuple[QueueRow, ...]:
    frame = Frame(session, [call for _, call in found])
    names = accounts.names(session, {review.reviewer_id for review, _ in found if review.reviewer_id is not None})
    return tuple(
        _row(review, call, evaluations.findings(session, review.evaluation_id), frame, names, words, now)
        for review, call in found
    )


def _row(
    review: Review,
    call: Call,
    findings: Sequence[Finding],
    frame: Frame,
    names: Mapping[int, str],
    words: Translator,
    now: datetime,
) -> QueueRow:
    verdicts = Counter(finding.verdict for finding in findings)
    unsure = sum(finding.verdict in DECIDED and finding.confidence < SURE_ENOUGH for finding in findings)
    return QueueRow(
        id=id_of(review),
        agent=frame.agent(call) or words.gettext("Unknown agent"),
        customer=call.customer_name or "",
        team=frame.team(call),
        started=frame.started(call),
        waits=_ago(now - review.created_at, words),
        length=minutes(call.duration),
        language=words.gettext(LANGUAGES.get(call.language or "", call.language or "")),
        to_check=unsure + verdicts[Verdict.UNCERTAIN],
        for_person=verdicts[Verdict.UNSCORED],
        begun_by=names.get(review.reviewer_id or 0, ""),
    )


def _ago(length: timedelta, words: Translator) -> str:
    """How long something has waited, in its largest unit."""
    hours = int(length.total_seconds() // 3600)
    if hours < 1:
        return words.gettext("under an hour")
    if hours < HOURS_AS_HOURS:
        return words.ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": hours}
    return words.ngettext("%(n)s day", "%(n)s days", hours // 24) % {"n": hours // 24}
