"""The performance score: weighted parts, and what may be said while one of them is not known."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.domain.metrics.performance_score import EQUAL, PARTS, performance_score, workload_points

KNOWN = {"workload": 100.0, "training": 80.0, "qa": 90.0, "discipline": 100.0, "conduct": 50.0}


def test_equal_weights_give_the_mean_of_the_parts():
    found = performance_score(KNOWN, EQUAL)
    assert found.score == pytest.approx(84.0)
    assert (found.low, found.high) == (found.score, found.score)


def test_weights_need_not_add_up_to_a_hundred():
    weights = dict.fromkeys(PARTS, 0.0) | {"qa": 3, "training": 1}
    found = performance_score(KNOWN, weights)
    assert found.score == pytest.approx(87.5)
    assert [round(one.weight) for one in found.parts] == [0, 25, 75, 0, 0]


def test_without_a_part_there_is_no_score_but_what_is_known_and_what_it_can_become():
    found = performance_score(KNOWN | {"conduct": None}, EQUAL)
    assert found.score is None
    assert found.known == pytest.approx(92.5)
    assert (found.low, found.high) == (pytest.approx(74.0), pytest.approx(94.0))
    assert found.weight_known == pytest.approx(80)


def test_a_part_that_weighs_nothing_is_not_missed():
    assert performance_score(KNOWN | {"conduct": None}, EQUAL | {"conduct": 0}).score == pytest.approx(92.5)


def test_where_nothing_is_known_anything_is_possible():
    found = performance_score({}, EQUAL)
    assert (found.score, found.known, found.low, found.high) == (None, None, 0, pytest.approx(100))


@pytest.mark.parametrize("weights", [dict.fromkeys(PARTS, 0.0), EQUAL | {"qa": -1.0}])
def test_weights_that_mean_nothing_are_refused(weights):
    with pytest.raises(ValueError, match="weights"):
        performance_score(KNOWN, weights)


def test_more_calls_than_the_target_are_no_more_than_a_full_workload():
    assert [workload_points(calls, 200) for calls in (0, 50, 200, 900)] == [0, 25, 100, 100]
    assert workload_points(50, None) is None


POINTS = st.one_of(st.none(), st.floats(0, 100))


@given(
    st.fixed_dictionaries(dict.fromkeys(PARTS, POINTS)), st.fixed_dictionaries(dict.fromkeys(PARTS, st.floats(1, 9)))
)
def test_whatever_becomes_known_later_the_score_lies_in_the_range_that_was_told(values, weights):
    found = performance_score(values, weights)
    for rest in (0.0, 100.0):
        whole = performance_score({name: rest if value is None else value for name, value in values.items()}, weights)
        assert found.low - 1e-9 <= whole.score <= found.high + 1e-9
