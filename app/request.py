"""What every route may ask for: a session, who asks, what they may; and how errors are told over JSON."""

import contextlib
import secrets
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy import Engine
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.identity_provider import IdentityProvider
from app.accounts.models import Scope, User
from app.accounts.policies import who_may
from app.accounts.service import SEEN_EVERY, digest, see, use_key
from app.kit import clock, db
from app.kit.blobs import Blobs
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.kit.queue import Queue
from app.ledger.service import Actor
from app.settings import Settings

SESSION_COOKIE = "callmark_session"
READER_HEADER = "X-Callmark-Reader"
SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PROBLEM = "application/problem+json"


class NotSignedIn(AppError):
    """Sign in first."""

    code = "not_signed_in"
    status = 401


class SomebodyElse(NotSignedIn):
    """Somebody else has signed in here since this page was opened; sign in as yourself again."""

    code = "signed_in_as_another"


class KeyMissing(AppError):
    """Send an API key that is valid: Authorization: Bearer cm_…"""

    code = "key_invalid"
    status = 401


class ScopeMissing(AppError):
    """The API key has not the scope that this needs."""

    code = "scope_missing"
    status = 403


class CrossSite(AppError):
    """The request came from another site; open the page again and repeat it there."""

    code = "cross_site"
    status = 403


@dataclass(frozen=True)
class Services:
    """What the whole application shares: made once, by main."""

    settings: Settings
    engine: Engine
    blobs: Blobs
    queue: Queue
    identity_provider: IdentityProvider | None = None
    # Set once the server is told to stop.
    stopping: threading.Event = field(default_factory=threading.Event)


def services(request: Request) -> Services:
    shared: Services = request.app.state.services
    return shared


async def _services(request: Request) -> Services:
    return services(request)


# What only looks at the request is asked for by coroutines: others are each sent to a thread of their own and back.
ServicesDep = Annotated[Services, Depends(_services)]


def open_session(request: Request, shared: ServicesDep) -> Iterator[Session]:
    """The request's one transaction; who only reads never waits for writers."""
    with db.session(shared.engine, reads_only=request.method in SAFE_METHODS) as opened:
        yield opened


# With another scope FastAPI would commit after the answer was sent, and a failing commit would look like success.
SessionDep = Annotated[Session, Depends(open_session, scope="function")]


def current_user(request: Request, session: SessionDep, shared: ServicesDep) -> User:
    """Who is signed in."""
    token, now = digest(request.cookies.get(SESSION_COOKIE, "")), clock.now()
    found = accounts.signed_in(session, token, now, shared.settings.idle)
    if found is None:
        raise NotSignedIn
    user, opened = found
    # What one person's page sends must never be done in the name of another, who signed in beside it.
    if request.headers.get(READER_HEADER, str(user.id)) != str(user.id):
        raise SomebodyElse
    if opened.last_seen_at < now - SEEN_EVERY:
        later(session, shared, lambda writing: see(writing, token, now))
    # A transaction that is rolled back forgets what it has read; the page that tells of it still names the person.
    session.expunge(user)
    request.state.user = user
    if request.method not in SAFE_METHODS:
        check_same_site(request)
    return user


def recognise(request: Request) -> None:
    """Let a page that no route answers, such as that of an unknown address, still know who reads it."""
    token, shared = digest(request.cookies.get(SESSION_COOKIE, "")), services(request)
    # The page is shown all the same where the database is out of reach.
    with contextlib.suppress(AppError), db.session(shared.engine, reads_only=True) as session:
        found = accounts.signed_in(session, token, clock.now(), shared.settings.idle)
        if found is not None:
            session.expunge(found[0])
            request.state.user = found[0]


def later(session: Session, shared: Services, write: Callable[[Session], None]) -> None:
    """Write what nobody waits for, in a transaction of its own: the request's may only read, or be rolled back."""

    def written() -> None:
        with db.session(shared.engine) as writing:
            write(writing)

    db.after_commit(session, written)


CurrentUser = Annotated[User, Depends(current_user)]


def Allow(policy: Callable[[User], bool]) -> Any:  # noqa: N802 (it reads as a type: Annotated[User, Allow(may_review)])
    """The signed-in person, if the policy says they may."""

    async def guard(user: CurrentUser) -> User:
        if not policy(user):
            raise Forbidden(roles=who_may(policy))
        return user

    return Depends(guard)


