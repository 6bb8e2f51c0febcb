"""Who does which review: how much everybody has to do, giving out what waits, handing over what somebody cannot do."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.limits import limit_of, set_most_open
from app.accounts.models import Role, Team, User
from app.accounts.policies import may_assign
from app.domain.assignment import Hindrance
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.i18n import N_, Translator
from app.ledger.service import machine
from app.reports.wording import LANGUAGES
from app.request import Allow, ServicesDep, SessionDep, actor
from app.reviews import assignment, assignment_queries, queries
from app.reviews.assignment_queries import Load, is_absent, reviewer
from app.web.choices import Choice
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.waiting import where_from

router = APIRouter()

Lead = Annotated[User, Allow(may_assign)]
PersonId = Annotated[int, Form(ge=0, lt=2**31)]

ROLES = {Role.ADMIN: N_("Administrator"), Role.SUPERVISOR: N_("Supervisor"), Role.REVIEWER: N_("Reviewer")}
HINDRANCES = {
    Hindrance.NOBODY: N_("Nobody who reviews is here today"),
    Hindrance.TEAM: N_("Nobody who is here today sees the calls of this team"),
    Hindrance.OWN_CALL: N_("Who could has taken part in the call, scored it before or given it back"),
    Hindrance.LANGUAGE: N_("Nobody who could speaks the language of the call"),
    Hindrance.FULL: N_("Everybody who could has as much as they are given at most"),
}


class NothingChosen(AppError):
    """Choose the calls that are to be assigned."""

    code = "nothing_chosen"
    status = 422


@dataclass(frozen=True)
class PersonRow:
    """Somebody who reviews: what they have to do, how much they are given at most, and what they would get now.

    `own_most` is their own limit as it was typed; empty: the usual one.
    """

    id: int
    name: str
    role: str
    languages: str
    open: int
    overdue: int
    most: int
    own_most: str
    away: str
    gets: int


@dataclass(frozen=True)
class LeftView:
    """How many calls nobody can take, and why."""

    why: str
    calls: int


@dataclass(frozen=True)
class AssignPage:
    """Everybody with what they have to do, and what sharing out would give to whom; `waiting` is what is nobody's."""

    template: ClassVar[str] = "queue/assign.html"
    people: tuple[PersonRow, ...]
    waiting: int
    given: int
    left: tuple[LeftView, ...]
    usual: int
    automatic: bool
    at_once: ClassVar[int] = assignment_queries.MOST_AT_ONCE


@dataclass(frozen=True)
class HolderRow:
    """Somebody with open reviews: how many, how many overdue, and why they may not do them."""

    id: int
    name: str
    open: int
    overdue: int
    away: str
    others: tuple[Choice, ...]


@dataclass(frozen=True)
class HandOverPage:
    """Everybody who has open reviews, those who are away or gone first."""

    template: ClassVar[str] = "queue/hand_over.html"
    holders: tuple[HolderRow, ...]


@router.get("/queue/assign")
def show_assigning(request: Request, session: SessionDep, shared: ServicesDep, user: Lead) -> Response:
    settings, words = shared.settings, words_for(request)
    return render(request, _page(session, user, settings.most_open, settings.assign == "auto", words))


@router.post("/queue/assign")
def assign(
    request: Request,
    session: SessionDep,
    shared: ServicesDep,
    user: Lead,
    to: PersonId,
    review: Annotated[list[int], Form()] = [],  # noqa: B006 (the door gives each request a list of its own)
) -> Response:
    person = _colleague(session, user, to)
    chosen = [id_of(queries.review(session, user, one)) for one in review]
    if not chosen:
        raise NothingChosen
    assignment.assign(session, chosen, person, user, actor(user), shared.settings.most_open)
    return see_other(where_from(request).at("/queue"), "assigned")


@router.post("/queue/share")
def share_out(session: SessionDep, shared: ServicesDep, user: Lead) -> Response:
    assignment.share_out(session, actor(user), shared.settings.most_open, by=user)
    return see_other("/queue/assign", "shared_out")


