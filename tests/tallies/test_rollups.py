"""The sums of teams, of the site, of months and of the days of submission say what the calls say, after any edits."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from sqlmodel import col, delete, select, update

from app.kit import db
from app.kit.migrations import alembic_config, upgrade
from app.reports import recount_queries
from app.reports.queries import Filter
from app.reports.stored_queries import item_verdicts_by, tallied
from app.tallies.mending import mend
from app.tallies.models import ItemTally, Level, Span, Tally, TallyGroup, TallyKey
from app.tallies.pending import settle
from app.tallies.service import Counts, count, move, uncount
from bench.metrics import edit
from tests.cast import make_cast

AT = datetime(2026, 10, 31, 20, tzinfo=UTC)
PASSED = Counts(n=1, passed=1, items={"thanks": "pass"})
ON_ITS_DAY = {"submitted_day": date(2026, 10, 31)}


def key(**more):
    return TallyKey(**{"source": "final", "site_day": date(2026, 10, 31), "team_id": 1, "agent_id": 7, **more})


def summed(session, kind=Tally):
    """By level and span, from when on and how many."""
    settle(session)
    rows = session.exec(select(TallyGroup, kind).join(kind, kind.group_id == TallyGroup.id)).all()
    return sorted((group.level, Span(row.span).name, row.start.isoformat(), row.passed) for group, row in rows)


def test_after_hundreds_of_random_edits_every_sum_is_what_a_recount_says(engine):
    """Three hundred; the bench makes ten thousand (python -m bench.metrics --edits 10000)."""
    assert edit(engine, 300) == ()


def test_a_call_that_is_judged_on_its_own_day_is_summed_once_for_both(session):
    count(session, 1, key(**ON_ITS_DAY), PASSED, AT)
    assert summed(session) == [
        (level, span, start, 1)
        for level in sorted(Level)
        for span, start in (("BOTH_DAY", "2026-10-31"), ("BOTH_MONTH", "2026-10-01"))
    ]
    of_items = [(level, span) for level, span, _, _ in summed(session, ItemTally)]
    assert [one for one in of_items if one[0] not in ("team", "site")] == [("agent", "BOTH_DAY")]


def test_agents_teams_and_the_site_are_summed_as_a_whole_beside_each_scorecard(session):
    for call, (queue, card) in enumerate((("cards", "a"), ("cards", "b"), ("loans", "a"))):
        count(session, call, key(queue=queue, scorecard=card, design="every", **ON_ITS_DAY), PASSED, AT)
    assert [one[3] for one in summed(session) if one[:2] == ("agent", "BOTH_DAY")] == [1, 1, 1]
    assert [one[3] for one in summed(session) if one[:2] == ("site", "BOTH_DAY")] == [1, 2]
    assert [one[3] for one in summed(session) if one[:2] == ("whole_agent", "BOTH_DAY")] == [3]
    assert [one[3] for one in summed(session) if one[:2] == ("team", "BOTH_DAY")] == [1, 1, 1]
    for level in ("whole_team", "whole_site"):
        assert [one[3] for one in summed(session) if one[:2] == (level, "BOTH_DAY")] == [3]
    ada = make_cast(session).ada
    assert tallied(session, ada, "final", (), Filter())[()].passed == 3
    assert tallied(session, ada, "final", (), Filter(scorecard="a"))[()].passed == 2
    assert tallied(session, ada, "final", ("team_id",), Filter())[1,].passed == 3
    assert tallied(session, ada, "final", ("team_id",), Filter(queue="cards"))[1,].passed == 2
    assert tallied(session, ada, "final", ("agent_id",), Filter())[7,].passed == 3
    assert tallied(session, ada, "final", ("agent_id",), Filter(queue="cards"))[7,].passed == 2
    assert tallied(session, ada, "final", ("agent_id", "queue"), Filter(agent_id=7))[7, "loans"].passed == 1
    assert item_verdicts_by(session, ada, "final", ("agent_id",), Filter())[7,]["pass"] == 3


def test_sums_of_before_wholes_were_kept_have_theirs(engine, database_url):
    with db.session(engine) as session:
        for call, more in enumerate(
            ({}, {"scorecard": "a"}, {"queue": "cards"}, {"agent_id": 8}, {"source": "machine"})
        ):
            count(session, call, key(design="every", **more), PASSED, AT, submitted_at=AT + call * timedelta(days=20))
    with db.session(engine, reads_only=True) as session:
        before = recount_queries.sums(session)
    engine.dispose()
    command.downgrade(alembic_config(database_url), "0029")
    upgrade(database_url)
    with db.session(engine, reads_only=True) as session:
        assert recount_queries.sums(session) == before


def test_sums_that_a_version_before_did_not_know_are_made_anew(engine):
    edit(engine, 100)
    with db.session(engine) as session:
        before = recount_queries.sums(session), recount_queries.item_sums(session)
        session.execute(delete(Tally).where(col(Tally.span).in_([Span.BOTH_DAY, Span.CALL_MONTH])))
        session.execute(update(ItemTally).values(passed=ItemTally.passed + 1))
        assert recount_queries.sums(session) != before[0]
    with db.session(engine) as session:
        mend(session)
    with db.session(engine) as session:
        assert (recount_queries.sums(session), recount_queries.item_sums(session)) == before


def test_a_call_that_is_judged_in_the_next_month_is_summed_under_each(session):
    count(session, 1, key(submitted_day=date(2026, 11, 1)), PASSED, AT)
    assert [one[1:] for one in summed(session) if one[0] == "site"] == [
        ("CALL_DAY", "2026-10-31", 1),
        ("CALL_MONTH", "2026-10-01", 1),
        ("SUBMITTED_DAY", "2026-11-01", 1),
        ("SUBMITTED_MONTH", "2026-11-01", 1),
    ]


def test_a_call_that_moves_to_another_time_zone_may_have_been_judged_on_another_day(session):
    count(session, 1, key(), PASSED, AT, submitted_at=AT, started_at=AT)
    place = {"team_id": 2, "agent_id": 7, "queue": "", "site_day": date(2026, 11, 1)}
    move(session, 1, **place, at=AT, zone=ZoneInfo("Asia/Tokyo"))
    assert [one[1:] for one in summed(session) if one[0] == "site" and one[3]] == [
        ("BOTH_DAY", "2026-11-01", 1),
        ("BOTH_MONTH", "2026-11-01", 1),
    ]


def test_sums_grow_beyond_what_32_bits_hold(session):
    large = Counts(n=1, passed=1, score_tenths=2_000_000_000)
    for call in range(3):
        count(session, call, key(design="every"), large, AT)
    ada = make_cast(session).ada
    found = [tallied(session, ada, "final", by, Filter())[of] for by, of in (((), ()), (("team_id",), (1,)))]
    assert [one.score_tenths for one in found] == [6_000_000_000, 6_000_000_000]
    assert {type(number) for one in found for number in one} == {int}


def test_what_counts_no_more_within_a_transaction_leaves_no_sums_at_all(session):
    count(session, 1, key(), PASSED, AT)
    uncount(session, 1, "final", AT)
    assert summed(session) == []


def test_what_is_rolled_back_is_in_no_sum(engine):
    with pytest.raises(ZeroDivisionError), db.session(engine) as session:
        count(session, 1, key(), PASSED, AT)
        raise ZeroDivisionError
    with db.session(engine) as session:
        count(session, 2, key(), PASSED, AT)
        with pytest.raises(ZeroDivisionError), session.begin_nested():
            count(session, 3, key(), PASSED, AT)
            raise ZeroDivisionError
        with session.begin_nested():
            count(session, 4, key(), PASSED, AT)
    with db.session(engine, reads_only=True) as session:
        assert {one[3] for one in summed(session)} == {2}


def test_a_reader_of_the_same_transaction_sees_what_it_counted(session):
    cast = make_cast(session)
    count(session, 1, key(design="every"), PASSED, AT)
    assert tallied(session, cast.ada, "final", (), Filter())[()].passed == 1
    count(session, 2, key(design="every"), PASSED, AT + timedelta(seconds=1))
    assert tallied(session, cast.ada, "final", ("month",), Filter()) == {
        (date(2026, 10, 1),): tallied(session, cast.ada, "final", (), Filter())[()]
    }
