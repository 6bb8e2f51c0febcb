"""Where in the call a rule looks: the opening, the end, around a hold, or around what another rule found."""

from collections.abc import Mapping, Sequence
from typing import Literal, Self

from pydantic import Field, model_validator

from app.domain.evidence import Evidence, Reason
from app.domain.holds import HoldEvent
from app.domain.matching import Lexicon
from app.domain.reading import Sentence
from app.domain.rules.rule import Case, Rule
from app.domain.transcript import Speaker, Value

# The clock of a recogniser is not exact: a word may be placed this much too early or late.
CLOCK_SECONDS = 1.0


class Where(Value):
    """A window: first or last turns, first or last seconds, or a stretch around `of`.

    `first_turns` and `last_turns` count the speaker's turns; `within` limits first turns to seconds from the speaker's
    first word, and last turns never reach into the opening turn. `first_seconds` and `last_seconds` count from the
    start and to the end of the call. `of` is a hold's start, its end, all of it, or each hit of the rule `anchor`;
    `start` and `end` are seconds relative to it, and of the speaker's turns there only the `turns` nearest to it
    count. In a transcript without times `turns` alone decides.
    """

    first_turns: int | None = Field(None, ge=1)
    within: float | None = Field(None, gt=0)
    last_turns: int | None = Field(None, ge=1)
    first_seconds: float | None = Field(None, gt=0)
    last_seconds: float | None = Field(None, gt=0)
    of: Literal["hold.start", "hold.end", "hold", "hit"] | None = None
    anchor: Rule | None = None
    start: float = 0.0
    end: float = 0.0
    turns: int = Field(1, ge=1)

    @model_validator(mode="after")
    def looks_in_one_place(self) -> Self:
        if (self.of == "hit") != (self.anchor is not None):
            raise ValueError("`of: hit` and `anchor`, the rule whose hits are meant, go together")
        chosen = [self.first_turns, self.last_turns, self.first_seconds, self.last_seconds, self.of]
        if sum(one is not None for one in chosen) > 1:
            raise ValueError("give one of first_turns, last_turns, first_seconds, last_seconds, of")
        if self.within is not None and self.first_turns is None:
            raise ValueError("`within` limits `first_turns`; give that too, or first_seconds alone")
        if self.of in ("hold.start", "hit") and self.start > self.end:
            raise ValueError("`start` lies after `end`: nothing can be said in between")
        return self

    def sets_used(self) -> tuple[str, ...]:
        return self.anchor.sets_used() if self.anchor else ()

    def sentences(self, case: Case, speaker: Speaker) -> tuple[Sentence, ...]:
        """What the speaker says in the window."""
        passages = case.reading.passages(speaker)
        if not passages:
            return ()
        if self.of == "hit":
            return self._around_hits(passages, self.hits(case), case.reading.timed)
        if self.of is not None and case.event is not None:
            return self._around(case, speaker, case.event)
        if self.first_turns is not None:
            passages = passages[: self.first_turns]
        elif self.last_turns is not None:
            passages = passages[1:][-self.last_turns :] or passages
        elif self.first_seconds is None and self.last_seconds is None:
            return case.reading.said_by(speaker)
        chosen = [sentence for passage in passages for sentence in passage]
        began = chosen[0].start
        if self.within is not None and began is not None:
            chosen = [one for one in chosen if one.start is None or one.start <= began + self.within]
        if self.first_seconds is not None:
            chosen = [one for one in chosen if one.start is None or one.start <= self.first_seconds]
        if self.last_seconds is not None:
            last = _end_of(case) - self.last_seconds
            chosen = [one for one in chosen if one.end is None or one.end >= last]
        return tuple(chosen)

    def hits(self, case: Case) -> tuple[Evidence, ...]:
        """Where the anchor's rule found something; empty when it did not."""
        found = self.anchor.outcome(case) if self.anchor else None
        return found.evidence if found is not None and found.passes else ()

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None) -> Reason | None:
        """The window in words; None for the whole call."""
        if self.of == "hit" and self.anchor is not None:
            moment = Reason(template="the moment when {what}", values={"what": self.anchor.stated(sets)})
            return _near(moment, self.start, self.end)
        if self.of is not None:
            return self._stated_at(event or Reason(template="each hold"))
        if self.first_turns is not None and self.within is not None:
            return Reason(
                template="in the first {n} turns and {seconds} s",
                values={"n": self.first_turns, "seconds": round(self.within)},
            )
        if self.first_turns is not None:
            return Reason(template="in the first {n} turns", values={"n": self.first_turns})
        if self.last_turns is not None:
            return Reason(template="in the last {n} turns", values={"n": self.last_turns})
        if self.first_seconds is not None:
            return Reason(template="in the first {n} s", values={"n": round(self.first_seconds)})
        if self.last_seconds is not None:
            return Reason(template="in the last {n} s", values={"n": round(self.last_seconds)})
        return None

    def _stated_at(self, event: Reason) -> Reason:
        if self.of == "hold.start":
            return _near(Reason(template="the start of {what}", values={"what": event}), self.start, self.end)
        if self.of == "hold.end":
            return Reason(template="within {after} s after {what}", values={"after": round(self.end), "what": event})
        return Reason(template="during {what} or within {s} s after it", values={"s": round(self.end), "what": event})

    def _around(self, case: Case, speaker: Speaker, event: HoldEvent) -> tuple[Sentence, ...]:
        reading = case.reading
        if event.start is None or event.end is None or not reading.timed:
            return self._beside(reading.passages(speaker), event)
        if self.of == "hold.start":
            first, last = event.start + self.start, event.start + self.end
            returns = [hold.end for hold in reading.holds if hold.end is not None and hold.end < event.start]
            near = [
                chosen
                for passage in reading.passages_between(speaker, first, last)
                # What was said on coming back from an earlier hold belongs to that hold.
                if not any(abs((passage[0].start or 0.0) - end) <= CLOCK_SECONDS for end in returns)
                and (chosen := tuple(one for one in passage if _within(one, first, last)))
            ]
            return tuple(sentence for passage in near[-self.turns :] for sentence in passage)
        first = event.start + self.start if self.of == "hold" else event.end
        back = event.end - CLOCK_SECONDS
        reached = reading.passages_between(speaker, first, event.end + self.end)
        inside = tuple(one for passage in reached for one in passage if _begins(one, first, back - 0.01))
        after = [
            chosen
            for passage in reached
            if (chosen := tuple(one for one in passage if _begins(one, back, event.end + self.end)))
        ]
        return (*inside, *(sentence for passage in after[: self.turns] for sentence in passage))

    def _beside(self, passages: tuple[tuple[Sentence, ...], ...], event: HoldEvent) -> tuple[Sentence, ...]:
        before = [p for p in passages if event.after_turn is not None and p[0].turn <= event.after_turn]
        after = [p for p in passages if event.before_turn is not None and p[-1].turn >= event.before_turn]
        chosen = before[-self.turns :] if self.of == "hold.start" else after[: self.turns]
        return tuple(sentence for passage in chosen for sentence in passage)

    def _around_hits(
        self, passages: tuple[tuple[Sentence, ...], ...], hits: Sequence[Evidence], timed: bool
    ) -> tuple[Sentence, ...]:
        """The sentences near any of the hits, those said before them only when `start` reaches back."""
        near: dict[int, Sentence] = {}
        for hit in hits:
            if timed and hit.start is not None and hit.end is not None:
                first = hit.start + self.start if self.start < 0 else hit.start
                chosen = [one for group in passages for one in group if _within(one, first, hit.end + self.end)]
            else:
                turn = hit.turn or 0
                before = [group for group in passages if group[-1].turn < turn] if self.start < 0 else []
                after = [group for group in passages if group[-1].turn >= turn] if self.end > 0 else []
                chosen = [one for group in (*before[-self.turns :], *after[: self.turns]) for one in group]
            near |= {one.place: one for one in chosen}
        return tuple(near[place] for place in sorted(near))


def _near(moment: Reason, start: float, end: float) -> Reason:
    """A stretch around a moment, in words."""
    values: dict[str, str | int | float | Reason | dict[str, str]]
    values = {"before": round(-start), "after": round(end), "what": moment}
    if start < 0 and end > 0:
        return Reason(template="between {before} s before and {after} s after {what}", values=values)
    if start < 0:
        return Reason(template="within {before} s before {what}", values=values)
    return Reason(template="within {after} s after {what}", values=values)


def _end_of(case: Case) -> float:
    """When the call ends, in seconds; of a bare transcript, when its last sentence does."""
    known = case.reading.transcript.duration
    return known if known is not None else max((one.end or 0.0 for one in case.reading.sentences), default=0.0)


def _within(sentence: Sentence, first: float, last: float) -> bool:
    return sentence.start is not None and sentence.end is not None and sentence.end >= first and sentence.start <= last


def _begins(sentence: Sentence, first: float, last: float) -> bool:
    return sentence.start is not None and first <= sentence.start <= last
