"""Administrators add people, teams and keys; everybody minds their own settings."""

import re
from datetime import timedelta
from html import unescape

from sqlmodel import update

from app.accounts import queries, service
from app.accounts.models import Role, UserSession
from app.kit import clock, db
from app.ledger import queries as ledger
from tests.web.conftest import Web

PASSWORD = "correct horse battery"


def sign_in(web: Web, username: str, password: str = PASSWORD) -> int:
    return web.post(None, "/sign-in", data={"username": username, "password": password}).status_code


def add(web: Web, **facts: str) -> int:
    """Add Erin, who has a password."""
    told = {"name": "Erin", "username": "erin", "role": "reviewer", **facts}
    added = web.post(web.cast.ada, "/admin/users", data=told).status_code
    with db.session(web.engine) as session:
        erin = queries.user_named(session, "erin")
        assert erin is not None
        service.set_password(session, erin, PASSWORD)
    return added


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
        ({"email": "erin at home"}, "no mail address"),
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
    assert web.get(web.cast.alice, "/me").status_code == 200
    web.post(web.cast.ada, f"/admin/users/{web.cast.alice.id}/access", data={"active": "0"})
    assert web.get(web.cast.alice, "/me").headers["location"].startswith("/sign-in")
    web.post(web.cast.ada, f"/admin/users/{web.cast.alice.id}/access", data={"active": "1"})
    # What was ended stays ended: she signs in anew.
    assert web.get(web.cast.alice, "/me").headers["location"].startswith("/sign-in")
    web.post(web.cast.ada, f"/admin/users/{erin}/access", data={"active": "0"})
    assert sign_in(web, "erin") == 401
    web.post(web.cast.ada, f"/admin/users/{erin}/access", data={"active": "1"})
    assert sign_in(web, "erin") == 303


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
    tokens = []
    for _ in range(2):
        # In a browser that nobody has signed in with.
        web.client.cookies.clear()
        answer = web.post(None, "/sign-in", data={"username": "erin", "password": PASSWORD})
        tokens.append(answer.cookies["callmark_session"])
    web.client.cookies.clear()
    here, elsewhere = ({"cookie": f"callmark_session={token}"} for token in tokens)
    assert web.get(None, "/me", headers=here).text.count("Since ") == 2
    web.post(None, "/me/sessions", headers=here)
    assert web.get(None, "/me", headers=elsewhere).status_code == 303
    web.post(None, "/me", data={"language": "zh"}, headers=here)
    assert '<html lang="zh-CN"' in web.get(None, "/me", headers=here).text


def listed(web: Web, query: str = "") -> list[str]:
    """The user names that the list shows."""
    page = web.get(web.cast.ada, f"/admin/users?{query}").text
    return re.findall(r'<p class="small muted"><span translate="no">([^<]+)</span>', page)


def test_the_list_is_searched_and_filtered(web: Web) -> None:
    add(web, email="erin@example.com", team=str(web.cast.team_b.id))
    web.post(web.cast.ada, f"/admin/users/{web.cast.dana.id}/invitation")
    web.post(web.cast.ada, f"/admin/users/{web.cast.mei.id}/access", data={"active": "0"})
    with db.session(web.engine) as session:
        for _ in range(service.MOST_FAILURES):
            service.count_failure(session, "KENJI", clock.now())
    assert listed(web) == ["ada", "alice", "bob", "charlie", "dana", "erin", "kenji", "mei"]
    assert listed(web, "q=ERIN%40") == listed(web, "q=erin") == ["erin"]
    assert listed(web, "q=%25") == []
    assert listed(web, "role=agent") == ["dana", "kenji", "mei"]
    assert listed(web, f"team={web.cast.team_b.id}&role=") == ["charlie", "erin", "kenji"]
    assert listed(web, "standing=invited") == ["dana"]
    assert listed(web, "standing=left") == ["mei"]
    assert listed(web, "standing=locked") == ["kenji"]
    assert listed(web, "standing=signs_in") == ["erin"]
    assert listed(web, "standing=no_password") == ["ada", "alice", "bob", "charlie"]
    assert "Nobody fits these filters" in web.get(web.cast.ada, "/admin/users?q=nobody").text


def test_a_long_list_is_read_page_by_page_and_names_everybody_once(web_everywhere: Web) -> None:
    web = web_everywhere
    with db.session(web.engine) as session:
        for number in range(100):
            name = f"Agent {number // 2:03}"
            service.add_user(session, username=f"a-{number}", name=name, role=Role.AGENT, now=clock.now())
    seen: list[str] = []
    query = "role=agent"
    while query:
        page = web.get(web.cast.ada, f"/admin/users?{query}").text
        assert "103 people" in page
        seen += re.findall(r'<p class="small muted"><span translate="no">([^<]+)</span>', page)
        found = re.search(r'href="/admin/users\?([^"]+)" rel="next"', page)
        query = unescape(found.group(1)) if found else ""
    assert len(seen) == len(set(seen)) == 103
    assert seen[:2] == ["a-0", "a-1"]


def test_when_somebody_was_last_there_is_told(web: Web) -> None:
    before = web.get(web.cast.ada, f"/admin/users/{web.cast.alice.id}").text
    assert re.search(r"Last seen</dt><dd>–</dd>", before)
    web.get(web.cast.alice, "/me")
    assert re.search(r"Last seen</dt><dd><time", web.get(web.cast.ada, f"/admin/users/{web.cast.alice.id}").text)


def test_reading_a_page_notes_that_one_is_there_and_that_a_key_is_used(web: Web) -> None:
    web.get(web.cast.alice, "/me")
    made = web.post(web.cast.ada, "/admin/keys", data={"name": "Export", "scopes": ["scores:read"]})
    secret = made.text.split('id="secret">')[1].split("<")[0]
    long_ago = clock.now() - timedelta(hours=1)
    with db.session(web.engine) as session:
        session.exec(update(UserSession).values(last_seen_at=long_ago))
    web.get(web.cast.alice, "/me")
    web.client.get("/api/v1/calls", headers={"Authorization": f"Bearer {secret}"})
    with db.session(web.engine, reads_only=True) as session:
        (seen,) = queries.sessions(session, web.cast.alice.id or 0, clock.now())
        assert seen.last_seen_at > long_ago + timedelta(minutes=50)
        key = queries.api_key(session, service.digest(secret))
        assert key is not None
        assert key.last_used_at is not None


def test_what_was_done_with_accounts_stands_in_the_ledger(web: Web) -> None:
    add(web)
    erin = user_id(web, "erin")
    path = f"/admin/users/{erin}"
    web.post(web.cast.ada, path, data={"name": "Erin", "role": "supervisor", "email": "erin@example.com"})
    web.post(web.cast.ada, path, data={"name": "Erin", "role": "supervisor", "email": "erin@example.com"})
    web.post(web.cast.ada, f"{path}/invitation")
    web.post(web.cast.ada, f"{path}/invitation/withdraw")
    for active in ("0", "1"):
        web.post(web.cast.ada, f"{path}/access", data={"active": active})
    with db.session(web.engine, reads_only=True) as session:
        entries = ledger.entries(session, f"user:{erin}")
    assert [one.event for one in entries] == [
        "user.added",
        "user.changed",
        "user.invited",
        "user.invitation_withdrawn",
        "user.deactivated",
        "user.activated",
    ]
    assert entries[1].payload["role"] == {"old": "reviewer", "new": "supervisor"}
    assert {one.actor for one in entries} == {"Ada"}
    assert PASSWORD not in str([one.payload for one in entries])
