"""What a question about pass rates is answered with."""

import base64
import json
from collections.abc import Sequence
from math import floor
from typing import Any

from fastapi import Response
from pydantic_core import to_json

from app.api.rates import EstimateOut, SampleOut
from app.domain.metrics import DoublyJudged, Rate
from app.kit.pagination import CursorInvalid
from app.reports.pass_rates import Measured
from app.reports.queries import Source
from app.reports.rate_groups import Window, order
from app.reports.rates import Group

# Shares are told in steps of 0.0001, so many per 1,000 in steps of 0.0001 too.
STEPS = 10_000
MOST_GROUPS, GROUPS = 1000, 500


class Shown:
    """Rates in the form that clients get."""

    def __init__(self, found: Measured, by_item: bool) -> None:
        self.found, self.by_item = found, by_item
        self._error = _error(found.judged) if found.judged is not None else {}
        self.groups = [self._group(one) for one in found.rates.groups]
        self.total = self._group(found.rates.total)

    def sample(self, source: Source) -> SampleOut:
        """Which calls the rates are about."""
        total, drawn = self.found.rates.total, self.found.sample
        if drawn is None:
            return SampleOut(
                design="reviewed" if source == "final" else "all_scored",
                population=self.found.population,
                drawn=total.rate.n + total.uncertain + total.not_applicable,
                apart=self.found.rates.about.apart,
            )
        target = self.found.goal.of(total)
        return SampleOut(
            design="stratified_random",
            population=drawn.population,
            drawn=drawn.drawn,
            apart=self.found.rates.about.apart,
            seed=drawn.seed,
            estimate=EstimateOut(
                **_ends(drawn.rate),
                n=drawn.rate.n,
                passed=drawn.rate.count,
                waiting=drawn.rate.waiting,
                set_aside=drawn.rate.set_aside,
                verdict=drawn.rate.verdict_against(target) if target is not None else None,
            ),
        )

    def _group(self, group: Group) -> dict[str, Any]:
        target = self.found.goal.of(group) if not self.by_item else self.found.goal.given
        told = rate_of(group, target)
        told["passed"] = group.rate.count
        told["uncertain"] = group.uncertain
        told["not_applicable"] = group.not_applicable
        told["critical"] = group.critical
        told["mean_score"] = None if self.by_item else group.mean_score
        if group.calls is not None:
            told["calls"] = group.calls
        corrected = self.found.corrected(group)
        if corrected is not None:
            told["corrected"] = {
                **_ends(corrected),
                **self._error,
                "verdict": corrected.verdict_against(target) if target is not None else None,
            }
        return told


def rate_of(group: Group, target: float | None) -> dict[str, Any]:
    """What every rate is told with."""
    rate = group.rate
    return {
        **group.key,
        "n": rate.n,
        **_ends(rate),
        "target": target,
        "verdict": rate.verdict_against(target) if target is not None else None,
    }


def _ends(rate: Rate) -> dict[str, Any]:
    return {
        "rate": rounded(rate.rate),
        "ci_low": rounded(rate.ci_low),
        "ci_high": rounded(rate.ci_high),
        "ci_method": rate.ci_method,
    }


def _error(judged: DoublyJudged) -> dict[str, Any]:
    """How often the machine errs, the same for every group."""
    return {
        "sensitivity": rounded(judged.sensitivity.rate),
        "specificity": rounded(judged.specificity.rate),
        "judged": judged.passed + judged.failed,
    }


def rounded(value: float | None) -> float | None:
    """A share as it is told; `round`, which looks for the nearest of all ways to write it, takes ten times as long."""
    return None if value is None else floor(value * STEPS + 0.5) / STEPS


def json_response(answer: dict[str, Any]) -> Response:
    """An answer as JSON. It is told as its model says, but a thousand groups are not checked one by one."""
    return Response(to_json(answer), media_type="application/json")


def window(cursor: str | None, size: int) -> Window:
    """The page that begins after this cursor."""
    if cursor is None:
        return Window((), size)
    try:
        names = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError) as error:
        raise CursorInvalid from error
    if not isinstance(names, list) or not names or not all(isinstance(one, str) for one in names):
        raise CursorInvalid
    return Window(tuple(names), size)


def cursor_after(groups: Sequence[Group], more: bool) -> str | None:
    """Where the page after these groups begins; None where these are the last."""
    if not more or not groups:
        return None
    names = order(tuple(groups[-1].key.values()))
    return base64.urlsafe_b64encode(json.dumps(names).encode()).decode().rstrip("=")
