"""How fast stored calls are judged: 10-minute calls of 150 turns, made ready before, one core.

    python -m bench.scoring [en zh ja] [--calls N]

Prints calls a second, and how long a plain loop of arithmetic took beside them (the reference: 10 million steps), the
best of five runs of each. The words are drawn from the shipped scorecards' examples and varied with numbers and names,
so that no two calls, and hardly two sentences, are the same.
"""

import argparse
import itertools
import time
from collections.abc import Callable

from app.domain.examples import transcript_of
from app.domain.language import language
from app.domain.reading import Prepared, Reading, prepared
from app.domain.scorecard import Scorecard
from app.domain.scoring import score_reading
from app.domain.transcript import Activity, Hold, HoldKind, Span, Speaker, Transcript, Turn
from app.scorecards.loader import shipped_card

TURNS, SECONDS = 150, 600.0
RUNS = 5
HOLDS = (Hold(start=120, end=160, kind=HoldKind.MUSIC), Hold(start=300, end=440, kind=HoldKind.SILENCE))
# A prime: it walks over all examples before it comes back.
STRIDE = 37
PADDING = {
    "en": "the reference for that is {n} and it left on the {m}",
    "zh": "这个单子编号是{n},{m}号已经发出去了",
    "ja": "受付番号は{n}番で、{m}日にお送りしました",
}


def calls(card: Scorecard, wanted: int) -> list[Transcript]:
    """Varied calls of 150 turns with two holds."""
    said: dict[Speaker, list[str]] = {Speaker.AGENT: [], Speaker.CUSTOMER: []}
    for item in card.items:
        for example in itertools.chain(item.examples.passes, item.examples.fails):
            for turn in transcript_of(example.call, card.language).turns:
                if turn.speaker in said and turn.text not in said[turn.speaker]:
                    said[turn.speaker].append(turn.text)
    return [_call(card.language, said, number) for number in range(wanted)]


def _call(code: str, said: dict[Speaker, list[str]], number: int) -> Transcript:
    held = sum(hold.length for hold in HOLDS)
    length, turns = (SECONDS - held) / TURNS, []
    for place in range(TURNS):
        speaker = Speaker.AGENT if place % 2 == 0 else Speaker.CUSTOMER
        unlike = number * TURNS + place
        pool = said[speaker]
        varied = PADDING[code].format(n=100000 + unlike * 7919 % 900000, m=1 + unlike % 28)
        text = pool[unlike * STRIDE % len(pool)] if place % 3 == 0 else varied
        start = place * length
        for hold in HOLDS:
            # Nobody talks while the customer waits.
            start += hold.length if start + length > hold.start else 0.0
        turns.append(
            Turn(speaker=speaker, start=start, end=start + 0.9 * length, text=text, confidence=0.8 + unlike % 20 / 100)
        )
    spans = {
        speaker: tuple(Span(start=turn.start or 0, end=turn.end or 0) for turn in turns if turn.speaker == speaker)
        for speaker in said
    }
    return Transcript(
        id=str(number),
        language=code,
        duration=SECONDS,
        channels=2,
        turns=tuple(turns),
        holds=HOLDS,
        activity=Activity(agent=spans[Speaker.AGENT], customer=spans[Speaker.CUSTOMER]),
    )


def best(act: Callable[[], object]) -> float:
    """Seconds of the fastest of several runs."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        act()
        times.append(time.perf_counter() - began)
    return min(times)


def judging(code: str, wanted: int) -> Callable[[], None]:
    """What judges so many stored calls of a language once more; its patterns are compiled."""
    card = shipped_card(code)
    stored = [(call, prepared(call).model_dump(mode="json")) for call in calls(card, wanted)]

    def judge() -> None:
        # What was worked out when they were kept is not known to the process that judges them.
        language(code).normal.cache_clear()  # type: ignore[attr-defined]
        for call, kept in stored:
            score_reading(card, Reading(call, Prepared.model_validate(kept)))

    judge()
    return judge


def measure(code: str, wanted: int) -> None:
    """One language's line on standard output."""
    began = time.perf_counter()
    shipped_card(code)
    reading = time.perf_counter() - began
    seconds, reference = best(judging(code, wanted)), best(lambda: sum(range(10_000_000)))
    print(
        f"{code}: {wanted / seconds:.0f} calls/s ({1000 * seconds / wanted:.2f} ms), "
        f"the card was read in {reading:.2f} s, reference {reference:.3f} s"
    )


def main() -> None:
    """Measure the named languages, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*", default=["en", "zh", "ja"])
    parser.add_argument("--calls", type=int, default=100)
    args = parser.parse_args()
    for code in args.languages:
        measure(code, args.calls)


if __name__ == "__main__":
    main()