@router.post("/queue/limits/{user_id}")
def change_limit(
    user_id: RowId, session: SessionDep, user: Lead, most: Annotated[str, Form(max_length=10)] = ""
) -> Response:
    set_most_open(session, _colleague(session, user, user_id), limit_of(most))
    return see_other("/queue/assign", "saved")


@router.get("/queue/handover")
def show_handing_over(request: Request, session: SessionDep, user: Lead) -> Response:
    return render(request, _hand_over_page(session, user, words_for(request)))


@router.post("/queue/handover")
def hand_over(
    session: SessionDep,
    shared: ServicesDep,
    user: Lead,
    whose: PersonId,
    to: PersonId = 0,
) -> Response:
    person = accounts.user(session, whose)
    if person is None or not _leads(user, person):
        raise NotFound
    receiver = _colleague(session, user, to) if to else None
    assignment.hand_over(session, person, receiver, actor(user), shared.settings.most_open, by=user)
    return see_other("/queue/handover", "handed_over")


def _page(session: Session, user: User, most_open: int, automatic: bool, words: Translator) -> AssignPage:
    now = clock.now()
    shares = assignment.plan(session, machine(now), most_open, by=user)
    gets = Counter(person for _, person in shares.given)
    left = Counter(why for _, why in shares.left)
    load, teams = assignment_queries.loads(session, now), _teams(session)
    return AssignPage(
        people=tuple(
            PersonRow(
                id=id_of(one),
                name=one.name,
                role=words.gettext(ROLES[one.role]),
                languages=_spoken(one, words),
                open=load.get(id_of(one), Load()).open,
                overdue=load.get(id_of(one), Load()).overdue,
                most=reviewer(one, 0, most_open if one.role == Role.REVIEWER else 0).most,
                own_most="" if one.most_open is None else str(one.most_open),
                away=_away(one, teams, words),
                gets=gets[id_of(one)],
            )
            for one in assignment_queries.colleagues(session, user)
        ),
        waiting=len(shares.given) + len(shares.left),
        given=len(shares.given),
        left=tuple(LeftView(words.gettext(HINDRANCES[why]), calls) for why, calls in left.most_common()),
        usual=most_open,
        automatic=automatic,
    )


def _hand_over_page(session: Session, user: User, words: Translator) -> HandOverPage:
    load, teams = assignment_queries.loads(session, clock.now()), _teams(session)
    colleagues = assignment_queries.colleagues(session, user)
    holders = [one for one in accounts.users(session) if id_of(one) in load and _leads(user, one)]
    rows = [_holder(one, load[id_of(one)], colleagues, teams, words) for one in holders]
    return HandOverPage(tuple(sorted(rows, key=lambda one: not one.away)))


def _holder(
    one: User, load: Load, colleagues: Sequence[User], teams: dict[int | None, Team], words: Translator
) -> HolderRow:
    others = tuple(Choice(str(other.id), other.name, False) for other in colleagues if other.id != one.id)
    return HolderRow(id_of(one), one.name, load.open, load.overdue, _away(one, teams, words), others)


def _away(user: User, teams: dict[int | None, Team], words: Translator) -> str:
    """Why a person cannot do what they have to, or until when; empty where nothing keeps them."""
    if not user.active:
        return words.gettext("has left")
    if not is_absent(user, teams, clock.now()):
        return ""
    until: date | None = user.absent_until
    return words.gettext("away until %(day)s") % {"day": until.isoformat()} if until else words.gettext("away")


def _spoken(user: User, words: Translator) -> str:
    return ", ".join(words.gettext(LANGUAGES.get(code, code)) for code in user.languages)


def _teams(session: Session) -> dict[int | None, Team]:
    return {one.id: one for one in accounts.teams(session)}


def _leads(user: User, other: User) -> bool:
    """Whether a lead may move the work of this person: administrators everybody's, others their team's."""
    return user.role == Role.ADMIN or user.team_id in (None, other.team_id) or other.team_id is None


def _colleague(session: Session, user: User, of: int) -> User:
    """Somebody who may review what this person sees."""
    for one in assignment_queries.colleagues(session, user):
        if one.id == of:
            return one
    raise NotFound
