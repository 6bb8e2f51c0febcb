"""One person, for administrators: added, changed, given a link to choose a password, signed out, kept out."""

import logging
from dataclasses import dataclass, replace
from typing import Annotated, Any, ClassVar

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import invitations, people_queries, queries, service
from app.accounts.models import Role, User
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.kit.mail import Letter, MailAway, MailRefused, MailServer, send
from app.ledger.service import record_account
from app.notices.invitation_letter import invitation_letter
from app.notices.mailing import server_of
from app.request import SESSION_COOKIE, Services, ServicesDep, SessionDep, actor
from app.web.accounts import takes_passwords
from app.web.people import (
    Administrator,
    Option,
    PeopleFilter,
    PersonRow,
    chosen_team,
    people_page,
    person_row,
    role_options,
)
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.sessions import SessionRow, session_rows
from app.web.single_sign_on import site_address
from app.web.times import Moment, moment, shown_moment, zone_of

log = logging.getLogger(__name__)

router = APIRouter(prefix="/admin/users")


@dataclass(frozen=True)
class IdentityRow:
    """An account of an identity provider with which a person signs in."""

    id: int
    issuer: str
    since: Moment


@dataclass(frozen=True)
class PersonPage:
    """One person; `link` stands on the page that follows its making, and nowhere else ever.

    `email_own`: they typed their address themselves. `mail_error`: why the link did not go to `mailed_to`.
    """

    template: ClassVar[str] = "people/user.html"
    person: PersonRow
    roles: tuple[Option, ...]
    teams: tuple[Option, ...]
    takes_password: bool
    has_password: bool
    email_own: bool
    provider: str
    sessions: tuple[SessionRow, ...]
    identities: tuple[IdentityRow, ...]
    link: str = ""
    mailed_to: str = ""
    mail_error: str = ""
    error: str = ""


@router.post("")
def add_person(
    request: Request,
    shared: ServicesDep,
    session: SessionDep,
    user: Administrator,
    username: Annotated[str, Form(max_length=100)] = "",
    name: Annotated[str, Form(max_length=100)] = "",
    role: Annotated[Role, Form()] = Role.AGENT,
    team: Annotated[str, Form()] = "",
    email: Annotated[str, Form(max_length=254)] = "",
    language: Annotated[str, Form(pattern="^(en|zh|ja)$")] = "en",
    invite: Annotated[bool, Form()] = False,
) -> Response:
    facts = {"username": username, "name": name, "role": role, "language": language}
    try:
        added = service.add_user(session, now=clock.now(), team_id=chosen_team(session, team), **facts)  # type: ignore[arg-type]
        service.set_email(session, added, email)
        told: dict[str, Any] = {"name": added.name, "username": added.username, "role": role, "team_id": added.team_id}
        record_account(session, actor(user), "user.added", user_id=added.id, **told)
        if invite:
            return _invite(request, shared, session, user, added)
    except AppError as error:
        session.rollback()
        words = words_for(request)
        page = people_page(session, user, words, PeopleFilter(), username, name, email, words.gettext(error.message))
        return render(request, page, error.status)
    return see_other("/admin/users", "added")


@router.get("/{user_id}")
def show_person(
    request: Request, shared: ServicesDep, user_id: RowId, session: SessionDep, user: Administrator
) -> Response:
    return render(request, _page(request, shared, session, user, _known(session, user_id)))


@router.post("/{user_id}")
def change_person(
    request: Request,
    shared: ServicesDep,
    user_id: RowId,
    session: SessionDep,
    user: Administrator,
    role: Annotated[Role, Form()],
    name: Annotated[str, Form(max_length=100)] = "",
    team: Annotated[str, Form()] = "",
    email: Annotated[str, Form(max_length=254)] = "",
    email_shown: Annotated[str, Form(max_length=254)] = "",
    trusts_email: Annotated[bool, Form()] = False,
) -> Response:
    person = _known(session, user_id)
    before = _facts(person)
    try:
        team_id = chosen_team(session, team)
        service.change_person(session, person, name=name, role=role, team_id=team_id, by=user, now=clock.now())
        # What only came back with the form was not typed here, even where the person has typed another meanwhile.
        if email.strip() != email_shown:
            service.set_email(session, person, email)
        elif trusts_email:
            _trust_email(session, user, person, email_shown)
    except AppError as error:
        return _refused(request, shared, session, user, user_id, error)
    after = _facts(person)
    changed: dict[str, Any] = {
        one: {"old": before[one], "new": after[one]} for one in after if before[one] != after[one]
    }
    if changed:
        record_account(session, actor(user), "user.changed", user_id=user_id, **changed)
    return see_other(f"/admin/users/{user_id}", "saved")


@router.post("/{user_id}/invitation")
def make_link(
    request: Request, shared: ServicesDep, user_id: RowId, session: SessionDep, user: Administrator
) -> Response:
    try:
        return _invite(request, shared, session, user, _known(session, user_id))
    except AppError as error:
        return _refused(request, shared, session, user, user_id, error)


@router.post("/{user_id}/invitation/withdraw")
def withdraw_link(user_id: RowId, session: SessionDep, user: Administrator) -> Response:
    service.withdraw_invitation(session, _known(session, user_id))
    record_account(session, actor(user), "user.invitation_withdrawn", user_id=user_id)
    return see_other(f"/admin/users/{user_id}", "withdrawn")


