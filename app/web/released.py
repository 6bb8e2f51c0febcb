"""What became of a submitted result, for the page of its call: read, acknowledged, disputed, own score beside it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_release, may_see_machine_verdicts
from app.calls.models import Call
from app.domain import lifecycle
from app.domain.lifecycle import Act, ReviewState
from app.domain.scorecard import Item, Scorecard
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit import clock
from app.kit.db import id_of
from app.kit.i18n import N_, Translator
from app.reports.wording import OUTCOMES, Shown, number
from app.reviews import dispute_queries, disputes, queries, unannounced
from app.reviews.models import Dispute, DisputeOutcome, Review
from app.scorecards import queries as scorecards
from app.settings import Settings
from app.web.call_rows import outcome
from app.web.times import Moment, moment, zone_of
from app.web.verdict_choices import VerdictChoice, as_chosen, told, verdict_choices

STATES = {
    ReviewState.SUBMITTED: Shown("◷", N_("Waits for release"), "neutral"),
    ReviewState.RELEASED: Shown("→", N_("Released to the agent"), "neutral"),
    ReviewState.ACKNOWLEDGED: Shown("✓", N_("Acknowledged"), "pass"),
    ReviewState.DISPUTED: Shown("!", N_("Disputed"), "caution"),
    ReviewState.RESOLVED: Shown("✓", N_("Dispute decided"), "pass"),
}
DISPUTES = {
    DisputeOutcome.OPEN: Shown("…", N_("Waits for a decision"), "caution"),
    DisputeOutcome.ACCEPTED: Shown("✓", N_("Accepted"), "pass"),
    DisputeOutcome.PARTLY: Shown("◐", N_("Accepted in part"), "pass"),
    DisputeOutcome.REJECTED: Shown("✕", N_("Rejected"), "fail"),
    DisputeOutcome.WITHDRAWN: Shown("–", N_("Withdrawn"), "neutral"),
}


@dataclass(frozen=True)
class DisputeLine:
    """A dispute of one item, as it stands beside that item."""

    id: int
    shown: Shown
    was: Shown
    proposed: Shown
    now: Shown | None
    reason: str
    words: str
    by: str
    opened: Moment
    decided: Moment | None
    mine: bool


@dataclass(frozen=True)
class OwnLine:
    """What the agent said of one item, beside the result; `result` is None where there is none to read."""

    title: str
    own: Shown | None
    result: Shown | None
    words: str

    @property
    def differs(self) -> bool:
        return self.result is not None and self.own != self.result


@dataclass(frozen=True)
class OwnScore:
    """The agent's own score of the call; `result` is that of the review, empty where there is none to read."""

    score: str
    shown: Shown
    result: str
    lines: tuple[OwnLine, ...]

    @property
    def differing(self) -> int:
        return sum(one.differs for one in self.lines)


@dataclass(frozen=True)
class ReleaseView:
    """What became of a result, and what this person may do about it.

    `proposals` are, by item, the verdicts that the agent may propose in a dispute, `disputes` what was disputed of it.
    `waits_for_own`: the agent scores the call, or declines to, before they read the result.
    """

    review: int
    mine: bool
    shown: Shown | None
    released: Moment | None
    due: Moment | None
    acknowledged: Moment | None
    reply: str
    until: Moment | None
    is_closed: bool
    waits_for_own: bool
    may_release: bool
    may_acknowledge: bool
    may_score: bool
    proposals: Mapping[str, tuple[VerdictChoice, ...]]
    disputes: Mapping[str, tuple[DisputeLine, ...]]
    own: OwnScore | None


def release_view(session: Session, user: User, call: Call, words: Translator, settings: Settings) -> ReleaseView | None:
    """What became of a call's result, for this person; None where there is nothing to tell."""
    mine, staff = call.agent_id == user.id, may_see_machine_verdicts(user)
    if not (mine or staff):
        # Who spoke in a part of the call reads the result; what its own agent says to it is between them and the staff.
        return None
    review = unannounced.of_call(session, user, id_of(call))
    if review is None or not (review.counts if staff else review.state in lifecycle.TOLD):
        review = None
    own = queries.self_score(session, id_of(call), call.agent_id) if call.agent_id is not None else None
    waits = mine and review is not None and review.awaits_self_score
    asks = mine and own is None and (settings.self_score != "off" or waits)
    may_score = asks and evaluations.current(session, id_of(call)) is not None
    readable = review if review is not None and (staff or review.told) else None
    # What the agent thinks is read by others when they have judged the call themselves.
    shown_own = own if own is not None and (mine or readable is not None) else None
    if review is None and not may_score and shown_own is None:
        return None
    return _view(session, user, call, words, settings, review, readable, shown_own, waits=waits, may_score=may_score)


