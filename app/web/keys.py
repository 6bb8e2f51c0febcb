"""API keys, for administrators."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries, service
from app.accounts.models import ApiKey, Scope
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.request import SessionDep
from app.web.call_rows import local_time
from app.web.people import Administrator, Option
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId

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
    created: str
    expires: str
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
    return render(request, _keys(session, words_for(request)))


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
    except AppError as error:
        session.rollback()
        return render(request, _keys(session, words, name=name, error=words.gettext(error.message)), error.status)
    return render(request, _keys(session, words, secret=secret), 201)


@router.post("/keys/{key_id}/revoke")
def revoke_key(key_id: RowId, session: SessionDep, user: Administrator) -> Response:
    service.revoke_api_key(session, key_id, clock.now())
    return see_other("/admin/keys", "saved")


def _keys(session: Session, words: Translator, secret: str = "", name: str = "", error: str = "") -> KeysPage:
    keys = queries.api_keys(session)
    owners = queries.names(session, {key.user_id for key in keys})
    return KeysPage(
        keys=tuple(_key(key, owners.get(key.user_id, ""), words) for key in reversed(keys)),
        scopes=tuple(Option(scope.value, words.gettext(label)) for scope, label in SCOPES.items()),
        secret=secret,
        name=name,
        error=error,
    )


def _key(key: ApiKey, owner: str, words: Translator) -> KeyRow:
    expired = key.expires_at <= clock.now()
    state = words.gettext("Revoked") if key.revoked_at else words.gettext("Expired") if expired else ""
    return KeyRow(
        id=id_of(key),
        name=key.name,
        prefix=key.prefix,
        scopes=tuple(words.gettext(SCOPES[Scope(scope)]) for scope in key.scopes),
        owner=owner,
        created=local_time(key.created_at, None),
        expires=local_time(key.expires_at, None),
        state=state or words.gettext("Valid"),
        usable=not state,
    )
