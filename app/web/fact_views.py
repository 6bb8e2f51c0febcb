"""What the page of facts shows: how much is known of each kind, and what became of a file."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.contacts import coverage as contacts
from app.kit.i18n import N_, Translator
from app.operations import queries
from app.operations.cost_list import COLUMNS as COST_COLUMNS
from app.operations.fact_list import COLUMNS as FACT_COLUMNS
from app.operations.fact_list import BadFact, FactsTaken
from app.operations.models import Cost, FactKind
from app.operations.queries import Coverage
from app.web.fact_intake import columns_of

PARTS = {
    FactKind.EXAM: N_("Knowledge exam"),
    FactKind.TRAINING: N_("Training"),
    FactKind.DISCIPLINE: N_("Discipline"),
    FactKind.CONDUCT: N_("Conduct"),
}
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "agents": FACT_COLUMNS,
    "costs": COST_COLUMNS,
    "days": columns_of("days"),
    "answers": columns_of("answers"),
}
DAYS = {"": N_("Days on record"), "scheduled": N_("Planned"), "logged_in": N_("Signed in")}
ANSWERS = {
    "csat": N_("Satisfaction"),
    "nps": N_("Would recommend"),
    "solved": N_("Solved or not"),
    "solved_first": N_("Solved at the first contact"),
}
MOST_COSTS = 24


@dataclass(frozen=True)
class Known:
    """How much is known of one thing; `n` is 0 where there is no source yet."""

    label: str
    n: int
    agents: int
    months: str


@dataclass(frozen=True)
class CostLine:
    """One cost as it is listed; `id` is 0 where the reader may not take it back."""

    id: int
    month: str
    scope: str
    amount: str
    note: str


@dataclass(frozen=True)
class Told:
    """What became of what was sent, and by which of the forms; `given` is what was typed where it was refused."""

    kind: str = ""
    error: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    taken: FactsTaken | None = None
    saved: bool = False


def known_of_agents(session: Session, user: User, words: Translator) -> tuple[Known, ...]:
    """How much is known of agents, part by part."""
    coverage = queries.fact_coverage(session, user)
    return tuple(_known(words.gettext(label), coverage.get(kind)) for kind, label in PARTS.items())


def known_of_costs(session: Session, user: User, words: Translator) -> tuple[Known, ...]:
    return (_known(words.gettext(N_("Costs")), queries.cost_coverage(session, user)),)


def known_of_days(session: Session, user: User, words: Translator) -> tuple[Known, ...]:
    known = contacts.days_known(session, user)
    return tuple(_known(words.gettext(label), known.get(name)) for name, label in DAYS.items())


def known_of_answers(session: Session, user: User, words: Translator) -> tuple[Known, ...]:
    known = contacts.answers_known(session, user)
    return tuple(_known(words.gettext(label), known.get(name)) for name, label in ANSWERS.items())


def cost_lines(session: Session, user: User, words: Translator) -> tuple[CostLine, ...]:
    """The costs of the last months that are known."""
    teams = {one.id: one.name for one in accounts.teams(session)}
    return tuple(_line(one, teams, words) for one in queries.cost_rows(session, user)[:MOST_COSTS])


def in_words(taken: FactsTaken, words: Translator) -> FactsTaken:
    """What became of a file, its reasons in the reader's language."""
    return replace(taken, bad=tuple(BadFact(one.line, one.column, words.gettext(one.message)) for one in taken.bad))


def months(coverage: Coverage | contacts.Coverage) -> str:
    """From which month to which."""
    first, last = f"{coverage.first:%Y-%m}", f"{coverage.last:%Y-%m}"
    return first if first == last else f"{first} – {last}"


def _known(label: str, coverage: Coverage | contacts.Coverage | None) -> Known:
    if coverage is None:
        return Known(label, 0, 0, "")
    return Known(label, coverage.n, coverage.agents, months(coverage))


def _line(one: Cost, teams: Mapping[int | None, str], words: Translator) -> CostLine:
    parts = [teams.get(one.team_id, "") if one.team_id is not None else "", one.queue]
    return CostLine(
        id=one.id or 0,
        month=f"{one.month:%Y-%m}",
        scope=" · ".join(part for part in parts if part) or words.gettext(N_("all teams and queues")),
        amount=f"{one.amount:,.2f} {one.currency}",
        note=one.note,
    )
