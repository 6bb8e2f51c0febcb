"""What work a person can be given: in which languages, on which days, until which day."""

from collections.abc import Sequence
from datetime import date, datetime

from sqlmodel import Session

from app.accounts import membership, queries
from app.accounts.models import User
from app.accounts.service import OwnAccess, end_all_sessions, withdraw_invitation
from app.kit.errors import AppError


class AbsenceBackwards(AppError):
    """The absence ends before it begins."""

    code = "absence_backwards"
    status = 422


class AbsenceHalf(AppError):
    """Give the first day of the absence, too."""

    code = "absence_half"
    status = 422


def set_left(session: Session, user: User, last_day: date | None, by: User) -> None:
    """Note the last day of a person, or that they stay; who has left comes in again when the day is taken back."""
    if user.id == by.id and last_day is not None:
        raise OwnAccess
    if user.left_on is not None and last_day is None and not user.active:
        user.active = True
    user.left_on = last_day
    session.add(user)
    session.flush()


def set_absent(session: Session, user: User, first: date | None, last: date | None) -> None:
    """Note on which days a person is away, both included; without the last one, until further notice."""
    if first is None and last is not None:
        raise AbsenceHalf
    if first is not None and last is not None and last < first:
        raise AbsenceBackwards
    user.absent_from, user.absent_until = first, last
    session.add(user)
    session.flush()


def set_languages(session: Session, user: User, languages: Sequence[str]) -> None:
    """Note in which languages a person reviews; none stands for all."""
    user.languages = list(languages)
    session.add(user)
    session.flush()


def leavers(session: Session, now: datetime) -> Sequence[User]:
    """Those who have had their last day, on the clock of their team, and can still come in."""
    found = queries.leaving(session, (now + membership.MOST_AHEAD).date())
    return [one for one in found if one.left_on is not None and day_of(session, one, now) > one.left_on]


def shut_out(session: Session, user: User) -> None:
    """Let a person who has left in no more; all that they did stays."""
    user.active = False
    session.add(user)
    withdraw_invitation(session, user)
    end_all_sessions(session, user)
    session.flush()


def day_of(session: Session, user: User, now: datetime) -> date:
    """The day it is for a person: that of their team."""
    return membership.today(queries.team(session, user.team_id) if user.team_id else None, now)
