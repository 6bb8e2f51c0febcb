"""What was failed and nobody has spoken of: grouped by agent and item, each one click away from a note."""

from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.kit.i18n import Translator
from app.reports.coaching_queries import UNCOACHED_DAYS, Uncoached, uncoached
from app.scorecards.active import all_active
from app.web.choices import Choice
from app.web.note_views import item_title

# The list is for choosing whom to speak to next, not for going through.
MOST_SHOWN = 8


@dataclass(frozen=True)
class WaitingLine:
    """An item that an agent failed in some calls; `url` begins a note about it."""

    agent: str
    agent_id: int
    item: str
    item_id: str
    calls: int
    clips: int
    last_day: date
    url: str


@dataclass(frozen=True)
class Waiting:
    """What waits for a note, what was failed most often first; how many there are in all."""

    lines: tuple[WaitingLine, ...]
    total: int
    days: int


def uncoached_view(
    session: Session,
    user: User,
    today: date,
    words: Translator,
    *,
    agent_id: int | None = None,
    item_id: str | None = None,
) -> Waiting:
    """What this person's team failed in the last days and no note speaks of."""
    found = uncoached(session, user, since(today), team_id=user.team_id, agent_id=agent_id, item_id=item_id)
    shown = found[:MOST_SHOWN]
    names = accounts.names(session, {one.agent_id for one in shown})
    lines = tuple(
        WaitingLine(
            names.get(one.agent_id, ""),
            one.agent_id,
            item_title(session, one.version, one.item_id, words),
            one.item_id,
            len(one.call_ids),
            len(one.clips),
            one.last_day,
            url_to_coach(one),
        )
        for one in shown
    )
    return Waiting(lines, len(found), UNCOACHED_DAYS)


def since(today: date) -> date:
    """The first day whose calls are looked at."""
    return today - timedelta(days=UNCOACHED_DAYS - 1)


def url_to_coach(one: Uncoached) -> str:
    """Where a note begins that speaks of it, with its clips."""
    return f"/coaching/new?{urlencode({'agent': one.agent_id, 'item': one.item_id})}"


def item_choices(session: Session, chosen: str | None, words: Translator) -> tuple[Choice, ...]:
    """The items of the scorecards that judge now, each once."""
    titles: dict[str, str] = {}
    for one in all_active(session).values():
        for item in one.card.items:
            titles.setdefault(item.id, one.card.text(item.title, words.language))
    return tuple(Choice(item, title, item == chosen) for item, title in titles.items())
