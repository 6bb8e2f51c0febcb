"""Whether rules, holds, metrics or pages have become slower: `python -m bench.ratios [--write] [--strict]`.

Each does a small piece of its work; its processor seconds are held, as a ratio to those of a loop of arithmetic beside
it, against the ratio in bench/ratios.json. A ratio and not a time, since machines differ. One that has grown by more
than a fifth is flagged, on standard output and, where GITHUB_STEP_SUMMARY names a file, there as well. The larger
benches of the same things: bench.scoring, bench.holds, bench.metrics, bench.pages.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

from fastapi.testclient import TestClient

from app.accounts import queries as accounts
from app.accounts.service import open_session
from app.audio.decoding import Recording, decode
from app.audio.holds import find_waiting
from app.audio.speech import listen
from app.cli.serving import warm_up
from app.kit import clock, db
from app.main import create_app
from app.request import SESSION_COOKIE
from app.settings import Settings
from bench import metrics, pages
from bench.recordings import with_two_channels
from bench.scoring import judging

STORED = Path(__file__).with_name("ratios.json")
TOLERATED = 1.2
ROUNDS = 5
CALLS, EVALUATIONS = 300, 5_000
ASKED = ("/queue", "/calls", "/calls?words=thank", "/calls/{call}", "/reviews/{review_id}", "/teams/{team_id}")

Act = Callable[[], object]


def main() -> None:
    """Measure, compare, and tell what is slower."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="keep what was measured as what is held against")
    parser.add_argument("--strict", action="store_true", help="end with 1 where something is slower")
    options = parser.parse_args()
    with ExitStack() as stack:
        found = {name: ratio(act) for name, act in acts(Path(stack.enter_context(tempfile.TemporaryDirectory())))}
    stored: Mapping[str, float] = json.loads(STORED.read_text(encoding="utf-8")) if STORED.exists() else {}
    lines = list(told(found, stored))
    print(*lines, sep="\n")
    slower = [line for line in lines if line.startswith("SLOWER")]
    summary = os.environ.get("GITHUB_STEP_SUMMARY")
    if slower and summary:
        with Path(summary).open("a", encoding="utf-8") as file:
            print(*slower, sep="\n\n", file=file)
    if options.write:
        STORED.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.exit(1 if slower and options.strict else 0)


def ratio(act: Act) -> float:
    """Processor seconds of this to those of a loop of arithmetic, the least of several of each in turn."""
    act()
    pairs = [(_worked(act), _worked(lambda: sum(range(10_000_000)))) for _ in range(ROUNDS)]
    return round(min(one for one, _ in pairs) / min(loop for _, loop in pairs), 3)


def told(found: Mapping[str, float], stored: Mapping[str, float]) -> Iterator[str]:
    """A line for each; of those that are slower it begins with SLOWER."""
    for name, now in found.items():
        before = stored.get(name)
        if before is None:
            yield f"new     {name:8} {now:.3f} loops of arithmetic"
            continue
        mark = "SLOWER" if now > TOLERATED * before else "quicker" if before > TOLERATED * now else "as fast"
        yield f"{mark:7} {name:8} {now:.3f} loops of arithmetic, {now / before - 1:+.0%} of {before:.3f}"


def acts(folder: Path) -> Iterator[tuple[str, Act]]:
    """What is measured, by name, each got ready when its turn comes."""
    yield "rules", rules()
    yield "holds", holds()
    yield "metrics", rates(folder / "metrics")
    yield "pages", shown(folder / "pages")


def rules() -> Act:
    """Judge calls of ten minutes in three languages."""
    judges = [judging(code, 10) for code in ("en", "zh", "ja")]
    return lambda: [judge() for judge in judges]


def holds() -> Act:
    """Find speech, music and holds in a recording."""
    (one,) = [call for call in with_two_channels() if call["id"] == "zh-long-invoice"]
    samples = decode(Path(one["path"]), Settings()).samples

    def find() -> None:
        recording = Recording(samples)
        find_waiting(recording, listen(recording), one["agent"])

    return find


def rates(folder: Path) -> Act:
    """Ask for pass rates by everything."""
    folder.mkdir()
    asked = metrics.Asked(metrics.prepared(f"sqlite:///{folder / 'app.db'}", folder, EVALUATIONS))
    questions = [
        metrics.Question(group_by, "all", None, None, reader)
        for group_by in metrics.GROUPS
        for reader in metrics.READERS
    ]
    return lambda: [asked.answer(one) for one in questions]


def shown(folder: Path) -> Act:
    """Open pages as an administrator."""
    folder.mkdir()
    settings = pages.prepared(folder, None, CALLS)
    engine = db.make_engine(settings.database)
    with db.session(engine) as session:
        known = pages.examples(session)
        admin = accounts.user_named(session, pages.READERS["admin"])
        assert admin is not None
        token = open_session(session, admin, clock.now())
    client = TestClient(create_app(settings), follow_redirects=False)
    warm_up(engine)
    headers = {"cookie": f"{SESSION_COOKIE}={token}", "accept": "text/html", "sec-fetch-site": "same-origin"}

    def show() -> None:
        for path in ASKED:
            answer = client.get(path.format(**known), headers=headers)
            assert answer.status_code == 200, f"{path} answers {answer.status_code}"

    return show


def _worked(act: Act) -> float:
    began = time.process_time()
    act()
    return time.process_time() - began


if __name__ == "__main__":
    main()
