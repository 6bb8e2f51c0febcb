"""A recogniser elsewhere: any service that speaks OpenAI's transcription protocol.

Whisper in other sizes, SenseVoice, Paraformer and others are served so, on this machine or on one with a GPU.
"""

import io
import re
import wave
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from functools import cache
from math import exp

import httpx2
import numpy as np
from babel import Locale
from pydantic import BaseModel, ValidationError

from app.audio.pcm import Floats
from app.domain.language import LANGUAGES, language
from app.domain.transcript import Word
from app.kit.errors import AppError, Passing
from app.settings import Settings
from app.transcription.engines import Phrase

SAMPLE_RATE = 16_000
# A passage has at most half a minute; a large model on a slow machine takes several times as long for it.
PATIENCE_SECONDS = 120.0
# What these refuse is the recording; whatever else is refused, such as a key, is no fault of it and may be mended.
OF_THE_RECORDING = {400, 413, 415, 422}
# Ordinary text gets smaller by compression by less than the share at which a loop is suspected.
NO_REPETITION = 1.0
# Which script tells the language, where the service does not: kana stand in Japanese alone.
SCRIPTS = {"ja": "[\u3040-\u30ff]", "zh": "[\u3400-\u9fff]", "en": "[a-z]"}


class RecogniserUnavailable(Passing):
    """The recogniser at CALLMARK_ENDPOINT_URL does not serve; calls wait until it does."""

    code = "recogniser_unavailable"


class RecogniserRefuses(AppError):
    """The recogniser at CALLMARK_ENDPOINT_URL takes no such recording."""

    code = "recogniser_refuses"


class RecogniserUnclear(AppError):
    """What the recogniser at CALLMARK_ENDPOINT_URL answers is no transcription; check its address."""

    code = "recogniser_unclear"


class EndpointMissing(AppError):
    """Set CALLMARK_ENDPOINT_URL to the address of the recogniser, such as http://localhost:8000/v1."""

    code = "endpoint_missing"


class Timed(BaseModel):
    """A word as the service tells it; seconds."""

    word: str
    start: float
    end: float
    probability: float | None = None


class Segment(BaseModel):
    """What the service wrote in one breath; seconds, `avg_logprob` the mean of the logarithms of its certainty."""

    text: str = ""
    start: float = 0.0
    end: float = 0.0
    no_speech_prob: float = 0.0
    compression_ratio: float = NO_REPETITION
    avg_logprob: float | None = None


class Answer(BaseModel):
    """What the service answers; only the text is always there."""

    text: str
    language: str | None = None
    segments: tuple[Segment, ...] | None = None
    words: tuple[Timed, ...] | None = None


class Endpoint:
    """A transcription service at an address."""

    version = "v1"

    def __init__(self, settings: Settings) -> None:
        if settings.endpoint_url is None:
            raise EndpointMissing
        self._model = settings.model or "whisper-1"
        self.name = f"endpoint {self._model}"
        self.hands, self.batch_size = settings.endpoint_hands, 1
        key = settings.endpoint_key
        self._client = httpx2.Client(
            base_url=settings.endpoint_url,
            headers={"Authorization": f"Bearer {key.get_secret_value()}"} if key else {},
            timeout=PATIENCE_SECONDS,
        )

    def transcribe(self, pieces: Sequence[Floats], language: str) -> list[tuple[Phrase, ...]]:
        return [
            phrases(self._asked(samples, language=language), language, len(samples) / SAMPLE_RATE) for samples in pieces
        ]

    def language_odds(self, samples: Floats) -> Mapping[str, float]:
        answer = self._asked(samples)
        code = _code(answer.language) or _by_script(answer.text)
        return {code: 1.0} if code else {}

    def _asked(self, samples: Floats, **more: str) -> Answer:
        form: dict[str, str | list[str]] = {
            "model": self._model,
            "response_format": "verbose_json",
            "temperature": "0",
            "timestamp_granularities[]": ["word", "segment"],
            **more,
        }
        try:
            answer = self._client.post(
                "audio/transcriptions", data=form, files={"file": ("passage.wav", _wav(samples), "audio/wav")}
            )
        except httpx2.HTTPError as error:
            raise RecogniserUnavailable from error
        if answer.status_code in OF_THE_RECORDING:
            raise RecogniserRefuses
        if not answer.is_success:
            raise RecogniserUnavailable
        try:
            return Answer.model_validate_json(answer.content)
        except ValidationError:
            # What it says may quote what was said in the call.
            raise RecogniserUnclear from None


