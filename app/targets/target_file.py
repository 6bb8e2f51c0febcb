"""Targets as a CSV file: read from one with its bad rows named, written as one that can be read again."""

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Team, User
from app.kit.csv_files import csv_text, lines_of, text_of, unguarded
from app.kit.errors import AppError
from app.kit.i18n import N_
from app.ledger.service import Actor
from app.targets.models import SetTarget
from app.targets.service import TargetFacts, indicator_named, set_target
from app.targets.values import typed

COLUMNS = ("indicator", "team", "queue", "direction", "from", "until", "value", "note")
NEEDED = ("indicator", "from", "value")
MOST_ROWS = 5000


class TargetsUnreadable(AppError):
    """This is no CSV file with the columns indicator, from and value; save it as CSV in UTF-8."""

    code = "targets_unreadable"
    status = 422


class TeamUnknown(AppError):
    """There is no team of this name; add the team first, or correct the name."""

    code = "team_unknown"
    status = 422


class DayUnreadable(AppError):
    """Give the day as 2026-11-01."""

    code = "day_unreadable"
    status = 422


@dataclass(frozen=True)
class BadTarget:
    """A row that was left out: its line (the header is line 1), the column, and why."""

    line: int
    column: str
    message: str


@dataclass(frozen=True)
class TargetsTaken:
    """What became of a file: rows that were set, rows that said nothing new, and those left out."""

    entered: int
    known: int
    bad: tuple[BadTarget, ...]


def take_targets(session: Session, user: User, content: bytes, language: str, actor: Actor) -> TargetsTaken:
    """Set every good row, and name every bad one; others who set targets wait until it is done."""
    names, lines = _read(content, language)
    # In whichever order others bring in the same, nobody waits for somebody who waits for them.
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("LOCK TABLE target IN SHARE ROW EXCLUSIVE MODE"))
    teams = {one.name.lower(): one for one in accounts.teams(session)}
    entered, known, bad = 0, 0, []
    for line, cells in lines:
        row = dict(zip(names, (unguarded(cell.strip()) for cell in cells), strict=False))
        if not any(row.values()):
            continue
        try:
            _, is_new = set_target(session, user, _facts(row, teams), actor)
        except AppError as error:
            bad.append(BadTarget(line, str(error.details.get("field", "indicator")), error.message))
        else:
            entered, known = entered + is_new, known + (not is_new)
    return TargetsTaken(entered, known, tuple(bad))


def targets_csv(session: Session, targets: Sequence[SetTarget], byte_order_mark: bool = False) -> str:
    """Targets as a file that `take_targets` reads again."""
    teams = {one.id: one.name for one in accounts.teams(session)}
    return csv_text(
        COLUMNS,
        (
            (
                one.indicator,
                teams.get(one.team_id),
                one.queue,
                one.direction,
                one.holds_from.isoformat(),
                one.holds_until.isoformat() if one.holds_until else None,
                one.value,
                one.note,
            )
            for one in targets
        ),
        byte_order_mark,
    )


def _read(content: bytes, language: str) -> tuple[list[str], list[tuple[int, list[str]]]]:
    written = text_of(content, language)
    if written is None:
        raise TargetsUnreadable
    try:
        (_, header), *lines = list(lines_of(written))
    except (csv.Error, ValueError) as error:
        raise TargetsUnreadable from error
    names = [name.strip().lower() for name in header]
    if not set(NEEDED) <= set(names) or len(set(names)) < len(names):
        raise TargetsUnreadable
    if strange := [name for name in names if name not in COLUMNS]:
        raise TargetsUnreadable(
            N_("There is a column that targets do not have; take the file saved here as a pattern."), column=strange[0]
        )
    if len(lines) > MOST_ROWS:
        raise TargetsUnreadable(N_("The list is too long; part it into several of at most 5,000 rows."))
    return names, lines


def _facts(row: Mapping[str, str], teams: Mapping[str, Team]) -> TargetFacts:
    """What a row says."""
    indicator, name = indicator_named(row.get("indicator", "")), row.get("team", "")
    team = teams.get(name.lower())
    if name and team is None:
        raise TeamUnknown(field="team")
    return TargetFacts(
        indicator=indicator.id,
        value=typed(indicator.unit, row.get("value", "")),
        holds_from=day_of(row.get("from", ""), "from"),
        holds_until=day_of(row["until"], "until") if row.get("until") else None,
        team_id=team.id if team else None,
        queue=row.get("queue", ""),
        direction=row.get("direction", ""),
        note=row.get("note", ""),
    )


def day_of(written: str, field: str) -> date:
    """The day that is written as 2026-11-01."""
    try:
        return date.fromisoformat(written.strip())
    except ValueError as error:
        raise DayUnreadable(field=field) from error
