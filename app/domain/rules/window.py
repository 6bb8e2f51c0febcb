"""Where in the call a rule looks: the opening, the end, or around a hold."""

from typing import Literal

from pydantic import Field

from app.domain.holds import HoldEvent
from app.domain.reading import Sentence
from app.domain.rules.rule import Case
from app.domain.transcript import Speaker, Value

# The clock of a recogniser is not exact: a word may be placed this much too early or late.
CLOCK_SECONDS = 1.0


class Where(Value):
    """A window: the speaker's first or last turns, or a stretch around `of` (a hold's start, its end, or all of it).

    `within` limits first turns to seconds from the speaker's first word. `start` and `end` are seconds relative to
    `of`, and of the speaker's turns there only the `turns` nearest to it count; in a transcript without times `turns`
    alone decides. Last turns never reach into the opening turn.
    """

    first_turns: int | None = Field(None, ge=1)
    within: float | None = Field(None, gt=0)
    last_turns: int | None = Field(None, ge=1)
    of: Literal["hold.start", "hold.end", "hold"] | None = None
    start: float = 0.0
    end: float = 0.0
    turns: int = Field(1, ge=1)

    def sentences(self, case: Case, speaker: Speaker) -> tuple[Sentence, ...]:
        passages = case.reading.passages(speaker)
        if not passages:
            return ()
        if self.of is not None and case.event is not None:
            return self._around(case, passages, case.event)
        if self.first_turns is not None:
            passages = passages[: self.first_turns]
        elif self.last_turns is not None:
            passages = passages[1:][-self.last_turns :] or passages
        chosen = [sentence for passage in passages for sentence in passage]
        began = chosen[0].start
        if self.within is not None and began is not None:
            chosen = [one for one in chosen if one.start is None or one.start <= began + self.within]
        return tuple(chosen)

    def _around(self, case: Case, passages: tuple[tuple[Sentence, ...], ...], event: HoldEvent) -> tuple[Sentence, ...]:
        if event.start is None or event.end is None or not case.reading.timed:
            return self._beside(passages, event)
        if self.of == "hold.start":
            first, last = event.start + self.start, event.start + self.end
            returns = [hold.end for hold in case.reading.holds if hold.end is not None and hold.end < event.start]
            near = [
                chosen
                for passage in passages
                # What was said on coming back from an earlier hold belongs to that hold.
                if not any(abs((passage[0].start or 0.0) - end) <= CLOCK_SECONDS for end in returns)
                and (chosen := tuple(one for one in passage if _within(one, first, last)))
            ]
            return tuple(sentence for passage in near[-self.turns :] for sentence in passage)
        first = event.start + self.start if self.of == "hold" else event.end
        back = event.end - CLOCK_SECONDS
        inside = tuple(one for passage in passages for one in passage if _begins(one, first, back - 0.01))
        after = [
            chosen
            for passage in passages
            if (chosen := tuple(one for one in passage if _begins(one, back, event.end + self.end)))
        ]
        return (*inside, *(sentence for passage in after[: self.turns] for sentence in passage))

    def _beside(self, passages: tuple[tuple[Sentence, ...], ...], event: HoldEvent) -> tuple[Sentence, ...]:
        before = [p for p in passages if event.after_turn is not None and p[0].turn <= event.after_turn]
        after = [p for p in passages if event.before_turn is not None and p[-1].turn >= event.before_turn]
        chosen = before[-self.turns :] if self.of == "hold.start" else after[: self.turns]
        return tuple(sentence for passage in chosen for sentence in passage)


def _within(sentence: Sentence, first: float, last: float) -> bool:
    return sentence.start is not None and sentence.end is not None and sentence.end >= first and sentence.start <= last


def _begins(sentence: Sentence, first: float, last: float) -> bool:
    return sentence.start is not None and first <= sentence.start <= last
