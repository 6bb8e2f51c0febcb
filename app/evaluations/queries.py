"""Reads evaluations."""

from collections.abc import Sequence
from typing import NamedTuple

import sqlalchemy
from sqlalchemy import ColumnElement, and_, case
from sqlmodel import Session, col, func, or_, select

from app.accounts.models import User
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.domain.evidence import Verdict
from app.domain.scoring import DECIDED, Finding, Score
from app.evaluations.files import Evaluated, Refused
from app.evaluations.models import Evaluation, StoredFinding
from app.scorecards import queries as scorecards
from app.transcription.models import TranscriptRevision


def current(session: Session, call_id: int) -> Evaluation | None:
    """The evaluation that a call counts with."""
    return session.exec(select(Evaluation).where(Evaluation.call_id == call_id, col(Evaluation.current))).first()


def current_of(session: Session, call_ids: Sequence[int]) -> dict[int, Evaluation]:
    """The evaluations that some calls count with, by call."""
    wanted = select(Evaluation).where(col(Evaluation.call_id).in_(call_ids), col(Evaluation.current))
    return {one.call_id: one for one in session.exec(wanted)}


def of_call(session: Session, call_id: int) -> Sequence[Evaluation]:
    """All evaluations of a call, the newest first."""
    wanted = select(Evaluation).where(Evaluation.call_id == call_id)
    return session.exec(wanted.order_by(col(Evaluation.id).desc())).all()


def same(session: Session, transcript_id: int, scorecard_version: str, rules_version: str) -> Evaluation | None:
    """The evaluation of this transcript by this scorecard and these rules."""
    wanted = select(Evaluation).where(
        Evaluation.transcript_id == transcript_id,
        Evaluation.scorecard_version == scorecard_version,
        Evaluation.rules_version == rules_version,
    )
    return session.exec(wanted).first()


def findings(session: Session, evaluation_id: int) -> tuple[Finding, ...]:
    """What an evaluation found, in the order of the scorecard."""
    wanted = select(StoredFinding).where(StoredFinding.evaluation_id == evaluation_id)
    rows = session.exec(wanted.order_by(col(StoredFinding.place)))
    return tuple(Finding.model_validate(row.content) for row in rows)


def score_of(session: Session, evaluation: Evaluation) -> Score:
    """An evaluation as the core gave it."""
    return Score(
        findings=findings(session, evaluation.id or 0),
        score=evaluation.score,
        low=evaluation.low,
        high=evaluation.high,
        passed=evaluation.passed,
        critical_failed=evaluation.critical_failed,
    )


class Noticed(NamedTuple):
    """How many items of an evaluation somebody has to look at, decide alone, and how many critical ones failed."""

    to_check: int = 0
    for_person: int = 0
    critical: int = 0


def noticed(session: Session, evaluation_ids: Sequence[int], sure_enough: float) -> dict[int, Noticed]:
    """The same for several evaluations at once; a verdict below `sure_enough` (0-1) is one to look at."""
    verdict, content = col(StoredFinding.verdict), col(StoredFinding.content)
    unsure = and_(verdict.in_(DECIDED), content["confidence"].as_float() < sure_enough)
    counted = (
        or_(verdict == Verdict.UNCERTAIN, unsure),
        verdict == Verdict.UNSCORED,
        and_(verdict == Verdict.FAIL, content["critical"].as_boolean()),
    )
    of = col(StoredFinding.evaluation_id)
    wanted = sqlalchemy.select(of, *(func.sum(case((one, 1), else_=0)) for one in counted))
    rows = session.execute(wanted.where(of.in_(evaluation_ids)).group_by(of))
    return {evaluation: Noticed(*map(int, numbers)) for evaluation, *numbers in rows}


def as_file(session: Session, call_id: int) -> Evaluated | Refused:
    """A call as `callmark score` would answer about its file."""
    call = session.get_one(Call, call_id)
    evaluation = current(session, call_id)
    if evaluation is None:
        return Refused(call.file_name, call.error_code or call.state.value, call.error_message or "Not scored yet.")
    revision = session.get_one(TranscriptRevision, evaluation.transcript_id)
    card = scorecards.card(session, evaluation.scorecard_version)
    return Evaluated(call.file_name, revision.transcript, card, score_of(session, evaluation), revision.engine)


def up_to_date(session: Session, user: User, rules: str, versions: Sequence[str]) -> tuple[int, int]:
    """How many calls of those that a person sees are judged by these rules and scorecards, and how many in all."""
    left = func.sum(case((_otherwise(rules, versions), 1), else_=0))
    judged = (
        select(func.count(), func.coalesce(left, 0))
        .select_from(Evaluation)
        .join(Call, col(Call.id) == Evaluation.call_id)
        .where(col(Evaluation.current), *_may_be_judged(user))
    )
    total, outdated = session.exec(judged).one()
    return total - outdated, total


def out_of_date(
    session: Session, user: User, rules: str, versions: Sequence[str], after: int, limit: int
) -> Sequence[int]:
    """The next calls that a person sees and that are judged by other rules or scorecards, by id."""
    wanted = (
        select(Evaluation.call_id)
        .join(Call, col(Call.id) == Evaluation.call_id)
        .where(col(Evaluation.current), *_may_be_judged(user), Evaluation.call_id > after)
        .where(_otherwise(rules, versions))
    )
    return session.exec(wanted.order_by(col(Evaluation.call_id)).limit(limit)).all()


def _may_be_judged(user: User) -> tuple[ColumnElement[bool], ...]:
    """The scored calls that a person sees and of which it is still known what was said."""
    return col(Call.state) == CallState.SCORED, visible_to(user), col(Call.words_removed_at).is_(None)


def _otherwise(rules: str, versions: Sequence[str]) -> ColumnElement[bool]:
    return or_(col(Evaluation.rules_version) != rules, col(Evaluation.scorecard_version).not_in(versions))


def stored_findings(session: Session, call_id: int) -> Sequence[StoredFinding]:
    """What all evaluations of a call found, as it is stored."""
    wanted = select(StoredFinding).join(Evaluation, col(Evaluation.id) == StoredFinding.evaluation_id)
    return session.exec(wanted.where(Evaluation.call_id == call_id)).all()
