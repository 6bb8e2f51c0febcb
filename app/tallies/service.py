"""Counts each call once, exactly: what it counted before is taken back in the transaction that counts it anew.

What it counted before is kept, with the moments from and until which it did, and so are the rates of every day.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from app.domain.evidence import Verdict
from app.domain.scoring import Score
from app.tallies import queries
from app.tallies.models import Contribution, ItemTally, Tally, TallyKey

MACHINE = "machine"
FINAL = "final"
NUMBERS = ("n", "passed", "uncertain", "not_applicable", "critical", "score_tenths")
KEY = tuple(TallyKey.model_fields)
INSERTS: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


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


def count(session: Session, call_id: int, key: TallyKey, counts: Counts, at: datetime) -> None:
    """Let a call count so from this moment on, in place of what it counted before under the same source."""
    at = _end(session, call_id, key.source, at)
    _begin(session, call_id, key, {name: getattr(counts, name) for name in NUMBERS}, dict(counts.items), at)


def uncount(session: Session, call_id: int, source: str, at: datetime) -> None:
    """Take back what a call counted under a source until this moment; nothing, if it counted nothing."""
    _end(session, call_id, source, at)


def move(
    session: Session, call_id: int, *, team_id: int, agent_id: int, queue: str, site_day: date, at: datetime
) -> None:
    """Count a call under another team, agent, queue or day from this moment on, after these were corrected."""
    for before in queries.contributions(session, call_id):
        key = TallyKey(
            **_key(before) | {"team_id": team_id, "agent_id": agent_id, "queue": queue, "site_day": site_day}
        )
        if _key(key) != _key(before):
            since = _end(session, call_id, before.source, at)
            _begin(session, call_id, key, {name: getattr(before, name) for name in NUMBERS}, before.items, since)


def redesign(session: Session, call_id: int, design: str, at: datetime) -> None:
    """Count a reviewed call under another design from this moment on: it is in a sample now."""
    before = queries.contribution(session, call_id, FINAL)
    if before is not None and before.design != design:
        since = _end(session, call_id, FINAL, at)
        key = TallyKey(**_key(before) | {"design": design})
        _begin(session, call_id, key, {name: getattr(before, name) for name in NUMBERS}, before.items, since)


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


def _begin(
    session: Session, call_id: int, key: TallyKey, numbers: dict[str, Any], items: dict[str, Any], at: datetime
) -> None:
    added = Contribution(call_id=call_id, **_key(key), **numbers, items=items, counted_from=at)
    session.add(added)
    session.flush()
    _apply(session, added, 1)


def _apply(session: Session, one: Contribution, sign: int) -> None:
    _add(session, Tally, _key(one), {name: sign * getattr(one, name) for name in NUMBERS})
    # In a fixed order, so that two calls counted at once never wait for each other in a circle.
    for item, verdict in sorted(one.items.items()):
        _add(session, ItemTally, {**_key(one), "item": item, "verdict": verdict}, {"n": sign})


def _add(session: Session, kind: type[SQLModel], key: dict[str, Any], delta: dict[str, int]) -> None:
    """Add to the row of this key, or make it."""
    table: Table = kind.__table__  # type: ignore[attr-defined]
    insert = INSERTS[session.get_bind().dialect.name](table).values(**key, **delta)
    session.execute(
        insert.on_conflict_do_update(
            index_elements=[table.c[name] for name in key],
            set_={name: table.c[name] + insert.excluded[name] for name in delta},
        )
    )


def _key(one: TallyKey) -> dict[str, Any]:
    return {name: getattr(one, name) for name in KEY}
