"""Reads what the page of a team needs beside its rates; every read for a person leaves out what they do not see."""

from collections import Counter
from collections.abc import Mapping
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import and_, case
from sqlmodel import Session, col, func, select

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.coaching.models import CoachingNote, CoachingPoint, NoteState
from app.domain.lifecycle import COUNTING
from app.reports import sums
from app.reports.queries import Filter, of_calls
from app.reviews import unannounced
from app.reviews.models import DoubleScoring, Purpose, Review

# How often each item of each version of a scorecard got which verdict: by (version, item, verdict).
Verdicts = Mapping[tuple[str, str, str], int]


class Spoken(NamedTuple):
    """Reviewed calls that failed a critical item, and those of them of which no note that was sent speaks."""

    critical: int
    not_coached: int


def verdicts_by_version(session: Session, user: User, chosen: Filter) -> Verdicts:
    """How often people gave an item which verdict, by version: what an item is worth stands in its version."""
    found = sums.of_items(session, user, "final", ("version", "item"), chosen)
    return {(*key, verdict): n for key, counted in found.items() for verdict, n in counted.items() if n}


def spoken_of(session: Session, user: User, chosen: Filter) -> Spoken:
    """How many reviewed calls failed a critical item, however they came to be reviewed, and what was said of them."""
    note = (
        select(CoachingPoint.id)
        .join(CoachingNote, col(CoachingNote.id) == CoachingPoint.note_id)
        .where(CoachingPoint.call_id == Call.id, CoachingNote.state != NoteState.DRAFT)
        .correlate(Call)
        .exists()
    )
    wanted = (
        sqlalchemy.select(func.count(), func.sum(case((note, 0), else_=1)))
        .select_from(Call)
        .join(Review, and_(col(Review.call_id) == Call.id, col(Review.purpose) == Purpose.COUNTS))
        .where(
            # No index of the state is wanted here: of some days' calls there are fewer than of all that count.
            func.lower(Review.state).in_([one.value for one in COUNTING]),
            col(Review.critical_failed),
            calls.visible_to(user),
            ~unannounced.kept_from(user),
            col(Call.state) != CallState.DELETED,
            *of_calls(chosen),
        )
    )
    critical, not_coached = session.execute(wanted).one()
    return Spoken(int(critical or 0), int(not_coached or 0))


def scored_twice(session: Session, user: User, chosen: Filter) -> Counter[tuple[str, ...]]:
    """What two people who did not know of each other made of the same calls: passed or failed, as first submitted."""
    key = (col(DoubleScoring.first_passed), col(DoubleScoring.second_passed))
    wanted = (
        sqlalchemy.select(*key, func.count())
        .select_from(DoubleScoring)
        .join(Call, col(Call.id) == DoubleScoring.call_id)
        .where(
            col(DoubleScoring.compared_at).is_not(None),
            *(one.is_not(None) for one in key),
            calls.visible_to(user),
            col(Call.state) != CallState.DELETED,
            *of_calls(chosen),
        )
        .group_by(*key)
    )
    return Counter({(_outcome(first), _outcome(second)): n for first, second, n in session.execute(wanted)})


def _outcome(passed: bool) -> str:
    return "pass" if passed else "fail"
