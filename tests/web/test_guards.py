"""Who may open what: every route says so itself, and what a person may not see is not there."""

from collections.abc import Iterator

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app import api, web
from app.kit.probes import PATHS
from tests.web.conftest import Web

# Whoever is not signed in may ask for these, and nothing else.
OPEN = {
    *((method, path) for method in ("GET", "POST") for path in ("/sign-in", "/set-up", "/join/{token}")),
    *(("GET", f"/sign-in/provider{step}") for step in ("", "/back", "/end")),
    # They say nothing of any call; measures ask for a token.
    *(("GET", path) for path in PATHS),
}
GUARDS = ("Allow.<locals>.guard", "KeyGuard")

STAFF_PAGES = ("/queue", "/complaints", "/complaints/export.csv", "/teams", "/teams/1")
ADMIN_PAGES = ("/admin/users", "/admin/users/1", "/admin/teams", "/admin/keys", "/admin/webhooks", "/admin/jobs")


def routes() -> Iterator[APIRoute]:
    for router in (*web.ROUTERS, *api.ROUTERS):
        yield from (route for route in router.routes if isinstance(route, APIRoute))


def guarded(needs: Dependant) -> bool:
    name = getattr(needs.call, "__qualname__", type(needs.call).__name__)
    return name in GUARDS or any(guarded(one) for one in needs.dependencies)


def test_every_route_is_guarded_or_stands_in_the_list_of_open_ones() -> None:
    unguarded = {(method, route.path) for route in routes() for method in route.methods if not guarded(route.dependant)}
    assert unguarded == OPEN


def test_who_is_not_signed_in_is_sent_to_the_sign_in_page_and_back(web: Web) -> None:
    answer = web.get(None, "/calls?state=failed")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in?next=/calls%3Fstate%3Dfailed"
    assert web.post(None, "/calls/1/retry").status_code == 401
    page = {"hx-request": "true", "hx-current-url": "http://testserver/calls?state=failed"}
    part = web.get(None, "/calls/states?call=1", headers=page)
    assert (part.status_code, part.headers["hx-redirect"]) == (401, "/sign-in?next=/calls%3Fstate%3Dfailed")


@pytest.mark.parametrize("path", STAFF_PAGES)
def test_an_agent_is_refused_what_is_for_staff(web: Web, path: str) -> None:
    assert web.get(web.cast.dana, path).status_code == 403
    assert web.get(web.cast.ada, path).status_code != 403


@pytest.mark.parametrize("path", ADMIN_PAGES)
def test_only_administrators_manage_people(web: Web, path: str) -> None:
    for user in (web.cast.bob, web.cast.alice, web.cast.dana):
        assert web.get(user, path).status_code == 403
    assert web.get(web.cast.ada, path).status_code == 200


def test_what_another_team_has_is_not_there(web: Web) -> None:
    call = web.make_call()
    review = web.review_of(call).id
    for path in (f"/calls/{call}", f"/calls/{call}/audio", f"/calls/{call}/peaks", f"/reviews/{review}", "/teams/1"):
        assert web.get(web.cast.charlie, path).status_code == 404, path
    for path in (f"/calls/{call}/retry", f"/calls/{call}/coaching", f"/reviews/{review}/submit"):
        assert web.post(web.cast.charlie, path, data={"text": "x"}).status_code == 404, path
    assert "call.json" not in web.get(web.cast.charlie, "/calls").text
    assert web.get(web.cast.alice, f"/calls/{call}").status_code == 200


def test_an_agent_sees_their_own_calls_and_no_others(web: Web) -> None:
    own, other = web.make_call(note="1"), web.make_call(note="2", agent="mei")
    assert web.get(web.cast.dana, f"/calls/{own}").status_code == 200
    assert web.get(web.cast.dana, f"/calls/{other}").status_code == 404
    listed = web.get(web.cast.dana, "/calls").text
    assert f'href="/calls/{own}"' in listed
    assert f'href="/calls/{other}"' not in listed
    assert "Add recordings" not in listed
    assert web.get(web.cast.dana, f"/reviews/{web.review_of(own).id}").status_code == 403


