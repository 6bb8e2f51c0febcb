"""Evidence made readable: neighbouring sentences as one quotation, with the sound of it when there is any."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.domain.evidence import Evidence, Nearest
from app.domain.transcript import Span, Transcript
from app.kit.i18n import N_
from app.reports.wording import HEARD, SPEAKERS, clock

if TYPE_CHECKING:
    from app.audio.decoding import Recording

# Sentences of one speaker that follow each other this closely are heard as one.
SAME_BREATH_SECONDS = 1.5
EARLY_SECONDS, LATE_SECONDS = 1.0, 0.5
LONGEST_CLIP_SECONDS = 15.0


@dataclass(frozen=True)
class Clip:
    """A sound in the page: `id` is its place there; `audio` is empty where the same stretch already stands above."""

    id: str
    audio: str


@dataclass(frozen=True)
class Quote:
    """What was said or heard, by whom and when, as it is shown; `turn` counts from 0, `length` is that of a sound."""

    speaker: str
    tone: str
    time: str
    text: str
    length: str
    heard: bool
    turn: int | None
    start: float | None
    end: float | None
    clip: Clip | None


@dataclass
class Clips:
    """The sounds cut from one recording, each distinct stretch once; without a recording there are none.

    Where a number is said (`muted`) they have a tone.
    """

    recording: "Recording | None"
    prefix: str
    muted: tuple[Span, ...] = ()
    _places: dict[tuple[int, int], str] = field(default_factory=dict)

    def clip(self, start: float | None, end: float | None) -> Clip | None:
        """The sound of a stretch, from a second before it; long ones are cut short."""
        if self.recording is None or start is None:
            return None
        from app.audio.clips import clip

        first = max(0.0, start - EARLY_SECONDS)
        last = min((end or start) + LATE_SECONDS, first + LONGEST_CLIP_SECONDS, self.recording.duration)
        stretch = (round(first * 2), round(last * 2))
        if last <= first:
            return None
        if stretch in self._places:
            return Clip(self._places[stretch], "")
        self._places[stretch] = f"{self.prefix}-clip-{len(self._places) + 1}"
        sound = base64.b64encode(clip(self.recording, first, last, self.muted)).decode("ascii")
        return Clip(self._places[stretch], f"data:audio/mpeg;base64,{sound}")


def quotes(evidence: Iterable[Evidence], transcript: Transcript, clips: Clips) -> tuple[Quote, ...]:
    """The evidence as quotations, neighbours joined."""
    joiner = " " if transcript.language.startswith("en") else ""
    joined: list[Evidence] = []
    for piece in evidence:
        if joined and _continues(joined[-1], piece):
            text = f"{joined[-1].quote}{joiner}{piece.quote}"
            joined[-1] = joined[-1].model_copy(update={"quote": text, "end": piece.end})
        else:
            joined.append(piece)
    return tuple(_quote(piece, clips) for piece in joined)


def nearest_quote(nearest: Nearest, transcript: Transcript, clips: Clips) -> Quote:
    """The nearest miss, placed by the turn it stands in."""
    turn = transcript.turns[nearest.turn] if nearest.turn is not None else None
    return _quote(
        Evidence(
            speaker=turn.speaker if turn else None,
            turn=nearest.turn,
            start=turn.start if turn else None,
            end=turn.end if turn else None,
            quote=nearest.quote,
        ),
        clips,
    )


def _continues(before: Evidence, piece: Evidence) -> bool:
    if piece.speaker is None or piece.speaker != before.speaker or piece.turn is None or before.turn is None:
        return False
    if piece.start is None or before.end is None:
        return piece.turn == before.turn
    return 0 <= piece.start - before.end <= SAME_BREATH_SECONDS and piece.turn - before.turn <= 1


def _quote(piece: Evidence, clips: Clips) -> Quote:
    heard = piece.speaker is None
    time = clock(piece.start) if piece.start is not None else f"turn {(piece.turn or 0) + 1}"
    length = clock(piece.end - piece.start) if heard and piece.start is not None and piece.end is not None else ""
    return Quote(
        speaker=SPEAKERS[piece.speaker] if piece.speaker else N_("Heard"),
        tone=piece.speaker.value if piece.speaker else "heard",
        time=time,
        text=HEARD.get(piece.quote, piece.quote) if heard else piece.quote,
        length=length,
        heard=heard,
        turn=piece.turn,
        start=piece.start,
        end=piece.end,
        clip=clips.clip(piece.start, piece.end),
    )
