"""The items of a review as clients get and decide them, and where each of them stands."""

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.api.findings import ItemOut
from app.api.parameters import PLAIN
from app.api.review_answers import ReviewOut, VerdictOut, verdict_out
from app.domain.evidence import Verdict
from app.domain.scorecard import Item
from app.kit.errors import NotFound
from app.reviews import service
from app.reviews.standing import Standing


class ReviewItemOut(BaseModel):
    """One item of a review: what can be decided, what the machine found, and what a person decided."""

    id: str = Field(description="The item's id in the scorecard.", examples=["standard_greeting"])
    title: dict[str, str] = Field(description="What it is called, by language.", examples=[{"en": "Greeting"}])
    critical: bool = Field(description="Whether a fail of it fails the whole call.", examples=[False])
    max_points: float = Field(description="Points of the item, of 100.", examples=[10.0])
    levels: list[float] | None = Field(
        description="Of a graded item the levels to choose from, in points; else null.", examples=[[0.0, 3.0, 5.0]]
    )
    reason_codes: list[str] = Field(
        description="Reasons for deciding otherwise than the machine; one is needed then.", examples=[["misheard"]]
    )
    machine: ItemOut | None = Field(description="What the machine found; null while the call is reviewed blind.")
    decided: VerdictOut | None = Field(description="What a person decided; null: nobody has yet.")


class ReviewDetailOut(ReviewOut):
    """A review with everything that is needed to do it."""

    items: list[ReviewItemOut] = Field(description="The items, in the scorecard's order.")


class VerdictStandsOut(BaseModel):
    """What stands decided about one item, and what all of them add up to now."""

    id: str = Field(description="The item's id in the scorecard.", examples=["standard_greeting"])
    decided: VerdictOut | None = Field(description="What a person decided; null: nobody has, or it was taken back.")
    to_confirm: int = Field(description="Items of the review that no person has decided yet.", examples=[3])
    score: float | None = Field(description="Points of 100 over the decided items.", examples=[92.5])
    score_low: float | None = Field(description="Score if all open items failed.", examples=[80.0])
    score_high: float | None = Field(description="Score if all open items passed.", examples=[95.0])
    passed: bool | None = Field(description="null while open items can change the answer.", examples=[None])
    version: int = Field(description="Version of the verdict, 0 while there is none; its ETag.", examples=[4])


class VerdictIn(BaseModel):
    """What a person decides about an item: a verdict, or of a graded item one of its levels."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Verdict | None = Field(
        None, description="pass, fail or not_applicable; follows from the level where one is given.", examples=["pass"]
    )
    level: float | None = Field(
        None, allow_inf_nan=False, description="Of a graded item the level, in points.", examples=[3.0]
    )
    reason_code: str | None = Field(
        None,
        max_length=100,
        pattern=PLAIN,
        description="Needed where the machine decided otherwise and the review is not blind: one of `reason_codes`.",
        examples=["misheard"],
    )
    note: str = Field(
        "", max_length=service.LONGEST_NOTE, pattern=PLAIN, description="A note beside it.", examples=["At 0:12."]
    )


def item_out(item: Item, now: Standing, machine: ItemOut | None, decided: VerdictOut | None) -> ReviewItemOut:
    """An item with the machine's finding and a person's verdict, where there are any to be told."""
    return ReviewItemOut(
        id=item.id,
        title={str(language): text for language, text in item.title.items()},
        critical=item.critical,
        max_points=item.points,
        levels=list(item.levels) if item.levels else None,
        reason_codes=list(service.reason_codes(now.card, item.id)),
        machine=machine,
        decided=decided,
    )


def stands(session: Session, now: Standing, item: str) -> VerdictStandsOut:
    """What stands decided about an item; one that the scorecard has not is not there."""
    if all(one.id != item for one in now.findings):
        raise NotFound
    decided = now.verdicts.get(item)
    return VerdictStandsOut(
        id=item,
        decided=verdict_out(session, decided, now.review) if decided else None,
        to_confirm=now.to_confirm,
        score=now.score.score,
        score_low=now.score.low,
        score_high=now.score.high,
        passed=now.score.passed,
        version=decided.version if decided else 0,
    )