def test_an_agent_sees_verdicts_once_a_person_has_submitted_them(web: Web) -> None:
    call = web.make_call()
    title = "Opens with the standard greeting"
    assert title in web.get(web.cast.alice, f"/calls/{call}").text
    for before in (f"/calls/{call}", "/calls"):
        page = web.get(web.cast.dana, before).text
        assert title not in page
        assert "verdict machine" not in page
    web.submit(call)
    assert title in web.get(web.cast.dana, f"/calls/{call}").text


@pytest.mark.parametrize("page", ["/calls", "/reviews", "/teams", "/admin/users"])
def test_what_is_not_there_is_said_to_be_so(web: Web, page: str) -> None:
    for number in ("999999", "0", "-1", "99999999999999999999", "one", "%00"):
        answer = web.get(web.cast.ada, f"{page}/{number}")
        assert answer.status_code == 404, number
        assert "Not found" in answer.text


def test_characters_that_no_database_keeps_break_nothing(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call()
    sent = (
        ("/sign-in", {"username": "a\0b", "password": "x"}),
        (f"/calls/{call}/coaching", {"text": "a\0b"}),
        ("/complaints", {"category": "waiting", "received_at": "2026-10-01T09:00", "text": "a\0b"}),
        ("/admin/users", {"name": "a\0b", "username": "a\0b"}),
        ("/admin/teams", {"name": "a\0b", "time_zone": "UTC"}),
        ("/admin/keys", {"name": "a\0b", "scopes": "admin"}),
    )
    for path, fields in sent:
        assert web.post(web.cast.ada, path, data=fields).status_code < 500, path
    assert web.get(web.cast.ada, "/calls?words=%00&language=%00").status_code < 500
    files = {"files": ("x.json", b"{}")}
    assert web.post(web.cast.ada, "/calls", files=files, data={"queue": "a\0b"}).status_code < 500


def test_what_another_site_sends_is_refused(web: Web) -> None:
    call = web.make_call()
    for headers in ({"sec-fetch-site": "cross-site"}, {"sec-fetch-site": "same-site"}):
        answer = web.post(web.cast.alice, f"/calls/{call}/coaching", data={"text": "hello"}, headers=headers)
        assert answer.status_code == 403
    assert "hello" not in web.get(web.cast.alice, f"/calls/{call}").text


def test_a_page_announces_only_what_stands_in_the_table(web: Web) -> None:
    assert "Added." in web.get(web.cast.ada, "/calls?notice=added").text
    assert 'role="status"' not in web.get(web.cast.ada, "/calls?notice=You+won").text.split("<main")[0]
    assert "You won" not in web.get(web.cast.ada, "/calls?notice=You+won").text


def test_every_page_opens_on_every_database(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call(customer_name="Grace Okafor")
    web.post(web.cast.alice, f"/calls/{call}/coaching", data={"text": "Well greeted.", "start": "0:00", "end": "0:04"})
    web.post(
        web.cast.alice,
        "/complaints",
        data={"category": "waiting", "outcome": "upheld", "received_at": "2026-11-01T09:00"},
    )
    review = web.review_of(call).id
    pages = (
        *STAFF_PAGES,
        *ADMIN_PAGES,
        "/calls",
        f"/calls/{call}",
        f"/calls/states?call={call}",
        f"/reviews/{review}",
        "/coaching?which=all",
        "/me",
    )
    for path in pages:
        assert web.get(web.cast.ada, path).status_code in (200, 303), path
    web.submit(call)
    for path in ("/calls", f"/calls/{call}", f"/reviews/{review}", "/queue", "/teams/1"):
        assert web.get(web.cast.ada, path).status_code == 200, path
