"""People, teams, sessions and API keys as they are stored."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, Column
from sqlmodel import Field, SQLModel

from app.kit.db import UtcTime, values_of


class Role(StrEnum):
    """What a person is to the product."""

    ADMIN = "admin"
    SUPERVISOR = "supervisor"
    REVIEWER = "reviewer"
    AGENT = "agent"


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
    created_at: datetime = Field(sa_type=UtcTime)


class UserSession(SQLModel, table=True):
    """A signed-in browser; only the hash of its token is kept."""

    __tablename__ = "user_session"

    token_hash: str = Field(primary_key=True)
    user_id: int = Field(foreign_key="user.id", index=True)
    created_at: datetime = Field(sa_type=UtcTime)
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
    revoked_at: datetime | None = Field(default=None, sa_type=UtcTime)
