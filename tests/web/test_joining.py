"""Links to choose a password: made by an administrator, shown once, used once."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from app.accounts import invitations, queries, service
from app.accounts.models import Invitation, User, UserSession
from app.kit import clock, db
from app.ledger import queries as ledger
from tests.web.conftest import Web

OLD, NEW = "correct horse battery", "staple correct horse"


def link_for(web: Web, user: User) -> str:
    """The path of a new link, as the administrator's page shows it."""
    made = web.post(web.cast.ada, f"/admin/users/{user.id}/invitation")
    assert made.status_code == 201
    (link,) = re.findall(r'id="link"[^>]*>http://testserver(/join/[\w-]+)<', made.text)
    return str(link)


def choose(web: Web, link: str, wanted: str = NEW, again: str | None = None, **more: str) -> int:
    form = {"wanted": wanted, "again": wanted if again is None else again, "language": "en", **more}
    answer = web.post(None, link, data=form)
    web.client.cookies.clear()
    return answer.status_code


def sign_in(web: Web, username: str, password: str) -> int:
    answer = web.post(None, "/sign-in", data={"username": username, "password": password})
    web.client.cookies.clear()
    return answer.status_code


def give_password(web: Web, user: User) -> None:
    with db.session(web.engine) as session:
        service.set_password(session, session.get_one(User, user.id), OLD)


def events(web: Web, user: User) -> list[str]:
    with db.session(web.engine, reads_only=True) as session:
        return [one.event for one in ledger.entries(session, f"user:{user.id}")]


def make_older(web: Web, by: timedelta) -> None:
    with db.session(web.engine) as session:
        for link in session.exec(select(Invitation)):
            link.expires_at -= by
            session.add(link)


def test_who_is_new_chooses_a_password_and_a_language_and_is_in(web: Web) -> None:
    added = web.post(
        web.cast.ada, "/admin/users", data={"name": "Erin", "username": "erin", "role": "reviewer", "invite": "yes"}
    )
    assert added.status_code == 201
    (link,) = re.findall(r'id="link"[^>]*>http://testserver(/join/[\w-]+)<', added.text)
    page = web.get(None, link)
    assert "Welcome to Callmark" in page.text
    assert "erin" in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    assert page.headers["cache-control"] == "no-store"
    answer = web.post(None, link, data={"wanted": NEW, "again": NEW, "language": "ja"})
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"].split(";")[0]
    assert "HttpOnly" in answer.headers["set-cookie"]
    web.client.cookies.clear()
    assert '<html lang="ja"' in web.get(None, "/me", headers={"cookie": cookie}).text
    assert sign_in(web, "erin", NEW) == 303


def test_a_link_works_once(web: Web) -> None:
    link = link_for(web, web.cast.dana)
    assert choose(web, link) == 303
    assert choose(web, link, "another long password") == 410
    assert web.get(None, link).status_code == 410
    assert sign_in(web, "dana", NEW) == 303


def test_a_link_is_kept_as_a_hash_and_shown_once(web: Web) -> None:
    link = link_for(web, web.cast.dana)
    token = link.removeprefix("/join/")
    assert token not in web.get(web.cast.ada, f"/admin/users/{web.cast.dana.id}").text
    with db.session(web.engine, reads_only=True) as session:
        kept = queries.invitation_of(session, web.cast.dana.id or 0)
        assert kept is not None
        assert token not in str(kept.model_dump())
        told = str([one.model_dump() for one in ledger.entries(session, f"user:{web.cast.dana.id}")])
    assert token not in told
    assert kept.token_hash not in told


@pytest.mark.parametrize(("has_password", "days"), [(False, 7), (True, 1)])
def test_a_link_has_its_time(web: Web, has_password: bool, days: int) -> None:
    if has_password:
        give_password(web, web.cast.dana)
    link = link_for(web, web.cast.dana)
    make_older(web, timedelta(days=days, minutes=-5))
    assert web.get(None, link).status_code == 200
    make_older(web, timedelta(minutes=5))
    assert web.get(None, link).status_code == 410
    assert choose(web, link) == 410


def test_the_old_password_and_sessions_go_on_until_the_new_one_is_chosen(web: Web) -> None:
    give_password(web, web.cast.alice)
    assert web.get(web.cast.alice, "/me").status_code == 200
    link = link_for(web, web.cast.alice)
    assert sign_in(web, "alice", OLD) == 303
    assert web.get(web.cast.alice, "/me").status_code == 200
    assert choose(web, link) == 303
    assert sign_in(web, "alice", OLD) == 401
    assert web.get(web.cast.alice, "/me").headers["location"].startswith("/sign-in")
    assert events(web, web.cast.alice) == ["user.invited", "user.password_set"]


def test_a_password_that_is_refused_leaves_the_link_open(web: Web) -> None:
    link = link_for(web, web.cast.dana)
    assert choose(web, link, "short") == 422
    assert choose(web, link, NEW, "something else") == 422
    assert choose(web, link, language="xx") == 422
    assert choose(web, link) == 303


def test_a_new_link_takes_the_place_of_the_one_before(web: Web) -> None:
    first = link_for(web, web.cast.dana)
    second = link_for(web, web.cast.dana)
    assert choose(web, first) == 410
    assert choose(web, second) == 303


