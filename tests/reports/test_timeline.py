"""The picture of a call: everything in its place, nothing over its edge, pins that can be told apart."""

from itertools import pairwise

import pytest

from app.domain.transcript import Hold, Speaker, Turn
from app.reports.timeline import NARROW_PIN, WIDE_PIN, timeline
from app.reports.wording import clock, number


def test_pins_of_one_lane_never_touch():
    marks = [(moment, place, "pass") for place, moment in enumerate((0.0, 0.1, 3.0, 3.1, 3.2, 60.0, 99.9, 100.0))]
    picture = timeline(100.0, [], [], marks)
    for pins, width in ((picture.wide_pins, WIDE_PIN), (picture.narrow_pins, NARROW_PIN)):
        assert len(pins) == len(marks)
        for lane in {pin.lane for pin in pins}:
            places = sorted(pin.x for pin in pins if pin.lane == lane)
            assert all(right - left >= width - 0.01 for left, right in pairwise(places))


def test_nothing_stands_over_the_edge():
    turns = [Turn(speaker=Speaker.AGENT, start=-1.0, end=200.0, text="…")]
    picture = timeline(100.0, turns, [Hold(start=90.0, end=130.0)], [(150.0, 1, "fail")])
    for bar in (*picture.turns, *picture.holds):
        assert 0 <= bar.x <= bar.x + bar.width <= 100
    assert all(0 < pin.x < 100 for pin in picture.wide_pins)


@pytest.mark.parametrize("seconds", [5.0, 74.8, 600.0, 3600.0, 4 * 3600.0])
def test_the_ruler_has_few_enough_ticks_to_be_read(seconds):
    assert 1 <= len(timeline(seconds, [], [], []).ticks) <= 7 or seconds > 6 * 3600


@pytest.mark.parametrize(
    ("seconds", "shown"), [(0.0, "0:00"), (59.9, "1:00"), (61.0, "1:01"), (3725.0, "1:02:05"), (None, "–")]
)
def test_a_moment_is_shown_by_the_clock(seconds, shown):
    assert clock(seconds) == shown


def test_points_have_no_needless_digits():
    assert [number(one) for one in (88.5, 100.0, 0.0, None)] == ["88.5", "100", "0", "–"]
