"""Complaints traced back to their calls: had people or the machine caught them, and which items go with complaints."""

from datetime import date
from typing import Annotated

from fastapi import Query, Response
from pydantic import BaseModel, Field

from app.accounts.models import Scope
from app.accounts.policies import may_record_complaints
from app.api.parameters import CSV_TOO, ByteOrderMark, CsvWanted, Cursor, DaysDep, PageOut, PageSize, WhoseDep
from app.api.routing import api_router
from app.complaints import queries
from app.complaints.models import ComplaintCategory, ComplaintOutcome
from app.kit.csv_files import csv_text
from app.kit.db import id_of
from app.kit.pagination import PAGE_SIZE
from app.reports import complaint_links
from app.reports.complaint_link_queries import Which
from app.reports.complaint_links import Caught, ItemLink, Side
from app.reports.queries import Filter, Source
from app.request import Client, KeyFor, SessionDep

router = api_router("/complaints", ["complaints"])

Clerk = Annotated[Client, KeyFor(may_record_complaints, Scope.SCORES_READ)]

# Shares and p values are told in steps of a millionth: complaints are rare.
DIGITS = 6


class SideOut(BaseModel):
    """What people, or the machine, made of the call."""

    caught: Caught = Field(
        description="caught: the call failed, or an item of the kind that was complained of; passed: neither.",
        examples=[Caught.CAUGHT],
    )
    after: bool = Field(description="Only when the complaint had come already.", examples=[False])
    failed: list[str] = Field(description="The items that failed.", examples=[["polite"]])
    matching: list[str] = Field(description="Those of them of the kind that was complained of.", examples=[["polite"]])


class LinkOut(BaseModel):
    """A complaint about a call, and what had been found in it; null: not told while its blind review is open."""

    complaint_id: int = Field(description="Id of the complaint.", examples=[3])
    external_id: str | None = Field(description="What your system calls the complaint.", examples=["C-2026-031"])
    call_id: int | None = Field(description="The call it is about.", examples=[17])
    site_day: date = Field(description="Day it counts on.", examples=["2026-10-05"])
    category: ComplaintCategory = Field(description="What it is about.", examples=[ComplaintCategory.ATTITUDE])
    outcome: ComplaintOutcome = Field(description="What the inquiry found.", examples=[ComplaintOutcome.UPHELD])
    review: SideOut | None = Field(description="The submitted review that counts.")
    machine: SideOut | None = Field(description="The machine's evaluation when the complaint came.")


class CaughtOut(BaseModel):
    """How many of the upheld complaints had been caught."""

    upheld: int = Field(description="Upheld complaints.", examples=[40])
    with_call: int = Field(description="Those whose call can be looked at (the newest 5,000).", examples=[31])
    by_review: int = Field(description="Caught by a review before they came.", examples=[9])
    by_review_after: int = Field(description="Found by a review only afterwards.", examples=[6])
    by_machine: int = Field(description="Caught by the machine before they came.", examples=[14])
    by_machine_after: int = Field(description="Failed by the machine only afterwards.", examples=[2])
    not_reviewed: int = Field(description="Without a submitted review.", examples=[12])
    missed: int = Field(description="Judged by both and caught by neither.", examples=[4])


class ItemLinkOut(BaseModel):
    """How often calls that failed an item, and calls that passed it, were complained of; never a cause."""

    scorecard: str = Field(description="Id of the scorecard.", examples=["inbound-en"])
    item: str = Field(description="Id of the item.", examples=["polite"])
    failed: int = Field(description="Calls that failed it.", examples=[120])
    failed_complained: int = Field(description="Of these, calls with an upheld complaint.", examples=[9])
    passed: int = Field(description="Calls that passed it.", examples=[2400])
    passed_complained: int = Field(description="Of these, calls with an upheld complaint.", examples=[20])
    difference: float | None = Field(description="Share of failed calls less that of passed ones.", examples=[0.066667])
    ci_low: float | None = Field(description="Lower end of its 95 % interval.", examples=[0.030112])
    ci_high: float | None = Field(description="Upper end of its 95 % interval.", examples=[0.128453])
    ci_method: str = Field(description="newcombe95: Newcombe's hybrid score interval.", examples=["newcombe95"])
    p_value: float | None = Field(description="Fisher's exact test, two-sided.", examples=[0.000041])
    p_adjusted: float = Field(description="Corrected for the number of items (Holm).", examples=[0.000779])
    stands: bool = Field(description="Whether the difference stands after the correction.", examples=[True])


