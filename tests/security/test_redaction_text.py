"""Row 18, in text: numbers of cards, papers and telephones are hidden however they are said; other words stay.

Dialogues are built from frames, so it is known which digits must be hidden. The figure is that of frames that were
written before the rules and never looked at while these were tuned. Recorded and real calls show what else is hidden.
"""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.domain.redaction import hidden
from app.domain.transcript import Speaker, Transcript, Turn
from tests.bar import Bar
from tests.security import frames_held_out, frames_to_tune_by, frames_written_last
from tests.security.number_dialogues import WORD, Dialogue, Tally, dialogue

LEAST_HIDDEN, MOST_OF_OTHER_WORDS = 0.995, 0.01
LANGUAGES = {"en": "English", "zh": "Chinese", "ja": "Japanese"}
FIXTURES = Path(__file__).parents[2] / "fixtures" / "calls" / "truth.jsonl"
# Real and realistic calls, where they are at hand; they are no part of the product.
REFERENCE = Path(__file__).parents[2].parent / "shared" / "data"
# In which turns of these a reader found numbers that must not be shown; in all others there are none.
DUE = {
    "abcd-3592": (19,),
    "coll-320c83b6": (11,),
    "coll-4547f937": (11,),
    "coll-695904d8": (11,),
    "coll-a4fdf58d": (11,),
    "coll-fe55cb8b": (9,),
    "composed-en-dev-02": (6, 7, 8, 10, 11, 12),
    "composed-en-dev-06": (7, 8, 9),
    "d08": (3,),
    "hvb-01cefd6f": (7, 8, 9),
    "hvb-07dd22b7": (6, 7, 8, 10, 11, 12),
    "stc3-34811076": (2,),
    "stc3-35775582": (4,),
}
DIGIT = re.compile(r"(?:[0-9]|[零〇一二三四五六七八九幺]|\b(?:zero|oh|one|two|three|four|five|six|seven|eight|nine)\b)")
# Until when a card is valid may be shown.
VALID_UNTIL = re.compile(r"\d\d/\d\d")


def counted(frames: dict[str, str], times: int) -> Tally:
    """So many dialogues of each frame, counted; in each language both shares are as the bar asks."""
    tally, missed = Tally(), []
    for language, text in frames.items():
        for place, frame in enumerate(text.split("\n\n")):
            for time in range(times):
                missed += tally.count(dialogue(random.Random(f"{language} {place} {time}"), language, frame))[0]
    for language in LANGUAGES:
        due, lost = tally.of(language)
        assert lost <= (1 - LEAST_HIDDEN) * due, missed[:5]
        assert tally.hidden[language] <= MOST_OF_OTHER_WORDS * tally.words[language]
    return tally


def told(tally: Tally) -> str:
    """Both shares of each language, and the number of digits and words they are of."""
    parts = []
    for code, name in LANGUAGES.items():
        due, missed = tally.of(code)
        parts.append(
            f"{name} {1 - missed / due:.2%} of {due:,} digits hidden, {tally.hidden[code] / tally.words[code]:.2%} of"
            f" {tally.words[code]:,} other words"
        )
    return "; ".join(parts)


@pytest.mark.bar(row=18, full=200, quick=4)
def test_numbers_of_dialogues_held_out_are_hidden_and_other_words_stay(bar: Bar) -> None:
    tally = counted(frames_held_out.FRAMES, bar.times)

    bar.found(f"text, frames held out: {told(tally)}")
    by_kind = ", ".join(f"{kind.replace('_', ' ')} {1 - lost / due:.2%}" for kind, (due, lost) in tally.kinds().items())
    bar.found(f"by kind: {by_kind}")


@pytest.mark.bar(row=18, full=200, quick=4)
def test_numbers_of_dialogues_written_last_are_hidden_and_other_words_stay(bar: Bar) -> None:
    bar.found(f"text, frames written last: {told(counted(frames_written_last.FRAMES, bar.times))}")


