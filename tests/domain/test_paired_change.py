"""A change between two judgements of the same calls, against published intervals."""

import pytest

from app.domain.metrics import paired_change


@pytest.mark.parametrize(
    ("both", "gained", "lost", "neither", "change", "low", "high"),
    [
        # As Newcombe gives them for his method 10 (Statistics in Medicine 17, 1998, p. 2635-2650).
        (36, 12, 2, 0, 0.2, 0.0569, 0.3404),
        (18, 12, 2, 18, 0.2, 0.0562, 0.3290),
        (53, 0, 0, 1, 0.0, -0.0729, 0.0729),
    ],
)
def test_the_interval_is_the_published_one(
    both: int, gained: int, lost: int, neither: int, change: float, low: float, high: float
) -> None:
    found = paired_change(both, lost, gained, neither)
    assert (found.n, found.gained, found.lost) == (both + gained + lost + neither, gained, lost)
    assert (found.change, found.ci_low, found.ci_high) == (
        pytest.approx(change, abs=1e-9),
        pytest.approx(low, abs=1e-4),
        pytest.approx(high, abs=1e-4),
    )


def test_when_nothing_moves_the_interval_spans_nothing_and_narrows_with_more_calls() -> None:
    few, many = paired_change(8, 0, 0, 2), paired_change(8000, 0, 0, 2000)
    assert few.change == many.change == 0
    assert few.ci_low is not None and few.ci_high is not None and few.ci_low < 0 < few.ci_high
    # By hand: 8 of 10 are 0.4902-0.9433, which is 0.3098 below and 0.1433 above; phi is (16 - 5) / 16 = 0.6875; the
    # square root of 0.3098² - 2 · 0.6875 · 0.3098 · 0.1433 + 0.1433² is 0.2355.
    assert few.ci_high == pytest.approx(0.2355, abs=1e-4)
    assert many.ci_high is not None and many.ci_high < 0.001


def test_a_change_turned_round_has_its_interval_turned_round() -> None:
    up, down = paired_change(30, 3, 9, 18), paired_change(30, 9, 3, 18)
    assert up.change == pytest.approx(-(down.change or 0))
    assert (up.ci_low, up.ci_high) == (pytest.approx(-(down.ci_high or 0)), pytest.approx(-(down.ci_low or 0)))


@pytest.mark.parametrize(("lost", "gained"), [(0, 5), (5, 0), (1, 1)])
def test_the_interval_stays_within_what_can_be(lost: int, gained: int) -> None:
    found = paired_change(0, lost, gained, 0)
    assert found.ci_low is not None and found.ci_high is not None
    assert -1 <= found.ci_low <= found.ci_high <= 1


def test_without_calls_there_is_no_change() -> None:
    assert paired_change(0, 0, 0, 0).change is None


def test_counts_below_nothing_are_refused() -> None:
    with pytest.raises(ValueError):
        paired_change(1, -1, 0, 0)
