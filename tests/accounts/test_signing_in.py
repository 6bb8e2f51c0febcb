"""Who may come in, and with what."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from app.accounts import queries, service
from app.accounts.models import ApiKey, Role, UserSession
from tests.stored import NOW


@pytest.fixture
def eve(session: Session):
    return service.add_user(
        session, username="Eve", name="Eve", role=Role.REVIEWER, password="a long password", now=NOW
    )


def test_the_right_password_opens_a_session_that_ends_after_a_shift(session, eve):
    token = service.sign_in(session, " eve ", "a long password", NOW)
    assert queries.signed_in(session, service.digest(token), NOW + timedelta(hours=11)) == eve
    assert queries.signed_in(session, service.digest(token), NOW + timedelta(hours=13)) is None


def test_neither_password_nor_token_is_kept(session, eve):
    token = service.sign_in(session, "eve", "a long password", NOW)
    assert eve.password_hash.startswith("$argon2id$")
    assert token not in session.get_one(UserSession, service.digest(token)).token_hash


@pytest.mark.parametrize(("name", "password"), [("eve", "another password"), ("nobody", "a long password"), ("", "")])
def test_a_wrong_name_and_a_wrong_password_are_told_the_same(session, eve, name, password):
    with pytest.raises(service.WrongPassword):
        service.sign_in(session, name, password, NOW)


def test_who_was_deactivated_cannot_sign_in_and_is_out_at_once(session, eve):
    token = service.sign_in(session, "eve", "a long password", NOW)
    eve.active = False
    session.add(eve)
    session.flush()
    assert queries.signed_in(session, service.digest(token), NOW) is None
    with pytest.raises(service.WrongPassword):
        service.sign_in(session, "eve", "a long password", NOW)


def test_ten_wrong_passwords_close_the_name_for_a_quarter_of_an_hour_even_to_the_right_one(session, eve):
    for _ in range(service.MOST_FAILURES):
        service.count_failure(session, "EVE", NOW)
    with pytest.raises(service.TooManyAttempts):
        service.sign_in(session, "eve", "a long password", NOW + timedelta(minutes=14))
    assert service.sign_in(session, "eve", "a long password", NOW + timedelta(minutes=16))


def test_a_new_password_ends_all_sessions(session, eve):
    token = service.sign_in(session, "eve", "a long password", NOW)
    service.set_password(session, eve, "another long one")
    assert queries.signed_in(session, service.digest(token), NOW) is None
    assert service.sign_in(session, "eve", "another long one", NOW)


def test_an_agent_without_a_password_cannot_sign_in(session):
    service.agent_called(session, "a-17", None, NOW)
    for password in ("", "a-17", "None"):
        with pytest.raises(service.WrongPassword):
            service.sign_in(session, "a-17", password, NOW)


@pytest.mark.parametrize("password", ["", "short", "x" * 257])
def test_a_password_that_is_too_short_or_too_long_is_refused(session, password):
    with pytest.raises(service.PasswordTooWeak):
        service.add_user(session, username="x", name="X", role=Role.ADMIN, password=password, now=NOW)


def test_the_first_administrator_is_made_once(session):
    service.set_up(session, username="ada", name="Ada", password="a long password", now=NOW)
    with pytest.raises(service.AlreadySetUp):
        service.set_up(session, username="mallory", name="Mallory", password="a long password", now=NOW)


def test_a_name_is_given_once_whatever_its_case(session, eve):
    with pytest.raises(service.NameTaken):
        service.add_user(session, username="EVE", name="Other", role=Role.AGENT, now=NOW)


def test_a_team_needs_a_time_zone_that_exists(session):
    for zone in ("Mars/Olympus", "../etc/passwd", ""):
        with pytest.raises(service.UnknownTimeZone):
            service.add_team(session, f"Team {zone}", zone)


def test_the_secret_of_a_key_is_not_kept(session, eve):
    secret = service.add_api_key(session, name="crm", scopes=[], owner=eve, now=NOW)
    key = queries.api_key(session, service.digest(secret))
    assert isinstance(key, ApiKey)
    assert secret not in str(key.model_dump())
    assert key.expires_at == NOW + timedelta(days=90)
