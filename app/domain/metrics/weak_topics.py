"""Which items a whole team is weak at: on such a one a training helps more than a note to each.

An agent is weak at an item where the share of their reviewed calls that failed it lies above a limit even at the lower
end of its 95 % interval (E. B. Wilson, JASA 22, 1927, p. 209-212).
"""

from collections.abc import Mapping
from enum import StrEnum

from app.domain.metrics.interval import Rate, share
from app.domain.transcript import Value

# Of fewer reviewed calls nothing is said about an agent.
ENOUGH_CALLS = 5
# One agent alone is coached, not trained.
FEWEST_WEAK = 2


class Skill(StrEnum):
    """What may be said of an agent and an item: weak, not weak, or that there is too little to go by."""

    WEAK = "weak"
    FINE = "fine"
    TOO_FEW_TO_SAY = "too_few_to_say"


class Learner(Value):
    """An agent's share of failed calls on an item, and what may be said of it."""

    agent_id: int
    failed: Rate
    skill: Skill
    enough: bool


class Topic(Value):
    """An item as a team masters it; `measured` is how many of the agents have enough reviewed calls."""

    learners: tuple[Learner, ...]

    @property
    def measured(self) -> int:
        return sum(one.enough for one in self.learners)

    @property
    def weak(self) -> tuple[Learner, ...]:
        return tuple(one for one in self.learners if one.skill == Skill.WEAK)

    @property
    def suggests_training(self) -> bool:
        """Whether more than half of the agents with enough reviewed calls are weak, and more than one."""
        return len(self.weak) >= FEWEST_WEAK and 2 * len(self.weak) > self.measured


def skill(failed: Rate, limit: float) -> Skill:
    """What may be said of a share of failed calls beside a limit (a share, 0-1)."""
    if failed.n < ENOUGH_CALLS or failed.ci_low is None or failed.ci_high is None:
        return Skill.TOO_FEW_TO_SAY
    if failed.ci_low > limit:
        return Skill.WEAK
    return Skill.FINE if failed.ci_high <= limit else Skill.TOO_FEW_TO_SAY


def topic(counts: Mapping[int, tuple[int, int]], limit: float) -> Topic:
    """An item of a team from (failed, decided) calls by agent."""
    found = []
    for agent_id, (fails, decided) in counts.items():
        failed = share(fails, decided)
        found.append(
            Learner(agent_id=agent_id, failed=failed, skill=skill(failed, limit), enough=decided >= ENOUGH_CALLS)
        )
    return Topic(learners=tuple(found))
