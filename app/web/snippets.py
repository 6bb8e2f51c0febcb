"""Where in a call something was said: the turn around it, with a link that opens the call there."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlmodel import Session

from app.domain.transcript import Speaker
from app.kit.i18n import Translator
from app.reports.wording import SPEAKERS, clock
from app.transcription import queries as transcripts
from app.transcription.models import Spoken
from app.transcription.said import Phrase, spans

# How many places of a call are quoted, and how much is quoted around the words, in characters.
MOST_PLACES = 2
BEFORE, AFTER = 40, 110


@dataclass(frozen=True)
class Piece:
    """A part of what was said; `found`: it is what was searched for."""

    text: str
    found: bool


@dataclass(frozen=True)
class Snippet:
    """A place at which something was said: where it opens, when, by whom, and the words around it."""

    url: str
    time: str
    speaker: str
    tone: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class Places:
    """The places of one call; `more` is in how many further turns it was said."""

    shown: tuple[Snippet, ...]
    more: int


def places(
    session: Session, call_ids: Sequence[int], asked: tuple[Phrase, ...], words: Translator
) -> dict[int, Places]:
    """Where it was said, by call; a call that was found by its name alone has no place."""
    wanted = tuple(one for one in asked if one.form)
    spoken = transcripts.spoken(session, call_ids) if wanted else {}
    found = {call_id: _places(one, wanted, words) for call_id, one in spoken.items()}
    return {call_id: one for call_id, one in found.items() if one.shown}


def _places(spoken: Spoken, wanted: tuple[Phrase, ...], words: Translator) -> Places:
    patterns = [phrase.pattern for phrase in wanted]
    hits = [(sum(pattern in line for pattern in patterns), place) for place, line in enumerate(spoken.text.split("\n"))]
    # The turns in which most of it was said come first; they are shown in the order of the call.
    best = sorted((hit for hit in hits if hit[0]), key=lambda hit: (-hit[0], hit[1]))
    turns = spoken.turns.split("\n")
    shown = sorted(place for _, place in best[:MOST_PLACES])
    return Places(
        tuple(_snippet(spoken.call_id, place, turns[place], wanted, words) for place in shown),
        len(best) - len(shown),
    )


def _snippet(call_id: int, place: int, turn: str, wanted: tuple[Phrase, ...], words: Translator) -> Snippet:
    speaker, start, text = turn.split("\t", 2)
    found = spans(text, wanted)
    query = urlencode({"find": text[slice(*found[0])]}) if found else ""
    return Snippet(
        url=f"/calls/{call_id}?{query}#turn-{place + 1}",
        time=clock(float(start)) if start else "",
        speaker=words.gettext(SPEAKERS[Speaker(speaker)]),
        tone=speaker,
        pieces=tuple(_pieces(text, found)),
    )


def _pieces(text: str, found: Sequence[tuple[int, int]]) -> list[Piece]:
    """The words around the first of these, cut where the turn is long."""
    at = found[0][0] if found else 0
    first, last = max(0, at - BEFORE), min(len(text), at + AFTER)
    if first:
        # A word is not cut in two; where none is separated by spaces, anywhere is right.
        first = text.find(" ", first, at) + 1 or first
    pieces = [Piece("…", False)] if first else []
    done = first
    for start, end in found:
        if start >= last:
            break
        pieces += [Piece(text[done:start], False), Piece(text[start:end], True)]
        done = end
    pieces.append(Piece(text[done:last] + ("…" if last < len(text) else ""), False))
    return [piece for piece in pieces if piece.text]
