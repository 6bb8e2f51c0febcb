"""Two people in one channel told apart: by how they sound, by what they say, and by taking turns."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

import numpy as np

from app.audio.pcm import Samples
from app.domain.transcript import Span, Speaker, Turn, Word
from app.transcription.alternation import WITHIN_SENTENCE, Vector, change_odds, weighed
from app.transcription.passages import SAMPLE_RATE
from app.transcription.speakers import FIRST_WORD, agent_cues
from app.transcription.turns import merged, turn, written
from app.transcription.voices import sound, voice_odds

# In one channel a change of speaker shows as a short pause in the sound; word times are too rough to show it.
BREATH_SECONDS = 0.18
LEVEL_SECONDS = 0.01
PART_FRAMES = 4096
ABOVE_FLOOR_DB, BELOW_SPEECH_DB = 4.0, 26.0
# A recogniser stretches the first word after a pause back into the pause, so its end tells more than its start.
END_WEIGHT = 0.7
SENTENCE_ENDS = (".", "?", "!", "。", "？", "！")
TITLES = {"mr.", "mrs.", "ms.", "dr."}
# Where people talk fast or over each other, one takes over without a pause and the recogniser writes no full stop: what
# is longer than this is looked at piece by piece.
LONGEST_SECONDS, PIECE_SECONDS = 1.5, 0.8
# Voice and words are both weak evidence on a telephone line: neither may decide an utterance by itself.
MOST_VOICE, MOST_WORDS = 4.0, 4.0
ROUNDS, SETTLED = 20, 1e-3
# That the two can be told apart by their voices is likelier than not, before anything was heard (logarithm of odds).
VOICES_DIFFER = 1.0
# Nobody can be this sure of a voice in a mixed recording.
MOST_CERTAIN = 0.95


@dataclass(frozen=True)
class Piece:
    """Words that one of the two said.

    `odds` is what the words tell of the speaker, `change` how likely somebody else spoke before them, both as
    logarithms of odds; above 0 for the agent, and for a change.
    """

    words: tuple[Word, ...]
    odds: float
    change: float

    @property
    def span(self) -> Span:
        return Span(start=self.words[0].start, end=self.words[-1].end)


@dataclass(frozen=True)
class Part:
    """Some words of a sentence, and where in it they begin and end, as shares of its letters."""

    words: tuple[Word, ...]
    start: float
    end: float


def turns_of_one_channel(words: Sequence[Word], samples: Samples, language: str) -> tuple[Turn, ...]:
    """The turns of a recording in which both sides share a channel, each with how sure its speaker is."""
    said = _pieces(words, samples, language)
    if not said:
        return ()
    agent = _agent_shares(said, samples)
    spoken = [
        (Speaker.AGENT if share >= 0.5 else Speaker.CUSTOMER, part.words)
        for share, part in zip(agent, said, strict=True)
    ]
    sure = {id(part.words[0]): max(share, 1 - share) for share, part in zip(agent, said, strict=True)}
    return tuple(
        turn(speaker, joined, language, min(MOST_CERTAIN, _mean_certainty(joined, sure)))
        for speaker, joined in merged(spoken)
    )


def _mean_certainty(words: Sequence[Word], sure: dict[int, float]) -> float:
    """The certainty of a turn: that of its pieces, each weighed by its words."""
    total, now = 0.0, 0.5
    for word in words:
        now = sure.get(id(word), now)
        total += now
    return total / len(words)


def _agent_shares(said: Sequence[Piece], samples: Samples) -> list[float]:
    """How likely the agent says each piece, weighed over all orders of turns."""
    words = np.clip([piece.odds for piece in said], -MOST_WORDS, MOST_WORDS)
    words[0] += FIRST_WORD
    changes = np.array([piece.change for piece in said[1:]])
    # The voices have no names, and who says what is what we ask for: from what the words say of the speakers their
    # voices are learnt, and from the voices again who speaks, until nothing changes.
    heard = sound([part.span for part in said], samples)
    agent, voice = weighed(words, changes).agent, np.zeros(len(said))
    for _ in range(ROUNDS):
        voice = np.clip(voice_odds(heard, agent), -MOST_VOICE, MOST_VOICE)
        before, agent = agent, weighed(words + voice, changes).agent
        if np.abs(agent - before).max() < SETTLED:
            break
    return [float(share) for share in _in_doubt(words, voice, changes)]


def _in_doubt(words: Vector, voice: Vector, changes: Vector) -> Vector:
    """The agent's shares over three readings, each weighed by how well it explains the words.

    The voices are told apart and named rightly; they are told apart and named the wrong way round; what was told apart
    is not the speakers. A voice that follows something else than who speaks does not fit what is said.
    """
    by_words, by_voice = weighed(words, changes), weighed(voice, changes)
    nothing = weighed(np.zeros(len(words)), changes)
    right, wrong = weighed(words + voice, changes), weighed(words - voice, changes)
    fits = np.array(
        [right.fit - by_voice.fit + VOICES_DIFFER, wrong.fit - by_voice.fit + VOICES_DIFFER, by_words.fit - nothing.fit]
    )
    chances = np.exp(fits - fits.max())
    chances /= chances.sum()
    return np.asarray(chances @ np.stack([right.agent, wrong.agent, by_words.agent]))


def _pieces(words: Sequence[Word], samples: Samples, language: str) -> list[Piece]:
    """The words in pieces that one person said, as far as pauses, full stops and their length can tell."""
    found: list[Piece] = []
    before = ""
    for sentence, pause in _sentences(words, _pauses(words, samples)):
        text = written("".join(word.text for word in sentence), language)
        change = change_odds(pause, before, text, language)
        cues = agent_cues(text, language)
        for place, part in enumerate(_parted(sentence)):
            odds = sum(weight for at, weight in cues if part.start <= at < part.end)
            found.append(Piece(part.words, odds, WITHIN_SENTENCE if place else change))
        before = text
    return found


def _parted(sentence: Sequence[Word]) -> list[Part]:
    """A sentence, cut between words where it is long."""
    begun, length = sentence[0].start, sentence[-1].end - sentence[0].start
    count = round(length / PIECE_SECONDS) if length > LONGEST_SECONDS else 1
    groups: dict[int, list[Word]] = {}
    place = 0
    for word in sentence:
        if count > 1:
            place = max(place, min(count - 1, int((_told(word) - begun) / length * count)))
        groups.setdefault(place, []).append(word)
    letters = [0, *accumulate(sum(len(word.text.strip()) for word in groups[place]) for place in sorted(groups))]
    whole = max(1, letters[-1])
    edges = [*(edge / whole for edge in letters[:-1]), np.inf]
    return [
        Part(tuple(groups[place]), start, end)
        for place, (start, end) in zip(sorted(groups), pairwise(edges), strict=True)
    ]


def _ends(word: str) -> bool:
    """Whether a sentence ends with this word."""
    return word.endswith(SENTENCE_ENDS) and word.lower() not in TITLES


def _told(word: Word) -> float:
    """When a word was said, in seconds."""
    return word.start + END_WEIGHT * (word.end - word.start)


def _pauses(words: Sequence[Word], samples: Samples) -> list[Span]:
    """Where the sound falls to the noise of the line for a breath."""
    frame = int(LEVEL_SECONDS * SAMPLE_RATE)
    whole, part = len(samples) // frame * frame, PART_FRAMES * frame
    parts = (samples[first : min(first + part, whole)].reshape(-1, frame) for first in range(0, whole, part))
    level = 10 * np.log10(np.concatenate([[], *(np.mean(each**2, axis=1) for each in parts)]) + 1e-10)
    spoken = np.zeros(len(level), dtype=bool)
    for word in words:
        spoken[int(word.start / LEVEL_SECONDS) : int(word.end / LEVEL_SECONDS) + 1] = True
    if not spoken.any():
        return []
    floor, usual = np.percentile(level[spoken], [3, 90])
    quiet = (level < max(floor + ABOVE_FLOOR_DB, usual - BELOW_SPEECH_DB)) | ~spoken
    edges = np.flatnonzero(np.diff(np.concatenate(([False], quiet, [False])).astype(np.int8))).reshape(-1, 2)
    return [
        Span(start=first * LEVEL_SECONDS, end=last * LEVEL_SECONDS)
        for first, last in edges.tolist()
        if (last - first) * LEVEL_SECONDS >= BREATH_SECONDS
    ]


def _sentences(words: Sequence[Word], pauses: Sequence[Span]) -> Iterator[tuple[tuple[Word, ...], float]]:
    """The words, parted at every pause and after each full stop, with the length of the pause before in seconds."""
    middles = [(pause.start + pause.end) / 2 for pause in pauses]
    run: list[Word] = []
    last, quiet = 0, 0.0
    for word in words:
        place = max(last, bisect_right(middles, _told(word)))
        if run and (place > last or _ends(run[-1].text.strip())):
            yield tuple(run), quiet
            run, quiet = [], 0.0
        quiet = max((pause.length for pause in pauses[last:place]), default=quiet)
        last = place
        run.append(word)
    if run:
        yield tuple(run), quiet
