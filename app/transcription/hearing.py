"""A recording becomes a transcript: what was said, by whom, and where the customer waited."""

from collections.abc import Callable, Sequence

from app.audio.decoding import Recording
from app.audio.holds import Waiting, find_waiting
from app.audio.speech import listen
from app.domain.language import LANGUAGES
from app.domain.transcript import Span, Speaker, Transcript, Turn, Word
from app.settings import Settings
from app.transcription.engines import Engine
from app.transcription.one_channel import turns_of_one_channel
from app.transcription.passages import passage
from app.transcription.recognition import Speech, Words, recognise
from app.transcription.speakers import Said, agent_channel
from app.transcription.turns import announced, turns_of, utterances, written

Progress = Callable[[str, float], None]

CHANNELS = {"left": 0, "right": 1}
# Speech on one of two channels is put down to its side without a doubt above this.
BEYOND_DOUBT = 0.95
# A language without rules is kept only when it is this much likelier than every language that has them.
FOREIGN_ODDS = 20.0
# Enough to tell the language by: of 18 recordings it was as sure as with half a minute, which cost three times as much.
LISTENED_SECONDS = 15.0


def hear(
    recording: Recording,
    engine: Engine,
    settings: Settings,
    progress: Progress = lambda step, share: None,
    language: str | None = None,
) -> Transcript:
    """The transcript of a recording; `progress` is told the step and the share of it that is done (0-1)."""
    progress("speech", 0.0)
    speech = listen(recording)
    progress("speech", 1.0)
    progress("words", 0.0)
    code = language or settings.language or spoken_language(recording, speech, engine)
    words = recognise(recording, speech, engine, code, lambda share: progress("words", share))
    if recording.channels == 1:
        return _from_one_channel(recording, speech, words[0], code, progress)
    return _from_two_channels(recording, speech, words, code, settings, progress)


def spoken_language(recording: Recording, speech: Speech, engine: Engine) -> str:
    """The language of the call, judged from the first fifteen seconds of speech of each channel."""
    odds: dict[str, float] = {}
    for samples, spans in zip(recording.samples, speech, strict=True):
        if first := _first_seconds(spans, LISTENED_SECONDS):
            weight = sum(span.length for span in first)
            for code, share in engine.language_odds(passage(samples, first, 0).samples).items():
                odds[code] = odds.get(code, 0.0) + weight * share
    if not odds:
        return next(iter(LANGUAGES))
    # Cantonese is written and judged as Chinese.
    odds["zh"] = odds.get("zh", 0.0) + odds.pop("yue", 0.0)
    known = max(LANGUAGES, key=lambda code: odds.get(code, 0.0))
    likeliest = max(odds, key=lambda code: odds[code])
    return likeliest if odds[likeliest] > FOREIGN_ODDS * odds.get(known, 0.0) else known


def _from_two_channels(
    recording: Recording,
    speech: Speech,
    words: Words,
    code: str,
    settings: Settings,
    progress: Progress,
) -> Transcript:
    if settings.agent_channel == "auto":
        agent, certainty = agent_channel([_said(part, code) for part in words], code)
    else:
        agent, certainty = CHANNELS[settings.agent_channel], 1.0
    waiting = _waiting(recording, speech, agent, progress)
    speakers = [Speaker.AGENT if channel == agent else Speaker.CUSTOMER for channel in range(2)]
    certainty = 1.0 if certainty > BEYOND_DOUBT else certainty
    return _transcript(recording, code, turns_of(words, speakers, waiting.announcements, code, certainty), waiting)


def _from_one_channel(
    recording: Recording, speech: Speech, words: tuple[Word, ...], code: str, progress: Progress
) -> Transcript:
    waiting = _waiting(recording, speech, None, progress)
    switch = [word for word in words if announced(word, waiting.announcements)]
    people = [word for word in words if not announced(word, waiting.announcements)]
    turns = (
        *turns_of([switch], [Speaker.SYSTEM], (), code, 1.0),
        *turns_of_one_channel(people, recording.samples[0], code),
    )
    return _transcript(recording, code, tuple(sorted(turns, key=lambda turn: turn.start or 0.0)), waiting)


def _waiting(recording: Recording, speech: Speech, agent: int | None, progress: Progress) -> Waiting:
    progress("holds", 0.0)
    waiting = find_waiting(recording, speech, agent)
    progress("holds", 1.0)
    return waiting


def _transcript(recording: Recording, code: str, turns: tuple[Turn, ...], waiting: Waiting) -> Transcript:
    return Transcript(
        language=code,
        duration=round(recording.duration, 3),
        channels=recording.channels,
        turns=turns,
        holds=waiting.holds,
        activity=waiting.activity,
    )


def _said(words: Sequence[Word], code: str) -> list[Said]:
    return [Said(part[0].start, written("".join(word.text for word in part), code)) for part in utterances(words)]


def _first_seconds(spans: Sequence[Span], seconds: float) -> list[Span]:
    """The first spans, up to so many seconds of speech."""
    first: list[Span] = []
    left = seconds
    for span in spans:
        if left <= 0:
            break
        first.append(Span(start=span.start, end=min(span.end, span.start + left)))
        left -= span.length
    return first
