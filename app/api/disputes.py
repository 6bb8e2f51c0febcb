"""What agents say to a result: they acknowledge it, dispute an item, score the call themselves; and the answers."""

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Query, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.policies import may_answer_result, may_decide_disputes
from app.api.conditional import IfMatch
from app.api.csv_pages import csv_page
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    Moment,
    PageOut,
    PageSize,
    Reader,
    RowId,
    username,
    wrong,
)
from app.api.review_answers import DisputeOut, ReviewRowOut, dispute_out, review_row
from app.api.reviews import readable
from app.api.routing import api_router
from app.calls import queries as calls
from app.calls.models import Call
from app.domain.evidence import Verdict
from app.kit.db import id_of
from app.kit.pagination import PAGE_SIZE
from app.request import Client, KeyFor, ServicesDep, SessionDep
from app.reviews import dispute_queries, disputes, queries, releasing, self_scores
from app.reviews.disputes import Answer, Decision, Objection
from app.reviews.models import Dispute
from app.reviews.self_scores import Said

router = api_router(tags=["disputes"])

Answering = Annotated[Client, KeyFor(may_answer_result, Scope.SCORES_WRITE)]
Decider = Annotated[Client, KeyFor(may_decide_disputes, Scope.SCORES_WRITE)]

Words = Annotated[str, Field(max_length=releasing.LONGEST_WORDS, pattern=PLAIN)]
Level = Annotated[float | None, Field(allow_inf_nan=False)]


class DisputeRowOut(DisputeOut):
    """A dispute with its call."""

    call_id: int = Field(description="The call's id.", examples=[17])
    external_id: str | None = Field(description="What your system calls the call.", examples=["2026-10-0001"])
    agent: str | None = Field(description="User name of the agent who disputes.", examples=["mei"])


COLUMNS = ("call_id", "external_id", "agent", *DisputeOut.model_fields)


class DisputeIn(BaseModel):
    """What an agent objects to, and what they propose: a verdict, or of a graded item a level."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: str = Field(max_length=100, pattern=PLAIN, description="The item's id.", examples=["standard_greeting"])
    verdict: Verdict | None = Field(None, description="The verdict proposed.", examples=[Verdict.PASS])
    level: Level = Field(None, description="Of a graded item the level proposed, in points.", examples=[5.0])
    reason: Words = Field(description="Why.", examples=["I greeted at 0:02."])


class DecisionIn(BaseModel):
    """What is decided about a dispute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outcome: Decision = Field(
        description="accepted: as proposed; partly: another verdict, which is given too; rejected: as it stood.",
        examples=["accepted"],
    )
    verdict: Verdict | None = Field(None, description="With `partly`, the verdict.", examples=[Verdict.NOT_APPLICABLE])
    level: Level = Field(None, description="With `partly`, of a graded item the level in points.", examples=[3.0])
    reply: Words = Field("", description="To the agent; needed unless it is accepted.", examples=["You are right."])


class ReplyIn(BaseModel):
    """What the agent says to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reply: Words = Field("", description="A few words; may be left out.", examples=["I see."])


class OwnVerdictIn(BaseModel):
    """What an agent thinks of one item of their own call: a verdict, or of a graded item a level."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: str = Field(max_length=100, pattern=PLAIN, description="The item's id.", examples=["standard_greeting"])
    verdict: Verdict | None = Field(None, description="pass, fail or not_applicable.", examples=[Verdict.PASS])
    level: Level = Field(None, description="Of a graded item the level, in points.", examples=[5.0])
    words: Words = Field("", description="In their own words.", examples=["I could be warmer."])


class SelfScoreIn(BaseModel):
    """What an agent thinks of their own call: of every item."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    items: list[OwnVerdictIn] = Field(max_length=500, description="One for each item of the scorecard.")


class SelfScoreOut(BaseModel):
    """What an agent scored their own call; it is compared with the result and counts in no rate."""

    call_id: int = Field(description="The call's id.", examples=[17])
    score: float | None = Field(description="Points of 100.", examples=[92.5])
    passed: bool | None = Field(description="Pass mark reached and no critical item failed.", examples=[True])
    critical_failed: bool = Field(description="Whether a critical item failed.", examples=[False])
    submitted_at: Moment | None = Field(description="When (RFC 3339).", examples=["2026-10-02T09:05:00Z"])


@router.get("/disputes", response_model=PageOut[DisputeRowOut], responses=CSV_TOO)
def list_disputes(
    client: Reader,
    session: SessionDep,
    csv: CsvWanted,
    which: Annotated[
        Literal["open", "decided"],
        Query(description="open: the oldest first; decided or withdrawn: the latest first.", examples=["open"]),
    ] = "open",
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[DisputeRowOut] | Response:
    """The disputes you may see; an agent's key reads the agent's own."""
    found = dispute_queries.disputes(session, client.user, is_open=which == "open", cursor=cursor, size=limit)
    around = dispute_queries.around(session, found.items)
    page = found.of(lambda one: _shown(session, one, around[one.review_id][1]))
    if csv:
        return csv_page(COLUMNS, page, bom)
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.get("/disputes/{dispute_id}")
def get_dispute(dispute_id: RowId, client: Reader, session: SessionDep) -> DisputeRowOut:
    """One dispute; the verdict, its reason and its evidence stand in the review and its evaluation."""
    one, _, call = dispute_queries.dispute(session, client.user, dispute_id)
    return _shown(session, one, call)


@router.post("/reviews/{review_id}/disputes", status_code=201)
def dispute_verdict(
    review_id: RowId,
    said: DisputeIn,
    client: Answering,
    session: SessionDep,
    shared: ServicesDep,
    response: Response,
) -> DisputeRowOut:
    """Object to the verdict on one item of one's own call; only the agent whose call it is can."""
    review = readable(session, client.user, review_id)
    objection = Objection(said.item, said.verdict, said.level, said.reason)
    made = disputes.dispute(
        session, id_of(review), id_of(client.user), objection, client.actor, shared.settings.dispute_days
    )
    response.headers["Location"] = f"/api/v1/disputes/{made.id}"
    return _shown(session, made, session.get_one(Call, review.call_id))


