"""Performance score (绩效得分): what an agent's parts come to, by weights that the house sets."""

from collections.abc import Mapping
from dataclasses import dataclass

# Workload, training, quality of the calls, discipline, conduct; each in points of 100.
PARTS = ("workload", "training", "qa", "discipline", "conduct")
# No source says how they weigh: equal weights are a suggestion.
EQUAL = dict.fromkeys(PARTS, 20.0)


@dataclass(frozen=True)
class PartOfScore:
    """One part: its points (None: nobody knows them), how many of 100 its weight is, and what it adds to the score."""

    name: str
    value: float | None
    weight: float
    adds: float | None


@dataclass(frozen=True)
class PerformanceScore:
    """The score of a month.

    `score` is None while a part that weighs is not known. `known` is then what the known parts alone would come to,
    their weights scaled up to 100, and `low` and `high` are what the score will be at least and at most.
    """

    parts: tuple[PartOfScore, ...]
    score: float | None
    known: float | None
    low: float
    high: float

    @property
    def weight_known(self) -> float:
        """How many of 100 the weights of the known parts are."""
        return sum(one.weight for one in self.parts if one.value is not None)


def performance_score(values: Mapping[str, float | None], weights: Mapping[str, float]) -> PerformanceScore:
    """What these parts come to (Σ weight × points ÷ Σ weight); a part without data never counts as none or as full."""
    whole = sum(weights[name] for name in PARTS)
    if whole <= 0 or any(weights[name] < 0 for name in PARTS):
        raise ValueError("weights are not negative, and one of them is more than nothing")
    parts = tuple(_part(name, values.get(name), 100 * weights[name] / whole) for name in PARTS)
    low = sum(one.adds or 0.0 for one in parts)
    known = sum(one.weight for one in parts if one.value is not None)
    is_known = all(one.value is not None for one in parts if one.weight)
    return PerformanceScore(
        parts=parts,
        score=low if is_known else None,
        known=100 * low / known if known else None,
        low=low,
        high=low + sum(one.weight for one in parts if one.value is None),
    )


def workload_points(calls: int, target: int | None) -> float | None:
    """How much of the target was handled, in points of 100; more than all of it is no more than 100."""
    return None if not target else min(100.0, 100 * calls / target)


def _part(name: str, value: float | None, weight: float) -> PartOfScore:
    if value is not None and not 0 <= value <= 100:
        raise ValueError(f"{name} is {value}; a part has 0 to 100 points")
    return PartOfScore(name, value, weight, None if value is None else weight * value / 100)
