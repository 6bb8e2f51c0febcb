"""The complaint register as a CSV file: read from one with its bad rows named, written as one."""

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from pydantic import ValidationError
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.complaints import queries
from app.complaints.models import Complaint
from app.complaints.service import ComplaintFacts, record_complaint
from app.kit.csv_files import csv_text, unguarded
from app.kit.errors import AppError
from app.ledger.service import Actor

# The columns of the file; `call` is the external id of a call, `agent` a user name, `team` a name.
COLUMNS = ("external_id", "received_at", "category", "outcome", "call", "agent", "team", "channel", "text")
REQUIRED = ("received_at", "category")
FIELD_OF = {"call": "call_external_id"}
COLUMN_OF = {field: column for column, field in FIELD_OF.items()}


class RegisterUnreadable(AppError):
    """This is no CSV file that can be read; save it as CSV in UTF-8."""

    code = "register_unreadable"
    status = 422


@dataclass(frozen=True)
class BadRow:
    """A row that was left out: the line on which it begins (the header is line 1), the column, and why."""

    line: int
    field: str
    message: str


@dataclass(frozen=True)
class Imported:
    """What became of a file's rows."""

    added: int
    updated: int
    bad_rows: tuple[BadRow, ...]


def import_register(session: Session, user: User, content: bytes, actor: Actor) -> Imported:
    """Record every good row of a CSV file and name every bad one.

    A time without an offset is one in the time zone of the row's team, or of the user's, or else UTC.
    """
    added = updated = 0
    bad: list[BadRow] = []
    for line, row in _rows(content):
        try:
            _, is_new = record_complaint(session, user, _facts(session, user, row), actor)
        except ValidationError as error:
            fault = error.errors()[0]
            field = str(fault["loc"][0]) if fault["loc"] else ""
            bad.append(BadRow(line, COLUMN_OF.get(field, field), fault["msg"]))
        except AppError as error:
            field = str(error.details.get("field", "external_id"))
            bad.append(BadRow(line, COLUMN_OF.get(field, field), error.message))
        else:
            added, updated = added + is_new, updated + (not is_new)
    return Imported(added, updated, tuple(bad))


def export_register(session: Session, complaints: Sequence[Complaint], byte_order_mark: bool = False) -> str:
    """Complaints as a CSV file that `import_register` reads again."""
    people = {user.id: user.username for user in accounts.users(session)}
    teams = {team.id: team.name for team in accounts.teams(session)}
    names = queries.external_ids_of_calls(session, complaints)
    return csv_text(
        COLUMNS,
        (
            (
                one.external_id,
                one.received_at.isoformat(),
                one.category.value,
                one.outcome.value,
                names.get(one.call_id or 0),
                people.get(one.agent_id),
                teams.get(one.team_id),
                one.channel,
                one.text,
            )
            for one in complaints
        ),
        byte_order_mark,
    )


def _rows(content: bytes) -> Iterator[tuple[int, dict[str, str]]]:
    """The rows that say something, each with the line on which it begins."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RegisterUnreadable from error
    if "\0" in text:
        raise RegisterUnreadable
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        _check(header)
        begins = reader.line_num + 1
        for cells in reader:
            row = {name: unguarded(cell.strip()) for name, cell in zip(header, cells, strict=False)}
            if any(row.values()):
                yield begins, row
            begins = reader.line_num + 1
    except csv.Error as error:
        raise RegisterUnreadable(f"Line {reader.line_num}: {error}.", line=reader.line_num) from error


def _check(header: list[str]) -> None:
    missing = [name for name in REQUIRED if name not in header]
    strange = [name for name in header if name not in COLUMNS]
    twice = sorted({name for name in header if header.count(name) > 1})
    known = f"The columns are {', '.join(COLUMNS)}."
    if missing:
        raise RegisterUnreadable(f"Line 1: the column {missing[0]} is missing. {known}", line=1, field=missing[0])
    if strange:
        raise RegisterUnreadable(f"Line 1: there is no column {strange[0]!r}. {known}", line=1, field=strange[0])
    if twice:
        raise RegisterUnreadable(f"Line 1: the column {twice[0]} stands twice.", line=1, field=twice[0])


def _facts(session: Session, user: User, row: dict[str, str]) -> ComplaintFacts:
    """A row's facts; an empty cell says nothing."""
    given: dict[str, object] = {FIELD_OF.get(name, name): cell for name, cell in row.items() if cell}
    try:
        moment = datetime.fromisoformat(row["received_at"])
    except (KeyError, ValueError):
        return ComplaintFacts.model_validate(given)
    if moment.tzinfo is None:
        team = accounts.team_named(session, row["team"]) if row.get("team") else None
        if team is None and user.team_id is not None:
            team = accounts.team(session, user.team_id)
        given["received_at"] = moment.replace(tzinfo=ZoneInfo(team.time_zone if team else "UTC"))
    return ComplaintFacts.model_validate(given)