def phrases(answer: Answer, code: str, seconds: float) -> tuple[Phrase, ...]:
    """The phrases of an answer; words without times are spread over their segment, or over all `seconds`."""
    segments = answer.segments or (Segment(text=answer.text, end=seconds),)
    if answer.words:
        parts = _by_segment(_as_written(answer.words, answer.text, code), segments)
    else:
        parts = [_spread(segment, code) for segment in segments]
    return tuple(
        Phrase(words=words, no_speech=segment.no_speech_prob, repetition=segment.compression_ratio)
        for words, segment in zip(parts, segments, strict=True)
    )


def _as_written(words: Sequence[Timed], text: str, code: str) -> list[Word]:
    """The words with the marks that the text has after them; services tell their times without."""
    found, place = [], 0
    for word in words:
        plain = word.word.strip()
        at = text.find(plain, place)
        if plain and at >= 0:
            end = at + len(plain)
            while end < len(text) and not text[end].isalnum() and not text[end].isspace():
                end += 1
            written, place = text[place:end], end
        else:
            written = f"{_joiner(code)}{plain}"
        found.append(Word(text=written, start=word.start, end=max(word.end, word.start), confidence=word.probability))
    return found


def _by_segment(words: Sequence[Word], segments: Sequence[Segment]) -> list[tuple[Word, ...]]:
    """The words of each segment; those of which the service is not said to be sure are as sure as it."""
    starts = [segment.start for segment in segments]
    parts: list[list[Word]] = [[] for _ in segments]
    for word in words:
        place = max(0, bisect_right(starts, word.start) - 1)
        sure = word.confidence if word.confidence is not None else _certainty(segments[place])
        parts[place].append(word.model_copy(update={"confidence": sure}))
    return [tuple(part) for part in parts]


def _spread(segment: Segment, code: str) -> tuple[Word, ...]:
    """The words of a segment, each given time by its length."""
    joiner = _joiner(code)
    parts = [f"{joiner}{part}" for part in segment.text.split()] if joiner else list("".join(segment.text.split()))
    each = (segment.end - segment.start) / max(1, sum(map(len, parts)))
    words, at = [], segment.start
    for part in parts:
        words.append(Word(text=part, start=at, end=at + each * len(part), confidence=_certainty(segment)))
        at = words[-1].end
    return tuple(words)


def _certainty(segment: Segment) -> float | None:
    return None if segment.avg_logprob is None else min(1.0, exp(segment.avg_logprob))


def _joiner(code: str) -> str:
    return language(code).joiner if code in LANGUAGES else " "


def _code(said: str | None) -> str | None:
    """The code of a language that a service names by it, or in English."""
    if not said:
        return None
    plain = said.strip().lower()
    return _names().get(plain, plain.replace("_", "-").split("-")[0])


@cache
def _names() -> Mapping[str, str]:
    return {name.lower(): code for code, name in Locale("en").languages.items()} | {"mandarin": "zh"}


def _by_script(text: str) -> str | None:
    """The language in whose script the text is written."""
    return next((code for code, letters in SCRIPTS.items() if re.search(letters, text, re.IGNORECASE)), None)


def _wav(samples: Floats) -> bytes:
    """The samples as a file that every service reads; no file of ours."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.clip(samples, -1.0, 1.0) * 32767).astype("<i2").tobytes())
    return written.getvalue()
