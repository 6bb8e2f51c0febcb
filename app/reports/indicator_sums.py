"""What indicators are made from: the facts of every source, added up by what was asked for."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from sqlmodel import Session

from app.accounts.models import Role
from app.complaints import queries as complaints
from app.complaints.models import ComplaintCategory
from app.contacts.queries import agent_day_sums, contact_sums
from app.contacts.sums import SUMS
from app.domain.metrics import Basis, Indicator, Unit, moments
from app.operations.point_sums import exam_points
from app.reports import indicator_queries as read
from app.reports import queries, stored_queries
from app.reports.indicator_asked import Asked, By, Key, Rows, SumsBy, limits, plain
from app.reports.indicator_costs import cost_sums
from app.reports.indicator_scores import score_sums
from app.reports.queries import Filter


def sums_of(asked: Asked, indicators: Sequence[Indicator]) -> dict[str, SumsBy]:
    """What every one of these indicators is made from, by its id and the values of `by`."""
    found: dict[str, SumsBy] = {one.id: {} for one in indicators}
    for read_them in dict.fromkeys(_READ[one.basis] for one in indicators):
        found |= read_them(asked, [one for one in indicators if _READ[one.basis] is read_them])
    return found


def _contacts(asked: Asked, indicators: Sequence[Indicator]) -> dict[str, SumsBy]:
    plain_ones = [one for one in indicators if one.of_a_day is None]
    names = tuple(sorted({name for one in plain_ones for name in one.sums} & set(SUMS)))
    found: dict[str, SumsBy] = {}
    if names:
        rows = contact_sums(asked.session, asked.user, asked.columns, asked.chosen, names)
        found = dict.fromkeys((one.id for one in plain_ones), asked.added(rows))
    if "total_calls" in found and not read.contacts_known(asked.session, asked.chosen):
        found["total_calls"] = _recorded(asked)
    daily = [one for one in indicators if one.of_a_day is not None]
    if daily:
        names = tuple(sorted({name for one in daily for name in one.sums}))
        columns = list(dict.fromkeys(["day", "agent", *asked.columns]))
        found |= _daily(asked, daily, contact_sums(asked.session, asked.user, columns, asked.chosen, names), columns)
    return found


def _recorded(asked: Asked) -> SumsBy:
    """Recorded calls in place of contacts, where the switch has told of none at all; they know no channel."""
    if By.CHANNEL in asked.by or asked.chosen.channel is not None:
        return {}
    return asked.added(read.recorded(asked.session, asked.user, asked.columns, asked.chosen))


def _agent_days(asked: Asked, indicators: Sequence[Indicator]) -> dict[str, SumsBy]:
    found: dict[str, SumsBy] = {}
    if any(one.of_a_day is None for one in indicators):
        names = sorted({name for one in indicators if one.of_a_day is None for name in one.sums})
        rows = asked.added(agent_day_sums(asked.session, asked.user, asked.columns, asked.chosen, names))
        found = dict.fromkeys((one.id for one in indicators if one.of_a_day is None), rows)
    daily = [one for one in indicators if one.of_a_day is not None]
    if not read.contacts_known(asked.session, asked.chosen):
        # Nothing handled is no fact where nobody has told of contacts.
        daily = [one for one in daily if not any(name.startswith("handle_of_") for name in one.sums)]
    if daily:
        columns = list(dict.fromkeys(["day", "agent", *asked.columns]))
        names = sorted({name for one in daily for name in one.sums})
        found |= _daily(asked, daily, agent_day_sums(asked.session, asked.user, columns, asked.chosen, names), columns)
    return found


def _daily(asked: Asked, indicators: Sequence[Indicator], rows: Rows, columns: Sequence[str]) -> dict[str, SumsBy]:
    """What the days of agents add up to, with what tells how far they scatter."""
    days: dict[str, dict[Key, list[tuple[float, float]]]] = {one.id: defaultdict(list) for one in indicators}
    agent = columns.index("agent")
    for row, sums in rows.items():
        key = asked.key(row, columns)
        for one in indicators:
            # What nobody has done is no agent's day.
            told = one.of_a_day(sums) if one.of_a_day and (row[agent] or one.unit != Unit.PER_DAY) else None
            if told is not None:
                days[one.id][key].append(told)
    return {name: {key: moments(told) for key, told in found.items()} for name, found in days.items()}


def _reviews(asked: Asked, indicators: Sequence[Indicator]) -> dict[str, SumsBy]:
    return {one.id: judged(asked, "final") for one in indicators}


def judged(asked: Asked, source: queries.Source) -> SumsBy:
    """How the calls came out by people (final) or by the machine; agents know of their released results alone."""
    if asked.user.role == Role.AGENT:
        own = read.released(asked.session, asked.user, asked.columns, asked.chosen) if source == "final" else {}
        return asked.added(own)
    chosen, columns = asked.chosen, asked.columns
    filtered = Filter(chosen.first_day, chosen.end_day, chosen.team_id, chosen.agent_id, chosen.queue)
    names: dict[str, queries.Dimension] = {"day": "site_day", "team": "team_id", "agent": "agent_id", "queue": "queue"}
    rows = stored_queries.tallied(asked.session, asked.user, source, [names[one] for one in columns], filtered)
    return asked.added(
        {key: {"n": one.n, "passed": one.passed, "uncertain": one.uncertain} for key, one in rows.items()}
    )


def _complaints(asked: Asked, indicators: Sequence[Indicator]) -> dict[str, SumsBy]:
    """Complaints, and the calls that they are held against; of no complaint in a register that is kept, 0 is told."""
    if not read.complaints_known(asked.session):
        return {}
    found: dict[str, SumsBy] = {}
    for one in indicators:
        if one.id == "total_complaints":
            rows = read.registered(asked.session, asked.user, asked.columns, asked.chosen)
            found[one.id] = asked.added(rows or ({(): {"complaints": 0}} if not asked.by else {}))
        else:
            found[one.id] = _attitude(asked)
    return found


def _attitude(asked: Asked) -> SumsBy:
    names: dict[str, complaints.Dimension] = {"day": "site_day", "team": "team_id", "agent": "agent_id"}
    by = [names[one] for one in asked.columns]
    limits: dict[str, Any] = {
        "agent_id": asked.chosen.agent_id,
        "team_id": asked.chosen.team_id,
        "first_day": asked.chosen.first_day,
        "last_day": asked.chosen.end_day - timedelta(days=1) if asked.chosen.end_day else None,
    }
    upheld = complaints.upheld(asked.session, asked.user, by, category=ComplaintCategory.ATTITUDE, **limits)
    found = asked.added({key: {"attitude_upheld": n} for key, n in upheld.items()})
    for row, n in complaints.handled(asked.session, asked.user, by, **limits).items():
        found[asked.key(row)]["calls_handled"] += n
    return found


def _agent_facts(asked: Asked, indicators: Sequence[Indicator]) -> dict[str, SumsBy]:
    found: dict[str, SumsBy] = {}
    for one in indicators:
        found[one.id] = _scores(asked) if one.id == "performance_score" else _exams(asked)
    return found


def _exams(asked: Asked) -> SumsBy:
    names = {By.MONTH: "month", By.TEAM: "team_id", By.AGENT: "agent_id"}
    first, last = limits(asked.chosen)
    rows = exam_points(
        asked.session,
        asked.user,
        first,
        last,
        [names[one] for one in asked.by],  # type: ignore[misc]
        team_id=asked.chosen.team_id,
        agent_id=asked.chosen.agent_id,
    )
    return {
        tuple(f"{one:%Y-%m}" if isinstance(one, date) else plain(one) for one in key): {
            "exams": found.n,
            "exam_points": found.points,
            "exam_squares": found.squares,
        }
        for key, found in rows.items()
    }


def _scores(asked: Asked) -> SumsBy:
    first, last = limits(asked.chosen)
    names = [{By.MONTH: "month", By.TEAM: "team", By.AGENT: "agent"}[one] for one in asked.by]
    return score_sums(asked.session, asked.user, names, asked.chosen, first, last)


def _costs(asked: Asked, indicators: Sequence[Indicator]) -> dict[str, SumsBy]:
    first, last = limits(asked.chosen)
    found = cost_sums(asked.session, asked.user, [one.value for one in asked.by], asked.chosen, first, last)
    return {one.id: found for one in indicators}


_READ: Mapping[Basis, Callable[[Asked, Sequence[Indicator]], dict[str, SumsBy]]] = {
    Basis.CONTACTS: _contacts,
    Basis.SURVEYS: _contacts,
    Basis.OUTCOMES: _contacts,
    Basis.AGENT_DAYS: _agent_days,
    Basis.REVIEWS: _reviews,
    Basis.COMPLAINTS: _complaints,
    Basis.AGENT_FACTS: _agent_facts,
    Basis.COSTS: _costs,
}


def source_known(session: Session, indicator: Indicator) -> bool:
    """Whether the source of an indicator has ever told anything that it needs."""
    if indicator.id == "total_calls":
        return read.contact_sum_known(session, ["contacts"]) or read.calls_known(session)
    if indicator.basis in (Basis.CONTACTS, Basis.SURVEYS, Basis.OUTCOMES):
        return read.contact_sum_known(session, [name for name in indicator.sums if name in SUMS])
    asked = {
        Basis.AGENT_DAYS: read.agent_days_known,
        Basis.REVIEWS: read.reviews_known,
        Basis.COMPLAINTS: read.complaints_known,
        Basis.AGENT_FACTS: read.agent_facts_known,
        Basis.COSTS: read.costs_known,
    }
    return asked[indicator.basis](session)
