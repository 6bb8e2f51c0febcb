"""Which target holds: the most specific, then the newest; a doubtful suggestion never by itself."""

from datetime import date

import pytest

from app.domain.metrics.indicator import Basis, Indicator, KnownTarget, Text, Unit
from app.targets.holding import Origin, Target, Targets

DAY = date(2026, 11, 15)
WORDS = Text(en="x", zh="x", ja="x")


def indicator(*targets: KnownTarget) -> Indicator:
    return Indicator(
        id="some",
        name=WORDS,
        definition=WORDS,
        unit=Unit.SHARE,
        basis=Basis.CONTACTS,
        more_is_better=True,
        sums=(),
        measure=lambda _: None,
        targets=targets,
    )


def known(value: float, kind: str = "suggested", sure: bool = True, direction: str | None = None) -> KnownTarget:
    return KnownTarget(value=value, kind=kind, sure=sure, direction=direction)


def set_to(
    value: float,
    team: int | None = None,
    queue: str = "",
    direction: str = "",
    since: str = "2026-01-01",
    until: str | None = None,
) -> Target:
    begins, ends = date.fromisoformat(since), date.fromisoformat(until) if until else None
    return Target("some", value, Origin.SET, team, queue, direction, begins, ends)


def held(
    *targets: Target, team: int | None = None, queue: str = "", direction: str = "", day: date = DAY
) -> float | None:
    found = Targets({"some": indicator()}, {"some": targets}).at(
        "some", day=day, team_id=team, queue=queue, direction=direction
    )
    return found.value if found else None


ALL = (set_to(0.1), set_to(0.2, team=1), set_to(0.3, queue="a"), set_to(0.4, team=1, queue="a"))


@pytest.mark.parametrize(
    ("team", "queue", "value"),
    [(None, "", 0.1), (2, "", 0.1), (1, "", 0.2), (2, "a", 0.3), (None, "a", 0.3), (1, "b", 0.2), (1, "a", 0.4)],
)
def test_the_most_specific_target_holds(team: int | None, queue: str, value: float) -> None:
    assert held(*ALL, team=team, queue=queue) == value
    assert held(*reversed(ALL), team=team, queue=queue) == value


def test_a_queues_target_holds_before_that_of_a_team() -> None:
    assert held(set_to(0.2, team=1), set_to(0.3, queue="a"), team=1, queue="a") == 0.3
    assert held(set_to(0.2, team=1, direction="inbound"), set_to(0.3, queue="a"), team=1, queue="a") == 0.3


def test_of_targets_for_the_same_calls_the_newest_holds_that_has_begun() -> None:
    targets = (set_to(0.1), set_to(0.2, since="2026-11-15"), set_to(0.3, since="2026-11-16"))
    assert held(*targets) == 0.2
    assert held(*targets, day=date(2026, 11, 14)) == 0.1
    assert held(*targets, day=date(2026, 11, 16)) == 0.3
    assert held(*targets, day=date(2025, 12, 31)) is None


def test_after_the_end_of_a_target_the_one_before_holds_again() -> None:
    targets = (set_to(0.1), set_to(0.2, since="2026-11-01", until="2026-11-15"))
    assert held(*targets, day=date(2026, 11, 15)) == 0.2
    assert held(*targets, day=date(2026, 11, 16)) == 0.1


def test_a_newer_target_for_all_does_not_take_the_place_of_a_teams() -> None:
    assert held(set_to(0.2, team=1), set_to(0.1, since="2026-11-10"), team=1) == 0.2


def test_a_target_of_one_direction_says_nothing_about_both_together() -> None:
    targets = (set_to(0.1), set_to(0.5, direction="inbound"))
    assert held(*targets, direction="inbound") == 0.5
    assert held(*targets, direction="outbound") == 0.1
    assert held(*targets) == 0.1
    assert held(set_to(0.5, direction="inbound")) is None


def test_a_target_of_a_team_says_nothing_about_all() -> None:
    assert held(set_to(0.2, team=1)) is None
    assert held(set_to(0.3, queue="a")) is None


def test_where_nobody_set_a_target_the_sure_suggestion_holds_and_says_where_it_comes_from() -> None:
    field = Targets({"some": indicator(known(0.8, "industry"), known(0.9))})
    found = field.at("some", day=DAY, team_id=1, queue="a")
    assert found is not None
    assert (found.value, found.origin, found.holds_from) == (0.9, Origin.SHIPPED, None)
    set_by_people = Targets(field.indicators, {"some": [set_to(0.5, since="2026-11-20")]})
    later = set_by_people.at("some", day=date(2026, 11, 20))
    assert later is not None
    assert (later.value, later.origin) == (0.5, Origin.SET)
    assert set_by_people.at("some", day=date(2026, 11, 19)) == field.at("some", day=DAY)


def test_neither_a_doubtful_suggestion_nor_what_centres_reach_is_a_target() -> None:
    for one in (known(0.99, sure=False), known(0.8, "industry")):
        assert Targets({"some": indicator(one)}).at("some", day=DAY) is None


def test_a_suggestion_for_one_direction_holds_for_that_one_alone() -> None:
    field = Targets({"some": indicator(known(0.85, direction="inbound"), known(0.65, direction="outbound"))})
    values = [field.at("some", day=DAY, direction=one) for one in ("inbound", "outbound", None)]
    assert [one and one.value for one in values] == [0.85, 0.65, None]


def test_what_is_no_indicator_has_no_target() -> None:
    assert Targets({}).at("some", day=DAY) is None
