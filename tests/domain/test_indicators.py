"""Every indicator: its formula by a worked example, its words in three languages, its targets as the field knows them."""

import math
from typing import Any

import pytest

from app.domain.metrics import INDICATORS, Indicator, KnownTarget, Rate, Standing, Text, moments
from app.domain.metrics.indicator import SOURCES, Basis
from app.domain.metrics.run_chart import Signal, run_chart

# In the order of the table that the product is built by.
IDS = """
connect_rate service_level average_handle_time average_talk_time after_call_work rings queue_time
average_speed_of_answer abandonment occupancy first_contact_resolution csat nps attendance work_efficiency
average_working_time outbound_calls cost_per_call outbound_successes outbound_efficiency knowledge_exam
monitoring_pass_rate attitude_complaint_rate idle_time utilisation resolution_ratio repeat_contact_rate transfer_rate
total_calls total_complaints performance_score
""".split()

# Sums, and the value and n that they make; days of agents one by one where the indicator is a ratio of these.
WORKED: dict[str, tuple[Any, float, int]] = {
    "connect_rate": ({"inbound": 100, "inbound_answered": 83}, 0.83, 100),
    "service_level": ({"inbound": 120, "queued": 100, "answered_in_time": 78}, 0.78, 100),
    "average_handle_time": ({"handle_known": 4, "handle_seconds": 1000, "handle_squares": 270_000}, 250, 4),
    "average_talk_time": (
        {"talk_known": 4, "talk_seconds": 700, "hold_seconds": 100, "talk_time_squares": 170_000},
        200,
        4,
    ),
    "after_call_work": ({"after_call_known": 4, "after_call_seconds": 200, "after_call_squares": 10_800}, 50, 4),
    "rings": ({"rung": 10, "rings": 24, "ring_squares": 70}, 2.4, 10),
    "queue_time": ({"queued": 10, "queue_seconds": 180, "queue_squares": 4000}, 18, 10),
    "average_speed_of_answer": (
        [{"answered_queued": 8, "answered_queue_seconds": 80}, {"answered_queued": 2, "answered_queue_seconds": 70}],
        15,
        10,
    ),
    # Of 100 callers 4 hung up at once; of the other 96, 6 did later.
    "abandonment": ({"inbound": 100, "abandoned": 10, "short_abandons": 4}, 6 / 96, 96),
    "occupancy": (
        [
            {"handle_of_logged_in": 20_000, "logged_in_seconds": 25_000},
            {"handle_of_logged_in": 10_000, "logged_in_seconds": 15_000},
            # Nobody knows how long this one was logged in.
            {"handle_of_logged_in": 0, "logged_in_seconds": 0},
        ],
        0.75,
        2,
    ),
    "first_contact_resolution": ({"first_known": 20, "solved_first": 15, "outcome_known": 30}, 0.75, 20),
    "csat": ({"rated": 50, "satisfied": 45}, 0.9, 50),
    "nps": ({"nps_rated": 10, "promoters": 6, "detractors": 2}, 40, 10),
    "attendance": ({"attendance_known": 20, "present_of_scheduled": 19, "days_scheduled": 22}, 0.95, 20),
    "work_efficiency": (
        [
            {"logged_in_of_scheduled": 27_000, "scheduled_of_logged_in": 28_800},
            {"logged_in_of_scheduled": 24_840, "scheduled_of_logged_in": 28_800},
        ],
        0.9,
        2,
    ),
    "average_working_time": (
        [
            {"working_known": 1, "within_hours_of_busy": 28_000, "busy_of_within_hours": 4_000},
            {"working_known": 1, "within_hours_of_busy": 20_000, "busy_of_within_hours": 0},
            {"working_known": 0, "within_hours_seconds": 9_999},
        ],
        22_000,
        2,
    ),
    "outbound_calls": ([{"outbound": 150}, {"outbound": 210}, {"outbound": 0}], 180, 2),
    "cost_per_call": ({"cost": 50_000.0, "cost_handled": 10_000}, 5, 10_000),
    "outbound_successes": (
        [
            {"success_known": 20, "outbound_successes": 3},
            {"success_known": 5, "outbound_successes": 0},
            {"success_known": 0},
        ],
        1.5,
        2,
    ),
    "outbound_efficiency": (
        [
            {"outbound_busy_of_logged_in": 21_000, "logged_in_of_outbound_busy": 28_000},
            {"outbound_busy_of_logged_in": 19_000, "logged_in_of_outbound_busy": 22_000},
        ],
        0.8,
        2,
    ),
    "knowledge_exam": ({"exams": 3, "exam_points": 255.0, "exam_squares": 21_725.0}, 85, 3),
    "monitoring_pass_rate": ({"n": 100, "passed": 90, "uncertain": 2}, 0.9, 100),
    "attitude_complaint_rate": ({"attitude_upheld": 2, "calls_handled": 8000}, 0.25, 8000),
    "idle_time": ([{"idle_known": 1, "idle_seconds": 3000}, {"idle_known": 1, "idle_seconds": 5000}], 4000, 2),
    "utilisation": (
        [{"handle_of_paid": 14_400, "paid_seconds": 28_800}, {"handle_of_paid": 1, "paid_seconds": 0}],
        0.5,
        1,
    ),
    "resolution_ratio": ({"outcome_known": 40, "solved": 29}, 0.725, 40),
    "repeat_contact_rate": ({"customer_known": 80, "repeats": 12}, 0.15, 80),
    "transfer_rate": ({"transfer_known": 90, "transferred": 9}, 0.1, 90),
    "total_calls": ({"contacts": 12_345}, 12_345, 12_345),
    "total_complaints": ({"complaints": 7}, 7, 7),
    "performance_score": ({"scores": 2, "score_points": 170.0, "score_squares": 14_500.0}, 85, 2),
}


