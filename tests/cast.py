"""The people that tests speak of."""

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlmodel import Session

from app.accounts.models import Role, Team, User
from app.accounts.service import add_team, add_user
from app.kit.db import id_of

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cast:
    """Ada administers; Bob leads team A in Shanghai, where Alice reviews and Dana and Mei answer calls.

    Charlie reviews on team B, where Kenji answers calls.
    """

    team_a: Team
    team_b: Team
    ada: User
    bob: User
    alice: User
    charlie: User
    dana: User
    mei: User
    kenji: User


def make_cast(session: Session) -> Cast:
    """The whole cast, stored."""
    team_a, team_b = add_team(session, "Team A", "Asia/Shanghai"), add_team(session, "Team B")

    def person(name: str, role: Role, team: Team | None = None) -> User:
        return add_user(
            session,
            username=name.lower(),
            name=name,
            role=role,
            team_id=id_of(team) if team else None,
            now=LONG_AGO,
        )

    return Cast(
        team_a,
        team_b,
        ada=person("Ada", Role.ADMIN),
        bob=person("Bob", Role.SUPERVISOR, team_a),
        alice=person("Alice", Role.REVIEWER, team_a),
        charlie=person("Charlie", Role.REVIEWER, team_b),
        dana=person("Dana", Role.AGENT, team_a),
        mei=person("Mei", Role.AGENT, team_a),
        kenji=person("Kenji", Role.AGENT, team_b),
    )
