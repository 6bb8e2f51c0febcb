"""The complaints traced back: how many had been caught, and which items go with complaints."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_record_complaints
from app.kit import clock
from app.kit.csv_files import Cell, csv_text
from app.kit.i18n import N_, Translator
from app.kit.xlsx_files import MEDIA_TYPE, Table, xlsx_bytes
from app.reports.complaint_link_queries import Which
from app.reports.complaint_links import ItemLink, ItemLinks, Summary, item_links, summary
from app.reports.queries import Filter
from app.reports.wording import Shown
from app.request import Allow, SessionDep
from app.scorecards import queries as scorecards
from app.web.choices import Choice
from app.web.downloads import download
from app.web.rendering import render, words_for
from app.web.shares import signed
from app.web.times import site_zone

router = APIRouter()

DAYS = 90
EARLIEST, LATEST = date(1970, 1, 2), date(2200, 12, 31)

Clerk = Annotated[User, Allow(may_record_complaints)]
Day = Annotated[date, Field(ge=EARLIEST, le=LATEST)]


class Base(StrEnum):
    """Whose verdicts are compared: the machine's on all calls, or those of people on calls that were fairly picked."""

    MACHINE = "machine"
    PEOPLE = "people"


BASES = {
    Base.MACHINE: N_("The machine, on all calls"),
    Base.PEOPLE: N_("People, on calls drawn by chance"),
}


