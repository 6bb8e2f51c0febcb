"""Reads evaluations."""

from collections.abc import Sequence

from sqlmodel import Session, col, select

from app.domain.scoring import Finding, Score
from app.evaluations.models import Evaluation, StoredFinding


def current(session: Session, call_id: int) -> Evaluation | None:
    """The evaluation that a call counts with."""
    return session.exec(select(Evaluation).where(Evaluation.call_id == call_id, col(Evaluation.current))).first()


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
