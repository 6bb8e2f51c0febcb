"""A request that is sent again under its key is answered as the first time, and does nothing twice."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from sqlalchemy import text
from sqlmodel import select

from app import api as door
from app.accounts import kept_answers
from app.accounts.models import KeptAnswer, Role, Scope, User
from app.api.idempotency import REPLAYED, once, once_unclaimed
from app.kit import clock, db
from app.kit.db import id_of
from app.request import KeyGuard
from tests.api.conftest import BAD, GOOD, Api, transcript

COMPLAINT = {"received_at": "2026-10-05T10:00:00Z", "category": "attitude"}


def complain(api: Api, key: str, name: str, **more: Any) -> Any:
    return api.send("POST", "/complaints", key=key, json=COMPLAINT | more, headers={"Idempotency-Key": name})


def moved(api: Api, who: User, **to: Any) -> None:
    """Another role or team for a person."""
    with db.session(api.engine) as session:
        person = session.get_one(User, id_of(who))
        for field, value in to.items():
            setattr(person, field, value)
        session.add(person)


def asked_in_order(needs: Dependant) -> Iterator[object]:
    """What is asked for a request, in the order in which it is."""
    for one in needs.dependencies:
        yield from asked_in_order(one)
        yield one.call


def test_the_first_answer_is_given_again(api: Api) -> None:
    key = api.key()
    first, again = complain(api, key, "night-1"), complain(api, key, "night-1")
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert (again.status_code, again.content) == (first.status_code, first.content) == (201, first.content)
    for header in ("location", "content-type"):
        assert again.headers[header] == first.headers[header]
    assert again.headers["x-request-id"] != first.headers["x-request-id"]
    assert api.get("/complaints").json()["total"] == 1


def test_another_request_under_the_same_key_is_refused(api: Api) -> None:
    key = api.key()
    complain(api, key, "night-1")
    other = complain(api, key, "night-1", category="waiting")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert api.get("/complaints").json()["total"] == 1


def test_the_keys_of_two_clients_do_not_meet(api: Api) -> None:
    for key in (api.key(), api.key()):
        assert complain(api, key, "night-1").status_code == 201
    assert api.get("/complaints").json()["total"] == 2


def test_without_a_key_every_request_counts(api: Api) -> None:
    for _ in range(2):
        assert api.send("POST", "/complaints", json=COMPLAINT).status_code == 201
    assert api.get("/complaints").json()["total"] == 2


def test_what_was_refused_may_be_sent_again(api: Api) -> None:
    key = api.key()
    assert complain(api, key, "night-1", agent="nobody", team="nowhere", call_id=99).status_code >= 400
    assert complain(api, key, "night-1").status_code == 201


def test_a_key_that_is_no_plain_word_is_refused(api: Api) -> None:
    key = api.key()
    for odd in ("", "two words", "x" * 256):
        assert complain(api, key, odd).status_code == 422, odd


def test_an_upload_is_known_again_however_its_form_is_cut(api: Api) -> None:
    key, named = api.key(), {"Idempotency-Key": "call-1"}
    answers = [
        api.send("POST", "/calls", key=key, headers=named, files={"file": ("a.json", transcript(*GOOD))}, data=facts)
        for facts in ({"queue": "a", "agent": "dana"}, {"agent": "dana", "queue": "a"})
    ]
    # The second form has another boundary and another order; without its key it would answer 200.
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[1].headers[REPLAYED] == "true"
    other = api.send("POST", "/calls", key=key, headers=named, files={"file": ("a.json", transcript(*BAD))})
    assert other.json()["code"] == "idempotency_key_reused"


def test_a_secret_is_shown_once_and_kept_nowhere(api: Api) -> None:
    key, wanted = api.key(), {"name": "night", "scopes": ["scores:read"]}
    first, again = (
        api.send("POST", "/keys", key=key, json=wanted, headers={"Idempotency-Key": "key-1"}) for _ in range(2)
    )
    secret = first.json()["secret"]
    assert api.get("/calls", key=secret).status_code == 200
    assert again.json() == first.json() | {"secret": None}
    with db.session(api.engine, reads_only=True) as session:
        assert all(secret.encode() not in one.body for one in session.exec(select(KeptAnswer)))
    assert len([one for one in api.get("/keys").json()["items"] if one["name"] == "night"]) == 1


def test_many_at_the_same_moment_do_it_once(api: Api) -> None:
    key = api.key()
    with ThreadPoolExecutor(6) as threads:
        answers = list(threads.map(lambda _: complain(api, key, "night-1"), range(6)))
    assert {one.status_code for one in answers} <= {201, 409}
    assert {one.json()["code"] for one in answers if one.status_code == 409} <= {"idempotency_key_in_use"}
    assert len({one.json()["id"] for one in answers if one.status_code == 201}) == 1
    assert api.get("/complaints").json()["total"] == 1


def test_what_cannot_be_kept_was_not_done_either(api: Api) -> None:
    # The answer and what it tells of are one transaction: without the one there is not the other.
    with api.engine.begin() as connection:
        connection.execute(text("ALTER TABLE kept_answer RENAME COLUMN about TO somewhere"))
    assert complain(api, api.key(), "night-1").status_code == 500
    assert api.get("/complaints").json()["total"] == 0


def test_after_a_day_it_is_forgotten(api: Api) -> None:
    key = api.key()
    complain(api, key, "night-1")
    kept_answers.forget_old(api.engine, clock.now() + timedelta(hours=23))
    assert complain(api, key, "night-1").headers[REPLAYED] == "true"
    kept_answers.forget_old(api.engine, clock.now() + timedelta(hours=25))
    assert complain(api, key, "night-1").status_code == 201
    assert api.get("/complaints").json()["total"] == 2


def test_what_was_answered_of_a_call_goes_with_it(api: Api) -> None:
    key, named = api.key(), {"Idempotency-Key": "call-1"}
    files = {"file": ("a.json", transcript(*GOOD))}
    call = api.send("POST", "/calls", key=key, headers=named, files=files, data={"customer_name": "Li Na"}).json()
    assert api.send("DELETE", f"/calls/{call['id']}?reason=test", key=key).status_code == 204
    with db.session(api.engine, reads_only=True) as session:
        assert session.exec(select(KeptAnswer)).all() == []


def test_a_key_of_the_client_opens_nothing(api: Api) -> None:
    complain(api, api.key(), "night-1")
    key = api.key(Scope.EXPORT_READ)
    assert complain(api, key, "night-1").status_code == 403
    assert json.loads(complain(api, key, "night-1").content)["code"] == "scope_missing"


def test_every_route_asks_whether_the_client_may_before_it_answers_again() -> None:
    posts = [
        route
        for router in door.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "POST" in route.methods
    ]
    assert len(posts) > 40
    for route in posts:
        asked = list(asked_in_order(route.dependant))
        guard = next(at for at, one in enumerate(asked) if isinstance(one, KeyGuard))
        # A route that claims by itself does so in its own body, when all that it asks for is answered.
        assert once_unclaimed in asked, route.path
        assert once not in asked or guard < asked.index(once), route.path


def test_who_may_not_do_it_any_more_is_not_told_the_answer_again(api: Api) -> None:
    key = api.key(owner=api.cast.bob)
    assert complain(api, key, "night-1", external_id="C-2026-031").status_code == 201
    moved(api, api.cast.bob, role=Role.AGENT)
    again = complain(api, key, "night-1", external_id="C-2026-031")
    assert (again.status_code, again.json()["code"]) == (403, "forbidden")
    assert "C-2026-031" not in again.text


@pytest.mark.parametrize("change", ["role", "team"])
def test_who_sees_other_calls_now_is_not_told_the_answer_again(api: Api, change: str) -> None:
    key = api.key(owner=api.cast.bob)
    assert complain(api, key, "night-1", external_id="C-2026-031").status_code == 201
    to = {"role": Role.ADMIN} if change == "role" else {"team_id": id_of(api.cast.team_b)}
    moved(api, api.cast.bob, **to)
    again = complain(api, key, "night-1", external_id="C-2026-031")
    assert (again.status_code, again.json()["code"]) == (422, "idempotency_key_reused")
    assert "C-2026-031" not in again.text
    assert api.get("/complaints").json()["total"] == 1


def test_what_was_answered_of_the_next_review_goes_with_its_call(api: Api) -> None:
    call, key, named = (
        api.scored(*GOOD, external_id="call-77"),
        api.key(owner=api.cast.alice),
        {"Idempotency-Key": "n-1"},
    )
    assert api.send("POST", f"/calls/{call}/review").status_code in (200, 201)
    taken = [api.send("POST", "/reviews/next", key=key, headers=named) for _ in range(2)]
    assert [one.status_code for one in taken] == [200, 200], taken[0].text
    assert (taken[0].json()["call_id"], taken[1].headers[REPLAYED]) == (call, "true")
    assert api.send("DELETE", f"/calls/{call}?reason=test").status_code == 204
    after = api.send("POST", "/reviews/next", key=key, headers=named)
    assert (after.status_code, after.json()["code"]) == (409, "nothing_waits")
    assert "call-77" not in after.text
