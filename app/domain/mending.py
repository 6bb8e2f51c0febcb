"""Corrections of what was heard: each takes a transcript and gives the corrected one."""

from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Literal

from app.domain.holds import hold_events
from app.domain.language import Language, UnknownLanguage, language
from app.domain.transcript import Activity, Hold, HoldKind, Speaker, Transcript, Turn, Word

LONGEST_TEXT = 10_000
# Bounds are typed to the thousandth.
ROUNDING_SECONDS = 0.001
OTHER_SIDE = {Speaker.AGENT: Speaker.CUSTOMER, Speaker.CUSTOMER: Speaker.AGENT}


class MendRefused(ValueError):
    """This cannot be corrected so."""

    def __init__(self) -> None:
        super().__init__(" ".join((type(self).__doc__ or "").split()))


class TurnUnknown(MendRefused):
    """The call has no such turn; look at it again."""


class SwitchSpeaks(MendRefused):
    """This was played by the switch; it is neither the agent's nor the customer's."""


class WordsMissing(MendRefused):
    """Write what was said, in up to 10,000 characters."""


class HoldUnknown(MendRefused):
    """The call has no such hold; look at it again."""


class HoldOutside(MendRefused):
    """A hold begins and ends within the call, and ends after it begins."""


class HoldsOverlap(MendRefused):
    """There is another hold at this time; change or remove that one first."""


class TimesUnknown(MendRefused):
    """This transcript has no times, so no hold can be placed in it."""


def swap_sides(transcript: Transcript) -> Transcript:
    """Agent and customer change places in the whole call."""
    heard = transcript.activity
    return transcript.model_copy(
        update={
            "turns": tuple(_of_other_side(turn, transcript.channels) for turn in transcript.turns),
            "activity": None if heard is None else Activity(agent=heard.customer, customer=heard.agent),
        }
    )


def _of_other_side(turn: Turn, channels: int) -> Turn:
    if turn.speaker not in OTHER_SIDE:
        return turn
    # With a channel each, whoever knows one side knows both; of a mixed recording each voice stays as sure as it was.
    certainty = 1.0 if channels == 2 else turn.speaker_confidence
    return turn.model_copy(update={"speaker": OTHER_SIDE[turn.speaker], "speaker_confidence": certainty})


def swap_turn(transcript: Transcript, place: int) -> Transcript:
    """One turn was said by the other side."""
    turn = turn_at(transcript, place)
    if turn.speaker not in OTHER_SIDE:
        raise SwitchSpeaks
    return _with_turn(
        transcript, place, turn.model_copy(update={"speaker": OTHER_SIDE[turn.speaker], "speaker_confidence": 1.0})
    )


def with_words(transcript: Transcript, place: int, text: str) -> Transcript:
    """One turn with other words; who types them vouches for the whole turn.

    A word that was heard so keeps its time; what was typed is spread over the time between such words.
    """
    turn = turn_at(transcript, place)
    text = " ".join(text.split())
    if not 0 < len(text) <= LONGEST_TEXT:
        raise WordsMissing
    if text == turn.text:
        return transcript
    words = tuple(_timed(turn, text, transcript.language)) if turn.words else ()
    return _with_turn(transcript, place, turn.model_copy(update={"text": text, "words": words, "confidence": None}))


def known_holds(transcript: Transcript) -> tuple[Hold, ...]:
    """The holds of a call, heard or read from the words, as far as it is known when."""
    spoken = _language(transcript.language)
    if transcript.holds is not None or spoken is None:
        return transcript.holds or ()
    return tuple(
        Hold(start=event.start, end=event.end, kind=event.kind, confidence=event.confidence)
        for event in hold_events(transcript, spoken)
        if event.start is not None and event.end is not None
    )


def with_hold(transcript: Transcript, place: int, start: float, end: float, kind: HoldKind) -> Transcript:
    """One hold with other bounds, or of another kind; the agent's check-ins that lie in it stay."""
    before = hold_at(transcript, place)
    others = [hold for at, hold in enumerate(known_holds(transcript)) if at != place]
    kept = tuple(back for back in before.check_ins if start <= back.start and back.end <= end)
    return _with_holds(transcript, others, Hold(start=start, end=end, kind=kind, check_ins=kept))