@router.post("/disputes/{dispute_id}/decide")
def decide_dispute(
    dispute_id: RowId,
    said: DecisionIn,
    client: Decider,
    session: SessionDep,
    shared: ServicesDep,
    if_match: IfMatch,
) -> DisputeRowOut:
    """Decide a dispute: the verdict becomes the proposed one, another, or stays; the score follows."""
    one, call = _to_change(session, client, dispute_id)
    if_match.check(_shown(session, one, call))
    is_partly = said.outcome == "partly"
    given = Answer(said.outcome, said.reply, said.verdict if is_partly else None, said.level if is_partly else None)
    by = shared.settings.dispute_by
    return _shown(session, disputes.answer(session, dispute_id, client.user, given, client.actor, by), call)


@router.post("/disputes/{dispute_id}/withdraw")
def withdraw_dispute(dispute_id: RowId, client: Answering, session: SessionDep, if_match: IfMatch) -> DisputeRowOut:
    """Take an objection back; only the agent who brought it can."""
    one, call = _to_change(session, client, dispute_id)
    if_match.check(_shown(session, one, call))
    return _shown(session, disputes.withdraw(session, dispute_id, id_of(client.user), client.actor), call)


@router.post("/reviews/{review_id}/acknowledge")
def acknowledge_result(review_id: RowId, said: ReplyIn, client: Answering, session: SessionDep) -> ReviewRowOut:
    """Take a result as it is; only the agent whose call it is can."""
    review = readable(session, client.user, review_id)
    done = releasing.acknowledge(session, id_of(review), id_of(client.user), said.reply, client.actor)
    return review_row(session, client.user, session.get_one(Call, done.call_id), done)


@router.post("/calls/{call_id}/self-score", status_code=201)
def score_own_call(
    call_id: RowId, said: SelfScoreIn, client: Answering, session: SessionDep, shared: ServicesDep
) -> SelfScoreOut:
    """Say of every item of one's own call what one thinks, once; only the agent whose call it is can."""
    self_scores.to_score(session, client.user, call_id, shared.settings.self_score != "off")
    _check(said.items, {one.id for one in self_scores.scored_on(session, call_id)[1]})
    given = {one.item: Said(one.verdict, one.level, one.words) for one in said.items}
    own = self_scores.score_own_call(session, call_id, client.user, given, client.actor)
    return SelfScoreOut(call_id=call_id, **own.model_dump(include=set(SelfScoreOut.model_fields) - {"call_id"}))


@router.post("/calls/{call_id}/self-score/decline", status_code=204)
def decline_self_score(call_id: RowId, client: Answering, session: SessionDep) -> None:
    """Read the result without having scored the call oneself."""
    calls.call(session, client.user, call_id)
    self_scores.decline(session, call_id, client.user, client.actor)


def _to_change(session: Session, client: Client, dispute_id: int) -> tuple[Dispute, Call]:
    """The dispute as it stands, which nobody else changes until the request is done."""
    one, review, call = dispute_queries.dispute(session, client.user, dispute_id)
    queries.lock(session, id_of(review))
    return dispute_queries.fresh(session, id_of(one)), call


def _check(given: Sequence[OwnVerdictIn], items: set[str]) -> None:
    named = [one.item for one in given]
    for item in named:
        if item not in items:
            raise wrong("items", f"the scorecard has no item {item!r}", "body")
        if named.count(item) > 1:
            raise wrong("items", f"the item {item!r} stands twice", "body")


def _shown(session: Session, one: Dispute, call: Call) -> DisputeRowOut:
    return DisputeRowOut(
        **dict(dispute_out(session, one)),
        call_id=id_of(call),
        external_id=call.external_id,
        agent=username(session, one.agent_id),
    )
