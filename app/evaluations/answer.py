"""What `callmark score` answers about one file: the keys that other systems rely on."""

from typing import Any

from app.domain.scoring import Finding
from app.domain.transcript import Turn
from app.evaluations.files import Evaluated, Refused


def answer(result: Evaluated | Refused) -> dict[str, Any]:
    """What is said about a file, ready to be written as one line of JSON."""
    if isinstance(result, Refused):
        return {"file": result.file, "error": {"code": result.code, "message": result.message}}
    return _scored(result)


def _scored(evaluated: Evaluated) -> dict[str, Any]:
    transcript, card, score = evaluated.transcript, evaluated.scorecard, evaluated.score
    return {
        "file": evaluated.file,
        "language": transcript.language,
        "duration": _seconds(evaluated.duration),
        "engine": evaluated.engine,
        "scorecard": {"id": card.id, "version": card.version},
        "holds": [
            {"start": _seconds(hold.start), "end": _seconds(hold.end), "kind": hold.kind.value}
            for hold in evaluated.holds
        ],
        "transcript": {"turns": [_turn(turn) for turn in transcript.turns]},
        "items": [_item(finding) for finding in score.findings],
        "score": score.score,
        "score_low": score.low,
        "score_high": score.high,
        "passed": score.passed,
        "critical_failed": score.critical_failed,
    }


def _turn(turn: Turn) -> dict[str, Any]:
    return {
        "speaker": turn.speaker.value,
        "start": _seconds(turn.start),
        "end": _seconds(turn.end),
        "text": turn.text,
    }


def _item(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "verdict": finding.verdict.value,
        "confidence": finding.confidence,
        "points": finding.points,
        "max_points": finding.max_points,
        "reason": str(finding.reason),
        "evidence": [
            {**piece.model_dump(mode="json"), "start": _seconds(piece.start), "end": _seconds(piece.end)}
            for piece in finding.evidence
        ],
        "searched": _searched(finding),
        "nearest": finding.nearest.model_dump(mode="json", include={"quote", "turn", "similarity"})
        if finding.nearest
        else None,
    }


def _searched(finding: Finding) -> dict[str, Any] | None:
    if finding.searched is None:
        return None
    searched = finding.searched.model_dump(mode="json")
    return {**searched, "start": _seconds(finding.searched.start), "end": _seconds(finding.searched.end)}


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