@pytest.mark.bar(row=18, full=200, quick=4)
def test_numbers_of_the_dialogues_tuned_by_are_hidden_and_other_words_stay(bar: Bar) -> None:
    bar.found(f"text, frames tuned by: {told(counted(frames_to_tune_by.FRAMES, bar.times))}")


@pytest.mark.bar(row=18, full=100, quick=5)
def test_numbers_said_in_the_midst_of_our_own_calls_are_hidden_and_nothing_else(bar: Bar) -> None:
    calls = [
        (line["lang"], turns_of(line["turns"], "text")) for line in map(json.loads, FIXTURES.read_text().splitlines())
    ]
    assert not any(hidden(Transcript(language=code, turns=turns)) for code, turns in calls)

    tally = Tally()
    for code, turns in calls:
        for time in range(bar.times):
            tally.count(planted(random.Random(f"{code} {len(turns)} {time}"), code, turns))

    due, lost = (sum(counts.values()) for counts in (tally.due, tally.missed))
    other, gone = (sum(counts.values()) for counts in (tally.words, tally.hidden))
    assert lost <= (1 - LEAST_HIDDEN) * due
    assert gone <= MOST_OF_OTHER_WORDS * other
    bar.found(
        f"text, planted in our own calls: {1 - lost / due:.2%} of {due:,} digits, {gone / other:.2%} of {other:,} other words"
    )


@pytest.mark.bar(row=18, full=1, quick=1)
@pytest.mark.skipif(not REFERENCE.exists(), reason="the reference calls are not at hand")
def test_reference_calls_keep_their_words_and_lose_their_numbers(bar: Bar) -> None:
    due = lost = other = gone = 0
    for call, transcript in reference_calls():
        places = next((places for name, places in DUE.items() if call.startswith(name)), ())
        covered = {(one.turn, at) for one in hidden(transcript) for at in range(one.start, one.end)}
        for place, turn in enumerate(transcript.turns):
            digits = due_in(turn.text) if place in places else set()
            due += len(digits)
            lost += sum((place, at) not in covered for at in digits)
            for word in WORD.finditer(turn.text):
                if not digits & set(range(*word.span())):
                    other += 1
                    gone += (place, word.start()) in covered

    assert lost <= (1 - LEAST_HIDDEN) * due
    assert gone <= MOST_OF_OTHER_WORDS * other
    bar.found(
        f"text, reference calls: {1 - lost / due:.2%} of {due} digits, {gone / other:.2%} of {other:,} other words"
    )


def due_in(text: str) -> set[int]:
    """Where the digits of a turn begin that must not be shown."""
    valid_until = {at for one in VALID_UNTIL.finditer(text) for at in range(*one.span())}
    return {one.start() for one in DIGIT.finditer(text)} - valid_until


def reference_calls() -> Iterator[tuple[str, Transcript]]:
    """The reference calls as they were written down, and as they were recognised where that is known."""
    for name in ("text/real_dev.jsonl", "text/composed_holds_dev.jsonl", "calls/truth.jsonl"):
        for line in map(json.loads, (REFERENCE / name).read_text().splitlines()):
            for key in ("text", "asr_text"):
                turns = turns_of(line["turns"], key)
                if any(turn.text for turn in turns):
                    yield line["id"], Transcript(language=line["lang"], turns=turns)


def turns_of(lines: list[dict[str, str]], key: str) -> tuple[Turn, ...]:
    return tuple(Turn(speaker=Speaker(line["speaker"]), text=line.get(key) or "") for line in lines)


def planted(rng: random.Random, language: str, turns: tuple[Turn, ...]) -> Dialogue:
    """A call with one of the dialogues held out in its midst."""
    inner = dialogue(rng, language, rng.choice(frames_held_out.FRAMES[language].split("\n\n")))
    at = rng.randint(1, len(turns) - 1)
    call = Transcript(language=language, turns=(*turns[:at], *inner.transcript.turns, *turns[at:]))
    return inner.moved(at, call)
