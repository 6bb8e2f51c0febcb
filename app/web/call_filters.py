"""Which calls the list shows: what its address says, and the choices of its form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_record_complaints, may_see_machine_verdicts, may_see_team
from app.calls.models import CallState
from app.calls.queries import CallSet, Order, Wanted
from app.complaints import queries as complaints
from app.domain.language import LANGUAGES as JUDGED
from app.kit.i18n import N_, Translator
from app.reports.wording import LANGUAGES
from app.reviews import queries as reviews
from app.reviews import unannounced
from app.reviews.queries import DecidedBy, Outcome
from app.transcription import queries as transcripts
from app.transcription.said import Phrase
from app.web.call_rows import STATES
from app.web.choices import Choice

OUTCOMES = {
    "passed": N_("Passed"),
    "failed": N_("Failed"),
    "open": N_("Open: a person decides"),
    "not_applicable": N_("No item applies"),
}
DECIDED_BY = {"person": N_("A person"), "machine": N_("Only the machine")}
ORDERS = {Order.ARRIVAL: N_("Last to come in"), Order.START: N_("Last to begin")}


class CallFilter(BaseModel):
    """What the address of the list says about which calls are wanted, and in which order."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    words: str = Field("", max_length=200)
    state: CallState | None = None
    outcome: Outcome | None = None
    by: DecidedBy | None = None
    complaint: bool = False
    agent: int | None = Field(None, ge=1, lt=2**31)
    team: int | None = Field(None, ge=1, lt=2**31)
    language: str | None = Field(None, max_length=10)
    first: date | None = None
    last: date | None = None
    order: Order = Order.ARRIVAL
    before: int | None = Field(None, ge=1, lt=2**31)

    @model_validator(mode="before")
    @classmethod
    def empty_is_not_chosen(cls, given: Any) -> Any:
        return {name: value for name, value in given.items() if value != ""} if isinstance(given, dict) else given

    @property
    def query(self) -> str:
        """The filter as the part of an address after the question mark."""
        told = self.model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        return urlencode({name: "yes" if value is True else value for name, value in told.items()})

    @property
    def narrows(self) -> bool:
        """Whether some calls are left out."""
        return bool(self.model_dump(exclude_none=True, exclude_defaults=True, exclude={"before", "order"}))

    @property
    def is_detailed(self) -> bool:
        """Whether anything is chosen that stands in the folded part of the form."""
        return (
            bool(self.by or self.complaint or self.language or self.first or self.last) or self.order != Order.ARRIVAL
        )

    def before_call(self, call_id: int | None) -> str:
        """The address of the page of the list that goes on after this call; without one, of the first."""
        query = self.model_copy(update={"before": call_id}).query
        return f"/calls?{query}" if query else "/calls"


@dataclass(frozen=True)
class FilterForm:
    """What the form of the list offers this person; a drop-down without entries is left out."""

    states: tuple[Choice, ...]
    outcomes: tuple[Choice, ...]
    decided_by: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    teams: tuple[Choice, ...]
    languages: tuple[Choice, ...]
    orders: tuple[Choice, ...]
    complaints: bool


def wanted_calls(session: Session, user: User, chosen: CallFilter, asked: tuple[Phrase, ...]) -> Wanted:
    """The calls that the address means."""
    return Wanted(
        state=chosen.state,
        agent_id=chosen.agent,
        team_id=chosen.team,
        language=chosen.language,
        first_day=chosen.first,
        last_day=chosen.last,
        words=tuple(one.typed for one in asked),
        said=transcripts.said(session, asked),
        among=tuple(_among(user, chosen)),
    )


def filter_form(session: Session, user: User, chosen: CallFilter, words: Translator) -> FilterForm:
    """The form with what is chosen in it."""

    def choices(labels: Iterable[tuple[Any, str]], now: Any) -> tuple[Choice, ...]:
        return tuple(Choice(str(value), words.gettext(label), value == now) for value, label in labels)

    people = accounts.agents(session, user.team_id) if may_see_team(user) else ()
    teams = accounts.teams(session) if may_see_team(user) and user.team_id is None else ()
    states = ((state.value, shown.word) for state, shown in STATES.items() if state != CallState.DELETED)
    return FilterForm(
        states=choices(states, chosen.state and chosen.state.value),
        outcomes=choices(OUTCOMES.items(), chosen.outcome),
        decided_by=choices(DECIDED_BY.items(), chosen.by) if may_see_machine_verdicts(user) else (),
        agents=tuple(Choice(str(one.id), one.name, one.id == chosen.agent) for one in people),
        teams=tuple(Choice(str(one.id), one.name, one.id == chosen.team) for one in teams),
        languages=language_choices(words, chosen.language),
        orders=choices(((order.value, label) for order, label in ORDERS.items()), chosen.order.value),
        complaints=may_record_complaints(user),
    )


def language_choices(words: Translator, chosen: str | None) -> tuple[Choice, ...]:
    return tuple(Choice(code, words.gettext(LANGUAGES[code]), code == chosen) for code in JUDGED)


def _among(user: User, chosen: CallFilter) -> Iterator[CallSet]:
    if chosen.outcome or chosen.by:
        sees_machine, kept = may_see_machine_verdicts(user), unannounced.kept_from(user)
        yield reviews.with_outcome(chosen.outcome, chosen.by, sees_machine, kept)
    if chosen.complaint and may_record_complaints(user):
        yield complaints.with_complaint()
