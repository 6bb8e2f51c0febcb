"""`overlap`: one side starts while the other is talking and talks over them."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from typing import ClassVar

from pydantic import Field

from app.domain.evidence import Evidence, Reason
from app.domain.matching import Lexicon
from app.domain.reading import Reading
from app.domain.rules.rule import UNDECIDED, WHO, Case, Operator, Outcome
from app.domain.transcript import Span, Speaker

TWO_CHANNELS = 2
# A breath inside one stretch of talk; a speaker who has only just begun is not yet being interrupted.
BREATH_SECONDS, BEGUN_SECONDS = 0.35, 0.6


class Overlap(Operator):
    """Fulfilled when `by` starts while the other side is talking and talks over them for more than `longer_than` s.

    Short back-channels ("right", 嗯, はい) do not count. Within `margin` of the limit nobody can tell, and without
    two channels neither.
    """

    key: ClassVar[str] = "overlap"

    by: Speaker
    longer_than: float = Field(1.0, gt=0)
    margin: float = Field(0.15, ge=0)

    def stated(self, sets: Mapping[str, Lexicon], event: Reason | None = None) -> Reason:
        return Reason(
            template="{who} starts while the other side is talking and talks over them for more than {s} s",
            values={"who": WHO[self.by], "s": self.longer_than},
        )

    def outcome(self, case: Case) -> Outcome:
        activity = case.reading.transcript.activity
        if activity is None or case.reading.transcript.channels != TWO_CHANNELS:
            reason = Reason(template="Talking over each other can be judged on two-channel recordings only.")
            return Outcome(degree=UNDECIDED, certainty=0.0, reason=reason)
        mine, other = activity.agent, activity.customer
        if self.by == Speaker.CUSTOMER:
            mine, other = other, mine
        found = [
            (over, span)
            for span, over in _talked_over(_joined(mine), _joined(other))
            if over > self.longer_than - self.margin and not _back_channel(case.reading, self.by, span)
        ]
        if not found:
            return Outcome(
                degree=0.0,
                certainty=0.85,
                reason=Reason(template="Nobody was talked over for more than {s} s.", values={"s": self.longer_than}),
            )
        longest = max(over for over, _ in found)
        clear = longest > self.longer_than + self.margin
        return Outcome(
            degree=1.0 if clear else UNDECIDED,
            certainty=0.85 if clear else 0.5,
            reason=Reason(template="Talked over for {seconds} s.", values={"seconds": round(longest, 1)}),
            evidence=tuple(_quoted(case.reading, self.by, at) for _, at in found[:3]),
        )


def _joined(spans: tuple[Span, ...]) -> list[Span]:
    joined: list[Span] = []
    for span in sorted(spans, key=lambda one: one.start):
        if joined and span.start - joined[-1].end <= BREATH_SECONDS:
            joined[-1] = Span(start=joined[-1].start, end=max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def _talked_over(mine: list[Span], other: list[Span]) -> list[tuple[Span, float]]:
    """My stretches that begin inside one of the other's, with the seconds both talk."""
    begins = [span.start + BEGUN_SECONDS for span in other]
    found = []
    for span in mine:
        before = bisect_right(begins, span.start) - 1
        if before >= 0 and span.start < other[before].end:
            found.append((span, min(span.end, other[before].end) - span.start))
    return found


def _words_at(reading: Reading, by: Speaker, span: Span) -> tuple[str, int | None]:
    """What was said in this stretch, and in which turn; by words where the recogniser gave them."""
    for place, turn in reading.transcript.by(by):
        if turn.start is None or turn.end is None or turn.end <= span.start or turn.start >= span.end:
            continue
        words = [word.text for word in turn.words if word.start < span.end and word.end > span.start]
        if words or not turn.words:
            return (reading.language.joiner.join(words) if words else turn.text).strip(), place
    return "", None


def _back_channel(reading: Reading, by: Speaker, span: Span) -> bool:
    said, _ = _words_at(reading, by, span)
    return re.fullmatch(reading.language.back_channel, reading.language.normal(said)) is not None


def _quoted(reading: Reading, by: Speaker, span: Span) -> Evidence:
    said, place = _words_at(reading, by, span)
    return Evidence(speaker=by, turn=place, start=span.start, end=span.end, quote=said)
