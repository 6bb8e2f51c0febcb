"""Facts of agents from a CSV file: training, discipline and conduct of many agents at once."""

import csv
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from app.accounts.models import User
from app.kit.csv_files import lines_of, text_of, unguarded
from app.kit.errors import AppError
from app.kit.i18n import N_
from app.ledger.service import Actor
from app.operations.models import FactKind
from app.operations.service import enter_fact

COLUMNS = ("agent", "month", "part", "points", "note")
NEEDED = COLUMNS[:4]
MOST_ROWS = 5000


class FactsUnreadable(AppError):
    """This is no CSV file with the columns agent, month, part and points; save it as CSV in UTF-8."""

    code = "facts_unreadable"
    status = 422


class NoSuchAgent(AppError):
    """There is no agent of this user name in your sight."""

    code = "no_such_agent"
    status = 422


@dataclass(frozen=True)
class BadFact:
    """A row that was left out: its line (the header is line 1), the column, and why."""

    line: int
    column: str
    message: str


@dataclass(frozen=True)
class FactsTaken:
    """What became of a file: rows that were entered, rows that said nothing new, and those left out."""

    entered: int
    known: int
    bad: tuple[BadFact, ...]


def take_facts(
    session: Session, content: bytes, agent_named: Callable[[str], User | None], language: str, actor: Actor
) -> FactsTaken:
    """Enter every good row, and name every bad one; `agent_named` finds the agents that the person may speak of."""
    text = text_of(content, language)
    if text is None:
        raise FactsUnreadable
    try:
        (_, header), *lines = list(lines_of(text))
    except (csv.Error, ValueError) as error:
        raise FactsUnreadable from error
    names = [name.strip().lower() for name in header]
    if not set(NEEDED) <= set(names):
        raise FactsUnreadable
    if len(lines) > MOST_ROWS:
        raise FactsUnreadable(N_("The list is too long; part it into several of at most 5,000 rows."))
    entered, known, bad = 0, 0, []
    for line, row in _in_order_of_agents(names, lines, agent_named):
        found = _entered(session, row, agent_named, actor)
        if isinstance(found, bool):
            entered, known = entered + found, known + (not found)
        else:
            bad.append(BadFact(line, *found))
    return FactsTaken(entered, known, tuple(sorted(bad, key=lambda one: one.line)))


def _in_order_of_agents(
    names: list[str], lines: list[tuple[int, list[str]]], agent_named: Callable[[str], User | None]
) -> list[tuple[int, dict[str, str]]]:
    """The rows with something in them; of two who bring in the same agents, nobody waits for who waits for them."""
    rows = [
        (line, dict(zip(names, (unguarded(cell.strip()) for cell in cells), strict=False))) for line, cells in lines
    ]
    agents = {name: agent_named(name) for name in {row.get("agent", "") for _, row in rows}}
    places = {name: agent.id or 0 if agent else 0 for name, agent in agents.items()}
    return sorted((one for one in rows if any(one[1].values())), key=lambda one: places[one[1].get("agent", "")])


def _entered(
    session: Session, row: dict[str, str], agent_named: Callable[[str], User | None], actor: Actor
) -> bool | tuple[str, str]:
    """Whether the row said anything new; or the column that is wrong, and why."""
    agent, month = agent_named(row.get("agent", "")), month_of(row.get("month", ""))
    if agent is None or agent.id is None:
        return "agent", NoSuchAgent().message
    if month is None:
        return "month", N_("give the month as 2026-11")
    if row.get("part", "") not in {kind.value for kind in FactKind}:
        return "part", N_("is none of training, discipline, conduct, exam")
    try:
        points = float(row.get("points", ""))
    except ValueError:
        return "points", N_("is no number")
    try:
        return enter_fact(session, agent.id, month, FactKind(row["part"]), points, row.get("note", ""), actor)
    except AppError as error:
        return "points" if error.code == "points_out_of_range" else "note", error.message


def month_of(written: str) -> date | None:
    """The first day of a month that is written as 2026-11."""
    try:
        found = date.fromisoformat(f"{written}-01")
    except ValueError:
        return None
    return found if 1970 <= found.year <= 2200 else None
