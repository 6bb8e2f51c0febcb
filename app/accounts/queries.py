"""Reads people, teams, sessions and keys."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import text
from sqlmodel import Session, col, func, select

from app.accounts.models import (
    ApiKey,
    FailedSignIn,
    Invitation,
    Role,
    Team,
    TeamMembership,
    User,
    UserIdentity,
    UserSession,
)
from app.kit.letters import same
from app.kit.pagination import Page, paginate

# Any number that no other lock has.
SET_UP = 4711


def has_people(session: Session) -> bool:
    """Whether anybody who can sign in exists; if not, the first to come creates the administrator."""
    by_password = select(User.id).where(col(User.password_hash).is_not(None)).limit(1)
    return (session.exec(by_password).first() or session.exec(select(UserIdentity.id).limit(1)).first()) is not None


def hold_set_up(session: Session) -> None:
    """Let nobody else make the first administrator until this transaction ends; on SQLite nobody else writes anyway."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": SET_UP})


def user(session: Session, user_id: int) -> User | None:
    return session.get(User, user_id)


def user_named(session: Session, username: str) -> User | None:
    """The person with this user name, upper and lower case being the same."""
    return session.exec(select(User).where(same(col(User.username), username.strip()))).first()


def users(session: Session) -> Sequence[User]:
    return session.exec(select(User).order_by(User.name, col(User.id))).all()


def roster(session: Session, user: User) -> Sequence[User]:
    """Those whose place in the roster a person sees: supervisors of a team its people, others all."""
    wanted = select(User).order_by(User.name, col(User.id))
    sees_all = user.role == Role.ADMIN or user.team_id is None
    return session.exec(wanted if sees_all else wanted.where(User.team_id == user.team_id)).all()


def agents(session: Session, team_id: int | None = None) -> Sequence[User]:
    """The agents, of one team or of all."""
    wanted = select(User).where(User.role == Role.AGENT).order_by(User.name, col(User.id))
    return session.exec(wanted if team_id is None else wanted.where(User.team_id == team_id)).all()


def names(session: Session, user_ids: set[int]) -> dict[int, str]:
    """The names of some people, by id."""
    rows = session.exec(select(User.id, User.name).where(col(User.id).in_(user_ids)))
    return {one: name for one, name in rows if one is not None}


def lock_user(session: Session, user_id: int) -> None:
    """Let nobody put a person on a team, or a call of theirs on one, until this transaction ends."""
    session.exec(select(User.id).where(User.id == user_id).with_for_update())


def keep_team(session: Session, user_id: int) -> None:
    """Let nobody put a person on another team until this transaction ends; whoever else only reads may go on."""
    session.exec(select(User.id).where(User.id == user_id).with_for_update(read=True, key_share=True))


def memberships(session: Session, user_id: int) -> Sequence[TeamMembership]:
    """The teams of a person, the first one first."""
    wanted = select(TeamMembership).where(TeamMembership.user_id == user_id)
    return session.exec(wanted.order_by(col(TeamMembership.since))).all()


def unsettled(session: Session, latest: date) -> Sequence[TeamMembership]:
    """What has begun by this day and was not settled yet."""
    wanted = select(TeamMembership).where(~col(TeamMembership.settled), TeamMembership.since <= latest)
    return session.exec(wanted).all()


def leaving(session: Session, before: date) -> Sequence[User]:
    """Those who can come in and whose last day lies before this one."""
    return session.exec(select(User).where(col(User.active), col(User.left_on) < before).order_by(col(User.id))).all()


def all_memberships(session: Session) -> Sequence[TeamMembership]:
    """Who came to which team when, the first things first."""
    return session.exec(select(TeamMembership).order_by(col(TeamMembership.since))).all()


def team(session: Session, team_id: int) -> Team | None:
    return session.get(Team, team_id)


def team_named(session: Session, name: str) -> Team | None:
    return session.exec(select(Team).where(same(col(Team.name), name.strip()))).first()


def teams(session: Session) -> Sequence[Team]:
    return session.exec(select(Team).order_by(Team.name)).all()


