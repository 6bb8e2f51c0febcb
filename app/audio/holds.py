"""Where the customer is kept waiting, what is heard meanwhile, and when people really talk."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.audio.decoding import Recording
from app.audio.music import FRAME_SECONDS, STEP_SECONDS, Floats, levels, musical, only_signals
from app.audio.repeats import repeated
from app.audio.spans import Flags, joined, runs, shared, split, within
from app.audio.talk import fine
from app.audio.waits import SHORTEST_HOLD_SECONDS, Wait, waits
from app.domain.transcript import Activity, Hold, HoldKind, Span

# Music pauses between phrases and pieces; shorter finds than this are a ringtone or a held vowel.
MUSIC_PAUSE_SECONDS = 4.0
SHORTEST_MUSIC_SECONDS = 4.0
PHRASE_SECONDS = 0.3
ONSET_SECONDS = 1.5
PAUSE_BELOW_MUSIC_DB = 15.0
SHORTEST_PAUSE_SECONDS = 0.12
REPEAT_PAUSE_SECONDS = 0.5
WITHIN_SHARE = 0.75
APART_SECONDS, AROUND_SECONDS = 1.0, 3.0
MUSIC_SHARE = 0.5
SOME_MUSIC_SHARE = 0.2
RESTLESS_DB = 6.0
RESTLESS_LEVEL_DB = -50.0
MOST_CUSTOMER_SHARE = 0.25


@dataclass(frozen=True)
class Waiting:
    """The holds of a call, what the system said in them, and, with a channel each, when the two sides spoke."""

    holds: tuple[Hold, ...]
    announcements: tuple[Span, ...]
    activity: Activity | None


@dataclass(frozen=True)
class Side:
    """One channel: its samples, where music plays on it, who speaks live, what is played, and what is played twice."""

    samples: Floats
    music: list[Span]
    live: list[Span]
    played: list[Span]
    repeats: list[Span]


def find_waiting(recording: Recording, speech: Sequence[Sequence[Span]], agent_channel: int | None) -> Waiting:
    """The holds, announcements and live speech of a recording whose speech `listen` has found, by channel."""
    rows = recording.samples
    loudness = [levels(row) for row in rows]
    others: list[Floats | None] = [loudness[1], loudness[0]] if len(rows) == 2 else [None]
    sides = [
        _side(row, spans, own, other, said)
        for row, spans, own, other, said in zip(
            rows, speech, loudness, others, speech[::-1] if len(rows) > 1 else [[]], strict=True
        )
    ]
    if len(sides) == 1 or agent_channel is None:
        agent, customer = joined((span for side in sides for span in side.live), 0.0), []
    else:
        agent, customer = sides[agent_channel].live, sides[1 - agent_channel].live
    music = joined((span for side in sides for span in side.music), 0.0)
    found = waits(agent, customer, music, recording.duration, apart=len(sides) > 1 and agent_channel is not None)
    played = joined((span for side in sides for span in side.played), 0.3)
    opening = agent[0].start if agent else 0.0
    heard = [
        span
        for span in played
        if span.end <= opening or any(shared([span], wait.start, wait.end) > span.length / 2 for wait in found)
    ]
    holds = tuple(_hold(wait, sides, customer) for wait in found)
    activity = None
    if len(sides) > 1 and agent_channel is not None:
        activity = Activity(agent=tuple(agent), customer=tuple(customer))
    return Waiting(holds, tuple(heard), activity)


def _side(
    samples: Floats, speech: Sequence[Span], loudness: Floats, other: Floats | None, others: Sequence[Span]
) -> Side:
    """What one channel carries."""
    music = _music(musical(samples, speech), loudness)
    spoken = fine(loudness, speech, other)
    phrases = joined(spoken, PHRASE_SECONDS)
    edges = _cuts(phrases, [edge for span in music for edge in (span.start, span.end)])
    played = [phrase for phrase in split(phrases, edges) if _under(phrase, music)]
    if shared(played, 0, float("inf")) > sum(span.length for span in spoken) / 2:
        # Most of this side's talk is under music: a radio in the room, not the switch.
        music, played = [], []
    repeats = repeated(samples, joined(spoken, REPEAT_PAUSE_SECONDS), others)
    played = joined([*played, *repeats], 0.0)
    live = [span for span in split(spoken, edges) if shared(played, span.start, span.end) < span.length / 2]
    return Side(samples, music, live, played, repeats)


def _cuts(phrases: Sequence[Span], edges: Sequence[float]) -> list[float]:
    """Where music begins or ends well inside a phrase, so that it is two: one said, one played."""
    return [
        edge for edge in edges if any(span.start + APART_SECONDS < edge < span.end - APART_SECONDS for span in phrases)
    ]


def _music(flags: Flags, loudness: Floats) -> list[Span]:
    """The stretches of music, each from its very first note."""
    found = joined(runs(flags, STEP_SECONDS), MUSIC_PAUSE_SECONDS)
    return [
        Span(start=_onset(span.start, loudness), end=span.end)
        for span in found
        if span.length >= SHORTEST_MUSIC_SECONDS
    ]


def _onset(found: float, loudness: Floats) -> float:
    """When music that was found around a time begins: after the last pause before it."""
    frames = slice(max(0, round((found - ONSET_SECONDS) / FRAME_SECONDS)), round((found + 0.5) / FRAME_SECONDS))
    following = loudness[round(found / FRAME_SECONDS) : round((found + 2) / FRAME_SECONDS)]
    pauses = [
        span
        for span in runs(loudness[frames] < np.median(following) - PAUSE_BELOW_MUSIC_DB, FRAME_SECONDS)
        if span.length >= SHORTEST_PAUSE_SECONDS
    ]
    return frames.start * FRAME_SECONDS + pauses[-1].end if pauses else found


def _under(phrase: Span, music: Sequence[Span]) -> bool:
    """Whether music plays below what is said, and goes on before or after it."""
    if shared(music, phrase.start, phrase.end) < WITHIN_SHARE * phrase.length:
        return False
    before = shared(music, phrase.start - AROUND_SECONDS, phrase.start - APART_SECONDS)
    after = shared(music, phrase.end + APART_SECONDS, phrase.end + AROUND_SECONDS)
    return max(before, after) >= WITHIN_SHARE * (AROUND_SECONDS - APART_SECONDS)


def _hold(wait: Wait, sides: Sequence[Side], customer: Sequence[Span]) -> Hold:
    """A wait with what was heard in it."""
    kind = _kind(wait, sides)
    said = sum(shared(customer, part.start, part.end) for part in wait.parts) / wait.length
    confidence = {HoldKind.MUSIC: 0.95, HoldKind.ANNOUNCEMENT: 0.9, HoldKind.SILENCE: 0.85, HoldKind.UNKNOWN: 0.6}[kind]
    if wait.length < SHORTEST_HOLD_SECONDS + 2:
        confidence -= 0.2
    if said > MOST_CUSTOMER_SHARE / 2:
        confidence -= 0.15
    if wait.doubtful and kind is not HoldKind.MUSIC:
        confidence -= 0.3
    return Hold(
        start=round(wait.start, 2),
        end=round(wait.end, 2),
        kind=kind,
        check_ins=wait.check_ins,
        confidence=round(max(0.2, confidence), 2),
    )


def _kind(wait: Wait, sides: Sequence[Side]) -> HoldKind:
    """What the customer hears through most of the wait, on whichever channel it was recorded."""
    total = sum(part.length for part in wait.parts)
    music = 0.0
    for side in sides:
        heard = [span for part in wait.parts for span in within(side.music, part.start, part.end)]
        if heard and not only_signals(np.concatenate([piece(side.samples, span) for span in heard])):
            music = max(music, sum(span.length for span in heard) / total)
    if music >= MUSIC_SHARE:
        return HoldKind.MUSIC
    if any(shared(side.repeats, part.start, part.end) for side in sides for part in wait.parts):
        return HoldKind.ANNOUNCEMENT
    if music >= SOME_MUSIC_SHARE or any(_restless(side, wait) for side in sides):
        return HoldKind.UNKNOWN
    return HoldKind.SILENCE


def _restless(side: Side, wait: Wait) -> bool:
    """Whether something other than speech, music and signals is heard through the wait, loud and changing."""
    sound = np.concatenate([piece(side.samples, part) for part in wait.parts])
    loudness = levels(sound)
    middle, spread = float(np.median(loudness)), float(np.std(loudness))
    return middle > RESTLESS_LEVEL_DB and spread > RESTLESS_DB and not only_signals(sound)


def piece(samples: Floats, span: Span) -> Floats:
    """The samples of a stretch of one channel."""
    rate = 16000
    return samples[int(span.start * rate) : int(span.end * rate)]