class ComparedOut(BaseModel):
    """Which items go with complaints, with the warning that belongs to many tests."""

    source: Source = Field(description="Whose verdicts are compared.", examples=["machine"])
    tested: int = Field(description="How many items were looked at.", examples=[19])
    by_chance: float = Field(description="How many of them would seem to differ by chance alone.", examples=[0.95])
    items: list[ItemLinkOut] = Field(description="The items, those with the clearest difference first.")


class LinksOut(PageOut[LinkOut]):
    """Complaints with what had been found, the summary of the upheld ones, and the items that go with complaints."""

    summary: CaughtOut = Field(description="Of the upheld complaints that were chosen.")
    compared: ComparedOut = Field(description="Of the calls of these days, team and agent.")


@router.get("/links", response_model=LinksOut, responses=CSV_TOO)
def list_complaint_links(
    client: Clerk,
    session: SessionDep,
    days: DaysDep,
    whose: WhoseDep,
    csv: CsvWanted,
    source: Annotated[
        Source,
        Query(
            description="machine: its verdicts on all calls; final: people's, on calls drawn by chance alone.",
            examples=["machine"],
        ),
    ] = "machine",
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> LinksOut | Response:
    """Whether complaints had been caught, and which items go with complaints; CSV has the items.

    Calls picked for a risk, such as a complaint, or by a person are left out of the comparison of people's verdicts.
    """
    chosen = Filter(days.first_day, days.end_day, whose.team_id, whose.agent_id)
    found = complaint_links.item_links(session, client.user, source, chosen)
    items = [_item(one) for one in found.items]
    if csv:
        columns = list(ItemLinkOut.model_fields)
        content = csv_text(columns, ([getattr(one, name) for name in columns] for one in items), bom)
        return Response(content, media_type="text/csv; charset=utf-8")
    page = queries.complaints(
        session,
        client.user,
        agent_id=whose.agent_id,
        team_id=whose.team_id,
        first_day=days.first_day,
        last_day=days.last_day,
        cursor=cursor,
        size=limit,
    )
    links = complaint_links.links(session, client.user, [id_of(one) for one in page.items])
    which = Which(None, whose.agent_id, whose.team_id, days.first_day, days.last_day)
    return LinksOut(
        items=[
            LinkOut(
                **one.model_dump(include={"external_id", "call_id", "site_day", "category", "outcome"}),
                complaint_id=id_of(one),
                review=_side(links[id_of(one)].review) if one.id in links else None,
                machine=_side(links[id_of(one)].machine) if one.id in links else None,
            )
            for one in page.items
        ],
        next_cursor=page.next_cursor,
        total=page.total,
        summary=CaughtOut.model_validate(complaint_links.summary(session, client.user, which), from_attributes=True),
        compared=ComparedOut(source=source, tested=found.tested, by_chance=round(found.by_chance, 2), items=items),
    )


def _side(side: Side) -> SideOut:
    return SideOut(
        caught=side.caught,
        after=side.after,
        failed=[one.id for one in side.failed],
        matching=[one.id for one in side.failed if one.matches],
    )


def _item(one: ItemLink) -> ItemLinkOut:
    found = one.difference
    return ItemLinkOut(
        scorecard=one.scorecard,
        item=one.item,
        failed=found.second[1],
        failed_complained=found.second[0],
        passed=found.first[1],
        passed_complained=found.first[0],
        difference=_rounded(found.difference),
        ci_low=_rounded(found.ci_low),
        ci_high=_rounded(found.ci_high),
        ci_method="newcombe95",
        p_value=_rounded(found.chance),
        p_adjusted=round(one.adjusted, DIGITS),
        stands=one.stands,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, DIGITS)
