"""Two who work on the same calls at once wait for each other one way round: nobody is refused, nothing is half done."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from app.accounts.models import Role, User
from app.accounts.service import add_user
from app.calls import queries as calls
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.service import Actor
from app.reviews import assignment, calibration, queries, releasing, second_queries, service
from app.reviews.models import Review
from app.reviews.offering import Terms, offer
from tests.cast import LONG_AGO, Cast, make_cast
from tests.reviews.deciding import confirm_all
from tests.stored import GOOD, NOW, RUDE, scored

BOB = Actor("Bob", NOW)
Act = Callable[[Session, Cast, list[int]], object]


def until_it_waits(engine: Engine, other: Future[object]) -> None:
    """Until the other one waits for what is held here; on SQLite, where one writes at a time, it does so anyway."""
    if engine.dialect.name == "postgresql":
        with engine.execution_options(isolation_level="AUTOCOMMIT").connect() as looking:
            while not (other.done() or looking.scalar(text("SELECT count(*) FROM pg_locks WHERE NOT granted"))):
                pass


def assign(session: Session, cast: Cast, reviews: list[int]) -> object:
    return assignment.assign(session, reviews, cast.bob, cast.ada, BOB)


def hand_over(session: Session, cast: Cast, reviews: list[int]) -> object:
    return assignment.hand_over(session, cast.alice, None, BOB)


def release(session: Session, cast: Cast, reviews: list[int]) -> object:
    return releasing.release_some(session, reviews, BOB, Terms())


@pytest.mark.parametrize("act", [assign, hand_over, release])
def test_whoever_changes_several_reviews_holds_their_calls_in_the_order_of_the_calls(engine: Engine, act: Act) -> None:
    with db.session(engine) as session:
        cast = make_cast(session)
        (first, older), (second, newer) = (scored(session, *lines, agent="dana") for lines in (GOOD, RUDE))
        # The review of the earlier call is the later one.
        session.delete(older)
        session.flush()
        reviews = [offer(session, id_of(first), BOB), newer]
        for one in reviews:
            one.assigned_to = cast.alice.id if act is hand_over else None
            one.state = ReviewState.SUBMITTED if act is release else ReviewState.OPEN
            session.add(one)
        of, ids = [id_of(first), id_of(second)], [id_of(one) for one in reviews]

    def acts() -> object:
        with db.session(engine) as session:
            return act(session, cast, ids)

    with ThreadPoolExecutor(1) as beside, db.session(engine) as session:
        calls.lock(session, of[0])
        other = beside.submit(acts)
        until_it_waits(engine, other)
        calls.lock(session, of[1])
        session.commit()
        other.result()


@pytest.fixture
def ren(engine: Engine) -> User:
    with db.session(engine) as session:
        cast = make_cast(session)
        return add_user(
            session, username="ren", name="Ren", role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO
        )


@pytest.fixture
def given(engine: Engine, ren: User) -> tuple[int, list[Review]]:
    """A calibration of two calls by two people, and its reviews."""
    with db.session(engine) as session:
        found = [id_of(scored(session, *lines, agent="dana", team="Team A")[0]) for lines in (GOOD, RUDE)]
        bob, alice = (session.get_one(User, of) for of in people(session, "bob", "alice"))
        day, zone = date(2026, 10, 9), ZoneInfo("UTC")
        both = [id_of(alice), id_of(ren)]
        made = id_of(calibration.open_calibration(session, bob, "Warmth", day, found, both, zone, BOB))
        return made, list(second_queries.reviews_in(session, [made]))


def people(session: Session, *names: str) -> list[int]:
    return [session.execute(text(f"SELECT id FROM \"user\" WHERE username = '{one}'")).scalar_one() for one in names]


def end(engine: Engine, number: int) -> object:
    with db.session(engine) as session:
        [bob] = people(session, "bob")
        return calibration.end(session, number, session.get_one(User, bob), BOB)


def test_what_is_being_submitted_when_a_calibration_is_ended_is_not_taken_away(
    engine: Engine, given: tuple[int, list[Review]]
) -> None:
    number, reviews = given
    with ThreadPoolExecutor(1) as beside, db.session(engine) as session:
        mine = queries.lock(session, id_of(reviews[0]))
        other = beside.submit(end, engine, number)
        until_it_waits(engine, other)
        user = session.get_one(User, mine.assigned_to)
        confirm_all(session, mine, user)
        service.submit(session, id_of(mine), user, Actor(user.name, NOW, user.id))
        session.commit()
        other.result()
    with db.session(engine, reads_only=True) as session:
        left = second_queries.reviews_in(session, [number])
        assert [(one.id, one.state) for one in left] == [(reviews[0].id, ReviewState.COMPARED)]


def test_who_decides_while_a_calibration_is_being_ended_is_told_that_it_is_gone(
    engine: Engine, given: tuple[int, list[Review]]
) -> None:
    number, reviews = given

    def decides() -> object:
        with db.session(engine) as session:
            user = session.get_one(User, reviews[0].assigned_to)
            said = Actor(user.name, NOW, user.id)
            return service.decide(session, id_of(reviews[0]), "warm", Verdict.PASS, user, said)

    with ThreadPoolExecutor(1) as beside:
        with db.session(engine) as session:
            [bob] = people(session, "bob")
            calibration.end(session, number, session.get_one(User, bob), BOB)
            other = beside.submit(decides)
            until_it_waits(engine, other)
        with pytest.raises(NotFound):
            other.result()
