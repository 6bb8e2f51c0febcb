"""The pass rate of a drawn sample: what it weighs, how sure it is, and what it says about calls out of scope."""

import pytest

from app.domain.metrics import Standing, StratumCounts, predicted_interval, share, stratified_rate


def counts(population: int, in_scope: int, passed: int, **more: int) -> StratumCounts:
    told = {"drawn": in_scope + more.get("set_aside", 0), **more}
    return StratumCounts(population=population, in_scope=in_scope, passed=passed, **told)


def test_each_stratum_weighs_as_many_calls_as_it_has():
    found = stratified_rate([counts(900, 10, 10), counts(100, 10, 0)])
    assert found.rate == pytest.approx(0.9)
    assert (found.n, found.count, found.population) == (20, 10, 1000)


def test_one_stratum_of_very_many_calls_is_as_sure_as_wilson_says():
    found, plain = stratified_rate([counts(10_000_000, 100, 90)]), share(90, 100)
    assert found.ci_low == pytest.approx(plain.ci_low, abs=0.003)
    assert found.ci_high == pytest.approx(plain.ci_high, abs=0.003)


def test_where_all_passed_the_interval_still_reaches_below_one():
    found, plain = stratified_rate([counts(100_000, 20, 20), counts(100_000, 20, 20)]), share(40, 40)
    assert found.ci_high == 1.0
    assert found.ci_low == pytest.approx(plain.ci_low, abs=0.01)


def test_where_every_call_was_judged_the_rate_is_known():
    found = stratified_rate([counts(10, 10, 9), counts(5, 5, 5)])
    assert (found.ci_low, found.rate, found.ci_high) == (found.rate, 14 / 15, found.rate)
    assert found.effective_n is None


def test_half_of_all_calls_make_a_surer_rate_than_the_same_number_of_very_many():
    half, few = stratified_rate([counts(200, 100, 90)]), stratified_rate([counts(1_000_000, 100, 90)])
    assert _width(half) < 0.8 * _width(few)


def test_strata_that_differ_make_a_narrower_interval_than_a_sample_drawn_from_all():
    apart = stratified_rate([counts(50_000, 100, 99), counts(50_000, 100, 60)])
    together = stratified_rate([counts(100_000, 200, 159)])
    assert _width(apart) < _width(together)


def test_two_failures_in_one_small_stratum_do_not_make_the_rate_certain():
    """Within each stratum all calls came out alike: the sample's own variance would be nothing at all."""
    found = stratified_rate([counts(100, 2, 0)] + [counts(100, 2, 2)] * 9)
    assert _width(found) > 0.2


def test_calls_out_of_scope_are_no_failures_and_make_their_stratum_weigh_less():
    # Half of the second stratum's calls are out of scope: it weighs 500 of 1,500.
    found = stratified_rate([counts(1000, 10, 10), counts(1000, 10, 4, set_aside=10)])
    assert found.in_scope == pytest.approx(1500)
    assert found.rate == pytest.approx((1000 * 1.0 + 500 * 0.4) / 1500)
    assert (found.n, found.set_aside) == (20, 10)


def test_calls_that_wait_leave_a_target_open_until_they_cannot_turn_it():
    waiting = stratified_rate([counts(10_000, 90, 90, drawn=100)])
    assert waiting.waiting == 10
    assert waiting.verdict_against(0.9) == Standing.TOO_FEW_TO_SAY
    assert waiting.verdict_against(0.5) == Standing.MET
    assert stratified_rate([counts(10_000, 100, 100)]).verdict_against(0.9) == Standing.MET


def test_a_stratum_of_which_nothing_is_known_yet_still_weighs():
    found = stratified_rate([counts(1000, 50, 45), counts(500, 0, 0, drawn=25)])
    assert found.population == 1500
    assert found.in_scope == pytest.approx(1500)
    assert found.rate == pytest.approx(0.9)


def test_nothing_judged_is_no_rate():
    for found in (stratified_rate([]), stratified_rate([counts(100, 0, 0, drawn=5)])):
        assert (found.rate, found.ci_low, found.ci_high) == (None, None, None)
        assert found.verdict_against(0.9) == Standing.TOO_FEW_TO_SAY


def test_the_width_told_before_drawing_is_about_that_of_the_interval_afterwards():
    low, high = predicted_interval([(5000, 50)] * 4, 0.9) or (0.0, 0.0)
    after = stratified_rate([counts(5000, 50, 45)] * 4)
    assert high - low == pytest.approx(_width(after), rel=0.05)
    assert predicted_interval([], 0.9) is None
    assert predicted_interval([(30, 30)], 0.9) == (0.9, 0.9)


def _width(found) -> float:
    return found.ci_high - found.ci_low
