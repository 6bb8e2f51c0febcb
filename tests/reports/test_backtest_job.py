"""A backtest that the worker runs: some calls at a time, counted once whatever is cut off, and for whose eyes it is."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlmodel import Session, func, select

from app.accounts.models import User
from app.domain.scorecard import Scorecard
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.service import Actor, machine
from app.reports import backtest_job, backtest_queries
from app.reports.backtest import NothingToJudge, backtest
from app.reports.backtest_job import SameCard
from app.reports.comparison import Comparison
from app.reports.models import Backtest, BacktestChange, BacktestState
from app.reports.queries import Filter
from app.scorecards.loader import shipped_card
from app.settings import Settings
from tests.cast import Cast, make_cast
from tests.faults.processes import until, worker
from tests.faults.service import service
from tests.reports.test_backtest import UNTHANKED, changed_card, storing, strict_on_thanks, submit
from tests.stored import GOOD, NOW, scored

AFTER_ALL = 10**6


class Asked:
    """What was asked of the worker."""

    def __init__(self) -> None:
        self.jobs: list[str] = []

    def enqueue(self, name: str, job_id: str, *args: object, **options: object) -> None:
        self.jobs.append(job_id)


@pytest.fixture
def card() -> Scorecard:
    return shipped_card("en")


@pytest.fixture
def strict(card: Scorecard) -> Scorecard:
    return changed_card(card, strict_on_thanks)


@pytest.fixture
def cast(engine: Engine) -> Cast:
    with storing(engine) as session:
        return make_cast(session)


@pytest.fixture(autouse=True)
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Parts so small that a handful of calls is several of them."""
    monkeypatch.setattr(backtest_job, "AT_ONCE", 2)


def start(engine: Engine, user: User, new: Scorecard, against: Scorecard, **more: Any) -> int:
    """The id of a backtest that this person has begun."""
    asked = Asked()
    told = {"days": None, "most": 100, **more}
    with db.session(engine) as session:
        by = Actor(user.name, NOW, user.id)
        begun = backtest_job.start(session, asked, user, by, name=new.id, new=new, against=against, **told)  # type: ignore[arg-type]
    assert asked.jobs == [f"backtest-{begun.id}-{begun.after}"]
    return id_of(begun)


def backtest_of(engine: Engine, backtest_id: int) -> Backtest:
    with db.session(engine, reads_only=True) as session:
        return session.get_one(Backtest, backtest_id)


def found(engine: Engine, backtest_id: int) -> Comparison:
    return backtest_job.read(backtest_of(engine, backtest_id).found)


def run(engine: Engine, backtest_id: int) -> Iterator[int]:
    """Each part, as the worker does them one after another."""
    after: int | None = backtest_of(engine, backtest_id).after
    while after is not None:
        after = backtest_job.run_some(engine, backtest_id, after, machine(NOW))
        yield after or AFTER_ALL


def store_calls(engine: Engine, cast: Cast, count: int = 5) -> None:
    """Dana thanks in her calls, the last one of which Alice has reviewed; Kenji of the other team never does."""
    with storing(engine) as session:
        for number in range(count):
            _, review = scored(session, *GOOD, f"25-26 customer: {number}.", agent="dana", team="Team A")
        submit(session, cast, review)
        scored(session, *UNTHANKED, agent="kenji", team="Team B")


def changes(session: Session) -> int:
    return session.exec(select(func.count()).select_from(BacktestChange)).one()


def test_it_finds_what_the_command_finds(engine, database_url, cast, card, strict) -> None:
    store_calls(engine, cast)
    one = start(engine, cast.ada, strict, card)
    assert len(list(run(engine, one))) == 4
    wanted = backtest(database_url, strict, card, Filter())
    told = found(engine, one)
    assert told.outcomes == wanted.outcomes
    assert told.flips == wanted.flips
    assert told.flips
    assert (told.before, told.after, told.reviewed) == (wanted.before, wanted.after, 1)
    stored = backtest_of(engine, one)
    assert (stored.state, stored.done, stored.total) == (BacktestState.DONE, 6, 6)
    with db.session(engine, reads_only=True) as session:
        kept = backtest_queries.changes(session, one, 0, 100)
        assert [(row.call_id, row.before, row.after) for row in kept] == [
            (change.call_id, change.before, change.after) for change in wanted.changed
        ]


def test_a_part_that_is_cut_off_after_it_was_counted_is_not_counted_twice(engine, cast, card, strict) -> None:
    store_calls(engine, cast)
    one = start(engine, cast.ada, strict, card)
    first = backtest_of(engine, one).after
    after = backtest_job.run_some(engine, one, first, machine(NOW))
    once = found(engine, one)
    # The worker died before it could ask for the next part, so this one is begun again.
    assert backtest_job.run_some(engine, one, first, machine(NOW)) == after
    assert found(engine, one) == once
    assert backtest_of(engine, one).done == 2


