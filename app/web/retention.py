"""How long what is kept, for administrators: the policies, and what they are about to remove."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_set_retention
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import Translator
from app.request import Allow, SessionDep, actor
from app.retention import policies, queries
from app.retention.models import SITE
from app.retention.policies import Kept, PeriodInvalid
from app.retention.queries import Due
from app.web.choices import Choice
from app.web.rendering import render, see_other, words_for
from app.web.times import Moment, moment, zone_of

router = APIRouter(prefix="/admin/retention")

Administrator = Annotated[User, Allow(may_set_retention)]
Days = Annotated[str, Form(max_length=10)]

PATH = "/admin/retention"
# So far ahead the page says what will be removed.
AHEAD = timedelta(days=30)


@dataclass(frozen=True)
class PolicyRow:
    """A policy, and of how many calls it will have removed something in a month; `held` calls it passes by."""

    team_id: int
    team: str
    sound: str
    words: str
    due: Due
    held: int
    set_at: Moment
    set_by: str


@dataclass(frozen=True)
class Typed:
    """What stands in the form; `mark` is by what a confirmation says that it is for this, and nothing else."""

    team: int
    sound_days: str
    words_days: str

    @property
    def mark(self) -> str:
        return f"{self.team} {self.sound_days or '-'} {self.words_days or '-'}"


@dataclass(frozen=True)
class RetentionPage:
    """The policies, and the form that sets one; `asks` is what it would remove at once, before it does."""

    template: ClassVar[str] = "retention/show.html"
    rows: tuple[PolicyRow, ...]
    teams: tuple[Choice, ...]
    longest: int
    typed: Typed
    asks: Due | None = None
    error: str = ""


@router.get("")
def show_retention(request: Request, session: SessionDep, user: Administrator, team: int = SITE) -> Response:
    known = next((one for one in queries.policies(session) if one.team_id == team), None)
    days = (known.sound_days, known.words_days) if known else (None, None)
    return render(
        request, _page(request, session, user, Typed(team, *("" if one is None else str(one) for one in days)))
    )


@router.post("")
def set_policy(
    request: Request,
    session: SessionDep,
    user: Administrator,
    team: Annotated[int, Form(ge=0, lt=2**31)] = SITE,
    sound_days: Days = "",
    words_days: Days = "",
    confirmed: Annotated[str, Form(max_length=60)] = "",
) -> Response:
    typed = Typed(team, sound_days.strip(), words_days.strip())
    try:
        kept = Kept(_days(sound_days), _days(words_days))
        at_once = policies.would_remove(session, team, kept, clock.now().date())
        if any(at_once) and confirmed != typed.mark:
            return render(request, _page(request, session, user, typed, asks=at_once))
        policies.set_policy(session, team, kept, user, actor(user))
    except AppError as error:
        session.rollback()
        said = words_for(request).gettext(error.message)
        return render(request, _page(request, session, user, typed, error=said), error.status)
    return see_other(PATH, "saved")


@router.post("/remove")
def remove_policy(
    session: SessionDep, user: Administrator, team: Annotated[int, Form(ge=0, lt=2**31)] = SITE
) -> Response:
    policies.remove_policy(session, team, actor(user))
    return see_other(PATH, "removed")


def _days(typed: str) -> int | None:
    """A number of days; nothing is for ever."""
    if not typed.strip():
        return None
    if not typed.strip().isdecimal():
        raise PeriodInvalid
    return int(typed)


def _page(
    request: Request, session: Session, user: User, typed: Typed, asks: Due | None = None, error: str = ""
) -> RetentionPage:
    words, today = words_for(request), clock.now().date()
    everybody = [(SITE, words.gettext("All teams without a policy of their own"))]
    teams = [*everybody, *((id_of(one), one.name) for one in accounts.teams(session))]
    return RetentionPage(
        rows=_rows(session, user, words, today),
        teams=tuple(Choice(str(one), name, one == typed.team) for one, name in teams),
        longest=policies.LONGEST_DAYS,
        typed=typed,
        asks=asks,
        error=error,
    )


def _rows(session: Session, user: User, words: Translator, today: date) -> tuple[PolicyRow, ...]:
    found = {one.team_id: one for one in queries.policies(session)}
    names = {id_of(one): one.name for one in accounts.teams(session)}
    people = accounts.names(session, {one.set_by for one in found.values()})
    zone = zone_of(session, user)
    return tuple(
        PolicyRow(
            team_id=on.team_id,
            team=names.get(on.team_id, "") or words.gettext("All teams without a policy of their own"),
            sound=_told(on.sound_days, words),
            words=_told(on.words_days, words),
            due=queries.due(session, on, today + AHEAD),
            held=queries.held_back(session, on, today + AHEAD),
            set_at=moment(found[on.team_id].set_at, zone),
            set_by=people.get(found[on.team_id].set_by, ""),
        )
        for on in queries.periods(session)
    )


def _told(days: int | None, words: Translator) -> str:
    if days is None:
        return words.gettext("for ever")
    return words.ngettext("%(num)s day", "%(num)s days", days) % {"num": days}
