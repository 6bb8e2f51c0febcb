"""Rates never come without what they are made of: counts, interval, and what may be said about a target."""

import math
from collections.abc import Callable

import pytest
from pydantic import ValidationError

from app.domain.metrics import Rate, Standing, complaint_rate, pass_rate, share

# Each takes what was counted and of how many.
Metric = Callable[[int, int], Rate]
RATES: tuple[Metric, ...] = (pass_rate, complaint_rate, share)


@pytest.mark.parametrize(
    ("passed", "n", "low", "high"),
    [(5, 5, 0.566, 1.000), (27, 30, 0.744, 0.965), (90, 100, 0.826, 0.945), (0, 5, 0.000, 0.434)],
)
def test_a_pass_rate_has_the_interval_that_wilson_gives(passed: int, n: int, low: float, high: float) -> None:
    rate = pass_rate(passed, n)
    assert rate.rate == passed / n
    assert (rate.ci_low, rate.ci_high) == (pytest.approx(low, abs=5e-4), pytest.approx(high, abs=5e-4))
    assert rate.ci_method == "wilson95"


def test_to_say_that_95_percent_is_met_takes_73_passes_in_a_row() -> None:
    assert pass_rate(72, 72).verdict_against(0.95) == Standing.TOO_FEW_TO_SAY
    assert pass_rate(73, 73).verdict_against(0.95) == Standing.MET


def test_a_target_above_the_interval_is_not_met() -> None:
    assert pass_rate(90, 100).verdict_against(0.95) == Standing.NOT_MET
    assert pass_rate(27, 30).verdict_against(0.95) == Standing.TOO_FEW_TO_SAY
    assert pass_rate(90, 100).verdict_against(0.80) == Standing.MET


# Garwood's interval of the mean for a count, as printed in tables of it.
@pytest.mark.parametrize(
    ("count", "low", "high"),
    [
        (0, 0.0000, 3.6889),
        (1, 0.0253, 5.5716),
        (2, 0.2422, 7.2247),
        (5, 1.6235, 11.6683),
        (10, 4.7954, 18.3904),
        (30, 20.2409, 42.8269),
    ],
)
def test_complaints_have_the_exact_poisson_interval(count: int, low: float, high: float) -> None:
    rate = complaint_rate(count, 1000)
    assert (rate.rate, rate.ci_method) == (count, "poisson_exact95")
    assert rate.ci_low == pytest.approx(low, abs=1e-4)
    assert rate.ci_high == pytest.approx(high, abs=1e-4)


@pytest.mark.parametrize("count", [1, 7, 42, 100, 140])
def test_beyond_the_ends_of_the_poisson_interval_lie_2_5_percent_on_each_side(count: int) -> None:
    rate = complaint_rate(count, 1000)
    assert rate.ci_low is not None and rate.ci_high is not None
    assert 1 - poisson_cdf(count - 1, rate.ci_low) == pytest.approx(0.025, abs=1e-8)
    assert poisson_cdf(count, rate.ci_high) == pytest.approx(0.025, abs=1e-8)


def poisson_cdf(count: int, mean: float) -> float:
    """The chance of at most `count` when `mean` are expected, summed up term by term."""
    return math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1))


def test_complaints_are_counted_per_1000_calls() -> None:
    rate = complaint_rate(2, 8123)
    assert rate.rate == pytest.approx(0.2462, abs=1e-4)
    assert rate.ci_low is not None and rate.ci_high is not None and rate.ci_low < 0.2462 < rate.ci_high


def test_a_million_complaints_still_have_an_interval_of_the_right_width() -> None:
    rate = complaint_rate(1_000_000, 1_000_000)
    assert rate.ci_low == pytest.approx(1000 - 1.96, abs=0.01)
    assert rate.ci_high == pytest.approx(1000 + 1.96, abs=0.01)


def test_fewer_complaints_are_better() -> None:
    assert complaint_rate(2, 10_000).verdict_against(3) == Standing.MET
    assert complaint_rate(100, 10_000).verdict_against(3) == Standing.NOT_MET
    assert complaint_rate(3, 1_000).verdict_against(3) == Standing.TOO_FEW_TO_SAY


@pytest.mark.parametrize("metric", RATES)
def test_of_nothing_there_is_no_rate(metric: Metric) -> None:
    rate = metric(0, 0)
    assert (rate.n, rate.rate, rate.ci_low, rate.ci_high) == (0, None, None, None)
    assert rate.verdict_against(0.5) == Standing.TOO_FEW_TO_SAY


@pytest.mark.parametrize("metric", RATES)
@pytest.mark.parametrize("count", range(0, 60, 7))
def test_a_rate_lies_in_its_interval(metric: Metric, count: int) -> None:
    rate = metric(count, 60)
    assert rate.ci_low is not None and rate.rate is not None and rate.ci_high is not None
    assert 0 <= rate.ci_low <= rate.rate <= rate.ci_high


def test_counts_that_cannot_be_are_refused() -> None:
    for count, n in [(3, 2), (-1, 2), (0, -1)]:
        with pytest.raises(ValueError):
            pass_rate(count, n)
    with pytest.raises(ValueError):
        complaint_rate(-1, 5)


def test_a_rate_cannot_be_changed() -> None:
    with pytest.raises(ValidationError):
        pass_rate(1, 2).rate = 1.0  # type: ignore[misc]


def test_calls_left_undecided_keep_a_target_open_as_long_as_they_could_turn_it() -> None:
    assert pass_rate(0, 40).verdict_against(0.5) == Standing.NOT_MET
    assert pass_rate(0, 40, undecided=60).verdict_against(0.5) == Standing.TOO_FEW_TO_SAY
    assert pass_rate(0, 40, undecided=4).verdict_against(0.5) == Standing.NOT_MET
    assert pass_rate(99, 100, undecided=100).verdict_against(0.8) == Standing.TOO_FEW_TO_SAY
    assert pass_rate(99, 100, undecided=100).ci_low == pass_rate(99, 100).ci_low
