"""What a backtest found, as a page shows it: rates with their counts and ranges, items, agents, and the calls."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.calls import queries as calls
from app.domain.evidence import Verdict
from app.domain.metrics import PairedChange, Rate
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports.backtest_job import read
from app.reports.comparison import OPEN, Comparison, ItemQuality
from app.reports.models import Backtest, BacktestChange
from app.reports.wording import OUTCOMES, VERDICTS, Shown
from app.reviews import queries as reviews
from app.reviews import unannounced


@dataclass(frozen=True)
class Share:
    """A rate as it is read: never without its count."""

    value: str
    range: str
    count: int
    n: int


@dataclass(frozen=True)
class Moved:
    """How far the pass rate moved over the calls that were decided both times."""

    points: str
    range: str
    gained: int
    lost: int
    n: int


@dataclass(frozen=True)
class FlipRow:
    """An item of which so many calls get another verdict."""

    item: str
    title: str
    before: Shown
    after: Shown
    n: int


@dataclass(frozen=True)
class AgentRow:
    """An agent of whom calls change their outcome."""

    name: str
    before: Share
    after: Share
    moved: Moved


@dataclass(frozen=True)
class QualityRow:
    """How well an item's fails stand against those of people, before and after."""

    title: str
    precise_before: Share | None
    precise_after: Share | None
    found_before: Share | None
    found_after: Share | None


@dataclass(frozen=True)
class FoundView:
    """What was found so far."""

    calls: int
    before: Share
    after: Share
    open_before: int
    open_after: int
    moved: Moved
    flips: tuple[FlipRow, ...]
    agents: tuple[AgentRow, ...]
    reviewed: int
    qualities: tuple[QualityRow, ...]
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]


@dataclass(frozen=True)
class FlippedCall:
    """A call that would change; `seen`: the reader may open it."""

    id: int
    reference: str
    agent: str
    before: Shown
    after: Shown
    items: tuple[FlipRow, ...]


def found_view(session: Session, backtest: Backtest, titles: Mapping[str, str], words: Translator) -> FoundView:
    """What a backtest found, with names in place of ids."""
    found = read(backtest.found)
    before, after = found.pass_rates
    people = accounts.names(session, {agent for agent, _, _ in found.agents})
    return FoundView(
        calls=found.calls,
        before=_share(before),
        after=_share(after),
        open_before=_open(found, 0),
        open_after=_open(found, 1),
        moved=_moved(found.change),
        flips=tuple(
            _flip(flip.item, flip.before, flip.after, n, titles, words) for flip, n in found.flips.most_common()
        ),
        agents=_agents(found, people, words),
        reviewed=found.reviewed,
        qualities=tuple(_quality(one, titles) for one in found.qualities() if _failed_at_all(one)),
        only_before=tuple(titles.get(item, item) for item in sorted(found.only_before)),
        only_after=tuple(titles.get(item, item) for item in sorted(found.only_after)),
    )


def flipped_calls(
    session: Session, user: User, changes: Sequence[BacktestChange], titles: Mapping[str, str], words: Translator
) -> tuple[FlippedCall, ...]:
    """The calls that would change, of those that the reader sees and whose verdicts they may know at the moment."""
    seen = {id_of(call): call for call in calls.some(session, user, [one.call_id for one in changes])}
    blind = {of for of, review in reviews.of_calls(session, list(seen)).items() if review.hides_machine}
    # What others found is kept from who has an open part of a calibration, or a second scoring, of the call.
    blind |= set(unannounced.in_place(session, user, list(seen)))
    people = accounts.names(session, {one.agent_id for one in changes})
    told = []
    for one in changes:
        call = seen.get(one.call_id)
        if call is not None and one.call_id not in blind:
            flips = tuple(_flip(item, Verdict(old), Verdict(new), 1, titles, words) for item, old, new in one.flips)
            name = people.get(one.agent_id, "")
            outcomes = (_worded(OUTCOMES[one.before], words), _worded(OUTCOMES[one.after], words))
            told.append(FlippedCall(one.call_id, call.external_id or call.file_name, name, *outcomes, flips))
    return tuple(told)


def _agents(found: Comparison, people: Mapping[int, str], words: Translator) -> tuple[AgentRow, ...]:
    rows = [
        AgentRow(
            people.get(one.agent_id, words.gettext("Unknown agent")),
            _share(one.before),
            _share(one.after),
            _moved(one.change),
        )
        for one in found.agents_changed()
    ]
    # By name: where ranges overlap, another order would be chance.
    return tuple(sorted(rows, key=lambda row: row.name.casefold()))


def _open(found: Comparison, place: int) -> int:
    return sum(n for pair, n in found.outcomes.items() if pair[place] == OPEN)


def _failed_at_all(one: ItemQuality) -> bool:
    """Whether machine or people failed it anywhere; of the others there is nothing to tell."""
    return any(side is not None and (side.precision.n or side.recall.n) for side in (one.before, one.after))


def _quality(one: ItemQuality, titles: Mapping[str, str]) -> QualityRow:
    return QualityRow(
        titles.get(one.item, one.item),
        _share(one.before.precision) if one.before else None,
        _share(one.after.precision) if one.after else None,
        _share(one.before.recall) if one.before else None,
        _share(one.after.recall) if one.after else None,
    )


def _flip(item: str, before: Verdict, after: Verdict, n: int, titles: Mapping[str, str], words: Translator) -> FlipRow:
    old, new = _worded(VERDICTS[before], words), _worded(VERDICTS[after], words)
    return FlipRow(item, titles.get(item, item), old, new, n)


def _worded(shown: Shown, words: Translator) -> Shown:
    return shown._replace(word=words.gettext(shown.word))


def _share(rate: Rate) -> Share:
    if rate.rate is None or rate.ci_low is None or rate.ci_high is None:
        return Share("–", "", rate.count, rate.n)
    return Share(f"{100 * rate.rate:.0f} %", f"{100 * rate.ci_low:.0f}–{100 * rate.ci_high:.0f} %", rate.count, rate.n)


def _moved(change: PairedChange) -> Moved:
    if change.change is None or change.ci_low is None or change.ci_high is None:
        return Moved("–", "", change.gained, change.lost, change.n)
    span = f"{100 * change.ci_low:+.1f} – {100 * change.ci_high:+.1f}"
    return Moved(f"{100 * change.change:+.1f}", span, change.gained, change.lost, change.n)
