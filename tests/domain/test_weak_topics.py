"""An item is a topic for training when most of the agents of whom enough is known are surely weak at it."""

import pytest

from app.domain.metrics.interval import share
from app.domain.metrics.weak_topics import Skill, skill, topic


@pytest.mark.parametrize(
    ("fails", "calls", "told"),
    [
        # Wilson's 95 % interval: 3 of 5 is 23–88 %, 2 of 5 is 12–77 %, 1 of 60 is 0–9 %.
        (3, 5, Skill.WEAK),
        (2, 5, Skill.TOO_FEW_TO_SAY),
        (4, 4, Skill.TOO_FEW_TO_SAY),
        (0, 0, Skill.TOO_FEW_TO_SAY),
        (1, 60, Skill.FINE),
        (20, 100, Skill.TOO_FEW_TO_SAY),
    ],
)
def test_an_agent_is_weak_when_even_the_lower_end_is_above_the_limit(fails: int, calls: int, told: Skill) -> None:
    assert skill(share(fails, calls), 0.2) == told


def test_a_training_is_suggested_for_more_than_half_of_those_with_enough_calls() -> None:
    weak, fine, unknown = (6, 8), (1, 60), (2, 2)
    assert topic({1: weak, 2: weak, 3: fine, 4: unknown, 5: unknown}, 0.2).suggests_training
    # Exactly half is not most.
    assert not topic({1: weak, 2: weak, 3: fine, 4: fine}, 0.2).suggests_training


def test_one_weak_agent_alone_is_coached_not_trained() -> None:
    judged = topic({1: (6, 8), 2: (2, 2)}, 0.2)
    assert (judged.measured, len(judged.weak), judged.suggests_training) == (1, 1, False)
