"""Whether mail goes out, for administrators, and a trial of it."""

from dataclasses import dataclass
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_manage_people
from app.kit import clock
from app.kit.errors import AppError
from app.kit.i18n import N_
from app.kit.mail import MailServer, send
from app.notices import queries
from app.notices.letters import trial
from app.notices.mailing import server_of
from app.request import Allow, Services, ServicesDep, SessionDep
from app.web.rendering import render, see_other, words_for

router = APIRouter(prefix="/admin/mail")

Administrator = Annotated[User, Allow(may_manage_people)]


class NoMailServer(AppError):
    """No mail server is set up: CALLMARK_SMTP_URL is empty."""

    code = "no_mail_server"
    status = 409


class NoAddress(AppError):
    """You have no mail address; enter it among your settings."""

    code = "no_address"
    status = 409


@dataclass(frozen=True)
class MailPage:
    """The mail server, what waits to be sent, and to whom a trial goes."""

    template: ClassVar[str] = "people/mail.html"
    server: str
    encryption: str
    sender: str
    links: str
    email: str
    waiting: int
    failing: int
    error: str = ""


@router.get("")
def show_mail(request: Request, session: SessionDep, shared: ServicesDep, user: Administrator) -> Response:
    return render(request, _page(request, session, shared, user))


@router.post("/trial")
def send_trial(request: Request, session: SessionDep, shared: ServicesDep, user: Administrator) -> Response:
    # A mail server may take its time, and nobody is to wait for this transaction meanwhile.
    session.commit()
    try:
        _send_trial(shared, user)
    except AppError as error:
        page = _page(request, session, shared, user, words_for(request).gettext(error.message))
        return render(request, page, error.status)
    return see_other("/admin/mail", "mailed")


def _send_trial(shared: Services, user: User) -> None:
    server = server_of(shared.settings)
    if server is None:
        raise NoMailServer
    if not user.email:
        raise NoAddress
    send(server, trial(user, shared.settings.public_url), clock.now())


def _page(request: Request, session: Session, shared: Services, user: User, error: str = "") -> MailPage:
    server, (waiting, failing) = server_of(shared.settings), queries.unsent(session)
    return MailPage(
        server=f"{server.host}:{server.port}" if server else "",
        encryption=words_for(request).gettext(_encryption(server)) if server else "",
        sender=server.sender if server else "",
        links=shared.settings.public_url or "",
        email=user.email or "",
        waiting=waiting,
        failing=failing,
        error=error,
    )


def _encryption(server: MailServer) -> str:
    return (
        N_("from the first byte (TLS)") if server.encrypted else N_("once connected, where the server can (STARTTLS)")
    )
