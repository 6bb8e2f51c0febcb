"""Results of exams, added up: by agent, team and month, for those who may know them."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import membership
from app.accounts.models import User
from app.kit import db
from app.kit.db import id_of
from app.ledger import queries as ledger
from app.ledger.service import Actor
from app.operations import queries
from app.operations.models import FactKind
from app.operations.point_sums import PointSums, exam_points
from app.operations.service import enter_fact
from tests.cast import Cast, make_cast

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)


@pytest.fixture
def cast(session: Session) -> Cast:
    made = make_cast(session)
    for user, month, points in ((made.dana, OCTOBER, 70), (made.dana, NOVEMBER, 90), (made.kenji, NOVEMBER, 50.5)):
        got(session, user, month, points)
    enter_fact(session, id_of(made.mei), NOVEMBER, FactKind.TRAINING, 10, "", Actor("Ada", NOW))
    return made


def got(session: Session, user: User, month: date, points: float) -> None:
    enter_fact(session, id_of(user), month, FactKind.EXAM, points, "", Actor("Ada", NOW))


def test_results_are_added_up_by_what_is_asked_for(session: Session, cast: Cast) -> None:
    team, other = id_of(cast.team_a), id_of(cast.team_b)
    whole = exam_points(session, cast.ada, *YEAR)
    assert whole == {(): PointSums(3, 210.5, 70.0**2 + 90**2 + 50.5**2)}
    assert whole[()].mean == pytest.approx(210.5 / 3)
    by_team = exam_points(session, cast.ada, *YEAR, ("month", "team_id"))
    assert {key: one.points for key, one in by_team.items()} == {
        (OCTOBER, team): 70,
        (NOVEMBER, team): 90,
        (NOVEMBER, other): 50.5,
    }
    of_agent = exam_points(session, cast.ada, *YEAR, ("agent_id",), agent_id=id_of(cast.dana))
    assert of_agent == {(cast.dana.id,): PointSums(2, 160, 70.0**2 + 90**2)}
    training = exam_points(session, cast.ada, *YEAR, kind=FactKind.TRAINING)
    assert training[()].points == 10


def test_where_there_is_no_result_there_is_no_mean(session: Session, cast: Cast) -> None:
    assert exam_points(session, cast.ada, *YEAR, agent_id=id_of(cast.mei)) == {}
    assert exam_points(session, cast.ada, date(2026, 10, 2), date(2026, 11, 29)) == {}
    assert PointSums().mean is None


def test_a_result_belongs_to_the_team_of_its_month(session: Session, cast: Cast) -> None:
    membership.join(session, cast.dana, cast.team_b, NOW, since=date(2026, 11, 15))
    by_team = exam_points(session, cast.ada, *YEAR, ("team_id",))
    assert {key: one.n for key, one in by_team.items()} == {(cast.team_a.id,): 1, (cast.team_b.id,): 2}
    assert exam_points(session, cast.bob, *YEAR) == {(): PointSums(1, 70, 4900)}


def test_everybody_learns_of_those_alone_whom_they_may_know(session: Session, cast: Cast) -> None:
    assert exam_points(session, cast.bob, *YEAR)[()].n == 2
    assert exam_points(session, cast.charlie, *YEAR)[()].n == 1
    assert exam_points(session, cast.dana, *YEAR)[()].n == 2
    assert exam_points(session, cast.mei, *YEAR) == {}
    assert exam_points(session, cast.bob, *YEAR, team_id=id_of(cast.team_b)) == {}


def test_how_much_is_known_is_told_by_part(session: Session, cast: Cast) -> None:
    known = queries.fact_coverage(session, cast.ada)
    assert (known[FactKind.EXAM].n, known[FactKind.EXAM].agents) == (3, 2)
    assert (known[FactKind.EXAM].first, known[FactKind.EXAM].last) == (OCTOBER, NOVEMBER)
    assert FactKind.CONDUCT not in known
    assert queries.fact_coverage(session, cast.bob)[FactKind.EXAM].n == 2


def test_what_was_entered_is_listed_the_last_first_page_by_page(session: Session, cast: Cast) -> None:
    first = queries.fact_rows(session, cast.ada, size=3)
    rest = queries.fact_rows(session, cast.ada, size=3, cursor=first.next_cursor)
    assert [one.value for one in (*first.items, *rest.items)] == [10, 50.5, 90, 70]
    assert (first.total, rest.next_cursor) == (4, None)
    assert [one.value for one in queries.fact_rows(session, cast.dana).items] == [90, 70]
    assert [one.value for one in queries.fact_rows(session, cast.ada, kind=FactKind.EXAM, first=NOVEMBER).items] == [
        50.5,
        90,
    ]


def test_two_who_enter_the_same_result_at_once_leave_one(engine: Engine) -> None:
    with db.session(engine) as opened:
        dana = make_cast(opened).dana

    def enter(points: float) -> None:
        with db.session(engine) as opened:
            got(opened, dana, NOVEMBER, points)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(enter, (10, 20, 30, 40)))
    with db.session(engine, reads_only=True) as opened:
        (kept,) = queries.facts(opened, id_of(dana), NOVEMBER, NOVEMBER)
        assert ledger.entries(opened, f"user:{dana.id}")[-1].payload["points"] == kept.value
