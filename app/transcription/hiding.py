"""When the numbers of a call are heard that nobody is to hear."""

from collections.abc import Iterable

from app.audio.spans import joined
from app.domain.redaction import hidden
from app.domain.transcript import Span, Transcript


def stretches(transcript: Transcript) -> tuple[Span, ...]:
    """When its numbers are heard, in seconds; none where nobody knows when anything was said."""
    return together(
        Span(start=one.begins, end=one.ends)
        for one in hidden(transcript)
        if one.begins is not None and one.ends is not None
    )


def together(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Stretches in order, those as one that overlap; times to the thousandth of a second."""
    return tuple(Span(start=round(one.start, 3), end=round(one.end, 3)) for one in joined(spans, 0.0))
