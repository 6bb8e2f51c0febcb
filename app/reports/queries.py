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
from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.domain.evidence import Verdict
from app.domain.lifecycle import COUNTING
from app.evaluations.models import Evaluation, StoredFinding
from app.reports.windows import Part, parts
from app.reviews.models import Picked, Review, ReviewVerdict
from app.scorecards.models import ScorecardVersion
from app.tallies.cells import NUMBERS, VERDICTS
from app.tallies.models import Contribution, ItemTally, Level, Span, Tally, TallyGroup
from app.tallies.pending import settle
from app.tallies.queries import counted_at
from app.transcription.models import TranscriptRevision

Source = Literal["final", "machine"]
# The day by which calls are counted: their own, or the one on which they were judged.
TimeField = Literal["call", "submitted"]
# What tallies can be counted by; days become weeks afterwards.
Dimension = Literal["site_day", "month", "team_id", "agent_id", "queue", "scorecard", "version", "item"]
DAYS = ("site_day", "month")
# How a call came to be reviewed: every one was, or it was drawn by chance; or it was picked for what is known of it.
FAIR, APART = (Picked.EVERY.value, Picked.SAMPLE.value), (Picked.RISK.value, Picked.PERSON.value)


@dataclass(frozen=True)
class Filter:
    """Which calls a rate is about; days are those of each call's team, `end_day` is the first one left out.

    Of what people found, the calls that were picked for a risk or by a person are no part of any rate; `apart` asks for
    these alone, and `design` for those that came to be reviewed in one way. `item`: not the calls are meant, but this
    item of theirs.

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
    time_field: TimeField = "call"
    design: str | None = None
    item: str | None = None


# Where counts stand: summed as of now, or call by call as of any moment.
Counted = type[TallyGroup] | type[Contribution]
SPANS: dict[tuple[str, bool], tuple[Span, Span]] = {
    ("call", False): (Span.CALL_DAY, Span.BOTH_DAY),
    ("call", True): (Span.CALL_MONTH, Span.BOTH_MONTH),
    ("submitted", False): (Span.SUBMITTED_DAY, Span.BOTH_DAY),
    ("submitted", True): (Span.SUBMITTED_MONTH, Span.BOTH_MONTH),
}


def visible_to(user: User, kind: Counted) -> ColumnElement[bool]:
    """Which counts a person sees: agents their own, team staff their team's and those of no team, others all."""
    if user.role == Role.AGENT:
        return col(kind.agent_id) == user.id
    if sees_all(user):
        return true()
    return col(kind.team_id).in_([user.team_id, 0])


def sees_all(user: User) -> bool:
    """Whether a person sees the counts of every team."""
    return user.role == Role.ADMIN or (user.team_id is None and user.role != Role.AGENT)


def tallied(
    session: Session, user: User, source: Source, by: Sequence[Dimension], chosen: Filter
) -> dict[tuple[Any, ...], dict[str, int]]:
    """The summed numbers of the calls that were chosen, by the values of these columns."""
    if chosen.as_of is not None:
        return _tallied_then(session, user, source, by, chosen)
    found: dict[tuple[Any, ...], list[int]] = {}
    for key, numbers in _summed(session, user, source, by, chosen, Tally, NUMBERS):
        sums = found.setdefault(key, [0] * len(NUMBERS))
        for place, number in enumerate(numbers):
            sums[place] += number
    return {key: dict(zip(NUMBERS, sums, strict=True)) for key, sums in found.items() if any(sums)}


def item_verdicts_by(
    session: Session,
    user: User,
    source: Source,
    by: Sequence[Dimension],
    chosen: Filter,
    agent_ids: Sequence[int] | None = None,
) -> dict[tuple[Any, ...], Counter[str]]:
    """How often items got each verdict in the calls that were chosen (of these agents), by these columns."""
    found: dict[tuple[Any, ...], Counter[str]] = {}
    of = None if agent_ids is None else col(TallyGroup.agent_id).in_(agent_ids)
    for key, numbers in _summed(session, user, source, by, chosen, ItemTally, tuple(VERDICTS.values()), of):
        counted = found.setdefault(key, Counter())
        for verdict, number in zip(VERDICTS, numbers, strict=True):
            counted[verdict] += number
    return {key: counted for key, counted in found.items() if any(counted.values())}


def item_verdicts(session: Session, user: User, source: Source, chosen: Filter) -> dict[tuple[str, str], int]:
    """How often each item got each verdict in the calls that were chosen: by (item, verdict)."""
    if chosen.as_of is not None:
        return _item_verdicts_then(session, user, source, chosen)
    found = item_verdicts_by(session, user, source, ("item",), chosen)
    return {(item, verdict): n for (item,), counted in found.items() for verdict, n in counted.items() if n}


def _tallied_then(
    session: Session, user: User, source: Source, by: Sequence[Dimension], chosen: Filter
) -> dict[tuple[Any, ...], dict[str, int]]:
    """The same as it was at a moment: read call by call."""
    columns: list[Any] = [day_of(chosen) if name in DAYS else getattr(Contribution, name) for name in by]
    sums = [func.sum(getattr(Contribution, name)) for name in NUMBERS]
    wanted = sqlalchemy.select(*columns, *sums).where(*conditions(user, source, chosen)).group_by(*columns)
    found = {tuple(row[: len(by)]): [int(value or 0) for value in row[len(by) :]] for row in session.execute(wanted)}
    return {key: dict(zip(NUMBERS, sums, strict=True)) for key, sums in found.items()}


