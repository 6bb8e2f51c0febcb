"""Targets as they are set, changed and taken back, on each kind of database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts.models import User
from app.domain.metrics.indicator import Unit
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.ledger import queries as ledger
from app.ledger.service import Actor
from app.targets import queries
from app.targets.holding import Origin
from app.targets.service import TargetFacts, TargetOfAnotherTeam, remove_target, set_target
from app.targets.target_file import COLUMNS, TargetsUnreadable, take_targets, targets_csv
from app.targets.values import ValueUnusable, checked, typed
from tests.cast import make_cast

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
FIRST = date(2026, 11, 1)


def by(user: User) -> Actor:
    return Actor(user.name, NOW, user.id)


def target(value: float, indicator: str = "csat", **more: object) -> TargetFacts:
    facts = TargetFacts(indicator, value, FIRST)
    return TargetFacts(**{**vars(facts), **more})  # type: ignore[arg-type]


def test_what_was_set_holds_and_stands_in_the_ledger(session: Session) -> None:
    cast = make_cast(session)
    team = id_of(cast.team_a)
    _, is_new = set_target(session, cast.ada, target(0.9, note="for the autumn"), by(cast.ada))
    set_target(session, cast.bob, target(0.8, team_id=team), by(cast.bob))
    assert is_new
    for of, value in ((None, 0.9), (team, 0.8), (id_of(cast.team_b), 0.9)):
        found = queries.target_for(session, "csat", day=FIRST, team_id=of)
        assert found is not None
        assert (found.value, found.origin) == (value, Origin.SET)
    told = [one.payload for one in ledger.entries(session, "target:csat")]
    assert [(one["value"], one["team_id"]) for one in told] == [(0.9, None), (0.8, team)]
    assert "for the autumn" not in str(told)


def test_setting_the_same_day_again_changes_it_and_the_ledger_keeps_what_was_before(session: Session) -> None:
    cast = make_cast(session)
    for _ in range(2):
        set_target(session, cast.ada, target(0.9), by(cast.ada))
    row, is_new = set_target(session, cast.ada, target(0.7), by(cast.ada))
    assert is_new
    assert [one.id for one in queries.rows(session, "csat")] == [row.id]
    told = [one.payload for one in ledger.entries(session, "target:csat")]
    assert [one["value"] for one in told] == [0.9, 0.7]
    assert told[1]["old"]["value"] == 0.9


def test_what_was_taken_back_lets_hold_what_held_before(session: Session) -> None:
    cast = make_cast(session)
    set_target(session, cast.ada, target(0.9), by(cast.ada))
    later, _ = set_target(session, cast.ada, target(0.5, holds_from=date(2026, 11, 10)), by(cast.ada))
    remove_target(session, cast.ada, id_of(later), by(cast.ada))
    found = queries.target_for(session, "csat", day=date(2026, 11, 15))
    assert found is not None
    assert found.value == 0.9
    assert [one.event for one in ledger.entries(session, "target:csat")][-1] == "target.removed"
    with pytest.raises(NotFound):
        remove_target(session, cast.ada, id_of(later), by(cast.ada))


def test_who_leads_a_team_sets_targets_of_that_team_alone(session: Session) -> None:
    cast = make_cast(session)
    other = id_of(cast.team_b)
    for facts in (target(0.9), target(0.9, queue="support"), target(0.9, team_id=other)):
        with pytest.raises(TargetOfAnotherTeam):
            set_target(session, cast.bob, facts, by(cast.bob))
    row, _ = set_target(session, cast.ada, target(0.9, team_id=other), by(cast.ada))
    with pytest.raises(TargetOfAnotherTeam):
        remove_target(session, cast.bob, id_of(row), by(cast.bob))
    assert not queries.rows(session, team_id=id_of(cast.team_a))


@pytest.mark.parametrize(
    "facts",
    [
        target(1.2),
        target(float("nan")),
        target(0.9, indicator="nothing"),
        target(0.9, direction="sideways"),
        target(0.9, queue="x" * 101),
        target(0.9, queue="a\0b"),
        target(0.9, note="x" * 501),
        target(0.9, holds_until=date(2026, 10, 31)),
        target(0.9, holds_from=date(1, 1, 1)),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_kept(session: Session, facts: TargetFacts) -> None:
    cast = make_cast(session)
    with pytest.raises(AppError):
        set_target(session, cast.ada, facts, by(cast.ada))
    assert not queries.rows(session)


def test_two_who_set_the_same_target_at_once_leave_one(engine: Engine) -> None:
    with db.session(engine) as opened:
        cast = make_cast(opened)

    def one(value: float) -> None:
        with db.session(engine) as opened:
            set_target(opened, cast.ada, target(value), by(cast.ada))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(one, (0.1, 0.2, 0.3, 0.4)))
    with db.session(engine, reads_only=True) as opened:
        rows, told = queries.rows(opened), ledger.entries(opened, "target:csat")
    assert len(rows) == 1
    assert rows[0].value == told[-1].payload["value"]


def test_a_file_is_read_again_as_it_was_written(session: Session) -> None:
    cast = make_cast(session)
    set_target(session, cast.ada, target(0.9, note="=1+1", queue="销售"), by(cast.ada))
    set_target(
        session,
        cast.ada,
        target(15, "queue_time", team_id=id_of(cast.team_a), direction="inbound", holds_until=date(2026, 12, 31)),
        by(cast.ada),
    )
    written = targets_csv(session, queries.rows(session), byte_order_mark=True)
    assert "'=1+1" in written
    taken = take_targets(session, cast.ada, written.encode(), "en", by(cast.ada))
    assert (taken.entered, taken.known, taken.bad) == (0, 2, ())


def test_bad_rows_are_named_by_their_lines_and_the_good_ones_are_kept(session: Session) -> None:
    cast = make_cast(session)
    rows = (
        ",".join(COLUMNS),
        "csat,,,,2026-11-01,,85%,",
        "csat,Team A,,,2026-11-01,,85,",
        "csat,Team X,,,2026-11-01,,0.8,",
        "wishes,,,,2026-11-01,,0.8,",
        "queue_time,,,,November,,20,",
        "",
        "queue_time,team a,support,inbound,2026-11-01,2026-12-31,20,tried",
        "queue_time,,,,2026-11-01,2026-10-01,20,",
    )
    taken = take_targets(session, cast.ada, "\n".join(rows).encode(), "en", by(cast.ada))
    assert taken.entered == 2
    assert [(one.line, one.column) for one in taken.bad] == [
        (3, "value"),
        (4, "team"),
        (5, "indicator"),
        (6, "from"),
        (9, "until"),
    ]
    found = queries.target_for(session, "csat", day=FIRST)
    assert found is not None
    assert found.value == 0.85


def test_of_two_rows_about_the_same_the_later_one_holds(session: Session) -> None:
    cast = make_cast(session)
    rows = ("indicator,from,value", "csat,2026-11-01,0.7", "attendance,2026-11-01,0.9", "csat,2026-11-01,0.8")
    assert take_targets(session, cast.ada, "\n".join(rows).encode(), "en", by(cast.ada)).entered == 3
    found = queries.target_for(session, "csat", day=FIRST)
    assert found is not None
    assert found.value == 0.8


def test_a_file_with_more_rows_than_can_be_set_at_once_is_refused_as_a_whole(session: Session) -> None:
    cast = make_cast(session)
    row = "csat,2026-11-01,0.8\n"
    with pytest.raises(TargetsUnreadable, match="5,000"):
        take_targets(session, cast.ada, f"indicator,from,value\n{row * 5001}".encode(), "en", by(cast.ada))
    assert not queries.rows(session)


@pytest.mark.parametrize("other", ["the same file", "a form"])
def test_two_who_bring_in_the_same_targets_in_other_orders_both_succeed(engine: Engine, other: str) -> None:
    with db.session(engine) as opened:
        cast = make_cast(opened)
    rows = [
        f"{indicator},q{place},2026-11-01,0.5" for place in range(30) for indicator in ("csat", "attendance", "rings")
    ]

    def file(rows: list[str]) -> None:
        content = "\n".join(["indicator,queue,from,value", *rows]).encode()
        with db.session(engine) as opened:
            assert take_targets(opened, cast.ada, content, "en", by(cast.ada)).bad == ()

    def form(rows: list[str]) -> None:
        for one in rows:
            indicator, queue, *_ = one.split(",")
            with db.session(engine) as opened:
                set_target(opened, cast.ada, target(0.6, indicator, queue=queue), by(cast.ada))

    with ThreadPoolExecutor(2) as threads:
        first = threads.submit(file, rows)
        second = threads.submit(file if other == "the same file" else form, rows[::-1])
        first.result()
        second.result()
    with db.session(engine, reads_only=True) as opened:
        assert len(queries.rows(opened)) == 90


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xfe\x00", b"indicator,from\ncsat,2026-11-01", b"indicator,from,value,colour\n", b"a\0b"]
)
def test_what_is_no_list_of_targets_is_refused_as_a_whole(session: Session, content: bytes) -> None:
    cast = make_cast(session)
    with pytest.raises(TargetsUnreadable):
        take_targets(session, cast.ada, content, "en", by(cast.ada))


@pytest.mark.parametrize(
    ("unit", "written", "value"),
    [
        (Unit.SHARE, "85%", 0.85),
        (Unit.SHARE, " 99.9 ％ ", 0.999),
        (Unit.SHARE, "0.85", 0.85),
        (Unit.SECONDS, "20", 20.0),
        (Unit.NET_POINTS, "-30", -30.0),
    ],
)
def test_values_are_read_as_they_are_written(unit: Unit, written: str, value: float) -> None:
    assert typed(unit, written) == value


def test_percent_is_meant_where_the_field_asks_for_it() -> None:
    assert typed(Unit.SHARE, "85", in_percent=True) == 0.85
    for written in ("85", "0,85", "", "nan", "1e400", "85%%"):
        with pytest.raises(ValueUnusable):
            typed(Unit.SHARE, written)


@pytest.mark.parametrize("unit", list(Unit))
def test_every_unit_has_bounds(unit: Unit) -> None:
    assert checked(unit, 1) == 1
    with pytest.raises(ValueUnusable):
        checked(unit, float("inf"))
