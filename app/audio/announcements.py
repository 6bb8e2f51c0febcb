"""What the switch says by itself: on both sides at once, twice the same, or in a voice that is nobody's in the call."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.audio.cepstrum import Vector
from app.audio.decoding import SAMPLE_RATE
from app.audio.levels import FRAME_SECONDS
from app.audio.pcm import Floats, Samples
from app.audio.spans import joined, shared
from app.audio.voice import strangeness, voice
from app.domain.transcript import Span

# One sound on both channels about as loud is played by the switch: a voice is far louder on its own.
SHORTEST_ON_BOTH_SECONDS = 0.4
SPOKEN_ON_BOTH_SHARE = 0.5
EQUALLY_LOUD_DB = 6.0
SAME_SOUND = 0.6
# Who comes back goes on talking; an announcement has a pause before or after it that nobody breaks.
ALONE_SECONDS = 5.0
ANSWER_SECONDS = 2.5
SENTENCE_PAUSE_SECONDS = 1.5
SHORTEST_ABSENCE_SECONDS = 14.0
MOST_OTHERS_SHARE = 0.25
MOST_STRANGE_SHARE = 0.4
POSSIBLY_ANOTHER, SURELY_ANOTHER = 1.9, 2.4
SURELY_ANOTHER_BESIDE_ITS_OWN = 3.0
SHORTEST_SURE_SECONDS = 2.0
MUSIC_MARGIN_SECONDS = 0.5
# On the customer's side somebody else in the room may be speaking.
SURELY_ANOTHER_THAN_CUSTOMER = 2.6


@dataclass(frozen=True)
class Strangers:
    """Phrases in another voice than their side's, by how sure that is."""

    sure: tuple[Span, ...] = ()
    possible: tuple[Span, ...] = ()


def on_both(rows: Samples, loudness: Sequence[Floats], others: Sequence[Span], phrase: Span) -> bool:
    """Whether one and the same sound is on both channels about as loud; `others` is the speech of the other side."""
    if (
        phrase.length < SHORTEST_ON_BOTH_SECONDS
        or shared(others, phrase.start, phrase.end) < SPOKEN_ON_BOTH_SHARE * phrase.length
    ):
        return False
    frames = slice(round(phrase.start / FRAME_SECONDS), round(phrase.end / FRAME_SECONDS))
    one, two = (float(np.percentile(own[frames], 75)) for own in loudness)
    if abs(one - two) > EQUALLY_LOUD_DB:
        return False
    left, right = rows[:, int(phrase.start * SAMPLE_RATE) : int(phrase.end * SAMPLE_RATE)]
    size = 1 << (2 * len(left)).bit_length()
    alike = np.fft.irfft(np.fft.rfft(left, size) * np.conj(np.fft.rfft(right, size)), size)
    return float(np.abs(alike).max()) > SAME_SOUND * float(np.linalg.norm(left) * np.linalg.norm(right))


def strangers(
    samples: Samples,
    phrases: Sequence[Span],
    music: Sequence[Span],
    others: Sequence[Span],
    away: Sequence[Span] | None,
) -> Strangers:
    """Those phrases of a side that stand alone in a wait, unanswered, in a voice that is not its own.

    `others` is what the other side says; `away`, on the customer's side, is when the agent is silent for long.
    """
    surely = SURELY_ANOTHER if away is None else SURELY_ANOTHER_THAN_CUSTOMER
    runs = _edges(phrases)
    voices = [voice(samples, _without_music(phrase, music)) for phrase in phrases] if runs else []
    judged: dict[int, float] = {}
    for run in runs:
        for place in run:
            if place not in judged:
                judged[place] = _strangeness(phrases, voices, place)
            if judged[place] < POSSIBLY_ANOTHER:
                break
    strange = {
        place
        for place, value in judged.items()
        if value >= POSSIBLY_ANOTHER
        and (value >= SURELY_ANOTHER_BESIDE_ITS_OWN or not _answers(phrases[place], away or ()))
    }
    sure: list[Span] = []
    possible: list[Span] = []
    for group in _groups(phrases, voices, strange):
        if not _unanswered(phrases, group, strange, others, away):
            continue
        heard = [phrases[place] for place in group]
        told = {place: phrases[place].length for place in group if len(voices[place])}
        strangest = sum(judged[place] * length for place, length in told.items()) / sum(told.values())
        # A reply to the other side is taken for one unless the voice is quite another.
        apart = _apart(phrases, group) and not shared(others, heard[0].start - ANSWER_SECONDS, heard[0].start)
        long_enough = sum(told.values()) >= SHORTEST_SURE_SECONDS
        if long_enough and strangest >= (surely if apart else SURELY_ANOTHER_BESIDE_ITS_OWN):
            sure += heard
        elif apart:
            possible += heard
    if sum(span.length for span in sure) > MOST_STRANGE_SHARE * sum(span.length for span in phrases):
        return Strangers(possible=tuple(sorted([*sure, *possible], key=lambda span: span.start)))
    return Strangers(tuple(sure), tuple(possible))


