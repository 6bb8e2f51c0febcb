"""The queue of calls that wait for a person."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_assign, may_review
from app.calls import queries as calls
from app.domain.language import LANGUAGES as JUDGED
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.i18n import N_, Translator
from app.reports.wording import LANGUAGES
from app.request import Allow, ServicesDep, SessionDep, actor
from app.reviews import assignment_queries, offering, queries, service
from app.reviews.models import Review
from app.reviews.queries import MOST_COUNTED
from app.web.choices import Choice
from app.web.leave_forms import REASONS
from app.web.queue_rows import QueueRow, queue_rows
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.waiting import QueueFilter, Which

router = APIRouter()

Reviewer = Annotated[User, Allow(may_review)]
Chosen = Annotated[QueueFilter, Query()]
SHOWN = 50


TABS = {
    Which.OPEN: N_("All that wait"),
    Which.MINE: N_("Mine"),
    Which.UNASSIGNED: N_("Nobody’s yet"),
    Which.SET_ASIDE: N_("Set aside"),
}


@dataclass(frozen=True)
class Tab:
    """One part of the queue."""

    url: str
    label: str
    current: bool


@dataclass(frozen=True)
class ReasonShare:
    """How many of the calls that were set aside were so for this reason; `share` is of 100."""

    url: str
    label: str
    calls: int
    share: int
    current: bool


@dataclass(frozen=True)
class QueuePage:
    """The calls that wait, what is due first standing first; `total` is told up to `most`.

    Who leads may give those they choose to one of the `people`.
    """

    template: ClassVar[str] = "queue/list.html"
    most: ClassVar[int] = MOST_COUNTED
    rows: tuple[QueueRow, ...]
    total: int
    chosen: QueueFilter
    teams: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    tabs: tuple[Tab, ...]
    reasons: tuple[ReasonShare, ...]
    people: tuple[Choice, ...]
    start: str
    first: str
    further: str


@router.get("/queue")
def show_queue(request: Request, session: SessionDep, user: Reviewer, chosen: Chosen) -> Response:
    return render(request, _page(session, user, chosen, words_for(request)))


@router.post("/queue/next")
def start_next(session: SessionDep, user: Reviewer, chosen: Chosen) -> Response:
    found = service.take_next(session, user, chosen.to_work(clock.now()), actor(user))
    if found is None:
        return see_other(chosen.at("/queue"), "queue_empty")
    return see_other(chosen.at(f"/reviews/{found.id}"))


@router.post("/calls/{call_id}/review")
def send_to_review(call_id: RowId, session: SessionDep, shared: ServicesDep, user: Reviewer) -> Response:
    calls.call(session, user, call_id)
    offering.send(session, call_id, actor(user), shared.settings.review_days)
    return see_other(f"/calls/{call_id}", "queued")


def _page(session: Session, user: User, chosen: QueueFilter, words: Translator) -> QueuePage:
    now = clock.now()
    found, total = queries.queue(session, user, SHOWN + 1, chosen.wanted(now), _after(session, user, chosen))
    return QueuePage(
        rows=queue_rows(session, user, found[:SHOWN], chosen, words, now),
        total=total,
        chosen=chosen,
        teams=tuple(
            Choice(str(one.id), one.name, one.id == chosen.team)
            for one in (accounts.teams(session) if user.team_id is None else ())
        ),
        languages=tuple(Choice(code, words.gettext(LANGUAGES[code]), code == chosen.language) for code in JUDGED),
        tabs=tuple(
            Tab(_part(chosen, one).at("/queue"), words.gettext(label), one == chosen.which)
            for one, label in TABS.items()
        ),
        reasons=_reasons(session, user, chosen, words),
        people=_people(session, user) if chosen.which != Which.SET_ASIDE else (),
        start=chosen.at("/queue/next"),
        first=chosen.at("/queue") if chosen.after else "",
        further=chosen.at("/queue", after=found[SHOWN - 1][0].id) if len(found) > SHOWN else "",
    )


def _part(chosen: QueueFilter, which: Which) -> QueueFilter:
    """Another part of the queue, with what narrows it."""
    return chosen.model_copy(update={"which": which, "reason": None})


def _reasons(session: Session, user: User, chosen: QueueFilter, words: Translator) -> tuple[ReasonShare, ...]:
    """For which reasons calls were set aside, the most frequent first."""
    if chosen.which != Which.SET_ASIDE:
        return ()
    counted = queries.aside_reasons(session, user)
    total = sum(counted.values())
    return tuple(
        ReasonShare(
            chosen.model_copy(update={"reason": code}).at("/queue"),
            words.gettext(REASONS[code]),
            counted[code.value],
            round(100 * counted[code.value] / total),
            code == chosen.reason,
        )
        for code in sorted(REASONS, key=lambda one: -counted.get(one.value, 0))
        if counted.get(code.value)
    )


def _people(session: Session, user: User) -> tuple[Choice, ...]:
    """Whom a lead may give reviews to."""
    if not may_assign(user):
        return ()
    return tuple(Choice(str(one.id), one.name, False) for one in assignment_queries.colleagues(session, user))


def _after(session: Session, user: User, chosen: QueueFilter) -> Review | None:
    """The last review of the page before; one that is not there any more begins at the beginning."""
    if chosen.after is None:
        return None
    try:
        return queries.review(session, user, chosen.after)
    except NotFound:
        return None
