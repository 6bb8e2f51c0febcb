"""Puts what another system is told of into JSON: ids, links and the facts it needs to find its own records."""

import json
import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.accounts import queries as accounts
from app.calls.models import Call, CallState
from app.coaching import queries as coaching
from app.coaching.models import CoachingNote
from app.complaints.models import Complaint
from app.evaluations.models import Evaluation
from app.ledger import queries as ledger
from app.ledger.models import LedgerEntry
from app.ledger.service import call_stream
from app.reviews import queries as reviews
from app.reviews import second_queries
from app.reviews.offering import Terms
from app.scorecards.models import ScorecardVersion
from app.webhooks.events import TRIAL, About, Telling, facts, tellings
from app.webhooks.overrides import overrides
from app.webhooks.withholding import is_withheld

# Ids of events are made from what the ledger says, so that the same entry has the same id however often it is told.
NAMESPACE = uuid.UUID("6d0c1f0a-2f0b-5a56-9d2e-0b1f3f6f7a11")


@dataclass(frozen=True)
class Told:
    """One thing that another system is told: which event, under which id, and the JSON that is sent."""

    event: str
    event_id: str
    body: str


def told(
    session: Session,
    entry: LedgerEntry,
    wanted: Collection[str],
    site: str,
    on: Terms = Terms(),  # noqa: B008
) -> list[Told]:
    """What an entry of the ledger tells other systems of these events; mostly one thing, nothing if it is not for them.

    `site`: where links lead; `on`: the terms that say which calls are scored blind.
    """
    found = []
    for how in tellings(entry):
        if how.event.value in wanted:
            for item, data in _data(session, entry, how, site.rstrip("/")).items():
                told_now = _without_machine(session, entry, data, on)
                found.append(_written(how.event.value, _event_id(entry, how, item), entry.at, told_now))
    return found


def _data(session: Session, entry: LedgerEntry, how: Telling, site: str) -> dict[str, dict[str, Any]]:
    """What an entry says as one event; as several, by the items that these are about."""
    said = {**facts(entry, how), **_looked_up(session, entry, how, site)}
    if not how.each_override:
        return {"": said}
    return {item: {**said, "item": item, **one} for item, one in overrides(session, entry).items()}


def ids_about(session: Session, call_id: int) -> set[str]:
    """The ids of all events that tell of a call: of itself, or of notes, calibrations and complaints about it."""
    of_call = ledger.entries(session, call_stream(call_id))
    complaints = {one.payload["complaint"] for one in of_call if "complaint" in one.payload}
    of_complaints = [one for number in complaints for one in ledger.entries(session, f"complaint:{number}")]
    return _ids(of_call) | _ids(of_complaints)


def ids_of_complaint(session: Session, complaint_id: int) -> set[str]:
    """The ids of all events that tell of a complaint."""
    return _ids(ledger.entries(session, f"complaint:{complaint_id}"))


def _ids(entries: Iterable[LedgerEntry]) -> set[str]:
    return {
        _event_id(one, how, item)
        for one in entries
        for how in tellings(one)
        for item in (one.payload.get("verdicts", ()) if how.each_override else ("",))
    }


def without_call(body: str, call_id: int, *, figures: bool) -> str:
    """What is sent, with nothing left of a call but its number; `figures`: what it was worth stays."""
    said = json.loads(body)
    data: dict[str, Any] = said["data"]
    if "calls" in data:
        data["calls"] = [_bare(one["id"], one["url"]) if one["id"] == call_id else one for one in data["calls"]]
    about = data.get("call")
    if about is not None and about["id"] == call_id:
        data["call"] = _bare(call_id, about["url"])
        if not figures and said["event"].startswith(f"{About.EVALUATION.value}."):
            said["data"] = {"call": data["call"]}
    return _json(said)


def without_complaint(body: str) -> str:
    """What is sent, without what the other systems of the house call the complaint."""
    said = json.loads(body)
    said["data"] |= {"external_id": None} if "external_id" in said["data"] else {}
    return _json(said)


def trial(webhook_id: int, at: datetime) -> Told:
    """A trial: nothing happened, but the way is the same."""
    data = {"webhook": webhook_id, "message": "This is a test; nothing happened."}
    return _written(TRIAL, str(uuid.uuid4()), at, data)


def _written(event: str, event_id: str, at: datetime, data: dict[str, Any]) -> Told:
    body = {"id": event_id, "event": event, "at": at.isoformat().replace("+00:00", "Z"), "data": data}
    return Told(event, event_id, _json(body))


def _json(body: dict[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))


def _event_id(entry: LedgerEntry, how: Telling, item: str = "") -> str:
    what = f"{entry.payload.get(how.once_per)} {entry.at.isoformat()}" if how.once_per else entry.hash
    return str(uuid.uuid5(NAMESPACE, f"{how.event.value} {what} {item}".rstrip()))


def _without_machine(session: Session, entry: LedgerEntry, data: dict[str, Any], on: Terms) -> dict[str, Any]:
    """The same, without what the machine found as long as somebody is to score the call without knowing it."""
    names = ("score", "passed") if data.get("source") == "machine" else ("machine",) if "machine" in data else ()
    if not names or not is_withheld(session, _number(entry), on):
        return data
    return {**data, **dict.fromkeys(names), "withheld": True}


def _number(entry: LedgerEntry) -> int:
    """The number of what the stream is about; 0 where it has none."""
    last = entry.stream.rpartition(":")[2]
    return int(last) if last.isdigit() else 0


def _looked_up(session: Session, entry: LedgerEntry, how: Telling, site: str) -> dict[str, Any]:
    """The facts that the entry names by an id alone."""
    number = _number(entry)
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
    """A call by the names that other systems have for it; of a deleted one only its number is left."""
    call, url = session.get(Call, call_id), f"{site}/calls/{call_id}"
    if call is not None and call.state == CallState.DELETED:
        return _bare(call_id, url)
    team = accounts.team(session, call.team_id) if call and call.team_id is not None else None
    return {
        "id": call_id,
        "external_id": call.external_id if call else None,
        "agent": _username(session, call.agent_id if call else None),
        "team": team.name if team else None,
        "queue": call.queue if call else "",
        "site_day": call.site_day.isoformat() if call else None,
        "url": url,
    }


def _bare(call_id: int, url: str) -> dict[str, Any]:
    """A call that was deleted."""
    nothing = dict.fromkeys(("external_id", "agent", "team"))
    return {"id": call_id, **nothing, "queue": "", "site_day": None, "url": url, "deleted": True}


def _username(session: Session, user_id: int | None) -> str | None:
    user = accounts.user(session, user_id) if user_id is not None else None
    return user.username if user else None
