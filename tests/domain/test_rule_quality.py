"""A rule is held against what people decided, and against the gate that it must pass."""

import pytest

from app.domain.evidence import Verdict
from app.domain.metrics import Gate, GateStanding, rule_quality

PASS, FAIL, NOT_APPLICABLE, UNCERTAIN = Verdict.PASS, Verdict.FAIL, Verdict.NOT_APPLICABLE, Verdict.UNCERTAIN
GATE = Gate(precision=0.9, recall=0.8, n=30)


def test_fails_that_people_share_are_right_and_fails_it_did_not_see_are_missed() -> None:
    # The machine fails 50 calls, 40 of them rightly; people fail 40 + 5 + 3 of those that it decided.
    found = rule_quality(
        {
            (FAIL, FAIL): 40,
            (FAIL, PASS): 8,
            (FAIL, NOT_APPLICABLE): 2,
            (PASS, PASS): 100,
            (PASS, FAIL): 5,
            (NOT_APPLICABLE, NOT_APPLICABLE): 20,
            (NOT_APPLICABLE, FAIL): 3,
            (UNCERTAIN, FAIL): 12,
            (UNCERTAIN, PASS): 10,
        }
    )
    assert (found.precision.count, found.precision.n) == (40, 50)
    assert (found.recall.count, found.recall.n) == (40, 48)
    assert (found.accuracy.count, found.accuracy.n) == (160, 178)
    assert (found.decided.count, found.decided.n) == (178, 200)
    # Wilson's interval of 40 of 50, by hand: (0.8 + 0.038415 -+ 0.114...) / 1.076829.
    assert (found.precision.ci_low, found.precision.ci_high) == (
        pytest.approx(0.6696, abs=1e-4),
        pytest.approx(0.8876, abs=1e-4),
    )


def test_where_it_cannot_tell_a_rule_is_neither_right_nor_wrong() -> None:
    found = rule_quality({(UNCERTAIN, FAIL): 7, (Verdict.UNSCORED, PASS): 3})
    assert (found.precision.rate, found.recall.rate, found.accuracy.rate) == (None, None, None)
    assert (found.decided.count, found.decided.n) == (0, 10)


@pytest.mark.parametrize(
    ("right", "wrong", "missed", "standing"),
    [
        (27, 3, 3, GateStanding.PASSED),  # 27 of 30 are nine of ten, and 27 of 30 found
        (26, 4, 4, GateStanding.BELOW),  # 26 of 30 are less, over enough calls
        (40, 0, 11, GateStanding.BELOW),  # every fail is right, but 40 of 51 found are less than four of five
        (29, 0, 0, GateStanding.TOO_FEW_TO_SAY),  # never wrong, but one call is wanting
        (9, 3, 0, GateStanding.TOO_FEW_TO_SAY),  # 9 of 12: nobody knows, the interval reaches 0.911
        (6, 4, 0, GateStanding.BELOW),  # 6 of 10: few, but the interval ends at 0.832
        (0, 9, 0, GateStanding.TOO_FEW_TO_SAY),  # fewer than ten say nothing
        (0, 0, 0, GateStanding.TOO_FEW_TO_SAY),
    ],
)
def test_a_gate_is_passed_by_shares_over_enough_calls(
    right: int, wrong: int, missed: int, standing: GateStanding
) -> None:
    quality = rule_quality({(FAIL, FAIL): right, (FAIL, PASS): wrong, (PASS, FAIL): missed, (PASS, PASS): 50})
    assert GATE.standing(quality) == standing
