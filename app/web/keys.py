"""API keys, for administrators."""

from dataclasses import dataclass
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries, service
from app.accounts.models import ApiKey, Scope, User
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.ledger.service import record_account
from app.request import SessionDep, actor
from app.web.people import Administrator, Option
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.times import Moment, moment, zone_of

router = APIRouter(prefix="/admin")

SCOPES = {
    Scope.CALLS_WRITE: N_("Add calls"),
    Scope.SCORES_READ: N_("Read scores"),
    Scope.SCORES_WRITE: N_("Write verdicts"),
    Scope.EXPORT_READ: N_("Export figures"),
    Scope.ADMIN: N_("Everything"),
}


class NoScope(AppError):
    """Choose at least one thing that the key may do."""

    code = "no_scope"
    status = 422


@dataclass(frozen=True)
class KeyRow:
    """An API key as the list shows it."""

    id: int
    name: str
    prefix: str
    scopes: tuple[str, ...]
    owner: str
    created: Moment
    expires: Moment
    last_used: Moment | None
    state: str
    usable: bool


@dataclass(frozen=True)
class KeysPage:
    """The API keys; `secret` stands on the page that follows the making of a key, and nowhere else ever."""

    template: ClassVar[str] = "people/keys.html"
    keys: tuple[KeyRow, ...]
    scopes: tuple[Option, ...]
    secret: str = ""
    name: str = ""
    error: str = ""


@router.get("/keys")
def list_keys(request: Request, session: SessionDep, user: Administrator) -> Response:
    return render(request, _keys(session, user, words_for(request)))


@router.post("/keys")
def make_key(
    request: Request,
    session: SessionDep,
    user: Administrator,
    scopes: Annotated[list[Scope], Form(default_factory=list)],
    name: Annotated[str, Form(max_length=100)] = "",
) -> Response:
    words = words_for(request)
    try:
        if not scopes:
            raise NoScope
        secret = service.add_api_key(session, name=name, scopes=scopes, owner=user, now=clock.now())
        key = queries.api_key(session, service.digest(secret))
        assert key is not None  # noqa: S101 (just made)
        told: dict[str, Any] = {"name": key.name, "scopes": key.scopes, "expires": key.expires_at}
        record_account(session, actor(user), "key.made", key_id=key.id, **told)
    except AppError as error:
        session.rollback()
        return render(request, _keys(session, user, words, name=name, error=words.gettext(error.message)), error.status)
    return render(request, _keys(session, user, words, secret=secret), 201)


@router.post("/keys/{key_id}/revoke")
def revoke_key(key_id: RowId, session: SessionDep, user: Administrator) -> Response:
    service.revoke_api_key(session, key_id, clock.now())
    record_account(session, actor(user), "key.revoked", key_id=key_id)
    return see_other("/admin/keys", "saved")


def _keys(
    session: Session, user: User, words: Translator, secret: str = "", name: str = "", error: str = ""
) -> KeysPage:
    keys, zone = queries.api_keys(session), zone_of(session, user)
    owners = queries.names(session, {key.user_id for key in keys})
    return KeysPage(
        keys=tuple(key_row(key, owners.get(key.user_id, ""), zone, words) for key in reversed(keys)),
        scopes=tuple(Option(scope.value, words.gettext(label)) for scope, label in SCOPES.items()),
        secret=secret,
        name=name,
        error=error,
    )


def key_row(key: ApiKey, owner: str, zone: ZoneInfo, words: Translator) -> KeyRow:
    """A key as it is listed, on the reader's clock."""
    expired = key.expires_at <= clock.now()
    state = words.gettext("Revoked") if key.revoked_at else words.gettext("Expired") if expired else ""
    return KeyRow(
        id=id_of(key),
        name=key.name,
        prefix=key.prefix,
        scopes=tuple(words.gettext(SCOPES[Scope(scope)]) for scope in key.scopes),
        owner=owner,
        created=moment(key.created_at, zone),
        expires=moment(key.expires_at, zone),
        last_used=moment(key.last_used_at, zone) if key.last_used_at else None,
        state=state or words.gettext("Valid"),
        usable=not state,
    )
