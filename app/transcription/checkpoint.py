"""CTranslate2 Whisper weights rewritten as an OpenAI checkpoint, without loss."""

import hashlib
import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from app.kit.errors import AppError
from app.transcription.kept import kept
from app.transcription.weights import Weights

FORMAT_VERSION = 6
# In the order of the format's type numbers; what is not a plain float cannot be rewritten without loss.
TYPES: dict[int, np.dtype[Any]] = {0: np.dtype("<f4"), 4: np.dtype("<f2")}
# Head counts, switches and the like, which stand alone.
WHOLE_NUMBERS: dict[int, np.dtype[Any]] = {1: np.dtype("<i1"), 2: np.dtype("<i2"), 3: np.dtype("<i4")}

# CTranslate2 stacks what OpenAI keeps apart: one matrix, several names.
ATTENTION = {
    "self_attention/linear_0": ("attn.query", "attn.key", "attn.value"),
    "self_attention/linear_1": ("attn.out",),
    "self_attention/layer_norm": ("attn_ln",),
    "attention/linear_0": ("cross_attn.query",),
    "attention/linear_1": ("cross_attn.key", "cross_attn.value"),
    "attention/linear_2": ("cross_attn.out",),
    "attention/layer_norm": ("cross_attn_ln",),
    "ffn/linear_0": ("mlp.0",),
    "ffn/linear_1": ("mlp.2",),
    "ffn/layer_norm": ("mlp_ln",),
}
OUTSIDE_BLOCKS = {
    "encoder/conv1/weight": "encoder.conv1.weight",
    "encoder/conv1/bias": "encoder.conv1.bias",
    "encoder/conv2/weight": "encoder.conv2.weight",
    "encoder/conv2/bias": "encoder.conv2.bias",
    "encoder/position_encodings/encodings": "encoder.positional_embedding",
    "encoder/layer_norm/gamma": "encoder.ln_post.weight",
    "encoder/layer_norm/beta": "encoder.ln_post.bias",
    "decoder/embeddings/weight": "decoder.token_embedding.weight",
    "decoder/position_encodings/encodings": "decoder.positional_embedding",
    "decoder/layer_norm/gamma": "decoder.ln.weight",
    "decoder/layer_norm/beta": "decoder.ln.bias",
}
PARTS = {"weight": "weight", "bias": "bias", "gamma": "weight", "beta": "bias"}
BLOCK = re.compile(r"(?P<side>encoder|decoder)/layer_(?P<layer>\d+)/(?P<inner>.+)/(?P<part>weight|bias|gamma|beta)")


class WeightsUnreadable(AppError):
    """These weights cannot be rewritten for openai-whisper; name a float16 or float32 CTranslate2 Whisper model."""

    code = "weights_unreadable"


def checkpoint(weights: Weights) -> Path:
    """An OpenAI checkpoint file of these weights; rewritten once and kept in the cache directory."""
    if weights.path.is_file():
        return weights.path
    source = weights.path / "model.bin"
    found = source.stat()
    mark = hashlib.sha256(f"{source.resolve()} {found.st_size} {found.st_mtime_ns}".encode()).hexdigest()[:12]
    return kept(weights.cache_dir / "checkpoints" / f"{weights.label}-{mark}.pt", lambda path: _rewrite(source, path))


def alignment_heads(weights: Weights) -> tuple[tuple[int, int], ...]:
    """Which (layer, head) pairs tell when a word was said; empty when the weights don't say."""
    config = weights.path / "config.json"
    if not config.is_file():
        return ()
    heads = json.loads(config.read_text(encoding="utf-8")).get("alignment_heads", [])
    return tuple((int(layer), int(head)) for layer, head in heads)


def _rewrite(source: Path, path: Path) -> None:
    import torch

    variables = read_variables(source)
    state = {name: torch.from_numpy(np.array(value)) for name, value in _openai_names(variables)}
    torch.save({"dims": _dimensions(variables), "model_state_dict": state}, path)


