"""A coaching note as clients write and get it."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.api.parameters import EARLIEST_YEAR, LATEST_YEAR, PLAIN, Moment, username
from app.calls import queries as calls
from app.coaching import queries
from app.coaching.models import CoachingNote, CoachingPoint, FollowUp, NoteState, Occasion, PointKind
from app.coaching.points import MOST_POINTS
from app.coaching.written import LONGEST_LINE, LONGEST_TEXT
from app.domain.evidence import Verdict
from app.kit.db import id_of

Text = Annotated[str, Field(max_length=LONGEST_TEXT, pattern=PLAIN)]
Line = Annotated[str, Field(max_length=LONGEST_LINE, pattern=PLAIN)]
Day = Annotated[date, Field(ge=date(EARLIEST_YEAR, 1, 1), le=date(LATEST_YEAR, 12, 31))]


class PointIn(BaseModel):
    """What a note speaks of: an item, a clip or a moment of a call; or an item as such."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    call_id: int | None = Field(None, ge=1, lt=2**31, description="The call.", examples=[17])
    item: str | None = Field(
        None, max_length=100, pattern=PLAIN, description="The item's id in the scorecard.", examples=["warm"]
    )
    start: float | None = Field(None, ge=0, description="Begins at, in seconds from the call's start.", examples=[12.5])
    end: float | None = Field(None, description="Ends at, in seconds; null: a moment.", examples=[24.0])
    kind: PointKind = Field(PointKind.CHANGE, description="A strength, or something to change.", examples=["change"])


class NoteIn(BaseModel):
    """A note as its author writes it; at least one of its texts says something."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    agent: str = Field(max_length=100, pattern=PLAIN, description="User name of the agent.", examples=["mei"])
    occasion: Occasion = Field(
        Occasion.CALL, description="Calls that were heard, guidance on the spot, or a training.", examples=["call"]
    )
    topic: Line = Field("", description="What it is about, in a line.", examples=["Greeting"])
    place: Line = Field("", description="Where the guidance was given.", examples=["Desk 4"])
    held_on: Day | None = Field(None, description="On which day.", examples=["2026-10-05"])
    strength: Text = Field("", description="What went well.", examples=["You stayed calm."])
    heard: Text = Field("", description="What was heard.", examples=["No greeting at the start."])
    effect: Text = Field("", description="Its effect.", examples=["The customer asked who you are."])
    advice: Text = Field("", description="What to try next time.", examples=["Say the standard greeting."])
    text: Text = Field("", description="What stands in none of these.", examples=["See you on Friday."])
    follow_up_on: Day | None = Field(
        None, description="On which day somebody looks whether it helped.", examples=["2026-10-12"]
    )
    points: list[PointIn] = Field([], max_length=MOST_POINTS, description="What it speaks of.")
    draft: bool = Field(False, description="Keep it as a draft instead of sending it.", examples=[False])


class NoteReplyIn(BaseModel):
    """The agent's answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reply: Text = Field("", description="A few words; may be left out.", examples=["I will."])


