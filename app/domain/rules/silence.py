"""`silence`: nobody talks for too long, outside the holds."""

from collections.abc import Iterator, Mapping
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
        held = [(one.start, one.end) for one in case.reading.holds if one.start is not None and one.end is not None]
        gaps = [
            Span(start=start, end=end)
            for start, end in _gaps(_talk(case.reading.transcript))
            if end - start > self.longer_than - self.margin
            and not any(min(end, last) - max(start, first) > (end - start) / 2 for first, last in held)
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


def _talk(call: Transcript) -> list[tuple[float, float]]:
    """Every stretch in which somebody talks: as heard on the channels, else by the turns."""
    if call.activity is not None:
        return sorted((span.start, span.end) for span in (*call.activity.agent, *call.activity.customer))
    return [(one.start, one.end) for one in call.turns if one.start is not None and one.end is not None]


def _gaps(talk: list[tuple[float, float]]) -> Iterator[tuple[float, float]]:
    """The stretches between the first word and the last in which nobody talks."""
    reached = talk[0][1] if talk else 0.0
    for start, end in talk:
        if start > reached:
            yield reached, start
        reached = max(reached, end)
