"""Calls picked for a risk, beside the plans and never in their estimates: by which rules, and how many a day."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from statistics import fmean

from sqlmodel import Session

from app.calls.models import Call
from app.domain.evidence import Verdict
from app.domain.scoring import DECIDED, Finding
from app.evaluations import queries as evaluations
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.errors import AppError
from app.ledger.service import Actor, record
from app.sampling import queries
from app.sampling.models import Risk, RiskPick, RiskRule
from app.transcription.models import TranscriptRevision
from app.transcription.readings import reading

# Which item of the scorecards the words fail that no agent may say.
BANNED_WORDS_ITEM = "polite"
# Where nobody has set anything: nothing is picked, and this is what the form begins with.
DEFAULTS: dict[Risk, tuple[float | None, int]] = {
    Risk.CRITICAL: (None, 10),
    Risk.COMPLAINT: (None, 10),
    Risk.LOW_CONFIDENCE: (0.7, 5),
    Risk.LONG_HOLD: (180.0, 5),
    Risk.BANNED_WORDS: (None, 10),
}
MOST_PER_DAY = 1000
# How many of the newest complaints are looked at; each is noted down within a minute of being recorded.
LATELY = 500
STREAM = "risk_rules"


class RuleWrong(AppError):
    """A rule picks from 1 to 1,000 calls a day, and its limit is more than 0."""

    code = "rule_wrong"
    status = 422


@dataclass(frozen=True)
class Rule:
    """By which rule calls are picked for a risk; see RiskRule."""

    kind: Risk
    active: bool
    limit: float | None
    per_day: int


def rules(session: Session) -> tuple[Rule, ...]:
    """Every rule, as it is set or as it would begin."""
    kept = queries.risk_rules(session)
    return tuple(
        Rule(kind, kept[kind].active, kept[kind].limit, kept[kind].per_day)
        if kind in kept
        else Rule(kind, False, *DEFAULTS[kind])
        for kind in Risk
    )


def set_rule(session: Session, rule: Rule, actor: Actor) -> None:
    """Let a rule be so from now on."""
    has_limit = DEFAULTS[rule.kind][0] is not None
    if not 1 <= rule.per_day <= MOST_PER_DAY or (has_limit and not (rule.limit and rule.limit > 0)):
        raise RuleWrong
    kept = queries.lock_risk_rule(session, rule.kind) or RiskRule(kind=rule.kind, per_day=rule.per_day)
    kept.active, kept.per_day, kept.limit = rule.active, rule.per_day, rule.limit if has_limit else None
    session.add(kept)
    session.flush()
    said = {"active": kept.active, "limit": kept.limit, "per_day": kept.per_day}
    record(session, STREAM, actor, "risk_rule.set", kind=rule.kind.value, **said)


def note(session: Session, call: Call, evaluation: Evaluation, at: datetime) -> None:
    """Note down the risks that a call shows which has just been scored, of the kinds that are picked for."""
    active: dict[Risk, Rule] = {one.kind: one for one in rules(session) if one.active and one.kind != Risk.COMPLAINT}
    if not active:
        return
    longest = _longest_hold(session, evaluation) if Risk.LONG_HOLD in active else 0.0
    found = set(seen(active, evaluations.findings(session, id_of(evaluation)), longest))
    _keep(session, id_of(call), found - queries.risks_seen(session, id_of(call)), at)


def note_complaints(session: Session, at: datetime) -> None:
    """Note down the calls that somebody complained about lately, if calls are picked for that."""
    if any(one.active and one.kind == Risk.COMPLAINT for one in rules(session)):
        for call_id in queries.complained_of_lately(session, LATELY):
            _keep(session, call_id, {Risk.COMPLAINT}, at)


def seen(active: Mapping[Risk, Rule], findings: Iterable[Finding], longest_hold: float) -> Iterator[Risk]:
    """The risks that an evaluation shows, of the kinds that are picked for."""
    found = list(findings)
    sure = [one.confidence for one in found if one.verdict in DECIDED]
    shown = {
        Risk.CRITICAL: any(one.critical and one.verdict in (Verdict.FAIL, Verdict.UNCERTAIN) for one in found),
        Risk.BANNED_WORDS: any(one.id == BANNED_WORDS_ITEM and one.verdict == Verdict.FAIL for one in found),
        Risk.LOW_CONFIDENCE: bool(sure) and fmean(sure) < _limit(active, Risk.LOW_CONFIDENCE),
        Risk.LONG_HOLD: longest_hold > _limit(active, Risk.LONG_HOLD),
    }
    return (kind for kind in active if shown.get(kind))


def take_due(session: Session, kind: Risk, at: datetime) -> list[RiskPick]:
    """The calls to be picked now for a kind of risk: as many as the cap of their day leaves, in seeded order.

    Who waits is ordered by a hash, so that neither the first agent of the day nor the longest call is preferred.
    """
    rule = queries.lock_risk_rule(session, kind)
    if rule is None or not rule.active:
        return []
    today = at.astimezone(UTC).date()
    days = (today - timedelta(days=1), today)
    counted = queries.picked_on(session, days)
    due: list[RiskPick] = []
    for day in days:
        left = rule.per_day - counted.get((day, kind), (0, 0))[1]
        waiting = queries.waiting_risks(session, kind, day) if left > 0 else ()
        due += sorted(waiting, key=_place)[:left] if left > 0 else []
    for one in due:
        one.offered_at = at
        session.add(one)
    session.flush()
    # Calls are locked one after the other: everybody in the same order.
    return sorted(due, key=lambda one: one.call_id)


def _keep(session: Session, call_id: int, kinds: Iterable[Risk], at: datetime) -> None:
    day: date = at.astimezone(UTC).date()
    session.add_all(RiskPick(call_id=call_id, kind=kind, day=day, seen_at=at) for kind in sorted(kinds))
    session.flush()


def _longest_hold(session: Session, evaluation: Evaluation) -> float:
    revision = session.get_one(TranscriptRevision, evaluation.transcript_id)
    return max((one.length or 0.0 for one in reading(revision).holds), default=0.0)


def _limit(active: Mapping[Risk, Rule], kind: Risk) -> float:
    rule = active.get(kind)
    return rule.limit or 0.0 if rule else 0.0


def _place(one: RiskPick) -> str:
    return hashlib.sha256(f"risk|{one.kind}|{one.day}|{one.call_id}".encode()).hexdigest()
