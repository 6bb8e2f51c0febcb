"""Adds people and teams, signs people in and out, makes API keys."""

import hashlib
import re
import secrets
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlmodel import Session, col, delete, select, update

from app.accounts import membership, queries
from app.accounts.models import ApiKey, FailedSignIn, Invitation, Role, Scope, Team, User, UserIdentity, UserSession
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound

SESSION_LENGTH = timedelta(hours=12)
KEY_LENGTH = timedelta(days=90)
KEY_PREFIX = "cm_"
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 256
EMAIL = re.compile(r"[^@\s,;<>\"()\[\]]{1,64}@[^@\s,;<>\"()\[\]]{1,189}")
# After so many wrong passwords within the window, a name must wait until the window has passed.
MOST_FAILURES = 10
FAILURE_WINDOW = timedelta(minutes=15)
# How exactly it is known when somebody was last there; not every page that is read is worth a write.
SEEN_EVERY = timedelta(minutes=5)


class WrongPassword(AppError):
    """The user name or the password is wrong."""

    code = "wrong_password"
    status = 401


class TooManyAttempts(AppError):
    """Too many wrong passwords for this name; wait a quarter of an hour, then try again."""

    code = "too_many_attempts"
    status = 429


class PasswordTooWeak(AppError):
    """The password must be 10 to 256 characters long."""

    code = "password_too_weak"
    status = 422


class PasswordsDiffer(AppError):
    """The new password was typed in two ways; type it again."""

    code = "passwords_differ"
    status = 422


class NameTaken(AppError):
    """Somebody or something already has this name; choose another."""

    code = "name_taken"
    status = 409


class NameMissing(AppError):
    """Give a name."""

    code = "name_missing"
    status = 422


class EmailOdd(AppError):
    """This is no mail address."""

    code = "email_odd"
    status = 422


class EmailChanged(AppError):
    """The mail address was changed meanwhile; look at the new one first."""

    code = "email_changed"
    status = 409


class UnknownTimeZone(AppError):
    """There is no such time zone; use an IANA name such as Asia/Shanghai."""

    code = "unknown_time_zone"
    status = 422


class OwnAccess(AppError):
    """You cannot take your own access away; another administrator can."""

    code = "own_access"
    status = 409


class AlreadySetUp(AppError):
    """An administrator exists already; sign in."""

    code = "already_set_up"
    status = 409


def add_team(session: Session, name: str, time_zone: str = "UTC") -> Team:
    """Add a team; its calls count on the days of its time zone."""
    name = name.strip()
    if not name:
        raise NameMissing
    if queries.team_named(session, name):
        raise NameTaken
    check_time_zone(time_zone)
    team = Team(name=name, time_zone=time_zone)
    session.add(team)
    session.flush()
    return team


def add_user(
    session: Session,
    *,
    username: str,
    name: str,
    role: Role,
    now: datetime,
    password: str | None = None,
    team_id: int | None = None,
    language: str = "en",
    since: date = membership.BEGINNING,
) -> User:
    """Add a person; without a password they exist (an agent calls are counted for) but cannot sign in."""
    username, name = username.strip(), name.strip()
    if not username or not name:
        raise NameMissing
    if queries.user_named(session, username):
        raise NameTaken
    user = User(
        username=username,
        name=name,
        role=role,
        team_id=team_id,
        language=language,
        password_hash=None if password is None else hashed_password(password),
        created_at=now,
    )
    session.add(user)
    session.flush()
    membership.begin(session, user, since)
    return user


def set_up(session: Session, *, username: str, name: str, password: str, now: datetime) -> User:
    """Create the first administrator of an empty installation; of two who come at once, one is too late."""
    queries.hold_set_up(session)
    if queries.has_people(session):
        raise AlreadySetUp
    return add_user(session, username=username, name=name, role=Role.ADMIN, password=password, now=now)


def set_password(session: Session, user: User, password: str) -> None:
    """Give a person a new password; their sessions and a link to choose one themselves end."""
    user.password_hash = hashed_password(password)
    session.add(user)
    withdraw_invitation(session, user)
    end_all_sessions(session, user)
    session.flush()


