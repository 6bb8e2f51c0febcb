"""Reads what is known of one item of a scorecard; every read for a person leaves out the calls they do not see."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, and_, literal_column, tuple_
from sqlmodel import Session, col, func, or_

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING, ReviewState
from app.evaluations.models import Evaluation, StoredFinding
from app.reports.queries import Filter, Source, of_calls
from app.reports.stored_queries import item_verdicts_by
from app.reviews import unannounced
from app.reviews.models import BlindLabel, Purpose, Review, ReviewVerdict
from app.scorecards.models import ScorecardVersion


class Which(StrEnum):
    """Whose fails are meant: the machine's, those of people, the machine's that people did not share, and theirs
    that it did not.
    """

    MACHINE = "machine"
    PEOPLE = "people"
    OVERTURNED = "overturned"
    MISSED = "missed"


class Decided(NamedTuple):
    """What a person decided about an item: what the machine says now, what it said then, what they say and why.

    Who decided `blind` was not shown what it said.
    """

    machine: Verdict
    shown: Verdict
    person: Verdict
    reason: str | None
    blind: bool


class Failing(NamedTuple):
    """A call that fails an item: what the machine found (`finding` as JSON), and what a person decided, if anyone."""

    call: Call
    finding: dict[str, Any]
    review_id: int | None
    person: Verdict | None
    reason: str | None
    note: str | None


class NoteOn(NamedTuple):
    """What a reviewer wrote beside a verdict."""

    review_id: int
    verdict: Verdict
    note: str
    decided_by: int


def verdicts_by_day(
    session: Session, user: User, source: Source, item: str, chosen: Filter
) -> dict[tuple[date, str], int]:
    """How often an item got each verdict, by day of the site."""
    found = item_verdicts_by(session, user, source, ("site_day",), replace(chosen, item=item))
    return {(day, verdict): n for (day,), counted in found.items() for verdict, n in counted.items() if n}


def verdicts_by_card(session: Session, user: User, source: Source, chosen: Filter) -> dict[tuple[str, str, str], int]:
    """How often each item of each scorecard got each verdict: by (scorecard, item, verdict)."""
    found = item_verdicts_by(session, user, source, ("scorecard", "item"), chosen)
    return {(*key, verdict): n for key, counted in found.items() for verdict, n in counted.items() if n}


def decided(session: Session, user: User, scorecard: str, item: str, chosen: Filter, newest: int) -> dict[Decided, int]:
    """How often people decided what about an item in the newest submitted reviews, beside what the machine says."""
    reviews = (
        sqlalchemy.select(col(Review.id), col(Evaluation.id).label("evaluation_id"))
        .join(Call, col(Call.id) == Review.call_id)
        .join(Evaluation, and_(col(Evaluation.call_id) == Call.id, col(Evaluation.current)))
        .join(ScorecardVersion, col(ScorecardVersion.version) == Evaluation.scorecard_version)
        .where(
            col(Review.state).in_(COUNTING),
            col(ScorecardVersion.scorecard) == scorecard,
            *_seen(user, chosen),
        )
        .order_by(col(Review.id).desc())
        .limit(newest)
        .subquery()
    )
    key = (
        col(StoredFinding.verdict),
        col(ReviewVerdict.machine_verdict),
        col(ReviewVerdict.verdict),
        col(ReviewVerdict.reason_code),
        col(ReviewVerdict.blind),
    )
    wanted = (
        sqlalchemy.select(*key, func.count())
        .select_from(reviews)
        # Found by the review and by the evaluation: all verdicts and findings of an item are far more than these.
        .join(
            ReviewVerdict,
            and_(col(ReviewVerdict.review_id) == reviews.c.id, func.coalesce(ReviewVerdict.item_id, "") == item),
        )
        .join(
            StoredFinding,
            and_(
                col(StoredFinding.evaluation_id) == reviews.c.evaluation_id,
                func.coalesce(StoredFinding.item_id, "") == item,
            ),
        )
        .group_by(*key)
    )
    return {Decided(*row[:-1]): row[-1] for row in session.execute(wanted)}


def labelled_blind(
    session: Session, user: User, scorecard: str, item: str, chosen: Filter
) -> dict[tuple[Verdict, Verdict], int]:
    """How often the machine and a person who was not shown its verdict said what of an item: by (machine, person)."""
    key = (col(BlindLabel.machine_verdict), col(BlindLabel.verdict))
    wanted = (
        sqlalchemy.select(*key, func.count())
        .join(Review, col(Review.id) == BlindLabel.review_id)
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            # Of each call once: what a second one says of the same call is no further call.
            col(Review.purpose) == Purpose.COUNTS,
            col(BlindLabel.scorecard) == scorecard,
            col(BlindLabel.item_id) == item,
            *_seen(user, chosen),
        )
        .group_by(*key)
    )
    return {(machine, person): n for machine, person, n in session.execute(wanted)}


def notes_on(
    session: Session, user: User, item: str, versions: Sequence[str], chosen: Filter, limit: int
) -> Sequence[NoteOn]:
    """The newest notes that reviewers wrote beside their verdicts on an item, in submitted reviews."""
    wanted = (
        sqlalchemy.select(
            col(ReviewVerdict.review_id),
            col(ReviewVerdict.verdict),
            col(ReviewVerdict.note),
            col(ReviewVerdict.decided_by),
        )
        .join(Review, col(Review.id) == ReviewVerdict.review_id)
        .join(Call, col(Call.id) == Review.call_id)
        .join(Evaluation, col(Evaluation.id) == Review.evaluation_id)
        .where(
            col(ReviewVerdict.item_id) == item,
            col(Evaluation.scorecard_version).in_(versions),
            ~unannounced.kept_from(user),
            # As the partial index has it, which knows no other way of saying so.
            col(ReviewVerdict.note) != literal_column("''"),
            col(Review.state).in_(COUNTING),
            *_seen(user, chosen),
        )
        .order_by(col(ReviewVerdict.id).desc())
        .limit(limit)
    )
    return [NoteOn(*row) for row in session.execute(wanted)]


def failing(
    session: Session,
    user: User,
    which: Which,
    item: str,
    versions: Sequence[str],
    chosen: Filter,
    *,
    after: tuple[date, int] | None = None,
    limit: int,
) -> Sequence[Failing]:
    """The calls that fail an item, the newest day first; `after` is the day and the id of the last one known.

    A call whose reviewer shall not know yet what the machine found is left out.
    """
    by_people = which != Which.MACHINE
    submitted = col(Review.state).in_(COUNTING)
    of_call = and_(col(Review.call_id) == Call.id, col(Review.purpose) == Purpose.COUNTS)
    mine = and_(col(ReviewVerdict.review_id) == Review.id, col(ReviewVerdict.item_id) == item, submitted)
    # First which, then all about them: sorting thousands of findings with their contents would take long.
    places = (
        sqlalchemy.select(col(Call.id), col(StoredFinding.id))
        .select_from(Call)
        .join(Evaluation, and_(col(Evaluation.call_id) == Call.id, col(Evaluation.current)))
        .join(StoredFinding, _finding_of(item))
        .join(Review, and_(of_call, submitted) if by_people else of_call, isouter=not by_people)
        .where(col(Evaluation.scorecard_version).in_(versions), *_fails(which), *_seen(user, chosen))
        .order_by(col(Call.site_day).desc(), col(Call.id).desc())
        .limit(limit)
    )
    if by_people:
        places = places.join(ReviewVerdict, mine).where(~unannounced.kept_from(user))
    else:
        hidden = and_(col(Review.blind), col(Review.state) == ReviewState.OPEN)
        places = places.where(or_(col(Review.id).is_(None), ~hidden), ~unannounced.kept_from(user))
    if after is not None:
        places = places.where(tuple_(col(Call.site_day), col(Call.id)) < tuple_(*after))
    found = {row[0]: row[1] for row in session.execute(places)}
    wanted = (
        sqlalchemy.select(
            Call,
            col(StoredFinding.content),
            col(Review.id),
            col(ReviewVerdict.verdict),
            col(ReviewVerdict.reason_code),
            col(ReviewVerdict.note),
        )
        .select_from(StoredFinding)
        .join(Evaluation, col(Evaluation.id) == StoredFinding.evaluation_id)
        .join(Call, col(Call.id) == Evaluation.call_id)
        .join(Review, of_call, isouter=True)
        .join(ReviewVerdict, mine, isouter=True)
        .where(col(StoredFinding.id).in_(found.values()))
    )
    rows = {row[0].id: Failing(*row) for row in session.execute(wanted)}
    return [rows[call] for call in found]


def _finding_of(item: str) -> ColumnElement[bool]:
    return and_(col(StoredFinding.evaluation_id) == Evaluation.id, col(StoredFinding.item_id) == item)


def _fails(which: Which) -> list[ColumnElement[bool]]:
    machine, person = col(StoredFinding.verdict), col(ReviewVerdict.verdict)
    return {
        Which.MACHINE: [machine == Verdict.FAIL],
        Which.PEOPLE: [person == Verdict.FAIL],
        Which.OVERTURNED: [machine == Verdict.FAIL, person != Verdict.FAIL],
        Which.MISSED: [machine != Verdict.FAIL, person == Verdict.FAIL],
    }[which]


def _seen(user: User, chosen: Filter) -> list[ColumnElement[bool]]:
    return [calls.visible_to(user), col(Call.state) != CallState.DELETED, *of_calls(chosen)]
