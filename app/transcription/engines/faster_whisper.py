"""The recogniser faster-whisper: Whisper on CTranslate2, quick on ordinary processors."""

import threading
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
from faster_whisper import BatchedInferencePipeline, WhisperModel, transcribe
from faster_whisper.audio import pad_or_trim
from faster_whisper.tokenizer import Tokenizer
from faster_whisper.transcribe import TranscriptionOptions, get_suppressed_tokens

from app.audio.pcm import Floats
from app.domain.transcript import Word
from app.kit.cores import cores
from app.settings import Settings
from app.transcription.engines import Phrase
from app.transcription.gpu import free_memory_mb, out_of_memory, pieces_at_once
from app.transcription.weights import ModelMissing, find_weights

# Two in step would cost a seventh less, and 300 MB more (docs/decisions/0032).
PIECES = 1
# Whisper is made to hear thirty seconds, and its encoder costs by what it is shown: it is shown the passages, and so
# much quiet after the longest of them. With half a second, English errors rose by half.
FRAMES_A_SECOND = 100
QUIET_FRAMES, MOST_FRAMES = 200, 3000
WINDOW_SECONDS = MOST_FRAMES // FRAMES_A_SECOND
# A short ladder: all six temperatures cost 49 s on 30 s of silence.
TEMPERATURES = (0.0, 0.2, 0.4)
LONGEST_REPETITION = 2.4
LEAST_CERTAINTY = -1.0
# The progress bars that faster-whisper could show would take a semaphore of the system, which a worker that is told to
# end leaves behind, with a warning on the screen.
transcribe.tqdm.set_lock(threading.RLock())


class FasterWhisper:
    """Whisper on CTranslate2."""

    def __init__(self, settings: Settings) -> None:
        weights = find_weights(settings.model, settings.cache_dir)
        if weights.path.is_file():
            raise ModelMissing(f"faster-whisper reads a CTranslate2 folder, not the checkpoint {weights.path.name}.")
        self.name = f"faster-whisper {weights.label} {settings.compute_type}"
        self.version = version("faster-whisper")
        self._beam_size = settings.beam_size
        on_gpu = settings.device == "cuda" or (settings.device == "auto" and free_memory_mb() is not None)
        # One thread for each of two passages is faster than two threads for one: .06 against .14 of real time. A GPU
        # is kept busy by as many passages in step as its memory holds.
        self.hands = 1 if on_gpu else settings.recogniser_threads or cores()
        self._model = WhisperModel(
            str(weights.path),
            device=settings.device,
            compute_type=settings.compute_type,
            cpu_threads=1,
            num_workers=self.hands,
        )
        self.batch_size = settings.batch_size or (pieces_at_once(weights.path) if on_gpu else PIECES)

    def transcribe(self, pieces: Sequence[Floats], language: str) -> list[tuple[Phrase, ...]]:
        try:
            heard = self._in_step(pieces, language)
        except RuntimeError as error:
            if len(pieces) == 1 or not out_of_memory(error):
                raise
            # Whatever else is on the GPU, half of them may fit; what did once not fit is not tried again.
            self.batch_size = middle = len(pieces) // 2
            return [*self.transcribe(pieces[:middle], language), *self.transcribe(pieces[middle:], language)]
        return [
            _phrases(found, place * WINDOW_SECONDS) if _certain(found) else self._carefully(pieces[place], language)
            for place, found in enumerate(heard)
        ]

    def _in_step(self, pieces: Sequence[Floats], language: str) -> list[list[dict[str, Any]]]:
        """What is heard in each piece, all of them a word further at a time."""
        features = [self._model.feature_extractor(samples)[..., :-1] for samples in pieces]
        tokenizer = Tokenizer(self._model.hf_tokenizer, self._model.model.is_multilingual, "transcribe", language)
        # As if half a minute lay between them, or the first word of one would be timed by the last of the one before.
        places = [
            {"offset": float(place * WINDOW_SECONDS), "duration": each.shape[-1] / FRAMES_A_SECOND}
            for place, each in enumerate(features)
        ]
        found: list[list[dict[str, Any]]] = BatchedInferencePipeline(self._model).forward(
            _shown(features), tokenizer, places, self._options(tokenizer)
        )
        return found

    def _options(self, tokenizer: Tokenizer) -> TranscriptionOptions:
        """As faster-whisper has them where none is given, but for the beam and times of words."""
        return TranscriptionOptions(
            beam_size=self._beam_size,
            best_of=5,
            patience=1,
            length_penalty=1,
            repetition_penalty=1,
            no_repeat_ngram_size=0,
            log_prob_threshold=LEAST_CERTAINTY,
            no_speech_threshold=0.6,
            compression_ratio_threshold=LONGEST_REPETITION,
            condition_on_previous_text=False,
            prompt_reset_on_temperature=0.5,
            temperatures=[0.0],
            initial_prompt=None,
            prefix=None,
            suppress_blank=True,
            suppress_tokens=get_suppressed_tokens(tokenizer, [-1]),
            without_timestamps=False,
            max_initial_timestamp=1.0,
            word_timestamps=True,
            prepend_punctuations="\"'“¿([{-",
            append_punctuations="\"'.。,，!！?？:：”)]}、",
            multilingual=False,
            max_new_tokens=None,
            clip_timestamps=[],
            hallucination_silence_threshold=None,
            hotwords=None,
        )

    def _carefully(self, samples: Floats, language: str) -> tuple[Phrase, ...]:
        """A piece by itself, with all that Whisper is used to: thirty seconds, and other attempts where one is poor."""
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
                words=tuple(_word(word.word, word.start, word.end, word.probability) for word in segment.words or ()),
                no_speech=segment.no_speech_prob,
                repetition=segment.compression_ratio,
            )
            for segment in segments
        )

    def language_odds(self, samples: Floats) -> Mapping[str, float]:
        encoded = self._model.encode(_shown([self._model.feature_extractor(samples)[..., :-1]]))
        (odds,) = self._model.model.detect_language(encoded)
        return {token.strip("<|>"): share for token, share in odds}


def _shown(features: Sequence[Floats]) -> Floats:
    """The pieces as the encoder is shown them, with quiet behind each."""
    longest = max(each.shape[-1] for each in features)
    # The encoder halves their number, which must be even.
    frames = min(MOST_FRAMES, (longest + QUIET_FRAMES + 1) // 2 * 2)
    return np.stack([pad_or_trim(each, frames) for each in features])


def _certain(found: Sequence[Mapping[str, Any]]) -> bool:
    """Whether what was heard at the first attempt will do."""
    return all(
        one["compression_ratio"] <= LONGEST_REPETITION and one["avg_logprob"] >= LEAST_CERTAINTY for one in found
    )


def _phrases(found: Sequence[Mapping[str, Any]], began: float) -> tuple[Phrase, ...]:
    """What was heard in a piece whose times count from `began`."""
    return tuple(
        Phrase(
            words=tuple(
                _word(word["word"], max(0.0, word["start"] - began), max(0.0, word["end"] - began), word["probability"])
                for word in one.get("words", ())
            ),
            no_speech=one["no_speech_prob"],
            repetition=one["compression_ratio"],
        )
        for one in found
    )


def _word(word: str, start: float, end: float, probability: float) -> Word:
    return Word(text=word, start=start, end=end, confidence=min(1.0, probability))
