"""Changes of a call that is here already: its facts corrected, heard or scored again, deleted."""

from datetime import datetime
from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope
from app.accounts.policies import may_delete, may_mend
from app.api.call_answers import CallOut, call_out
from app.api.conditional import IfMatch
from app.api.parameters import EARLIEST_YEAR, LATEST_YEAR, PLAIN, RowId, wrong
from app.api.problems import problems
from app.api.routing import api_router
from app.calls import queries, service
from app.calls.models import Call, Direction
from app.domain.language import LANGUAGES
from app.request import Client, KeyFor, Services, ServicesDep, SessionDep
from app.retention import service as retention
from app.reviews import rescoring, whose
from app.reviews.offering import terms
from app.transcription import queries as transcripts
from app.transcription.engines import ENGINES
from app.transcription.mending import Facts

router = api_router(tags=["calls"])

Mender = Annotated[Client, KeyFor(may_mend, Scope.CALLS_WRITE)]
Deleter = Annotated[Client, KeyFor(may_delete, Scope.CALLS_WRITE)]


class CallChangesIn(BaseModel):
    """What is to be corrected of a call; what is left out stays, null is unknown."""

    agent: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="User name of the agent.", examples=["mei"]
    )
    team: str | None = Field(None, max_length=100, pattern=PLAIN, description="Name of the team.", examples=["Team A"])
    queue: str | None = Field(None, max_length=100, pattern=PLAIN, description="Queue.", examples=["support"])
    customer_name: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="Name of the customer.", examples=["Li Na"]
    )
    started_at: datetime | None = Field(
        None, description="When the call began, RFC 3339 with offset.", examples=["2026-10-01T09:30:00+08:00"]
    )
    direction: Direction | None = Field(None, description="inbound: the customer called.", examples=[Direction.INBOUND])
    language: str | None = Field(
        None, description="Language: en, zh or ja; a recording is then heard again.", examples=["zh"]
    )

    @field_validator("language")
    @classmethod
    def language_is_known(cls, code: str | None) -> str | None:
        if code is not None and code not in LANGUAGES:
            raise ValueError(f"calls are judged in {', '.join(LANGUAGES)}")
        return code

    @field_validator("started_at")
    @classmethod
    def moment_is_likely(cls, moment: datetime | None) -> datetime | None:
        if moment is not None and moment.tzinfo is None:
            raise ValueError("give the time with its offset, such as 2026-10-01T09:30:00+08:00")
        if moment is not None and not EARLIEST_YEAR < moment.year < LATEST_YEAR:
            raise ValueError(f"must lie between {EARLIEST_YEAR} and {LATEST_YEAR}")
        return moment


@router.patch("/calls/{call_id}", responses=problems(410))
def correct_call(
    call_id: RowId, changes: CallChangesIn, client: Mender, session: SessionDep, shared: ServicesDep, when: IfMatch
) -> CallOut:
    """Correct what is known about a call; it counts where it belongs now, and is judged again where that matters."""
    call = _locked(session, client, call_id)
    when.check(call_out(session, call))
    _correct(session, shared, client, call, changes)
    return call_out(session, call)


@router.delete("/calls/{call_id}", status_code=204)
def delete_call(
    call_id: RowId,
    client: Deleter,
    session: SessionDep,
    shared: ServicesDep,
    when: IfMatch,
    reason: Annotated[
        str,
        Query(
            min_length=1,
            max_length=2000,
            pattern=PLAIN,
            description="Why; it stays in the ledger, so name nobody.",
            examples=["Test call"],
        ),
    ],
) -> None:
    """Delete a call for good: the sound, the words, what people wrote; that there was a call stays in the ledger."""
    when.check(call_out(session, _locked(session, client, call_id)))
    retention.delete_call(session, shared.engine, shared.blobs, call_id, client.actor, reason)


@router.post("/calls/{call_id}/score-again", responses=problems(410))
def score_call_again(call_id: RowId, client: Mender, session: SessionDep, shared: ServicesDep) -> CallOut:
    """Judge a call by the scorecard and the rules of today; people's verdicts stay where the evidence is the same."""
    call = _locked(session, client, call_id)
    rescoring.score_again(session, call_id, client.actor, terms(shared.settings))
    return call_out(session, call)


@router.post("/calls/{call_id}/start-again", responses=problems(410, 503))
def start_call_again(
    call_id: RowId,
    client: Mender,
    session: SessionDep,
    shared: ServicesDep,
    engine: Annotated[
        str | None,
        Query(max_length=50, pattern=PLAIN, description="Recogniser; else the usual.", examples=["faster-whisper"]),
    ] = None,
) -> CallOut:
    """Hear and score a call once more: after a failure, or with another recogniser; what was found before is kept."""
    if engine is not None and engine not in ENGINES:
        raise wrong("engine", f"there are: {', '.join(ENGINES)}")
    _locked(session, client, call_id)
    return call_out(session, service.start_again(session, shared.queue, call_id, client.actor, engine))


def _locked(session: Session, client: Client, call_id: int) -> Call:
    """The call, if the client sees it; nobody else changes it until this is done."""
    queries.call(session, client.user, call_id)
    return queries.lock(session, call_id)


def _correct(session: Session, shared: Services, client: Client, call: Call, changes: CallChangesIn) -> None:
    given, call_id = changes.model_fields_set, call.id or 0
    before = transcripts.current(session, call_id)
    if changes.started_at is not None:
        service.change_facts(session, call_id, {"started_at": changes.started_at}, client.actor)
    facts = Facts(
        agent_id=_agent(session, changes.agent) if "agent" in given else call.agent_id,
        team_id=_team(session, changes.team) if "team" in given else call.team_id,
        queue=(changes.queue or "").strip() if "queue" in given else call.queue,
        customer_name=((changes.customer_name or "").strip() or None)
        if "customer_name" in given
        else call.customer_name,
        direction=changes.direction or call.direction,
        language=changes.language or call.language,
    )
    if whose.mend_facts(session, shared.queue, call_id, facts, client.actor, terms(shared.settings)):
        return
    if before is not None and transcripts.current(session, call_id) != before:
        rescoring.judge(session, call_id, client.actor, terms(shared.settings))


def _agent(session: Session, name: str | None) -> int | None:
    user = accounts.user_named(session, name) if name else None
    if name and user is None:
        raise wrong("agent", f"there is no agent {name!r}", "body")
    return user.id if user else None


def _team(session: Session, name: str | None) -> int | None:
    team = accounts.team_named(session, name) if name else None
    if name and team is None:
        raise wrong("team", f"there is no team {name!r}", "body")
    return team.id if team else None