def team_sizes(session: Session) -> dict[int, int]:
    """How many people who can come in each team has, by its id."""
    counted = select(User.team_id, func.count()).where(col(User.active), col(User.team_id).is_not(None))
    return {team: number for team, number in session.exec(counted.group_by(col(User.team_id))) if team is not None}


def signed_in(
    session: Session, token_hash: str, now: datetime, idle: timedelta | None = None
) -> tuple[User, UserSession] | None:
    """The active person whose session this is, and the session, unless it has ended or rested for so long."""
    wanted = (
        select(User, UserSession)
        .join(UserSession, col(UserSession.user_id) == User.id)
        .where(UserSession.token_hash == token_hash, UserSession.expires_at > now, col(User.active))
    )
    if idle is not None:
        wanted = wanted.where(UserSession.last_seen_at > now - idle)
    return session.exec(wanted).first()


def open_invitation(session: Session, token_hash: str, now: datetime) -> tuple[Invitation, User] | None:
    """The link with this token and the active person it is for, while it is valid."""
    wanted = (
        select(Invitation, User)
        .join(User, col(User.id) == Invitation.user_id)
        .where(Invitation.token_hash == token_hash, Invitation.expires_at > now, col(User.active))
    )
    return session.exec(wanted).first()


def invitation_of(session: Session, user_id: int) -> Invitation | None:
    """The link by which this person may choose a password; its time may be over."""
    return session.get(Invitation, user_id)


def user_of_identity(session: Session, issuer: str, subject: str) -> User | None:
    """Whoever signs in with this account of an identity provider."""
    mine = select(UserIdentity.user_id).where(UserIdentity.issuer == issuer, UserIdentity.subject == subject)
    return session.exec(select(User).where(col(User.id).in_(mine))).first()


def has_identity(session: Session, user_id: int, issuer: str) -> bool:
    """Whether this person signs in with an account of this provider."""
    mine = select(UserIdentity.id).where(UserIdentity.user_id == user_id, UserIdentity.issuer == issuer)
    return session.exec(mine).first() is not None


def identities_of(session: Session, user_id: int) -> Sequence[UserIdentity]:
    """The accounts of identity providers with which this person signs in."""
    return session.exec(select(UserIdentity).where(UserIdentity.user_id == user_id)).all()


def users_with_email(session: Session, email: str) -> Sequence[User]:
    """Whoever is reached at this address, upper and lower case being the same."""
    return session.exec(select(User).where(same(col(User.email), email.strip()))).all()


def sessions(session: Session, user_id: int, now: datetime, idle: timedelta | None = None) -> Sequence[UserSession]:
    """The browsers in which a person is signed in, the latest first."""
    wanted = select(UserSession).where(UserSession.user_id == user_id, UserSession.expires_at > now)
    if idle is not None:
        wanted = wanted.where(UserSession.last_seen_at > now - idle)
    return session.exec(wanted.order_by(col(UserSession.created_at).desc())).all()


def failures_since(session: Session, username: str, since: datetime, but: int | None = None) -> int:
    """How often a password was wrong under this name since then, beside the attempt of this id."""
    wanted = select(func.count()).where(FailedSignIn.username == username, FailedSignIn.at > since)
    return session.exec(wanted if but is None else wanted.where(FailedSignIn.id != but)).one()


def api_key(session: Session, secret_hash: str) -> ApiKey | None:
    return session.exec(select(ApiKey).where(ApiKey.secret_hash == secret_hash)).first()


def api_keys_of(session: Session, user_id: int) -> Sequence[ApiKey]:
    """The keys that act for this person, the newest first."""
    return session.exec(select(ApiKey).where(ApiKey.user_id == user_id).order_by(col(ApiKey.id).desc())).all()


def api_keys(session: Session) -> Sequence[ApiKey]:
    return session.exec(select(ApiKey).order_by(col(ApiKey.id))).all()


def api_keys_page(session: Session, *, cursor: str | None, size: int) -> Page[ApiKey]:
    """The keys, the newest first, one page at a time."""
    newest = col(ApiKey.id)
    return paginate(session, select(ApiKey), by=newest, row_id=newest, cursor=cursor, size=size)


def api_key_numbered(session: Session, key_id: int) -> ApiKey | None:
    return session.get(ApiKey, key_id)
