"""The recogniser faster-whisper: Whisper on CTranslate2, quick on ordinary processors."""

import threading
from collections.abc import Mapping
from importlib.metadata import version

import numpy as np
from faster_whisper import WhisperModel, transcribe
from numpy.typing import NDArray

from app.domain.transcript import Word
from app.transcription.engines import Phrase
from app.transcription.weights import ModelMissing, Weights

# One thread for each of two pieces is faster than two threads for one: .06 against .14 of real time.
HANDS = 2
# A short ladder: all six temperatures cost 49 s on 30 s of silence.
TEMPERATURES = (0.0, 0.2, 0.4)
LONGEST_REPETITION = 2.4
# The progress bars that faster-whisper could show would take a semaphore of the system, which a worker that is told to
# end leaves behind, with a warning on the screen.
transcribe.tqdm.set_lock(threading.RLock())


class FasterWhisper:
    """Whisper on CTranslate2."""

    def __init__(self, weights: Weights, *, device: str, compute_type: str, beam_size: int) -> None:
        if weights.path.is_file():
            raise ModelMissing(f"faster-whisper reads a CTranslate2 folder, not the checkpoint {weights.path.name}.")
        self.name = f"faster-whisper {weights.label} {compute_type}"
        self.version = version("faster-whisper")
        self.hands = HANDS
        self._beam_size = beam_size
        self._model = WhisperModel(
            str(weights.path), device=device, compute_type=compute_type, cpu_threads=1, num_workers=HANDS
        )

    def transcribe(self, samples: NDArray[np.float32], language: str) -> tuple[Phrase, ...]:
        segments, _ = self._model.transcribe(
            samples,
            language=language,
            beam_size=self._beam_size,
            temperature=TEMPERATURES,
            compression_ratio_threshold=LONGEST_REPETITION,
            condition_on_previous_text=False,
            word_timestamps=True,
            vad_filter=False,
        )
        return tuple(
            Phrase(
                words=tuple(
                    Word(text=word.word, start=word.start, end=word.end, confidence=min(1.0, word.probability))
                    for word in segment.words or ()
                ),
                no_speech=segment.no_speech_prob,
                repetition=segment.compression_ratio,
            )
            for segment in segments
        )

    def language_odds(self, samples: NDArray[np.float32]) -> Mapping[str, float]:
        _, _, odds = self._model.detect_language(audio=samples)
        return dict(odds)
