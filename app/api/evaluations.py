"""Evaluations: what the machine found and what people decided, never mixed; every version that was made of a call."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_see_machine_verdicts
from app.api.csv_pages import csv_page
from app.api.findings import ItemOut, MachineOut, ScorecardOut, machine_out
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    DaysDep,
    Moment,
    PageOut,
    PageSize,
    Reader,
    RowId,
    WhoseDep,
    team_name,
    username,
)
from app.api.review_answers import ReviewOut, review_out
from app.api.routing import api_router
from app.calls import queries as calls
from app.calls.models import Call
from app.evaluations import queries
from app.evaluations.models import Evaluation
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE
from app.request import SessionDep
from app.reviews import seen
from app.reviews.models import Review
from app.reviews.seen import Chosen
from app.reviews.service import standing
from app.scorecards import queries as scorecards

router = api_router(tags=["evaluations"])

COLUMNS = (
    *("id", "call_id", "external_id", "agent", "team", "site_day", "scorecard.id", "scorecard.version"),
    *("rules_version", "current", "scored_at", "score", "score_low", "score_high", "passed", "critical_failed"),
)


class NotScored(NotFound):
    """This call is not scored yet; ask for the call's state, and come back when it is scored."""

    code = "not_scored"


class NotReleased(NotFound):
    """The result of this call is not released to its agent yet."""

    code = "not_released"


class FinalOut(BaseModel):
    """What the call scored in a submitted review: this, not the machine's score, counts as final."""

    score: float | None = Field(description="Points of 100.", examples=[92.5])
    passed: bool | None = Field(description="Pass mark reached and no critical item failed.", examples=[True])
    critical_failed: bool = Field(description="Whether a critical item failed.", examples=[False])
    submitted_at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-02T09:05:00Z"])


class EvaluationOut(BaseModel):
    """A call's evaluation: the machine's part, the people's part, and the final score, each by itself."""

    call_id: int = Field(description="The call's id.", examples=[17])
    external_id: str | None = Field(description="What your system calls the call.", examples=["2026-10-0001"])
    machine: MachineOut | None = Field(
        description="What the machine found; null while a person reviews the call blind, so that nobody can tell them."
    )
    review: ReviewOut | None = Field(description="What people decided; null when nobody is to look at it.")
    final: FinalOut | None = Field(description="The final score; null until a review is submitted.")


class EvaluationVersionOut(BaseModel):
    """One evaluation by the machine: a transcript judged by one version of a scorecard with one state of the rules."""

    id: int = Field(description="The evaluation's id.", examples=[31])
    call_id: int = Field(description="The call's id.", examples=[17])
    external_id: str | None = Field(description="What your system calls the call.", examples=["2026-10-0001"])
    agent: str | None = Field(description="User name of the call's agent.", examples=["mei"])
    team: str | None = Field(description="Name of the call's team.", examples=["Team A"])
    site_day: date = Field(description="Day the call counts on, in its team's time zone.", examples=["2026-10-01"])
    scorecard: ScorecardOut = Field(description="The scorecard, in the version that judged.")
    rules_version: str = Field(description="State of the rules that judged.", examples=["3f2a…"])
    current: bool = Field(description="Whether the call counts with it; older ones are kept.", examples=[True])
    scored_at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-01T02:03:00Z"])
    score: float | None = Field(description="Points of 100 over the decided items.", examples=[87.5])
    score_low: float | None = Field(description="Score if all open items failed.", examples=[80.0])
    score_high: float | None = Field(description="Score if all open items passed.", examples=[90.0])
    passed: bool | None = Field(description="null while open items can change the answer.", examples=[True])
    critical_failed: bool = Field(description="Whether a critical item failed.", examples=[False])


class EvaluationDetailOut(EvaluationVersionOut):
    """One evaluation with a finding for each item."""

    transcript_revision: int = Field(description="Which revision of the transcript.", examples=[1])
    items: list[ItemOut] = Field(description="One finding for each item, in the scorecard's order.")