def with_added_hold(transcript: Transcript, start: float, end: float, kind: HoldKind) -> Transcript:
    """A hold more."""
    return _with_holds(transcript, known_holds(transcript), Hold(start=start, end=end, kind=kind))


def without_hold(transcript: Transcript, place: int) -> Transcript:
    """What was taken for a hold is none."""
    hold_at(transcript, place)
    return transcript.model_copy(
        update={"holds": tuple(hold for at, hold in enumerate(known_holds(transcript)) if at != place)}
    )


def with_facts(
    transcript: Transcript, customer_name: str | None, direction: Literal["inbound", "outbound"], code: str
) -> Transcript:
    """The same words in a call of another customer, direction or language."""
    return transcript.model_copy(update={"customer_name": customer_name, "direction": direction, "language": code})


def turn_at(transcript: Transcript, place: int) -> Turn:
    """The turn with this place in the call."""
    if not 0 <= place < len(transcript.turns):
        raise TurnUnknown
    return transcript.turns[place]


def hold_at(transcript: Transcript, place: int) -> Hold:
    """The hold with this place among the known ones."""
    holds = known_holds(transcript)
    if not 0 <= place < len(holds):
        raise HoldUnknown
    return holds[place]


def _language(code: str) -> Language | None:
    try:
        return language(code)
    except UnknownLanguage:
        return None


def _with_turn(transcript: Transcript, place: int, turn: Turn) -> Transcript:
    return transcript.model_copy(update={"turns": (*transcript.turns[:place], turn, *transcript.turns[place + 1 :])})


def _with_holds(transcript: Transcript, others: Sequence[Hold], hold: Hold) -> Transcript:
    ends = [turn.end for turn in transcript.turns if turn.end is not None]
    if not ends and transcript.duration is None:
        raise TimesUnknown
    if not 0 <= hold.start < hold.end <= (transcript.duration or max(ends)) + ROUNDING_SECONDS:
        raise HoldOutside
    if any(min(hold.end, other.end) - max(hold.start, other.start) > ROUNDING_SECONDS for other in others):
        raise HoldsOverlap
    return transcript.model_copy(update={"holds": tuple(sorted((*others, hold), key=lambda one: one.start))})


def _timed(turn: Turn, text: str, code: str) -> Iterator[Word]:
    """The words of a corrected turn with their times."""
    # Where no spaces are written a recogniser's word may be any run of characters, so these are compared.
    spoken = _language(code)
    parted = spoken is not None and not spoken.joiner
    old = [(token, place) for place, word in enumerate(turn.words) for token in _tokens(word.text, parted)]
    new = _tokens(text, parted)
    kept = _kept(turn.words, old, new)
    typed: list[str] = []
    after, at = turn.words[0].start if turn.start is None else turn.start, 0
    while at < len(new):
        if at in kept:
            word, length = kept[at]
            yield from _spread(typed, after, word.start, parted)
            yield word
            typed, after = [], word.end
            at += length
        else:
            typed.append(new[at])
            at += 1
    yield from _spread(typed, after, turn.words[-1].end if turn.end is None else turn.end, parted)


def _tokens(text: str, parted: bool) -> list[str]:
    return list("".join(text.split())) if parted else text.split()


def _kept(words: Sequence[Word], old: list[tuple[str, int]], new: list[str]) -> dict[int, tuple[Word, int]]:
    """The words that stand in the new text as they were heard: by their first token there, with how many it has."""
    matcher = SequenceMatcher(None, [token for token, _ in old], new, autojunk=False)
    sizes = Counter(place for _, place in old)
    found: dict[int, tuple[Word, int]] = {}
    for block in matcher.get_matching_blocks():
        inside = [place for _, place in old[block.a : block.a + block.size]]
        for place, size in Counter(inside).items():
            if size == sizes[place]:
                found[block.b + inside.index(place)] = (words[place], size)
    return found


def _spread(typed: Sequence[str], start: float, end: float, parted: bool) -> Iterator[Word]:
    """Typed words over the time there is for them, each as long as it is written."""
    tokens = ["".join(typed)] if parted and typed else typed
    total, end, done = sum(map(len, tokens)), max(start, end), 0
    for token in tokens:
        begin, done = done, done + len(token)
        yield Word(
            text=token,
            start=round(start + (end - start) * begin / total, 3),
            end=round(start + (end - start) * done / total, 3),
        )
