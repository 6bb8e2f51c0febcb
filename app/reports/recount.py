"""Counts everything anew and compares: the tallies must say exactly what evaluations and reviews say."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from app.calls.models import Call
from app.domain.scoring import Score
from app.evaluations.queries import score_of
from app.evaluations.service import tally_key
from app.kit.db import id_of
from app.reports import recount_queries
from app.reviews.service import standing
from app.scorecards import queries as scorecards
from app.tallies.cells import NUMBERS
from app.tallies.pending import Pending
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
    known = recount_queries.submitted(session)
    calls: dict[tuple[Any, ...], list[int]] = defaultdict(lambda: [0] * len(NUMBERS))
    expected = Pending()

    def add(call: Call, version: str, source: str, score: Score, judged_at: datetime, design: str = "") -> None:
        counts = counts_of(score)
        key = tally_key(call, scorecards.card(session, version), source, design)
        key.submitted_day = _judged_on(known.get((id_of(call), source)), call, judged_at)
        numbers = [getattr(counts, name) for name in NUMBERS]
        for place, number in enumerate(numbers):
            calls[tuple(getattr(key, name) for name in KEY)][place] += number
        expected.add(key, numbers, counts.items)

    for evaluation, call in recount_queries.current_evaluations(session):
        add(call, evaluation.scorecard_version, MACHINE, score_of(session, evaluation), evaluation.created_at)
    for review, call in recount_queries.submitted_reviews(session):
        now = standing(session, review)
        at = review.submitted_at or review.created_at
        add(call, now.evaluation.scorecard_version, FINAL, now.score, at, review.picked)
    return (
        *_compared(recount_queries.sums_now(session), {key: tuple(sums) for key, sums in calls.items() if any(sums)}),
        *(Difference(key, (2,), (1,)) for key in counting_twice(session)),
        *differences(session, expected),
    )


def differences(session: Session, expected: Pending) -> tuple[Difference, ...]:
    """Where the stored sums, rolled up or not, are not these."""
    calls = {tuple(cell): tuple(sums) for cell, sums in expected.calls.items() if any(sums)}
    items = {(*cell, item): tuple(sums) for (cell, item), sums in expected.items.items() if any(sums)}
    return (
        *_compared(recount_queries.sums(session), calls),
        *_compared(recount_queries.item_sums(session), items),
    )


def _judged_on(known: tuple[datetime, datetime, date] | None, call: Call, judged_at: datetime) -> date | None:
    """The day on which a call was judged, fixed then; None where what it counts tells of other moments."""
    if known is None or known[:2] != (call.started_at, judged_at):
        return None
    return known[2]


def _compared(
    stored: dict[tuple[Any, ...], tuple[int, ...]], counted: dict[tuple[Any, ...], tuple[int, ...]]
) -> list[Difference]:
    return [
        Difference(key, stored.get(key, ()), counted.get(key, ()))
        for key in stored.keys() | counted.keys()
        if stored.get(key) != counted.get(key)
    ]
