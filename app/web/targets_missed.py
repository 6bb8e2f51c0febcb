"""Targets that most teams miss: they come after the page of targets, because all teams are measured for it."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_see_targets
from app.contacts.queries import Chosen
from app.domain.metrics import INDICATORS
from app.kit import clock
from app.kit.i18n import Translator
from app.reports.indicator_asked import By
from app.reports.indicator_rates import reader_of
from app.reports.indicator_trends import Missed, missed_by_most
from app.reports.indicators import measured
from app.request import Allow, SessionDep
from app.web.note_views import today_on_site
from app.web.rendering import render, words_for
from app.web.target_views import DIRECTIONS, value_text, words_of

router = APIRouter(prefix="/targets")

DAYS = 90


@dataclass(frozen=True)
class MissedView:
    """An indicator whose target `missed` of the `judged` teams miss."""

    id: str
    name: str
    target: str
    missed: int
    judged: int


@dataclass(frozen=True)
class MissedFragment:
    """The targets that most teams miss."""

    template: ClassVar[str] = "targets/_missed.html"
    missed: tuple[MissedView, ...]
    days: int = DAYS


@router.get("/missed")
def show_missed(request: Request, session: SessionDep, user: Annotated[User, Allow(may_see_targets)]) -> Response:
    words = words_for(request)
    return render(request, MissedFragment(tuple(_view(one, words) for one in _missed(session, user))))


def _missed(session: Session, user: User) -> tuple[Missed, ...]:
    today = today_on_site(session, user, clock.now())
    chosen = Chosen(today - timedelta(days=DAYS - 1), today + timedelta(days=1))
    ids = [one.id for one in INDICATORS.values() if reader_of(one)(user)]
    return missed_by_most(measured(session, user, ids, [By.TEAM], chosen))


def _view(one: Missed, words: Translator) -> MissedView:
    name = words_of(one.indicator.name, words.language)
    if one.direction:
        name += f" ({words.gettext(DIRECTIONS[one.direction])})"
    target = value_text(one.indicator.unit, one.target.value, words)
    return MissedView(one.indicator.id, name, target, one.missed, one.judged)
