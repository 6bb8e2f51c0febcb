"""The recogniser openai-whisper: the reference implementation, on torch."""

import base64
import gzip
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np

from app.audio.pcm import Floats
from app.domain.transcript import Word
from app.kit.errors import AppError
from app.settings import Settings
from app.transcription.checkpoint import alignment_heads, checkpoint
from app.transcription.engines import Phrase
from app.transcription.weights import find_weights

TEMPERATURES = (0.0, 0.2, 0.4)
LONGEST_REPETITION = 2.4


class OpenAIWhisperMissing(AppError):
    """openai-whisper is not installed; run `make openai-whisper`, or use --engine faster-whisper."""

    code = "engine_not_installed"


class OpenAIWhisper:
    """Whisper on torch, from the same weights as its sibling."""

    def __init__(self, settings: Settings) -> None:
        try:
            import torch
            import whisper
        except ImportError as error:
            raise OpenAIWhisperMissing from error
        weights = find_weights(settings.model, settings.cache_dir)
        self._whisper = whisper
        self.version = version("openai-whisper")
        # Torch spreads one piece over all cores; two at once would only stand in each other's way.
        self.hands = self.batch_size = 1
        self._beam_size = settings.beam_size
        device = settings.device
        if device == "auto":
            device = "cuda" if torch.cuda.is_available() else "cpu"
        self._half = device != "cpu" and settings.compute_type != "float32"
        self.name = f"openai-whisper {weights.label} {'float16' if self._half else 'float32'}"
        # By path: asked for by name, it would refuse weights that are not its own download.
        self._model: Any = whisper.load_model(str(checkpoint(weights)), device=device)
        if heads := alignment_heads(weights):
            # Without them the word times come from heads that attend to something else.
            self._model.set_alignment_heads(_packed(heads, self._model.dims))

    def transcribe(self, pieces: Sequence[Floats], language: str) -> list[tuple[Phrase, ...]]:
        return [self._heard(samples, language) for samples in pieces]

    def _heard(self, samples: Floats, language: str) -> tuple[Phrase, ...]:
        heard = self._model.transcribe(
            samples,
            language=language,
            # A beam of one is greedy decoding, which openai-whisper has under another name.
            beam_size=self._beam_size if self._beam_size > 1 else None,
            temperature=TEMPERATURES,
            compression_ratio_threshold=LONGEST_REPETITION,
            condition_on_previous_text=False,
            word_timestamps=True,
            fp16=self._half,
        )
        return tuple(
            Phrase(
                words=tuple(
                    Word(
                        text=word["word"],
                        start=float(word["start"]),
                        end=float(word["end"]),
                        confidence=min(1.0, float(word["probability"])),
                    )
                    for word in segment.get("words", ())
                ),
                no_speech=segment["no_speech_prob"],
                repetition=segment["compression_ratio"],
            )
            for segment in heard["segments"]
        )

    def language_odds(self, samples: Floats) -> Mapping[str, float]:
        whisper = self._whisper
        mel = whisper.log_mel_spectrogram(whisper.pad_or_trim(samples), n_mels=self._model.dims.n_mels)
        mel = mel.to(self._model.device)
        _, odds = self._model.detect_language(mel.half() if self._half else mel)
        return {code: float(share) for code, share in odds.items()}


def _packed(heads: tuple[tuple[int, int], ...], dims: Any) -> bytes:
    """The heads as openai-whisper wants them: a mask of truth values, zipped, in base 85."""
    mask = np.zeros((dims.n_text_layer, dims.n_text_head), dtype=bool)
    for layer, head in heads:
        mask[layer, head] = True
    return base64.b85encode(gzip.compress(mask.tobytes()))
