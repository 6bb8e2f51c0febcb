"""The packaged weights in the format of whisper.cpp, so that all who are compared hear with the same ones.

The format: a head of eleven whole numbers, the filters of the spectrum, the words, and every tensor with its name
(github.com/ggml-org/whisper.cpp, models/README.md).
"""

import base64
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.transcription.checkpoint import checkpoint
from app.transcription.kept import kept
from app.transcription.weights import Weights

MAGIC = 0x67676D6C
FFT_BINS = 201
HALF, FULL = 1, 0
HEAD = (
    "n_vocab",
    "n_audio_ctx",
    "n_audio_state",
    "n_audio_head",
    "n_audio_layer",
    "n_text_ctx",
    "n_text_state",
    "n_text_head",
    "n_text_layer",
    "n_mels",
)
# Kept in full precision whatever the rest is.
ALWAYS_FULL = {
    "encoder.conv1.bias",
    "encoder.conv2.bias",
    "encoder.positional_embedding",
    "decoder.positional_embedding",
}


def ggml(weights: Weights) -> Path:
    """A whisper.cpp model file of these weights, in half precision; written once and kept in the cache directory."""
    source = checkpoint(weights)
    return kept(weights.cache_dir / "ggml" / f"{source.stem}-f16.bin", lambda path: _write(source, path))


def _write(source: Path, path: Path) -> None:
    import torch

    model = torch.load(source, weights_only=True)
    dims = model["dims"]
    with path.open("wb") as file:
        file.write(struct.pack("<12i", MAGIC, *(dims[name] for name in HEAD), HALF))
        filters = _filters(dims["n_mels"])
        file.write(struct.pack("<2i", *filters.shape))
        file.write(filters.tobytes())
        words = list(_words())
        file.write(struct.pack("<i", len(words)))
        for word in words:
            file.write(struct.pack("<i", len(word)) + word)
        for name, value in model["model_state_dict"].items():
            _tensor(file, name, value.numpy())


def _tensor(file: BinaryIO, name: str, value: NDArray[Any]) -> None:
    if name in ("encoder.conv1.bias", "encoder.conv2.bias"):
        value = value.reshape(-1, 1)
    is_full = value.ndim < 2 or name in ALWAYS_FULL
    plain = np.ascontiguousarray(value, "<f4" if is_full else "<f2")
    called = name.encode()
    file.write(struct.pack("<3i", plain.ndim, len(called), FULL if is_full else HALF))
    file.write(struct.pack(f"<{plain.ndim}i", *reversed(plain.shape)))
    file.write(called)
    file.write(plain.tobytes())


def _filters(mels: int) -> NDArray[np.float32]:
    from faster_whisper.feature_extractor import FeatureExtractor

    found = FeatureExtractor.get_mel_filters(16_000, 400, n_mels=mels).astype("<f4")
    assert found.shape == (mels, FFT_BINS)
    return np.ascontiguousarray(found)


def _words() -> Iterator[bytes]:
    """The multilingual words in the order of their numbers; what is special, whisper.cpp adds by itself."""
    import whisper

    assets = Path(whisper.__file__).parent / "assets" / "multilingual.tiktoken"
    for line in assets.read_text(encoding="ascii").splitlines():
        word, _, _ = line.partition(" ")
        yield base64.b64decode(word)
