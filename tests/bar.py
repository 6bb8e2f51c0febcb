"""The bar for reliability and security: each row of it is held by tests, and measured by them at full size.

    python -m tests.bar                 what was not measured yet, row by row, a line each
    python -m tests.bar --row 11        one row
    python -m tests.bar --fresh         forget what was measured before
    python -m tests.bar --write         docs/reliability.md from what was measured

A test says of which row it is, how much it tries at full size and how much in the suite:

    @pytest.mark.bar(row=8, full=1000, quick=50)
    def test_…(bar):
        for _ in range(bar.times): …
        bar.found("1,000 pairs: one 200 and one 412 each; 0 lost")

What was found is kept as soon as a test ends, so that a run may be cut off and goes on where it was.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent
# Not in git: made by measuring.
KEPT = ROOT / ".bar.jsonl"
PAGE = ROOT / "docs" / "reliability.md"
BEGINS, ENDS = "<!-- measured: begin -->", "<!-- measured: end -->"
# What pytest answers where all tests of a row are left out because they were measured before.
NOTHING_TO_DO = 5
FOLDERS = ("tests/faults", "tests/security")
SIZE = "CALLMARK_TEST_SIZE"
IS_FULL = os.environ.get(SIZE) == "full"
# Where a test is too long for both in the suite.
DATABASES = ("sqlite", "postgresql") if IS_FULL else ("sqlite",)


@dataclass(frozen=True)
class Row:
    """What is tried, and what has to come of it."""

    tried: str
    passes: str


ROWS = {
    1: Row("SIGKILL at each step of the pipeline, 100 times each", "0 lost, 0 scored twice"),
    2: Row("a worker gone for good, another name in its place", "taken over within 60 s, 0 lost"),
    3: Row("a call that kills its worker", "set aside after at most 4 runs with its reason shown; others unaffected"),
    4: Row("PostgreSQL restarted under load, 20 times", "0 lost, no traceback to a user, recovers within 10 s"),
    5: Row("the disk is full (a small tmpfs)", "507, no orphan row, recovers"),
    6: Row("killed between blob, row and enqueue", "the sweep repairs all"),
    7: Row("an evaluation's life walked at random, 2,000 times", "0 illegal states"),
    8: Row("two reviewers save at once, 1,000 times", "one 200, one 412, 0 lost"),
    9: Row("tallies against a recount after 10,000 random edits", "exact"),
    10: Row("schemathesis on every endpoint, as every role", "0 server errors, 0 breaks of the schema"),
    11: Row("10,000 malformed audio files", "0 crashes, 0 hangs over 10 s, a clear error each"),
    12: Row("decoding bombs: declared length, channels, nested containers", "refused, at most 512 MB"),
    13: Row("uploads too large, too slow, lying about their length", "413 or 408, at most 2 MB held"),
    14: Row("5,000 hostile file names", "0 writes outside the store"),
    15: Row("role × team × endpoint", "100 % as the table of permissions says, 0 leaks"),
    16: Row("sign-in: argon2id, rotation, CSRF, rate limit, scopes and expiry of keys", "0 bypasses"),
    17: Row("any row of the ledger deleted, edited or moved, the last one too", "100 % detected"),
    18: Row("card, ID and phone numbers, also spoken, in text and sound", "99.5 % hidden, at most 1 % of other words"),
    19: Row("retention, erasure, legal hold", "0 misses"),
    20: Row("webhooks: replay, private addresses, DNS rebinding, redirects", "0 reached"),
    21: Row("markup in a real browser under the CSP; formulas in CSV", "0 executed"),
    22: Row("the same upload 1,000 times at once", "1 call"),
}


@dataclass(frozen=True)
class Measured:
    """What one test found at full size."""

    row: int
    test: str
    found: tuple[str, ...]
    seconds: float
    day: str
    commit: str


@dataclass
class Bar:
    """What a test of a row is given: how often to try, and where to say what came of it; `where`: on which database."""

    row: int
    times: int
    where: str = ""
    is_full: bool = IS_FULL
    figures: list[str] = field(default_factory=list)

    def found(self, figure: str) -> None:
        """Say in a few words what was tried and what came of it."""
        self.figures.append(f"{self.where}: {figure}" if self.where else figure)


def keep(bar: Bar, test: str, seconds: float) -> None:
    """Keep what a test found, at once."""
    if not IS_FULL:
        return
    commit = _said("git", "rev-parse", "--short", "HEAD")
    day = datetime.now(UTC).date().isoformat()
    measured = Measured(bar.row, test, tuple(bar.figures), round(seconds, 1), day, commit)
    with KEPT.open("a") as kept:
        kept.write(json.dumps(asdict(measured)) + "\n")


def kept() -> list[Measured]:
    """What was measured so far; of a test that was measured twice, the last."""
    if not KEPT.exists():
        return []
    lines = [json.loads(line) for line in KEPT.read_text().splitlines()]
    found = {line["test"]: Measured(**{**line, "found": tuple(line["found"])}) for line in lines}
    return list(found.values())


def run(row: int) -> bool:
    """Measure what is left of a row; whether all its tests pass."""
    done = [one.test for one in kept() if one.row == row]
    left_out = [word for test in done for word in ("--deselect", test)]
    # What is logged on the way may be long, and is not what went wrong.
    options = ("-q", "-x", "--show-capture=no", "-p", "no:cacheprovider", "-m", f"bar(row={row})")
    began = time.monotonic()
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", *options, *left_out, *FOLDERS],
        check=False,
        cwd=ROOT,
        env={**os.environ, SIZE: "full"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    passed = ran.returncode == 0 or (ran.returncode == NOTHING_TO_DO and bool(done))
    if not passed:
        print(ran.stdout[-6000:])
    print(
        f"{row:2} {'pass' if passed else 'FAIL'}  {told(row, kept())}  [{time.monotonic() - began:.0f} s]", flush=True
    )
    return passed


def told(row: int, measured: Iterable[Measured]) -> str:
    """The line of a row: what is tried, what was found, what has to be found."""
    figures = "; ".join(figure for one in measured if one.row == row for figure in one.found)
    return f"{ROWS[row].tried}: {figures or 'nothing measured'} (passes: {ROWS[row].passes})"


def table(measured: Sequence[Measured]) -> str:
    """All that was measured, as a table for the page."""
    lines = ["| # | tried | passes | found | measured |", "| --- | --- | --- | --- | --- |"]
    for number, row in ROWS.items():
        of_row = [one for one in measured if one.row == number]
        figures = "<br>".join(figure.replace("|", "\\|") for one in of_row for figure in one.found)
        when = ", ".join(sorted({f"{one.day} ({one.commit})" for one in of_row}))
        took = sum(one.seconds for one in of_row)
        lines.append(
            f"| {number} | {row.tried} | {row.passes} | {figures or '—'} | {when}{f', {took:.0f} s' if of_row else ''} |"
        )
    return "\n".join(lines)


def machine() -> str:
    """What it was measured on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {memory:.0f} GiB of memory, {system}"


def write_page() -> None:
    """Put what was measured into the page."""
    before, _, rest = PAGE.read_text().partition(BEGINS)
    after = rest.partition(ENDS)[2]
    PAGE.write_text(f"{before}{BEGINS}\n{machine()}. Command: `make test-faults`.\n\n{table(kept())}\n{ENDS}{after}")


def _said(*command: str) -> str:
    return subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False).stdout.strip()


def main() -> int:
    """Measure what is asked for; 0 when every row passed."""
    parser = argparse.ArgumentParser(description="Measure the bar for reliability and security at full size.")
    parser.add_argument("--row", type=int, choices=ROWS, help="only this row")
    parser.add_argument("--fresh", action="store_true", help="forget what was measured before, of this row or of all")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md, and measure nothing")
    asked = parser.parse_args()
    if asked.write:
        write_page()
        return 0
    if asked.fresh:
        left = [one for one in kept() if asked.row is not None and one.row != asked.row]
        KEPT.write_text("".join(json.dumps(asdict(one)) + "\n" for one in left))
    results = [run(row) for row in ([asked.row] if asked.row else ROWS)]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
