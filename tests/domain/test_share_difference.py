"""The difference of two shares, against published numbers and other implementations."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep

from app.domain.metrics.share_difference import holm, share_difference


@st.composite
def counted(draw: st.DrawFn, most: int = 400) -> tuple[int, int]:
    n = draw(st.integers(1, most))
    return draw(st.integers(0, n)), n


def test_the_published_interval_is_met() -> None:
    # Newcombe 1998, table II, example (a): 56/70 - 48/80, method 10.
    found = share_difference((48, 80), (56, 70))
    assert found.difference == pytest.approx(0.2)
    assert found.ci_low == pytest.approx(0.0524, abs=5e-5)
    assert found.ci_high == pytest.approx(0.3339, abs=5e-5)


@given(counted(), counted())
def test_the_interval_is_that_of_statsmodels(first: tuple[int, int], second: tuple[int, int]) -> None:
    found = share_difference(first, second)
    low, high = confint_proportions_2indep(*second, *first, method="newcomb", compare="diff", alpha=0.05)
    assert found.ci_low == pytest.approx(low, abs=1e-9)
    assert found.ci_high == pytest.approx(high, abs=1e-9)


@given(counted(), counted())
def test_the_p_value_is_that_of_scipy(first: tuple[int, int], second: tuple[int, int]) -> None:
    table = [[first[0], first[1] - first[0]], [second[0], second[1] - second[0]]]
    assert share_difference(first, second).chance == pytest.approx(fisher_exact(table).pvalue, abs=1e-9)


@given(st.lists(st.floats(0, 1), max_size=30))
def test_holm_is_that_of_statsmodels(chances: list[float]) -> None:
    expected = multipletests(chances, method="holm")[1] if chances else []
    assert holm(chances) == pytest.approx(list(expected), abs=1e-12)


def test_one_test_alone_stays_as_it_is_and_many_cost() -> None:
    assert holm([0.03]) == [0.03]
    assert holm([0.03] * 19)[0] == pytest.approx(0.57)


def test_nothing_to_compare_with_says_nothing() -> None:
    found = share_difference((0, 0), (3, 4))
    assert found.difference is found.ci_low is found.chance is None
    assert not found.is_shown


def test_a_few_calls_show_nothing_and_many_show_the_same_difference() -> None:
    assert not share_difference((8, 10), (6, 10)).is_shown
    assert share_difference((800, 1000), (600, 1000)).is_shown


def test_many_calls_and_few_complaints_are_told_at_once() -> None:
    found = share_difference((40, 90_000), (20, 10_000))
    assert found.chance is not None
    assert math.isclose(found.chance, fisher_exact([[40, 89_960], [20, 9_980]]).pvalue, rel_tol=1e-7)


def test_what_cannot_be_counted_is_refused() -> None:
    with pytest.raises(ValueError, match="5 of 4"):
        share_difference((5, 4), (1, 2))
