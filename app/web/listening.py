"""What the player and the transcript are given, on the review screen and on the page of a call alike."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.calls.models import Call
from app.domain.transcript import Hold, Speaker, Transcript, Turn
from app.kit.i18n import Translator
from app.reports.wording import SPEAKERS, clock
from app.web.agents_heard import AgentsHeard

# Times of words are not exact: a turn that begins this little before a hold is still inside it.
CLOCK_SECONDS = 0.5


@dataclass(frozen=True)
class Mark:
    """An item that rests on these words of a turn."""

    item: int
    quote: str


@dataclass(frozen=True)
class Badge:
    """An item that rests on a turn; `tone` is its verdict, `by` says who gave it: "machine" or "person"."""

    item: int
    tone: str
    by: str


@dataclass(frozen=True)
class Piece:
    """A part of a turn's text, and the numbers of the items that rest on it."""

    text: str
    items: tuple[int, ...]


@dataclass(frozen=True)
class LineView:
    """A line of the transcript: a turn (`turn` counts from 0) or a hold; `start` and `end` are seconds."""

    turn: int | None
    start: float | None
    end: float | None
    time: str
    speaker: str
    tone: str
    pieces: tuple[Piece, ...]
    badges: tuple[Badge, ...] = ()


@dataclass(frozen=True)
class ListenView:
    """The sound and the words of a call; `audio` is empty where only words were kept.

    In `muted` stretches a tone sounds instead of a number; `unmuted` is where to ask for all of it, for whoever may.
    `sound_gone` and `words_gone` say since when they are removed, because their period was over.
    """

    audio: str
    peaks: str
    duration: float
    length: str
    held: str
    language: str
    holds: tuple[Hold, ...]
    lines: tuple[LineView, ...]
    muted: int = 0
    unmuted: str = ""
    sound_gone: str = ""
    words_gone: str = ""

    @property
    def data(self) -> dict[str, Any]:
        """What the player's script needs to know."""
        return {
            "audio": self.audio,
            "peaks": self.peaks,
            "duration": self.duration,
            "holds": [
                {
                    "start": hold.start,
                    "end": hold.end,
                    "checkIns": [[back.start, back.end] for back in hold.check_ins],
                }
                for hold in self.holds
            ],
        }


def listening(
    call: Call,
    transcript: Transcript,
    words: Translator,
    marks: Mapping[int, Sequence[Mark]] | None = None,
    badges: Mapping[int, Sequence[Badge]] | None = None,
    heard: AgentsHeard = AgentsHeard(),  # noqa: B008 (it is frozen)
    unmutes: bool = False,
) -> ListenView:
    """A call to be heard and read; `marks` and `badges` are by turn, counted from 0; `heard` names several agents.

    `unmutes`: whoever reads it may hear it unmuted.
    """
    holds = transcript.holds or ()
    ends = [turn.end for turn in transcript.turns if turn.end is not None]
    duration = call.duration or transcript.duration or max(ends, default=0.0)
    return ListenView(
        audio=f"/calls/{call.id}/audio" if call.playback and call.sound_removed_at is None else "",
        peaks=f"/calls/{call.id}/peaks" if call.peaks and call.sound_removed_at is None else "",
        duration=duration,
        length=clock(duration),
        held=clock(sum(hold.length for hold in holds)) if holds else "",
        language=transcript.language,
        holds=holds,
        lines=_lines(transcript.turns, holds, marks or {}, badges or {}, words, heard),
        muted=call.muted,
        unmuted=f"/calls/{call.id}/unmuted" if unmutes and call.playback_unmuted else "",
        sound_gone=_gone(call.sound_removed_at),
        words_gone=_gone(call.words_removed_at),
    )


def _gone(at: datetime | None) -> str:
    return at.date().isoformat() if at else ""


def _lines(
    turns: Sequence[Turn],
    holds: Sequence[Hold],
    marks: Mapping[int, Sequence[Mark]],
    badges: Mapping[int, Sequence[Badge]],
    words: Translator,
    heard: AgentsHeard,
) -> tuple[LineView, ...]:
    left = list(holds)
    found: list[LineView] = []
    for place, turn in enumerate(turns):
        while left and turn.start is not None and left[0].start <= turn.start + CLOCK_SECONDS:
            found.append(_wait(left.pop(0), words))
        found.append(
            LineView(
                turn=place,
                start=turn.start,
                end=turn.end,
                time=clock(turn.start) if turn.start is not None else "",
                speaker=_speaker(turn, heard) or words.gettext(SPEAKERS[turn.speaker]),
                tone=turn.speaker.value,
                pieces=_pieces(turn.text, marks.get(place, ())),
                badges=tuple(dict.fromkeys(badges.get(place, ()))),
            )
        )
    return (*found, *(_wait(hold, words) for hold in left))


def _speaker(turn: Turn, heard: AgentsHeard) -> str:
    """Which of several agents speaks; empty for anybody else."""
    return heard.at(turn.start) if turn.speaker == Speaker.AGENT else ""


def _wait(hold: Hold, words: Translator) -> LineView:
    kinds = {
        "music": words.gettext("Hold with music"),
        "announcement": words.gettext("Hold with announcements"),
        "silence": words.gettext("Silent hold"),
        "unknown": words.gettext("Hold"),
    }
    text = f"{kinds[hold.kind.value]} · {clock(hold.length)}"
    return LineView(None, hold.start, hold.end, clock(hold.start), "", "hold", (Piece(text, ()),))


def _pieces(text: str, marks: Sequence[Mark]) -> tuple[Piece, ...]:
    """The text, cut wherever an item's quotation begins or ends."""
    items: list[set[int]] = [set() for _ in text]
    for mark in marks:
        at = text.find(mark.quote)
        for place in range(at, at + len(mark.quote)) if at >= 0 else ():
            items[place].add(mark.item)
    pieces: list[Piece] = []
    begin = 0
    for at in range(1, len(text) + 1):
        if at == len(text) or items[at] != items[begin]:
            pieces.append(Piece(text[begin:at], tuple(sorted(items[begin]))))
            begin = at
    return tuple(pieces)


def speaker_name(speaker: Speaker | None, words: Translator) -> str:
    """Who is meant, in the reader's language; nobody in particular is everybody."""
    return words.gettext(SPEAKERS[speaker]) if speaker else words.gettext("Everybody")