def _answers(phrase: Span, away: Sequence[Span]) -> bool:
    """Whether it follows the agent's last word so soon that it should be the customer's answer."""
    return any(0 <= phrase.start - span.start < ANSWER_SECONDS for span in away)


def _without_music(phrase: Span, music: Sequence[Span]) -> Span:
    """What of a phrase is heard well away from the music that ends or begins in it."""
    start, end = phrase.start, phrase.end
    for span in music:
        if span.start <= start < span.end + MUSIC_MARGIN_SECONDS:
            start = min(end, span.end + MUSIC_MARGIN_SECONDS)
        if span.start - MUSIC_MARGIN_SECONDS < end <= span.end:
            end = max(start, span.start - MUSIC_MARGIN_SECONDS)
    return Span(start=start, end=end)


def _apart(phrases: Sequence[Span], group: list[int]) -> bool:
    """Whether there is a pause between these phrases and the others of their side."""
    before = phrases[group[0] - 1].end if group[0] else 0.0
    after = phrases[group[-1] + 1].start if group[-1] + 1 < len(phrases) else float("inf")
    return (
        phrases[group[0]].start - before > SENTENCE_PAUSE_SECONDS
        and after - phrases[group[-1]].end > SENTENCE_PAUSE_SECONDS
    )


def _edges(phrases: Sequence[Span]) -> list[list[int]]:
    """The places of the phrases before and after each long pause, each run beginning at the pause."""
    runs = []
    for place in range(len(phrases) + 1):
        before = phrases[place - 1].end if place else -ALONE_SECONDS
        after = phrases[place].start if place < len(phrases) else before + ALONE_SECONDS
        if after - before < ALONE_SECONDS:
            continue
        runs.append(_near(phrases, range(place - 1, -1, -1)))
        runs.append(_near(phrases, range(place, len(phrases))))
    return [run for run in runs if run]


def _near(phrases: Sequence[Span], places: range) -> list[int]:
    """As many of the places as follow each other within the pause of a sentence."""
    run: list[int] = []
    for place in places:
        if run:
            one, two = sorted((run[-1], place))
            if phrases[two].start - phrases[one].end > SENTENCE_PAUSE_SECONDS:
                break
        run.append(place)
    return run


def _strangeness(phrases: Sequence[Span], voices: Sequence[Vector], place: int) -> float:
    """How strange one phrase sounds beside all that are not near it; a word by itself cannot be told."""
    if not len(voices[place]):
        return POSSIBLY_ANOTHER
    start, end = phrases[place].start - SENTENCE_PAUSE_SECONDS, phrases[place].end + SENTENCE_PAUSE_SECONDS
    known = [voice for span, voice in zip(phrases, voices, strict=True) if span.end < start or span.start > end]
    value = strangeness(voices[place], known)
    return 0.0 if value is None else value


def _groups(phrases: Sequence[Span], voices: Sequence[Vector], strange: set[int]) -> list[list[int]]:
    """Strange phrases that follow each other, without those that are too short to be told."""
    groups: list[list[int]] = []
    for place in sorted(strange):
        near = (
            groups
            and place == groups[-1][-1] + 1
            and phrases[place].start - phrases[place - 1].end <= SENTENCE_PAUSE_SECONDS
        )
        if near:
            groups[-1].append(place)
        else:
            groups.append([place])
    return [group for group in groups if any(len(voices[place]) for place in group)]


def _unanswered(
    phrases: Sequence[Span], group: list[int], strange: set[int], others: Sequence[Span], away: Sequence[Span] | None
) -> bool:
    """Whether without these phrases the side would be away long enough for a hold, and nobody replies to them."""
    start, end = phrases[group[0]].start, phrases[group[-1]].end
    if shared(others, end, end + ANSWER_SECONDS):
        return False
    if away is not None:
        inside = [span for span in away if span.start <= start and end <= span.end]
        own = [span for place, span in enumerate(phrases) if place not in strange]
        return any(not _answers(phrases[group[0]], [span]) or shared(own, span.start, start) for span in inside)
    before = [span.end for place, span in enumerate(phrases[: group[0]]) if place not in strange]
    after = [span.start for place, span in enumerate(phrases) if place > group[-1] and place not in strange]
    if not before or not after:
        return False
    absence = after[0] - before[-1]
    return (
        absence >= SHORTEST_ABSENCE_SECONDS
        and shared(joined(others, 0.0), before[-1], after[0]) < MOST_OTHERS_SHARE * absence
    )
