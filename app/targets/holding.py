"""Which target holds: the most specific one, and of its kind the newest; where nobody set any, the shipped one."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from app.domain.metrics.indicator import Indicator, KnownTarget

SUGGESTED = "suggested"


class Origin(StrEnum):
    """Where a target comes from: people have set it, or it is shipped because the field is sure of it."""

    SET = "set"
    SHIPPED = "shipped"


@dataclass(frozen=True)
class Target:
    """What an indicator is to reach, in its unit; `team_id` None and "" mean any team, queue or direction.

    It holds from `holds_from` to `holds_until`, both counted; a shipped one always does. `id` is that of the row.
    """

    indicator: str
    value: float
    origin: Origin
    team_id: int | None = None
    queue: str = ""
    direction: str = ""
    holds_from: date | None = None
    holds_until: date | None = None
    note: str = ""
    id: int | None = None

    def holds_on(self, day: date) -> bool:
        begun = self.holds_from is None or self.holds_from <= day
        return begun and (self.holds_until is None or day <= self.holds_until)

    def covers(self, team_id: int | None, queue: str, direction: str) -> bool:
        """Whether it is meant for these calls: one for a team alone says nothing about all of them."""
        return self.team_id in (None, team_id) and self.queue in ("", queue) and self.direction in ("", direction)

    @property
    def precedence(self) -> tuple[bool, bool, bool, date]:
        """The greatest one holds: a queue's before a team's before all, then that of a direction, then the newest."""
        return bool(self.queue), self.team_id is not None, bool(self.direction), self.holds_from or date.min


@dataclass(frozen=True)
class Targets:
    """All targets that were set, by indicator, with what is known of the indicators; asked once, answers for any."""

    indicators: Mapping[str, Indicator]
    set: Mapping[str, Sequence[Target]] = field(default_factory=dict)

    def at(
        self,
        indicator_id: str,
        *,
        day: date,
        team_id: int | None = None,
        queue: str | None = None,
        direction: str | None = None,
    ) -> Target | None:
        """The target that holds on this day for these calls; None: nobody has set one, and none is shipped."""
        queue, direction = queue or "", direction or ""
        holding = (one for one in self.set.get(indicator_id, ()) if one.holds_on(day))
        covering = [one for one in holding if one.covers(team_id, queue, direction)]
        return max(covering, key=lambda one: one.precedence, default=None) or self.shipped(indicator_id, direction)

    def shipped(self, indicator_id: str, direction: str = "") -> Target | None:
        """What the field suggests and is sure of; a doubtful value is never a target by itself."""
        known = self.indicators.get(indicator_id)
        if known is None:
            return None
        sure = [one for one in suggestions(known.targets) if one.sure and (one.direction or "") in ("", direction)]
        best = max(sure, key=lambda one: bool(one.direction), default=None)
        if best is None:
            return None
        return Target(indicator_id, best.value, Origin.SHIPPED, direction=best.direction or "")


def suggestions(known: Iterable[KnownTarget]) -> tuple[KnownTarget, ...]:
    """Those values that are said to be aimed at; what centres reach is no target."""
    return tuple(one for one in known if one.kind == SUGGESTED)
