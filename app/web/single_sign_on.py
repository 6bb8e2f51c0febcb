"""Signing in by an identity provider: there, back, and out again."""

import logging
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Cookie, Request
from fastapi.responses import RedirectResponse, Response
from sqlmodel import Session

from app.accounts import identities, identity_provider
from app.accounts.identities import Recognised, Rules
from app.accounts.identity_provider import Attempt, IdentityProvider, Proof
from app.accounts.invitations import LinkGone
from app.accounts.models import Role
from app.kit import clock, db
from app.kit.errors import AppError, NotFound
from app.ledger.service import machine, record_account
from app.request import Services, ServicesDep, actor
from app.settings import Settings
from app.web.accounts import BEGIN_SIGN_IN, END_SIGN_IN, address_of, is_https, session_of, sign_in_form, signed_in
from app.web.joining import open_link
from app.web.rendering import render, see_other, within, words_for

log = logging.getLogger(__name__)

router = APIRouter()

BACK = f"{BEGIN_SIGN_IN}/back"
COOKIE = "callmark_attempt"
ATTEMPT_SECONDS = 600


@router.get(BEGIN_SIGN_IN)
def begin(request: Request, shared: ServicesDep, next: str = "/", invitation: str = "") -> Response:
    """Send the browser to the identity provider; a form could not, since pages send forms nowhere else."""
    attempt = identity_provider.begun(within(next), invitation)
    try:
        if invitation:
            open_link(request, shared, invitation)
            if not _comes_from_here(request):
                # Only the page of the link says whose account this is; nobody is sent past it.
                return see_other(f"/join/{invitation}")
        address = _provider(shared).address(attempt, _back(request, shared))
    except AppError as error:
        return _refused(request, shared, error)
    response = RedirectResponse(address, 303)
    # Lax, not strict: it must come along when the provider sends the browser back.
    response.set_cookie(
        COOKIE,
        attempt.written(),
        max_age=ATTEMPT_SECONDS,
        path=BEGIN_SIGN_IN,
        httponly=True,
        samesite="lax",
        secure=is_https(request, shared),
    )
    return response


@router.get(BACK)
def come_back(
    request: Request,
    shared: ServicesDep,
    attempted: Annotated[str, Cookie(alias=COOKIE)] = "",
    state: str = "",
) -> Response:
    provider = _provider(shared)
    try:
        attempt = identity_provider.attempt_read(attempted, state)
        proof = provider.proof(attempt, request.query_params, _back(request, shared))
        with db.session(shared.engine) as session:
            found = _recognised(session, request, shared.settings, attempt, proof)
            _record(session, found, proof)
            token = session_of(session, request, shared, found.user)
        response = signed_in(request, shared, token, within(attempt.goes_on))
    except AppError as error:
        log.warning("a sign-in by the identity provider was refused: %s", error.code)
        response = _refused(request, shared, error)
    response.delete_cookie(COOKIE, path=BEGIN_SIGN_IN)
    return response


@router.get(END_SIGN_IN)
def sign_out_there(request: Request, shared: ServicesDep) -> Response:
    """Sign out of the identity provider too, where it has a page for that."""
    address = _provider(shared).sign_out_address(f"{site_address(request, shared)}/sign-in")
    return RedirectResponse(address, 303) if address else see_other("/sign-in")


def site_address(request: Request, shared: Services) -> str:
    """The address under which people reach the product, without a slash at its end."""
    return (shared.settings.public_url or str(request.base_url)).rstrip("/")


def _comes_from_here(request: Request) -> bool:
    """Whether one of our own pages led here: not another site, nor a mail, nor an address that was typed."""
    fetched = request.headers.get("sec-fetch-site")
    if fetched is not None:
        return fetched == "same-origin"
    # Browsers do not tell that without HTTPS, but they name the page.
    return urlsplit(request.headers.get("referer", "")).netloc == request.headers.get("host")


def _back(request: Request, shared: Services) -> str:
    return site_address(request, shared) + BACK


def _provider(shared: Services) -> IdentityProvider:
    if shared.identity_provider is None:
        raise NotFound
    return shared.identity_provider


def _recognised(session: Session, request: Request, settings: Settings, attempt: Attempt, proof: Proof) -> Recognised:
    roles = {value: Role(role) for value, role in settings.oidc_role_map or ()}
    rules = Rules(settings.oidc_role_claim, roles, settings.oidc_create)
    if not attempt.invitation:
        return identities.recognise(session, proof, rules, clock.now())
    return identities.join(session, proof, rules, attempt.invitation, address_of(request), clock.now())


def _record(session: Session, found: Recognised, proof: Proof) -> None:
    """Put into the ledger what a sign-in changed: whom it added, to which account it tied them, their role."""
    user, by = found.user, machine(clock.now())
    if found.added:
        told: dict[str, Any] = {"name": user.name, "username": user.username, "role": user.role}
        record_account(session, by, "user.added", user_id=user.id, **told)
    if found.linked:
        record_account(session, actor(user), "user.identity_linked", user_id=user.id, issuer=proof.issuer)
    if found.password_ended:
        record_account(session, actor(user), "user.password_ended", user_id=user.id)
    if found.role_before is not None:
        changed = {"old": found.role_before, "new": user.role}
        record_account(session, by, "user.changed", user_id=user.id, role=changed)


def _refused(request: Request, shared: Services, error: AppError) -> Response:
    """The page to sign in, with the reason; whoever tried an address that is not there gets the ordinary error."""
    if isinstance(error, NotFound | LinkGone):
        raise error
    page = sign_in_form(shared, "/", error=words_for(request).gettext(error.message))
    return render(request, page, error.status)
