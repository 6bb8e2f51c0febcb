"""Where a team loses points, item by item, the most expensive one first, each with the way to its failing calls."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from sqlmodel import Session

from app.accounts.models import Team
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports.item_queries import Which
from app.reports.team_report import LostPoints, Period, TeamReport
from app.reports.wording import number
from app.scorecards import queries as scorecards

# So many items stand by name in the picture of lost points; the rest are added up.
MOST_ITEMS = 6
# The sentence names so many.
NAMED_ITEMS = 2


@dataclass(frozen=True)
class ItemLost:
    """What an item cost; `width` is its bar and `along` what it and those above it make up, in percent.

    `url` is where its failing calls are heard ("" for several items together).
    """

    title: str
    url: str
    points: str
    failed: int
    decided: int
    width: float
    along: str
    named: bool


@dataclass(frozen=True)
class LostView:
    """Where points are lost: `top_share` is what the items that the sentence names make up, of all `points`."""

    items: tuple[ItemLost, ...]
    points: str
    fails: int
    top_points: str
    top_share: str

    @property
    def top(self) -> tuple[ItemLost, ...]:
        return tuple(one for one in self.items if one.named)


def lost_view(session: Session, found: TeamReport, team: Team, words: Translator) -> LostView:
    """The most expensive items by name, the others together; by how often they failed where no points were lost."""
    lost = found.lost
    named, rest = lost.items[:MOST_ITEMS], lost.items[MOST_ITEMS:]

    def weight(one: LostPoints) -> float:
        return one.points if lost.points else float(one.failed.count)

    whole = lost.points or float(lost.fails)
    groups: list[tuple[str, str, Sequence[LostPoints]]] = [
        (*item_named(session, one, id_of(team), found.period, words), (one,)) for one in named
    ]
    if rest:
        told = words.ngettext("%(num)s other item", "%(num)s other items", len(rest)) % {"num": len(rest)}
        groups.append((told, "", rest))
    widest = max((sum(map(weight, ones)) for _, _, ones in groups), default=0.0) or 1.0
    shown, along = [], 0.0
    for place, (title, url, ones) in enumerate(groups):
        own = sum(map(weight, ones))
        along += own
        shown.append(
            ItemLost(
                title=title,
                url=url,
                points=number(sum(one.points for one in ones)),
                failed=sum(one.failed.count for one in ones),
                decided=sum(one.failed.n for one in ones),
                width=round(100 * own / widest, 2),
                along=f"{100 * along / whole:.0f} %",
                named=place < min(NAMED_ITEMS, len(named)) and lost.points > 0,
            )
        )
    top = sum(one.points for one in named[:NAMED_ITEMS])
    share = f"{100 * top / lost.points:.0f} %" if lost.points else ""
    return LostView(tuple(shown), number(lost.points), lost.fails, number(top), share)


def item_named(session: Session, one: LostPoints, team_id: int, period: Period, words: Translator) -> tuple[str, str]:
    """What an item is called, and where the calls are heard that people failed on it."""
    card = scorecards.card(session, one.version)
    item = next((item for item in card.items if item.id == one.item), None)
    if item is None:
        return one.item, ""
    asked = {
        "first": period.first,
        "last": period.last,
        "team": team_id,
        "card": card.id,
        "which": Which.PEOPLE.value,
    }
    return card.text(item.title, words.language), f"/items/{one.item}?{urlencode(asked)}"
