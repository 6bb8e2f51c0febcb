"""What months cost, as a CSV file: read from one with its bad rows named, written as one that can be read again."""

import csv
from collections.abc import Mapping, Sequence

from sqlalchemy import text
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Team, User
from app.kit.csv_files import csv_text, lines_of, text_of, unguarded
from app.kit.errors import AppError
from app.kit.i18n import N_
from app.ledger.service import Actor
from app.operations.cost_entry import CostFacts, CostUnusable, enter_cost
from app.operations.fact_list import MOST_ROWS, BadFact, FactsTaken, month_of
from app.operations.models import Cost

COLUMNS = ("month", "team", "queue", "amount", "currency", "note")
NEEDED = ("month", "amount", "currency")


class CostsUnreadable(AppError):
    """This is no CSV file with the columns month, amount and currency; save it as CSV in UTF-8."""

    code = "costs_unreadable"
    status = 422


class CostRowUnusable(AppError):
    """This row cannot be used."""

    code = "cost_row_unusable"
    status = 422


def take_costs(session: Session, user: User, content: bytes, language: str, actor: Actor) -> FactsTaken:
    """Enter every good row, and name every bad one; others who enter costs wait until it is done."""
    names, lines = _read(content, language)
    # In whichever order others bring in the same, nobody waits for somebody who waits for them.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE cost IN SHARE ROW EXCLUSIVE MODE"))
    teams = {one.name.lower(): one for one in accounts.teams(session)}
    entered, known, bad = 0, 0, []
    for line, cells in lines:
        row = dict(zip(names, (unguarded(cell.strip()) for cell in cells), strict=False))
        if not any(row.values()):
            continue
        try:
            is_new = _enter(session, user, row, teams, actor)
        except AppError as error:
            bad.append(BadFact(line, str(error.details.get("field", "month")), error.message))
        else:
            entered, known = entered + is_new, known + (not is_new)
    return FactsTaken(entered, known, tuple(bad))


def costs_csv(session: Session, costs: Sequence[Cost], byte_order_mark: bool = False) -> str:
    """Costs as a file that `take_costs` reads again."""
    teams = {one.id: one.name for one in accounts.teams(session)}
    rows = (
        (f"{one.month:%Y-%m}", teams.get(one.team_id), one.queue, one.amount, one.currency, one.note) for one in costs
    )
    return csv_text(COLUMNS, rows, byte_order_mark)


def _read(content: bytes, language: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    written = text_of(content, language)
    if written is None:
        raise CostsUnreadable
    try:
        (_, header), *lines = list(lines_of(written))
    except (csv.Error, ValueError) as error:
        raise CostsUnreadable from error
    names = [name.strip().lower() for name in header]
    if not set(NEEDED) <= set(names):
        raise CostsUnreadable
    if len(lines) > MOST_ROWS:
        raise CostsUnreadable(N_("The list is too long; part it into several of at most 5,000 rows."))
    return names, lines


def _enter(session: Session, user: User, row: Mapping[str, str], teams: Mapping[str, Team], actor: Actor) -> bool:
    month, name = month_of(row.get("month", "")), row.get("team", "")
    team = teams.get(name.lower())
    if month is None:
        raise CostRowUnusable(N_("give the month as 2026-11"), field="month")
    if name and team is None:
        raise CostRowUnusable(N_("there is no team of this name"), field="team")
    facts = CostFacts(
        month=month,
        amount=amount_of(row.get("amount", "")),
        currency=row.get("currency", ""),
        team_id=team.id if team else None,
        queue=row.get("queue", ""),
        note=row.get("note", ""),
    )
    return enter_cost(session, user, facts, actor)


def amount_of(written: str) -> float:
    """The amount that somebody typed; thousands may be set apart by spaces."""
    try:
        return float(written.replace(" ", "").replace("\u00a0", ""))
    except ValueError as error:
        raise CostUnusable(field="amount") from error
