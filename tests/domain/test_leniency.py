"""Who passes more calls than others who score the same ones, and what that does to the pass rate."""

import random
from collections import Counter

import pytest

from app.domain.leniency import corrected_rate, leniencies
from app.domain.metrics.interval import wilson
from bench.agreement import REVIEWERS, leniency_of, passes, settled_rate
from bench.quarter import quarter, true_rate


def values(found):
    return {one.reviewer: one.value for one in found}


def test_of_two_who_score_the_same_calls_each_is_half_the_difference_away_from_their_mean():
    found = leniencies({((1, True), (2, False)): 20, ((1, True), (2, True)): 60, ((1, False), (2, True)): 0})
    assert values(found) == pytest.approx({1: 0.125, 2: -0.125})
    assert all(one.n == 80 and one.others == 1 for one in found)
    assert found[0].ci_low > 0 > found[1].ci_high


def test_who_never_scored_the_same_call_is_compared_by_way_of_a_third():
    scored = Counter({((1, True), (2, False)): 30, ((1, True), (2, True)): 30})
    scored.update({((2, True), (3, False)): 30, ((2, True), (3, True)): 30})
    found = leniencies(scored)
    assert values(found) == pytest.approx({1: 0.5, 2: 0.0, 3: -0.5})
    assert sum(one.value for one in found) == pytest.approx(0)


def test_those_whom_nothing_joins_are_compared_among_themselves_alone():
    scored = {((1, True), (2, False)): 20, ((8, True), (9, True)): 20}
    found = {one.reviewer: one for one in leniencies(scored)}
    assert values(found.values()) == pytest.approx({1: 0.5, 2: -0.5, 8: 0.0, 9: 0.0})
    assert all(one.others == 1 for one in found.values())


def test_where_nobody_ever_disagreed_the_interval_is_as_wide_as_the_calls_are_few():
    found = leniencies({((1, True), (2, True)): 15, ((1, False), (2, False)): 5})
    assert [one.value for one in found] == [0.0, 0.0]
    assert found[0].ci_high == pytest.approx(wilson(0, 20)[1])


def test_below_ten_calls_nothing_is_said():
    found = leniencies({((1, True), (2, False)): 9})
    assert [(one.n, one.value, one.ci_low) for one in found] == [(9, None, None)] * 2


def test_calls_that_one_alone_scored_and_calls_that_nobody_did_count_for_nobody():
    assert leniencies({((1, True),): 50, (): 3}) == ()


def test_a_calibration_with_several_people_counts_each_call_once():
    found = leniencies({((1, True), (2, True), (3, False)): 30})
    assert values(found) == pytest.approx({1: 1 / 3, 2: 1 / 3, 3: -2 / 3})


def test_hard_calls_count_against_nobody():
    # The first scores easy calls with the third, the second hard ones; all judge alike.
    scored = {((1, True), (3, True)): 50, ((2, False), (3, False)): 50}
    assert values(leniencies(scored)) == pytest.approx({1: 0.0, 2: 0.0, 3: 0.0})


def test_the_rate_is_corrected_by_the_mean_difference_of_the_checked_calls():
    checked = {(True, True): 85, (True, False): 10, (False, False): 5}
    found = corrected_rate(1000, 900, checked)
    assert (found.plain, found.checked, found.unsettled) == (0.9, 100, 0)
    assert found.value == pytest.approx(0.8)
    assert found.ci_low < 0.8 < found.ci_high < 0.9


def test_what_is_not_settled_widens_the_interval_and_leaves_no_single_value():
    checked = {(True, True): 85, (True, None): 10, (False, False): 5}
    found = corrected_rate(1000, 900, checked)
    assert (found.value, found.unsettled) == (None, 10)
    assert found.ci_low < 0.8
    assert found.ci_high > 0.9


def test_with_few_checked_calls_nothing_is_said():
    assert corrected_rate(1000, 900, {(True, True): 9}).ci_low is None
    assert corrected_rate(0, 0, {}).plain is None


def test_a_few_checked_calls_without_a_difference_prove_little():
    found = corrected_rate(1000, 900, {(True, True): 18, (False, False): 2})
    assert found.value == pytest.approx(0.9)
    assert found.ci_high - found.ci_low > 0.2


def test_in_simulated_quarters_the_intervals_hold_what_is_true_and_the_plain_one_does_not():
    """Sixty quarters; the bench draws a thousand (python -m bench.agreement)."""
    calls = quarter(seed=1, calls=8000, rate=0.9)
    rate = true_rate(calls)
    mean = sum(leniency_of(one, rate) for one in REVIEWERS) / len(REVIEWERS)
    held = Counter()
    for seed in range(60):
        chance = random.Random(seed)
        passed, checked, scored = 0, Counter(), Counter()
        for call in chance.sample(calls, 3000):
            first, second = chance.sample(sorted(REVIEWERS), 2)
            found = passes(call, first, chance)
            passed += found
            if chance.random() < 0.1:
                other = passes(call, second, chance)
                checked[found, found if found == other else call.passes] += 1
                scored[((first, found), (second, other))] += 1
        corrected = corrected_rate(3000, passed, checked)
        low, high = wilson(passed, 3000)
        held["plain"] += low <= rate <= high
        held["corrected"] += corrected.ci_low <= rate <= corrected.ci_high
        for one in leniencies(scored):
            held[one.reviewer] += one.ci_low <= leniency_of(one.reviewer, rate) - mean <= one.ci_high
    assert held["corrected"] >= 53 > held["plain"]
    assert all(held[one] >= 51 for one in REVIEWERS)
    assert abs(settled_rate(rate) - rate) < 0.01
