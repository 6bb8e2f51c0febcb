"""Where there is nothing to show, or something cannot be done, the page says why and where to go on."""

import pytest
from sqlmodel import Session, delete

from app.accounts.models import User, UserSession
from app.accounts.policies import may_manage_people, may_review, may_see_calls, who_may
from app.accounts.service import set_password
from app.kit import db
from app.request import SESSION_COOKIE
from tests.web.conftest import Web

FROM_CALLS = {"referer": "http://testserver/calls?state=failed", "host": "testserver"}
LANGUAGES = ("en", "zh-CN,zh;q=0.9", "ja")


def end_sessions(web: Web) -> None:
    """Everybody is signed out, and their browsers do not know it yet."""
    with db.session(web.engine) as session:
        # Without anybody who can sign in, the first start would be shown in place of the sign-in page.
        set_password(session, web.cast.bob, "correct horse battery")
        session.exec(delete(UserSession))


def test_a_policy_names_the_roles_that_it_lets_in() -> None:
    assert [role.value for role in who_may(may_review)] == ["admin", "supervisor", "reviewer"]
    assert [role.value for role in who_may(may_manage_people)] == ["admin"]
    assert len(who_may(may_see_calls)) == 4


def test_who_is_kept_out_learns_for_whom_it_is_and_where_to_go(web: Web) -> None:
    answer = web.get(web.cast.dana, "/complaints", headers=FROM_CALLS)
    assert answer.status_code == 403
    assert "It is for administrators, supervisors, reviewers; you are signed in as Dana." in answer.text
    assert 'href="/calls?state=failed">Back to where you were' in answer.text
    assert "To the start page" in answer.text
    assert "It is for administrators; you are signed in as Bob." in web.get(web.cast.bob, "/admin/users").text


def test_the_way_back_never_leads_to_another_site(web: Web) -> None:
    for referer in ("https://evil.example/calls", "http://testserver.evil.example/", "javascript:alert(1)", "//evil"):
        page = web.get(web.cast.dana, "/complaints", headers={"referer": referer}).text
        assert "evil" not in page
        assert "javascript:" not in page
        assert "Back to where you were" not in page


def test_a_form_that_came_too_late_is_not_lost_silently(web: Web) -> None:
    call = web.make_call()
    web.get(web.cast.alice, f"/calls/{call}")
    end_sessions(web)
    page = {"referer": f"http://testserver/calls/{call}", "host": "testserver"}
    said = {"text": "Say <why> before\nyou hold.", "start": "0:01"}
    answer = web.post(web.cast.alice, f"/calls/{call}/coaching", data=said, headers=page)
    assert answer.status_code == 401
    assert "You were signed out" in answer.text
    assert "Nothing of what you sent was saved" in answer.text
    assert "Say &lt;why&gt; before\nyou hold.</textarea>" in answer.text
    assert f'href="/sign-in?next=/calls/{call}"' in answer.text


def test_a_password_in_a_form_that_came_too_late_is_not_shown_again(web: Web) -> None:
    web.get(web.cast.ada, "/calls")
    end_sessions(web)
    sent = {"name": "Eve", "username": "eve", "role": "agent", "password": "correct horse battery"}
    answer = web.post(web.cast.ada, "/admin/users", data=sent)
    assert answer.status_code == 401
    assert "correct horse" not in answer.text


def test_the_sign_in_page_tells_that_a_session_has_ended(web: Web) -> None:
    web.get(web.cast.alice, "/calls")
    end_sessions(web)
    sent = web.get(web.cast.alice, "/calls?state=failed")
    assert sent.headers["location"] == "/sign-in?next=/calls%3Fstate%3Dfailed"
    assert "Your session has ended." in web.get(web.cast.alice, sent.headers["location"]).text
    assert "Your session has ended." not in web.get(None, "/sign-in").text


def test_a_wrong_password_keeps_the_name_and_the_way_back(web: Web) -> None:
    given = {"username": "alice", "password": "wrong", "next": "/calls?state=failed"}
    answer = web.post(None, "/sign-in", data=given)
    assert answer.status_code == 401
    assert "The user name or the password is wrong." in answer.text
    assert 'value="alice"' in answer.text
    assert 'value="/calls?state=failed"' in answer.text


