"""A simulated quarter of a call centre, with what is true of each call: whoever estimates it can be held against it."""

import argparse
import random
from collections.abc import Iterator
from dataclasses import dataclass

SITE_DAYS = 92
# Team, queue and length: how large each part is, and how much better or worse its calls are (in points of the share).
TEAMS = {"A": (16, 0.02), "B": (14, 0.0), "C": (12, -0.03), "D": (7, -0.06), "Night": (1, -0.15)}
QUEUES = {"billing": (0.44, -0.02), "service": (0.40, 0.02), "sales": (0.145, -0.04), "retention": (0.015, -0.20)}
LENGTHS = {"short": (0.30, 0.03), "middle": (0.45, 0.0), "long": (0.22, -0.04), "very long": (0.03, -0.12)}


@dataclass(frozen=True)
class QuarterCall:
    """A call of the quarter: whose it is, on which of its days (0-91), and whether it truly passes."""

    id: int
    team: str
    agent: str
    queue: str
    length: str
    day: int
    passes: bool

    def key(self, *dimensions: str) -> tuple[str, ...]:
        """Its values in some dimensions, as a draw stratifies by them."""
        return tuple(str(getattr(self, name)) for name in dimensions)


def quarter(seed: int = 1, calls: int = 200_000, rate: float = 0.9) -> tuple[QuarterCall, ...]:
    """All calls of a quarter: fifty agents in five teams, of very unequal size, with true pass rates of their own."""
    return tuple(_calls(random.Random(seed), calls, rate))


def true_rate(calls: tuple[QuarterCall, ...]) -> float:
    """The share of calls that truly pass (0-1)."""
    return sum(call.passes for call in calls) / len(calls)


def _calls(chance: random.Random, calls: int, rate: float) -> Iterator[QuarterCall]:
    agents = [(team, f"{team}{place:02}") for team, (people, _) in TEAMS.items() for place in range(people)]
    skill = {agent: chance.gauss(0, 0.04) for _, agent in agents}
    # Some work a few days only: a stratum of their own would be small.
    volume = [chance.choice((1.0, 1.0, 0.8, 0.5, 0.03)) for _ in agents]
    for number in range(1, calls + 1):
        team, agent = chance.choices(agents, volume)[0]
        queue, length = _one(chance, QUEUES), _one(chance, LENGTHS)
        level = rate + TEAMS[team][1] + skill[agent] + QUEUES[queue][1] + LENGTHS[length][1]
        passes = chance.random() < min(1.0, max(0.0, level))
        yield QuarterCall(number, team, agent, queue, length, chance.randrange(SITE_DAYS), passes)


def _one(chance: random.Random, parts: dict[str, tuple[float, float]]) -> str:
    return chance.choices(list(parts), [share for share, _ in parts.values()])[0]


def main() -> None:
    """Print what is true of the quarter."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--calls", type=int, default=200_000)
    chosen = options.parse_args()
    calls = quarter(chosen.seed, chosen.calls)
    print(f"{len(calls)} calls, {true_rate(calls):.4f} of them pass")
    for dimension in ("team", "queue", "length"):
        for value in sorted({getattr(call, dimension) for call in calls}):
            of = tuple(call for call in calls if getattr(call, dimension) == value)
            print(f"  {dimension} {value}: {len(of)} calls, {true_rate(of):.4f}")


if __name__ == "__main__":
    main()
