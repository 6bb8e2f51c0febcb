"""Stretches of time put together and taken apart: runs of frames, joined, shared and measured, in seconds."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from app.domain.transcript import Span

Flags = NDArray[np.bool_]


def runs(flags: Flags, step: float) -> list[Span]:
    """The stretches over which the flags hold, each flag standing for `step` seconds."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [Span(start=float(a * step), end=float(b * step)) for a, b in edges.reshape(-1, 2)]


def joined(spans: Iterable[Span], gap: float) -> list[Span]:
    """The spans in order, those joined that overlap or lie at most `gap` seconds apart."""
    whole: list[Span] = []
    for span in sorted(spans, key=lambda span: span.start):
        if whole and span.start - whole[-1].end <= gap:
            whole[-1] = Span(start=whole[-1].start, end=max(whole[-1].end, span.end))
        else:
            whole.append(span)
    return whole


def shared(spans: Iterable[Span], start: float, end: float) -> float:
    """How many seconds of the spans lie between start and end."""
    return sum(max(0.0, min(span.end, end) - max(span.start, start)) for span in spans)


def within(spans: Iterable[Span], start: float, end: float) -> list[Span]:
    """What lies of the spans between start and end."""
    return [
        Span(start=max(span.start, start), end=min(span.end, end))
        for span in spans
        if span.end > start and span.start < end
    ]


def split(spans: Iterable[Span], places: Iterable[float]) -> list[Span]:
    """The spans, cut in two wherever a place lies inside one."""
    cuts = sorted(places)
    pieces = []
    for span in spans:
        edges = [span.start, *(place for place in cuts if span.start < place < span.end), span.end]
        pieces += [Span(start=start, end=end) for start, end in pairwise(edges)]
    return pieces


def flagged(spans: Sequence[Span], count: int, step: float) -> Flags:
    """The opposite of `runs`: one flag for each of `count` steps that a span touches."""
    flags = np.zeros(count, dtype=np.bool_)
    for span in spans:
        flags[max(0, int(span.start / step)) : max(0, int(np.ceil(span.end / step)))] = True
    return flags
