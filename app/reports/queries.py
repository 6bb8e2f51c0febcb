"""Reads the counts behind the rates; every read for a person leaves out the teams they do not see."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal, NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, Text, and_, cast, true
from sqlmodel import Session, col, func, select

from app.accounts.models import Role, User
from app.calls.models import Call, CallState
from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING
from app.evaluations.models import Evaluation, StoredFinding
from app.reviews.models import Picked, Review, ReviewVerdict
from app.scorecards.models import ScorecardVersion
from app.tallies.models import Contribution, ItemTally, Tally, TallyKey
from app.tallies.queries import counted_at
from app.transcription.models import TranscriptRevision

Source = Literal["final", "machine"]
# What tallies can be counted by; days become weeks and months afterwards.
Dimension = Literal["site_day", "team_id", "agent_id", "queue", "scorecard", "version"]
# How a call came to be reviewed: every one was, or it was drawn by chance; or it was picked for what is known of it.
FAIR, APART = (Picked.EVERY.value, Picked.SAMPLE.value), (Picked.RISK.value, Picked.PERSON.value)
NUMBERS = ("n", "passed", "uncertain", "not_applicable", "critical", "score_tenths")


@dataclass(frozen=True)
class Filter:
    """Which calls a rate is about; days are those of each call's team, `end_day` is the first one left out.

    Of what people found, the calls that were picked for a risk or by a person are no part of any rate; `apart` asks for
    these alone.

    `as_of` is the moment at which they are to have counted so; None: now.
    """

    first_day: date | None = None
    end_day: date | None = None
    team_id: int | None = None
    agent_id: int | None = None
    queue: str | None = None
    scorecard: str | None = None
    version: str | None = None
    as_of: datetime | None = None
    apart: bool = False


# Where counts stand: summed as of now, or call by call as of any moment.
Counted = type[Tally] | type[ItemTally] | type[Contribution]


def visible_to(user: User, kind: Counted) -> ColumnElement[bool]:
    """Which counts a person sees: agents their own, team staff their team's and those of no team, others all."""
    if user.role == Role.AGENT:
        return col(kind.agent_id) == user.id
    if user.role == Role.ADMIN or user.team_id is None:
        return true()
    return col(kind.team_id).in_([user.team_id, 0])


def tallied(
    session: Session, user: User, source: Source, by: Sequence[Dimension], chosen: Filter
) -> dict[tuple[Any, ...], dict[str, int]]:
    """The summed numbers of the calls that were chosen, by the values of these columns."""
    kind: Counted = Tally if chosen.as_of is None else Contribution
    columns = [getattr(kind, name) for name in by]
    sums = [func.sum(getattr(kind, name)) for name in NUMBERS]
    wanted = sqlalchemy.select(*columns, *sums).where(*conditions(user, source, kind, chosen)).group_by(*columns)
    width = len(columns)
    return {
        tuple(row[:width]): dict(zip(NUMBERS, (int(value or 0) for value in row[width:]), strict=True))
        for row in session.execute(wanted)
    }


def item_verdicts(session: Session, user: User, source: Source, chosen: Filter) -> dict[tuple[str, str], int]:
    """How often each item got each verdict in the calls that were chosen: by (item, verdict)."""
    if chosen.as_of is not None:
        return _item_verdicts_then(session, user, source, chosen)
    wanted = (
        sqlalchemy.select(col(ItemTally.item), col(ItemTally.verdict), func.sum(ItemTally.n))
        .where(*conditions(user, source, ItemTally, chosen))
        .group_by(col(ItemTally.item), col(ItemTally.verdict))
    )
    return {(item, verdict): int(n) for item, verdict, n in session.execute(wanted) if n}


