"""Counts everything anew and compares: the tallies must say exactly what evaluations and reviews say."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from sqlmodel import Session

from app.calls.models import Call
from app.domain.scoring import Score
from app.evaluations.queries import score_of
from app.evaluations.service import tally_key
from app.reports import queries
from app.reviews.service import standing
from app.scorecards import queries as scorecards
from app.tallies.models import ItemTally, Tally
from app.tallies.queries import counting_twice
from app.tallies.service import FINAL, KEY, MACHINE, counts_of


@dataclass(frozen=True)
class Difference:
    """A tally that is not what it should be: its key, what it says, and what a recount says."""

    key: tuple[Any, ...]
    stored: tuple[int, ...]
    counted: tuple[int, ...]


def recount(session: Session) -> tuple[Difference, ...]:
    """Where the tallies differ from what evaluations and reviews say; nothing, if all is well."""
    calls: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(queries.NUMBERS))
    items: Counter[tuple[Any, ...]] = Counter()

    def add(call: Call, version: str, source: str, score: Score, design: str = "") -> None:
        counts = counts_of(score)
        named = tally_key(call, scorecards.card(session, version), source, design)
        key = tuple(getattr(named, name) for name in KEY)
        for place, name in enumerate(queries.NUMBERS):
            calls[key][place] += getattr(counts, name)
        items.update((*key, item, verdict) for item, verdict in counts.items.items())

    for evaluation, call in queries.current_evaluations(session):
        add(call, evaluation.scorecard_version, MACHINE, score_of(session, evaluation))
    for review, call in queries.submitted_reviews(session):
        now = standing(session, review)
        add(call, now.evaluation.scorecard_version, FINAL, now.score, review.picked)
    by_call = {key: tuple(numbers) for key, numbers in calls.items() if any(numbers)}
    return (
        *_compared(queries.sums(session, Tally), by_call),
        *_compared(queries.sums_now(session), by_call),
        *(Difference(key, (2,), (1,)) for key in counting_twice(session)),
        *_compared(queries.sums(session, ItemTally), {key: (n,) for key, n in items.items()}),
    )


def _compared(
    stored: dict[tuple[Any, ...], tuple[int, ...]], counted: dict[tuple[Any, ...], tuple[int, ...]]
) -> list[Difference]:
    return [
        Difference(key, stored.get(key, ()), counted.get(key, ()))
        for key in stored.keys() | counted.keys()
        if stored.get(key) != counted.get(key)
    ]
