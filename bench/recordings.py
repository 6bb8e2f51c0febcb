"""The recordings of the project with what is said in them, and calls made of them."""

import io
import json
import wave
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from app.domain.language import LANGUAGES, language

FIXTURES = Path(__file__).parent.parent / "fixtures" / "calls"
AUDIO = {".wav", ".mp3", ".ogg", ".opus", ".flac", ".m4a"}
TELEPHONE_RATE = 8_000
CHANNELS = {"left": 0, "right": 1}


def recordings() -> list[Path]:
    """All of them, by name."""
    return sorted(path for path in FIXTURES.iterdir() if path.suffix in AUDIO)


def known() -> Iterator[dict[str, Any]]:
    """Each with its turns; `path` is where it is, `agent` the agent's channel (0, 1; None: there is only one)."""
    for line in (FIXTURES / "truth.jsonl").read_text(encoding="utf-8").splitlines():
        call = json.loads(line)
        yield {**call, "path": str(FIXTURES / call["file"]), "agent": CHANNELS.get(call["agent_channel"])}


def with_two_channels() -> list[dict[str, Any]]:
    """Those in which each side has a channel, with holds and silences as call centres have them."""
    return [call for call in known() if call["agent"] is not None]


def telephone(seconds: float, calls: Sequence[Mapping[str, Any]]) -> bytes:
    """So many seconds of these, one after the other and again, as a telephone system writes them: a WAV file with two
    channels of 16 bits at 8 kHz."""
    heard = [_pcm(Path(call["path"])) for call in calls]
    length = int(seconds * TELEPHONE_RATE)
    times = -(-length // sum(len(each) for each in heard))
    return wav(np.concatenate(heard * times)[:length], TELEPHONE_RATE)


def as_one_channel(call: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Both channels of a call as one, in a file in this folder."""
    path = folder / "one-channel.wav"
    both = _pcm(Path(call["path"])).astype(np.int32)
    path.write_bytes(wav((both.sum(axis=1, keepdims=True) // 2).astype("<i2"), TELEPHONE_RATE))
    return {**call, "path": str(path), "agent": None}


def wav(sound: NDArray[np.int16], rate: int) -> bytes:
    """A WAV file of these samples (one row each, one column a channel)."""
    file = io.BytesIO()
    with wave.open(file, "wb") as written:
        written.setparams((sound.shape[1], 2, rate, 0, "NONE", ""))
        written.writeframes(sound.tobytes())
    return file.getvalue()


def _pcm(path: Path) -> NDArray[np.int16]:
    resampler = av.AudioResampler(format="s16", layout="stereo", rate=TELEPHONE_RATE)
    with av.open(str(path)) as container:
        frames = [piece for frame in container.decode(audio=0) for piece in resampler.resample(frame)]
    return np.concatenate([frame.to_ndarray().reshape(-1, 2) for frame in frames])


def wrong(heard: Mapping[str, str], truth: Mapping[str, Any]) -> tuple[int, int]:
    """Words (English) or characters (Chinese, Japanese) in error, and how many were said.

    `heard` has what the agent and the customer said, each held against what it was; or all of it under "", in its
    order, where nobody told them apart.
    """
    sides = [("agent", "customer")] if "" in heard else [("agent",), ("customer",)]
    errors = length = 0
    for side in sides:
        turns = sorted((turn for turn in truth["turns"] if turn["speaker"] in side), key=lambda turn: turn["start"])
        true = _units(" ".join(turn["text"] for turn in turns), truth["lang"])
        told = _units(heard.get("" if "" in heard else side[0], ""), truth["lang"])
        errors += Levenshtein.distance(true, told)
        length += len(true)
    return errors, length


def _units(text: str, code: str) -> list[str]:
    """Words, or characters where words are not written apart."""
    if code not in LANGUAGES:
        return text.lower().split()
    spoken = language(code)
    plain = spoken.normal(text)
    return plain.split() if spoken.joiner else list(plain)
