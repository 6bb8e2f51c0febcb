"""Visits of customers are found by week, whichever days make a repeat and whenever the weeks begin."""

import random
from datetime import datetime, timedelta

import pytest
from alembic import command

from app.contacts.lookups import week_of
from app.contacts.sums import Terms
from app.kit.migrations import alembic_config, upgrade
from tests.contacts.conftest import row

EVENING = datetime.fromisoformat("2025-01-01T23:59:59.999999+00:00")


def at(days: float) -> str:
    return (EVENING + timedelta(days=days)).isoformat()


@pytest.mark.parametrize("days", [1, 7, 8, 40, 365])
def test_repeats_are_told_across_weeks_to_the_very_moment(switch, days):
    terms = Terms(repeat_days=days)
    chance = random.Random(days)
    times = [chance.randrange(20) * days / 2 + chance.choice([0, 0, 1e-9]) for _ in range(120)]
    rows = [
        row(f"c{place}", customer=chance.choice("123456789"), started_at=at(one)) for place, one in enumerate(times)
    ]
    for first in range(0, len(rows), 30):
        switch.contacts(*rows[first : first + 30], on=terms)
    assert {one.repeat for one in switch.all().values()} == {True, False}
    assert switch.differences(terms) == ()
    moved = [{"external_id": f"c{place}", "started_at": at(times[place - 1])} for place in range(1, 60)]
    switch.contacts(*moved, on=terms)
    assert switch.differences(terms) == ()


def test_a_visit_has_its_week_and_what_is_none_has_not(switch):
    switch.contacts(
        row("in", customer="1"),
        row("out", customer="1", direction="outbound"),
        row("nobody", customer=""),
    )
    moment = switch.contact("in").started_at
    assert {name: one.visit_week for name, one in switch.all().items()} == {
        "in": week_of(moment),
        "out": None,
        "nobody": None,
    }
    switch.contacts({"external_id": "in", "started_at": "2026-10-01T00:00:00Z"})
    assert switch.contact("in").visit_week == week_of(switch.contact("in").started_at) < week_of(moment)
    switch.contacts({"external_id": "in", "started_at": "", "direction": "outbound"})
    assert switch.contact("in").visit_week is None


def test_visits_of_before_weeks_were_kept_have_theirs(switch, database_url):
    times = ["2026-10-01T00:00:00Z", "2026-10-07T23:59:59.999999Z", "1990-01-01T00:00:00Z"]
    switch.contacts(*(row(f"c{place}", customer="1", started_at=one) for place, one in enumerate(times)))
    switch.contacts(row("out", customer="1", direction="outbound"), row("nobody"))
    before = switch.all()
    switch.engine.dispose()
    command.downgrade(alembic_config(database_url), "0028")
    upgrade(database_url)
    assert switch.all() == before
