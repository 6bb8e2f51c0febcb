"""API keys: who has which, made and revoked by administrators."""

from datetime import timedelta
from typing import Annotated, Any, Literal

from fastapi import Response
from pydantic import BaseModel, Field
from sqlmodel import Session

from app.accounts import queries, service
from app.accounts.models import ApiKey, Scope, User
from app.accounts.policies import may_manage_people
from app.api.idempotency import OnceDep
from app.api.parameters import PLAIN, Cursor, Moment, PageOut, PageSize, RowId, username, wrong
from app.api.routing import api_router
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE
from app.ledger.service import record_account
from app.request import Client, KeyFor, SessionDep

router = api_router("/keys", ["keys"])

Administrator = Annotated[Client, KeyFor(may_manage_people, Scope.ADMIN)]
LONGEST_DAYS = 3660


class KeyOut(BaseModel):
    """An API key, without its secret: only a hash of that is kept."""

    id: int = Field(description="The id that Callmark gave.", examples=[4])
    name: str = Field(description="What it is called; the ledger names it so.", examples=["night import"])
    prefix: str = Field(description="How the secret begins, to know it again.", examples=["cm_Xy12ab"])
    scopes: list[Scope] = Field(description="What it may do.", examples=[[Scope.CALLS_WRITE]])
    owner: str | None = Field(description="User name of the person whose view it has.", examples=["ada"])
    state: Literal["valid", "expired", "revoked"] = Field(description="Whether it opens anything.", examples=["valid"])
    created_at: Moment = Field(description="When it was made (RFC 3339).", examples=["2026-10-01T02:00:00Z"])
    expires_at: Moment = Field(description="When it ends by itself (RFC 3339).", examples=["2026-12-30T02:00:00Z"])
    last_used_at: Moment | None = Field(
        description="When it was last used, to five minutes.", examples=["2026-10-02T00:10:00Z"]
    )
    revoked_at: Moment | None = Field(description="When it was revoked (RFC 3339).", examples=[None])


class NewKeyOut(KeyOut):
    """A key that was made just now."""

    secret: str | None = Field(
        description="Shown this once; null if the request is repeated with its Idempotency-Key.",
        examples=["cm_Xy12abcdefghij…"],
    )


class KeyIn(BaseModel):
    """A key that is to be made."""

    name: str = Field(
        min_length=1, max_length=100, pattern=PLAIN, description="What it is called.", examples=["night import"]
    )
    scopes: list[Scope] = Field(
        min_length=1, max_length=len(Scope), description="What it may do.", examples=[[Scope.CALLS_WRITE]]
    )
    owner: str | None = Field(
        None,
        max_length=100,
        pattern=PLAIN,
        description="User name of the person whose view it has; else the owner of the key that makes it.",
        examples=["ada"],
    )
    days: int = Field(
        service.KEY_LENGTH.days, ge=1, le=LONGEST_DAYS, description="How many days it is valid.", examples=[90]
    )


@router.get("")
def list_keys(
    client: Administrator, session: SessionDep, cursor: Cursor = None, limit: PageSize = PAGE_SIZE
) -> PageOut[KeyOut]:
    """All keys, the newest first."""
    page = queries.api_keys_page(session, cursor=cursor, size=limit).of(lambda key: key_out(session, key))
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.post("", status_code=201)
def make_key(given: KeyIn, client: Administrator, session: SessionDep, once: OnceDep, response: Response) -> NewKeyOut:
    """Make a key; its secret is shown in this answer and never again."""
    once.hide("secret")
    owner, scopes = _owner(session, client, given.owner), list(dict.fromkeys(given.scopes))
    length = timedelta(days=given.days)
    secret = service.add_api_key(session, name=given.name, scopes=scopes, owner=owner, now=clock.now(), length=length)
    key = queries.api_key(session, service.digest(secret))
    if key is None:
        raise NotFound
    told: dict[str, Any] = {"name": key.name, "scopes": key.scopes, "expires": key.expires_at, "owner": key.user_id}
    record_account(session, client.actor, "key.made", key_id=id_of(key), **told)
    response.headers["Location"] = f"/api/v1/keys/{key.id}"
    return NewKeyOut(**key_out(session, key).model_dump(), secret=secret)


@router.get("/{key_id}")
def get_key(key_id: RowId, client: Administrator, session: SessionDep) -> KeyOut:
    """One key."""
    return key_out(session, _known(session, key_id))


@router.delete("/{key_id}")
def revoke_key(key_id: RowId, client: Administrator, session: SessionDep) -> KeyOut:
    """Revoke a key: it opens nothing from now on. It stays in the list."""
    if _known(session, key_id).revoked_at is None:
        service.revoke_api_key(session, key_id, clock.now())
        record_account(session, client.actor, "key.revoked", key_id=key_id)
    return key_out(session, _known(session, key_id))


def key_out(session: Session, key: ApiKey) -> KeyOut:
    """A key, with its state at this moment."""
    expired = key.expires_at <= clock.now()
    return KeyOut(
        **key.model_dump(include=set(KeyOut.model_fields) - {"scopes"}),
        scopes=[Scope(one) for one in key.scopes],
        owner=username(session, key.user_id),
        state="revoked" if key.revoked_at else "expired" if expired else "valid",
    )


def _known(session: Session, key_id: int) -> ApiKey:
    key = queries.api_key_numbered(session, key_id)
    if key is None:
        raise NotFound
    return key


def _owner(session: Session, client: Client, name: str | None) -> User:
    owner = client.user if name is None else queries.user_named(session, name)
    if owner is None or not owner.active:
        raise wrong("owner", f"there is nobody named {name!r} who has access", "body")
    return owner
