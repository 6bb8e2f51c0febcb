"""Why each verdict of an evaluation stands: quotations placed in time, what was searched in vain, where to hear it."""

from typing import Annotated
from urllib.parse import urlencode

from fastapi import Query, Response
from pydantic import BaseModel, Field

from app.api.csv_pages import csv_page
from app.api.findings import EvidenceOut, ItemOut, NearestOut, SearchedOut, machine_out
from app.api.parameters import CSV_TOO, PLAIN, ByteOrderMark, CsvWanted, Reader, RowId
from app.api.routing import api_router
from app.calls.models import Call
from app.domain.evidence import Verdict
from app.kit.pagination import Page
from app.reports.quotes import EARLY_SECONDS, LATE_SECONDS, LONGEST_CLIP_SECONDS
from app.request import SessionDep
from app.reviews import seen

router = api_router(prefix="/evaluations/{evaluation_id}", tags=["evaluations"])

COLUMNS = (
    *("item", "verdict", "confidence", "reason", "quotation.speaker", "quotation.turn", "quotation.start"),
    *("quotation.end", "quotation.quote", "quotation.agent", "searched.speaker", "searched.from_turn"),
    *("searched.to_turn", "searched.start", "searched.end", "nearest.quote", "nearest.turn", "nearest.similarity"),
    "clip",
)


class EvidenceRowOut(BaseModel):
    """One quotation that a verdict rests on; or, where nothing was found, what was searched and what came closest."""

    item: str = Field(description="The item's id in the scorecard.", examples=["standard_greeting"])
    verdict: Verdict = Field(description="What the machine found.", examples=[Verdict.FAIL])
    confidence: float = Field(description="How sure the machine is, 0-1.", examples=[0.97])
    reason: str = Field(description="Why, in a sentence.", examples=["The agent greets within 5 s."])
    quotation: EvidenceOut | None = Field(description="The words, placed in the call; null where there are none.")
    searched: SearchedOut | None = Field(description="What was searched in vain.")
    nearest: NearestOut | None = Field(description="What came closest without being enough.")
    clip: str | None = Field(
        description="Where it is heard: a GET with the same key; null without sound, or without times.",
        examples=["/api/v1/calls/17/clip?start=0.0&end=2.6"],
    )


@router.get("/evidence", response_model=list[EvidenceRowOut], responses=CSV_TOO)
def list_evidence(
    evaluation_id: RowId,
    client: Reader,
    session: SessionDep,
    csv: CsvWanted,
    item: Annotated[
        str | None,
        Query(max_length=100, pattern=PLAIN, description="Only of this item.", examples=["standard_greeting"]),
    ] = None,
    verdict: Annotated[Verdict | None, Query(description="Only of such verdicts.", examples=["fail"])] = None,
    bom: ByteOrderMark = False,
) -> list[EvidenceRowOut] | Response:
    """The evidence of an evaluation, one row for each quotation, in the scorecard's order."""
    evaluation, call = seen.evaluation(session, client.user, evaluation_id)
    found = machine_out(session, call, evaluation).items
    wanted = [one for one in found if item in (None, one.id) and verdict in (None, one.verdict)]
    rows = [row for one in wanted for row in _rows(one, call)]
    return csv_page(COLUMNS, Page(rows, None, len(rows)), bom) if csv else rows


def _rows(found: ItemOut, call: Call) -> list[EvidenceRowOut]:
    """A row for each quotation; one in all where there is none."""
    places: list[EvidenceOut | None] = [*found.evidence] or [None]
    return [
        EvidenceRowOut(
            item=found.id,
            verdict=found.verdict,
            confidence=found.confidence,
            reason=found.reason,
            quotation=one,
            searched=found.searched,
            nearest=found.nearest,
            clip=_clip(call, one or found.searched),
        )
        for one in places
    ]


def _clip(call: Call, place: EvidenceOut | SearchedOut | None) -> str | None:
    """The address of the sound: a little before it to a little after it, long ones cut short."""
    if call.playback is None or call.sound_removed_at is not None or place is None or place.start is None:
        return None
    start = max(0.0, place.start - EARLY_SECONDS)
    end = min((place.end or place.start) + LATE_SECONDS, start + LONGEST_CLIP_SECONDS)
    if call.duration is not None:
        end = min(end, call.duration)
    if start >= end:
        return None
    return f"/api/v1/calls/{call.id}/clip?{urlencode({'start': round(start, 2), 'end': round(end, 2)})}"
