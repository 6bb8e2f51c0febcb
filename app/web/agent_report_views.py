"""What the individual report of an agent holds: indicators, reviews, items, complaints, coaching, scores, results."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import ClassVar

from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_coach, may_record_complaints
from app.coaching import queries as coaching
from app.coaching.models import CoachingNote
from app.complaints import queries as complaints
from app.domain.metrics import Rate, share
from app.domain.metrics.weak_topics import Skill, skill
from app.kit.i18n import Translator
from app.kit.pagination import LARGEST_PAGE
from app.operations import queries as operations
from app.reports import agent_queries, performance
from app.reports.indicator_asked import By
from app.reports.indicator_past import whole
from app.reports.wording import Shown, number
from app.web.coaching_topics import LIMIT, SKILLS
from app.web.complaints import CATEGORIES, shown_outcome
from app.web.fact_views import PARTS
from app.web.indicator_views import IndicatorLine, LineGroup
from app.web.note_views import NoteView, item_title, notes
from app.web.shares import ShareView, share_view
from app.web.times import site_zone


@dataclass(frozen=True)
class SkillRow:
    """How the agent fares on an item: of how many reviewed calls it failed, and what may be said of that."""

    title: str
    url: str
    failed: ShareView
    rate: Rate
    skill: Shown


@dataclass(frozen=True)
class ComplaintRow:
    """A complaint about the agent."""

    day: str
    category: str
    outcome: Shown


@dataclass(frozen=True)
class MonthRow:
    """The performance score of a month; `score` is "" while a part is not known, `known` what the others come to."""

    month: str
    score: str
    known: str
    range: str


@dataclass(frozen=True)
class FactRow:
    """A result that was entered: exam, training, discipline or conduct, in points of 100."""

    month: str
    kind: str
    points: str
    note: str


@dataclass(frozen=True)
class Reviewed:
    """How the agent's calls came out by people; without any, both texts are empty."""

    passed: ShareView
    rate: Rate
    mean_score: str
    n: int


@dataclass(frozen=True)
class ReportPage:
    """All that this person may know of an agent's days; a part that they may not know is None."""

    template: ClassVar[str] = "agents/report.html"
    id: int
    name: str
    team: str
    mine: bool
    first: date
    last: date
    groups: tuple[LineGroup, ...]
    without: tuple[IndicatorLine, ...]
    reviewed: Reviewed
    skills: tuple[SkillRow, ...]
    limit: str
    enough: int
    complaints: tuple[ComplaintRow, ...] | None
    notes: tuple[NoteView, ...]
    months: tuple[MonthRow, ...] | None
    facts: tuple[FactRow, ...] | None
    csv_url: str
    workbook_url: str


def reviewed(session: Session, user: User, agent_id: int, first: date, last: date) -> Reviewed:
    found = agent_queries.outcomes(session, user, agent_id, first, last)
    rate = share(found.passed, found.n)
    mean = number(found.mean_score) if found.mean_score is not None else ""
    return Reviewed(share_view(rate), rate, mean, found.n)


def skill_rows(
    session: Session, user: User, agent_id: int, first: date, last: date, words: Translator
) -> tuple[SkillRow, ...]:
    """The items, the weak ones first; equal ones by what they are called."""
    order = [Skill.WEAK, Skill.FINE, Skill.TOO_FEW_TO_SAY]
    found = []
    for (card, item), (version, fails, decided) in agent_queries.by_item(session, user, agent_id, first, last).items():
        failed = share(fails, decided)
        told = skill(failed, LIMIT / 100)
        title = item_title(session, version, item, words)
        url = f"/items/{item}?card={card}&agent={agent_id}&which=people" if may_coach(user) else ""
        shown = SKILLS[told]._replace(word=words.gettext(SKILLS[told].word))
        found.append((order.index(told), title, SkillRow(title, url, share_view(failed), failed, shown)))
    return tuple(row for _, _, row in sorted(found, key=lambda one: one[:2]))


def complaint_rows(
    session: Session, user: User, agent_id: int, first: date, last: date, words: Translator
) -> tuple[ComplaintRow, ...] | None:
    """The complaints of these days, the latest first; the register is kept by staff."""
    if not may_record_complaints(user):
        return None
    found = complaints.complaints(
        session, user, agent_id=agent_id, first_day=first, last_day=last, size=LARGEST_PAGE
    ).items
    return tuple(
        ComplaintRow(
            one.site_day.isoformat(), words.gettext(CATEGORIES[one.category]), shown_outcome(one.outcome, words)
        )
        for one in found
    )


def note_rows(
    session: Session, user: User, agent_id: int, first: date, last: date, words: Translator
) -> tuple[NoteView, ...]:
    """The coaching notes that were written in these days."""
    zone = site_zone(session, user)

    def day(one: CoachingNote) -> date:
        return one.created_at.astimezone(zone).date()

    since = takewhile(lambda one: day(one) >= first, _notes(session, user, agent_id))
    found = [one for one in since if day(one) <= last]
    return notes(session, user, found, words)


def _notes(session: Session, user: User, agent_id: int) -> Iterator[CoachingNote]:
    """All notes to an agent, the latest first."""
    cursor = None
    while True:
        page = coaching.notes(session, user, agent_id=agent_id, cursor=cursor, size=LARGEST_PAGE)
        yield from page.items
        cursor = page.next_cursor
        if cursor is None:
            return


def month_rows(session: Session, user: User, agent: User, first: date, last: date) -> tuple[MonthRow, ...]:
    """The performance scores of the whole months in these days, the newest first."""
    months = [one for one in whole(By.MONTH, last, performance.MONTHS)[0] if one >= first]
    if not months:
        return ()
    return tuple(
        MonthRow(
            month=f"{one.month:%Y-%m}",
            score=number(one.score.score) if one.score.score is not None else "",
            known=number(one.score.known) if one.score.known is not None else "",
            range=f"{one.score.low:.1f}–{one.score.high:.1f}",
        )
        for one in performance.months_of(session, user, agent, months[-1], len(months))
    )


def fact_rows(session: Session, agent_id: int, first: date, last: date, words: Translator) -> tuple[FactRow, ...]:
    """What was entered of the months that these days touch."""
    found = operations.facts(session, agent_id, first.replace(day=1), last)
    return tuple(
        FactRow(f"{one.month:%Y-%m}", words.gettext(PARTS[one.kind]), number(one.value), one.note) for one in found
    )
