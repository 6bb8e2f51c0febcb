"""Counts each call once, exactly: what it counted before is taken back in the transaction that counts it anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
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


def count(session: Session, call_id: int, key: TallyKey, counts: Counts) -> None:
    """Let a call count so, in place of what it counted before under the same source."""
    uncount(session, call_id, key.source)
    added = Contribution(
        call_id=call_id,
        **_key(key),
        **{name: getattr(counts, name) for name in NUMBERS},
        items=dict(counts.items),
    )
    session.add(added)
    session.flush()
    _apply(session, added, 1)


def uncount(session: Session, call_id: int, source: str) -> None:
    """Take back what a call counted under a source; nothing, if it counted nothing."""
    before = queries.contribution(session, call_id, source)
    if before is not None:
        _apply(session, before, -1)
        session.delete(before)
        session.flush()


def move(session: Session, call_id: int, *, team_id: int, agent_id: int, queue: str, site_day: date) -> None:
    """Count a call under another team, agent, queue or day, after these were corrected."""
    for before in queries.contributions(session, call_id):
        _apply(session, before, -1)
        before.team_id, before.agent_id, before.queue, before.site_day = team_id, agent_id, queue, site_day
        session.add(before)
        session.flush()
        _apply(session, before, 1)


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
