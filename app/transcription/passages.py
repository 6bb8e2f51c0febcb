"""What is given to the recogniser: the speech of one channel, its silences cut out, a few sentences at a time."""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.audio.pcm import Floats, Samples
from app.domain.transcript import Span, Word

SAMPLE_RATE = 16_000
# Whisper hears up to 30 seconds at once, but then leaves out whole sentences: of the development recordings' turns
# several were lost with 28 seconds and none with 18 or less, which costs more work the shorter it gets.
LONGEST_SECONDS = 15.0
# Kept around each stretch of speech, beyond the room it comes with: soft last sounds are easily cut off.
MARGIN_SECONDS = 0.1
# A word that follows a full stop and begins this near the end of a piece belongs to the next one.
EDGE_SECONDS = 0.4
SENTENCE_ENDS = (".", "?", "!", ",", "。", "？", "！", "，", "、")
# A cut through a monologue is made at its quietest moment within this many seconds before the limit.
CUT_SEARCH_SECONDS = 5.0
FRAME_SECONDS = 0.02


@dataclass(frozen=True)
class Piece:
    """A stretch of the recording that lies at `offset` seconds in its passage."""

    offset: float
    span: Span


@dataclass(frozen=True, eq=False)
class Passage:
    """Pieces of one channel, one after the other: what the recogniser hears at once."""

    channel: int
    pieces: tuple[Piece, ...]
    # All of the channel: what is heard of it is cut out when its turn comes, or a long call would be kept twice.
    whole: Samples

    @property
    def seconds(self) -> float:
        return sum(piece.span.length for piece in self.pieces)

    @property
    def samples(self) -> Floats:
        spans = (piece.span for piece in self.pieces)
        return np.concatenate(
            [self.whole[int(span.start * SAMPLE_RATE) : int(span.end * SAMPLE_RATE)] for span in spans]
        )

    def placed(self, words: Sequence[Word]) -> list[Word]:
        """The words where they lie in the recording, each within one piece."""
        offsets = [piece.offset for piece in self.pieces]
        found: list[Word] = []
        ended = True
        for word in words:
            # A recogniser stretches the first word after a pause back into the pause: its end tells where it belongs.
            place = max(0, bisect_left(offsets, word.end) - 1)
            if ended and place + 1 < len(offsets) and word.start > offsets[place + 1] - EDGE_SECONDS:
                place += 1
            span, shift = self.pieces[place].span, self.pieces[place].span.start - offsets[place]
            start = min(max(word.start + shift, span.start), span.end)
            end = min(max(word.end + shift, start), span.end)
            found.append(word.model_copy(update={"start": round(start, 2), "end": round(end, 2)}))
            ended = word.text.rstrip().endswith(SENTENCE_ENDS)
        return found


def passages(samples: Samples, speech: Sequence[Span], channel: int) -> tuple[Passage, ...]:
    """The speech of one channel as passages, in order."""
    duration = len(samples) / SAMPLE_RATE
    pieces = [part for span in _widened(speech, duration) for part in _cut(samples, span)]
    groups: list[list[Span]] = []
    filled = 0.0
    for piece in pieces:
        if not groups or filled + piece.length > LONGEST_SECONDS:
            groups.append([])
            filled = 0.0
        groups[-1].append(piece)
        filled += piece.length
    return tuple(passage(samples, group, channel) for group in groups)


def passage(samples: Samples, spans: Sequence[Span], channel: int) -> Passage:
    """The given stretches of one channel as one passage."""
    pieces, offset = [], 0.0
    for span in spans:
        pieces.append(Piece(offset, span))
        offset += span.length
    return Passage(channel, tuple(pieces), samples)


def _widened(speech: Sequence[Span], duration: float) -> list[Span]:
    """The spans with their margins; those that then touch become one."""
    wide: list[Span] = []
    for span in speech:
        start, end = max(0.0, span.start - MARGIN_SECONDS), min(duration, span.end + MARGIN_SECONDS)
        if wide and start <= wide[-1].end:
            wide[-1] = Span(start=wide[-1].start, end=max(end, wide[-1].end))
        elif end > start:
            wide.append(Span(start=start, end=end))
    return wide


def _cut(samples: Samples, span: Span) -> list[Span]:
    """The span, cut at quiet moments where it is too long to be heard at once."""
    parts = []
    start = span.start
    while span.end - start > LONGEST_SECONDS:
        at = _quietest(samples, start + LONGEST_SECONDS - CUT_SEARCH_SECONDS, start + LONGEST_SECONDS)
        parts.append(Span(start=start, end=at))
        start = at
    return [*parts, Span(start=start, end=span.end)]


def _quietest(samples: Samples, start: float, end: float) -> float:
    """The middle of the quietest fifth of a second, in seconds."""
    frame = int(FRAME_SECONDS * SAMPLE_RATE)
    stretch = samples[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
    frames = stretch[: len(stretch) // frame * frame].reshape(-1, frame)
    width = 10
    loudness = np.convolve(np.mean(frames**2, axis=1), np.ones(width), mode="valid")
    return start + (int(np.argmin(loudness)) + width / 2) * FRAME_SECONDS
