"""What a roster file would change, and changing it: a row for each person, found by their user name."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from app.accounts import leaving, membership, queries, service
from app.accounts.membership import BEGINNING
from app.accounts.models import Role, Team, TeamMembership, User
from app.accounts.roster_file import USERNAME, BadRow, Row, read_roster
from app.kit.db import id_of
from app.kit.i18n import N_

NO_ADMIN = N_("Nobody becomes an administrator by a file, or stops being one; do it on the person’s page.")
OWN_ACCESS = N_("You cannot take your own access away; another administrator can.")
NO_NAME = N_("A new person needs a name.")
NO_ROLE = N_("A new person needs a role.")
HALF_ABSENCE = N_("Give the first day of the absence, too.")
ENDS_BEFORE = N_("The absence ends before it begins.")


@dataclass(frozen=True)
class Change:
    """What a cell would change, as the file writes it."""

    column: str
    old: str
    new: str


@dataclass(frozen=True)
class PersonPlan:
    """What a row would change of a person, or whom it would add."""

    row: Row
    name: str
    is_new: bool
    changes: tuple[Change, ...]

    def changed(self, *columns: str) -> bool:
        return any(one.column in columns for one in self.changes)


@dataclass(frozen=True)
class Plan:
    """What a file would change; nothing of it has happened yet."""

    people: tuple[PersonPlan, ...]
    unchanged: int
    new_teams: tuple[str, ...]
    bad_rows: tuple[BadRow, ...]

    @property
    def digest(self) -> str:
        """Names what was shown, so that nothing else is done than what somebody has agreed to."""
        said = [(one.row.username.lower(), one.is_new, one.changes) for one in self.people]
        return hashlib.sha256(repr((said, self.new_teams)).encode()).hexdigest()


@dataclass(frozen=True)
class Applied:
    """A person as they are after the file, and what it changed of them."""

    user: User
    plan: PersonPlan


@dataclass(frozen=True)
class _Known:
    """Everybody and every team, read once for all rows."""

    people: Mapping[str, User]
    teams: Mapping[int | None, Team]
    begins: Mapping[int, Mapping[date, int | None]]

    def team_named(self, name: str) -> Team | None:
        wanted = name.strip().lower()
        return next((one for one in self.teams.values() if one.name.lower() == wanted), None)

    def team_name(self, team_id: int | None) -> str:
        team = self.teams.get(team_id)
        return team.name if team else ""


def plan(session: Session, text: str, by: User, now: datetime) -> Plan:
    """What a file would change."""
    rows, bad = read_roster(text)
    known = _known(session)
    people: list[PersonPlan] = []
    refused = list(bad)
    for row in rows:
        user = known.people.get(row.username.lower())
        why = _refusal(row, user, by)
        if why:
            refused.append(BadRow(row.line, row.username, *why))
        else:
            people.append(PersonPlan(row, _name(row, user), user is None, _changes(row, user, known, now)))
    changed = tuple(one for one in people if one.is_new or one.changes)
    named = dict.fromkeys(str(one.row.values["team"]) for one in changed if one.row.values.get("team"))
    new_teams = {name.lower(): name for name in named if known.team_named(name) is None}
    return Plan(
        changed,
        len(people) - len(changed),
        tuple(new_teams.values()),
        tuple(sorted(refused, key=lambda one: one.line)),
    )


def apply(session: Session, wanted: Plan, by: User, now: datetime) -> tuple[Applied, ...]:
    """Do what was planned."""
    # In the order of their names, so that two who do it at once wait for each other instead of for ever.
    ordered = sorted(wanted.people, key=lambda one: one.row.username.lower())
    return tuple(Applied(_applied(session, one, by, now), one) for one in ordered)


def roster_values(
    user: User, memberships: Sequence[TeamMembership], teams: Mapping[int | None, Team]
) -> dict[str, str]:
    """A person as the file writes them."""
    begins = [one.since for one in memberships if one.team_id == user.team_id]
    since = max(begins, default=BEGINNING)
    team = teams.get(user.team_id)
    return {
        USERNAME: user.username,
        "name": user.name,
        "email": user.email or "",
        "role": user.role.value,
        "team": team.name if team else "",
        "since": _written(since),
        "languages": " ".join(user.languages),
        "left_on": _written(user.left_on),
        "absent_from": _written(user.absent_from),
        "absent_until": _written(user.absent_until),
    }


def _known(session: Session) -> _Known:
    begins: dict[int, dict[date, int | None]] = {}
    for one in queries.all_memberships(session):
        begins.setdefault(one.user_id, {})[one.since] = one.team_id
    return _Known(
        {user.username.lower(): user for user in queries.users(session)},
        {team.id: team for team in queries.teams(session)},
        begins,
    )


def _refusal(row: Row, user: User | None, by: User) -> tuple[str, str] | None:
    """The column and the reason for which a row cannot be used."""
    role = row.values.get("role")
    if user is None and not row.values.get("name"):
        return "name", NO_NAME
    if user is None and role is None:
        return "role", NO_ROLE
    if role is not None and (user is None or user.role != role) and Role.ADMIN in (role, user.role if user else None):
        return "role", NO_ADMIN
    if user is not None and user.id == by.id and row.values.get("left_on"):
        return "left_on", OWN_ACCESS
    first, last = _absence(row, user)
    if first is None and last is not None:
        return "absent_from", HALF_ABSENCE
    if first is not None and last is not None and last < first:
        return "absent_until", ENDS_BEFORE
    return None


def _changes(row: Row, user: User | None, known: _Known, now: datetime) -> tuple[Change, ...]:
    before = {} if user is None else roster_values(user, (), known.teams)
    found = [
        Change(column, before.get(column, ""), written)
        for column, value in row.values.items()
        if column not in ("team", "since") and (written := _written(value)) != before.get(column, "")
    ]
    return (*found, *_team_changes(row, user, known, now))


def _team_changes(row: Row, user: User | None, known: _Known, now: datetime) -> tuple[Change, ...]:
    """What becomes of the team, by all that is known of the days gone by and to come."""
    if "team" not in row.values and "since" not in row.values:
        return ()
    begins = dict(known.begins.get(user.id or 0, {})) if user else {}
    name = (
        str(row.values.get("team") or "") if "team" in row.values else known.team_name(user.team_id if user else None)
    )
    team = known.team_named(name) if name else None
    since = row.values.get("since")
    day = since if isinstance(since, date) else _since(user, team, now)
    # A team that is new has no id yet; none has this one.
    team_id = None if not name else team.id if team else -1
    if user is not None and begins == membership.joined(begins, team_id, day):
        return ()
    if user is not None and since is None and user.team_id == team_id:
        return ()
    in_force = max((one for one in begins if one <= day), default=BEGINNING)
    old = known.team_name(begins.get(in_force))
    cells = (Change("team", old, name), Change("since", _written(in_force), _written(day)))
    return tuple(one for one in cells if one.old != one.new)


def _since(user: User | None, team: Team | None, now: datetime) -> date:
    """The day meant where none is said: today, and for who is new all the time there was."""
    return BEGINNING if user is None else membership.today(team, now)


def _applied(session: Session, one: PersonPlan, by: User, now: datetime) -> User:
    values, user = one.row.values, queries.user_named(session, one.row.username)
    if user is None:
        user = _added(session, one, now)
    elif one.changed("team", "since"):
        team = _team(session, values) if "team" in values else queries.team(session, user.team_id or 0)
        since = values.get("since")
        membership.join(session, user, team, now, since if isinstance(since, date) else None)
    for column in ("name", "email", "role", "languages"):
        if one.changed(column):
            setattr(user, column, values[column])
    if one.changed("email"):
        user.email_own = False
    session.add(user)
    if one.changed("left_on"):
        left_on = values["left_on"]
        leaving.set_left(session, user, left_on if isinstance(left_on, date) else None, by)
    if one.changed("absent_from", "absent_until"):
        leaving.set_absent(session, user, *_absence(one.row, user))
    session.flush()
    return user


def _added(session: Session, one: PersonPlan, now: datetime) -> User:
    values = one.row.values
    team, since = _team(session, values), values.get("since")
    return service.add_user(
        session,
        username=one.row.username,
        name=one.name,
        role=Role(str(values["role"])),
        now=now,
        team_id=None if team is None else id_of(team),
        since=since if isinstance(since, date) else BEGINNING,
    )


def _team(session: Session, values: Mapping[str, object]) -> Team | None:
    name = values.get("team")
    return service.team_called(session, str(name)) if name else None


def _absence(row: Row, user: User | None) -> tuple[date | None, date | None]:
    """First and last day of the absence after a row; what it does not speak of stays."""
    first = row.values.get("absent_from", user.absent_from if user else None)
    last = row.values.get("absent_until", user.absent_until if user else None)
    return first if isinstance(first, date) else None, last if isinstance(last, date) else None


def _name(row: Row, user: User | None) -> str:
    return str(row.values.get("name") or (user.name if user else ""))


def _written(value: object) -> str:
    if isinstance(value, list):
        return " ".join(value)
    if isinstance(value, date):
        return "" if value == BEGINNING else value.isoformat()
    return "" if value is None else str(value)
