"""Which person an identity provider speaks of, and what role it gives them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import Session

from app.accounts import invitations, queries, service
from app.accounts.identity_provider import Proof
from app.accounts.models import Role, User, UserIdentity
from app.kit.db import id_of
from app.kit.errors import AppError


class NoAccount(AppError):
    """Callmark does not know your account. Ask an administrator for a link to join, or to add your mail address."""

    code = "no_account"
    status = 403


class NoRole(AppError):
    """Your account has no role in Callmark. Ask whoever manages accounts in your house for one."""

    code = "no_role"
    status = 403


class AccountKeptOut(AppError):
    """Your account is kept out of Callmark; ask an administrator."""

    code = "account_kept_out"
    status = 403


class IdentityTaken(AppError):
    """Somebody else in Callmark signs in with this account already; sign out of it there and use your own."""

    code = "identity_taken"
    status = 409


class OtherAccount(AppError):
    """Whom this link is for signs in with another account already; ask an administrator to untie that one first."""

    code = "other_account"
    status = 409


@dataclass(frozen=True)
class Rules:
    """What the provider decides: roles, by the values of one claim (none: Callmark's own stay), and who is added."""

    role_claim: str | None = None
    role_map: Mapping[str, Role] = field(default_factory=dict)
    adds_people: bool = False


@dataclass(frozen=True)
class Recognised:
    """The person a proof is of, and what was changed by it."""

    user: User
    added: bool = False
    linked: bool = False
    role_before: Role | None = None
    password_ended: bool = False


def recognise(session: Session, proof: Proof, rules: Rules, now: datetime) -> Recognised:
    """Who signs in: by an account known already, else by a verified address; else somebody new, where that is wanted.

    A user name proves nothing: at many providers people choose their own.
    """
    role = _role(proof, rules)
    user = queries.user_of_identity(session, proof.issuer, proof.subject)
    if user is not None:
        return Recognised(_admitted(user), role_before=_give_role(session, user, role))
    user = _by_address(session, proof)
    if user is not None:
        _link(session, _admitted(user), proof, now)
        return Recognised(user, linked=True, role_before=_give_role(session, user, role))
    if not rules.adds_people:
        raise NoAccount
    user = _add(session, proof, role or Role.AGENT, now)
    _link(session, user, proof, now)
    return Recognised(user, added=True, linked=True)


def join(session: Session, proof: Proof, rules: Rules, token: str, address: str, now: datetime) -> Recognised:
    """Whoever holds a link to join is the person it is for, and signs in with this account from now on.

    Their password ends: whoever else knew it would get in with what the provider gives to this account.
    """
    invitation, user = invitations.opened(session, token, address, now)
    role = _role(proof, rules)
    known = queries.user_of_identity(session, proof.issuer, proof.subject)
    if known is not None and known.id != user.id:
        raise IdentityTaken
    if known is None and queries.has_identity(session, id_of(user), proof.issuer):
        raise OtherAccount
    invitations.use(session, invitation, user)
    ended = user.password_hash is not None
    user.password_hash = None
    session.add(user)
    if known is None:
        _link(session, user, proof, now)
    before = _give_role(session, user, role)
    session.flush()
    return Recognised(user, linked=known is None, role_before=before, password_ended=ended)


def _role(proof: Proof, rules: Rules) -> Role | None:
    """The role that the provider gives, the first of the map that fits; None where Callmark itself gives roles."""
    if rules.role_claim is None:
        return None
    claimed = _claimed(proof.claims, rules.role_claim)
    values = claimed if isinstance(claimed, list) else [claimed]
    found = next((role for value, role in rules.role_map.items() if value in values), None)
    if found is None:
        raise NoRole
    return found


def _claimed(claims: Mapping[str, Any], name: str) -> object:
    """The value of a claim; some providers put theirs into others, which is written with dots: realm_access.roles."""
    if name in claims:
        return claims[name]
    value: object = claims
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _by_address(session: Session, proof: Proof) -> User | None:
    """The one person with this verified address who has no account at this provider yet."""
    found = [one for one in queries.users_with_email(session, proof.email) if not one.email_own] if proof.email else []
    if len(found) != 1 or queries.has_identity(session, id_of(found[0]), proof.issuer):
        return None
    return found[0]


def _admitted(user: User) -> User:
    if not user.active:
        raise AccountKeptOut
    return user


def _give_role(session: Session, user: User, role: Role | None) -> Role | None:
    """Give a person the provider's role, and end what they began with another one; the role before, if it changed."""
    before = user.role
    if role is None or role == before:
        return None
    user.role = role
    session.add(user)
    service.end_all_sessions(session, user)
    session.flush()
    return before


def _add(session: Session, proof: Proof, role: Role, now: datetime) -> User:
    username = proof.username or proof.email or proof.subject[:100]
    if queries.user_named(session, username) is not None:
        # Not theirs by that alone: somebody else may have been given the name there.
        raise NoAccount
    user = service.add_user(session, username=username, name=proof.name or username, role=role, now=now)
    user.email = proof.email or None
    session.add(user)
    session.flush()
    return user


def _link(session: Session, user: User, proof: Proof, now: datetime) -> None:
    service.withdraw_invitation(session, user)
    session.add(UserIdentity(user_id=id_of(user), issuer=proof.issuer, subject=proof.subject, created_at=now))
    session.flush()