def _openai_names(variables: dict[str, NDArray[Any]]) -> Iterator[tuple[str, NDArray[Any]]]:
    for name, value in variables.items():
        if name in OUTSIDE_BLOCKS:
            yield OUTSIDE_BLOCKS[name], value
        elif (match := BLOCK.fullmatch(name)) and match["inner"] in ATTENTION:
            targets = ATTENTION[match["inner"]]
            for target, rows in zip(targets, np.split(value, len(targets)), strict=True):
                # Whisper's keys have no bias; CTranslate2 fills the gap in the stacked matrix with zeros.
                if not (target.endswith(".key") and match["part"] == "bias"):
                    yield f"{match['side']}.blocks.{match['layer']}.{target}.{PARTS[match['part']]}", rows


def _dimensions(variables: dict[str, NDArray[Any]]) -> dict[str, int]:
    try:
        audio_heads = int(variables["encoder/num_heads"])
        text_heads = int(variables["decoder/num_heads"])
        frames, audio_state = variables["encoder/position_encodings/encodings"].shape
        tokens, text_state = variables["decoder/position_encodings/encodings"].shape
        return {
            "n_mels": variables["encoder/conv1/weight"].shape[1],
            "n_audio_ctx": frames,
            "n_audio_state": audio_state,
            "n_audio_head": audio_heads,
            "n_audio_layer": _layers(variables, "encoder"),
            "n_vocab": variables["decoder/embeddings/weight"].shape[0],
            "n_text_ctx": tokens,
            "n_text_state": text_state,
            "n_text_head": text_heads,
            "n_text_layer": _layers(variables, "decoder"),
        }
    except KeyError as error:
        raise WeightsUnreadable(f"These weights are no Whisper model: {error.args[0]} is missing.") from error


def _layers(variables: dict[str, NDArray[Any]], side: str) -> int:
    return len({match["layer"] for name in variables if (match := BLOCK.fullmatch(name)) and match["side"] == side})


def read_variables(path: Path) -> dict[str, NDArray[Any]]:
    """Every variable of a CTranslate2 model file by its name, aliases included."""
    try:
        with path.open("rb") as source:
            return dict(_variables(source))
    except (struct.error, UnicodeDecodeError, EOFError) as error:
        raise WeightsUnreadable(f"{path} breaks off or is no CTranslate2 model.") from error


def _variables(source: BinaryIO) -> Iterator[tuple[str, NDArray[Any]]]:
    version = _number(source, "<I")
    if version != FORMAT_VERSION:
        raise WeightsUnreadable(f"The model file has format version {version}; version {FORMAT_VERSION} is read.")
    _string(source)  # The name of the specification: the names of the variables are checked instead.
    _number(source, "<I")
    found: dict[str, NDArray[Any]] = {}
    for _ in range(_number(source, "<I")):
        name = _string(source)
        found[name] = _variable(source, name)
    yield from found.items()
    for _ in range(_number(source, "<I")):
        alias, name = _string(source), _string(source)
        yield alias, found[name]


def _variable(source: BinaryIO, name: str) -> NDArray[Any]:
    shape = tuple(_number(source, "<I") for _ in range(_number(source, "<B")))
    kind = _number(source, "<B")
    content = _take(source, _number(source, "<I"))
    if kind not in TYPES:
        if kind not in WHOLE_NUMBERS or shape:
            raise WeightsUnreadable(f"{name} is not stored as a plain float; name a float16 or float32 model.")
        return np.frombuffer(content, dtype=WHOLE_NUMBERS[kind]).reshape(shape)
    return np.frombuffer(content, dtype=TYPES[kind]).reshape(shape)


def _number(source: BinaryIO, layout: str) -> int:
    return int(struct.unpack(layout, _take(source, struct.calcsize(layout)))[0])


def _string(source: BinaryIO) -> str:
    return _take(source, _number(source, "<H"))[:-1].decode("utf-8")


def _take(source: BinaryIO, count: int) -> bytes:
    content = source.read(count)
    if len(content) != count:
        raise EOFError
    return content
