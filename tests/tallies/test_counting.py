"""A call counts once, wherever it is moved and however often it is counted."""

from datetime import date

import pytest

from app.tallies.models import ItemTally, TallyKey
from app.tallies.service import Counts, count, move, uncount
from tests.stored import NOW
from tests.tallies.stored import agent_days

DAY = date(2026, 10, 5)
PASSED = Counts(n=1, passed=1, score_tenths=950, items={"thanks": "pass"})
FAILED = Counts(n=1, critical=1, score_tenths=100, items={"thanks": "fail"})


def key(**more):
    return TallyKey(**{"source": "final", "site_day": DAY, "team_id": 1, "agent_id": 7, **more})


@pytest.fixture
def sums(session):
    def read(day=None, **where):
        rows = [row.sums for row in agent_days(session, **where) if day in (None, row.site_day)]
        return sum(row.n for row in rows), sum(row.passed for row in rows)

    return read


def test_counting_a_call_again_takes_back_what_it_counted_before(session, sums):
    count(session, 1, key(), PASSED, NOW)
    count(session, 1, key(), FAILED, NOW)
    count(session, 2, key(), PASSED, NOW)
    assert sums() == (2, 1)
    (row,) = agent_days(session, ItemTally)
    assert (row.sums.item, row.sums.passed, row.sums.failed) == ("thanks", 1, 1)


def test_a_call_that_is_not_counted_any_more_leaves_nothing(session, sums):
    count(session, 1, key(), PASSED, NOW)
    uncount(session, 1, "final", NOW)
    uncount(session, 1, "final", NOW)
    assert sums() == (0, 0)
    assert agent_days(session, ItemTally) == []


def test_machine_and_final_are_counted_apart(session, sums):
    count(session, 1, key(), PASSED, NOW)
    count(session, 1, key(source="machine"), FAILED, NOW)
    assert sums(source="final") == (1, 1)
    assert sums(source="machine") == (1, 0)


def test_a_moved_call_counts_with_its_new_team_agent_and_day_only(session, sums):
    count(session, 1, key(), PASSED, NOW)
    count(session, 1, key(source="machine"), PASSED, NOW)
    move(session, 1, team_id=2, agent_id=8, queue="cards", site_day=date(2026, 10, 6), at=NOW)
    assert sums(team_id=1) == (0, 0)
    assert sums(team_id=2, agent_id=8, queue="cards", day=date(2026, 10, 6)) == (2, 2)
