"""The page of one agent: results, strengths and weaknesses, coaching, their own scores; no rank among others."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_coach, may_record_complaints, may_see_agents, may_see_performance
from app.coaching import queries as coaching
from app.coaching.queries import Listed
from app.complaints import queries as complaints
from app.domain.metrics import share
from app.domain.metrics.weak_topics import ENOUGH_CALLS, Skill, skill
from app.kit import clock
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports import agent_queries
from app.reports.agent_queries import Answers, OwnScore
from app.reports.wording import OUTCOMES, Shown, number
from app.request import Allow, SessionDep
from app.web.call_rows import Frame, outcome
from app.web.coaching_topics import DAYS, LIMIT, SKILLS
from app.web.complaints import CATEGORIES, shown_outcome
from app.web.note_views import NoteView, item_title, notes, today_on_site
from app.web.rendering import render, words_for
from app.web.row_ids import RowId
from app.web.shares import ShareView, share_view
from app.web.times import Moment
from app.web.uncoached import Waiting, uncoached_view

router = APIRouter()

RESULTS, NOTES, OWN, COMPLAINTS = 10, 5, 10, 10


@dataclass(frozen=True)
class ResultLine:
    """A call of the agent with what came out."""

    url: str
    reference: str
    customer: str
    started: Moment
    score: str
    shown: Shown


@dataclass(frozen=True)
class SkillLine:
    """How the agent fares on an item."""

    title: str
    url: str
    failed: ShareView
    skill: Shown


@dataclass(frozen=True)
class OwnLine:
    """A call as the agent scored it, beside the review; `apart` is how far the two are from each other."""

    url: str
    reference: str
    started: Moment
    own: str
    review: str
    apart: str


@dataclass(frozen=True)
class ComplaintLine:
    """A complaint about the agent."""

    at: str
    category: str
    outcome: Shown
    url: str


@dataclass(frozen=True)
class AgentPage:
    """All that this person may know of an agent; `latest` is the newest feedback."""

    template: ClassVar[str] = "agents/show.html"
    id: int
    name: str
    team: str
    mine: bool
    writes: bool
    sees_performance: bool
    latest: str
    results: tuple[ResultLine, ...]
    skills: tuple[SkillLine, ...]
    days: int
    limit: str
    enough: int
    notes: tuple[NoteView, ...]
    total_notes: int
    own: tuple[OwnLine, ...]
    answers: Answers
    complaints: tuple[ComplaintLine, ...] | None
    waiting: Waiting | None


@router.get("/agents/{agent_id}")
def show_agent(
    request: Request, agent_id: RowId, session: SessionDep, user: Annotated[User, Allow(may_see_agents)]
) -> Response:
    agent = agent_queries.agent(session, user, agent_id)
    return render(request, _page(session, user, agent, words_for(request)))


def _page(session: Session, user: User, agent: User, words: Translator) -> AgentPage:
    of, writes = id_of(agent), may_coach(user)
    today = today_on_site(session, user, clock.now())
    team = accounts.team(session, agent.team_id) if agent.team_id is not None else None
    found = coaching.notes(session, user, Listed.ALL, agent_id=of, size=NOTES)
    results = _results(session, user, of, words)
    written = notes(session, user, found.items, words)
    return AgentPage(
        id=of,
        name=agent.name,
        team=team.name if team else "",
        mine=agent.id == user.id,
        writes=writes,
        sees_performance=may_see_performance(user),
        latest=f"/coaching/{written[0].id}" if written else results[0].url if results else "",
        results=results,
        skills=_skills(session, user, of, words),
        days=DAYS,
        limit=f"{LIMIT:g}",
        enough=ENOUGH_CALLS,
        notes=written,
        total_notes=found.total,
        own=_own(session, user, of),
        answers=agent_queries.answers(session, user, of),
        complaints=_complaints(session, user, of, words) if may_record_complaints(user) else None,
        waiting=uncoached_view(session, user, today, words, agent_id=of) if writes else None,
    )


def _results(session: Session, user: User, agent_id: int, words: Translator) -> tuple[ResultLine, ...]:
    found = agent_queries.results(session, user, agent_id, RESULTS)
    frame = Frame(session, user, [call for call, _ in found])
    lines = []
    for call, review in found:
        shown = OUTCOMES[outcome(review.passed, review.score)]
        lines.append(
            ResultLine(
                url=f"/calls/{call.id}",
                reference=call.external_id or call.file_name,
                customer=call.customer_name or "",
                started=frame.started(call),
                score=number(review.score),
                shown=shown._replace(word=words.gettext(shown.word)),
            )
        )
    return tuple(lines)


def _skills(session: Session, user: User, agent_id: int, words: Translator) -> tuple[SkillLine, ...]:
    """The items, the weak ones first; equal ones by what they are called."""
    since = today_on_site(session, user, clock.now()) - timedelta(days=DAYS - 1)
    order = [Skill.WEAK, Skill.FINE, Skill.TOO_FEW_TO_SAY]
    found = []
    for (card, item), (version, fails, decided) in agent_queries.by_item(session, user, agent_id, since).items():
        failed = share(fails, decided)
        told = skill(failed, LIMIT / 100)
        title = item_title(session, version, item, words)
        url = f"/items/{item}?card={card}&agent={agent_id}&which=people" if may_coach(user) else ""
        shown = SKILLS[told]._replace(word=words.gettext(SKILLS[told].word))
        found.append((order.index(told), title, SkillLine(title, url, share_view(failed), shown)))
    return tuple(line for _, _, line in sorted(found, key=lambda one: one[:2]))


def _own(session: Session, user: User, agent_id: int) -> tuple[OwnLine, ...]:
    found = agent_queries.own_scores(session, user, agent_id, OWN)
    frame = Frame(session, user, [one.call for one in found])
    return tuple(
        OwnLine(
            url=f"/calls/{one.call.id}",
            reference=one.call.external_id or one.call.file_name,
            started=frame.started(one.call),
            own=number(one.own.score),
            review=number(one.review.score) if one.review is not None else "",
            apart=_apart(one),
        )
        for one in found
    )


def _apart(one: OwnScore) -> str:
    if one.review is None or one.own.score is None or one.review.score is None:
        return ""
    apart = one.own.score - one.review.score
    return f"{'+' if apart > 0 else '−' if apart < 0 else ''}{number(abs(apart))}"


def _complaints(session: Session, user: User, agent_id: int, words: Translator) -> tuple[ComplaintLine, ...]:
    return tuple(
        ComplaintLine(
            at=one.site_day.isoformat(),
            category=words.gettext(CATEGORIES[one.category]),
            outcome=shown_outcome(one.outcome, words),
            url=f"/calls/{one.call_id}" if one.call_id is not None else "",
        )
        for one in complaints.complaints(session, user, agent_id=agent_id, size=COMPLAINTS).items
    )
