"""Judges stored transcripts and keeps what was found."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from functools import cache

from sqlmodel import Session

from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.calls.service import WordsRemoved
from app.domain.evidence import Reason
from app.domain.scorecard import Scorecard
from app.domain.scoring import Finding, Score, score_reading
from app.evaluations import queries
from app.evaluations.models import Evaluation, StoredFinding
from app.kit.db import id_of
from app.kit.shipped import PACKAGE
from app.ledger.service import Actor, machine, record_for_call
from app.scorecards import service as scorecards
from app.scorecards.active import active
from app.tallies import service as tallies
from app.tallies.models import TallyKey
from app.tallies.queries import zone_of
from app.transcription.models import TranscriptRevision
from app.transcription.readings import reading


def evaluate(session: Session, call_id: int, revision: TranscriptRevision, actor: Actor) -> Evaluation:
    """Judge a transcript by the active scorecard of its language; the result is the call's current evaluation.

    The same transcript, scorecard and rules give the same evaluation: it is then the one that was made before.
    """
    call = calls.lock_kept(session, call_id)
    if call.words_removed_at is not None:
        raise WordsRemoved
    chosen = active(session, revision.transcript.language)
    scorecards.put_in_force(session, chosen, machine(actor.at))
    card = chosen.card
    known = queries.same(session, id_of(revision), card.version, rules_version())
    if known is None:
        scorecards.keep(session, card, actor.at)
        known = _add(session, call, revision, card, score_reading(card, reading(revision)), actor)
    elif not known.current:
        _make_current(session, known)
        _count(session, call, known, card, actor)
    if call.state in calls.UNDER_WAY:
        call.step, call.progress = "", 0.0
    call.state, call.error_code, call.error_message = CallState.SCORED, None, None
    session.add(call)
    session.flush()
    return known


def forget_quotes(session: Session, call_id: int) -> None:
    """Leave of what was found about a call only the verdicts, without what was said."""
    for row in queries.stored_findings(session, call_id):
        found = Finding.model_validate(row.content)
        bare = {"reason": Reason(template=""), "evidence": (), "searched": None, "nearest": None}
        row.content = found.model_copy(update=bare).model_dump(mode="json")
        session.add(row)
    session.flush()


def requote(session: Session, row: StoredFinding, shown: Callable[[int | None, str], str]) -> None:
    """Quote in a finding only what may be read: `shown` tells it of a quotation from a turn."""
    found = Finding.model_validate(row.content)
    evidence = tuple(
        one.model_copy(update={"quote": shown(one.turn, one.quote)}) if one.speaker is not None else one
        for one in found.evidence
    )
    near = found.nearest
    nearest = near and near.model_copy(update={"quote": shown(near.turn, near.quote)})
    row.content = found.model_copy(update={"evidence": evidence, "nearest": nearest}).model_dump(mode="json")
    session.add(row)
    session.flush()


@cache
def rules_version() -> str:
    """Which state of the rules judges: the hash of the core's own source."""
    digest = hashlib.sha256()
    for path in sorted((PACKAGE / "domain").rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _add(
    session: Session, call: Call, revision: TranscriptRevision, card: Scorecard, found: Score, actor: Actor
) -> Evaluation:
    evaluation = Evaluation(
        call_id=id_of(call),
        transcript_id=id_of(revision),
        scorecard_version=card.version,
        rules_version=rules_version(),
        current=False,
        score=found.score,
        low=found.low,
        high=found.high,
        passed=found.passed,
        critical_failed=found.critical_failed,
        created_at=actor.at,
        created_by=actor.name,
    )
    session.add(evaluation)
    session.flush()
    session.add_all(
        StoredFinding(
            evaluation_id=id_of(evaluation),
            item_id=finding.id,
            place=place,
            verdict=finding.verdict,
            content=finding.model_dump(mode="json"),
        )
        for place, finding in enumerate(found.findings)
    )
    _make_current(session, evaluation)
    _count(session, call, evaluation, card, actor)
    record_for_call(
        session,
        id_of(call),
        actor,
        "evaluation.scored",
        evaluation=id_of(evaluation),
        transcript_revision=revision.revision,
        scorecard=card.id,
        version=card.version,
        rules=rules_version(),
        score=found.score,
        passed=found.passed,
        verdicts={finding.id: finding.verdict.value for finding in found.findings},
    )
    return evaluation


def _make_current(session: Session, evaluation: Evaluation) -> None:
    """One evaluation of a call is current; the one before is kept beside it."""
    before = queries.current(session, evaluation.call_id)
    if before is not None:
        before.current = False
        session.add(before)
        session.flush()
    evaluation.current = True
    session.add(evaluation)
    session.flush()


def _count(session: Session, call: Call, evaluation: Evaluation, card: Scorecard, actor: Actor) -> None:
    found = queries.score_of(session, evaluation)
    count_call(session, call, tally_key(call, card, tallies.MACHINE), found, evaluation.created_at, actor.at)


def count_call(session: Session, call: Call, key: TallyKey, score: Score, submitted_at: datetime, at: datetime) -> None:
    """Let a call count so from now on; on which day it was judged or submitted, its team's time zone says."""
    day = submitted_at.astimezone(zone_of(session, call.team_id)).date()
    tallies.count(
        session,
        id_of(call),
        key.model_copy(update={"submitted_day": day}),
        tallies.counts_of(score),
        at,
        submitted_at=submitted_at,
        started_at=call.started_at,
    )


def tally_key(call: Call, card: Scorecard, source: str, design: str = "") -> TallyKey:
    """Where a call counts; `design` is how it came to be reviewed, for what people found."""
    return TallyKey(
        source=source,
        site_day=call.site_day,
        team_id=call.team_id or 0,
        agent_id=call.agent_id or 0,
        queue=call.queue,
        scorecard=card.id,
        version=card.version,
        design=design,
    )