def _item_verdicts_then(session: Session, user: User, source: Source, chosen: Filter) -> dict[tuple[str, str], int]:
    """The same, as it was at a moment: read call by call, a few at a time."""
    wanted = sqlalchemy.select(col(Contribution.items)).where(*conditions(user, source, chosen))
    found: Counter[tuple[str, str]] = Counter()
    for (items,) in session.execute(wanted.execution_options(yield_per=1000)):
        found.update(items.items())
    return dict(found)


def _summed(
    session: Session,
    user: User,
    source: Source,
    by: Sequence[Dimension],
    chosen: Filter,
    kind: type[Tally] | type[ItemTally],
    numbers: Sequence[str],
    of: ColumnElement[bool] | None = None,
) -> Iterator[tuple[tuple[Any, ...], list[int]]]:
    """The sums of whole months and of the days at the edges, by these columns; those of one key may come in parts."""
    settle(session)
    level = _level(user, by, chosen)
    by_day = "site_day" in by or (kind is ItemTally and level == Level.AGENT)
    columns = [_column(kind, name) for name in by]
    sums = [func.sum(getattr(kind, name)) for name in numbers]
    of_group = [col(TallyGroup.level) == level.value, *chosen_groups(user, source, TallyGroup, chosen)]
    if of is not None:
        of_group.append(of)
    if kind is ItemTally and chosen.item is not None:
        of_group.append(col(ItemTally.item) == chosen.item)
    for part in parts(chosen.first_day, chosen.end_day, by_day):
        wanted = (
            sqlalchemy.select(*columns, *sums)
            .select_from(TallyGroup)
            .join(kind, col(kind.group_id) == TallyGroup.id)
            .where(*of_group, col(kind.span).in_(SPANS[chosen.time_field, part.months]), *_between(kind, part))
            .group_by(*columns)
        )
        for row in session.execute(wanted):
            key = tuple(_first(name, value) for name, value in zip(by, row, strict=False))
            yield key, [part.sign * int(value or 0) for value in row[len(by) :]]


def _level(user: User, by: Sequence[Dimension], chosen: Filter) -> Level:
    """The coarsest sums that can answer."""
    if "agent_id" in by or chosen.agent_id is not None or user.role == Role.AGENT:
        return Level.AGENT
    asked = {*by, *(name for name in ("team_id", "queue") if getattr(chosen, name) is not None)}
    return Level.TEAM if asked & {"team_id", "queue"} or not sees_all(user) else Level.SITE


def _column(kind: type[Tally] | type[ItemTally], name: Dimension) -> Any:
    if name in DAYS:
        return col(kind.start)
    return col(ItemTally.item) if name == "item" else getattr(TallyGroup, name)


def _first(name: Dimension, value: Any) -> Any:
    return value.replace(day=1) if name == "month" else value


def _between(kind: type[Tally] | type[ItemTally], part: Part) -> list[ColumnElement[bool]]:
    found = []
    if part.first is not None:
        found.append(col(kind.start) >= part.first)
    if part.end is not None:
        found.append(col(kind.start) < part.end)
    return found


def unscored(session: Session, user: User, chosen: Filter) -> int:
    """How many calls came in on these days that the machine has not judged: they wait, or cannot be."""
    judged = (
        select(Contribution.id)
        .where(Contribution.call_id == Call.id, Contribution.source == "machine")
        .where(col(Contribution.counted_until).is_(None))
    )
    waiting = [one for one in CallState if one not in (CallState.SCORED, CallState.DELETED)]
    wanted = select(func.count()).select_from(Call).where(col(Call.state).in_(waiting), ~judged.exists())
    return session.exec(wanted.where(calls.visible_to(user), *of_calls(chosen))).one()


def usernames(session: Session) -> dict[str, str]:
    """What agents are called, by id as text: many people, of whom no more is wanted."""
    return {str(of): name for of, name in session.exec(select(User.id, User.username))}


def chosen_groups(user: User, source: Source, kind: Counted, chosen: Filter) -> list[ColumnElement[bool]]:
    """A filter but for its days as it holds for counts, with whose counts a person sees."""
    found = [col(kind.source) == source, visible_to(user, kind)]
    for name in ("team_id", "agent_id", "queue", "scorecard", "version"):
        value = getattr(chosen, name)
        if value is not None:
            found.append(getattr(kind, name) == value)
    if source == "final":
        fair = APART if chosen.apart else FAIR
        found.append(col(kind.design).in_([chosen.design] if chosen.design else fair))
    return found


def day_of(chosen: Filter) -> Any:
    """The day by which calls are counted."""
    return col(Contribution.submitted_day if chosen.time_field == "submitted" else Contribution.site_day)


def conditions(user: User, source: Source, chosen: Filter) -> list[ColumnElement[bool]]:
    """A filter as it holds for what each call counts, or counted; that of now, too, has an end where none is asked."""
    found = chosen_groups(user, source, Contribution, chosen)
    if chosen.first_day is not None:
        found.append(day_of(chosen) >= chosen.first_day)
    if chosen.end_day is not None:
        found.append(day_of(chosen) < chosen.end_day)
    if chosen.as_of is not None:
        found.append(counted_at(chosen.as_of))
    return found


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
