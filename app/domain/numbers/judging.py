"""Which numbers of a call must not be shown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.domain.numbers import checks
from app.domain.numbers.chains import Chain, chains
from app.domain.numbers.cues import Cue, Cues
from app.domain.numbers.words import Kind
from app.domain.transcript import Speaker

# How many turns an answer may take to come; a code is said at once. Once it is whole, little of it is said again.
REACH = {Kind.CARD: 8, Kind.ID: 8, Kind.PHONE: 8, Kind.SECURITY_CODE: 4, None: 4}
FARTHEST, REACH_WHEN_ANSWERED = max(REACH.values()), 2
# From how many digits a number is whole.
WHOLE = {Kind.CARD: 13, Kind.SECURITY_CODE: 3, Kind.ID: 8, Kind.PHONE: 10}
# An answer to a question for a number has so many digits; fewer count when nothing else is said.
FEWEST_ASKED, LONGEST_CODE = 3, 6
# The code of a card, and what may be said with it in as short an answer.
CODE_LENGTHS, SHORT_ANSWER = (3, 4), 20
# No amount, date or short number of an order is so long.
FEWEST_UNASKED, FEWEST_OF_A_CARD = 10, 13
# What was hidden once is hidden where so much of it is repeated.
FEWEST_REPEATED = 5
# Numbers that are known by how they are written.
SHAPED = (
    (re.compile(r"(?<![\d-])\d{3}-\d{2}-\d{4}(?![\d-])"), Kind.ID),
    (re.compile(r"\+\d[\d -]{6,17}\d|\(\d{2,5}\) ?\d{3,4}[ -]?\d{3,4}"), Kind.PHONE),
)

# Elsewhere this is a postcode.
LOCAL = re.compile(r"(?<![\d-])\d{3}-\d{4}(?![\d-])")


@dataclass(frozen=True)
class Answer:
    """What was said last after a cue, in which turn it ended, and whether the cue has all it asked for."""

    cue: Cue | None = None
    until: int = 0
    numbers: tuple[str, ...] = ()
    is_whole: bool = False


def judged(speakers: Sequence[Speaker], texts: Sequence[str], language: str) -> Iterator[tuple[Chain, Kind]]:
    """Every number that must not be shown, and what it is; the texts are in lower case."""
    cues, answer = Cues(texts), Answer()
    found: list[tuple[Chain, Kind]] = []
    shown: list[Chain] = []
    for chain in chains(speakers, texts):
        first = chain.said[0]
        last_cue = cues.before(first.turn, first.atom.start, FARTHEST) or answer.cue
        if chain.was_hidden:
            answer = Answer(last_cue, chain.said[-1].turn, chain.numbers, is_whole=True)
            continue
        cue = _cue(cues, last_cue, chain, answer)
        kind = _kind(chain, cue, texts, language)
        if kind is None and cue is None:
            kind = _again(chain, found)
        if kind is None and not (cue is not None and cue.turn == first.turn):
            kind = _code_of_card(chain, found, texts)
        if kind is None:
            shown.append(chain)
        else:
            found.append((chain, kind))
        if kind is not None or (cue is not None and cue.kind is None):
            numbers = chain.numbers if last_cue != answer.cue else answer.numbers + chain.numbers
            is_whole = kind is None or len(chain.longest) >= WHOLE[kind]
            answer = Answer(last_cue, chain.said[-1].turn, numbers, is_whole)
    yield from found
    yield from _repeated(found, shown)


def _cue(cues: Cues, last_cue: Cue | None, chain: Chain, answer: Answer) -> Cue | None:
    """What was asked for before a number, or is said right after it."""
    last = chain.said[-1]
    cue = last_cue if last_cue is not None and _still_asks(last_cue, chain, answer) else None
    if (cue is None or cue.turn < chain.said[0].turn) and cues.is_phone_after(last.turn, last.atom.end):
        return Cue(last.turn, last.atom.end, Kind.PHONE)
    return cue


def _still_asks(cue: Cue, chain: Chain, answer: Answer) -> bool:
    """Whether a number still answers this cue: soon enough, and not after it has been answered."""
    turn = chain.said[0].turn
    if cue != answer.cue:
        return turn - cue.turn <= REACH[cue.kind]
    if not answer.is_whole:
        # The answer to a question may take many turns, as long as it goes on.
        return turn - answer.until <= REACH[cue.kind]
    again = chain.alone or any(chain.longest in number for number in answer.numbers)
    return again and turn - answer.until <= REACH_WHEN_ANSWERED


def _again(chain: Chain, found: Sequence[tuple[Chain, Kind]]) -> Kind | None:
    """What a number is that was hidden a few turns ago, when a part of it is said again."""
    if len(chain.longest) < FEWEST_ASKED:
        return None
    for before, kind in reversed(found):
        if chain.said[0].turn - before.said[-1].turn > FARTHEST:
            return None
        if any(chain.longest in number for number in before.numbers):
            return kind
    return None


def _code_of_card(chain: Chain, found: Sequence[tuple[Chain, Kind]], texts: Sequence[str]) -> Kind | None:
    """A security code: who said the number of a card says three or four digits soon after, and little else."""
    first, last = chain.said[0], chain.said[-1]
    is_short = first.turn == last.turn and len(texts[first.turn]) - (last.atom.end - first.atom.start) <= SHORT_ANSWER
    if not is_short or len(chain.longest) not in CODE_LENGTHS:
        return None
    for before, kind in reversed(found):
        if first.turn - before.said[-1].turn > FARTHEST:
            return None
        if kind is Kind.CARD and any(one.speaker is first.speaker for one in before.said):
            return Kind.SECURITY_CODE
    return None


def _kind(chain: Chain, cue: Cue | None, texts: Sequence[str], language: str) -> Kind | None:
    """What a number is that must not be shown, after what was asked for; None where it may be shown."""
    asked = cue.kind if cue else None
    if chain.said[0].atom.in_name:
        return Kind.ID if asked is Kind.ID else None
    if asked is not Kind.CARD and all(checks.is_service(number, language) for number in chain.numbers):
        return None
    if asked is Kind.PHONE and not chain.alone and all(map(checks.is_short_service, chain.numbers)):
        return None
    if sure := _sure(chain.numbers):
        return sure
    if shaped := _shaped(chain, texts):
        return shaped
    if cue is None and language.startswith("en") and LOCAL.search(_written(chain, texts)):
        return Kind.PHONE
    if asked is not None and (len(chain.longest) >= FEWEST_ASKED or chain.alone):
        return _of_length(chain.longest, asked)
    if cue is None and len(chain.longest) >= FEWEST_UNASKED:
        return _of_length(chain.longest, None)
    return None


def _sure(numbers: Sequence[str]) -> Kind | None:
    """What one of these numbers is beyond doubt, by its check digit or its shape."""
    if any(map(checks.is_resident_id, numbers)):
        return Kind.ID
    if any(map(checks.is_card, numbers)):
        return Kind.CARD
    return Kind.PHONE if any(map(checks.is_mobile, numbers)) else None


def _shaped(chain: Chain, texts: Sequence[str]) -> Kind | None:
    """What a number is by the way it is written."""
    text = _written(chain, texts)
    return next((kind for pattern, kind in SHAPED if pattern.search(text)), None)


def _written(chain: Chain, texts: Sequence[str]) -> str:
    """A number as it is written, with what stands right before it; empty when it goes over several turns."""
    first, last = chain.said[0], chain.said[-1]
    return texts[first.turn][max(0, first.atom.start - 2) : last.atom.end] if first.turn == last.turn else ""


def _of_length(digits: str, asked: Kind | None) -> Kind:
    """What a number is by its length, and by what was asked for."""
    if len(digits) >= FEWEST_OF_A_CARD:
        return asked if asked in (Kind.ID, Kind.CARD) else Kind.CARD
    if asked is Kind.SECURITY_CODE and len(digits) > LONGEST_CODE:
        return Kind.CARD
    return asked or (Kind.ID if checks.is_my_number(digits) else Kind.PHONE)


def _repeated(found: Sequence[tuple[Chain, Kind]], shown: Sequence[Chain]) -> Iterator[tuple[Chain, Kind]]:
    """Numbers that nobody asked for, but that are a part of a hidden one."""
    known = [(number, kind) for chain, kind in found for number in chain.numbers]
    for chain in shown:
        if len(chain.longest) >= FEWEST_REPEATED:
            kind = next((kind for number, kind in known if chain.longest in number), None)
            if kind is not None:
                yield chain, kind
