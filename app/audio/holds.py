"""Where the customer is kept waiting, what is heard meanwhile, and when people really talk."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from app.audio.announcements import on_both, strangers
from app.audio.decoding import Recording
from app.audio.levels import FRAME_SECONDS, levels
from app.audio.music import STEP_SECONDS, musical, only_signals
from app.audio.pcm import Floats, Samples
from app.audio.repeats import repeated
from app.audio.spans import Flags, joined, runs, shared, split, within
from app.audio.talk import fine
from app.audio.waits import ANSWER_SECONDS, SHORTEST_HOLD_SECONDS, Wait, waits
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
SPOKEN_SHARE = 0.5
FIRST_NOTE_SECONDS = 0.25
# The voice of a side is known from where it answers; what is far below it, also between words, is the room.
FAR_DB = 14.0
DIALOGUE_SECONDS = 2.0
AROUND_FRAMES = 9
APART_SECONDS, AROUND_SECONDS = 1.0, 3.0
MUSIC_SHARE = 0.5
SOME_MUSIC_SHARE = 0.2
SHORTEST_ANNOUNCEMENT_SECONDS = 1.5
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
    """One channel: its samples, where music plays on it, who speaks live, what is played, and what of that is (or
    may be) an announcement even without music."""

    samples: Samples
    music: list[Span]
    live: list[Span]
    played: list[Span]
    announced: list[Span]
    perhaps_announced: tuple[Span, ...] = ()


def find_waiting(recording: Recording, speech: Sequence[Sequence[Span]], agent_channel: int | None) -> Waiting:
    """The holds, announcements and live speech of a recording whose speech `listen` has found, by channel."""
    loudness = recording.loudness
    sides = [_side(recording.samples, speech, loudness, channel) for channel in range(recording.channels)]
    apart = len(sides) > 1 and agent_channel is not None
    if len(sides) == 1 or agent_channel is None:
        agent, customer = joined((span for side in sides for span in side.live), 0.0), []
    else:
        sides = _without_strangers(sides, agent_channel)
        agent, customer = sides[agent_channel].live, sides[1 - agent_channel].live
    music = joined((span for side in sides for span in side.music), 0.0)
    found = waits(agent, customer, music, recording.duration, apart)
    played = joined((span for side in sides for span in side.played), 0.3)
    opening = agent[0].start if agent else 0.0
    heard = [
        span
        for span in played
        if span.end <= opening or any(shared([span], wait.start, wait.end) > span.length / 2 for wait in found)
    ]
    holds = tuple(_hold(wait, sides, customer) for wait in found)
    activity = Activity(agent=tuple(agent), customer=tuple(customer)) if apart else None
    return Waiting(holds, tuple(heard), activity)


def _side(rows: Samples, speech: Sequence[Sequence[Span]], loudness: Sequence[Floats], channel: int) -> Side:
    """What one channel carries."""
    other = 1 - channel if len(rows) > 1 else None
    samples, own = rows[channel], loudness[channel]
    music = _music(musical(samples, own, speech[channel]), own, speech[channel])
    spoken = fine(own, speech[channel], music, None if other is None else loudness[other])
    if other is not None:
        spoken = _near(spoken, own, speech[other])
    phrases = joined(spoken, PHRASE_SECONDS)
    edges = _cuts(phrases, [edge for span in music for edge in (span.start, span.end)])
    pieces = split(phrases, edges)
    under = [piece for piece in pieces if _under(piece, music)]
    if _length(under) > _length(spoken) / 2:
        # Most of this side's talk is under music: a radio in the room, not the switch.
        music, under = [], []
    both = [] if other is None else [piece for piece in pieces if on_both(rows, loudness, speech[other], piece)]
    if _length(both) > _length(spoken) / 2:
        # A poor line, on which each hears the other.
        both = []
    repeats = repeated(samples, joined(spoken, REPEAT_PAUSE_SECONDS), [] if other is None else speech[other])
    played = joined([*under, *both, *repeats], 0.0)
    live = [span for span in split(spoken, edges) if shared(played, span.start, span.end) < span.length / 2]
    return Side(samples, music, live, played, joined([*both, *repeats], 0.0))


def _near(spoken: list[Span], loudness: Floats, others: Sequence[Span]) -> list[Span]:
    """The speech without what others say in the room behind, far below the voice that answers the other side."""
    answers = [
        _level(loudness, span)
        for span in joined(spoken, PHRASE_SECONDS)
        if shared(others, span.start - DIALOGUE_SECONDS, span.end + DIALOGUE_SECONDS)
    ]
    if not answers:
        return spoken
    least = float(np.median(answers)) - FAR_DB
    around = np.pad(loudness, AROUND_FRAMES, mode="edge")
    near = runs(
        np.lib.stride_tricks.sliding_window_view(around, 2 * AROUND_FRAMES + 1).max(axis=1) > least, FRAME_SECONDS
    )
    pieces = [
        span
        for span in split(spoken, [edge for span in near for edge in (span.start, span.end)])
        if shared(near, span.start, span.end) > span.length / 2
    ]
    # A quiet word beside a loud one is the same person's.
    own = [
        Span(start=span.start - APART_SECONDS, end=span.end + APART_SECONDS)
        for span in joined(pieces, PHRASE_SECONDS)
        if _level(loudness, span) > least
    ]
    return [span for span in pieces if shared(own, span.start, span.end)]


def _level(loudness: Floats, span: Span) -> float:
    """How loud the louder part of a stretch is."""
    return float(np.percentile(loudness[int(span.start / FRAME_SECONDS) : int(span.end / FRAME_SECONDS) + 1], 90))


def _length(spans: Sequence[Span]) -> float:
    return sum(span.length for span in spans)


def _without_strangers(sides: Sequence[Side], agent: int) -> list[Side]:
    """The two sides without what a voice of the switch says on them."""
    sides = list(sides)
    away = None
    for channel in (agent, 1 - agent):
        side = sides[channel]
        phrases = joined(side.live, PHRASE_SECONDS)
        found = strangers(side.samples, phrases, side.music, sides[1 - channel].live, away)
        sides[channel] = replace(
            side,
            live=[span for span in side.live if not shared(found.sure, span.start, span.end)],
            played=joined([*side.played, *found.sure], 0.0),
            announced=joined([*side.announced, *found.sure], 0.0),
            perhaps_announced=found.possible,
        )
        if channel == agent:
            away = [
                Span(start=before.end, end=after.start)
                for before, after in pairwise(sides[agent].live)
                if after.start - before.end >= SHORTEST_HOLD_SECONDS
            ]
    return sides


def _cuts(phrases: Sequence[Span], edges: Sequence[float]) -> list[float]:
    """Where music begins or ends well inside a phrase, so that it is two: one said, one played."""
    return [
        edge for edge in edges if any(span.start + APART_SECONDS < edge < span.end - APART_SECONDS for span in phrases)
    ]


def _music(flags: Flags, loudness: Floats, speech: Sequence[Span]) -> list[Span]:
    """The stretches of music, each from its very first note; a pause in which somebody speaks ends it."""
    found: list[Span] = []
    for run in runs(flags, STEP_SECONDS):
        pause = Span(start=found[-1].end, end=run.start) if found else run
        if found and pause.length <= MUSIC_PAUSE_SECONDS and not _spoken_through(pause, speech):
            found[-1] = Span(start=found[-1].start, end=run.end)
        else:
            found.append(run)
    return [
        Span(start=_onset(span.start, loudness), end=span.end)
        for span in found
        if span.length >= SHORTEST_MUSIC_SECONDS
    ]


def _spoken_through(pause: Span, speech: Sequence[Span]) -> bool:
    return shared(speech, pause.start, pause.end) > SPOKEN_SHARE * pause.length


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
    # The first note is sometimes taken for a voice.
    playing = [Span(start=span.start - FIRST_NOTE_SECONDS, end=span.end) for span in music]
    if shared(playing, phrase.start, phrase.end) < WITHIN_SHARE * phrase.length:
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
    announced = max(sum(shared(side.announced, part.start, part.end) for part in wait.parts) for side in sides)
    if announced >= SHORTEST_ANNOUNCEMENT_SECONDS:
        return HoldKind.ANNOUNCEMENT
    start, end = wait.start - ANSWER_SECONDS, wait.end + ANSWER_SECONDS
    if any(shared(side.perhaps_announced, start, end) for side in sides):
        return HoldKind.UNKNOWN
    if music >= SOME_MUSIC_SHARE or any(_restless(side, wait) for side in sides):
        return HoldKind.UNKNOWN
    return HoldKind.SILENCE


def _restless(side: Side, wait: Wait) -> bool:
    """Whether something other than speech, music and signals is heard through the wait, loud and changing."""
    sound = np.concatenate([piece(side.samples, part) for part in wait.parts])
    loudness = levels(sound)
    middle, spread = float(np.median(loudness)), float(np.std(loudness))
    return middle > RESTLESS_LEVEL_DB and spread > RESTLESS_DB and not only_signals(sound)


def piece(samples: Samples, span: Span) -> Floats:
    """The samples of a stretch of one channel."""
    rate = 16000
    return samples[int(span.start * rate) : int(span.end * rate)]