@router.get("/evaluations", response_model=PageOut[EvaluationVersionOut], responses=CSV_TOO)
def list_evaluations(
    client: Reader,
    session: SessionDep,
    days: DaysDep,
    whose: WhoseDep,
    csv: CsvWanted,
    scorecard: Annotated[
        str | None, Query(max_length=100, pattern=PLAIN, description="Id of a scorecard.", examples=["inbound-en"])
    ] = None,
    version: Annotated[
        str | None,
        Query(max_length=100, pattern=PLAIN, description="Version of a scorecard.", examples=["sha256:9f86d081…"]),
    ] = None,
    passed: Annotated[
        bool | None, Query(description="Only those the machine passed, or failed.", examples=[True])
    ] = None,
    all_versions: Annotated[
        bool, Query(description="Also those that a newer one has replaced.", examples=[False])
    ] = False,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[EvaluationVersionOut] | Response:
    """What the machine found in the calls you may see, the newest first: one of each call, unless all are asked for.

    A call that a person reviews blind is left out until that review is submitted. An agent's key reads the results that
    were released to them. `total` is told up to 10,000.
    """
    wanted = Chosen(
        # An agent's result stands on the one it was decided on, whatever the machine found since.
        current=True if may_see_machine_verdicts(client.user) and not all_versions else None,
        agent_id=whose.agent_id,
        team_id=whose.team_id,
        scorecard=scorecard,
        version=version,
        passed=passed,
        first_day=days.first_day,
        last_day=days.last_day,
    )
    found = seen.readable(session, client.user, wanted, cursor=cursor, size=limit)
    page = found.of(lambda one: _row(session, one))
    if csv:
        return csv_page(COLUMNS, page, bom)
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.get("/calls/{call_id}/evaluations")
def list_versions(call_id: RowId, client: Reader, session: SessionDep) -> list[EvaluationVersionOut]:
    """Every evaluation of a call, the newest first; empty while a person reviews it blind."""
    calls.call(session, client.user, call_id)
    return [_row(session, one) for one in seen.of_call(session, client.user, call_id)]


@router.get("/evaluations/{evaluation_id}")
def get_one_evaluation(evaluation_id: RowId, client: Reader, session: SessionDep) -> EvaluationDetailOut:
    """One evaluation: a verdict for every item, with confidence, reason and evidence."""
    evaluation, call = seen.evaluation(session, client.user, evaluation_id)
    machine = machine_out(session, call, evaluation)
    return EvaluationDetailOut(
        **dict(_row(session, evaluation)), transcript_revision=machine.transcript_revision, items=machine.items
    )


def evaluation_out(session: Session, user: User, call: Call) -> EvaluationOut:
    """A call's evaluation and its review, as far as the person whose key it is may know of them."""
    if queries.current(session, id_of(call)) is None:
        raise NotScored
    evaluation, review = seen.seen_result(session, user, id_of(call))
    if evaluation is None and review is None:
        raise NotReleased
    return EvaluationOut(
        call_id=id_of(call),
        external_id=call.external_id,
        machine=machine_out(session, call, evaluation) if evaluation else None,
        review=review_out(session, user, call, standing(session, review)) if review else None,
        final=_final(review) if review else None,
    )


def _row(session: Session, one: Evaluation) -> EvaluationVersionOut:
    call = session.get_one(Call, one.call_id)
    return EvaluationVersionOut(
        **one.model_dump(include={"id", "call_id", "rules_version", "current", "score", "passed", "critical_failed"}),
        external_id=call.external_id,
        agent=username(session, call.agent_id),
        team=team_name(session, call.team_id),
        site_day=call.site_day,
        scorecard=ScorecardOut(id=scorecards.card(session, one.scorecard_version).id, version=one.scorecard_version),
        scored_at=one.created_at,
        score_low=one.low,
        score_high=one.high,
    )


def _final(review: Review) -> FinalOut | None:
    if not review.counts or review.submitted_at is None:
        return None
    return FinalOut(
        score=review.score,
        passed=review.passed,
        critical_failed=review.critical_failed,
        submitted_at=review.submitted_at,
    )
