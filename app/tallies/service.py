"""Counts each call once, exactly: what it counted before is taken back in the transaction that counts it anew.

What it counted before is kept, with the moments from and until which it did, and so are the rates of every day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, tzinfo
from typing import Any

from sqlmodel import Session

from app.domain.evidence import Verdict
from app.domain.scoring import Score
from app.tallies import queries
from app.tallies.cells import NUMBERS
from app.tallies.models import Contribution, TallyKey
from app.tallies.pending import Pending, pending

MACHINE = "machine"
FINAL = "final"
KEY = tuple(TallyKey.model_fields)


@dataclass(frozen=True)
class Counts:
    """What one call adds: numbers that are summed, and the verdict of each item."""

    n: int = 0
    passed: int = 0
    uncertain: int = 0
    not_applicable: int = 0
    critical: int = 0
    score_tenths: int = 0
    items: Mapping[str, str] = field(default_factory=dict)


def counts_of(score: Score) -> Counts:
    """What a scored call adds: decided calls make up `n`; those still open and those without any item stand apart."""
    decided = score.passed is not None
    none_applies = not any(finding.verdict != Verdict.NOT_APPLICABLE for finding in score.findings)
    return Counts(
        n=int(decided),
        passed=int(score.passed is True),
        uncertain=int(not decided and not none_applies),
        not_applicable=int(none_applies),
        critical=int(score.critical_failed),
        score_tenths=round(10 * (score.score or 0.0)) if decided else 0,
        items={finding.id: finding.verdict.value for finding in score.findings},
    )


def count(
    session: Session,
    call_id: int,
    key: TallyKey,
    counts: Counts,
    at: datetime,
    *,
    submitted_at: datetime | None = None,
    started_at: datetime | None = None,
) -> None:
    """Let a call count so from this moment on, in place of what it counted before under the same source.

    It began at `started_at` and was judged at `submitted_at`; without them, now.
    """
    since = _end(session, call_id, key.source, at)
    submitted_at = submitted_at or at
    named = _key(key) | {"submitted_day": key.submitted_day or submitted_at.astimezone(UTC).date()}
    numbers = {name: getattr(counts, name) for name in NUMBERS}
    moments: dict[str, Any] = {"submitted_at": submitted_at, "started_at": started_at or at}
    _begin(session, Contribution(call_id=call_id, **named, **numbers, **moments, items=dict(counts.items)), since)


def uncount(session: Session, call_id: int, source: str, at: datetime) -> None:
    """Take back what a call counted under a source until this moment; nothing, if it counted nothing."""
    _end(session, call_id, source, at)


def move(
    session: Session,
    call_id: int,
    *,
    team_id: int,
    agent_id: int,
    queue: str,
    site_day: date,
    at: datetime,
    started_at: datetime | None = None,
    zone: tzinfo | None = None,
) -> None:
    """Count a call under another team, agent, queue or day from this moment on, after these were corrected.

    In another team's `zone` it may have been judged on another day.
    """
    for before in queries.contributions(session, call_id):
        changes: dict[str, Any] = {"team_id": team_id, "agent_id": agent_id, "queue": queue, "site_day": site_day}
        changes["started_at"] = started_at or before.started_at
        if zone is not None and team_id != before.team_id:
            changes["submitted_day"] = before.submitted_at.astimezone(zone).date()
        _change(session, before, changes, at)


def redesign(session: Session, call_id: int, design: str, at: datetime) -> None:
    """Count a reviewed call under another design from this moment on: it is in a sample now."""
    before = queries.contribution(session, call_id, FINAL)
    if before is not None:
        _change(session, before, {"design": design}, at)


def _change(session: Session, before: Contribution, changes: Mapping[str, Any], at: datetime) -> None:
    """Let the same verdicts count elsewhere from this moment on, if that is another place at all."""
    if all(getattr(before, name) == value for name, value in changes.items()):
        return
    since = _end(session, before.call_id, before.source, at)
    kept = before.model_dump(exclude={"id", "counted_from", "counted_until"})
    _begin(session, Contribution(**kept | dict(changes)), since)


def _end(session: Session, call_id: int, source: str, at: datetime) -> datetime:
    """Let what a call counts under a source count no longer; the answer is the moment at which it ended.

    Who waited for somebody else may come with a moment before theirs: what follows begins where that ended.
    """
    last = queries.last_contribution(session, call_id, source)
    if last is None:
        return at
    at = max(at, last.counted_until or last.counted_from)
    if last.counted_until is None:
        _apply(session, last, -1)
        last.counted_until = at
        session.add(last)
        session.flush()
    return at


def _begin(session: Session, added: Contribution, at: datetime) -> None:
    added.counted_from = at
    session.add(added)
    session.flush()
    _apply(session, added, 1)


def _apply(session: Session, one: Contribution, sign: int) -> None:
    # Within a savepoint it is written at once: what is rolled back to there must not be counted later.
    nested = session.in_nested_transaction()
    sums = Pending() if nested else pending(session)
    sums.add(one, [getattr(one, name) for name in NUMBERS], one.items, sign)
    if nested:
        sums.write(session.connection())


def _key(one: TallyKey) -> dict[str, Any]:
    return {name: getattr(one, name) for name in KEY}
