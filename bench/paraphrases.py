"""How the shipped scorecards judge short snippets written by somebody who had not seen them.

    bench/paraphrases.py [en zh ja] [--wrong]

Prints, per language and item: lines, share decided, accuracy on decided, wrong fails and wrong passes.
"""

import argparse
import collections
import json
from pathlib import Path

from app.domain.evidence import Verdict
from app.domain.examples import transcript_of
from app.domain.scoring import score
from app.scorecards.loader import shipped_card

FOLDER = Path(__file__).parent / "paraphrases"
ACCEPTED = {"unscored": (Verdict.UNSCORED, Verdict.UNCERTAIN)}


def main() -> None:
    """Measure the named languages, or all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("languages", nargs="*", default=["en", "zh", "ja"])
    parser.add_argument("--wrong", action="store_true", help="list every wrong verdict")
    args = parser.parse_args()
    for code in args.languages:
        measure(code, args.wrong)


def measure(code: str, list_wrong: bool) -> None:
    """One language's table on standard output."""
    card = shipped_card(code)
    rows: dict[str, list[tuple[str, Verdict]]] = collections.defaultdict(list)
    for line in (FOLDER / f"{code}.jsonl").read_text(encoding="utf-8").splitlines():
        snippet = json.loads(line)
        call = transcript_of(tuple(snippet["call"]), code, direction=snippet.get("direction", "inbound"))
        found = next(one for one in score(card, call).findings if one.id == snippet["item"])
        rows[snippet["item"]].append((snippet["want"], found.verdict))
        if list_wrong and not right(snippet["want"], found.verdict):
            print(f"wrong: {snippet['item']}: want {snippet['want']}, got {found.verdict}: {snippet['call'][-3:]}")
    everything = [row for item_rows in rows.values() for row in item_rows]
    for name, judged in {**rows, f"all {code}": everything}.items():
        decided = [row for row in judged if row[1] != Verdict.UNCERTAIN]
        correct = sum(right(*row) for row in decided)
        wrong_fails = sum(got == Verdict.FAIL and want != "fail" for want, got in decided)
        wrong_passes = sum(want == "fail" and got != Verdict.FAIL for want, got in decided)
        print(
            f"{name:22}{len(judged):5} decided {len(decided) / len(judged):.2f} accuracy {correct / len(decided):.3f}"
            f" wrong fails {wrong_fails} wrong passes {wrong_passes}"
        )
    print()


def right(want: str, got: Verdict) -> bool:
    """Whether the verdict is the wanted one; leaving a person's item to a person in doubt is right too."""
    return got in ACCEPTED.get(want, (Verdict(want),))


if __name__ == "__main__":
    main()
