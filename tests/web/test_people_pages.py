"""Administrators add people, teams and keys; everybody minds their own settings."""

from app.accounts import queries
from app.accounts.models import Role
from app.kit import db
from tests.web.conftest import Web

PASSWORD = "correct horse battery"


def sign_in(web: Web, username: str, password: str = PASSWORD) -> int:
    return web.post(None, "/sign-in", data={"username": username, "password": password}).status_code


def add(web: Web, **facts: str) -> int:
    told = {"name": "Erin", "username": "erin", "role": "reviewer", "password": PASSWORD, **facts}
    return web.post(web.cast.ada, "/admin/users", data=told).status_code


def user_id(web: Web, username: str) -> int:
    with db.session(web.engine, reads_only=True) as session:
        found = queries.user_named(session, username)
        assert found is not None and found.id is not None
        return found.id


def test_a_person_who_is_added_can_sign_in_and_sees_their_team(web: Web) -> None:
    assert add(web, team=str(web.cast.team_b.id)) == 303
    assert sign_in(web, "erin") == 303
    page = web.get(web.cast.ada, "/admin/users").text
    assert "Erin" in page
    assert "Team B" in page


def test_who_cannot_be_added_is_told_why_and_the_form_keeps_what_was_typed(web: Web) -> None:
    for facts, why in (
        ({"username": "ALICE"}, "already has this name"),
        ({"password": "short"}, "10 to 256 characters"),
        ({"name": " "}, "Give a name"),
    ):
        answer = web.post(web.cast.ada, "/admin/users", data={"name": "Erin", "username": "erin", **facts})
        assert answer.status_code in (409, 422)
        assert why in answer.text
        assert f'value="{facts.get("username", "erin")}"' in answer.text
    assert sign_in(web, "erin") == 401


def test_who_is_kept_out_is_signed_out_at_once_until_let_in_again(web: Web) -> None:
    add(web)
    erin = user_id(web, "erin")
    assert web.get(web.cast.alice, "/queue").status_code == 200
    web.post(web.cast.ada, f"/admin/users/{web.cast.alice.id}/access", data={"active": "0"})
    assert web.get(web.cast.alice, "/queue").headers["location"].startswith("/sign-in")
    web.post(web.cast.ada, f"/admin/users/{web.cast.alice.id}/access", data={"active": "1"})
    # What was ended stays ended: she signs in anew.
    assert web.get(web.cast.alice, "/queue").headers["location"].startswith("/sign-in")
    web.post(web.cast.ada, f"/admin/users/{erin}/access", data={"active": "0"})
    assert sign_in(web, "erin") == 401
    web.post(web.cast.ada, f"/admin/users/{erin}/access", data={"active": "1"})
    assert sign_in(web, "erin") == 303


def test_a_new_password_ends_the_old_one(web: Web) -> None:
    add(web)
    web.post(web.cast.ada, f"/admin/users/{user_id(web, 'erin')}/password", data={"password": "another long one"})
    assert sign_in(web, "erin") == 401
    assert sign_in(web, "erin", "another long one") == 303


def test_administrators_cannot_lock_themselves_out(web: Web) -> None:
    me = f"/admin/users/{web.cast.ada.id}"
    assert web.post(web.cast.ada, f"{me}/access", data={"active": "0"}).status_code == 409
    answer = web.post(web.cast.ada, me, data={"name": "Ada", "role": "agent"})
    assert answer.status_code == 409
    assert "cannot take your own access away" in answer.text
    assert web.get(web.cast.ada, "/admin/users").status_code == 200


def test_a_person_gets_another_role_and_team(web: Web) -> None:
    path = f"/admin/users/{web.cast.alice.id}"
    web.post(web.cast.ada, path, data={"name": "Alice Li", "role": "supervisor", "team": str(web.cast.team_b.id)})
    with db.session(web.engine, reads_only=True) as session:
        alice = queries.user(session, web.cast.alice.id or 0)
        assert alice is not None
        assert (alice.name, alice.role, alice.team_id) == ("Alice Li", Role.SUPERVISOR, web.cast.team_b.id)


def test_a_team_has_a_clock_that_exists(web: Web) -> None:
    assert web.post(web.cast.ada, "/admin/teams", data={"name": "Night", "time_zone": "Asia/Tokyo"}).status_code == 303
    refused = web.post(web.cast.ada, "/admin/teams", data={"name": "Moon", "time_zone": "Moon/Base"})
    assert (refused.status_code, "IANA" in refused.text) == (422, True)
    page = web.get(web.cast.ada, "/admin/teams").text
    assert "Asia/Tokyo" in page.split("<tbody>")[1]
    assert "Moon" not in page


def test_the_secret_of_a_key_is_shown_once_and_works_until_it_is_revoked(web: Web) -> None:
    made = web.post(web.cast.ada, "/admin/keys", data={"name": "Export", "scopes": ["export:read", "scores:read"]})
    secret = made.text.split('id="secret">')[1].split("<")[0]
    bearer = {"Authorization": f"Bearer {secret}"}
    assert secret not in web.get(web.cast.ada, "/admin/keys").text
    assert web.client.get("/api/v1/calls", headers=bearer).status_code == 200
    assert web.post(web.cast.ada, "/admin/keys/1/revoke").status_code == 303
    assert web.client.get("/api/v1/calls", headers=bearer).status_code == 401
    assert "Revoked" in web.get(web.cast.ada, "/admin/keys").text


def test_a_key_that_may_nothing_or_has_no_name_is_not_made(web: Web) -> None:
    for fields in ({"name": "Export"}, {"name": " ", "scopes": "admin"}):
        assert web.post(web.cast.ada, "/admin/keys", data=fields).status_code == 422
    assert "There are no keys yet" in web.get(web.cast.ada, "/admin/keys").text


def test_everybody_chooses_their_language_and_ends_their_other_sessions(web: Web) -> None:
    add(web)
    tokens = [
        web.post(None, "/sign-in", data={"username": "erin", "password": PASSWORD}).cookies["callmark_session"]
        for _ in range(2)
    ]
    web.client.cookies.clear()
    here, elsewhere = ({"cookie": f"callmark_session={token}"} for token in tokens)
    assert web.get(None, "/me", headers=here).text.count("Since ") == 2
    web.post(None, "/me/sessions", headers=here)
    assert web.get(None, "/me", headers=elsewhere).status_code == 303
    web.post(None, "/me", data={"language": "zh"}, headers=here)
    assert '<html lang="zh-CN"' in web.get(None, "/me", headers=here).text
