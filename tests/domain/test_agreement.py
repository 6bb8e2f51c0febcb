"""Agreement of people who judge the same calls, held against published examples to the digits printed there."""

import math
import random
from collections import Counter

import pytest

from app.domain.agreement import BOUND, Standing, ac1, alpha, percent_agreement, prevalence, student

# K. Krippendorff, Computing Krippendorff's alpha-reliability, 2011, section C: four observers, twelve units, some
# missing; the same data in K. L. Gwet, Handbook of Inter-Rater Reliability, 4th edition, 2014 (there "4 raters, 12
# subjects"), whose coefficients the overview of his package irrCAC prints.
FOUR = (
    "1 2 3 3 2 1 4 1 2 . . .",
    "1 2 3 3 2 2 4 1 2 5 . 3",
    ". 3 3 3 2 3 4 2 2 5 1 .",
    "1 2 3 3 2 4 4 1 2 5 1 .",
)
# The example that articles on alpha use: three coders, fifteen units (https://en.wikipedia.org/wiki/Krippendorff's_alpha).
THREE = (
    ". . . . . 3 4 1 2 1 1 3 3 . 3",
    "1 . 2 1 3 3 4 3 . . . . . . .",
    ". . 2 1 3 4 4 . 2 1 1 3 3 . 4",
)
# Two abstractors, a hundred women: the first table of Gwet's handbook, as the overview of irrCAC prints it.
ABSTRACTORS = {("E", "E"): 13, ("A", "A"): 20, ("A", "N"): 7, ("N", "A"): 4, ("N", "N"): 56}


def units(rows):
    return Counter(tuple(v for v in unit if v != ".") for unit in zip(*(row.split() for row in rows), strict=True))


def drawn(seed, calls=60, people=4):
    """Random verdicts with some missing; about three in four follow what is right."""
    lots = random.Random(seed)
    found = Counter()
    for _ in range(calls):
        right = lots.choice("pfn")
        found[tuple(right if lots.random() < 0.75 else lots.choice("pfn") for _ in range(lots.randint(0, people)))] += 1
    return found


def told(found):
    return found.n, found.value, found.ci_low, found.ci_high


def close(one, other):
    return all(
        a == b or (a is not None and b is not None and math.isclose(a, b, abs_tol=1e-9))
        for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize(
    ("ratings", "printed"),
    [(units(FOUR), 0.743), (units(THREE), 0.691), (ABSTRACTORS, 0.7973)],
    ids=["four observers", "three coders", "two abstractors"],
)
def test_alpha_is_what_is_published(ratings, printed):
    digits = len(str(printed)) - 2
    assert round(alpha(ratings).value, digits) == printed


def test_ac1_and_its_error_and_interval_are_what_is_published():
    found = ac1(units(FOUR))
    assert (round(found.value, 5), round(found.error, 5)) == (0.77544, 0.14295)
    assert (round(found.ci_low, 3), found.ci_high) == (0.461, 1.0)
    assert round(ac1(ABSTRACTORS).value, 7) == 0.8493305


def test_the_share_that_agrees_is_what_is_published():
    found = percent_agreement(units(FOUR))
    assert (round(found.value, 7), round(found.error, 5)) == (0.8181818, 0.12561)
    assert (round(found.ci_low, 3), found.ci_high) == (0.542, 1.0)
    assert percent_agreement(ABSTRACTORS).value == pytest.approx(0.89)


def test_nearly_all_alike_leaves_ac1_high_where_alpha_falls_to_nothing():
    skewed = {("pass", "pass"): 94, ("pass", "fail"): 3, ("fail", "pass"): 3}
    assert ac1(skewed).value > 0.9
    assert alpha(skewed).value < 0.0


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("measure", [ac1, alpha, percent_agreement])
def test_the_names_of_verdicts_and_the_order_of_people_and_calls_change_nothing(measure, seed):
    ratings, lots = drawn(seed), random.Random(seed)
    other = {"p": "zebra", "f": "ant", "n": "moth"}
    shuffled = [(tuple(lots.sample([other[v] for v in one], len(one))), times) for one, times in ratings.items()]
    lots.shuffle(shuffled)
    again = Counter()
    for one, times in shuffled:
        again[one] += times
    assert close(told(measure(ratings)), told(measure(again)))


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("measure", [ac1, alpha, percent_agreement])
def test_where_all_agree_every_coefficient_is_one_and_few_calls_leave_it_wide(measure, seed):
    lots = random.Random(seed)
    ratings = Counter((verdict,) * lots.randint(2, 4) for verdict in "pfn" for _ in range(2))
    found = measure(ratings)
    assert found.value == pytest.approx(1.0)
    assert found.ci_low < BOUND
    assert found.ci_high == pytest.approx(1.0)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("measure", [ac1, alpha])
def test_the_error_is_near_that_of_leaving_out_one_call_after_the_other(measure, seed):
    ratings = drawn(seed, calls=120)
    judged = {one: times for one, times in ratings.items() if len(one) > 1}
    values = []
    for one, times in judged.items():
        values += [measure({**judged, one: times - 1}).value] * times
    n, mean = len(values), sum(values) / len(values)
    jackknife = math.sqrt((n - 1) / n * sum((value - mean) ** 2 for value in values))
    assert measure(judged).error == pytest.approx(jackknife, rel=0.1)


def test_verdicts_that_are_all_the_same_say_nothing_of_alpha_but_something_of_ac1():
    same = {("pass", "pass"): 40}
    assert alpha(same).value is None
    assert ac1(same).value == 1.0
    assert ac1(same).standing == Standing.GOOD


def test_an_item_is_good_or_poor_only_where_the_whole_interval_and_enough_calls_say_so():
    good = {("pass", "pass"): 60, ("fail", "fail"): 20, ("pass", "fail"): 2}
    assert ac1(good).standing == Standing.GOOD
    assert ac1({("pass", "fail"): 30, ("pass", "pass"): 30}).standing == Standing.POOR
    assert ac1({("pass", "fail"): 5}).standing == Standing.TOO_FEW_TO_SAY
    assert ac1({("pass", "pass"): 9}).standing == Standing.TOO_FEW_TO_SAY
    assert ac1({("pass", "pass"): 10, ("pass", "fail"): 3}).standing == Standing.TOO_FEW_TO_SAY


@pytest.mark.parametrize("measure", [ac1, alpha, percent_agreement])
def test_without_a_call_that_two_judged_nothing_is_said(measure):
    for nothing in ({}, {("pass",): 5}, {(): 3}):
        assert measure(nothing).value is None
        assert measure(nothing).standing == Standing.TOO_FEW_TO_SAY


def test_prevalence_counts_calls_and_not_verdicts():
    share, low, high = prevalence({("pass", "pass"): 80, ("pass", "fail"): 20}, "pass")
    assert share == pytest.approx(0.9)
    # Twenty calls of a hundred in which half of the verdicts pass: the deviation of the calls is 0.2.
    assert high - low == pytest.approx(
        2 * student(99) * 0.2 / math.sqrt(99) * math.sqrt(99 / 100) * math.sqrt(100 / 99), rel=0.01
    )
    assert prevalence({("fail", "fail"): 9}, "pass")[0] == 0.0
    assert prevalence({}, "pass") is None


@pytest.mark.parametrize(
    ("freedom", "printed"), [(1, 12.706), (4, 2.776), (5, 2.571), (10, 2.228), (30, 2.042), (120, 1.980)]
)
def test_the_deviates_of_student_are_those_of_the_tables(freedom, printed):
    assert student(freedom) == pytest.approx(printed, abs=0.001)
