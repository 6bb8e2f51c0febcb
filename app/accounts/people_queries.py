"""Reads the list of people: who fits, one page at a time, and how each of them stands."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import Session, col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from app.accounts.models import FailedSignIn, Invitation, Role, User, UserIdentity
from app.accounts.service import FAILURE_WINDOW, MOST_FAILURES
from app.kit.db import id_of
from app.kit.letters import Lower, has
from app.kit.pagination import PAGE_SIZE


class Standing(StrEnum):
    """How a person stands to the product: whether they get in, or what keeps them out."""

    SIGNS_IN = "signs_in"
    INVITED = "invited"
    NO_PASSWORD = "no_password"
    LOCKED = "locked"
    LEFT = "left"


@dataclass(frozen=True)
class Wanted:
    """Which people are listed; `after` is the id of the last one of the page before."""

    words: str = ""
    role: Role | None = None
    team_id: int | None = None
    standing: Standing | None = None
    after: int | None = None


@dataclass(frozen=True)
class Listed:
    """A person and how they stand; `link_until`: until when a link to choose a password is open."""

    user: User
    standing: Standing
    link_until: datetime | None


@dataclass(frozen=True)
class Found:
    """One page of people, whether there are more, and how many there are in all."""

    people: Sequence[Listed]
    has_more: bool
    total: int


def listed(session: Session, wanted: Wanted, now: datetime) -> Found:
    """The people who fit, by name."""
    fitting = select(User).where(*_conditions(wanted, now))
    total = session.exec(select(func.count()).select_from(fitting.subquery())).one()
    if wanted.after is not None and (last := session.get(User, wanted.after)) is not None:
        same = and_(col(User.name) == last.name, col(User.id) > last.id)
        fitting = fitting.where(or_(col(User.name) > last.name, same))
    rows = session.exec(fitting.order_by(User.name, col(User.id)).limit(PAGE_SIZE + 1)).all()
    return Found(standing_of(session, rows[:PAGE_SIZE], now), len(rows) > PAGE_SIZE, total)


def standing_of(session: Session, people: Sequence[User], now: datetime) -> list[Listed]:
    """How each of these people stands."""
    ids = [id_of(one) for one in people]
    open_links = select(Invitation).where(Invitation.expires_at > now, col(Invitation.user_id).in_(ids))
    links = {one.user_id: one.expires_at for one in session.exec(open_links)}
    known = set(session.exec(select(UserIdentity.user_id).where(col(UserIdentity.user_id).in_(ids))))
    names = [one.username.lower() for one in people]
    locked = set(session.exec(_locked(now).where(col(FailedSignIn.username).in_(names))))

    def standing(one: User) -> Standing:
        if not one.active:
            return Standing.LEFT
        if one.username.lower() in locked:
            return Standing.LOCKED
        if one.password_hash is not None or one.id in known:
            return Standing.SIGNS_IN
        return Standing.INVITED if one.id in links else Standing.NO_PASSWORD

    return [Listed(one, standing(one), links.get(id_of(one))) for one in people]


def _conditions(wanted: Wanted, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.words:
        columns = (User.name, User.username, User.email)
        found.append(or_(*(has(col(one), wanted.words) for one in columns)))
    if wanted.role is not None:
        found.append(col(User.role) == wanted.role)
    if wanted.team_id is not None:
        found.append(col(User.team_id) == wanted.team_id)
    if wanted.standing is not None:
        found.append(_stands(wanted.standing, now))
    return found


def _stands(standing: Standing, now: datetime) -> ColumnElement[bool]:
    """The same as `standing_of` says, to choose by."""
    active = col(User.active).is_(True)
    comes_in = or_(col(User.password_hash).is_not(None), col(User.id).in_(select(UserIdentity.user_id)))
    linked = col(User.id).in_(select(Invitation.user_id).where(Invitation.expires_at > now))
    locked = Lower(User.username).in_(_locked(now))
    return {
        Standing.LEFT: ~active,
        Standing.LOCKED: and_(active, locked),
        Standing.SIGNS_IN: and_(active, ~locked, comes_in),
        Standing.INVITED: and_(active, ~locked, ~comes_in, linked),
        Standing.NO_PASSWORD: and_(active, ~locked, ~comes_in, ~linked),
    }[standing]


def _locked(now: datetime) -> SelectOfScalar[str]:
    """The names under which so many wrong passwords were given that they must wait."""
    lately = select(FailedSignIn.username).where(FailedSignIn.at > now - FAILURE_WINDOW)
    return lately.group_by(FailedSignIn.username).having(func.count() >= MOST_FAILURES)