def test_a_form_that_was_not_accepted_leads_back_to_it_with_what_was_written(web: Web) -> None:
    call = web.make_call()
    page = {"referer": f"http://testserver/calls/{call}", "host": "testserver"}
    said = {"text": "A long thought.", "start": "soon", "end": "later"}
    answer = web.post(web.cast.alice, f"/calls/{call}/coaching", data=said, headers=page)
    assert answer.status_code == 422
    assert "This was not accepted" in answer.text
    assert "A long thought.</textarea>" in answer.text
    assert f'href="/calls/{call}">Back to where you were' in answer.text


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_error_has_a_page_with_a_way_on_in_every_language(strict_web: Web, language: str) -> None:
    web, spoken = strict_web, {"accept-language": language}
    answers = {
        404: web.get(None, "/nowhere", headers=spoken),
        401: web.post(None, "/calls/1/retry", headers=spoken),
        405: web.send(None, "DELETE", "/calls", headers=spoken),
        413: web.post(None, "/calls", content=b"x" * 3_000_000, headers=spoken),
    }
    for status, answer in answers.items():
        assert answer.status_code == status
        assert 'class="button primary"' in answer.text, status
        assert f'<html lang="{language.split(",", maxsplit=1)[0]}"' in answer.text


def test_where_no_page_is_the_reader_is_still_known(web: Web) -> None:
    with Session(web.engine) as session:
        session.get_one(User, web.cast.ada.id).language = "ja"
        session.commit()
    answer = web.get(web.cast.ada, "/nowhere", headers={"accept-language": "zh"})
    assert answer.status_code == 404
    assert '<html lang="ja"' in answer.text
    assert 'href="/queue"' in answer.text


def test_a_filter_that_cannot_be_is_named_and_can_be_tried_again(web: Web) -> None:
    answer = web.get(web.cast.ada, "/teams?target=many")
    assert answer.status_code == 422
    assert "Some fields cannot be used as they are: target" in answer.text
    assert "To the start page" in answer.text


def test_a_fault_of_the_server_names_the_request_and_offers_to_try_again(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Session(web.engine) as session:
        session.connection().exec_driver_sql("DROP TABLE coaching_note")
        session.commit()
    answer = web.get(web.cast.ada, "/coaching", headers={"x-request-id": "abc-123"})
    assert answer.status_code == 500
    assert "Something went wrong here" in answer.text
    assert "abc-123" in answer.text
    assert 'href="/coaching">Try again' in answer.text


def test_pages_without_anything_on_them_say_what_to_do(web: Web) -> None:
    cast = web.cast
    said = (
        (cast.dana, "/coaching?which=all", "When somebody writes to you about a call, it stands here."),
        (cast.dana, "/coaching", "Show all notes"),
        (cast.bob, "/coaching", "Open a call to write one"),
        (cast.bob, "/complaints", "Record one above, or import the register you keep."),
        (cast.bob, "/complaints?category=waiting", "Show all"),
        (cast.bob, "/teams/1", "Choose other days above, or add recordings of this team."),
        (cast.ada, "/teams", "none yet"),
        (cast.ada, "/admin/keys", "There are no keys yet"),
    )
    for user, path, words in said:
        answer = web.get(user, path)
        assert answer.status_code == 200, path
        assert words in answer.text, path
    assert web.get(cast.dana, "/calls").status_code == 200


def test_a_call_of_nobody_known_is_shown_all_the_same(web: Web) -> None:
    call = web.make_call(agent=None, team=None)
    for path in (f"/calls/{call}", f"/calls/{call}/sheet", f"/reviews/{web.review_of(call).id}"):
        assert web.get(web.cast.ada, path).status_code == 200, path
    assert "Unknown agent" in web.get(web.cast.ada, f"/calls/{call}/sheet").text
    page = web.get(web.cast.ada, f"/calls/{call}").text
    assert "Write to" not in page


def test_the_cookie_of_a_session_is_the_one_that_the_sign_in_page_looks_at(web: Web) -> None:
    end_sessions(web)
    answer = web.get(None, "/sign-in", headers={"cookie": f"{SESSION_COOKIE}=long-gone"})
    assert "Your session has ended." in answer.text


def test_an_agent_is_told_why_a_call_has_no_result_yet(web: Web) -> None:
    call = web.make_call()
    waits = "The result of this call is not released yet"
    assert waits in web.get(web.cast.dana, f"/calls/{call}").text
    assert waits not in web.get(web.cast.alice, f"/calls/{call}").text
    web.submit(call)
    assert waits not in web.get(web.cast.dana, f"/calls/{call}").text
