"""What changes between two judgements of the same calls, in counts that add up, and what the counts say."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import NamedTuple

from app.domain.evidence import Verdict
from app.domain.metrics import PairedChange, Rate, RuleQuality, paired_change, pass_rate, rule_quality

PASSED, FAILED, OPEN = "passed", "failed", "open"


class Judgement(NamedTuple):
    """How a call did as a whole, and the verdict of each item."""

    outcome: str
    verdicts: Mapping[str, Verdict]


class Flip(NamedTuple):
    """An item whose verdict changes."""

    item: str
    before: Verdict
    after: Verdict


class ChangedCall(NamedTuple):
    """A call of which a verdict or the outcome changes; agent 0 is nobody."""

    call_id: int
    agent_id: int
    before: str
    after: str
    flips: tuple[Flip, ...]


class AgentChange(NamedTuple):
    """An agent of whom a call changes its outcome: the pass rates, and how far the calls decided twice moved."""

    agent_id: int
    before: Rate
    after: Rate
    change: PairedChange


class ItemQuality(NamedTuple):
    """How well an item was judged, and is; None where it was not or is not any more."""

    item: str
    before: RuleQuality | None
    after: RuleQuality | None


@dataclass
class Comparison:
    """What came of judging calls twice.

    `outcomes` counts calls by (before, after), `agents` by (agent, before, after); `before` and `after` count what the
    machine and people said of an item: by (item, machine's, person's). `rules` are the states of the rules that judged
    before, where stored verdicts were taken. `unscored` calls have none, and calls `elsewhere` are in another language
    than the scorecard: neither is compared. Items that were judged only before or only after count apart.
    """

    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    agents: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    flips: Counter[Flip] = field(default_factory=Counter)
    before: Counter[tuple[str, Verdict, Verdict]] = field(default_factory=Counter)
    after: Counter[tuple[str, Verdict, Verdict]] = field(default_factory=Counter)
    rules: Counter[str] = field(default_factory=Counter)
    only_before: Counter[str] = field(default_factory=Counter)
    only_after: Counter[str] = field(default_factory=Counter)
    changed: list[ChangedCall] = field(default_factory=list)
    reviewed: int = 0
    unscored: int = 0
    elsewhere: int = 0

    def add(self, other: "Comparison") -> None:
        """Count another part of the calls in."""
        for one in fields(self):
            mine, theirs = getattr(self, one.name), getattr(other, one.name)
            if isinstance(mine, Counter):
                mine.update(theirs)
            else:
                setattr(self, one.name, mine + theirs)

    def compare(
        self, call_id: int, agent_id: int, before: Judgement, after: Judgement, people: Mapping[str, Verdict]
    ) -> None:
        """Count a call in that was judged twice; `people` is what was decided about it in a submitted review."""
        self.outcomes[before.outcome, after.outcome] += 1
        self.agents[agent_id, before.outcome, after.outcome] += 1
        flips = tuple(
            Flip(item, before.verdicts[item], verdict)
            for item, verdict in after.verdicts.items()
            if before.verdicts.get(item, verdict) != verdict
        )
        self.flips.update(flips)
        self.only_before.update(before.verdicts.keys() - after.verdicts.keys())
        self.only_after.update(after.verdicts.keys() - before.verdicts.keys())
        if flips or before.outcome != after.outcome:
            self.changed.append(ChangedCall(call_id, agent_id, before.outcome, after.outcome, flips))
        self.reviewed += bool(people)
        for counted, judgement in ((self.before, before), (self.after, after)):
            counted.update(
                (item, verdict, people[item]) for item, verdict in judgement.verdicts.items() if item in people
            )

    @property
    def calls(self) -> int:
        return self.outcomes.total()

    @property
    def outcomes_changed(self) -> list[ChangedCall]:
        return [one for one in self.changed if one.before != one.after]

    @property
    def pass_rates(self) -> tuple[Rate, Rate]:
        """The pass rate before and after, each of the calls that were decided then."""
        return _pass_rates(self.outcomes)

    @property
    def change(self) -> PairedChange:
        """How far the pass rate moved over the calls that were decided both times."""
        return _change(self.outcomes)

    @property
    def largest_change(self) -> float:
        """How far the pass rate moved, by those decided both times or by all decided, whichever is more (0-1)."""
        before, after = self.pass_rates
        by_all = abs((after.rate or 0.0) - (before.rate or 0.0))
        return max(by_all, abs(self.change.change or 0.0))

    def agents_changed(self) -> tuple[AgentChange, ...]:
        """The agents of whom a call changes its outcome."""
        by_agent: dict[int, Counter[tuple[str, str]]] = {}
        for (agent_id, before, after), n in self.agents.items():
            by_agent.setdefault(agent_id, Counter())[before, after] += n
        return tuple(
            AgentChange(agent_id, *_pass_rates(outcomes), _change(outcomes))
            for agent_id, outcomes in sorted(by_agent.items())
            if any(before != after for before, after in outcomes)
        )

    def qualities(self) -> tuple[ItemQuality, ...]:
        """How well each item is judged, before and after, where people decided it too; by the names of the items."""
        before, after = _qualities(self.before), _qualities(self.after)
        return tuple(
            ItemQuality(item, before.get(item), after.get(item)) for item in sorted(before.keys() | after.keys())
        )


def _pass_rates(outcomes: Mapping[tuple[str, str], int]) -> tuple[Rate, Rate]:
    def rate(place: int) -> Rate:
        count: Counter[str] = Counter()
        for pair, n in outcomes.items():
            count[pair[place]] += n
        return pass_rate(count[PASSED], count[PASSED] + count[FAILED], count[OPEN])

    return rate(0), rate(1)


def _change(outcomes: Mapping[tuple[str, str], int]) -> PairedChange:
    return paired_change(
        both=outcomes.get((PASSED, PASSED), 0),
        lost=outcomes.get((PASSED, FAILED), 0),
        gained=outcomes.get((FAILED, PASSED), 0),
        neither=outcomes.get((FAILED, FAILED), 0),
    )


def _qualities(counted: Mapping[tuple[str, Verdict, Verdict], int]) -> dict[str, RuleQuality]:
    by_item: dict[str, dict[tuple[Verdict, Verdict], int]] = {}
    for (item, machine, person), n in counted.items():
        by_item.setdefault(item, {})[machine, person] = n
    return {item: rule_quality(verdicts) for item, verdicts in by_item.items()}
