"""A switch that tells Callmark of its contacts."""

import csv
import io
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import select

from app.accounts import membership
from app.accounts import queries as accounts
from app.accounts.models import Team, User
from app.calls.settling import settle
from app.contacts import queries, settling
from app.contacts.customers import Customers
from app.contacts.mapping import Mapping
from app.contacts.models import Contact
from app.contacts.queries import Chosen
from app.contacts.recount import Difference, mend, recount
from app.contacts.service import Intake, Taken, take_agent_days, take_answers, take_contacts
from app.contacts.sums import Terms
from app.kit import db
from app.kit.db import id_of
from app.ledger.service import Actor
from tests.cast import Cast, make_cast

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Switch:
    """What the switch tells, and what is known of it afterwards."""

    engine: Engine
    cast: Cast
    intake: Intake

    def contacts(self, *rows: Dictionary[str, Any], mapping: Mapping | None = None, **options: Any) -> Taken:
        return self.text(_csv(rows), mapping, **options)

    def text(self, written: str | bytes, mapping: Mapping | None = None, **options: Any) -> Taken:
        return take_contacts(replace(self.intake, **options), _file(written), mapping)

    def days(self, *rows: Dictionary[str, Any]) -> Taken:
        return take_agent_days(self.intake, _file(_csv(rows)))

    def answers(self, *rows: Dictionary[str, Any]) -> Taken:
        return take_answers(self.intake, _file(_csv(rows)))

    def contact(self, external_id: str) -> Contact:
        with db.session(self.engine, reads_only=True) as session:
            return session.exec(select(Contact).where(Contact.external_id == external_id)).one()

    def all(self) -> dict[str, Contact]:
        with db.session(self.engine, reads_only=True) as session:
            return {one.external_id: one for one in session.exec(select(Contact))}

    def sums(self, user: User | None = None, *by: str, **chosen: Any) -> dict[tuple[Any, ...], dict[str, int]]:
        with db.session(self.engine, reads_only=True) as session:
            return queries.contact_sums(session, user or self.cast.ada, by, Chosen(**chosen))

    def day_sums(self, user: User | None = None, *by: str, **chosen: Any) -> dict[tuple[Any, ...], dict[str, int]]:
        with db.session(self.engine, reads_only=True) as session:
            return queries.agent_day_sums(session, user or self.cast.ada, by, Chosen(**chosen))

    def differences(self, on: Terms | None = None) -> tuple[Difference, ...]:
        with db.session(self.engine, reads_only=True) as session:
            return recount(session, on or self.intake.on)

    def mended(self, on: Terms) -> None:
        with db.session(self.engine) as session:
            mend(session, on)

    def joins(self, user: User, team: Team | None, since: date) -> None:
        with db.session(self.engine) as session:
            membership.join(session, accounts.user(session, id_of(user)), team, NOW, since)

    def settles(self) -> None:
        settle(self.engine, NOW, [settling.follower(self.intake.on, NOW)])


def row(external_id: str, **facts: Any) -> dict[str, Any]:
    """An answered call of Dana's, of three minutes."""
    return {
        "external_id": external_id,
        "started_at": "2026-11-20T09:00:00+08:00",
        "answered": "yes",
        "agent": "dana",
        "queue": "support",
        "wait_seconds": 10,
        "talk_seconds": 160,
        "hold_seconds": 20,
        "after_call_seconds": 30,
        **facts,
    }


def _csv(rows: tuple[Dictionary[str, Any], ...]) -> str:
    # As a switch or a person writes it: nothing is guarded that is not guarded here.
    written = io.StringIO()
    writer = csv.DictWriter(written, dict.fromkeys(name for one in rows for name in one))
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def _file(written: str | bytes) -> io.BytesIO:
    return io.BytesIO(written.encode() if isinstance(written, str) else written)


@pytest.fixture
def switch(engine: Engine, tmp_path: Path) -> Switch:
    with db.session(engine) as session:
        cast = make_cast(session)
    intake = Intake(engine, Terms(), Customers(tmp_path / "customers.key"), Actor("switch", NOW))
    return Switch(engine, cast, intake)
