"""Reads people, teams, sessions and keys."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session, col, func, select

from app.accounts.models import ApiKey, FailedSignIn, Role, Team, User, UserSession


def has_people(session: Session) -> bool:
    """Whether anybody who can sign in exists; if not, the first to come creates the administrator."""
    return session.exec(select(User.id).where(col(User.password_hash).is_not(None)).limit(1)).first() is not None


def user(session: Session, user_id: int) -> User | None:
    return session.get(User, user_id)


def user_named(session: Session, username: str) -> User | None:
    """The person with this user name, upper and lower case being the same."""
    return session.exec(select(User).where(func.lower(User.username) == username.strip().lower())).first()


def users(session: Session) -> Sequence[User]:
    return session.exec(select(User).order_by(User.name, col(User.id))).all()


def agents(session: Session, team_id: int | None = None) -> Sequence[User]:
    """The agents, of one team or of all."""
    wanted = select(User).where(User.role == Role.AGENT).order_by(User.name, col(User.id))
    return session.exec(wanted if team_id is None else wanted.where(User.team_id == team_id)).all()


def names(session: Session, user_ids: set[int]) -> dict[int, str]:
    """The names of some people, by id."""
    rows = session.exec(select(User.id, User.name).where(col(User.id).in_(user_ids)))
    return {one: name for one, name in rows if one is not None}


def team(session: Session, team_id: int) -> Team | None:
    return session.get(Team, team_id)


def team_named(session: Session, name: str) -> Team | None:
    return session.exec(select(Team).where(func.lower(Team.name) == name.strip().lower())).first()


def teams(session: Session) -> Sequence[Team]:
    return session.exec(select(Team).order_by(Team.name)).all()


def signed_in(session: Session, token_hash: str, now: datetime) -> User | None:
    """The active person whose session this is, unless it has ended."""
    wanted = (
        select(User)
        .join(UserSession, col(UserSession.user_id) == User.id)
        .where(UserSession.token_hash == token_hash, UserSession.expires_at > now, col(User.active))
    )
    return session.exec(wanted).first()


def sessions(session: Session, user_id: int, now: datetime) -> Sequence[UserSession]:
    """The browsers in which a person is signed in, the latest first."""
    wanted = select(UserSession).where(UserSession.user_id == user_id, UserSession.expires_at > now)
    return session.exec(wanted.order_by(col(UserSession.created_at).desc())).all()


def failures_since(session: Session, username: str, since: datetime) -> int:
    wanted = select(func.count()).where(FailedSignIn.username == username, FailedSignIn.at > since)
    return session.exec(wanted).one()


def api_key(session: Session, secret_hash: str) -> ApiKey | None:
    return session.exec(select(ApiKey).where(ApiKey.secret_hash == secret_hash)).first()


def api_keys_of(session: Session, user_id: int) -> Sequence[ApiKey]:
    """The keys that act for this person, the newest first."""
    return session.exec(select(ApiKey).where(ApiKey.user_id == user_id).order_by(col(ApiKey.id).desc())).all()


def api_keys(session: Session) -> Sequence[ApiKey]:
    return session.exec(select(ApiKey).order_by(col(ApiKey.id))).all()
