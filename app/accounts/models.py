"""People, teams, sessions and API keys as they are stored."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import JSON, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class Role(StrEnum):
    """What a person is to the product."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    AGENT = "agent"


class Mail(StrEnum):
    """When a person is told by mail what concerns them: at once, once a day, or never."""

    EACH = "each"
    DAILY = "daily"
    OFF = "off"


class Purpose(StrEnum):
    """Why somebody is given a link to choose a password: they are new, or have forgotten it."""

    JOIN = "join"
    RESET = "reset"


class Scope(StrEnum):
    """What an API key may do."""

    CALLS_WRITE = "calls:write"
    SCORES_READ = "scores:read"
    SCORES_WRITE = "scores:write"
    EXPORT_READ = "export:read"
    ADMIN = "admin"


class Team(SQLModel, table=True):
    """A team of agents; `time_zone` (IANA name) fixes on which day its calls count."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    time_zone: str = "UTC"


class User(SQLModel, table=True):
    """A person: staff who sign in, and agents, who may have no password yet.

    `username` is what they sign in with and what a switch calls the agent by. `time_zone` (IANA name) is that of the
    clock they read; without one, their team's. What stood in their inbox before `inbox_seen_at` is not new to them.
    `languages` are those of the calls they review (none: all). They get no work from `absent_from` to `absent_until`,
    both included (no end: until further notice). `left_on` is the last day on which they use the product.
    `email_own`: they typed their address themselves, so that it proves nothing to a sign-in by an identity provider.
    `most_open` is how many open reviews they are given at most; without one, the setting says it.
    """

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(unique=True)
    name: str
    role: Role = Field(sa_column=Column(values_of(Role), nullable=False))
    team_id: int | None = Field(default=None, foreign_key="team.id", index=True)
    password_hash: str | None = None
    language: str = "en"
    time_zone: str | None = None
    inbox_seen_at: datetime | None = Field(default=None, sa_type=UtcTime)
    active: bool = True
    last_seen_at: datetime | None = Field(default=None, sa_type=UtcTime)
    email: str | None = None
    email_own: bool = False
    mail: Mail = Field(default=Mail.EACH, sa_column=Column(values_of(Mail), nullable=False))
    languages: list[str] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    absent_from: date | None = None
    absent_until: date | None = None
    left_on: date | None = None
    most_open: int | None = None
    created_at: datetime = Field(sa_type=UtcTime)


UNSETTLED = text("NOT settled")


class TeamMembership(SQLModel, table=True):
    """From which day on a person belongs to a team, or to none; it lasts until their next one begins.

    `User.team_id` is the one of today; a call belongs to the team of its day. `settled`: it has begun, and the calls
    of its days are counted for the team.
    """

    __tablename__ = "team_membership"
    __table_args__ = (
        UniqueConstraint("user_id", "since"),
        Index("ix_team_membership_unsettled", "since", sqlite_where=UNSETTLED, postgresql_where=UNSETTLED),
    )

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id")
    team_id: int | None = Field(default=None, foreign_key="team.id")
    since: date
    settled: bool = False


class Invitation(SQLModel, table=True):
    """The open link by which a person may choose a password; once it is used or withdrawn, it is not here any more.

    Only the hash of its token is kept.
    """

    user_id: int = Field(primary_key=True, foreign_key="user.id")
    purpose: Purpose = Field(sa_column=Column(values_of(Purpose), nullable=False))
    token_hash: str = Field(unique=True)
    made_by: int = Field(foreign_key="user.id")
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)


class UserIdentity(SQLModel, table=True):
    """Who a person is to an identity provider: the subject is its own name for them, never given to another."""

    __tablename__ = "user_identity"
    __table_args__ = (UniqueConstraint("issuer", "subject"),)

    id: int | None = Field(default=None, primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    issuer: str
    subject: str
    created_at: datetime = Field(sa_type=UtcTime)


class UserSession(SQLModel, table=True):
    """A signed-in browser; only the hash of its token is kept. `browser`: "Chrome · Windows"."""

    __tablename__ = "user_session"

    token_hash: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    browser: str = ""
    created_at: datetime = Field(sa_type=UtcTime)
    last_seen_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)


class FailedSignIn(SQLModel, table=True):
    """A wrong password, counted to slow guessing down."""

    __tablename__ = "failed_sign_in"

    id: int | None = Field(default=None, primary_key=True)
    username: str = Field(index=True)
    at: datetime = Field(sa_type=UtcTime)


class ApiKey(SQLModel, table=True):
    """A key of a REST client; its secret is shown once and only its hash is kept."""

    __tablename__ = "api_key"

    id: int | None = Field(default=None, primary_key=True)
    name: str
    prefix: str
    secret_hash: str = Field(unique=True)
    scopes: list[str] = Field(sa_column=Column(JSON, nullable=False))
    user_id: int = Field(foreign_key="user.id", index=True)
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    last_used_at: datetime | None = Field(default=None, sa_type=UtcTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)


class KeptAnswer(SQLModel, table=True):
    """What a program was answered when it did something under an Idempotency-Key; doing it again tells the same.

    The key itself is kept as its hash. `fingerprint` is the SHA-256 of the request; `about` the address of what it
    made or changed; `body` has no secret in it.
    """

    __tablename__ = "kept_answer"

    api_key_id: int = Field(primary_key=True, foreign_key="api_key.id")
    key_hash: str = Field(primary_key=True)
    fingerprint: str
    about: str = Field(index=True)
    status: int
    headers: dict[str, str] = Field(sa_column=Column(JSON, nullable=False))
    body: bytes
    kept_at: datetime = Field(sa_type=UtcTime, index=True)