def test_a_link_is_withdrawn_by_hand_and_by_whatever_makes_it_needless(web: Web) -> None:
    dana = f"/admin/users/{web.cast.dana.id}"
    links = [link_for(web, web.cast.dana)]
    web.post(web.cast.ada, f"{dana}/invitation/withdraw")
    assert choose(web, links[-1]) == 410
    links.append(link_for(web, web.cast.dana))
    web.post(web.cast.ada, f"{dana}/access", data={"active": "0"})
    assert choose(web, links[-1]) == 410
    web.post(web.cast.ada, f"{dana}/access", data={"active": "1"})
    assert choose(web, links[-1]) == 410, "who is let in again needs a new link"
    links.append(link_for(web, web.cast.dana))
    give_password(web, web.cast.dana)
    assert choose(web, links[-1]) == 410


def test_nobody_who_is_kept_out_is_given_a_link(web: Web) -> None:
    dana = f"/admin/users/{web.cast.dana.id}"
    web.post(web.cast.ada, f"{dana}/access", data={"active": "0"})
    answer = web.post(web.cast.ada, f"{dana}/invitation")
    assert (answer.status_code, "let them in again first" in answer.text) == (409, True)


def test_every_link_that_opens_nothing_says_the_same(web: Web) -> None:
    link = link_for(web, web.cast.dana)
    choose(web, link)
    tampered = link[:-1] + ("a" if link[-1] != "a" else "b")
    said = {re.sub(r"request \w+", "", web.get(None, path).text) for path in (link, tampered, "/join/x")}
    assert len(said) == 1
    assert "Dana" not in said.pop()


def test_trying_many_links_is_stopped_and_hinders_nobody_from_signing_in(web: Web) -> None:
    give_password(web, web.cast.alice)
    answers = [web.get(None, f"/join/guess-{number}").status_code for number in range(invitations.MOST_TRIES + 1)]
    assert answers == [410] * invitations.MOST_TRIES + [429]
    assert web.get(None, link_for(web, web.cast.dana)).status_code == 429
    assert sign_in(web, "alice", OLD) == 303


def test_signing_in_under_the_name_of_an_address_stops_no_links(web: Web) -> None:
    for _ in range(invitations.MOST_TRIES + 1):
        sign_in(web, "/join testclient", "wrong password")
    assert web.get(None, link_for(web, web.cast.dana)).status_code == 200


def test_another_site_cannot_choose_for_somebody(web: Web) -> None:
    link = link_for(web, web.cast.dana)
    sent = web.post(None, link, data={"wanted": NEW, "again": NEW}, headers={"sec-fetch-site": "cross-site"})
    assert sent.status_code == 403
    assert choose(web, link) == 303


def test_a_session_that_was_planted_is_not_the_one_that_is_opened(web: Web) -> None:
    planted = {"cookie": "callmark_session=planted-by-somebody"}
    link = link_for(web, web.cast.dana)
    answer = web.post(None, link, data={"wanted": NEW, "again": NEW, "language": "en"}, headers=planted)
    token = answer.headers["set-cookie"].split("callmark_session=")[1].split(";")[0]
    assert token != "planted-by-somebody"
    assert web.get(None, "/me", headers=planted).status_code == 303


def test_who_opens_a_link_while_signed_in_as_another_ends_that_session(web: Web) -> None:
    with db.session(web.engine) as session:
        token = service.open_session(session, session.get_one(User, web.cast.bob.id), clock.now())
    link = link_for(web, web.cast.dana)
    browser = {"cookie": f"callmark_session={token}"}
    assert web.post(None, link, data={"wanted": NEW, "again": NEW}, headers=browser).status_code == 303
    with db.session(web.engine, reads_only=True) as session:
        assert session.get(UserSession, service.digest(token)) is None


def test_only_administrators_make_links(web: Web) -> None:
    for user in (web.cast.bob, web.cast.alice, web.cast.dana):
        for what in ("invitation", "invitation/withdraw", "sessions", "access"):
            assert web.post(user, f"/admin/users/{web.cast.ada.id}/{what}", data={"active": "0"}).status_code == 403


def test_an_administrator_sees_where_somebody_is_signed_in_and_ends_it(web: Web) -> None:
    chrome = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36"
    give_password(web, web.cast.alice)
    told = {"username": "alice", "password": OLD}
    cookies = []
    for _ in range(3):
        answer = web.post(None, "/sign-in", data=told, headers={"user-agent": chrome})
        cookies.append(answer.headers["set-cookie"].split(";")[0])
        web.client.cookies.clear()
    page = f"/admin/users/{web.cast.alice.id}"
    shown = web.get(web.cast.ada, page).text
    assert shown.count("Chrome · Windows</span><br>") == 3
    reference = re.findall(r'name="reference" value="(\w+)"', shown)[0]
    web.post(web.cast.ada, f"{page}/sessions", data={"reference": reference})
    inside = [web.get(None, "/me", headers={"cookie": one}).status_code for one in cookies]
    assert sorted(inside) == [200, 200, 303]
    web.post(web.cast.ada, f"{page}/sessions")
    assert {web.get(None, "/me", headers={"cookie": one}).status_code for one in cookies} == {303}
    assert events(web, web.cast.alice) == ["user.sessions_ended", "user.sessions_ended"]


def test_without_a_provider_its_addresses_are_not_there(web: Web) -> None:
    for step in ("", "/back", "/end"):
        assert web.get(None, f"/sign-in/provider{step}").status_code == 404