@router.post("/{user_id}/sessions")
def end_sessions(
    user_id: RowId, session: SessionDep, user: Administrator, reference: Annotated[str, Form(max_length=64)] = ""
) -> Response:
    person = _known(session, user_id)
    if reference:
        service.end_session(session, person, reference)
    else:
        service.end_all_sessions(session, person)
    record_account(session, actor(user), "user.sessions_ended", user_id=user_id)
    return see_other(f"/admin/users/{user_id}", "signed_out")


@router.post("/{user_id}/identities/{identity_id}/unlink")
def unlink(user_id: RowId, identity_id: RowId, session: SessionDep, user: Administrator) -> Response:
    issuer = service.unlink(session, _known(session, user_id), identity_id)
    record_account(session, actor(user), "user.identity_unlinked", user_id=user_id, issuer=issuer)
    return see_other(f"/admin/users/{user_id}", "saved")


@router.post("/{user_id}/access")
def set_access(
    request: Request,
    shared: ServicesDep,
    user_id: RowId,
    session: SessionDep,
    user: Administrator,
    active: Annotated[bool, Form()],
) -> Response:
    try:
        service.set_active(session, _known(session, user_id), active, user)
        if active:
            record_account(session, actor(user), "user.activated", user_id=user_id)
        else:
            record_account(session, actor(user), "user.deactivated", user_id=user_id, reason="admin")
    except AppError as error:
        return _refused(request, shared, session, user, user_id, error)
    return see_other(f"/admin/users/{user_id}", "saved")


def _known(session: Session, user_id: int) -> User:
    found = queries.user(session, user_id)
    if found is None:
        raise NotFound
    return found


def _trust_email(session: Session, user: User, person: User, email: str) -> None:
    service.trust_email(session, person, email)
    record_account(session, actor(user), "user.email_trusted", user_id=person.id)


def _facts(person: User) -> dict[str, object]:
    return {"name": person.name, "role": person.role, "team_id": person.team_id, "email": person.email}


def _invite(request: Request, shared: Services, session: Session, user: User, person: User) -> Response:
    """Make a link for a person, show it this once, and mail it where mail is set up; if that fails, say so."""
    token = invitations.invite(session, person, user, clock.now())
    record_account(session, actor(user), "user.invited", user_id=person.id)
    link = f"{site_address(request, shared)}/join/{token}"
    server, letter = server_of(shared.settings), _letter(session, person, link)
    page = _page(request, shared, session, user, person)
    # The link is safely stored before it goes out, and nobody waits for this transaction while the mail server does.
    session.commit()
    mailed_to, why = _mailed(server, letter)
    page = replace(page, link=link, mailed_to=mailed_to, mail_error=words_for(request).gettext(why) if why else "")
    return render(request, page, 201)


def _letter(session: Session, person: User, link: str) -> Letter | None:
    """The mail that brings a person their link, if they have an address."""
    invitation = queries.invitation_of(session, id_of(person))
    if invitation is None or not person.email:
        return None
    until = shown_moment(invitation.expires_at, zone_of(session, person))
    return invitation_letter(person, invitation.purpose, link, until, f"invitation-{invitation.token_hash[:16]}")


def _mailed(server: MailServer | None, letter: Letter | None) -> tuple[str, str]:
    """The address that a mail was sent to, if mail is set up, and why it did not go out."""
    if server is None or letter is None:
        return "", ""
    try:
        send(server, letter, clock.now())
    except (MailRefused, MailAway) as error:
        cause = type(error.__cause__).__name__ if error.__cause__ else error.code
        log.warning("a link could not be mailed (%s: %s)", error.code, cause)
        return letter.to, error.message
    return letter.to, ""


def _refused(
    request: Request, shared: Services, session: Session, user: User, user_id: int, error: AppError
) -> Response:
    """The page of a person again, with the reason why nothing was changed."""
    session.rollback()
    page = _page(request, shared, session, user, _known(session, user_id))
    return render(request, replace(page, error=words_for(request).gettext(error.message)), error.status)


def _page(request: Request, shared: Services, session: Session, user: User, person: User) -> PersonPage:
    words, zone, now = words_for(request), zone_of(session, user), clock.now()
    teams = {id_of(team): team.name for team in queries.teams(session)}
    here = service.digest(request.cookies.get(SESSION_COOKIE, ""))
    (standing,) = people_queries.standing_of(session, [person], now)
    return PersonPage(
        person=person_row(standing, teams, user, zone, words),
        roles=role_options(words),
        teams=tuple(Option(str(team), label) for team, label in teams.items()),
        takes_password=takes_passwords(shared),
        has_password=person.password_hash is not None,
        email_own=person.email_own and bool(person.email),
        provider=shared.settings.oidc_name if shared.identity_provider else "",
        sessions=session_rows(queries.sessions(session, id_of(person), now, shared.settings.idle), here, zone),
        identities=tuple(
            IdentityRow(id_of(one), one.issuer, moment(one.created_at, zone))
            for one in queries.identities_of(session, id_of(person))
        ),
    )
