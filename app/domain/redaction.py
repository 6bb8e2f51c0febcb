"""Which parts of a transcript must not be shown: numbers of cards, papers and telephones, and security codes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.numbers.atoms import lowered, pieces
from app.domain.numbers.chains import Chain
from app.domain.numbers.judging import judged
from app.domain.numbers.words import MARK, Kind
from app.domain.transcript import Transcript, Turn, Word

__all__ = ["MARK", "Hidden", "Kind", "hidden", "without_numbers"]

# Recognisers place words that far off.
MARGIN_SECONDS = 0.15


@dataclass(frozen=True)
class Hidden:
    """One stretch of a transcript that must not be shown.

    `start` and `end` are characters of the text of the turn with the place `turn`. `begins` and `ends` are seconds in
    the recording, with a margin: of its words; of the whole turn where the words do not tell; None without times.
    """

    turn: int
    start: int
    end: int
    kind: Kind
    begins: float | None
    ends: float | None


def hidden(transcript: Transcript) -> tuple[Hidden, ...]:
    """Every stretch that must not be shown, in the order of the call."""
    texts = [lowered(turn.text) for turn in transcript.turns]
    stretches = [
        (turn, start, end, kind)
        for chain, kind in judged([turn.speaker for turn in transcript.turns], texts, transcript.language)
        for turn, start, end in _stretches(chain, texts)
    ]
    words = {turn: _word_at(transcript.turns[turn]) for turn in {turn for turn, *_ in stretches}}
    return tuple(
        Hidden(turn, start, end, kind, *_times(transcript.turns[turn], words[turn], start, end))
        for turn, start, end, kind in sorted(stretches)
    )


def without_numbers(transcript: Transcript) -> Transcript:
    """The same transcript with a mark for each digit, or spoken digit, of what must not be shown."""
    turns = list(transcript.turns)
    stretches: dict[int, list[Hidden]] = {}
    for one in hidden(transcript):
        stretches.setdefault(one.turn, []).append(one)
    for place, of_turn in stretches.items():
        turns[place] = _without(turns[place], of_turn)
    for place in _with_words_of_their_own(transcript):
        turns[place] = turns[place].model_copy(update={"words": _without_digits(turns[place].words)})
    return transcript.model_copy(update={"turns": tuple(turns)})


def _stretches(chain: Chain, texts: Sequence[str]) -> Iterator[tuple[int, int, int]]:
    """The pieces of a number, those in one between which no word stands."""
    turn, start, end = chain.said[0].turn, chain.said[0].atom.start, chain.said[0].atom.end
    for one in chain.said[1:]:
        between = texts[turn][end : one.atom.start] if one.turn == turn else None
        if between is None or any(map(str.isalpha, between.replace("の", ""))):
            yield turn, start, end
            turn, start = one.turn, one.atom.start
        end = one.atom.end
    yield turn, start, end


def _without(turn: Turn, stretches: list[Hidden]) -> Turn:
    spans = [piece for one in stretches for piece in pieces(turn.text, one.start, one.end)]
    return turn.model_copy(update={"text": _marked(turn.text, spans), "words": _marked_words(turn, spans)})


def _marked(text: str, spans: list[tuple[int, int]]) -> str:
    parts, after = [], 0
    for start, end in spans:
        parts += [text[after:start], MARK]
        after = end
    return "".join((*parts, text[after:]))


def _marked_words(turn: Turn, spans: list[tuple[int, int]]) -> tuple[Word, ...]:
    """The words with the same marks; a spoken digit that is two words to the recogniser leaves the second empty."""
    bounds = _bounds(turn)
    if bounds is None:
        # Nobody knows which words these are, so no word keeps a digit.
        return _without_digits(turn.words)
    shown = {at: "" for start, end in spans for at in range(start, end)} | {start: MARK for start, _ in spans}
    words = []
    for word, places in zip(turn.words, bounds, strict=True):
        following = iter(places)
        text = "".join(shown.get(next(following), one) if _counts(one) else one for one in word.text)
        words.append(word if text == word.text else word.model_copy(update={"text": text}))
    return tuple(words)


def _without_digits(words: Sequence[Word]) -> tuple[Word, ...]:
    marked = (_marked(word.text, pieces(word.text, 0, len(word.text))) for word in words)
    return tuple(word.model_copy(update={"text": text}) for word, text in zip(words, marked, strict=True))


def _with_words_of_their_own(transcript: Transcript) -> set[int]:
    """The turns whose words say something else than their text, and in it a number that must not be shown."""
    read = {
        place: turn.model_copy(update={"text": said})
        for place, turn in enumerate(transcript.turns)
        if turn.words and _letters(said := _joined(turn.words)) != _letters(turn.text)
    }
    if not read:
        return set()
    turns = tuple(read.get(place, turn) for place, turn in enumerate(transcript.turns))
    return {one.turn for one in hidden(transcript.model_copy(update={"turns": turns}))} & read.keys()


def _joined(words: Sequence[Word]) -> str:
    """The words as one text; a space stands where none of the scripts does without."""
    said = ""
    for word in words:
        said += " " * (said[-1:] + word.text[:1]).isascii() + word.text
    return said


def _letters(text: str) -> str:
    return "".join(filter(_counts, lowered(text)))


def _word_at(turn: Turn) -> dict[int, Word]:
    """Which word each character of a turn belongs to, as far as that is known."""
    return {at: word for word, places in zip(turn.words, _bounds(turn) or (), strict=False) for at in places}


def _times(turn: Turn, words: dict[int, Word], start: int, end: int) -> tuple[float | None, float | None]:
    """From when to when these characters of a turn were said."""
    if turn.start is None or turn.end is None:
        return None, None
    said = [words[at] for at in range(start, end) if at in words]
    begins, ends = (min(one.start for one in said), max(one.end for one in said)) if said else (turn.start, turn.end)
    return max(0.0, round(begins - MARGIN_SECONDS, 3)), round(ends + MARGIN_SECONDS, 3)


def _bounds(turn: Turn) -> list[list[int]] | None:
    """Which characters of the text each word is; None where words and text are not the same.

    Only letters and digits are compared: spaces and punctuation are written anew when words become a turn.
    """
    places = [at for at, one in enumerate(turn.text) if _counts(one)]
    lengths = [sum(map(_counts, word.text)) for word in turn.words]
    if not turn.words or sum(lengths) != len(places):
        return None
    found, at = [], 0
    for length in lengths:
        found.append(places[at : at + length])
        at += length
    return found


def _counts(character: str) -> bool:
    return character.isalnum() or character == MARK