def change_person(
    session: Session, user: User, *, name: str, role: Role, team_id: int | None, by: User, now: datetime
) -> None:
    """Correct what is known of a person, who comes to another team today; nobody stops being an administrator by
    their own hand.
    """
    if not name.strip():
        raise NameMissing
    if user.id == by.id and role != Role.ADMIN:
        raise OwnAccess
    if role != user.role:
        # What was begun with one role does not go on with another.
        end_all_sessions(session, user)
    user.name, user.role = name.strip(), role
    if team_id != user.team_id:
        membership.join(session, user, queries.team(session, team_id) if team_id is not None else None, now)
    session.add(user)
    session.flush()


def set_email(session: Session, user: User, email: str, own: bool = False) -> None:
    """Note where a person is reached by mail; unless it is of their own telling, a provider may know them by it.

    An address that stays the same proves as much or as little as before.
    """
    email = email.strip()
    if email and not EMAIL.fullmatch(email):
        raise EmailOdd
    if email == (user.email or ""):
        return
    user.email, user.email_own = email or None, own
    session.add(user)
    session.flush()


def trust_email(session: Session, user: User, email: str) -> None:
    """Let a provider know a person by this address, which they typed themselves."""
    if user.email != email:
        raise EmailChanged
    user.email_own = False
    session.add(user)
    session.flush()


def unlink(session: Session, user: User, identity_id: int) -> str:
    """Let a person sign in no more with an account of an identity provider, and end their sessions; the issuer."""
    identity = session.get(UserIdentity, identity_id)
    if identity is None or identity.user_id != user.id:
        raise NotFound
    session.delete(identity)
    end_all_sessions(session, user)
    session.flush()
    return identity.issuer


def set_active(session: Session, user: User, active: bool, by: User) -> None:
    """Let a person in again, or keep them out and end their sessions."""
    if user.id == by.id:
        raise OwnAccess
    user.active = active
    if active:
        # Else the last day they had would keep them out again.
        user.left_on = None
    session.add(user)
    if not active:
        withdraw_invitation(session, user)
        end_all_sessions(session, user)
    session.flush()


def withdraw_invitation(session: Session, user: User) -> None:
    """Let the link by which a person may choose a password open nothing any more."""
    session.exec(delete(Invitation).where(col(Invitation.user_id) == user.id))


def set_language(session: Session, user: User, language: str) -> None:
    """Show the product to this person in another language."""
    user.language = language
    session.add(user)
    session.flush()


def agent_called(session: Session, username: str, team: Team | None, now: datetime) -> User:
    """The agent of this user name, added when a call names one that nobody has added before."""
    known = queries.user_named(session, username)
    if known:
        return known
    return add_user(
        session, username=username, name=username, role=Role.AGENT, team_id=team.id if team else None, now=now
    )


def team_called(session: Session, name: str) -> Team:
    """The team of this name, added when nobody has added it before."""
    return queries.team_named(session, name) or add_team(session, name)


def sign_in(
    session: Session,
    username: str,
    password: str,
    now: datetime,
    *,
    admins_only: bool = False,
    browser: str = "",
    length: timedelta = SESSION_LENGTH,
    counted: int | None = None,
) -> str:
    """The token of a new session for whoever gives the right password.

    An attempt is counted by `guessing.begin`, in a transaction of its own, since this one is rolled back; `counted`
    is the attempt itself.
    """
    known = username.strip().lower()
    if queries.failures_since(session, known, now - FAILURE_WINDOW, but=counted) >= MOST_FAILURES:
        raise TooManyAttempts
    user = queries.user_named(session, username)
    # An unknown name takes as long as a wrong password, so that names cannot be found out by the clock.
    may = user is not None and user.active and (user.role == Role.ADMIN or not admins_only)
    kept = user.password_hash if user and may and user.password_hash else _nobodys_hash()
    if not matches(kept, password) or user is None or kept == _nobodys_hash():
        raise WrongPassword
    keep_password(session, user, kept)
    session.exec(delete(FailedSignIn).where(col(FailedSignIn.username) == known))
    if _hasher().check_needs_rehash(kept):
        user.password_hash = hashed_password(password)
        session.add(user)
    return open_session(session, user, now, browser, length)


def keep_password(session: Session, user: User, kept: str | None) -> None:
    """Hold the password that was looked at until the transaction ends; refused where it was changed meanwhile."""
    queries.lock_user(session, id_of(user))
    session.refresh(user)
    if user.password_hash != kept or not user.active:
        raise WrongPassword


