"""The items of the scorecards that judge now, and one of them: where it fails, and how well its rule judges it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, Any, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.accounts.policies import may_review, may_see_team
from app.domain.scorecard import Item, Scorecard
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.i18n import Translator
from app.reports import agreement, item_queries, items, rates
from app.reports.item_queries import Failing, Which
from app.reports.queries import Filter
from app.request import Allow, SessionDep
from app.scorecards import queries as scorecards
from app.scorecards.active import all_active
from app.web.call_rows import Frame
from app.web.choices import Choice
from app.web.coefficients import agreement_view
from app.web.item_judging import count_views, judging_view, reason_labels, shown
from app.web.item_page import WHICH, ClipRow, ItemPage, NoteLine, clip_row
from app.web.rendering import render, words_for
from app.web.shares import ShareView, share_view, trend_view
from app.web.times import site_zone

router = APIRouter()

Viewer = Annotated[User, Allow(may_see_team)]
ItemId = Annotated[str, Path(pattern=r"^[a-z][a-z0-9_]*$", max_length=100)]

# Days beyond these are slips of the pen.
Day = Annotated[date, Field(ge=date(1970, 1, 2), le=date(2200, 12, 31))]

CLIPS = 20
DAYS = 30
NOTES = 5


class ItemFilter(BaseModel):
    """What the address says: the days (both counted), whose calls, by which scorecard, which fails, and from where."""

    model_config = ConfigDict(frozen=True)

    first: Day | None = None
    last: Day | None = None
    team: int | None = Field(None, ge=1, lt=2**31)
    agent: int | None = Field(None, ge=1, lt=2**31)
    card: str | None = Field(None, max_length=100)
    which: Which = Which.MACHINE
    after: str | None = Field(None, pattern=r"^\d{4}-\d{2}-\d{2}\.\d{1,10}$")

    @field_validator("first", "last", "team", "agent", "card", "after", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    @field_validator("after")
    @classmethod
    def day_exists(cls, given: str | None) -> str | None:
        if given is not None:
            date.fromisoformat(given.partition(".")[0])
        return given

    def within(self, today: date) -> tuple[date, date]:
        """The first and the last day that are meant; without any, the last twelve weeks."""
        last = self.last or max(today, self.first or today)
        return self.first or last - timedelta(weeks=items.WEEKS) + timedelta(days=1), last

    def chosen(self, today: date, scorecard: str | None = None) -> Filter:
        first, last = self.within(today)
        return Filter(first, last + timedelta(days=1), self.team, self.agent, scorecard=scorecard)

    def address(self, path: str, **changed: Any) -> str:
        """The address of a page with this filter."""
        query = self.model_copy(update=changed).model_dump(mode="json", exclude_none=True, exclude_defaults=True)
        return f"{path}?{urlencode(query)}" if query else path

    @property
    def place(self) -> tuple[date, int] | None:
        """The day and the id of the last call that is known already."""
        if self.after is None:
            return None
        day, _, call = self.after.partition(".")
        return date.fromisoformat(day), int(call)


@dataclass(frozen=True)
class ItemLine:
    """An item in the list of items."""

    url: str
    title: str
    points: str
    critical: bool
    machine: ShareView
    final: ShareView
    open: int


@dataclass(frozen=True)
class CardLines:
    """A scorecard with its items."""

    title: str
    items: tuple[ItemLine, ...]


@dataclass(frozen=True)
class ItemsPage:
    """The items of the scorecards that judge now; `apart` reviewed calls were picked, and count in none of them."""

    template: ClassVar[str] = "items/list.html"
    cards: tuple[CardLines, ...]
    teams: tuple[Choice, ...]
    agents: tuple[Choice, ...]
    first: date
    last: date
    apart: int


@router.get("/items")
def list_items(request: Request, session: SessionDep, user: Viewer, asked: Annotated[ItemFilter, Query()]) -> Response:
    words, today = words_for(request), _today(session, user)
    # All items of twelve weeks are many counts; a month says which one to look into.
    last = asked.last or max(today, asked.first or today)
    first = asked.first or last - timedelta(days=DAYS - 1)
    asked = asked.model_copy(update={"first": first, "last": last})
    counted = items.every_item(session, user, asked.chosen(today))
    cards = tuple(_lines(one.card, counted, asked, words) for one in all_active(session).values())
    apart = rates.apart(session, user, asked.chosen(today))
    return render(request, ItemsPage(cards, *_people(session, user, asked), first, last, apart))


@router.get("/items/{item_id}")
def show_item(
    request: Request, item_id: ItemId, session: SessionDep, user: Viewer, asked: Annotated[ItemFilter, Query()]
) -> Response:
    return render(request, item_page(session, user, item_id, asked, words_for(request)))


def _today(session: Session, user: User) -> date:
    """The day it is on the site: filters speak of its days."""
    return clock.now().astimezone(site_zone(session, user)).date()


def _lines(
    card: Scorecard, counted: dict[tuple[str, str], items.ItemCounts], asked: ItemFilter, words: Translator
) -> CardLines:
    return CardLines(
        card.text(card.title, words.language),
        tuple(_line(card, item, counted.get((card.id, item.id)), asked, words) for item in card.items),
    )


def _line(
    card: Scorecard, item: Item, found: items.ItemCounts | None, asked: ItemFilter, words: Translator
) -> ItemLine:
    machine, final = (found.machine, found.final) if found else (items.Counts({}), items.Counts({}))
    return ItemLine(
        url=asked.address(f"/items/{item.id}", card=card.id),
        title=card.text(item.title, words.language),
        points=f"{item.points:g}",
        critical=item.critical,
        machine=share_view(machine.failed),
        final=share_view(final.failed),
        open=machine.undecided,
    )


def _people(session: Session, user: User, asked: ItemFilter) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
    """The teams and the agents that can be asked for."""
    sees_all = user.role == Role.ADMIN or user.team_id is None
    teams = [team for team in accounts.teams(session) if sees_all or team.id == user.team_id]
    agents = accounts.agents(session, None if sees_all else user.team_id)
    return (
        tuple(Choice(str(one.id), one.name, one.id == asked.team) for one in teams),
        tuple(Choice(str(one.id), one.name, one.id == asked.agent) for one in agents),
    )


def _cards(session: Session, item_id: str, asked: ItemFilter) -> tuple[Scorecard, tuple[Scorecard, ...]]:
    """The scorecard that is meant, as it judges now, and all of them with this item."""
    cards = tuple(one.card for one in all_active(session).values())
    having = tuple(card for card in cards if any(item.id == item_id for item in card.items))
    meant = next((card for card in having if asked.card in (None, card.id)), None)
    if meant is not None:
        return meant, having
    for stored in scorecards.versions_of(session, asked.card or ""):
        card = scorecards.card(session, stored.version)
        if any(item.id == item_id for item in card.items):
            # It judges no more, but calls are still counted under it.
            return card, (*having, card)
    raise NotFound


def item_page(session: Session, user: User, item_id: str, asked: ItemFilter, words: Translator) -> ItemPage:
    """All that is shown of one item."""
    card, cards = _cards(session, item_id, asked)
    item = next(one for one in card.items if one.id == item_id)
    today, path = _today(session, user), f"/items/{item_id}"
    asked = asked.model_copy(update={"card": card.id})
    chosen = asked.chosen(today, card.id)
    judged = items.judging(session, user, card.id, item_id, chosen, card.gate)
    versions = [one.version for one in scorecards.versions_of(session, card.id)]
    clips, following = _clips(session, user, item, card, versions, asked, chosen, words)
    teams, agents = _people(session, user, asked)
    first, last = asked.within(today)
    counted = items.over_time(session, user, item_id, chosen, first, last)
    section = next(one for one in card.sections if one.id == item.section)
    rule = card.stated(item).said(words)
    return ItemPage(
        id=item_id,
        title=card.text(item.title, words.language),
        section=card.text(section.title, words.language),
        card=card.text(card.title, words.language),
        points=f"{item.points:g}",
        critical=item.critical,
        manual=not item.rule.judges,
        rule=f"{rule[:1].upper()}{rule[1:]}",
        guidance=card.text(item.guidance, words.language),
        cards=tuple(Choice(one.id, one.text(one.title, words.language), one is card) for one in cards),
        teams=teams,
        agents=agents,
        first=first,
        last=last,
        which=asked.which.value,
        counts=count_views(counted.machine, counted.final, words),
        machine=share_view(counted.machine.failed),
        final=share_view(counted.final.failed),
        trend=trend_view(counted.weeks),
        judging=judging_view(judged, item, card, words),
        people=agreement_view(agreement.of_item(session, user, card.id, item_id, chosen), words),
        notes=_notes(session, user, item_id, versions, chosen, words),
        tabs=tuple(
            Choice(asked.address(path, which=one, after=None), words.gettext(label), one == asked.which)
            for one, label in WHICH.items()
        ),
        clips=clips,
        next=asked.address(path, after=following) if following else "",
        first_page=asked.address(path, after=None) if asked.after else "",
        list_url=asked.address("/items", card=None, which=Which.MACHINE, after=None),
        csv_url=asked.address(f"{path}/report.csv"),
        workbook_url=asked.address(f"{path}/report.xlsx"),
    )


def _clips(
    session: Session,
    user: User,
    item: Item,
    card: Scorecard,
    versions: Sequence[str],
    asked: ItemFilter,
    chosen: Filter,
    words: Translator,
) -> tuple[tuple[ClipRow, ...], str]:
    """The failing calls of this page, and where the next one begins ("" at the end)."""
    found: Sequence[Failing] = item_queries.failing(
        session, user, asked.which, item.id, versions, chosen, after=asked.place, limit=CLIPS + 1
    )
    shown_ones = found[:CLIPS]
    frame, labels = Frame(session, user, [one.call for one in shown_ones]), reason_labels(item, card, words)
    rows = tuple(
        clip_row(
            one,
            frame.agent(one.call) or words.gettext("Unknown agent"),
            frame.started(one.call),
            labels,
            may_review(user),
            words,
        )
        for one in shown_ones
    )
    last = shown_ones[-1].call if len(found) > CLIPS else None
    return rows, f"{last.site_day}.{last.id}" if last else ""


def _notes(
    session: Session, user: User, item_id: str, versions: Sequence[str], chosen: Filter, words: Translator
) -> tuple[NoteLine, ...]:
    found = item_queries.notes_on(session, user, item_id, versions, chosen, NOTES)
    names = accounts.names(session, {one.decided_by for one in found})
    return tuple(
        NoteLine(f"/reviews/{one.review_id}", shown(one.verdict, words), one.note, names.get(one.decided_by, ""))
        for one in found
    )