def _item_verdicts_then(session: Session, user: User, source: Source, chosen: Filter) -> dict[tuple[str, str], int]:
    """The same, as it was at a moment: read call by call, a few at a time."""
    wanted = sqlalchemy.select(col(Contribution.items)).where(*conditions(user, source, Contribution, chosen))
    found: Counter[tuple[str, str]] = Counter()
    for (items,) in session.execute(wanted.execution_options(yield_per=1000)):
        found.update(items.items())
    return dict(found)


def conditions(user: User, source: Source, kind: Counted, chosen: Filter) -> list[ColumnElement[bool]]:
    """A filter as it holds for counts, with whose counts a person sees."""
    found = [col(kind.source) == source, visible_to(user, kind)]
    for name in ("team_id", "agent_id", "queue", "scorecard", "version"):
        value = getattr(chosen, name)
        if value is not None:
            found.append(getattr(kind, name) == value)
    if source == "final":
        found.append(col(kind.design).in_(APART if chosen.apart else FAIR))
    if chosen.first_day is not None:
        found.append(col(kind.site_day) >= chosen.first_day)
    if chosen.end_day is not None:
        found.append(col(kind.site_day) < chosen.end_day)
    if kind is Contribution and chosen.as_of is not None:
        found.append(counted_at(chosen.as_of))
    return found


def sums(session: Session, kind: type[Tally] | type[ItemTally]) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """Every stored sum that is not zero, by its whole key."""
    numbers = NUMBERS if kind is Tally else ("n",)
    key = [name for name in kind.model_fields if name not in ("id", *numbers)]
    rows = (
        (tuple(getattr(row, name) for name in key), tuple(getattr(row, name) for name in numbers))
        for row in session.exec(select(kind))
    )
    return {where: counted for where, counted in rows if any(counted)}


def sums_now(session: Session) -> dict[tuple[Any, ...], tuple[int, ...]]:
    """What the calls that count now add up to, by the whole key of a tally; sums that are all zero left out."""
    key = [getattr(Contribution, name) for name in TallyKey.model_fields]
    numbers = [func.sum(getattr(Contribution, name)) for name in NUMBERS]
    wanted = sqlalchemy.select(*key, *numbers).where(col(Contribution.counted_until).is_(None)).group_by(*key)
    rows = ((tuple(row[: len(key)]), tuple(int(one) for one in row[len(key) :])) for row in session.execute(wanted))
    return {where: counted for where, counted in rows if any(counted)}


def current_evaluations(session: Session) -> Iterator[tuple[Evaluation, Call]]:
    """The evaluation each call counts with."""
    wanted = select(Evaluation, Call).join(Call, col(Call.id) == Evaluation.call_id)
    yield from session.exec(wanted.where(col(Evaluation.current), Call.state != CallState.DELETED))


def submitted_reviews(session: Session) -> Iterator[tuple[Review, Call]]:
    """The reviews that count."""
    wanted = select(Review, Call).join(Call, col(Call.id) == Review.call_id)
    yield from session.exec(wanted.where(col(Review.state).in_(COUNTING), Call.state != CallState.DELETED))


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
    """The calls that were chosen, in this language ("zh" for "zh-CN" too), that have a transcript."""
    has_transcript = select(TranscriptRevision.id).where(TranscriptRevision.call_id == Call.id).exists()
    spoken = func.lower(func.substr(Call.language, 1, len(language))) == language
    return [col(Call.state) != CallState.DELETED, spoken, has_transcript, *of_calls(chosen)]


def of_calls(chosen: Filter) -> list[ColumnElement[bool]]:
    """A filter as it holds for calls; by which scorecard they were judged they do not know themselves."""
    conditions: list[ColumnElement[bool]] = []
    for name in ("team_id", "agent_id", "queue"):
        value = getattr(chosen, name)
        if value is not None:
            conditions.append(getattr(Call, name) == value)
    if chosen.first_day is not None:
        conditions.append(col(Call.site_day) >= chosen.first_day)
    if chosen.end_day is not None:
        conditions.append(col(Call.site_day) < chosen.end_day)
    return conditions