class FoundIn(BaseModel):
    """What was found when somebody looked again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: Text = Field(min_length=1, description="What was found.", examples=["Three greetings of three."])


class FollowUpIn(FoundIn):
    """What was found, and when somebody looks again."""

    next_on: Day = Field(description="On which day of the site somebody looks again.", examples=["2026-10-19"])


class PointOut(BaseModel):
    """What a note speaks of."""

    call_id: int | None = Field(description="The call, if you may see it.", examples=[17])
    item: str | None = Field(description="The item's id in the scorecard.", examples=["warm"])
    start: float | None = Field(description="Begins at, in seconds from the call's start.", examples=[12.5])
    end: float | None = Field(description="Ends at, in seconds; null: a moment.", examples=[24.0])
    kind: PointKind = Field(description="A strength, or something to change.", examples=[PointKind.CHANGE])
    verdict: Verdict | None = Field(
        description="What a person had decided of the item when the note was written.", examples=[Verdict.FAIL]
    )


class FollowUpOut(BaseModel):
    """What somebody found who looked whether the note helped."""

    at: Moment = Field(description="When (RFC 3339).", examples=["2026-10-12T02:00:00Z"])
    by: str | None = Field(description="Name of who looked.", examples=["Bob"])
    text: str = Field(description="What they found.", examples=["Three greetings of three."])
    next_on: date | None = Field(description="When they look again; null: it is done with.", examples=["2026-10-19"])


class NoteOut(BaseModel):
    """A note to an agent, with the answer and what came of it."""

    id: int = Field(description="The note's id.", examples=[3])
    state: NoteState = Field(
        description="draft (its author sees it alone), open (to acknowledge), acknowledged, done.",
        examples=[NoteState.OPEN],
    )
    occasion: Occasion = Field(
        description="Calls that were heard, guidance on the spot, or a training.", examples=[Occasion.CALL]
    )
    agent: str | None = Field(description="User name of the agent.", examples=["mei"])
    author: str | None = Field(description="Name of the author.", examples=["Bob"])
    topic: str = Field(description="What it is about, in a line.", examples=["Greeting"])
    place: str = Field(description="Where the guidance was given.", examples=["Desk 4"])
    held_on: date | None = Field(description="On which day.", examples=["2026-10-05"])
    strength: str = Field(description="What went well.", examples=["You stayed calm."])
    heard: str = Field(description="What was heard.", examples=["No greeting at the start."])
    effect: str = Field(description="Its effect.", examples=["The customer asked who you are."])
    advice: str = Field(description="What to try next time.", examples=["Say the standard greeting."])
    text: str = Field(description="What stands in none of these.", examples=["See you on Friday."])
    created_at: Moment = Field(description="When it was sent, or kept (RFC 3339).", examples=["2026-10-05T06:00:00Z"])
    held: bool = Field(description="Sent, but held back until the result it speaks of is released.", examples=[False])
    acknowledged_at: Moment | None = Field(
        description="When the agent acknowledged it (RFC 3339).", examples=["2026-10-06T01:00:00Z"]
    )
    reply: str = Field(description="What the agent answered.", examples=["I will."])
    follow_up_on: date | None = Field(description="When somebody looks whether it helped.", examples=["2026-10-12"])
    done_at: Moment | None = Field(description="Since when it is done with (RFC 3339).", examples=[None])
    points: list[PointOut] = Field(description="What it speaks of.")
    follow_ups: list[FollowUpOut] = Field(description="What was found when somebody looked, the oldest first.")


_SAME = set(NoteOut.model_fields) & set(CoachingNote.model_fields)


def notes_out(session: Session, user: User, found: Sequence[CoachingNote]) -> list[NoteOut]:
    """Some notes as this person may read them."""
    ids = [id_of(one) for one in found]
    points, looked = queries.points(session, ids), queries.follow_ups(session, ids)
    about = sorted({one.call_id for some in points.values() for one in some if one.call_id is not None})
    seen = {id_of(call) for call in calls.some(session, user, about)}
    # An agent reads no verdict but that of a result which is theirs to read, as it stands.
    told = queries.verdicts_told(session, about) if user.role == Role.AGENT else None
    names = accounts.names(
        session, {one.author_id for one in found} | {one.author_id for some in looked.values() for one in some}
    )
    return [
        NoteOut(
            **one.model_dump(include=_SAME),
            agent=username(session, one.agent_id),
            author=names.get(one.author_id),
            # To the agent it was told the moment they may read it.
            held=one.told_at is None and one.state != NoteState.DRAFT and one.agent_id != user.id,
            points=[_point(point, seen, told) for point in points[id_of(one)]],
            follow_ups=[_looked(each, names) for each in looked[id_of(one)]],
        )
        for one in found
    ]


def _point(point: CoachingPoint, seen: set[int], told: dict[tuple[int, str], Verdict] | None) -> PointOut:
    is_told = told is None or told.get((point.call_id or 0, point.item_id or "")) == point.verdict
    return PointOut(
        call_id=point.call_id if point.call_id in seen else None,
        item=point.item_id,
        start=point.start,
        end=point.end,
        kind=point.kind,
        verdict=point.verdict if is_told else None,
    )


def _looked(one: FollowUp, names: dict[int, str]) -> FollowUpOut:
    return FollowUpOut(at=one.at, by=names.get(one.author_id), text=one.text, next_on=one.next_on)