@dataclass(frozen=True)
class Client:
    """A REST client: the key it came with, and the person whose view of the calls it has."""

    key: str
    user: User
    key_id: int
    scopes: frozenset[str]

    @property
    def actor(self) -> Actor:
        return Actor(f"key {self.key}", clock.now(), self.user.id)


_bearer = HTTPBearer(auto_error=False, description="An API key: `Authorization: Bearer cm_…`")


def known_client(
    given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)], session: SessionDep, shared: ServicesDep
) -> Client:
    """The REST client, if its key is valid."""
    key = accounts.api_key(session, digest(given.credentials)) if given else None
    now = clock.now()
    if key is None or key.revoked_at is not None or key.expires_at <= now:
        raise KeyMissing
    owner = accounts.user(session, key.user_id)
    if owner is None or not owner.active:
        raise KeyMissing
    if key.last_used_at is None or key.last_used_at < now - SEEN_EVERY:
        used = id_of(key)
        later(session, shared, lambda writing: use_key(writing, used, now))
    return Client(key.name, owner, id_of(key), frozenset(key.scopes))


KnownClient = Annotated[Client, Depends(known_client)]


@dataclass(frozen=True)
class KeyGuard:
    """Lets a key in that has the scope (or `admin`) and whose owner may do this themselves."""

    policy: Callable[[User], bool]
    scope: Scope

    async def __call__(self, client: KnownClient) -> Client:
        if self.scope.value not in client.scopes and Scope.ADMIN.value not in client.scopes:
            raise ScopeMissing(f"The API key has not the scope {self.scope.value}, which this needs.")
        if not self.policy(client.user):
            raise Forbidden(roles=who_may(self.policy))
        return client


def KeyFor(policy: Callable[[User], bool], scope: Scope) -> Any:  # noqa: N802 (reads as a type, as `Allow` does)
    """The REST client, if its key has the scope and the policy lets the key's owner in."""
    return Depends(KeyGuard(policy, scope))


def actor(user: User) -> Actor:
    """The person as the ledger names them, now."""
    return Actor(user.name, clock.now(), user.id)


def problem(request: Request, error: AppError) -> JSONResponse:
    """An error as RFC 9457 problem JSON."""
    headers = {"WWW-Authenticate": "Bearer"} if error.status == 401 else {}
    if error.status in (429, 503) or "retry_after" in error.details:
        headers["Retry-After"] = str(error.details.get("retry_after", 60))
    body = {
        "type": f"urn:callmark:{error.code}",
        "title": error.message,
        "status": error.status,
        "code": error.code,
        "request_id": request_id(request),
        **error.details,
    }
    return JSONResponse(body, error.status, headers, media_type=PROBLEM)


class Invalid(AppError):
    """Some fields cannot be used as they are."""

    code = "invalid"
    status = 422

    def __init__(self, faults: Sequence[Mapping[str, str]]) -> None:
        super().__init__("; ".join(f"{fault['field']}: {fault['message']}" for fault in faults), errors=faults)
        self.fields = tuple(fault["field"] for fault in faults)


def invalid(error: RequestValidationError) -> Invalid:
    """Which fields cannot be used, and why, in the words of our own errors."""
    faults = [
        {"field": ".".join(map(str, fault["loc"][1:])) or str(fault["loc"][0]), "message": fault["msg"]}
        for fault in error.errors()
    ]
    return Invalid(faults)


def request_id(request: Request) -> str:
    """The id under which this request stands in the log; the client's own, if it sent a plain one."""
    known: str | None = getattr(request.state, "request_id", None)
    if known is None:
        sent = request.headers.get("x-request-id", "")
        known = sent if sent.isascii() and sent.replace("-", "").isalnum() and len(sent) <= 64 else secrets.token_hex(8)
        request.state.request_id = known
    return known


def etag(version: int) -> str:
    return f'"{version}"'


def check_same_site(request: Request) -> None:
    """Refuse what a browser says another site sent; who sends neither header is no browser."""
    fetched = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if fetched is not None:
        is_ours = fetched in ("same-origin", "none")
    else:
        is_ours = origin is None or origin.split("://")[-1] == request.headers.get("host")
    if not is_ours:
        raise CrossSite
