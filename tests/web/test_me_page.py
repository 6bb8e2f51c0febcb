"""One's own settings: what is saved, what is refused, and that nobody reaches those of others."""

import re

import pytest
from sqlmodel import col, select

from app.accounts import queries, service
from app.accounts.models import Scope, User, UserSession
from app.accounts.service import TooManyAttempts, WrongPassword
from app.kit import clock, db
from tests.web.conftest import Web

OLD, NEW = "correct horse battery", "staple correct horse"


def give_password(web: Web, user: User, password: str = OLD) -> None:
    with db.session(web.engine) as session:
        service.set_password(session, session.get_one(User, user.id), password)


def sessions_of(web: Web, user: User) -> list[UserSession]:
    with db.session(web.engine, reads_only=True) as session:
        return list(session.exec(select(UserSession).where(col(UserSession.user_id) == user.id)))


def change(web: Web, current: str = OLD, wanted: str = NEW, again: str | None = None) -> int:
    form = {"current": current, "wanted": wanted, "again": wanted if again is None else again}
    return web.post(web.cast.alice, "/me/password", data=form).status_code


def test_language_clock_and_colours_are_saved_together(web: Web) -> None:
    answer = web.post(web.cast.alice, "/me", data={"language": "ja", "time_zone": "Asia/Tokyo", "theme": "dark"})
    assert answer.headers["location"] == "/me?notice=saved"
    assert "callmark_theme=dark" in answer.headers["set-cookie"]
    page = web.get(web.cast.alice, "/me").text
    assert 'lang="ja"' in page
    assert '<option value="Asia/Tokyo" selected>' in page


def test_without_a_zone_of_their_own_a_person_reads_the_clock_of_their_team(web: Web) -> None:
    web.post(web.cast.alice, "/me", data={"language": "en", "time_zone": "Asia/Tokyo"})
    web.post(web.cast.alice, "/me", data={"language": "en", "time_zone": ""})
    assert "As my team (Asia/Shanghai)" in web.get(web.cast.alice, "/me").text
    with db.session(web.engine, reads_only=True) as session:
        assert session.get_one(User, web.cast.alice.id).time_zone is None


def test_a_zone_that_does_not_exist_is_refused_and_nothing_is_saved(web: Web) -> None:
    answer = web.post(web.cast.alice, "/me", data={"language": "ja", "time_zone": "Mars/Olympus"})
    assert answer.status_code == 422
    assert "There is no such time zone" in answer.text
    with db.session(web.engine, reads_only=True) as session:
        alice = session.get_one(User, web.cast.alice.id)
        assert (alice.time_zone, alice.language) == (None, "en")


def test_every_zone_can_be_chosen_once(web: Web) -> None:
    values = re.findall(r'<option value="([^"]+/[^"]+)"', web.get(web.cast.alice, "/me").text)
    assert len(values) == len(set(values)) > 300
    assert {"Asia/Shanghai", "Asia/Kathmandu", "America/Sao_Paulo"} <= set(values)


def test_a_new_password_needs_the_current_one_and_ends_the_sessions_elsewhere(web: Web) -> None:
    give_password(web, web.cast.alice)
    with db.session(web.engine) as session:
        service.sign_in(session, "alice", OLD, clock.now())
    web.get(web.cast.alice, "/me")
    assert len(sessions_of(web, web.cast.alice)) == 2
    assert change(web) == 303
    assert len(sessions_of(web, web.cast.alice)) == 1
    assert web.get(web.cast.alice, "/me").status_code == 200
    with db.session(web.engine) as session, pytest.raises(WrongPassword):
        service.sign_in(session, "alice", OLD, clock.now())
    with db.session(web.engine) as session:
        assert service.sign_in(session, "alice", NEW, clock.now())


def test_a_wrong_current_password_changes_nothing_and_is_counted(web: Web) -> None:
    give_password(web, web.cast.alice)
    assert change(web, current="a guess at it") == 422
    with db.session(web.engine) as session:
        assert queries.failures_since(session, "alice", clock.now() - service.FAILURE_WINDOW) == 1
        assert service.sign_in(session, "alice", OLD, clock.now())


def test_guessing_the_current_password_is_stopped(web: Web) -> None:
    give_password(web, web.cast.alice)
    answers = [change(web, current=f"guess number {number}") for number in range(service.MOST_FAILURES + 1)]
    assert answers == [422] * service.MOST_FAILURES + [TooManyAttempts.status]
    assert change(web) == TooManyAttempts.status


def test_two_different_or_too_short_new_passwords_are_refused(web: Web) -> None:
    give_password(web, web.cast.alice)
    assert change(web, again="something else entirely") == 422
    assert change(web, wanted="short") == 422
    with db.session(web.engine) as session:
        assert service.sign_in(session, "alice", OLD, clock.now())


def test_one_session_is_ended_and_never_that_of_somebody_else(web: Web) -> None:
    with db.session(web.engine) as session:
        service.open_session(session, web.cast.alice, clock.now())
        service.open_session(session, web.cast.bob, clock.now())
    page = web.get(web.cast.alice, "/me").text
    (other,) = re.findall(r'name="reference" value="(\w+)"', page)
    (bobs,) = [one.token_hash[:16] for one in sessions_of(web, web.cast.bob)]
    web.post(web.cast.alice, "/me/sessions", data={"reference": bobs})
    assert len(sessions_of(web, web.cast.bob)) == 1
    assert web.post(web.cast.alice, "/me/sessions", data={"reference": other}).headers["location"].startswith("/me")
    assert len(sessions_of(web, web.cast.alice)) == 1


def test_a_reference_with_wildcards_ends_nothing(web: Web) -> None:
    web.get(web.cast.alice, "/me")
    web.post(web.cast.alice, "/me/sessions", data={"reference": "%"})
    assert len(sessions_of(web, web.cast.alice)) == 1


def test_a_person_sees_the_keys_that_act_for_them_and_no_others(web: Web) -> None:
    with db.session(web.engine) as session:
        for owner in (web.cast.alice, web.cast.bob):
            service.add_api_key(
                session, name=f"key of {owner.name}", scopes=[Scope.SCORES_READ], owner=owner, now=clock.now()
            )
    page = web.get(web.cast.alice, "/me").text
    assert "key of Alice" in page
    assert "Read scores" in page
    assert "key of Bob" not in page
    assert "cm_" in page
    assert "revoke" not in page.split("API keys that act for you")[1].split("An administrator")[0]
