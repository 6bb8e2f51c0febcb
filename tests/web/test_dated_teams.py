"""A call counts for the team that its agent was on that day, whenever the roster is told of it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from app.accounts import membership
from app.accounts import queries as accounts
from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call
from app.calls.settling import settle
from app.kit import clock, db
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.queries import entries
from app.reports.recount import recount

NOON = datetime(2026, 10, 5, 12, tzinfo=UTC)


@pytest.fixture
def site(web_everywhere):
    return Site(web_everywhere)


class Site:
    """Calls of Dana (team A until told otherwise), and a roster that is told things."""

    def __init__(self, web):
        self.web = web
        self.a, self.b = web.cast.team_a, web.cast.team_b

    def call(self, day: int, **facts: Any) -> int:
        facts = {"agent": "dana", "team": None, **facts}
        return self.web.make_call(note=f"{day} {facts}", started_at=NOON.replace(day=day), **facts)

    def joins(self, user: User, team, since: date | None, now: datetime | None = None) -> None:
        with db.session(self.web.engine) as session:
            membership.join(session, accounts.user(session, id_of(user)), team, now or clock.now(), since)

    def settles(self, now: datetime | None = None) -> None:
        # Once to move the calls, once to see that none is left.
        for _ in range(2):
            settle(self.web.engine, now or clock.now())

    def read(self, call_id: int) -> Call:
        with db.session(self.web.engine, reads_only=True) as session:
            return session.get_one(Call, call_id)

    def teams(self, *call_ids: int) -> list[int | None]:
        return [self.read(one).team_id for one in call_ids]

    def differences(self):
        with db.session(self.web.engine, reads_only=True) as session:
            return recount(session)


def test_a_call_of_last_week_belongs_to_the_team_of_last_week(site):
    site.joins(site.web.cast.dana, site.b, date(2026, 10, 8))
    assert site.teams(site.call(7), site.call(9)) == [site.a.id, site.b.id]


def test_a_day_begins_on_the_clock_of_the_team_to_which_somebody_comes(site):
    site.joins(site.web.cast.kenji, site.a, date(2026, 10, 8))
    late = datetime(2026, 10, 7, 17, tzinfo=UTC)
    assert site.teams(site.web.make_call(agent="kenji", team=None, started_at=late)) == [site.a.id]
    early = late - timedelta(hours=2)
    assert site.teams(site.web.make_call(note="2", agent="kenji", team=None, started_at=early)) == [site.b.id]


def test_who_was_entered_late_takes_along_the_calls_since_then_with_what_they_count(site):
    before, after, reviewed = site.call(4), site.call(6), site.call(7)
    site.web.submit(reviewed)
    site.joins(site.web.cast.dana, site.b, date(2026, 10, 6))
    assert site.teams(before, after, reviewed) == [site.a.id] * 3
    site.settles()
    assert site.teams(before, after, reviewed) == [site.a.id, site.b.id, site.b.id]
    assert site.differences() == ()
    with db.session(site.web.engine, reads_only=True) as session:
        told = entries(session, f"call:{after}")[-1]
    assert (told.event, told.actor, told.payload["team_id"]) == (
        "call.mended",
        "machine",
        {"old": site.a.id, "new": site.b.id},
    )


def test_a_supervisor_sees_the_calls_of_the_teams_time(site):
    before, after = site.call(4), site.call(6)
    site.joins(site.web.cast.dana, site.b, date(2026, 10, 6))
    site.settles()
    with db.session(site.web.engine, reads_only=True) as session:
        assert calls.call(session, site.web.cast.bob, before)
        with pytest.raises(NotFound):
            calls.call(session, site.web.cast.bob, after)
        assert calls.call(session, site.web.cast.charlie, after)


def test_a_call_whose_team_somebody_gave_stays_there(site):
    uploaded, mended = site.call(6, team="Team A"), site.call(7)
    alice = site.web.cast.alice
    form = {"version": site.read(mended).version, "direction": "inbound", "agent": site.web.cast.dana.id}
    sent = site.web.post(alice, f"/calls/{mended}/facts", data={**form, "team": site.b.id, "language": "en"})
    assert sent.status_code == 303
    site.joins(site.web.cast.dana, None, date(2026, 10, 1))
    site.settles()
    assert site.teams(uploaded, mended) == [site.a.id, site.b.id]


def test_what_was_entered_by_mistake_is_taken_back_and_the_calls_return(site):
    call = site.call(6)
    site.joins(site.web.cast.dana, site.b, date(2026, 10, 6))
    site.settles()
    with db.session(site.web.engine) as session:
        membership.withdraw(session, accounts.user(session, id_of(site.web.cast.dana)), date(2026, 10, 6), clock.now())
    site.settles()
    assert site.teams(call) == [site.a.id]
    assert site.differences() == ()


def test_the_day_on_which_somebody_came_can_be_corrected_in_both_directions(site):
    between = site.call(6)
    for since, team in ((5, site.b), (7, site.a), (6, site.b)):
        site.joins(site.web.cast.dana, site.b, date(2026, 10, since))
        site.settles()
        assert site.teams(between) == [team.id]


def test_who_comes_to_a_team_tomorrow_is_there_tomorrow(site):
    dana = site.web.cast.dana
    site.joins(dana, site.b, date(2026, 10, 6), now=NOON)
    site.settles(NOON)
    with db.session(site.web.engine, reads_only=True) as session:
        assert accounts.user(session, id_of(dana)).team_id == site.a.id
    site.settles(NOON + timedelta(days=1))
    with db.session(site.web.engine, reads_only=True) as session:
        assert accounts.user(session, id_of(dana)).team_id == site.b.id
        assert membership.unsettled(session, NOON + timedelta(days=1)) == []


def test_a_call_given_to_another_agent_goes_to_the_team_of_that_one(site):
    call = site.call(6)
    form = {"version": site.read(call).version, "direction": "inbound", "language": "en", "team": site.a.id}
    site.web.post(site.web.cast.ada, f"/calls/{call}/facts", data={**form, "agent": site.web.cast.kenji.id})
    assert site.teams(call) == [site.b.id]
    assert site.differences() == ()


def test_two_workers_that_settle_at_once_move_each_call_once(site):
    call = site.call(6)
    site.joins(site.web.cast.dana, site.b, date(2026, 10, 1))
    with ThreadPoolExecutor(2) as workers:
        list(workers.map(settle, [site.web.engine] * 2, [clock.now()] * 2))
    with db.session(site.web.engine, reads_only=True) as session:
        moves = [one for one in entries(session, f"call:{call}") if one.event == "call.mended"]
    assert len(moves) == 1