def count_failure(session: Session, username: str, now: datetime) -> int:
    """Remember a wrong password; the id under which it is."""
    session.exec(delete(FailedSignIn).where(col(FailedSignIn.at) <= now - FAILURE_WINDOW))
    failed = FailedSignIn(username=username.strip().lower()[:200], at=now)
    session.add(failed)
    session.flush()
    return id_of(failed)


def open_session(
    session: Session, user: User, now: datetime, browser: str = "", length: timedelta = SESSION_LENGTH
) -> str:
    """The token of a new session of this person."""
    token = secrets.token_urlsafe(32)
    session.exec(delete(UserSession).where(col(UserSession.expires_at) <= now))
    session.add(
        UserSession(
            token_hash=digest(token),
            user_id=id_of(user),
            browser=browser,
            created_at=now,
            last_seen_at=now,
            expires_at=now + length,
        )
    )
    session.flush()
    session.exec(update(User).where(col(User.id) == user.id).values(last_seen_at=now))
    return token


def see(session: Session, token_hash: str, now: datetime) -> None:
    """Note that the person of a session is at work; several requests at once note it once."""
    long_ago = now - SEEN_EVERY
    mine = col(UserSession.token_hash) == token_hash
    seen = update(UserSession).where(mine, col(UserSession.last_seen_at) < long_ago).values(last_seen_at=now)
    if session.exec(seen).rowcount:
        person = select(UserSession.user_id).where(mine).scalar_subquery()
        session.exec(update(User).where(col(User.id) == person).values(last_seen_at=now))


def use_key(session: Session, key_id: int, now: datetime) -> None:
    """Note that a program uses this key."""
    session.exec(update(ApiKey).where(col(ApiKey.id) == key_id).values(last_used_at=now))


def end_all_sessions(session: Session, user: User) -> None:
    """End the sessions of a person everywhere."""
    session.exec(delete(UserSession).where(col(UserSession.user_id) == user.id))


def sign_out(session: Session, token: str) -> None:
    """End the session of this token."""
    session.exec(delete(UserSession).where(col(UserSession.token_hash) == digest(token)))


def end_other_sessions(session: Session, user: User, token: str) -> None:
    """End the sessions of a person everywhere but here."""
    others = delete(UserSession).where(col(UserSession.user_id) == user.id)
    session.exec(others.where(col(UserSession.token_hash) != digest(token)))


def end_session(session: Session, user: User, reference: str) -> None:
    """End one session of a person, named by the beginning of its hash."""
    mine = delete(UserSession).where(col(UserSession.user_id) == user.id)
    session.exec(mine.where(col(UserSession.token_hash).startswith(reference, autoescape=True)))


def add_api_key(
    session: Session, *, name: str, scopes: list[Scope], owner: User, now: datetime, length: timedelta = KEY_LENGTH
) -> str:
    """The secret of a new API key, which nobody can read again later."""
    if not name.strip():
        raise NameMissing
    secret = KEY_PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiKey(
            name=name.strip(),
            prefix=secret[: len(KEY_PREFIX) + 6],
            secret_hash=digest(secret),
            scopes=[scope.value for scope in scopes],
            user_id=id_of(owner),
            created_at=now,
            expires_at=now + length,
        )
    )
    session.flush()
    return secret


def revoke_api_key(session: Session, key_id: int, now: datetime) -> None:
    """Make a key useless from now on."""
    key = session.get(ApiKey, key_id)
    if key is None:
        raise NotFound
    key.revoked_at = key.revoked_at or now
    session.add(key)
    session.flush()


def digest(secret: str) -> str:
    """How a random secret is kept: one that nobody can guess needs no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def hashed_password(password: str) -> str:
    """How a password is kept: argon2id with the library's (RFC 9106) parameters."""
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise PasswordTooWeak
    return _hasher().hash(password)


def check_time_zone(name: str) -> None:
    """Refuse what is no IANA name of a zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownTimeZone from error


def matches(kept: str, password: str) -> bool:
    """Whether this is the password that was kept so; of one that is too long, no more is looked at than of others."""
    try:
        return _hasher().verify(kept, password[:LONGEST_PASSWORD]) and len(password) <= LONGEST_PASSWORD
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    return PasswordHasher()


@cache
def _nobodys_hash() -> str:
    return _hasher().hash(secrets.token_urlsafe(16))
