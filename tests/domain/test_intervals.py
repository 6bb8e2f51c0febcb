"""Every interval is held against scipy, statsmodels, or what was published, to a billionth."""

import math
import random

import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from app.domain.metrics import (
    DoublyJudged,
    StratumCounts,
    complaint_rate,
    machine_rate,
    mean,
    moments,
    net_score,
    pass_rate,
    plain_count,
    ratio,
    share,
    stratified_rate,
)
from app.domain.metrics.interval import student, wilson
from app.domain.metrics.stratified_rate import PRIOR_CALLS

EXACT = 1e-9
Z = float(stats.norm.ppf(0.975))


@pytest.mark.parametrize("n", [1, 2, 5, 30, 100, 8123, 10_000_000])
def test_the_interval_of_a_share_is_that_of_statsmodels(n: int) -> None:
    for count in {0, 1, n // 3, n // 2, n - 1, n} - {-1}:
        low, high = proportion_confint(count, n, method="wilson")
        found = share(count, n)
        assert found.ci_low == pytest.approx(low, rel=EXACT, abs=EXACT)
        assert found.ci_high == pytest.approx(high, rel=EXACT, abs=EXACT)


@pytest.mark.parametrize("count", [*range(60), 100, 999, 9_999, 10_000, 10_001, 123_456, 10_000_000])
def test_the_interval_of_a_count_is_that_of_scipys_chi_square(count: int) -> None:
    found = plain_count(count)
    low = stats.chi2.ppf(0.025, 2 * count) / 2 if count else 0.0
    assert found.ci_low == pytest.approx(low, rel=EXACT)
    assert found.ci_high == pytest.approx(stats.chi2.ppf(0.975, 2 * count + 2) / 2, rel=EXACT)
    of_calls = complaint_rate(count, 250_000)
    assert of_calls.ci_low == pytest.approx(low / 250, rel=EXACT)


@pytest.mark.parametrize("freedom", [*range(1, 40), 99, 100, 299, 300, 301, 302, 1000, 1_000_000])
def test_students_deviate_is_that_of_scipy(freedom: int) -> None:
    assert student(freedom) == pytest.approx(stats.t.ppf(0.975, freedom), rel=EXACT)


def test_of_no_degree_of_freedom_there_is_no_deviate() -> None:
    with pytest.raises(ValueError):
        student(0)


@pytest.mark.parametrize("n", [2, 3, 12, 500])
def test_the_interval_of_a_mean_is_that_of_scipy(n: int) -> None:
    drawn = random.Random(n)
    values = [drawn.randint(30, 900) for _ in range(n)]
    found = mean(n, sum(values), sum(value * value for value in values))
    low, high = stats.t.interval(0.95, n - 1, loc=sum(values) / n, scale=stats.sem(values))
    assert found.rate == pytest.approx(sum(values) / n, rel=EXACT)
    assert found.ci_low == pytest.approx(max(0, low), rel=EXACT, abs=EXACT)
    assert found.ci_high == pytest.approx(high, rel=EXACT)
    assert (found.n, found.total) == (n, sum(values))


def test_of_one_value_or_of_values_all_alike_nobody_says_how_far_others_lie() -> None:
    for found in (mean(1, 80, 6400), mean(3, 240, 19200)):
        assert (found.rate, found.ci_low, found.ci_high) == (80, None, None)
        assert found.verdict_against(80, True) == "too_few_to_say"
    assert mean(0, 0, 0).rate is None
    with pytest.raises(ValueError):
        mean(-1, 0, 0)


def test_a_mean_of_very_many_long_calls_stays_exact() -> None:
    """Sums of squares near 10¹⁸: in floating point the difference that the variance is would be lost."""
    n, value = 10_000_000, 300_000
    found = mean(n, n * value + n // 2, n * value**2 + n // 2 * (2 * value + 1))
    expected = 1.959964 * 0.5 / math.sqrt(n)
    assert found.ci_high is not None and found.rate is not None
    assert found.ci_high - found.rate == pytest.approx(expected, rel=1e-3)


def test_the_interval_of_a_ratio_is_that_of_its_linearised_residuals() -> None:
    drawn = random.Random(7)
    days = [(drawn.randint(1_000, 20_000), drawn.randint(20_000, 30_000)) for _ in range(40)]
    found = ratio(moments(days))
    assert found is not None
    rate = sum(y for y, _ in days) / sum(x for _, x in days)
    residuals = [y - rate * x for y, x in days]
    # The residuals add up to nought, so that their standard deviation is that around nought.
    error = stats.tstd(residuals) * math.sqrt(len(days)) / sum(x for _, x in days)
    reach = stats.t.ppf(0.975, len(days) - 1) * error
    assert found.rate == pytest.approx(rate, rel=EXACT)
    assert found.ci_low == pytest.approx(rate - reach, rel=EXACT)
    assert found.ci_high == pytest.approx(rate + reach, rel=EXACT)
    assert found.n == 40


def test_a_ratio_of_ones_is_the_mean_with_students_interval() -> None:
    values = [150, 180, 140, 210, 95]
    found, plain = ratio(moments((value, 1) for value in values)), mean(5, 775, sum(v * v for v in values))
    assert found is not None
    assert (found.rate, found.n) == (plain.rate, plain.n)
    assert found.ci_low == pytest.approx(plain.ci_low, rel=EXACT)


def test_a_ratio_without_a_denominator_or_without_scatter() -> None:
    assert ratio(moments([])) is None
    assert ratio(moments([(0, 0)])) is None
    alike = ratio(moments([(50, 100), (25, 50)]))
    assert alike is not None and (alike.rate, alike.ci_low, alike.ci_high) == (0.5, None, None)


def test_the_net_score_has_the_published_adjusted_wald_interval() -> None:
    # J. Lewis and J. Sauro, NPS confidence intervals (measuringu.com, 2020): the method with 3, ¾ and ¾ added.
    promoters, detractors, n = 26, 8, 36
    everyone = n + 3
    up, down = (promoters + 0.75) / everyone, (detractors + 0.75) / everyone
    error = math.sqrt((up + down - (up - down) ** 2) / everyone)
    found = net_score(promoters, detractors, n)
    assert found.rate == pytest.approx(50)
    assert found.ci_low == pytest.approx(100 * (up - down - Z * error), rel=EXACT)
    assert found.ci_high == pytest.approx(100 * (up - down + Z * error), rel=EXACT)


def test_where_all_would_recommend_the_net_score_is_still_not_certain() -> None:
    found = net_score(5, 0, 5)
    assert found.rate == found.ci_high == 100
    assert found.ci_low is not None and found.ci_low < 80
    assert net_score(0, 0, 0).rate is None
    with pytest.raises(ValueError):
        net_score(3, 3, 5)


# The first example of Lang and Reiczigel 2014: 4060 of 11284 positive, sensitivity 178/179, specificity 358/359.
def test_the_machines_rate_has_the_published_interval() -> None:
    found = machine_rate(4060, 11284, DoublyJudged(passed=179, passed_by_both=178, failed=359, failed_by_both=358))
    assert found.ci_low == pytest.approx(0.349, abs=6e-4)
    assert found.ci_high == pytest.approx(0.372, abs=6e-4)
    assert found.ci_method == "lang_reiczigel95"


@pytest.mark.parametrize(
    ("count", "n", "judged"),
    [(900, 1000, (100, 95, 50, 45)), (10, 400, (30, 21, 300, 270)), (7999, 8123, (60, 60, 40, 38))],
)
def test_the_machines_rate_is_that_of_rogan_and_gladen(count: int, n: int, judged: tuple[int, ...]) -> None:
    """Both formulas, written out once more with fractions of their own."""
    passed, both, failed, both_failed = judged
    sensitivity, specificity, apparent = both / passed, both_failed / failed, count / n
    found = machine_rate(
        count, n, DoublyJudged(passed=passed, passed_by_both=both, failed=failed, failed_by_both=both_failed)
    )
    expected = (apparent + specificity - 1) / (sensitivity + specificity - 1)
    assert found.rate == pytest.approx(min(1, max(0, expected)), rel=EXACT)
    se, sp, ap = (both + 1) / (passed + 2), (both_failed + 1) / (failed + 2), (count + Z * Z / 2) / (n + Z * Z)
    rate = (ap + sp - 1) / (se + sp - 1)
    parts = (
        ap * (1 - ap) / (n + Z * Z),
        rate**2 * se * (1 - se) / (passed + 2),
        (1 - rate) ** 2 * sp * (1 - sp) / (failed + 2),
    )
    reach = Z * math.sqrt(sum(parts)) / (se + sp - 1)
    shift = 2 * Z * Z * (rate * se * (1 - se) / (passed + 2) - (1 - rate) * sp * (1 - sp) / (failed + 2))
    assert found.ci_low == pytest.approx(min(1, max(0, rate + shift - reach)), rel=EXACT, abs=EXACT)
    assert found.ci_high == pytest.approx(max(0, min(1, rate + shift + reach)), rel=EXACT, abs=EXACT)


def test_a_machine_no_better_than_chance_or_never_checked_says_nothing() -> None:
    for judged in (
        DoublyJudged(passed=0, passed_by_both=0, failed=9, failed_by_both=9),
        DoublyJudged(passed=9, passed_by_both=9, failed=0, failed_by_both=0),
        DoublyJudged(passed=10, passed_by_both=5, failed=10, failed_by_both=5),
    ):
        found = machine_rate(900, 1000, judged)
        assert (found.rate, found.ci_low, found.ci_high) == (None, None, None)
        assert found.count / found.n == 0.9
        assert found.verdict_against(0.5) == "too_few_to_say"


def test_the_corrected_rate_is_less_sure_than_the_machines_own_and_open_calls_keep_a_target_open() -> None:
    judged = DoublyJudged(passed=80, passed_by_both=76, failed=20, failed_by_both=17)
    found = machine_rate(9000, 10_000, judged)
    assert found.ci_low is not None and found.ci_high is not None
    low, high = wilson(found.count, found.n)
    assert found.ci_high - found.ci_low > 3 * (high - low)
    still_open = machine_rate(9000, 10_000, judged, undecided=5000)
    assert still_open.ci_low == found.ci_low
    assert still_open.at_least is not None and still_open.at_least < found.ci_low


def test_a_stratified_rate_is_cochrans_with_the_finite_population_correction() -> None:
    """Every call in scope and judged: the effective size is that of Cochran's variance, prior calls and all."""
    strata = [(8000, 100, 90), (2000, 50, 20), (150, 50, 41)]
    found = stratified_rate([StratumCounts(population=calls, drawn=n, in_scope=n, passed=y) for calls, n, y in strata])
    everyone = sum(calls for calls, _, _ in strata)
    rate = sum(calls * y / n for calls, n, y in strata) / everyone
    assert found.rate == pytest.approx(rate, rel=EXACT)
    variance = 0.0
    for calls, n, y in strata:
        p = (y + PRIOR_CALLS * rate) / (n + PRIOR_CALLS)
        among = p * (1 - rate) ** 2 + (1 - p) * rate**2 - (p - rate) ** 2
        variance += (calls / everyone) ** 2 * (1 - n / calls) * among / (1 - n / (n + PRIOR_CALLS) ** 2) / n
    effective = rate * (1 - rate) / variance
    assert found.effective_n == pytest.approx(effective, rel=EXACT)
    low, high = proportion_confint(rate * effective, effective, method="wilson")
    assert found.ci_low == pytest.approx(low, rel=EXACT)
    assert found.ci_high == pytest.approx(high, rel=EXACT)


def test_many_calls_of_one_stratum_come_to_the_plain_interval() -> None:
    n, passed = 200_000, 180_000
    found = stratified_rate([StratumCounts(population=10**12, drawn=n, in_scope=n, passed=passed)])
    plain = pass_rate(passed, n)
    assert found.ci_low == pytest.approx(plain.ci_low, abs=1e-6)
