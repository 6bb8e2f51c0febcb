"""Reads the results of reviews: what was submitted, and what became of it since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from app.accounts.models import User
from app.accounts.policies import may_see_machine_verdicts
from app.calls.models import Call, CallState
from app.calls.queries import visible_to
from app.domain.lifecycle import ReviewState
from app.kit.pagination import PAGE_SIZE, Page, paginate
from app.reviews.models import Purpose, Review
from app.reviews.queries import readable_by_agents
from app.reviews.seen import MOST_COUNTED
from app.reviews.unannounced import kept_from


@dataclass(frozen=True)
class Results:
    """Which results are wanted: in which states, whose, of which days of their calls; None narrows nothing."""

    states: Sequence[ReviewState]
    agent_id: int | None = None
    team_id: int | None = None
    first_day: date | None = None
    last_day: date | None = None


def results(
    session: Session, user: User, wanted: Results, *, cursor: str | None = None, size: int = PAGE_SIZE
) -> Page[Review]:
    """The reviews in these states that a person may read, the newest first; agents read what was released to them.

    How many they are is told up to MOST_COUNTED.
    """
    found = (
        select(Review)
        .join(Call, col(Call.id) == Review.call_id)
        .where(
            col(Review.state).in_(wanted.states),
            Review.purpose == Purpose.COUNTS,
            visible_to(user),
            Call.state != CallState.DELETED,
            ~kept_from(user),
            *_narrowed(wanted),
        )
    )
    if not may_see_machine_verdicts(user):
        found = found.where(readable_by_agents())
    newest = col(Review.id)
    return paginate(session, found, by=newest, row_id=newest, cursor=cursor, size=size, most=MOST_COUNTED)


def _narrowed(wanted: Results) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.agent_id is not None:
        conditions.append(col(Call.agent_id) == wanted.agent_id)
    if wanted.team_id is not None:
        conditions.append(col(Call.team_id) == wanted.team_id)
    if wanted.first_day is not None:
        conditions.append(col(Call.site_day) >= wanted.first_day)
    if wanted.last_day is not None:
        conditions.append(col(Call.site_day) <= wanted.last_day)
    return conditions
