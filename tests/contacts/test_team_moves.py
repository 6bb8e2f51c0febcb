"""Contacts and days follow the roster when it is mended late, unless the switch said of which team they are."""

from datetime import date

from app.contacts import settling
from app.kit import db
from app.kit.db import id_of
from app.ledger.service import machine
from tests.contacts.conftest import NOW, row


def test_contacts_since_the_day_go_to_the_other_team_and_are_counted_there(switch):
    cast = switch.cast
    switch.contacts(
        row("before", started_at="2026-11-18T09:00:00Z"),
        row("after", started_at="2026-11-20T23:00:00Z"),
        row("given", started_at="2026-11-20T09:00:00Z", team="Team A"),
        row("mei", agent="mei"),
    )
    switch.days({"agent": "dana", "day": "2026-11-20", "logged_in_seconds": 60})
    switch.joins(cast.dana, cast.team_b, date(2026, 11, 19))
    switch.settles()
    teams = {name: one.team_id for name, one in switch.all().items()}
    assert teams == {
        "before": cast.team_a.id,
        "after": cast.team_b.id,
        "given": cast.team_a.id,
        "mei": cast.team_a.id,
    }
    # Its day is that of the other team's clock now.
    assert switch.contact("after").site_day == date(2026, 11, 20)
    assert {key[0]: sums["contacts"] for key, sums in switch.sums(None, "team").items()} == {
        cast.team_a.id: 3,
        cast.team_b.id: 1,
    }
    assert switch.day_sums(None, "team").keys() == {(cast.team_b.id,)}
    assert switch.differences() == ()


def test_many_contacts_move_some_at_a_time_until_none_is_left(switch):
    cast = switch.cast
    switch.contacts(*(row(f"c{number}", customer="1") for number in range(5)))
    switch.joins(cast.dana, cast.team_b, date(2026, 11, 1))
    more = []
    for _ in range(3):
        with db.session(switch.engine) as session:
            more.append(settling.follow(session, id_of(cast.dana), switch.intake.on, machine(NOW), at_once=2))
        assert switch.differences() == ()
    assert more == [True, True, False]
    assert {one.team_id for one in switch.all().values()} == {cast.team_b.id}


def test_a_roster_is_not_settled_before_its_contacts_are(switch, monkeypatch):
    cast = switch.cast
    switch.contacts(*(row(f"c{number}") for number in range(3)))
    switch.joins(cast.dana, cast.team_b, date(2026, 11, 1))
    monkeypatch.setattr(settling.follow, "__defaults__", (2,))
    switch.settles()
    assert sum(one.team_id == cast.team_b.id for one in switch.all().values()) == 2
    switch.settles()
    assert {one.team_id for one in switch.all().values()} == {cast.team_b.id}
