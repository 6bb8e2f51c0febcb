"""Whether the estimate of a drawn sample can be trusted: a simulated quarter is drawn a thousand times and compared.

    python -m bench.sampling [--seeds N] [--calls N] [--processes N] [--only NAME]

Draws with the product's own functions, by team, agent and queue, and holds the estimate against what is true of all
calls: how often the 95 % interval holds the truth, how far the estimate is off in the mean, and how wide the interval
is against the width that was told before drawing. Rows: the whole quarter; its parts that are hard (a rate near 1, a
small team, calls out of scope, so many of each agent). Every sample is drawn twice from its seed, and must be the same.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from statistics import fmean

from app.domain.metrics import StratumCounts, predicted_interval, stratified_rate
from app.domain.sampling import Key, Stratum, drawn, in_order, strata, strata_of_each
from bench.quarter import QuarterCall, quarter

AT_LEAST, AT_MOST = 0.93, 0.97
# Every twentieth call is out of scope (a wrong number, a test call), known only when somebody listens.
OUT_OF_SCOPE = 20
# How often the second drawing from a seed is compared with the first.
COMPARED = 50


@dataclass(frozen=True)
class Design:
    """What is drawn: of which calls, how many, by what; with `replaced`, the next in order stand in for those out."""

    name: str
    size: int
    dimensions: tuple[str, ...] = ("team", "agent", "queue")
    of_each: bool = False
    team: str | None = None
    rate: float = 0.9
    scope: bool = False


DESIGNS = (
    Design("whole quarter", 400),
    Design("whole quarter", 2000),
    Design("1 in 20 out of scope", 400, scope=True),
    Design("1 in 20 out of scope", 2000, scope=True),
    Design("nearly all pass", 400, rate=1.0),
    Design("nearly all pass", 2000, rate=1.0),
    Design("8 of each agent", 8, ("agent", "queue"), of_each=True),
    Design("also by length", 400, ("team", "agent", "queue", "length")),
    Design("also by length", 2000, ("team", "agent", "queue", "length")),
    Design("one team", 60, ("agent", "queue"), team="D"),
    Design("small team", 40, ("agent", "queue"), team="Night"),
)


@dataclass(frozen=True)
class Outcome:
    """What one draw estimated."""

    rate: float
    low: float
    high: float


@cache
def population(design: Design, calls: int) -> tuple[QuarterCall, ...]:
    """The calls that a design draws from."""
    return tuple(call for call in quarter(1, calls, design.rate) if design.team in (None, call.team))


@cache
def stratified(design: Design, calls: int) -> tuple[Stratum, ...]:
    """Its strata: they do not depend on the seed."""
    found: list[tuple[int, Key]] = [(call.id, call.key(*design.dimensions)) for call in population(design, calls)]
    return strata_of_each(found, design.size) if design.of_each else strata(found, design.size)


@cache
def passes(design: Design, calls: int) -> dict[int, bool]:
    """What is true of each call."""
    return {call.id: call.passes for call in population(design, calls)}


def in_scope(design: Design, call: int) -> bool:
    """Whether a call is one that the plan means."""
    return not design.scope or call % OUT_OF_SCOPE != 0


def truth(design: Design, calls: int) -> float:
    """The share of in-scope calls that pass."""
    return fmean(passed for call, passed in passes(design, calls).items() if in_scope(design, call))


def outcome(design: Design, calls: int, seed: int) -> Outcome:
    """Draw from a seed, judge what was drawn as it truly is, and estimate."""
    true = passes(design, calls)
    counted = []
    for one in stratified(design, calls):
        heard = listened_to(design, seed, one)
        within = [call for call in heard if in_scope(design, call)]
        counted.append(
            StratumCounts(
                population=len(one.calls),
                drawn=len(heard),
                in_scope=len(within),
                passed=sum(true[call] for call in within),
                set_aside=len(heard) - len(within),
            )
        )
    told = stratified_rate(counted)
    return Outcome(told.rate or 0.0, told.ci_low or 0.0, told.ci_high or 0.0)


def listened_to(design: Design, seed: int, one: Stratum) -> list[int]:
    """What is drawn of a stratum, and of the reserve the next ones for those that are out of scope."""
    heard = drawn(seed, one)
    if seed % COMPARED == 0 and heard != in_order(seed, one.name, reversed(one.calls))[: one.drawn]:
        raise AssertionError("the same seed drew other calls")
    if all(in_scope(design, call) for call in heard):
        return heard
    # Of so many, enough are in scope.
    order, wanted = in_order(seed, one.name, one.calls, 2 * one.drawn + OUT_OF_SCOPE), one.drawn
    for place, call in enumerate(order, 1):
        wanted -= in_scope(design, call)
        if not wanted:
            return order[:place]
    return order


def told(design: Design, calls: int, seeds: int, run: Callable[..., Sequence[Outcome]]) -> bool:
    """Print the row of a design; whether its interval holds the truth as often as it says."""
    began, true = time.monotonic(), truth(design, calls)
    found = run(design, calls, seeds)
    sizes = [(len(one.calls), one.drawn) for one in stratified(design, calls)]
    covered = fmean(one.low <= true <= one.high for one in found)
    ends = predicted_interval(sizes, true) or (0.0, 1.0)
    holds = AT_LEAST <= covered <= AT_MOST
    print(
        f"{design.name:22}{sum(calls for calls, _ in sizes):9}{len(sizes):8}{sum(n for _, n in sizes):7}{true:8.4f}"
        f"{100 * (fmean(one.rate for one in found) - true):+8.3f}{100 * covered:9.1f} %"
        f"{100 * fmean(one.high - one.low for one in found):8.2f}{100 * (ends[1] - ends[0]):10.2f}"
        f"{time.monotonic() - began:7.0f} s{'' if holds else '  out of 93-97 %'}",
        flush=True,
    )
    return holds


def main() -> None:
    """Print a row for each design."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--seeds", type=int, default=1000)
    options.add_argument("--calls", type=int, default=200_000)
    options.add_argument("--processes", type=int, default=1)
    options.add_argument("--only", default="", help="designs whose name begins so")
    chosen = options.parse_args()
    print("design               population  strata  drawn   truth  bias pp  covered  width pp  predicted")
    with ProcessPoolExecutor(chosen.processes) as pool:

        def run(design: Design, calls: int, seeds: int) -> Sequence[Outcome]:
            everyone = range(1, seeds + 1)
            return list(pool.map(outcome, [design] * seeds, [calls] * seeds, everyone, chunksize=25))

        for design in DESIGNS:
            if design.name.startswith(chosen.only):
                told(design, chosen.calls, chosen.seeds, run)


if __name__ == "__main__":
    main()
