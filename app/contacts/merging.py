"""Makes what is to be stored out of what a row tells and what is known already; an empty cell says nothing new."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.contacts.mapping import COLUMNS
from app.contacts.models import AgentDay
from app.contacts.roster import Roster
from app.contacts.sums import PLACE
from app.kit.i18n import N_

ANSWERS = tuple(PLACE[name] for name in ("solved", "solved_first", "csat", "nps"))
# Where a plain value of a row goes, and where it stands in the row.
PLAIN = tuple(
    (PLACE[name if name != "customer" else "customer_key"], place)
    for place, name in enumerate(COLUMNS["contacts"])
    if name not in ("external_id", "started_at", "agent", "team")
)
DAY_VALUES = COLUMNS["agent_days"][3:]
STARTED, DAY, AGENT, TEAM, TEAM_GIVEN, SOLVED, FIRST = (
    PLACE[name] for name in ("started_at", "site_day", "agent_id", "team_id", "team_given", "solved", "solved_first")
)
# With an hour more, when the clocks go back.
LONGEST_DAY = 25 * 3600
NO_AGENT = N_("is no user name of anybody in Callmark; add the person first")
NO_TEAM = N_("is no team in Callmark; add it first")


class RowUnfit(ValueError):
    """What a row tells cannot be; `column` is ours."""

    def __init__(self, column: str, message: str) -> None:
        super().__init__(message)
        self.column = column


def fresh(told: Sequence[Any], people: Roster) -> list[Any]:
    """A contact that was not known (its values in the order of FIELDS)."""
    # fmt: off
    (
        external_id, started, answered, channel, direction, queue, agent, team,
        rings, wait, talk, hold, after, transferred, success, customer,
        solved, first, csat, nps,
    ) = told
    # fmt: on
    if started is None:
        raise RowUnfit("started_at", N_("is empty; a contact that is not known yet needs a time"))
    if answered is None:
        if talk is None:
            raise RowUnfit("answered", N_("is empty, and nothing else tells whether the contact was answered"))
        answered = talk > 0
    agent_id = None if agent is None else agent_called(agent, people)
    team_id = people.team_of(agent_id, started) if team is None else team_called(team, people)
    # fmt: off
    new = [
        external_id, started, people.day(started, team_id), channel or "phone", direction or "inbound", queue or "",
        agent_id, team_id, team is not None, answered, rings, wait, talk, hold, after, transferred, success, customer,
        False, solved, first, csat, nps, None,
    ]
    # fmt: on
    if first is not None:
        _check_outcome(new, solved, first)
    return new


def updated(old: Sequence[Any], told: Sequence[Any], people: Roster) -> list[Any]:
    """A known contact with what a row tells anew; who tells of another agent or moment moves it to their team."""
    new = list(old)
    for to, place in PLAIN:
        if told[place] is not None:
            new[to] = told[place]
    if told[1] is not None:
        new[STARTED] = told[1]
    if told[6] is not None:
        new[AGENT] = agent_called(told[6], people)
    if told[7] is not None:
        new[TEAM], new[TEAM_GIVEN] = team_called(told[7], people), True
    elif not new[TEAM_GIVEN] and (new[AGENT], new[STARTED]) != (old[AGENT], old[STARTED]):
        new[TEAM] = people.team_of(new[AGENT], new[STARTED])
    if (new[TEAM], new[STARTED]) != (old[TEAM], old[STARTED]):
        new[DAY] = people.day(new[STARTED], new[TEAM])
    _check_outcome(new, told[16], told[17])
    return new


def answered_by(old: Sequence[Any], told: Sequence[Any]) -> list[Any]:
    """A known contact with what its customer, or somebody who looked into it, said afterwards."""
    new = list(old)
    for to, value in zip(ANSWERS, told[1:], strict=True):
        if value is not None:
            new[to] = value
    _check_outcome(new, told[1], told[2])
    return new


def _check_outcome(new: list[Any], solved: bool | None, first: bool | None) -> None:
    """What is solved at the first contact is solved; a row that says otherwise is refused."""
    if first and solved is None:
        new[SOLVED] = True
    if solved is False and first is None and new[FIRST]:
        new[FIRST] = False
    if new[FIRST] and new[SOLVED] is False:
        raise RowUnfit("solved_first", N_("says solved at the first contact, and solved says no"))


def agent_called(name: str, people: Roster) -> int:
    found = people.agents.get(name) or people.agents.get(name.lower())
    if found is None:
        raise RowUnfit("agent", NO_AGENT)
    return found


def team_called(name: str, people: Roster) -> int:
    found = people.named.get(name.lower())
    if found is None:
        raise RowUnfit("team", NO_TEAM)
    return found


def merged_day(told: Sequence[Any], known: AgentDay | None, agent_id: int, day: date, people: Roster) -> AgentDay:
    """The day of an agent with what a row tells; who was planned or signed in at all follows from the hours."""
    new = {name: value for name, value in zip(DAY_VALUES, told[3:], strict=True) if value is not None}
    for name, value in new.items():
        if name.endswith("_seconds") and value > LONGEST_DAY:
            raise RowUnfit(name, N_("is longer than a day"))
    given = None if told[2] is None else team_called(told[2], people)
    kept = known or AgentDay(agent_id=agent_id, day=day, team_id=people.team_on(agent_id, day))
    if given is not None:
        kept.team_id, kept.team_given = given, True
    for name, value in new.items():
        setattr(kept, name, value)
    if kept.scheduled is None and kept.scheduled_seconds is not None:
        kept.scheduled = kept.scheduled_seconds > 0
    if kept.present is None and kept.logged_in_seconds is not None:
        kept.present = kept.logged_in_seconds > 0
    return kept