def test_a_stopped_backtest_goes_no_further_and_keeps_what_it_found(engine, cast, card, strict) -> None:
    store_calls(engine, cast)
    one = start(engine, cast.ada, strict, card)
    parts = run(engine, one)
    next(parts)
    with db.session(engine) as session:
        backtest_job.stop(session, one, machine(NOW))
    list(parts)
    stored = backtest_of(engine, one)
    assert (stored.state, stored.done) == (BacktestState.STOPPED, 2)
    assert found(engine, one).calls == 2


def test_calls_that_come_in_meanwhile_are_left_out(engine, cast, card, strict) -> None:
    store_calls(engine, cast, 2)
    one = start(engine, cast.ada, strict, card)
    with storing(engine) as session:
        scored(session, *GOOD, "25-26 customer: Late.", agent="dana")
    list(run(engine, one))
    assert backtest_of(engine, one).done == 3


def test_it_takes_the_newest_calls_of_the_last_days(engine, cast, card, strict) -> None:
    with storing(engine) as session:
        for days in (40, 3, 2, 1):
            started = NOW - timedelta(days=days)
            scored(session, *GOOD, f"25-26 customer: {days}.", agent="dana", started_at=started)
    assert backtest_of(engine, start(engine, cast.ada, strict, card, days=30)).total == 3
    assert backtest_of(engine, start(engine, cast.ada, strict, card, days=30, most=2)).total == 2
    with pytest.raises(NothingToJudge):
        start(engine, cast.ada, changed_card(shipped_card("ja"), strict_on_thanks), shipped_card("ja"))
    with pytest.raises(SameCard):
        start(engine, cast.ada, card, card)


def test_team_staff_try_a_card_on_their_own_calls_and_see_no_other_teams_backtest(engine, cast, card, strict) -> None:
    store_calls(engine, cast)
    of_all, of_team = start(engine, cast.ada, strict, card), start(engine, cast.bob, strict, card)
    list(run(engine, of_team))
    assert {agent for agent, _, _ in found(engine, of_team).agents} == {cast.dana.id}
    with db.session(engine, reads_only=True) as session:
        assert backtest_queries.backtest(session, cast.ada, of_team).id == of_team
        assert backtest_queries.backtest(session, cast.alice, of_team).id == of_team
        for stranger in (cast.bob, cast.charlie):
            with pytest.raises(NotFound):
                backtest_queries.backtest(session, stranger, of_all)
        with pytest.raises(NotFound):
            backtest_queries.backtest(session, cast.charlie, of_team)


def test_nothing_of_the_calls_changes(engine, cast, card, strict) -> None:
    from tests.reports.test_backtest import rows

    store_calls(engine, cast)
    one = start(engine, cast.ada, strict, card)
    before = rows(engine)
    list(run(engine, one))
    after = rows(engine)
    ended = after.pop("ledger_entry")
    assert after == {table: content for table, content in before.items() if table != "ledger_entry"}
    assert len(ended) == len(before["ledger_entry"]) + 1


def test_a_worker_that_is_killed_in_the_middle_goes_on_where_it_was(settings: Settings, card, strict) -> None:
    with service(settings) as running:
        with storing(running.engine) as session:
            cast = make_cast(session)
            for number in range(60):
                scored(session, *GOOD, f"25-26 customer: {number}.", agent="dana")
        with db.session(running.engine) as session:
            by = Actor("Ada", NOW, cast.ada.id)
            begun = backtest_job.start(
                session, running.queue, cast.ada, by, name=strict.id, new=strict, against=card, days=None, most=100
            )
        one = id_of(begun)
        with worker(settings) as process:
            until(lambda: 0 < backtest_of(running.engine, one).done < 60)
            process.kill()
        assert backtest_of(running.engine, one).state == BacktestState.RUNNING
        with worker(settings):
            until(lambda: backtest_of(running.engine, one).state == BacktestState.DONE)
        told = found(running.engine, one)
        assert (told.calls, backtest_of(running.engine, one).done) == (60, 60)
        with db.session(running.engine, reads_only=True) as session:
            assert changes(session) == 60


def test_a_backtest_that_was_never_asked_for_is_found_by_the_sweep(settings: Settings, engine, card, strict) -> None:
    with service(settings) as running:
        with storing(engine) as session:
            cast = make_cast(session)
            scored(session, *GOOD, agent="dana")
        # What a web process leaves behind that is killed after its commit.
        one = start(engine, cast.ada, strict, card)
        with worker(settings):
            until(lambda: backtest_of(engine, one).state == BacktestState.DONE)
        assert running.queue.states([f"backtest-{one}-0"])
