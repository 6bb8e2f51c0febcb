"""One line of the queue: by when, whose call, why it is here, what somebody has to look at, and who is at it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Team, User
from app.calls.models import Call
from app.complaints import queries as complaints
from app.domain.lifecycle import ReviewState
from app.evaluations import queries as evaluations
from app.evaluations.queries import Noticed
from app.kit.db import id_of
from app.kit.i18n import N_, Translator
from app.reports.wording import LANGUAGES, Shown, clock
from app.reviews import queries
from app.reviews.models import Picked, Review
from app.reviews.service import AT_IT
from app.sampling import queries as sampling
from app.sampling.models import Risk
from app.web.call_rows import Frame
from app.web.leave_forms import AsideView, aside_view
from app.web.review_items import SURE_ENOUGH
from app.web.times import Moment
from app.web.waiting import QueueFilter

CRITICAL = Shown("✕", N_("Critical item failed"), "fail")
COMPLAINT = Shown("!", N_("Complaint"), "caution")
OUTDATED = Shown("↻", N_("New evidence"), "caution")
REOPENED = Shown("↩", N_("Opened again"), "neutral")
BLIND = Shown("◌", N_("Blind"), "neutral")
PICKED = {
    Picked.EVERY.value: Shown("", N_("Every call"), "neutral"),
    Picked.SAMPLE.value: Shown("⚄", N_("Drawn by chance"), "neutral"),
    Picked.RISK.value: Shown("!", N_("Picked for a risk"), "caution"),
    Picked.PERSON.value: Shown("→", N_("Sent to review"), "neutral"),
}
# The risks a call was picked for; a complaint is told of every call that has one.
RISKS = {
    Risk.CRITICAL: Shown("!", N_("Critical failure suspected"), "caution"),
    Risk.BANNED_WORDS: Shown("!", N_("Banned words"), "fail"),
    Risk.LONG_HOLD: Shown("!", N_("Long hold"), "caution"),
    Risk.LOW_CONFIDENCE: Shown("!", N_("Machine unsure"), "caution"),
}


@dataclass(frozen=True)
class DueView:
    """By when: the day on the calendar of the call's team, and how far off that is."""

    day: str
    shown: Shown


@dataclass(frozen=True)
class QueueRow:
    """A call that waits, or was set aside; of a blind one, nothing of what the machine found.

    `holder` is who is to do it, `begun`: something of it is decided.
    """

    id: int
    url: str
    due: DueView
    agent: str
    customer: str
    team: str
    started: Moment
    length: str
    language: str
    why: tuple[Shown, ...]
    blind: bool
    to_check: int
    for_person: int
    at_it: str
    holder: str
    begun: bool
    mine: bool
    may_claim: bool
    aside: AsideView | None


@dataclass(frozen=True)
class _Around:
    """What is known of all calls of a page, asked for at once."""

    frame: Frame
    teams: Mapping[int | None, Team]
    people: Mapping[int, str]
    noticed: Mapping[int, Noticed]
    complaints: set[int]
    outdated: set[int]
    risks: Mapping[int, set[Risk]]


def queue_rows(
    session: Session,
    user: User,
    found: Sequence[tuple[Review, Call]],
    chosen: QueueFilter,
    words: Translator,
    now: datetime,
) -> tuple[QueueRow, ...]:
    """Some waiting calls as lines of the queue; each keeps the part of the queue that is worked through."""
    people = {one for review, _ in found for one in (review.assigned_to, review.opened_by) if one is not None}
    around = _Around(
        frame=Frame(session, user, [call for _, call in found]),
        teams={team.id: team for team in accounts.teams(session)},
        people=accounts.names(session, people),
        noticed=evaluations.noticed(session, [review.evaluation_id for review, _ in found], SURE_ENOUGH),
        complaints=complaints.complained_of(session, [id_of(call) for _, call in found]),
        outdated=queries.outdated_in(session, [id_of(review) for review, _ in found]),
        risks=sampling.risks_of(session, [id_of(call) for _, call in found]),
    )
    return tuple(_row(review, call, user, chosen, around, words, now) for review, call in found)


def other_at_it(review: Review, user: User, now: datetime) -> int | None:
    """Who else is at a review at this moment, by id."""
    if review.opened_by is None or review.opened_by == user.id or review.opened_at is None:
        return None
    return review.opened_by if review.opened_at > now - AT_IT else None


def _row(
    review: Review, call: Call, user: User, chosen: QueueFilter, around: _Around, words: Translator, now: datetime
) -> QueueRow:
    noticed = Noticed() if review.hides_machine else around.noticed.get(review.evaluation_id, Noticed())
    mine = review.assigned_to == user.id
    return QueueRow(
        id=id_of(review),
        url=chosen.at(f"/reviews/{review.id}"),
        due=_due(review, around.teams.get(call.team_id), words, now),
        agent=around.frame.agent(call) or words.gettext("Unknown agent"),
        customer=call.customer_name or "",
        team=around.frame.team(call),
        started=around.frame.started(call),
        length=clock(call.duration),
        language=words.gettext(LANGUAGES.get(call.language or "", call.language or "")),
        why=_why(review, call, noticed, around, words),
        blind=review.hides_machine,
        to_check=noticed.to_check,
        for_person=noticed.for_person,
        at_it=around.people.get(other_at_it(review, user, now) or 0, ""),
        holder=around.people.get(review.assigned_to or 0, ""),
        begun=review.reviewer_id is not None,
        mine=mine,
        may_claim=review.state == ReviewState.OPEN and review.assigned_to is None,
        aside=aside_view(review, user, words),
    )


def _why(review: Review, call: Call, noticed: Noticed, around: _Around, words: Translator) -> tuple[Shown, ...]:
    """Why a call is in the queue, the most pressing first; that every call comes here is told where nothing else is."""
    # They tell what the machine found; and a critical item that failed is told already.
    risks = set() if review.hides_machine else around.risks.get(review.call_id, set())
    if noticed.critical:
        risks = risks - {Risk.CRITICAL}
    told = [
        shown
        for shown, holds in (
            (CRITICAL, noticed.critical > 0),
            (COMPLAINT, call.id in around.complaints),
            (OUTDATED, review.id in around.outdated),
            *((shown, kind in risks) for kind, shown in RISKS.items()),
            (REOPENED, review.reopened_at is not None),
            (PICKED[Picked.SAMPLE.value], review.picked == Picked.SAMPLE.value),
            (PICKED[Picked.PERSON.value], review.picked == Picked.PERSON.value),
            (BLIND, review.hides_machine),
        )
        if holds
    ]
    return tuple(shown._replace(word=words.gettext(shown.word)) for shown in told or [PICKED[review.picked]])


def _due(review: Review, team: Team | None, words: Translator, now: datetime) -> DueView:
    zone = ZoneInfo(team.time_zone if team else "UTC")
    # It is due until midnight: the last moment before that lies on the day that is meant.
    day = (review.due_at - timedelta(microseconds=1)).astimezone(zone).date()
    left = (day - now.astimezone(zone).date()).days
    if review.due_at <= now:
        late = max(1, -left)
        word = words.ngettext("%(n)s day overdue", "%(n)s days overdue", late) % {"n": late}
        return DueView(day.isoformat(), Shown("⚠", word, "fail"))
    if left < 1:
        return DueView(day.isoformat(), Shown("◷", words.gettext("today"), "caution"))
    word = words.ngettext("in %(n)s day", "in %(n)s days", left) % {"n": left}
    return DueView(day.isoformat(), Shown("", word, "muted"))
