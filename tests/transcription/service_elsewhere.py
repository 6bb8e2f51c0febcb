"""A transcription service as others run them: it speaks OpenAI's protocol and hears with a recogniser of its own."""

import io
import socket
import threading
import wave
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any

import numpy as np
import uvicorn
from fastapi import FastAPI, Form, Header, HTTPException, UploadFile
from numpy.typing import NDArray

from app.transcription.engines import Engine, Phrase

KEY = "sk-of-this-service"
NAMES = {"en": "english", "zh": "chinese", "ja": "japanese"}
MARKS = " .,!?。，！？、"

Hears = Callable[[NDArray[np.float32], str | None], dict[str, Any]]


@dataclass(frozen=True)
class Whisper:
    """Hears as OpenAI's own service does: sentences with their times, and words with theirs but without marks."""

    engine: Engine

    def __call__(self, samples: NDArray[np.float32], language: str | None) -> dict[str, Any]:
        odds = {} if language else self.engine.language_odds(samples)
        code = language or max(odds, key=lambda one: odds[one])
        phrases = [phrase for phrase in self.engine.transcribe([samples], code)[0] if phrase.words]
        words = [word for phrase in phrases for word in phrase.words]
        return {
            "task": "transcribe",
            "language": NAMES.get(code, code),
            "duration": len(samples) / 16_000,
            "text": "".join(word.text for word in words).strip(),
            "words": [{"word": word.text.strip(MARKS), "start": word.start, "end": word.end} for word in words],
            "segments": [_segment(phrase) for phrase in phrases],
        }


def _segment(phrase: Phrase) -> dict[str, Any]:
    sure = [word.confidence or 0.5 for word in phrase.words]
    return {
        "start": phrase.words[0].start,
        "end": phrase.words[-1].end,
        "text": "".join(word.text for word in phrase.words),
        "avg_logprob": float(np.mean(np.log(sure))),
        "no_speech_prob": phrase.no_speech,
        "compression_ratio": phrase.repetition,
    }


@contextmanager
def service(hears: Hears) -> Iterator[str]:
    """The address of the service, as CALLMARK_ENDPOINT_URL takes it."""
    app = FastAPI()

    @app.post("/v1/audio/transcriptions")
    def transcriptions(
        file: UploadFile,
        model: Annotated[str, Form()],
        response_format: Annotated[str, Form()],
        authorization: Annotated[str, Header()] = "",
        language: Annotated[str | None, Form()] = None,
    ) -> dict[str, Any]:
        if authorization != f"Bearer {KEY}":
            raise HTTPException(401)
        if not model or response_format != "verbose_json":
            raise HTTPException(400)
        with wave.open(io.BytesIO(file.file.read())) as sound:
            assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (16_000, 1, 2)
            samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(np.float32) / 32768
        return hears(samples, language)

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        thread.join()
