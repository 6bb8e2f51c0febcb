"""The weak topics of a team: items on which most of its agents fail too often; there a training helps more."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, Team, User
from app.accounts.policies import may_coach, may_see_team
from app.coaching.models import Occasion
from app.domain.metrics.weak_topics import ENOUGH_CALLS, Skill, Topic, topic
from app.domain.scorecard import Scorecard
from app.kit import clock
from app.kit.i18n import N_, Translator
from app.reports import coaching_queries
from app.reports.queries import Filter
from app.reports.wording import Shown
from app.request import Allow, SessionDep
from app.scorecards import queries as scorecards
from app.scorecards.active import all_active
from app.web.choices import Choice
from app.web.note_views import today_on_site
from app.web.rendering import render, words_for
from app.web.shares import ShareView, share_view

router = APIRouter()

DAYS = 90
LIMIT = 20.0
SKILLS = {
    Skill.WEAK: Shown("✕", N_("Weak"), "fail"),
    Skill.FINE: Shown("✓", N_("Not weak"), "pass"),
    Skill.TOO_FEW_TO_SAY: Shown("–", N_("Too few to say"), "neutral"),
}


class TopicFilter(BaseModel):
    """What the address says: the team, the days (both counted), and the limit in percent."""

    model_config = ConfigDict(frozen=True)

    team: int | None = Field(None, ge=1, lt=2**31)
    first: date | None = None
    last: date | None = None
    limit: float = Field(LIMIT, gt=0, lt=100)

    @field_validator("team", "first", "last", mode="before")
    @classmethod
    def empty_is_none(cls, given: object) -> object:
        return None if given == "" else given

    def within(self, today: date) -> tuple[date, date]:
        """The first and the last day that are meant; without any, the last ninety."""
        last = self.last or max(today, self.first or today)
        return self.first or last - timedelta(days=DAYS - 1), last


@dataclass(frozen=True)
class LearnerView:
    """An agent on a topic: their share of failed calls, and what may be said of it."""

    id: int
    name: str
    failed: ShareView
    skill: Shown


@dataclass(frozen=True)
class TopicView:
    """An item as the team masters it; `train_url` begins a note to all who are weak at it."""

    title: str
    url: str
    weak: int
    measured: int
    agents: int
    suggests: bool
    learners: tuple[LearnerView, ...]
    train_url: str


@dataclass(frozen=True)
class TopicsPage:
    """The items of a team: first those for which a training is suggested."""

    template: ClassVar[str] = "coaching/topics.html"
    teams: tuple[Choice, ...]
    team: str
    first: date
    last: date
    limit: str
    enough: int
    topics: tuple[TopicView, ...]
    others: tuple[TopicView, ...]


@router.get("/coaching/topics")
def show_topics(
    request: Request,
    session: SessionDep,
    user: Annotated[User, Allow(may_see_team)],
    asked: Annotated[TopicFilter, Query()],
) -> Response:
    return render(request, _page(session, user, asked, words_for(request)))


def _page(session: Session, user: User, asked: TopicFilter, words: Translator) -> TopicsPage:
    sees_all = user.role == Role.ADMIN or user.team_id is None
    teams = [one for one in accounts.teams(session) if sees_all or one.id == user.team_id]
    team = next((one for one in teams if one.id == asked.team), teams[0] if teams else None)
    first, last = asked.within(today_on_site(session, user, clock.now()))
    found = _topics(session, user, team, Filter(first, last + timedelta(days=1)), asked, words) if team else []
    return TopicsPage(
        teams=tuple(Choice(str(one.id), one.name, one is team) for one in teams),
        team=team.name if team else "",
        first=first,
        last=last,
        limit=f"{asked.limit:g}",
        enough=ENOUGH_CALLS,
        topics=tuple(one for one in found if one.suggests),
        others=tuple(one for one in found if not one.suggests),
    )


def _topics(
    session: Session, user: User, team: Team, days: Filter, asked: TopicFilter, words: Translator
) -> list[TopicView]:
    """The items of the team's agents of today, wherever the calls were counted; the weakest first."""
    agents = {one.id or 0: one.name for one in accounts.agents(session, team.id) if one.active}
    counted = coaching_queries.by_agent(session, user, days, list(agents))
    cards = {one.card.id: one.card for one in all_active(session).values()}
    found = []
    for (card_id, item), counts in counted.items():
        card = cards.get(card_id) or _last(session, card_id)
        if card is not None:
            judged = topic(counts, asked.limit / 100)
            found.append(_view(card, item, judged, agents, team, asked, words, may_coach(user)))
    return sorted(found, key=lambda one: (-one.suggests, -one.weak, -one.measured, one.title))


def _last(session: Session, card_id: str) -> Scorecard | None:
    kept = scorecards.versions_of(session, card_id)
    return scorecards.card(session, kept[0].version) if kept else None


def _view(
    card: Scorecard,
    item: str,
    judged: Topic,
    agents: Mapping[int, str],
    team: Team,
    asked: TopicFilter,
    words: Translator,
    may_train: bool,
) -> TopicView:
    title = next((card.text(one.title, words.language) for one in card.items if one.id == item), item)
    to = [("agent", one.agent_id) for one in judged.weak]
    train = urlencode([("occasion", Occasion.TRAINING.value), ("item", item), *to])
    learners = [
        LearnerView(
            one.agent_id,
            agents[one.agent_id],
            share_view(one.failed),
            SKILLS[one.skill]._replace(word=words.gettext(SKILLS[one.skill].word)),
        )
        for one in judged.learners
    ]
    return TopicView(
        title=title,
        url=f"/items/{item}?{urlencode({'card': card.id, 'team': team.id, 'which': 'people'})}",
        weak=len(judged.weak),
        measured=judged.measured,
        agents=len(agents),
        suggests=judged.suggests_training,
        # By name: where intervals overlap, a ranking would say too much.
        learners=tuple(sorted(learners, key=lambda one: (one.name.casefold(), one.id))),
        train_url=f"/coaching/new?{train}" if may_train and judged.weak else "",
    )
