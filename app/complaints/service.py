"""Keeps the complaint register: records complaints, ties them to calls and agents, notes what the inquiry found."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Team, User
from app.calls import queries as calls
from app.calls.models import Call
from app.complaints import queries
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.ledger import service as ledger
from app.ledger.service import Actor, record, record_for_call, record_worded

# What a complaint says stays out of the ledger, which outlives an erasure; that it changed does not.
PRIVATE = ("text",)
# What may name who complained stands beside the ledger, and goes with an erasure.
IN_WORDS = ("external_id", "channel")
# The facts that are columns as they stand.
SAID = {"external_id", "received_at", "category", "outcome", "channel", "text"}

# Moments beyond these are slips of the pen, and no database keeps all of them.
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200


class CallUnknown(AppError):
    """There is no such call, or none that you may see."""

    code = "call_unknown"
    status = 422


class AgentUnknown(AppError):
    """There is no agent of this user name; add the person first, or correct the name."""

    code = "agent_unknown"
    status = 422


class TeamUnknown(AppError):
    """There is no team of this name; add the team first, or correct the name."""

    code = "team_unknown"
    status = 422


class Told(BaseModel):
    """What can be said about a complaint whenever something becomes known; agent and team else come from its call."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True, extra="forbid")

    call_id: int | None = Field(None, ge=1, lt=2**31, description="The call it is about, by its id.", examples=[17])
    call_external_id: str | None = Field(
        None, max_length=200, description="Or by the name your system has for it.", examples=["2026-10-0001"]
    )
    agent: str | None = Field(
        None, max_length=100, description="User name of the agent; else the call's.", examples=["mei"]
    )
    team: str | None = Field(
        None, max_length=100, description="Name of the team; else the call's or the agent's.", examples=["Team A"]
    )
    channel: str = Field("phone", min_length=1, max_length=50, description="How it came.", examples=["phone"])
    text: str = Field("", max_length=10_000, description="What was said.", examples=["The agent hung up."])

    @field_validator("call_external_id", "agent", "team", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if isinstance(given, str) and not given.strip() else given

    @field_validator("call_external_id", "agent", "team", "channel", "text")
    @classmethod
    def has_no_nul(cls, given: str | None) -> str | None:
        if given is not None and "\0" in given:
            raise ValueError("must not contain a NUL character")
        return given

    @field_validator("received_at", mode="before", check_fields=False)
    @classmethod
    def time_is_written_out(cls, given: object) -> object:
        if isinstance(given, int | float):
            raise ValueError("give the time as text, such as 2026-10-01T09:30:00+08:00")
        return given

    @field_validator("received_at", check_fields=False)
    @classmethod
    def time_has_a_zone(cls, moment: datetime | None) -> datetime | None:
        if moment is None:
            return None
        if moment.tzinfo is None:
            raise ValueError("give the time with its zone, such as 2026-10-01T09:30:00+08:00")
        if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
            raise ValueError(f"must lie between {EARLIEST_YEAR} and {LATEST_YEAR}")
        return moment


class ComplaintFacts(Told):
    """What is known about a complaint; agent and team, when they are not given, are those of its call."""

    external_id: str | None = Field(
        None, max_length=200, description="What your system calls the complaint.", examples=["C-2026-031"]
    )
    received_at: datetime = Field(
        description="When it was made, RFC 3339 with offset.", examples=["2026-10-05T14:00:00+08:00"]
    )
    category: ComplaintCategory = Field(description="What it is about; attitude is 服务态度.", examples=["attitude"])
    outcome: ComplaintOutcome = Field(
        ComplaintOutcome.OPEN, description="What the inquiry found; only upheld ones count.", examples=["open"]
    )

    @field_validator("external_id", mode="before")
    @classmethod
    def no_name_is_none(cls, given: object) -> object:
        return None if isinstance(given, str) and not given.strip() else given

    @field_validator("external_id")
    @classmethod
    def name_has_no_nul(cls, given: str | None) -> str | None:
        return cls.has_no_nul(given)


class ComplaintChanges(Told):
    """What is known anew about a complaint; what is left out, or null, stays as it is."""

    received_at: datetime | None = Field(
        None, description="When it was made, RFC 3339 with offset.", examples=["2026-10-05T14:00:00+08:00"]
    )
    category: ComplaintCategory | None = Field(None, description="What it is about.", examples=["attitude"])
    outcome: ComplaintOutcome | None = Field(None, description="What the inquiry found.", examples=["upheld"])


def record_complaint(session: Session, user: User, facts: ComplaintFacts, actor: Actor) -> tuple[Complaint, bool]:
    """Put a complaint into the register, or bring the one with this external id up to date; and whether it is new."""
    known = queries.by_external_id(session, facts.external_id) if facts.external_id else None
    if known is None:
        columns = _columns(session, user, facts, None)
        added = Complaint(**columns, created_at=actor.at, created_by=actor.name)
        try:
            with session.begin_nested():
                session.add(added)
        except IntegrityError:
            # Somebody else recorded it in the same moment: theirs is the complaint.
            known = queries.by_external_id(session, facts.external_id or "")
            if known is None:
                raise
        else:
            said = {name: value for name, value in columns.items() if name not in PRIVATE}
            _tell(session, added, actor, "complaint.recorded", **said)
            return added, True
    # Whose complaint it is decides, not who knows its number.
    known = queries.complaint(session, user, id_of(known))
    return change(session, id_of(known), _columns(session, user, facts, known), actor), False


def link(
    session: Session, user: User, of: int, actor: Actor, *, call: Call | None = None, agent: User | None = None
) -> Complaint:
    """Tie a complaint to its call, to its agent, or to both; from a call come its agent and team, where it has them."""
    complaint = queries.complaint(session, user, of)
    return change(session, of, _ties(session, complaint.received_at, call, agent, None, complaint), actor)


def correct(session: Session, user: User, of: int, said: ComplaintChanges, actor: Actor) -> Complaint:
    """Note down what became known about a complaint, what the inquiry found among it."""
    known = queries.complaint(session, user, of)
    anew = said.model_dump(exclude_unset=True, exclude_none=True)
    facts = ComplaintFacts.model_validate({"received_at": known.received_at, "category": known.category, **anew})
    return change(session, of, _columns(session, user, facts, known), actor)


def change_outcome(session: Session, user: User, of: int, outcome: ComplaintOutcome, actor: Actor) -> Complaint:
    """Note what the inquiry found."""
    queries.complaint(session, user, of)
    return change(session, of, {"outcome": outcome}, actor)


def change(session: Session, of: int, changes: dict[str, Any], actor: Actor) -> Complaint:
    """Correct a complaint (columns of Complaint); the ledger keeps what was there before."""
    complaint = queries.lock(session, of)
    changed = {
        name: {"old": getattr(complaint, name), "new": value}
        for name, value in changes.items()
        if getattr(complaint, name) != value
    }
    if not changed:
        return complaint
    former_call = complaint.call_id
    for name, one in changed.items():
        setattr(complaint, name, one["new"])
    session.add(complaint)
    session.flush()
    said = {name: "changed" if name in PRIVATE else one for name, one in changed.items()}
    _tell(session, complaint, actor, "complaint.changed", **said)
    if former_call is not None and former_call != complaint.call_id:
        calls.lock(session, former_call)
        record_for_call(session, former_call, actor, "complaint.unlinked", complaint=of)
    return complaint


def erase(session: Session, of: int, actor: Actor, erasure: int) -> None:
    """Leave of a complaint what is counted: when it came, what it was about, what was found, and of whom."""
    complaint = queries.lock(session, of)
    complaint.text, complaint.external_id, complaint.channel = "", None, ""
    session.add(complaint)
    session.flush()
    ledger.forget_words_of(session, _stream(of))
    record(session, _stream(of), actor, "complaint.erased", erasure=erasure)


def _columns(session: Session, user: User, facts: ComplaintFacts, known: Complaint | None) -> dict[str, Any]:
    """The facts as columns; of a complaint that is known already, only those that are said anew."""
    agent = accounts.user_named(session, facts.agent) if facts.agent else None
    if facts.agent and agent is None:
        raise AgentUnknown(field="agent")
    team = accounts.team_named(session, facts.team) if facts.team else None
    if facts.team and team is None:
        raise TeamUnknown(field="team")
    said = facts.model_dump(include=SAID, exclude_unset=known is not None)
    return {**said, **_ties(session, facts.received_at, _call(session, user, facts), agent, team, known)}


def _ties(
    session: Session,
    received_at: datetime,
    call: Call | None,
    agent: User | None,
    team: Team | None,
    known: Complaint | None,
) -> dict[str, Any]:
    """Whose complaint it is and on which day it counts: as given, else as the call says, else as it was."""
    call_id = call.id if call else known.call_id if known else None
    agent_id = agent.id if agent else call.agent_id if call else None
    if agent_id is None and known is not None:
        agent_id = known.agent_id
    team_id = team.id if team else call.team_id if call else None
    if team_id is None:
        of_agent = agent or (accounts.user(session, agent_id) if agent_id is not None and known is None else None)
        team_id = of_agent.team_id if of_agent else None
    if team_id is None and known is not None:
        team_id = known.team_id
    zone = accounts.team(session, team_id) if team_id is not None else None
    return {
        "call_id": call_id,
        "agent_id": agent_id,
        "team_id": team_id,
        "site_day": received_at.astimezone(ZoneInfo(zone.time_zone if zone else "UTC")).date(),
    }


def _call(session: Session, user: User, facts: ComplaintFacts) -> Call | None:
    if facts.call_id is None and facts.call_external_id is None:
        return None
    field = "call_id" if facts.call_id is not None else "call_external_id"
    named = calls.by_external_id(session, facts.call_external_id) if facts.call_external_id else None
    wanted = facts.call_id or (named.id if named else None)
    if wanted is None:
        raise CallUnknown(field=field)
    try:
        return calls.call(session, user, wanted)
    except NotFound as error:
        raise CallUnknown(field=field) from error


def _tell(session: Session, complaint: Complaint, actor: Actor, event: str, **payload: object) -> None:
    in_words = {name: payload.pop(name) for name in IN_WORDS if name in payload}
    record_worded(session, _stream(id_of(complaint)), actor, event, in_words, **payload)
    if complaint.call_id is not None:
        calls.lock(session, complaint.call_id)
        payload.pop("call_id", None)
        record_for_call(session, complaint.call_id, actor, event, complaint=complaint.id, **payload)


def _stream(complaint_id: int) -> str:
    return f"complaint:{complaint_id}"
