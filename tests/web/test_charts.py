"""Charts drawn here: what is higher is drawn higher, gaps stay gaps, and words do not lie on each other."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.charts import FEWEST_FOR_MEDIAN, LINE, PLOT, TOP, Point, RunChart, run_chart, scale, spark

FINITE = st.floats(min_value=0, max_value=1e6, allow_nan=False)


def percent(value: float) -> str:
    return f"{value:g} %"


def points(*values: float | None) -> list[Point]:
    return [
        Point(f"W{place}", one, None if one is None else max(0, one - 10), None if one is None else min(100, one + 10))
        for place, one in enumerate(values)
    ]


def drawn(*values: float | None, target: float | None = None) -> RunChart:
    chart = run_chart(
        points(*values), percent, target=target, target_label="Target" if target is not None else "", median_label="Mid"
    )
    assert chart is not None
    return chart


def test_nothing_to_count_is_no_chart() -> None:
    assert run_chart(points(None, None), percent) is None
    assert run_chart([], percent) is None


def test_a_higher_value_stands_higher_and_all_lie_within_the_plot() -> None:
    chart = drawn(75, 90, 82, target=95)
    low, high, middle = (dot.y for dot in chart.dots)
    assert high < middle < low
    assert chart.target_y is not None
    assert chart.target_y < high
    assert all(TOP <= dot.y <= TOP + PLOT for dot in chart.dots)


def test_a_gap_is_not_drawn_over_and_a_lone_value_shows_its_own_range() -> None:
    chart = drawn(80, 90, None, 70)
    assert len(chart.lines) == len(chart.bands) == 1
    assert [dot.range is not None for dot in chart.dots] == [False, False, True]
    assert [one.told for one in chart.rows] == [""] * 4


def test_few_points_have_no_median_and_many_have_their_middle_one() -> None:
    assert drawn(*[80.0] * (FEWEST_FOR_MEDIAN - 1)).median_y is None
    chart = drawn(60, 62, 80, 90, 91)
    assert chart.median_y == chart.dots[2].y


def test_words_at_the_end_never_lie_on_each_other() -> None:
    chart = drawn(90, 90, 90, 90, 90, target=90)
    heights = sorted(one.y for one in chart.ends)
    assert {one.tone for one in chart.ends} == {"target", "median", "last"}
    assert all(below - above >= LINE for above, below in pairwise(heights))
    low = drawn(0, 0, 0, 0, 0, target=0)
    assert max(one.y for one in low.ends) <= TOP + PLOT + 4
    assert len({one.y for one in low.ends}) == 3


def test_the_last_label_always_stands_and_on_a_phone_every_fourth() -> None:
    chart = drawn(*[float(one) for one in range(50, 62)])
    assert [one.label for one in chart.steps if one.label and not one.wide] == ["W3", "W7", "W11"]
    assert [one.label for one in chart.steps if one.label] == ["W1", "W3", "W5", "W7", "W9", "W11"]


@given(st.lists(FINITE, min_size=1, max_size=20))
def test_a_scale_holds_every_value_in_few_round_steps(values: list[float]) -> None:
    ticks = scale(values, (0, None))
    assert ticks[0] <= min(values) + 1e-6 * max(1, *values)
    assert ticks[-1] >= max(values) * (1 - 1e-6)
    assert 2 <= len(ticks) <= 7
    assert ticks == sorted(set(ticks))


@given(st.lists(st.floats(min_value=0, max_value=100), min_size=1, max_size=20))
def test_a_scale_of_shares_stays_between_nought_and_all(values: list[float]) -> None:
    ticks = scale(values, (0, 100))
    assert 0 <= ticks[0] < ticks[-1] <= 100
    assert ticks[0] <= min(values) + 1e-9
    assert ticks[-1] >= max(values) - 1e-9


@pytest.mark.parametrize("values", [[], [1.0], [None, 2.0, None]])
def test_one_value_is_no_trend(values: list[float | None]) -> None:
    assert spark(values) is None


def test_a_trend_ends_in_its_last_value() -> None:
    rising, falling = spark([1, 2, 3]), spark([3, None, 2, 1])
    assert rising is not None
    assert falling is not None
    assert rising.last is not None
    assert falling.last is not None
    assert rising.last[1] < falling.last[1]
    assert len(falling.lines) == 1
    assert spark([2, 2, 2]) is not None
