"""Puts what another system is told of into JSON: ids, links and the facts it needs to find its own records."""

import json
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.accounts import queries as accounts
from app.calls.models import Call
from app.coaching import queries as coaching
from app.coaching.models import CoachingNote
from app.complaints.models import Complaint
from app.evaluations.models import Evaluation
from app.ledger.models import LedgerEntry
from app.reviews import queries as reviews
from app.reviews import second_queries
from app.scorecards.models import ScorecardVersion
from app.webhooks.events import TRIAL, About, Telling, facts, telling

# Ids of events are made from what the ledger says, so that the same entry has the same id however often it is told.
NAMESPACE = uuid.UUID("6d0c1f0a-2f0b-5a56-9d2e-0b1f3f6f7a11")


@dataclass(frozen=True)
class Told:
    """One thing that another system is told: which event, under which id, and the JSON that is sent."""

    event: str
    event_id: str
    body: str


def told(session: Session, entry: LedgerEntry, site: str) -> Told | None:
    """What an entry of the ledger tells other systems; None where it is not for them. `site`: where links lead."""
    how = telling(entry)
    if how is None:
        return None
    data = {**facts(entry, how), **_looked_up(session, entry, how, site.rstrip("/"))}
    return _written(how.event.value, _event_id(entry, how), entry.at, data)


def trial(webhook_id: int, at: datetime) -> Told:
    """A trial: nothing happened, but the way is the same."""
    data = {"webhook": webhook_id, "message": "This is a test; nothing happened."}
    return _written(TRIAL, str(uuid.uuid4()), at, data)


def _written(event: str, event_id: str, at: datetime, data: dict[str, Any]) -> Told:
    body = {"id": event_id, "event": event, "at": at.isoformat().replace("+00:00", "Z"), "data": data}
    return Told(event, event_id, json.dumps(body, ensure_ascii=False, separators=(",", ":")))


def _event_id(entry: LedgerEntry, how: Telling) -> str:
    what = f"{entry.payload.get(how.once_per)} {entry.at.isoformat()}" if how.once_per else entry.hash
    return str(uuid.uuid5(NAMESPACE, f"{how.event.value} {what}"))


def _looked_up(session: Session, entry: LedgerEntry, how: Telling, site: str) -> dict[str, Any]:
    """The facts that the entry names by an id alone."""
    number = int(entry.stream.rpartition(":")[2]) if entry.stream.rpartition(":")[2].isdigit() else 0
    if how.about == About.EVALUATION:
        return _evaluation(session, entry, number, site)
    if how.about == About.COACHING:
        return _coaching(session, int(entry.payload["note"]), site)
    if how.about == About.CALIBRATION:
        return _calibration(session, int(entry.payload["calibration"]), site)
    if how.about == About.SCORECARD:
        return {
            "language": entry.stream.rpartition(":")[2],
            "url": f"{site}/scorecards/{entry.payload['scorecard']}",
        }
    return _complaint(session, number, site)


def _evaluation(session: Session, entry: LedgerEntry, call_id: int, site: str) -> dict[str, Any]:
    """The call, the scorecard that judged it, and whether the machine or a person is meant."""
    is_machine = entry.event == "evaluation.scored"
    review = None if is_machine else reviews.of_call(session, call_id)
    version = entry.payload.get("version")
    if version is None and review is not None:
        evaluation = session.get(Evaluation, review.evaluation_id)
        version = evaluation.scorecard_version if evaluation else None
    found: dict[str, Any] = {"source": "machine" if is_machine else "final", "call": _call(session, call_id, site)}
    if version is not None:
        stored = session.get(ScorecardVersion, version)
        found["scorecard"] = {"id": stored.scorecard if stored else None, "version": version}
    return found


def _coaching(session: Session, note_id: int, site: str) -> dict[str, Any]:
    note = session.get(CoachingNote, note_id)
    points = coaching.points(session, [note_id])[note_id]
    call_ids = sorted({one.call_id for one in points if one.call_id is not None})
    return {
        "agent": _username(session, note.agent_id if note else None),
        "items": sorted({one.item_id for one in points if one.item_id is not None}),
        "calls": [_call(session, one, site) for one in call_ids],
        "url": f"{site}/coaching/{note_id}",
    }


def _calibration(session: Session, calibration_id: int, site: str) -> dict[str, Any]:
    call_ids = second_queries.calls_in(session, calibration_id)
    return {
        "calls": [_call(session, one, site) for one in sorted(call_ids)],
        "url": f"{site}/calibrations/{calibration_id}",
    }


def _complaint(session: Session, complaint_id: int, site: str) -> dict[str, Any]:
    known = session.get(Complaint, complaint_id)
    team = accounts.team(session, known.team_id) if known and known.team_id is not None else None
    return {
        "complaint": complaint_id,
        "external_id": known.external_id if known else None,
        "agent": _username(session, known.agent_id if known else None),
        "team": team.name if team else None,
        "call": _call(session, known.call_id, site) if known and known.call_id is not None else None,
        "url": f"{site}/api/v1/complaints/{complaint_id}",
    }


def _call(session: Session, call_id: int, site: str) -> dict[str, Any]:
    """A call by the names that other systems have for it."""
    call = session.get(Call, call_id)
    team = accounts.team(session, call.team_id) if call and call.team_id is not None else None
    return {
        "id": call_id,
        "external_id": call.external_id if call else None,
        "agent": _username(session, call.agent_id if call else None),
        "team": team.name if team else None,
        "queue": call.queue if call else "",
        "site_day": call.site_day.isoformat() if call else None,
        "url": f"{site}/calls/{call_id}",
    }


def _username(session: Session, user_id: int | None) -> str | None:
    user = accounts.user(session, user_id) if user_id is not None else None
    return user.username if user else None
