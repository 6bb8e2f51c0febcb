"""What months cost: kept once for each place, never counted twice, and known to whom it concerns."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts.models import User
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger import queries as ledger
from app.ledger.service import Actor
from app.operations import queries
from app.operations.cost_entry import CostFacts, CostOfAnotherTeam, enter_cost, remove_cost
from app.operations.cost_list import CostsUnreadable, costs_csv, take_costs
from app.operations.costing import costs
from app.operations.fact_list import FactsUnreadable, take_facts
from tests.cast import Cast, make_cast

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
OCTOBER, NOVEMBER = date(2026, 10, 1), date(2026, 11, 1)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def by(user: User) -> Actor:
    return Actor(user.name, NOW, user.id)


def enter(
    session: Session, user: User, amount: float, team: int | None = None, queue: str = "", **more: object
) -> bool:
    facts = {"month": NOVEMBER, "currency": "CNY", **more}
    return enter_cost(session, user, CostFacts(amount=amount, team_id=team, queue=queue, **facts), by(user))  # type: ignore[arg-type]


def amounts(session: Session, user: User, **what: object) -> list[tuple[int | None, str, float]]:
    found = costs(session, user, *YEAR, **what)  # type: ignore[arg-type]
    return [(one.team_id, one.queue, one.amount) for one in found]


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


def test_what_was_entered_again_takes_the_place_of_what_was_there(session: Session, cast: Cast) -> None:
    assert enter(session, cast.ada, 1000)
    assert not enter(session, cast.ada, 1000)
    assert enter(session, cast.ada, 900.5, note="without rent")
    assert amounts(session, cast.ada) == [(None, "", 900.5)]
    told = [one.payload for one in ledger.entries(session, "cost:2026-11")]
    assert [one["amount"] for one in told] == [1000, 900.5]
    assert told[1]["old"] == {"amount": 1000, "currency": "CNY"}
    assert "rent" not in str(told)


def test_no_cost_is_counted_twice(session: Session, cast: Cast) -> None:
    team, other = id_of(cast.team_a), id_of(cast.team_b)
    enter(session, cast.ada, 10, team, "sales")
    enter(session, cast.ada, 20, team, "support")
    enter(session, cast.ada, 5, None, "sales")
    # Without a cost of a whole, its parts are what is known of it.
    assert amounts(session, cast.ada, team_id=team) == [(team, "sales", 10), (team, "support", 20)]
    assert amounts(session, cast.ada) == [(team, "sales", 10), (team, "support", 20)]
    enter(session, cast.ada, 40, team)
    enter(session, cast.ada, 50, other)
    assert amounts(session, cast.ada) == [(team, "", 40), (other, "", 50)]
    assert amounts(session, cast.ada, queue="sales") == [(None, "sales", 5)]
    assert amounts(session, cast.ada, team_id=team, queue="sales") == [(team, "sales", 10)]
    assert amounts(session, cast.ada, team_id=other, queue="sales") == []
    enter(session, cast.ada, 100)
    assert amounts(session, cast.ada) == [(None, "", 100)]


def test_only_months_count_that_lie_wholly_within_the_days(session: Session, cast: Cast) -> None:
    enter(session, cast.ada, 1, month=OCTOBER)
    enter(session, cast.ada, 2)
    found = costs(session, cast.ada, date(2026, 10, 2), date(2026, 11, 30))
    assert [(one.month, one.amount) for one in found] == [(NOVEMBER, 2)]
    assert costs(session, cast.ada, OCTOBER, date(2026, 10, 30)) == ()
    assert [one.amount for one in costs(session, cast.ada, OCTOBER, date(2026, 10, 31))] == [1]


def test_who_leads_a_team_knows_and_enters_its_costs_alone(session: Session, cast: Cast) -> None:
    team, other = id_of(cast.team_a), id_of(cast.team_b)
    enter(session, cast.bob, 1, team)
    enter(session, cast.ada, 2, other)
    for of in (other, None):
        with pytest.raises(CostOfAnotherTeam):
            enter(session, cast.bob, 3, of)
        with pytest.raises(CostOfAnotherTeam):
            remove_cost(session, cast.bob, NOVEMBER, of, "", by(cast.bob))
    assert amounts(session, cast.bob) == [(team, "", 1)]
    assert amounts(session, cast.dana) == []
    assert [one.team_id for one in queries.cost_rows(session, cast.bob)] == [team]
    known = queries.cost_coverage(session, cast.ada)
    assert known is not None
    assert (known.n, known.first) == (2, NOVEMBER)
    assert queries.cost_coverage(session, cast.dana) is None


def test_what_was_taken_back_is_not_known_any_more(session: Session, cast: Cast) -> None:
    enter(session, cast.ada, 1)
    for _ in range(2):
        remove_cost(session, cast.ada, date(2026, 11, 17), None, "", by(cast.ada))
    assert amounts(session, cast.ada) == []
    assert [one.event for one in ledger.entries(session, "cost:2026-11")] == ["cost.entered", "cost.removed"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": -1},
        {"amount": float("nan")},
        {"amount": 1.234},
        {"amount": 1e13},
        {"amount": 1, "currency": "¥"},
        {"amount": 1, "currency": "RMBS"},
        {"amount": 1, "queue": "a\0b"},
        {"amount": 1, "note": "x" * 501},
    ],
)
def test_what_is_no_cost_is_refused(session: Session, cast: Cast, wrong: dict[str, object]) -> None:
    with pytest.raises(AppError):
        enter(session, cast.ada, **wrong)  # type: ignore[arg-type]
    assert queries.cost_rows(session, cast.ada) == []


def test_a_list_keeps_its_good_rows_and_names_the_bad_ones(session: Session, cast: Cast) -> None:
    rows = (
        "Month;Team;Queue;Amount;Currency;Note",
        "2026-11;Team A;;152 000.50;cny;",
        "2026-11;Team X;;1;CNY;",
        "November;Team A;;1;CNY;",
        "2026-10;;sales;much;CNY;",
        "2026-10;;sales;12;money;",
        "2026-10;;sales;12;JPY;=overtime",
    )
    taken = take_costs(session, cast.ada, "\n".join(rows).encode(), "en", by(cast.ada))
    assert taken.entered == 2
    assert [(one.line, one.column) for one in taken.bad] == [(3, "team"), (4, "month"), (5, "amount"), (6, "currency")]
    written = costs_csv(session, queries.cost_rows(session, cast.ada), byte_order_mark=True)
    assert "2026-11,Team A,,152000.5,CNY," in written
    assert "'=overtime" in written
    again = take_costs(session, cast.ada, written.encode(), "en", by(cast.ada))
    assert (again.entered, again.known, again.bad) == (0, 2, ())


@pytest.mark.parametrize("content", [b"", b"month,amount\n2026-11,1", b"\xff\xfe\x00"])
def test_what_is_no_list_of_costs_is_refused_as_a_whole(session: Session, cast: Cast, content: bytes) -> None:
    with pytest.raises(CostsUnreadable):
        take_costs(session, cast.ada, content, "en", by(cast.ada))


def test_a_list_with_more_rows_than_can_be_entered_at_once_is_refused_as_a_whole(session: Session, cast: Cast) -> None:
    many = "2026-11,1,CNY\n" * 5001
    with pytest.raises(CostsUnreadable, match="5,000"):
        take_costs(session, cast.ada, f"month,amount,currency\n{many}".encode(), "en", by(cast.ada))
    facts = "dana,2026-11,training,5\n" * 5001
    with pytest.raises(FactsUnreadable, match="5,000"):
        take_facts(session, f"agent,month,part,points\n{facts}".encode(), lambda _: cast.dana, "en", by(cast.ada))
    assert queries.cost_rows(session, cast.ada) == []


def test_two_who_bring_in_the_same_costs_in_other_orders_both_succeed(engine: Engine) -> None:
    with db.session(engine) as opened:
        cast = make_cast(opened)
    rows = [f"2026-{month:02},q{place},1,CNY" for place in range(20) for month in range(1, 11)]

    def take(rows: list[str]) -> None:
        with db.session(engine) as opened:
            content = "\n".join(["month,queue,amount,currency", *rows]).encode()
            assert take_costs(opened, cast.ada, content, "en", by(cast.ada)).bad == ()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(take, (rows, rows[::-1])))
    with db.session(engine, reads_only=True) as opened:
        assert len(queries.cost_rows(opened, cast.ada)) == 200


def test_two_who_bring_in_the_same_facts_in_other_orders_both_succeed(engine: Engine) -> None:
    with db.session(engine) as opened:
        cast = make_cast(opened)
    agents = {"dana": cast.dana, "mei": cast.mei, "kenji": cast.kenji}
    rows = [f"{name},2026-{month:02},training,5" for month in range(1, 11) for name in agents]

    def take(rows: list[str]) -> None:
        with db.session(engine) as opened:
            content = "\n".join(["agent,month,part,points", *rows]).encode()
            taken = take_facts(opened, content, agents.get, "en", by(cast.ada))
            assert (taken.entered + taken.known, taken.bad) == (30, ())

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(take, (rows, rows[::-1])))
