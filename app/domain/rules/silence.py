"""`silence`: nobody talks for too long, outside the holds."""

from collections.abc import Mapping
from itertools import pairwise
from typing import ClassVar

from pydantic import Field

from app.domain.evidence import Evidence, Reason, Searched
from app.domain.matching import Lexicon
from app.domain.rules.rule import UNDECIDED, Case, Operator, Outcome
from app.domain.transcript import Span, Transcript

SHOWN = 3


class Silence(Operator):
    """Fulfilled when nobody talks for more than `longer_than` seconds, a hold not counted.

    Within `margin` seconds of the limit nobody can tell.
    """

    key: ClassVar[str] = "silence"

    longer_than: float = Field(10.0, gt=0)
    margin: float = Field(0.5, ge=0)

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        return Reason(
            template="nobody talks for more than {s} s outside the holds", values={"s": round(self.longer_than, 1)}
        )

    def outcome(self, case: Case) -> Outcome:
        if not case.reading.timed:
            return Outcome(
                degree=UNDECIDED, certainty=0.0, reason=Reason(template="It is not known when words were said.")
            )
        held = [Span(start=one.start, end=one.end) for one in case.reading.holds if one.start is not None and one.end]
        gaps = [
            gap
            for gap in _gaps(_talk(case.reading.transcript))
            if gap.length > self.longer_than - self.margin
            and not any(min(gap.end, one.end) - max(gap.start, one.start) > gap.length / 2 for one in held)
        ]
        if not gaps:
            reason = Reason(template="Nobody was silent for more than {s} s.", values={"s": round(self.longer_than, 1)})
            everything = Searched(speaker=None, from_turn=None, to_turn=None, start=0.0, end=_end(case))
            return Outcome(degree=0.0, certainty=0.9, reason=reason, searched=everything)
        longest = max(gaps, key=lambda gap: gap.length)
        clear = longest.length > self.longer_than + self.margin
        return Outcome(
            degree=1.0 if clear else UNDECIDED,
            certainty=0.9 if clear else 0.5,
            reason=Reason(template="Nobody talked for {s} s.", values={"s": round(longest.length)}),
            evidence=tuple(
                Evidence(speaker=None, turn=None, start=gap.start, end=gap.end, quote="silence") for gap in gaps[:SHOWN]
            ),
        )


def _end(case: Case) -> float | None:
    return case.reading.sentences[-1].end if case.reading.sentences else None


def _talk(call: Transcript) -> list[Span]:
    """Every stretch in which somebody talks: as heard on the channels, else by the turns."""
    if call.activity is not None:
        return sorted((*call.activity.agent, *call.activity.customer), key=lambda span: span.start)
    return [Span(start=one.start, end=one.end) for one in call.turns if one.start is not None and one.end is not None]


def _gaps(talk: list[Span]) -> list[Span]:
    """The stretches between the first word and the last in which nobody talks."""
    reached: list[Span] = []
    for span in talk:
        if reached and span.start <= reached[-1].end:
            reached[-1] = Span(start=reached[-1].start, end=max(reached[-1].end, span.end))
        else:
            reached.append(span)
    return [Span(start=left.end, end=right.start) for left, right in pairwise(reached)]
