"""A call as lists and pages show it: whose it is, when it was, how far it has come, what came out."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_see_machine_verdicts
from app.calls.models import Call, CallState
from app.calls.queries import UNDER_WAY
from app.domain.lifecycle import ReviewState
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.i18n import N_, Translator
from app.reports.wording import LANGUAGES, OUTCOMES, Shown, clock, number
from app.reviews import unannounced
from app.reviews.models import Review
from app.web.times import Moment, moment, zone_of

STATES = {
    CallState.RECEIVED: Shown("…", N_("Waiting"), "neutral"),
    CallState.TRANSCRIBING: Shown("◔", N_("Being heard"), "neutral"),
    CallState.SCORING: Shown("◑", N_("Being scored"), "neutral"),
    CallState.SCORED: Shown("✓", N_("Scored"), "pass"),
    CallState.FAILED: Shown("✕", N_("Not processed"), "fail"),
    CallState.DELETED: Shown("–", N_("Deleted"), "neutral"),
}
STEPS = {
    "reading": N_("Reading the file"),
    "decoding": N_("Decoding the sound"),
    "loading the recogniser": N_("Loading the recogniser"),
    "speech": N_("Finding speech"),
    "words": N_("Recognising words"),
    "holds": N_("Listening for holds"),
    "keeping": N_("Keeping what was heard"),
}


@dataclass(frozen=True)
class StateView:
    """How far a call has come; `percent` is that of the step, None where there is none."""

    id: int
    shown: Shown
    under_way: bool
    step: str
    percent: int | None
    error: str
    failed: bool
    scored: bool


@dataclass(frozen=True)
class ResultView:
    """What came out: `by` is "person" once a review is submitted, before that "machine"; None before that.

    `hidden`: the machine has scored it, and nobody may see it before the blind review is submitted.
    """

    id: int
    by: str | None
    score: str
    shown: Shown | None
    review: int | None
    review_state: ReviewState | None
    hidden: bool


@dataclass(frozen=True)
class CallRow:
    """One line of a list of calls."""

    id: int
    reference: str
    file_name: str
    customer: str
    agent: str
    team: str
    queue: str
    language: str
    started: Moment
    length: str
    state: StateView
    result: ResultView


class Frame:
    """The names that stand around some calls, and the clock of whoever reads of them."""

    def __init__(self, session: Session, user: User, calls: Sequence[Call]) -> None:
        self._people = accounts.names(session, {one.agent_id for one in calls if one.agent_id is not None})
        self._teams = {team.id: team for team in accounts.teams(session)}
        self._zone = zone_of(session, user)

    def agent(self, call: Call) -> str:
        return self._people.get(call.agent_id or 0, "")

    def team(self, call: Call) -> str:
        team = self._teams.get(call.team_id)
        return team.name if team else ""

    def started(self, call: Call) -> Moment:
        return moment(call.started_at, self._zone, self._teams.get(call.team_id))


def call_rows(session: Session, user: User, calls: Sequence[Call], words: Translator) -> tuple[CallRow, ...]:
    """Some calls as lines of a list for this person."""
    frame = Frame(session, user, calls)
    ids = [id_of(call) for call in calls]
    judged, reviewed = evaluations.current_of(session, ids), unannounced.of_calls(session, user, ids)
    if not may_see_machine_verdicts(user):
        reviewed = {of: one for of, one in reviewed.items() if one.told}
        judged = {of: one for of, one in judged.items() if of in reviewed}
    return tuple(
        CallRow(
            id=id_of(call),
            reference=call.external_id or call.file_name,
            file_name=call.file_name,
            customer=call.customer_name or "",
            agent=frame.agent(call),
            team=frame.team(call),
            queue=call.queue,
            language=words.gettext(LANGUAGES.get(call.language or "", call.language or "")),
            started=frame.started(call),
            length=clock(call.duration),
            state=state_view(call, words),
            result=result_view(id_of(call), judged.get(id_of(call)), reviewed.get(id_of(call)), words),
        )
        for call in calls
    )


def state_view(call: Call, words: Translator) -> StateView:
    """How far a call has come, in words."""
    shown = STATES[call.state]
    step = words.gettext(STEPS.get(call.step, call.step)) if call.step else ""
    return StateView(
        id=id_of(call),
        shown=shown._replace(word=words.gettext(shown.word)),
        under_way=call.state in UNDER_WAY,
        step=step,
        percent=round(100 * call.progress) if step else None,
        error=words.gettext(call.error_message) if call.error_message else "",
        failed=call.state == CallState.FAILED,
        scored=call.state == CallState.SCORED,
    )


def result_view(call_id: int, judged: Evaluation | None, review: Review | None, words: Translator) -> ResultView:
    """What a person found, or as long as nobody has, the machine."""
    by: str | None = None
    score, shown = "", None
    hidden = review is not None and review.hides_machine
    if review is not None and review.counts:
        by, score, shown = "person", number(review.score), OUTCOMES[outcome(review.passed, review.score)]
    elif judged is not None and not hidden:
        by, shown = "machine", OUTCOMES[outcome(judged.passed, judged.low)]
        # While the answer is open, the score of the decided items alone would promise too much.
        score = number(judged.score) if judged.passed is not None else points_range(judged.low, judged.high)
    return ResultView(
        id=call_id,
        by=by,
        score=score,
        shown=shown._replace(word=words.gettext(shown.word)) if shown else None,
        review=review.id if review else None,
        review_state=review.state if review else None,
        hidden=hidden,
    )


def outcome(passed: bool | None, possible: float | None) -> str:
    """The key of OUTCOMES for what is stored; without anything possible, no item applied."""
    if passed is None:
        return "open" if possible is not None else "not applicable"
    return "passed" if passed else "failed"


def points_range(low: float | None, high: float | None) -> str:
    """What a score may still become; empty where it is certain."""
    return f"{number(low)}–{number(high)}" if low != high else ""
