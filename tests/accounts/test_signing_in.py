"""Who may come in, and with what."""

from datetime import timedelta

import pytest
from sqlmodel import Session

from app.accounts import queries, service
from app.accounts.browsers import browser_named
from app.accounts.models import ApiKey, Role, User, UserSession
from tests.stored import NOW


@pytest.fixture
def eve(session: Session):
    return service.add_user(
        session, username="Eve", name="Eve", role=Role.REVIEWER, password="a long password", now=NOW
    )


def who(session, token, now, idle=None):
    """Whose session this is."""
    found = queries.signed_in(session, service.digest(token), now, idle)
    return found and found[0]


def test_the_right_password_opens_a_session_that_ends_after_a_shift(session, eve):
    token = service.sign_in(session, " eve ", "a long password", NOW)
    assert who(session, token, NOW + timedelta(hours=11)) == eve
    assert who(session, token, NOW + timedelta(hours=13)) is None


@pytest.mark.parametrize("name", ["Zoë", "ZOË", "zoë"])
def test_a_user_name_with_letters_beyond_ascii_signs_in_whatever_its_case(session, name):
    zoe = service.add_user(session, username="ZoË", name="Zoë", role=Role.REVIEWER, password="a long password", now=NOW)
    assert who(session, service.sign_in(session, name, "a long password", NOW), NOW) == zoe


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
    assert who(session, token, NOW) is None
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
    assert who(session, token, NOW) is None
    assert service.sign_in(session, "eve", "another long one", NOW)


def test_a_session_in_which_nobody_does_anything_ends_sooner(session, eve):
    token, idle = service.sign_in(session, "eve", "a long password", NOW), timedelta(hours=2)
    assert who(session, token, NOW + timedelta(hours=1), idle) == eve
    service.see(session, service.digest(token), NOW + timedelta(hours=1))
    assert who(session, token, NOW + timedelta(hours=2, minutes=59), idle) == eve
    assert who(session, token, NOW + timedelta(hours=3), idle) is None
    assert session.get_one(User, eve.id).last_seen_at == NOW + timedelta(hours=1)


def test_being_seen_is_noted_every_few_minutes_and_not_at_each_page(session, eve):
    token = service.sign_in(session, "eve", "a long password", NOW)
    service.see(session, service.digest(token), NOW + timedelta(minutes=4))
    assert session.get_one(UserSession, service.digest(token)).last_seen_at == NOW
    service.see(session, service.digest(token), NOW + timedelta(minutes=6))
    assert session.get_one(UserSession, service.digest(token)).last_seen_at == NOW + timedelta(minutes=6)


def test_with_another_role_a_person_signs_in_again(session, eve):
    ada = service.add_user(session, username="ada", name="Ada", role=Role.ADMIN, now=NOW)
    token = service.sign_in(session, "eve", "a long password", NOW)
    facts = {"name": "Eve", "team_id": None, "by": ada, "now": NOW}
    service.change_person(session, eve, role=Role.REVIEWER, **facts)
    assert who(session, token, NOW) == eve
    service.change_person(session, eve, role=Role.SUPERVISOR, **facts)
    assert who(session, token, NOW) is None


def test_where_passwords_are_off_only_administrators_sign_in_with_theirs(session, eve):
    service.add_user(session, username="ada", name="Ada", role=Role.ADMIN, password="a long password", now=NOW)
    with pytest.raises(service.WrongPassword):
        service.sign_in(session, "eve", "a long password", NOW, admins_only=True)
    assert service.sign_in(session, "ada", "a long password", NOW, admins_only=True)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome · Windows"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) AppleWebKit/537.36 Chrome/140 Safari/537.36 Edg/140", "Edge · Windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) Version/18.0 Safari/605.1.15", "Safari · macOS"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140 Mobile Safari/604.1", "Chrome · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("Mozilla/5.0 (Linux; Android 15) Chrome/140 MicroMessenger/8.0", "WeChat · Android"),
        ("curl/8.5", ""),
        ("<script>alert(1)</script>", ""),
    ],
)
def test_a_browser_is_named_in_two_words(said, name):
    assert browser_named(said) == name


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