class LinkFilter(BaseModel):
    """What the address says: the days (both counted), of which team, and whose verdicts are compared."""

    model_config = ConfigDict(frozen=True)

    first: Day | None = None
    last: Day | None = None
    team: int | None = Field(None, ge=1, lt=2**31)
    base: Base = Base.MACHINE

    @field_validator("first", "last", "team", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def within(self, today: date) -> tuple[date, date]:
        """The first and the last day that are meant; without any, the last ninety."""
        last = self.last or max(today, self.first or today)
        return self.first or max(EARLIEST, last - timedelta(days=DAYS - 1)), last

    @property
    def query(self) -> str:
        return urlencode(self.model_dump(mode="json", exclude_none=True))


@dataclass(frozen=True)
class ItemLine:
    """How often calls that failed an item, and calls that passed it, were complained of (per 1,000)."""

    title: str
    url: str
    failed: tuple[int, int]
    passed: tuple[int, int]
    failed_rate: str
    passed_rate: str
    difference: str
    interval: str
    adjusted: str
    shown: Shown


@dataclass(frozen=True)
class LinksPage:
    """How many complaints had been caught, and which items go with complaints."""

    template: ClassVar[str] = "complaints/links.html"
    first: date
    last: date
    teams: tuple[Choice, ...]
    bases: tuple[Choice, ...]
    base: str
    summary: Summary
    items: tuple[ItemLine, ...]
    tested: int
    by_chance: str
    register_url: str
    query: str


@router.get("/complaints/links")
def show_links(request: Request, session: SessionDep, user: Clerk, asked: Annotated[LinkFilter, Query()]) -> Response:
    page, _ = _page(session, user, asked, words_for(request))
    return render(request, page)


@router.get("/complaints/links.csv")
def save_links(request: Request, session: SessionDep, user: Clerk, asked: Annotated[LinkFilter, Query()]) -> Response:
    words = words_for(request)
    table = _tables(session, *_page(session, user, asked, words), words)[1]
    content = csv_text(table.header, table.rows, byte_order_mark=True).encode()
    return download(content, "complaints-items.csv", "text/csv; charset=utf-8")


@router.get("/complaints/links.xlsx")
def save_links_workbook(
    request: Request, session: SessionDep, user: Clerk, asked: Annotated[LinkFilter, Query()]
) -> Response:
    words = words_for(request)
    tables = _tables(session, *_page(session, user, asked, words), words)
    return download(xlsx_bytes(tables), "complaints-items.xlsx", MEDIA_TYPE)


def _page(session: Session, user: User, asked: LinkFilter, words: Translator) -> tuple[LinksPage, ItemLinks]:
    first, last = asked.within(clock.now().astimezone(site_zone(session, user)).date())
    chosen = Filter(first, last + timedelta(days=1), asked.team)
    found = item_links(session, user, "machine" if asked.base == Base.MACHINE else "final", chosen)
    titles = _titles(session, {one.scorecard for one in found.items}, words)
    teams = [one for one in accounts.teams(session) if user.team_id in (None, one.id)]
    page = LinksPage(
        first=first,
        last=last,
        teams=tuple(Choice(str(one.id), one.name, one.id == asked.team) for one in teams),
        bases=tuple(Choice(one.value, words.gettext(label), one == asked.base) for one, label in BASES.items()),
        base=asked.base.value,
        summary=summary(session, user, Which(team_id=asked.team, first_day=first, last_day=last)),
        items=tuple(
            _line(one, titles.get((one.scorecard, one.item), one.item), asked, (first, last), words)
            for one in found.items
        ),
        tested=found.tested,
        by_chance=f"{found.by_chance:.0f}" if found.by_chance >= 1 else f"{found.by_chance:.1f}",
        register_url="/complaints?"
        + urlencode(
            {"outcome": "upheld", "first": first, "last": last, **({"team": asked.team} if asked.team else {})}
        ),
        query=asked.query,
    )
    return page, found


def _line(one: ItemLink, title: str, asked: LinkFilter, days: tuple[date, date], words: Translator) -> ItemLine:
    (hits, passed), (fails, failed) = one.difference.first, one.difference.second
    shown = Shown("–", words.gettext("No difference shown"), "neutral")
    if one.stands:
        shown = Shown("●", words.gettext("Stands after correction"), "caution")
    elif one.difference.is_shown:
        shown = Shown("○", words.gettext("Could be chance among so many"), "neutral")
    query = {"card": one.scorecard, "first": days[0], "last": days[1], "which": asked.base.value}
    if asked.team:
        query["team"] = str(asked.team)
    low, high = one.difference.ci_low or 0.0, one.difference.ci_high or 0.0
    return ItemLine(
        title=title,
        url=f"/items/{one.item}?{urlencode(query)}",
        failed=(fails, failed),
        passed=(hits, passed),
        failed_rate=f"{1000 * fails / failed:.1f}",
        passed_rate=f"{1000 * hits / passed:.1f}",
        difference=signed(1000 * (one.difference.difference or 0.0), 1),
        interval=f"{signed(1000 * low, 1)} … {signed(1000 * high, 1)}",
        adjusted="< 0.001" if one.adjusted < 0.001 else f"{one.adjusted:.3f}",
        shown=shown,
    )


def _titles(session: Session, cards: set[str], words: Translator) -> dict[tuple[str, str], str]:
    """What the items of these scorecards are called, in the newest version that has each."""
    titles: dict[tuple[str, str], str] = {}
    for name in cards:
        for stored in scorecards.versions_of(session, name):
            card = scorecards.card(session, stored.version)
            for item in card.items:
                titles.setdefault((name, item.id), card.text(item.title, words.language))
    return titles


def _tables(session: Session, page: LinksPage, found: ItemLinks, words: Translator) -> list[Table]:
    _, told = words.gettext, page.summary
    heads = (
        _("Item"),
        *(_("Calls that failed it"), _("of them complained of"), _("Calls that passed it"), _("of them complained of")),
        *(_("Difference per 1,000 calls"), _("Range from (95 of 100)"), _("Range to (95 of 100)")),
        *(_("p value"), _("p value, corrected (Holm)"), _("Standing")),
    )
    rows = [
        (
            line.title,
            *(one.difference.second[1], one.difference.second[0], one.difference.first[1], one.difference.first[0]),
            *(
                None if end is None else round(1000 * end, 3)
                for end in (one.difference.difference, one.difference.ci_low, one.difference.ci_high)
            ),
            *(one.difference.chance, one.adjusted, line.shown.word),
        )
        for line, one in zip(page.items, found.items, strict=True)
    ]
    counts: list[tuple[Cell, ...]] = [
        (_("From"), page.first.isoformat()),
        (_("To"), page.last.isoformat()),
        (_("Upheld complaints"), told.upheld),
        (_("with a call"), told.with_call),
        (_("caught by a review before"), told.by_review),
        (_("found by a review only afterwards"), told.by_review_after),
        (_("caught by the machine before"), told.by_machine),
        (_("found by the machine only afterwards"), told.by_machine_after),
        (_("not reviewed"), told.not_reviewed),
        (_("let pass by both"), told.missed),
        (_("Items that were looked at"), page.tested),
    ]
    return [Table(_("Caught"), ("", ""), counts), Table(_("Items and complaints"), heads, rows)]