def _view(
    session: Session,
    user: User,
    call: Call,
    words: Translator,
    settings: Settings,
    review: Review | None,
    readable: Review | None,
    own: Review | None,
    *,
    waits: bool,
    may_score: bool,
) -> ReleaseView:
    team = accounts.team(session, call.team_id) if call.team_id is not None else None
    zone, mine = zone_of(session, user), call.agent_id == user.id

    def at(when: datetime | None) -> Moment | None:
        return moment(when, zone, team) if when is not None else None

    until = disputes.open_until(session, readable, settings.dispute_days) if readable is not None else None
    card = card_of(session, readable) if readable is not None else None
    found = dispute_queries.told_of_review(session, user, id_of(readable)) if readable is not None else ()
    in_time = until is not None and clock.now() < until
    open_to = readable is not None and mine and lifecycle.after(readable.state, Act.DISPUTE) is not None
    names = accounts.names(session, {one.decided_by for one in found if one.decided_by is not None})
    lines: dict[str, tuple[DisputeLine, ...]] = {}
    for one in found:
        item = _item(card, one.item_id)
        line = dispute_line(one, item, user, names, at, words)
        lines[one.item_id] = (*lines.get(one.item_id, ()), line)
    return ReleaseView(
        review=readable.id or 0 if readable is not None else 0,
        mine=mine,
        shown=_shown(STATES[readable.state], words) if readable is not None else None,
        released=at(readable.released_at) if readable is not None else None,
        due=at(readable.release_at) if readable is not None and readable.state == ReviewState.SUBMITTED else None,
        acknowledged=at(readable.acknowledged_at) if readable is not None else None,
        reply=readable.acknowledged_words if readable is not None else "",
        until=at(until),
        is_closed=open_to and not in_time,
        waits_for_own=waits,
        may_release=readable is not None
        and may_release(user)
        and readable.state == ReviewState.SUBMITTED
        and call.agent_id is not None,
        may_acknowledge=mine and readable is not None and lifecycle.after(readable.state, Act.ACKNOWLEDGE) is not None,
        may_score=may_score,
        proposals=_proposals(session, readable, card, words) if readable and card and open_to and in_time else {},
        disputes=lines,
        own=_own(session, own, readable, words) if own is not None else None,
    )


def dispute_line(
    one: Dispute,
    item: Item | None,
    user: User,
    names: Mapping[int, str],
    at: Callable[[datetime | None], Moment | None],
    words: Translator,
) -> DisputeLine:
    """A dispute as it is told beside its item and in lists."""
    opened, is_decided = at(one.opened_at), one.outcome in dispute_queries.DECIDED
    assert opened is not None  # noqa: S101 (every dispute has a beginning)
    return DisputeLine(
        id=id_of(one),
        shown=_shown(DISPUTES[one.outcome], words),
        was=told(item, one.verdict_before, one.level_before, words),
        proposed=told(item, one.proposed, one.proposed_level, words),
        now=told(item, one.verdict_after, one.level_after, words) if is_decided else None,
        reason=one.reason,
        words=one.words,
        by=names.get(one.decided_by or 0, "") if is_decided else "",
        opened=opened,
        decided=at(one.decided_at),
        mine=one.agent_id == user.id,
    )


def card_of(session: Session, review: Review) -> Scorecard:
    """The scorecard by which a review judges."""
    return scorecards.card(session, session.get_one(Evaluation, review.evaluation_id).scorecard_version)


def _item(card: Scorecard | None, item_id: str) -> Item | None:
    return next((item for item in card.items if item.id == item_id), None) if card is not None else None


def _shown(shown: Shown, words: Translator) -> Shown:
    return shown._replace(word=words.gettext(shown.word))


def _proposals(
    session: Session, review: Review, card: Scorecard, words: Translator
) -> dict[str, tuple[VerdictChoice, ...]]:
    """By item that can still be disputed: every verdict but the one that stands."""
    disputed = {
        one.item_id
        for one in dispute_queries.of_review(session, id_of(review))
        if one.outcome != DisputeOutcome.WITHDRAWN and review.released_at and one.opened_at >= review.released_at
    }
    stands = queries.verdicts(session, id_of(review))
    return {
        item.id: verdict_choices(item, words, without=[as_chosen(stands[item.id].verdict, stands[item.id].level)])
        for item in card.items
        if item.id in stands and item.id not in disputed
    }


def _own(session: Session, own: Review, review: Review | None, words: Translator) -> OwnScore:
    """The agent's own score beside the result."""
    card, said = card_of(session, own), queries.verdicts(session, id_of(own))
    result = queries.verdicts(session, id_of(review)) if review is not None else {}
    lines = []
    for item in card.items:
        mine, other = said.get(item.id), result.get(item.id)
        lines.append(
            OwnLine(
                title=card.text(item.title, words.language),
                own=told(item, mine.verdict, mine.level, words) if mine else None,
                result=told(item, other.verdict, other.level, words) if other else None,
                words=mine.note if mine else "",
            )
        )
    shown = OUTCOMES[outcome(own.passed, own.score)]
    return OwnScore(
        number(own.score), _shown(shown, words), number(review.score) if review is not None else "", tuple(lines)
    )
