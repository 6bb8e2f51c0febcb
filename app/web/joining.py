"""Opening a link by which one chooses a password: who is new, and who has forgotten theirs.

The token stands in the address, for it must open from a mail and without a script. The server keeps no log of
addresses, the page is kept by no browser and, as every page, tells no other site where one comes from, and the link
works once.
"""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Form, Path, Request
from fastapi.responses import HTMLResponse, Response

from app.accounts import invitations
from app.accounts.invitations import LinkGone
from app.accounts.models import Invitation, Purpose, User
from app.kit import clock, db
from app.kit.errors import AppError
from app.kit.i18n import LANGUAGES, preferred_language
from app.ledger.service import record_account
from app.request import Services, ServicesDep, actor, check_same_site
from app.web.accounts import address_of, session_of, signed_in, takes_passwords
from app.web.rendering import render, words_for
from app.web.times import Moment, moment, zone_of

router = APIRouter(prefix="/join")

Token = Annotated[str, Path(max_length=100)]


@dataclass(frozen=True)
class JoinPage:
    """Where the person of a link chooses their password, or signs in by the identity provider instead."""

    template: ClassVar[str] = "accounts/join.html"
    token: str
    name: str
    username: str
    is_new: bool
    until: Moment
    language: str
    languages: dict[str, str]
    takes_password: bool
    provider: str
    error: str = ""


@router.get("/{token}")
def join_page(request: Request, shared: ServicesDep, token: Token) -> Response:
    return _shown(request, shared, token)


@router.post("/{token}")
def join(
    request: Request,
    shared: ServicesDep,
    token: Token,
    wanted: Annotated[str, Form(max_length=1000)] = "",
    again: Annotated[str, Form(max_length=1000)] = "",
    language: Annotated[str, Form(pattern="^(en|zh|ja)$")] = "en",
) -> Response:
    check_same_site(request)
    invitation, user = open_link(request, shared, token)
    try:
        if not takes_passwords(shared):
            raise LinkGone
        with db.session(shared.engine) as session:
            session.add(user)
            invitations.choose_password(session, invitation, user, wanted, again, language)
            record_account(session, actor(user), "user.password_set", user_id=user.id, by="link")
            opened = session_of(session, request, shared, user)
    except LinkGone:
        raise
    except AppError as error:
        return _shown(request, shared, token, language, error)
    return signed_in(request, shared, opened, "/")


def open_link(request: Request, shared: Services, token: str) -> tuple[Invitation, User]:
    """The link of this token; one that opens nothing is counted, so that nobody tries many."""
    address = address_of(request)
    try:
        with db.session(shared.engine, reads_only=True) as session:
            found = invitations.opened(session, token, address, clock.now())
            session.expunge_all()
            return found
    except LinkGone:
        with db.session(shared.engine) as session:
            invitations.count_try(session, address, clock.now())
        raise


def _shown(
    request: Request, shared: Services, token: str, language: str = "", error: AppError | None = None
) -> HTMLResponse:
    invitation, user = open_link(request, shared, token)
    with db.session(shared.engine, reads_only=True) as session:
        zone = zone_of(session, user)
    accepted = request.headers.get("accept-language", "")
    page = JoinPage(
        token=token,
        name=user.name,
        username=user.username,
        is_new=invitation.purpose == Purpose.JOIN,
        until=moment(invitation.expires_at, zone),
        language=language or (preferred_language(accepted) if invitation.purpose == Purpose.JOIN else user.language),
        languages=LANGUAGES,
        takes_password=takes_passwords(shared),
        provider=shared.settings.oidc_name if shared.identity_provider else "",
        error=words_for(request).gettext(error.message) if error else "",
    )
    return render(request, page, error.status if error else 200)
