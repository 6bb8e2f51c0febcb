"""One file, a recording or a transcript, becomes an evaluation: what was heard, judged by a scorecard."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.domain.holds import hold_events
from app.domain.language import language
from app.domain.redaction import without_numbers
from app.domain.scorecard import Scorecard
from app.domain.scoring import Score, score
from app.domain.transcript import Hold, Span, Transcript
from app.kit.errors import AppError
from app.scorecards.active import active_card
from app.scorecards.loader import scorecard
from app.settings import Settings
from app.transcription.files import Progress, hear_file
from app.transcription.hiding import stretches

if TYPE_CHECKING:
    from app.audio.decoding import Recording


class ScorecardOfOtherLanguage(AppError):
    """The scorecard is for calls in another language; name one in the language of the call."""

    code = "scorecard_language"


@dataclass(frozen=True)
class Refused:
    """A file that could not be scored, and why."""

    file: str
    code: str
    message: str

    @property
    def name(self) -> str:
        """The file without its folders."""
        return Path(self.file).name or self.file


@dataclass(frozen=True)
class Evaluated:
    """A file that was scored; `engine` names what heard it ("transcript" when nobody had to).

    The transcript is without its numbers; `muted` is when those are heard.
    """

    file: str
    transcript: Transcript
    scorecard: Scorecard
    score: Score
    engine: str
    recording: "Recording | None" = None
    muted: tuple[Span, ...] = ()

    @property
    def name(self) -> str:
        """The file without its folders."""
        return Path(self.file).name or self.file

    @property
    def duration(self) -> float | None:
        """Length of the call in seconds; of a transcript, the end of its last turn."""
        if self.transcript.duration is not None:
            return self.transcript.duration
        return max((turn.end for turn in self.transcript.turns if turn.end is not None), default=None)

    @property
    def holds(self) -> tuple[Hold, ...]:
        """Where the customer was kept waiting, as far as it is known when."""
        if self.transcript.holds is not None:
            return self.transcript.holds
        events = hold_events(self.transcript, language(self.transcript.language))
        return tuple(
            Hold(start=event.start, end=event.end, kind=event.kind)
            for event in events
            if event.start is not None and event.end is not None
        )


def evaluate_file(file: str, settings: Settings, card: str | None, progress: Progress) -> Evaluated:
    """The evaluation of one file by a scorecard (None: the one that judges calls in its language), or an AppError."""
    heard = hear_file(Path(file), settings, progress)
    transcript = heard.transcript
    muted: tuple[Span, ...] = ()
    if settings.redacts:
        transcript, muted = without_numbers(transcript), stretches(transcript)
    if heard.recording is not None and muted:
        from app.audio.muting import on_to_pauses

        muted = on_to_pauses(heard.recording.samples, muted)
    progress("scoring", 0.0)
    chosen = scorecard(card) if card is not None else active_card(None, transcript.language)
    if chosen.language != _short(transcript.language):
        raise ScorecardOfOtherLanguage(
            f"The scorecard {chosen.id} is for calls in {chosen.language!r}, but this one is in "
            f"{transcript.language!r}; name another scorecard, or the language."
        )
    result = score(chosen, transcript)
    progress("scoring", 1.0)
    return Evaluated(file, transcript, chosen, result, heard.engine, heard.recording, muted)


def _short(language_code: str) -> str:
    return language_code.lower().replace("_", "-").split("-")[0]


def refused(file: str, error: Exception) -> Refused:
    """Why a file was not scored; what nobody foresaw is named by its kind alone."""
    if isinstance(error, AppError):
        return Refused(file, error.code, error.message)
    return Refused(
        file,
        "internal",
        f"Callmark could not score this file ({type(error).__name__}); the fault is Callmark's, not the file's. "
        "Run it again with --debug to see where.",
    )
