"""Reads calls as they are heard, with what the rules found in them and what people decided of them."""

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, Text, and_, cast
from sqlmodel import Session, col, func, select

from app.calls.models import Call, CallState
from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING
from app.evaluations.models import Evaluation, StoredFinding
from app.reports.queries import Filter, of_calls
from app.reviews.models import Review, ReviewVerdict
from app.scorecards.models import ScorecardVersion
from app.transcription.models import TranscriptRevision


class Heard(NamedTuple):
    """A call as it is heard now, its transcript as JSON; beside it the evaluation it counts with, if it has one.

    `reading` is what the rules read of the transcript, as JSON, made by the rules of its language in that version.
    """

    call_id: int
    agent_id: int | None
    transcript: str
    reading: str | None
    reading_version: str | None
    evaluation_id: int | None
    passed: bool | None
    low: float | None
    rules_version: str | None


class Reviewed(NamedTuple):
    """An item that a person decided: what the machine says now, what they were shown of it then, what they say.

    Who decided blind was shown nothing: then `shown` is unscored.
    """

    scorecard: str
    item: str
    machine: Verdict
    shown: Verdict
    person: Verdict


def count_heard(session: Session, chosen: Filter, language: str) -> int:
    """How many of the calls that were chosen are in this language ("zh" for "zh-CN" too) and have a transcript."""
    wanted = select(func.count()).select_from(Call).where(*heard_in(chosen, language))
    return session.exec(wanted).one()


def heard_after(session: Session, chosen: Filter, language: str, after: int, limit: int) -> Sequence[int]:
    """The next of these calls, by id."""
    wanted = select(Call.id).where(*heard_in(chosen, language), col(Call.id) > after)
    return [one for one in session.exec(wanted.order_by(col(Call.id)).limit(limit)) if one is not None]


def heard(session: Session, call_ids: Sequence[int]) -> Sequence[Heard]:
    """These calls with the newest revisions of their transcripts, those deleted meanwhile left out."""
    newest = (
        select(func.max(TranscriptRevision.revision))
        .where(TranscriptRevision.call_id == Call.id)
        .correlate(Call)
        .scalar_subquery()
    )
    wanted = (
        sqlalchemy.select(
            col(Call.id),
            col(Call.agent_id),
            cast(TranscriptRevision.content, Text),
            cast(TranscriptRevision.reading, Text),
            col(TranscriptRevision.reading_version),
            col(Evaluation.id),
            col(Evaluation.passed),
            col(Evaluation.low),
            col(Evaluation.rules_version),
        )
        .join(TranscriptRevision, col(TranscriptRevision.call_id) == Call.id)
        .outerjoin(Evaluation, and_(col(Evaluation.call_id) == Call.id, col(Evaluation.current)))
        .where(
            col(Call.id).in_(call_ids),
            col(Call.state) != CallState.DELETED,
            col(TranscriptRevision.revision) == newest,
        )
    )
    return [Heard(*row) for row in session.execute(wanted.order_by(col(Call.id)))]


def verdicts_found(session: Session, evaluation_ids: Sequence[int]) -> dict[int, dict[str, Verdict]]:
    """The machine's verdicts by evaluation and item."""
    wanted = select(StoredFinding.evaluation_id, StoredFinding.item_id, col(StoredFinding.verdict))
    found: dict[int, dict[str, Verdict]] = {}
    for evaluation, item, verdict in session.exec(wanted.where(col(StoredFinding.evaluation_id).in_(evaluation_ids))):
        found.setdefault(evaluation, {})[item] = verdict
    return found


def verdicts_submitted(session: Session, call_ids: Sequence[int]) -> dict[int, dict[str, Verdict]]:
    """What people decided in submitted reviews of these calls, by call and item."""
    wanted = (
        select(Review.call_id, ReviewVerdict.item_id, col(ReviewVerdict.verdict))
        .join(ReviewVerdict, col(ReviewVerdict.review_id) == Review.id)
        .where(col(Review.call_id).in_(call_ids), col(Review.state).in_(COUNTING))
    )
    decided: dict[int, dict[str, Verdict]] = {}
    for call, item, verdict in session.exec(wanted):
        decided.setdefault(call, {})[item] = verdict
    return decided


def reviewed(session: Session, chosen: Filter, newest: int) -> dict[Reviewed, int]:
    """How often people and the machine said what of each item, in the submitted reviews of the newest calls."""
    reviews = (
        sqlalchemy.select(col(Review.id), col(Review.call_id))
        .join(Call, col(Call.id) == Review.call_id)
        .where(col(Review.state).in_(COUNTING), col(Call.state) != CallState.DELETED, *of_calls(chosen))
        .order_by(col(Review.id).desc())
        .limit(newest)
        .subquery()
    )
    key = (
        col(ScorecardVersion.scorecard),
        col(ReviewVerdict.item_id),
        col(StoredFinding.verdict),
        col(ReviewVerdict.machine_verdict),
        col(ReviewVerdict.blind),
        col(ReviewVerdict.verdict),
    )
    wanted = (
        sqlalchemy.select(*key, func.count())
        .select_from(reviews)
        .join(ReviewVerdict, col(ReviewVerdict.review_id) == reviews.c.id)
        .join(Evaluation, and_(col(Evaluation.call_id) == reviews.c.call_id, col(Evaluation.current)))
        .join(ScorecardVersion, col(ScorecardVersion.version) == Evaluation.scorecard_version)
        .join(
            StoredFinding,
            and_(
                col(StoredFinding.evaluation_id) == Evaluation.id, col(StoredFinding.item_id) == ReviewVerdict.item_id
            ),
        )
        .group_by(*key)
    )
    counted: Counter[Reviewed] = Counter()
    for scorecard, item, machine, known, blind, person, n in session.execute(wanted):
        counted[Reviewed(scorecard, item, machine, Verdict.UNSCORED if blind else known, person)] += n
    return counted


def heard_in(chosen: Filter, language: str) -> list[ColumnElement[bool]]:
    """The calls that were chosen, in this language ("zh" for "zh-CN" too), that still have a transcript."""
    has_transcript = select(TranscriptRevision.id).where(TranscriptRevision.call_id == Call.id).exists()
    spoken = func.lower(func.substr(Call.language, 1, len(language))) == language
    is_known = col(Call.words_removed_at).is_(None)
    return [col(Call.state) != CallState.DELETED, is_known, spoken, has_transcript, *of_calls(chosen)]
