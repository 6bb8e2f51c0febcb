"""What pages show of indicators and their targets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.domain.metrics.indicator import Indicator, KnownTarget, Text, Unit
from app.kit.db import id_of
from app.kit.i18n import N_, Translator
from app.ledger.models import LedgerEntry
from app.targets.holding import SUGGESTED, Origin, Target, Targets
from app.targets.models import SetTarget
from app.targets.service import sets_for
from app.targets.values import TOLD, in_field
from app.web.times import Moment, moment, zone_of

DIRECTIONS = {"inbound": N_("Inbound"), "outbound": N_("Outbound")}
BETTER = {True: N_("more is better"), False: N_("less is better"), None: N_("neither more nor less is better")}
# In what a value is typed.
ASKED = {
    Unit.SHARE: N_("Target, in percent"),
    Unit.PER_THOUSAND: N_("Target, per 1,000"),
    Unit.SECONDS: N_("Target, in seconds"),
    Unit.RINGS: N_("Target, in rings"),
    Unit.COUNT: N_("Target, a number"),
    Unit.PER_DAY: N_("Target, a day"),
    Unit.POINTS: N_("Target, in points of 100"),
    Unit.NET_POINTS: N_("Target, in points from -100 to 100"),
    Unit.MONEY: N_("Target, an amount of money"),
}


@dataclass(frozen=True)
class KnownView:
    """A value that the field knows; `which` is its place among those of the indicator, "" where nothing is to adopt."""

    value: str
    kind: str
    sure: bool
    direction: str
    which: str


@dataclass(frozen=True)
class HeldView:
    """The target that holds: its value, whether it is shipped, for whom and since when it was set."""

    value: str
    shipped: bool
    scope: str
    since: str


@dataclass(frozen=True)
class IndicatorRow:
    """One indicator in the table; `more` is how many other targets were set for it."""

    id: str
    name: str
    better: str
    held: tuple[HeldView, ...]
    known: tuple[KnownView, ...]
    more: int


@dataclass(frozen=True)
class SetRow:
    """A target that was set; `id` is 0 where the reader may not take it back."""

    id: int
    value: str
    scope: str
    since: str
    until: str
    by: str
    at: Moment
    note: str
    holds: bool


@dataclass(frozen=True)
class Change:
    """What was done to the targets of an indicator, as the ledger has it; `before` is the value it had."""

    at: Moment
    by: str
    removed: bool
    value: str
    scope: str
    since: str
    before: str


def words_of(text: Text, language: str) -> str:
    """The words in the reader's language."""
    return {"zh": text.zh, "ja": text.ja}.get(language, text.en)


def value_text(unit: Unit, value: float, words: Translator) -> str:
    """A value with its unit: "85%", "20 s"."""
    return words.gettext(TOLD[unit]).format(in_field(unit, value))


def scope_text(target: Target | SetTarget, teams: Mapping[int | None, str], words: Translator) -> str:
    """For whom a target holds: "Team A · support · Inbound", or all."""
    parts = [teams.get(target.team_id, "") if target.team_id is not None else "", target.queue]
    parts.append(words.gettext(DIRECTIONS[target.direction]) if target.direction else "")
    return " · ".join(part for part in parts if part) or words.gettext("all teams and queues")


def known_views(
    indicator: Indicator, held: Sequence[Target], may_set: bool, words: Translator
) -> tuple[KnownView, ...]:
    """What the field knows of an indicator; what is aimed at already is not offered again."""
    aimed = {(one.value, one.direction) for one in held}
    return tuple(
        _known(place, one, indicator.unit, aimed, may_set, words) for place, one in enumerate(indicator.targets)
    )


def _known(
    place: int, one: KnownTarget, unit: Unit, aimed: set[tuple[float, str]], may_set: bool, words: Translator
) -> KnownView:
    offered = may_set and (one.value, one.direction or "") not in aimed
    return KnownView(
        value=value_text(unit, one.value, words),
        kind=words.gettext("suggested") if one.kind == SUGGESTED else words.gettext("industry"),
        sure=one.sure,
        direction=words.gettext(DIRECTIONS[one.direction]) if one.direction else "",
        which=str(place) if offered else "",
    )


def held_by(
    indicator: Indicator, known: Targets, day: date, team_id: int | None, queue: str, direction: str
) -> list[Target]:
    """The targets that hold: that of the direction asked for, or each where an indicator has one for each."""
    asked = [direction] if direction else ["", *DIRECTIONS]
    found = [known.at(indicator.id, day=day, team_id=team_id, queue=queue, direction=one) for one in asked]
    return list(dict.fromkeys(one for one in found if one is not None))


def held_view(target: Target, unit: Unit, teams: Mapping[int | None, str], words: Translator) -> HeldView:
    is_shipped = target.origin == Origin.SHIPPED
    direction = words.gettext(DIRECTIONS[target.direction]) if target.direction else ""
    return HeldView(
        value=value_text(unit, target.value, words),
        shipped=is_shipped,
        scope=direction if is_shipped else scope_text(target, teams, words),
        since=target.holds_from.isoformat() if target.holds_from else "",
    )


def set_rows(
    session: Session,
    user: User,
    rows: Sequence[SetTarget],
    held: Sequence[Target],
    indicator: Indicator,
    words: Translator,
) -> tuple[SetRow, ...]:
    """All that was set for an indicator, with who did it."""
    teams = team_names(session)
    names = accounts.names(session, {one.set_by for one in rows if one.set_by is not None})
    holding, zone = {one.id for one in held}, zone_of(session, user)
    return tuple(
        SetRow(
            id=id_of(one) if sets_for(user, one.team_id) else 0,
            value=value_text(indicator.unit, one.value, words),
            scope=scope_text(one, teams, words),
            since=one.holds_from.isoformat(),
            until=one.holds_until.isoformat() if one.holds_until else "",
            by=names.get(one.set_by or 0, ""),
            at=moment(one.set_at, zone),
            note=one.note,
            holds=one.id in holding,
        )
        for one in rows
    )


def changes(
    entries: Sequence[LedgerEntry],
    indicator: Indicator,
    teams: Mapping[int | None, str],
    zone: ZoneInfo,
    words: Translator,
) -> tuple[Change, ...]:
    """What was done to the targets of an indicator, the latest first."""
    return tuple(_change(one, indicator.unit, teams, zone, words) for one in reversed(entries))


def _change(
    entry: LedgerEntry, unit: Unit, teams: Mapping[int | None, str], zone: ZoneInfo, words: Translator
) -> Change:
    said = entry.payload
    scope = Target("", 0, Origin.SET, said.get("team_id"), str(said.get("queue", "")), str(said.get("direction", "")))
    old = said.get("old")
    return Change(
        at=moment(entry.at, zone),
        by=entry.actor,
        removed=entry.event == "target.removed",
        value=value_text(unit, said.get("value", 0), words),
        scope=scope_text(scope, teams, words),
        since=str(said.get("holds_from", "")),
        before=value_text(unit, old["value"], words) if isinstance(old, dict) and "value" in old else "",
    )


def team_names(session: Session) -> dict[int | None, str]:
    return {one.id: one.name for one in accounts.teams(session)}