def told(one: Indicator, facts: Any) -> Rate | None:
    """An indicator of sums, or of the days of agents."""
    if one.of_a_day is None:
        return one.measure(facts)
    days = [one.of_a_day(day) for day in facts]
    return one.measure(moments(day for day in days if day is not None))


def test_the_registry_is_the_table_in_its_order() -> None:
    assert list(INDICATORS) == IDS
    assert all(INDICATORS[name].id == name for name in IDS)


@pytest.mark.parametrize("name", IDS)
def test_an_indicator_is_what_its_formula_says(name: str) -> None:
    facts, value, n = WORKED[name]
    found = told(INDICATORS[name], facts)
    assert found is not None
    assert found.rate == pytest.approx(value, rel=1e-12)
    assert found.n == n
    assert found.more_is_better == INDICATORS[name].more_is_better


@pytest.mark.parametrize("name", IDS)
def test_without_data_an_indicator_says_nothing_and_never_nought(name: str) -> None:
    one = INDICATORS[name]
    assert told(one, [] if one.of_a_day else {}) is None
    nothing = dict.fromkeys(one.sums, 0)
    if name == "total_complaints":
        # A register that is kept and has nothing in it says just that.
        assert one.measure(nothing).rate == 0  # type: ignore[union-attr]
    else:
        assert told(one, [nothing] if one.of_a_day else nothing) is None


@pytest.mark.parametrize("name", IDS)
def test_a_value_lies_in_its_interval(name: str) -> None:
    found = told(INDICATORS[name], WORKED[name][0])
    assert found is not None and found.rate is not None
    if found.ci_low is not None and found.ci_high is not None:
        assert found.ci_low <= found.rate <= found.ci_high
    else:
        # Cost and calls are whole; of one day nobody knows how another would be.
        assert found.ci_method == "none" or found.n == 1


@pytest.mark.parametrize("name", IDS)
def test_an_indicator_has_its_words_in_three_languages(name: str) -> None:
    one = INDICATORS[name]
    for text in (one.name, one.definition, SOURCES[one.basis]):
        assert all(words.strip() for words in (text.en, text.zh, text.ja))
        assert len({text.en, text.zh, text.ja}) >= 2
        assert text.en.isascii() or set(text.en) <= set("÷×−–") | {chr(code) for code in range(128)}
        assert not text.zh.isascii() and not text.ja.isascii()


def test_no_two_indicators_have_the_same_name() -> None:
    for language in ("en", "zh", "ja"):
        names = [getattr(one.name, language) for one in INDICATORS.values()]
        assert len(set(names)) == len(names)


def test_every_basis_says_what_to_bring_in() -> None:
    assert set(SOURCES) == set(Basis)
    assert all(isinstance(text, Text) for text in SOURCES.values())


