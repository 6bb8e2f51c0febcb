"""A team's rates, each with its count, its interval and what may be said against the target."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, Team, User
from app.accounts.policies import may_see_team
from app.domain.metrics import Rate
from app.domain.metrics.interval import Standing
from app.domain.metrics.pass_rate import pass_rate
from app.kit import clock
from app.kit.errors import NotFound
from app.kit.i18n import N_, Translator
from app.reports import rates
from app.reports.item_queries import Which
from app.reports.queries import Filter, Source
from app.reports.rates import Group, GroupBy
from app.reports.wording import Shown, number
from app.request import Allow, SessionDep
from app.scorecards import queries as scorecards
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId

router = APIRouter()

DAYS = 30
# No call counted before.
EARLIEST = date(1970, 1, 2)
# Suggestions only: every house sets its own.
TARGET, LIMIT = 90.0, 2.5
# Complaints are drawn on a line up to this many times the limit.
TIMES_LIMIT = 4
MOST_ITEMS = 6

STANDINGS = {
    Standing.MET: Shown("✓", N_("Met"), "pass"),
    Standing.NOT_MET: Shown("✕", N_("Not met"), "fail"),
    Standing.TOO_FEW_TO_SAY: Shown("–", N_("Too few to say"), "neutral"),
}

Viewer = Annotated[User, Allow(may_see_team)]


class Range(BaseModel):
    """What the address says: the days (both counted), the target in percent, the limit per 1,000.

    `as_of` is the day at whose end, on the team's clock, the calls are to have counted so.
    """

    model_config = ConfigDict(frozen=True)

    first: date | None = None
    last: date | None = None
    as_of: date | None = None
    target: float = Field(TARGET, ge=0, le=100)
    limit: float = Field(LIMIT, gt=0, le=1000)

    @field_validator("first", "last", "as_of", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def within(self, today: date) -> tuple[date, date]:
        """The first and the last day that are meant; without any, the last thirty."""
        last = self.last or max(today, self.first or today)
        return self.first or last - timedelta(days=DAYS - 1), last

    def chosen(self, today: date, team: Team) -> Filter:
        """The calls that are meant, as the rates want it."""
        first, last = self.within(today)
        return Filter(first_day=first, end_day=last + timedelta(days=1), team_id=team.id, as_of=self.then(today, team))

    def then(self, today: date, team: Team) -> datetime | None:
        """The last moment of the day as of which the rates are to be told; None: as of now."""
        if self.as_of is None or not EARLIEST <= self.as_of < today:
            return None
        midnight = datetime.combine(self.as_of + timedelta(days=1), time(), ZoneInfo(team.time_zone))
        return midnight.astimezone(UTC) - timedelta(microseconds=1)


@dataclass(frozen=True)
class RateView:
    """A rate as it is read: never without its count; the numbers for its picture are in percent of the line.

    While calls are `open`, only what is certain is told: an interval of the decided ones alone would mislead, for
    what the machine can decide by itself it mostly decides as failed.
    """

    value: str
    interval: str
    n: int
    count: int
    standing: Shown
    at: float | None
    low: float
    high: float
    goal: float
    open: int = 0

    @property
    def failed(self) -> int:
        """How many did not pass."""
        return self.n - self.count


@dataclass(frozen=True)
class AgentRates:
    """The rates of one agent."""

    id: int
    name: str
    final: RateView
    machine: RateView
    score: str
    complaints: RateView


@dataclass(frozen=True)
class ItemRates:
    """How often an item passed where people decided it; `url` is its own page ("" where no scorecard knows it)."""

    title: str
    url: str
    failed: int
    rate: RateView


@dataclass(frozen=True)
class TeamLine:
    """One team in the list of teams."""

    id: int
    name: str
    final: RateView
    machine: RateView


@dataclass(frozen=True)
class TeamsPage:
    """The teams, by name."""

    template: ClassVar[str] = "teams/list.html"
    teams: tuple[TeamLine, ...]
    first: date
    last: date
    target: str


@dataclass(frozen=True)
class TeamPage:
    """One team: its rates, its agents by name, and the items that failed most."""

    template: ClassVar[str] = "teams/show.html"
    id: int
    name: str
    several: bool
    first: date
    last: date
    target: str
    limit: str
    calls: int
    final: RateView
    final_open: int
    apart: int
    critical: int
    mean_score: str
    machine: RateView
    complaints: RateView
    agents: tuple[AgentRates, ...]
    items: tuple[ItemRates, ...]
    calls_url: str
    pass_marks: str
    as_of: date | None = None


@router.get("/teams")
def list_teams(request: Request, session: SessionDep, user: Viewer, asked: Annotated[Range, Query()]) -> Response:
    teams, words = _visible(session, user), words_for(request)
    if len(teams) == 1:
        return see_other(f"/teams/{teams[0].id}")
    first, last = asked.within(clock.now().date())
    lines = tuple(_line(session, user, team, asked, words) for team in teams)
    return render(request, TeamsPage(lines, first, last, number(asked.target)))


@router.get("/teams/{team_id}")
def show_team(
    request: Request, team_id: RowId, session: SessionDep, user: Viewer, asked: Annotated[Range, Query()]
) -> Response:
    teams = _visible(session, user)
    team = next((one for one in teams if one.id == team_id), None)
    if team is None:
        raise NotFound
    return render(request, _page(session, user, team, len(teams) > 1, asked, words_for(request)))


def _visible(session: Session, user: User) -> Sequence[Team]:
    """The teams whose rates a person sees: team staff their own, others all."""
    teams = accounts.teams(session)
    if user.role == Role.ADMIN or user.team_id is None:
        return teams
    return [team for team in teams if team.id == user.team_id]


def _today(team: Team) -> date:
    return clock.now().astimezone(ZoneInfo(team.time_zone)).date()


def _line(session: Session, user: User, team: Team, asked: Range, words: Translator) -> TeamLine:
    chosen = asked.chosen(_today(team), team)
    final, machine = (rates.pass_rates(session, user, source, (), chosen).total for source in _SOURCES)
    return TeamLine(
        team.id or 0,
        team.name,
        _share(final.rate, asked.target, words),
        _by_machine(machine, asked.target, words),
    )


_SOURCES: tuple[Source, Source] = ("final", "machine")


def _page(session: Session, user: User, team: Team, several: bool, asked: Range, words: Translator) -> TeamPage:
    first, last = asked.within(_today(team))
    chosen = asked.chosen(_today(team), team)
    final, machine = (rates.pass_rates(session, user, source, (GroupBy.AGENT,), chosen) for source in _SOURCES)
    complaints = rates.complaint_rates(session, user, (GroupBy.AGENT,), chosen)
    marks = sorted({number(one.pass_mark) for one in (*final.judged_by, *machine.judged_by)})
    versions = [one.version for one in final.judged_by]
    return TeamPage(
        id=team.id or 0,
        name=team.name,
        several=several,
        first=first,
        last=last,
        target=number(asked.target),
        limit=number(asked.limit),
        calls=complaints.total.rate.n,
        final=_share(final.total.rate, asked.target, words),
        final_open=final.total.uncertain,
        apart=final.apart,
        critical=final.total.critical,
        mean_score=number(final.total.mean_score),
        machine=_by_machine(machine.total, asked.target, words),
        complaints=_per_thousand(complaints.total.rate, asked.limit, words),
        agents=_agents(session, (final.groups, machine.groups, complaints.groups), asked, words),
        items=_items(session, rates.item_rates(session, user, "final", chosen), versions, chosen, words),
        calls_url="/calls?" + urlencode({"team": team.id, "first": first, "last": last}),
        pass_marks=", ".join(marks),
        as_of=asked.as_of if chosen.as_of else None,
    )


def _agents(
    session: Session,
    groups: tuple[Sequence[Group], Sequence[Group], Sequence[Group]],
    asked: Range,
    words: Translator,
) -> tuple[AgentRates, ...]:
    """Everybody with a call or a complaint, by name: where intervals overlap, a ranking would say too much."""
    final, machine, complaints = ({group.key["agent"]: group for group in one} for one in groups)
    people = {user.username: user for user in accounts.users(session)}
    none = Group({}, pass_rate(0, 0))
    found = []
    for username in {*final, *machine, *complaints}:
        person = people.get(username or "")
        found.append(
            AgentRates(
                id=(person.id or 0) if person else 0,
                name=person.name if person else words.gettext("Unknown agent"),
                final=_share(final.get(username, none).rate, asked.target, words),
                machine=_by_machine(machine.get(username, none), asked.target, words),
                score=number(final.get(username, none).mean_score),
                complaints=_per_thousand(complaints.get(username, none).rate, asked.limit, words),
            )
        )
    return tuple(sorted(found, key=lambda one: (one.id == 0, one.name.casefold(), one.id)))


def _items(
    session: Session, groups: Sequence[Group], versions: Sequence[str], chosen: Filter, words: Translator
) -> tuple[ItemRates, ...]:
    """The items that people failed most often."""
    known: dict[str, tuple[str, str]] = {}
    for version in versions:
        card = scorecards.card(session, version)
        known |= {item.id: (card.text(item.title, words.language), card.id) for item in card.items}
    found = []
    for group in groups[:MOST_ITEMS]:
        item = group.key["item"] or ""
        title, card_id = known.get(item, (item, ""))
        if failed := group.rate.n - group.rate.count:
            url = _item_url(item, card_id, chosen) if card_id else ""
            found.append(ItemRates(title, url, failed, _share(group.rate, 100, words)))
    return tuple(found)


def _item_url(item: str, card_id: str, chosen: Filter) -> str:
    """Where the calls are heard that people failed on an item in these days."""
    last = chosen.end_day - timedelta(days=1) if chosen.end_day else ""
    asked = {
        "first": chosen.first_day or "",
        "last": last,
        "team": chosen.team_id,
        "card": card_id,
        "which": Which.PEOPLE.value,
    }
    return f"/items/{item}?{urlencode(asked)}"


def _share(rate: Rate, target: float, words: Translator) -> RateView:
    """A pass rate: in percent, against a target in percent."""
    return _view(rate, 100.0, target, 100.0, rate.verdict_against(target / 100), words, "{value} %")


def _by_machine(group: Group, target: float, words: Translator) -> RateView:
    """The machine's pass rate; while calls wait for a person, no more than its bounds."""
    view = _share(group.rate, target, words)
    if not group.uncertain:
        return view
    passed, n, still_open = group.rate.count, group.rate.n, group.uncertain
    low, high = (100 * one / (n + still_open) for one in (passed, passed + still_open))
    return replace(
        view,
        value=f"{low:.0f}–{high:.0f} %",
        interval="",
        at=None,
        low=round(low, 2),
        high=round(high, 2),
        open=still_open,
    )


def _per_thousand(rate: Rate, limit: float, words: Translator) -> RateView:
    """A complaint rate: per 1,000 already, against a limit per 1,000."""
    return _view(rate, 1.0, limit, limit * TIMES_LIMIT, rate.verdict_against(limit), words, "{value}")


def _view(
    rate: Rate, scale: float, goal: float, width: float, standing: Standing, words: Translator, form: str
) -> RateView:
    shown = STANDINGS[standing]
    known = rate.rate is not None and rate.ci_low is not None and rate.ci_high is not None
    low, high = (rate.ci_low or 0.0) * scale, (rate.ci_high or 0.0) * scale
    places = 0 if scale > 1 else 1

    def place(value: float) -> float:
        return round(min(100.0, max(0.0, 100 * value / width)), 2)

    return RateView(
        value=form.format(value=f"{(rate.rate or 0.0) * scale:.{places}f}") if known else "–",
        interval=f"{low:.{places}f}–{form.format(value=f'{high:.{places}f}')}" if known else "",
        n=rate.n,
        count=rate.count,
        standing=shown._replace(word=words.gettext(shown.word)),
        at=place((rate.rate or 0.0) * scale) if known else None,
        low=place(low),
        high=place(high),
        goal=place(goal),
    )
