"""What was measured, as tables for a terminal, as CSV and as JSON: a comparison of scorecards, the quality of rules."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from app.domain.evidence import Verdict
from app.domain.metrics import GateStanding, PairedChange, Rate
from app.kit.csv_files import csv_text
from app.reports.comparison import OPEN, ChangedCall, Comparison, Flip, ItemQuality
from app.reports.rule_quality import MeasuredRule
from app.reports.terminal import STYLES
from app.reports.wording import VERDICTS

# More calls than these, and more items of one, are for a file.
SHOWN, SHOWN_ITEMS = 20, 3
GATES = {
    GateStanding.PASSED: ("✓ passes", "pass"),
    GateStanding.BELOW: ("✕ below", "fail"),
    GateStanding.TOO_FEW_TO_SAY: ("? too few", "caution"),
    None: ("○ people's", "neutral"),
}
CSV_HEADER = ("call", "agent", "before", "after", "items")


def comparison_tables(found: Comparison, names: Mapping[int, str]) -> Group:
    """What changes: the pass rate, verdicts, calls, agents, and how well the items are judged; people by their ids."""
    before, after = found.pass_rates
    whole = _table("", "before", "after", right=2)
    whole.add_row("Pass rate", percent(before), percent(after))
    whole.add_row("Open calls", _count(found, OPEN, 0), _count(found, OPEN, 1))
    moved = found.change
    told = f"Calls decided both times: {points(moved)} points; {moved.gained:,} pass now, {moved.lost:,} no more.\n"
    parts: list[Any] = [whole, Text(told)]
    parts.append(_flips(found) if found.flips else Text("No verdict changes.\n"))
    changed = found.outcomes_changed
    if changed:
        parts += [_heading("Calls that change", len(changed)), _calls(changed[:SHOWN], names)]
    agents = found.agents_changed()
    if agents:
        table = _table("Agent", "before", "after", "change", right=3)
        for one in sorted(agents, key=lambda agent: names.get(agent.agent_id, "")):
            table.add_row(_name(one.agent_id, names), percent(one.before), percent(one.after), points(one.change))
        parts.append(table)
    if found.reviewed:
        title = f"Fails against the verdicts of people in {found.reviewed:,} reviewed calls"
        parts += [Text(title, style="bold"), _qualities(found.qualities())]
    else:
        parts.append(Text("None of these calls has a submitted review to hold the fails against."))
    return Group(*parts)


def comparison_csv(changed: Iterable[ChangedCall], names: Mapping[int, str]) -> str:
    """Every call that changes, with the items that do."""
    rows = (
        (one.call_id, names.get(one.agent_id, ""), one.before, one.after, "; ".join(map(_flip, one.flips)))
        for one in changed
    )
    return csv_text(CSV_HEADER, rows, byte_order_mark=True)


def quality_tables(rules: Sequence[MeasuredRule]) -> Group:
    """A table for each scorecard: how well its rules judge."""
    parts: list[Any] = []
    for card in dict.fromkeys(rule.scorecard for rule in rules):
        table = _table("Item", "Gate", "Fails right", "Fails found", "Right", "Decided", right=4)
        for one in rules:
            if one.scorecard == card:
                word, tone = GATES[one.standing]
                table.add_row(
                    one.item,
                    Text(word, style=STYLES[tone]),
                    percent(one.quality.precision, 0),
                    percent(one.quality.recall, 0),
                    _alone(one.quality.accuracy),
                    _alone(one.quality.decided),
                )
        parts += [Text(card, style="bold"), table]
    return Group(*parts)


def quality_json(rules: Iterable[MeasuredRule]) -> list[dict[str, Any]]:
    """The quality of rules for machines: shares are 0-1."""
    kept = {"n", "count", "rate", "ci_low", "ci_high"}
    return [
        {
            "scorecard": one.scorecard,
            "item": one.item,
            "n": one.n,
            "confirmed": one.confirmed,
            "overridden": one.overridden,
            "unaided": one.unaided,
            "gate": one.gate.model_dump(),
            "standing": one.standing.value if one.standing else None,
            **one.quality.model_dump(include=dict.fromkeys(type(one.quality).model_fields, kept)),
        }
        for one in rules
    ]


def percent(rate: Rate, digits: int = 1) -> str:
    """A share with its interval and what it is of: "90.0 % (82.6–94.5, n 100)"."""
    if rate.rate is None or rate.ci_low is None or rate.ci_high is None:
        return "–"
    ends = f"{100 * rate.ci_low:.{digits}f}–{100 * rate.ci_high:.{digits}f}"
    return f"{100 * rate.rate:.{digits}f} % ({ends}, n {rate.n:,})"


def points(change: PairedChange) -> str:
    """How far a rate moved, in points of a hundred, with its interval and the calls it is of."""
    if change.change is None or change.ci_low is None or change.ci_high is None:
        return "–"
    ends = f"{100 * change.ci_low:+.1f} to {100 * change.ci_high:+.1f}"
    return f"{100 * change.change:+.1f} ({ends}, n {change.n:,})"


def _flips(found: Comparison) -> Table:
    table = _table("Item", "from", "to", "calls", right=1)
    for flip, n in sorted(found.flips.items(), key=lambda pair: (pair[0].item, -pair[1])):
        table.add_row(flip.item, _shown(flip.before), _shown(flip.after), f"{n:,}")
    table.add_row("all", "", "", f"{found.flips.total():,}")
    return table


def _calls(changed: Sequence[ChangedCall], names: Mapping[int, str]) -> Table:
    table = _table("Call", "Agent", "Outcome", "Items")
    for one in changed:
        flips = "; ".join(map(_flip, one.flips[:SHOWN_ITEMS]))
        more = len(one.flips) - SHOWN_ITEMS
        flips += f"; and {more} more" if more > 0 else ""
        table.add_row(str(one.call_id), _name(one.agent_id, names), f"{one.before} → {one.after}", flips)
    return table


def _qualities(qualities: Iterable[ItemQuality]) -> Table:
    table = _table("Item", "", "right", "found", right=2)
    for one in qualities:
        for label, quality in (("before", one.before), ("after", one.after)):
            if quality is not None:
                item = one.item if label == "before" or one.before is None else ""
                table.add_row(item, label, percent(quality.precision, 0), percent(quality.recall, 0))
    return table


def _alone(rate: Rate) -> str:
    return "–" if rate.rate is None else f"{100 * rate.rate:.0f} %"


def _heading(title: str, n: int) -> Text:
    return Text(f"{title}: {n:,}" + (f", the first {SHOWN}" if n > SHOWN else ""), style="bold")


def _table(*columns: str, right: int = 0) -> Table:
    """A table whose last columns stand to the right, as numbers do."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    for place, name in enumerate(columns):
        table.add_column(
            name, justify="right" if place >= len(columns) - right else "left", overflow="fold", no_wrap=place == 0
        )
    return table


def _count(found: Comparison, outcome: str, place: int) -> str:
    return f"{sum(n for pair, n in found.outcomes.items() if pair[place] == outcome):,}"


def _name(agent_id: int, names: Mapping[int, str]) -> str:
    return names.get(agent_id, "–")


def _flip(flip: Flip) -> str:
    return f"{flip.item} {flip.before.value} → {flip.after.value}"


def _shown(verdict: Verdict) -> Text:
    shown = VERDICTS[verdict]
    return Text(f"{shown.glyph} {verdict.value}", style=STYLES[shown.tone])
