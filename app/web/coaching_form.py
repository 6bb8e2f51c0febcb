"""The form in which a note is written: what it begins with, and how what was typed becomes a note."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from math import ceil, floor
from typing import Annotated

from fastapi import Form
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.calls.models import Call
from app.calls.segments import agent_at
from app.coaching.models import CoachingNote, CoachingPoint, Occasion, PointKind
from app.coaching.points import MOST_POINTS
from app.coaching.written import LONGEST_LINE, LONGEST_TEXT, Point, Texts, Written
from app.domain.evidence import Verdict
from app.domain.scoring import Finding
from app.reports import heard_queries
from app.reports.coaching_queries import MOST_CLIPS, findings_of, uncoached
from app.reports.quotes import EARLY_SECONDS, LATE_SECONDS, LONGEST_CLIP_SECONDS
from app.reports.wording import clock
from app.reviews.seen import seen_result
from app.web.coaching import day, seconds

BLANK_ROWS = 2

Line = Annotated[str, Field(max_length=LONGEST_LINE)]
Said = Annotated[str, Field(max_length=LONGEST_TEXT)]
Column = Annotated[list[Annotated[str, Field(max_length=100)]], Field(max_length=MOST_POINTS + BLANK_ROWS)]


class NoteForm(BaseModel):
    """A note as the form sends it; the columns of its rows stand beside each other."""

    model_config = ConfigDict(frozen=True)

    agent: Annotated[list[int], Field(max_length=500)] = []
    occasion: Occasion = Occasion.CALL
    topic: Line = ""
    place: Line = ""
    held_on: str = Field("", max_length=10)
    strength: Said = ""
    heard: Said = ""
    effect: Said = ""
    advice: Said = ""
    text: Said = ""
    follow_up_on: str = Field("", max_length=10)
    point_call: Column = []
    point_item: Column = []
    point_from: Column = []
    point_to: Column = []
    point_kind: Column = []

    def written(self, agent_id: int, version: str | None = None) -> Written:
        """What was typed, to this agent; `version` is the scorecard by which an item without a call is known."""
        return Written(
            agent_id=agent_id,
            texts=Texts(self.text, self.strength, self.heard, self.effect, self.advice),
            points=tuple(self._points(version)),
            occasion=self.occasion,
            topic=self.topic,
            place=self.place,
            held_on=day(self.held_on),
            follow_up_on=day(self.follow_up_on),
        )

    def _points(self, version: str | None) -> list[Point]:
        found = []
        columns = (self.point_call, self.point_item, self.point_from, self.point_to, self.point_kind)
        for call, item, start, end, kind in zip(*columns, strict=False):
            call_id = int(call) if call.isascii() and call.isdigit() and len(call) < 10 else None
            # A row that names nothing was left empty.
            if call_id is None and not item:
                continue
            made = Point(
                call_id=call_id,
                item_id=item or None,
                start=seconds(start),
                end=seconds(end),
                kind=PointKind(kind) if kind in set(PointKind) else PointKind.CHANGE,
                scorecard_version=None if call_id is not None else version,
            )
            found.append(made)
        return found


FormOfNote = Annotated[NoteForm, Form()]


@dataclass(frozen=True)
class Row:
    """One row of the form: a place of a call, as it is typed."""

    call: str = ""
    item: str = ""
    start: str = ""
    end: str = ""
    kind: PointKind = PointKind.CHANGE


@dataclass(frozen=True)
class Begun:
    """What a note begins with: to whom, about what, in which words."""

    agents: tuple[int, ...] = ()
    occasion: Occasion = Occasion.CALL
    rows: tuple[Row, ...] = ()
    texts: Texts = field(default_factory=Texts)
    topic: str = ""
    place: str = ""
    held_on: date | None = None
    follow_up_on: date | None = None


def about_call(session: Session, user: User, call: Call, item_id: str | None, start: float | None) -> Begun:
    """A note about a call: about one of its items with the clip that shows it, about a moment, or as a whole."""
    rows = _rows(session, user, [call], item_id) if item_id else ()
    row = (rows or (Row(str(call.id), item_id or "", clock(start) if start is not None else ""),))[0]
    # Whoever spoke at that moment is meant.
    to = agent_at(call, calls.segments(session, call.id or 0), seconds(row.start))
    return Begun(agents=(to,) if to is not None else (), rows=(row,))


def about_item(session: Session, user: User, agent_id: int, item_id: str, since: date) -> Begun:
    """A note about an item that an agent failed without anybody having spoken of it, with up to three clips."""
    found = uncoached(session, user, since, agent_id=agent_id, item_id=item_id)
    about = found[0].clips[:MOST_CLIPS] if found else ()
    some = {call.id: call for call in calls.some(session, user, about)}
    rows = _rows(session, user, [some[one] for one in about if one in some], item_id)
    return Begun(agents=(agent_id,), rows=rows or (Row(item=item_id),))


def from_draft(note: CoachingNote, points: Sequence[CoachingPoint]) -> Begun:
    """A draft, to be gone on with."""
    return Begun(
        agents=(note.agent_id,),
        occasion=note.occasion,
        rows=tuple(
            Row(str(one.call_id or ""), one.item_id or "", _typed(one.start), _typed(one.end), one.kind)
            for one in points
        ),
        texts=Texts(note.text, note.strength, note.heard, note.effect, note.advice),
        topic=note.topic,
        place=note.place,
        held_on=note.held_on,
        follow_up_on=note.follow_up_on,
    )


def _rows(session: Session, user: User, found: Sequence[Call], item_id: str) -> tuple[Row, ...]:
    # Where the machine found something in a call that is reviewed blind, nobody is told.
    open_to_all = [call.id or 0 for call in found if seen_result(session, user, call.id or 0)[0] is not None]
    judged = findings_of(session, open_to_all, item_id)
    # What a person decided counts more than what the machine found.
    decided = heard_queries.verdicts_submitted(session, open_to_all)
    rows = []
    for call in found:
        stored = judged.get(call.id or 0)
        start, end = _clip(Finding.model_validate(stored.content), call) if stored else (None, None)
        verdict = decided.get(call.id or 0, {}).get(item_id) or (stored.verdict if stored else None)
        kind = PointKind.STRENGTH if verdict == Verdict.PASS else PointKind.CHANGE
        rows.append(Row(str(call.id), item_id, _typed(start), _typed(end), kind))
    return tuple(rows)


def _clip(finding: Finding, call: Call) -> tuple[float | None, float | None]:
    """From when to when the call is heard to know why the item was judged so."""
    first = next((piece for piece in finding.evidence if piece.start is not None), finding.searched)
    if first is None or first.start is None:
        return None, None
    # The form speaks of whole seconds: what is heard must not be cut off.
    start = float(max(0, floor(first.start - EARLY_SECONDS)))
    end = float(ceil(min((first.end or first.start) + LATE_SECONDS, start + LONGEST_CLIP_SECONDS)))
    return (start, end) if call.duration is None or start < call.duration else (None, None)


def _typed(seconds: float | None) -> str:
    return clock(seconds) if seconds is not None else ""
