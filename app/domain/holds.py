"""Where the customer was kept waiting, as events a rule can stand on: heard in the audio or read from the words."""

import re
from collections.abc import Collection
from itertools import pairwise

from app.domain.language import Language
from app.domain.redaction import MARK
from app.domain.transcript import Hold, HoldKind, Span, Speaker, Transcript, Turn, Value

# 15 s with a tolerance of 1 s.
SHORTEST_HOLD_SECONDS, TOLERANCE_SECONDS = 14.0, 1.0
CHECK_IN_SECONDS, MOST_CHECK_IN_TURNS = 12.0, 2
RESUMED_WITHIN_SECONDS = 25.0
FLOOR_SHARE = 0.25
SAME_WAIT_TURNS = 3


class HoldEvent(Value):
    """A hold placed among the turns: `after_turn` is the agent's last turn before it, `before_turn` the next after it.

    `start`, `end` and `length` are seconds, None where the transcript has no times; `check_in_turns` are the
    agent's turns inside it.
    """

    start: float | None
    end: float | None
    kind: HoldKind
    after_turn: int | None
    before_turn: int | None
    check_in_turns: tuple[int, ...] = ()
    confidence: float = 1.0

    @property
    def length(self) -> float | None:
        return None if self.start is None or self.end is None else self.end - self.start


def hold_events(
    transcript: Transcript, language: Language, worded: Collection[int] | None = None
) -> tuple[HoldEvent, ...]:
    """Every hold of the call in order: as heard, else by the agent's absence, else by the announcement alone.

    Shorter waits are no holds, and waits between which the agent only looked in are one. `worded` are the turns in
    which words were said, not only noise, where that is known.
    """
    if transcript.holds is None and not transcript.timed:
        return tuple(_announced(transcript, language))
    if transcript.holds == ():
        return ()
    if worded is None:
        worded = {place for place, turn in enumerate(transcript.turns) if language.normal(turn.text)}
    # Of a number that is hidden, words were said all the same.
    worded = {*worded, *(place for place, turn in enumerate(transcript.turns) if MARK in turn.text)}
    placed = list(transcript.by(Speaker.AGENT))
    agent = [turn for place, turn in placed if place in worded]
    customer = [turn for place, turn in transcript.by(Speaker.CUSTOMER) if place in worded]
    holds = _absences(agent, customer) if transcript.holds is None else transcript.holds
    return tuple(_placed(hold, placed) for hold in _joined(holds, agent, customer))


def _absences(agent: list[Turn], customer: list[Turn]) -> tuple[Hold, ...]:
    """Stretches in which the agent says nothing for 15 s and the customer does not hold the floor."""
    found = []
    for left, right in pairwise(agent):
        start, end = left.end or 0.0, right.start or 0.0
        talk = sum(max(0.0, min(end, turn.end or 0.0) - max(start, turn.start or 0.0)) for turn in customer)
        if end - start >= SHORTEST_HOLD_SECONDS and talk < FLOOR_SHARE * (end - start):
            found.append(Hold(start=start, end=end))
    return tuple(found)


def _joined(holds: tuple[Hold, ...], agent: list[Turn], customer: list[Turn]) -> list[Hold]:
    joined: list[Hold] = []
    for hold in sorted(holds, key=lambda one: one.start):
        if joined and _only_looked_in(joined[-1], hold, agent, customer):
            before = joined.pop()
            back = Span(start=before.end, end=hold.start)
            joined.append(
                Hold(
                    start=before.start,
                    end=hold.end,
                    kind=before.kind if before.length >= hold.length else hold.kind,
                    check_ins=(*before.check_ins, back, *hold.check_ins),
                    confidence=min(before.confidence, hold.confidence),
                )
            )
        else:
            joined.append(hold)
    return [hold for hold in joined if hold.length >= SHORTEST_HOLD_SECONDS]


def _only_looked_in(before: Hold, after: Hold, agent: list[Turn], customer: list[Turn]) -> bool:
    """Whether the agent came back for a sentence or two only, so that the wait is one hold."""
    if after.start - before.end > RESUMED_WITHIN_SECONDS:
        return False
    back = [turn for turn in agent if before.end - 0.1 <= (turn.start or 0.0) < after.start]
    between = [turn for turn in customer if before.end <= (turn.start or 0.0) < after.start]
    said = sum((turn.end or 0.0) - (turn.start or 0.0) for turn in back)
    # A question answered and a new wait asked for is a conversation, however short.
    answered = (
        any(turn.start is not None and turn.start > (between[0].start or 0.0) for turn in back) if between else False
    )
    brief = after.start - before.end <= CHECK_IN_SECONDS
    return (
        said <= CHECK_IN_SECONDS and len(between) <= 1 and len(back) <= MOST_CHECK_IN_TURNS and (brief or not answered)
    )


def _placed(hold: Hold, agent: list[tuple[int, Turn]]) -> HoldEvent:
    after = before = None
    inside = []
    for place, turn in agent:
        if turn.start is None or turn.end is None:
            continue
        middle = (turn.start + turn.end) / 2
        if middle < hold.start + TOLERANCE_SECONDS / 2 or turn.start < hold.start - TOLERANCE_SECONDS:
            after = place
        elif middle < hold.end and turn.end < hold.end + TOLERANCE_SECONDS:
            inside.append(place)
        elif before is None:
            before = place
    return HoldEvent(
        start=hold.start,
        end=hold.end,
        kind=hold.kind,
        after_turn=after,
        before_turn=before,
        check_in_turns=tuple(inside),
        confidence=hold.confidence,
    )


def _announced(transcript: Transcript, language: Language) -> list[HoldEvent]:
    """Without times a wait is a hold once the agent speaks again, if it was announced or is spoken of then."""
    asks, asks_not = re.compile(language.asks_to_wait), re.compile(language.not_asking_to_wait)
    returns = re.compile(language.back_from_waiting)
    events: list[HoldEvent] = []
    for (place, turn), (next_place, back) in pairwise(transcript.by(Speaker.AGENT)):
        announced = asks.search(asks_not.sub(" ", language.normal(turn.text))) is not None
        told = returns.search(language.normal(back.text)) is not None
        # Thanks for the patience somewhat later are for the same wait.
        told_again = bool(events) and (events[-1].before_turn or 0) >= place - SAME_WAIT_TURNS
        if (announced and next_place > place + 1) or (told and not told_again):
            events.append(
                HoldEvent(
                    start=None,
                    end=None,
                    kind=HoldKind.UNKNOWN,
                    after_turn=place,
                    before_turn=next_place,
                    confidence=0.8 if announced else 0.7,
                )
            )
    return events