# As the table has it: value, kind, direction, and whether sources agree.
KNOWN = {
    "connect_rate": {
        (0.80, "industry", "inbound", True),
        (0.60, "industry", "outbound", True),
        (0.85, "suggested", "inbound", True),
        (0.65, "suggested", "outbound", True),
    },
    "service_level": {(0.80, "industry", None, True), (0.95, "suggested", None, True)},
    "average_handle_time": {(330, "industry", None, True), (180, "suggested", None, True)},
    "rings": {(3, "industry", None, True), (2, "suggested", None, True)},
    "queue_time": {(20, "industry", None, True), (15, "suggested", None, True)},
    "abandonment": {(0.08, "industry", None, True)},
    "occupancy": {(0.90, "industry", None, False), (0.80, "suggested", None, False)},
    "first_contact_resolution": {
        (0.85, "industry", None, False),
        (0.70, "industry", None, False),
        (0.85, "suggested", None, False),
    },
    "csat": {(1.0, "suggested", None, False)},
    "attendance": {(0.90, "suggested", None, False)},
    "outbound_calls": {(150, "suggested", None, True)},
    "outbound_efficiency": {(0.70, "industry", None, False), (0.80, "suggested", None, False)},
    "knowledge_exam": {(80, "suggested", None, True)},
    "monitoring_pass_rate": {(0.90, "industry", None, False), (0.99, "suggested", None, False)},
    "attitude_complaint_rate": {(5, "industry", None, False), (3, "suggested", None, False)},
    "resolution_ratio": {(0.70, "industry", None, True)},
}


@pytest.mark.parametrize("name", IDS)
def test_what_the_field_knows_is_told_apart_from_what_it_only_says(name: str) -> None:
    def shape(target: KnownTarget) -> tuple[float, str, str | None, bool]:
        return (target.value, target.kind, target.direction, target.sure)

    assert {shape(one) for one in INDICATORS[name].targets} == KNOWN.get(name, set())


def test_a_value_whose_unit_is_lost_says_so() -> None:
    lost = {one.id for one in INDICATORS.values() if any(not target.unit_known for target in one.targets)}
    assert lost == {"attitude_complaint_rate"}


def test_a_range_is_told_with_the_end_that_is_to_be_kept() -> None:
    for one in INDICATORS.values():
        for target in one.targets:
            if target.span is not None:
                assert target.span[0] < target.span[1]
                assert target.value == target.span[0 if one.more_is_better else 1]


def test_handle_time_is_talk_time_and_after_call_work() -> None:
    talk, after = INDICATORS["average_talk_time"], INDICATORS["after_call_work"]
    both = [told(one, WORKED[one.id][0]) for one in (talk, after)]
    whole = told(INDICATORS["average_handle_time"], WORKED["average_handle_time"][0])
    assert whole is not None and whole.rate == sum(one.rate or math.nan for one in both if one)


def test_less_is_better_where_the_indicator_says_so() -> None:
    short, long = ({"queued": 100, "queue_seconds": s * 100, "queue_squares": s * s * 100 + 900} for s in (10, 30))
    standings = []
    for sums in (short, long):
        found = INDICATORS["queue_time"].measure(sums)
        standings.append(found.verdict_against(20) if found else None)
    assert standings == [Standing.MET, Standing.NOT_MET]


def test_where_neither_is_better_only_a_target_with_a_direction_can_be_met() -> None:
    found = INDICATORS["rings"].measure({"rung": 1000, "rings": 2000, "ring_squares": 4500})
    assert found is not None
    assert found.verdict_against(3) == Standing.TOO_FEW_TO_SAY
    assert found.verdict_against(3, more_is_better=False) == Standing.MET


def test_six_points_on_one_side_of_the_old_median_are_a_shift() -> None:
    before = [10.0, 12.0] * 5
    assert run_chart([12, 13, 12, 14, 15, 12], before).signal == Signal.SHIFT_UP
    assert run_chart([9, 8, 9, 8, 9, 8], before).signal == Signal.SHIFT_DOWN
    assert run_chart([12, 13, 12, 14, 15, 10], before).signal == Signal.NO_SIGNAL


def test_a_point_on_the_median_neither_makes_nor_breaks_a_run() -> None:
    before = [10.0] * 5 + [12.0] * 5
    assert run_chart([12, 13, 12, 11, 14, 15, 12], before).longest == 6
    assert run_chart([12, 11, 11, 11, 11, 11, 12], before).longest == 2


def test_of_a_short_past_or_of_few_points_nothing_is_said() -> None:
    assert run_chart([12] * 6, [10.0] * 9).signal == Signal.TOO_FEW_TO_SAY
    assert run_chart([12] * 5, [10.0] * 10).signal == Signal.TOO_FEW_TO_SAY
    alone = run_chart([1, 2, 3], [])
    assert (alone.median, alone.longest, alone.signal) == (None, 0, Signal.TOO_FEW_TO_SAY)
