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
    `of`; `turns` takes their place in a transcript without times. Last turns never reach into the opening turn.
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

    def _around(
        self, case: Case, passages: tuple[tuple[Sentence, ...], ...], event: HoldEvent
    ) -> tuple[Sentence, ...]:
        if event.start is None or event.end is None or not case.reading.timed:
            return self._beside(passages, event)
        begins = {"hold.start": event.start, "hold.end": event.end, "hold": event.start}[self.of or "hold"]
        ends = {"hold.start": event.start, "hold.end": event.end, "hold": event.end}[self.of or "hold"]
        first, last = begins + self.start, ends + self.end
        beyond = CLOCK_SECONDS if self.of == "hold.start" else 0.0
        return tuple(
            sentence
            for passage in passages
            for sentence in passage
            if sentence.start is not None
            and sentence.end is not None
            and sentence.start <= last
            and (sentence.end if self.of == "hold.start" else sentence.start + CLOCK_SECONDS) >= first
            and (self.of != "hold.start" or sentence.start <= event.start + beyond + self.end)
        )

    def _beside(self, passages: tuple[tuple[Sentence, ...], ...], event: HoldEvent) -> tuple[Sentence, ...]:
        before = [p for p in passages if event.after_turn is not None and p[0].turn <= event.after_turn]
        after = [p for p in passages if event.before_turn is not None and p[-1].turn >= event.before_turn]
        chosen = before[-self.turns :] if self.of == "hold.start" else after[: self.turns]
        return tuple(sentence for passage in chosen for sentence in passage)
