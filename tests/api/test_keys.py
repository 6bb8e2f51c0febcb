"""A key opens what its scopes say, as long as it is valid, and no more."""

import re
from collections.abc import Iterator
from datetime import timedelta

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from app import api as door
from app.accounts import queries as accounts
from app.accounts.models import Scope
from app.accounts.service import digest, revoke_api_key
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.queries import entries
from app.ledger.service import call_stream
from app.request import KeyGuard
from tests.api.conftest import GOOD, Api, transcript

ROUTES = [
    (method, route.path, route)
    for router in door.ROUTERS
    for route in router.routes
    if isinstance(route, APIRoute)
    for method in route.methods or ()
]


def address(path: str) -> str:
    """A path with something in each of its places."""
    return re.sub(r"\{\w+\}", "1", path)


def guards(needs: Dependant) -> Iterator[KeyGuard]:
    """What lets a key in, or not."""
    if isinstance(needs.call, KeyGuard):
        yield needs.call
    for one in needs.dependencies:
        yield from guards(one)


def test_without_a_key_nothing_opens(api: Api) -> None:
    assert len(ROUTES) >= 11
    for method, path, _ in ROUTES:
        for headers in ({}, {"Authorization": "Bearer cm_guessed"}, {"Authorization": "Basic YTpi"}):
            answer = api.client.request(method, f"/api/v1{address(path)}", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, "key_invalid"), (method, path)
            assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_key_with_every_other_scope_opens_nothing(api: Api) -> None:
    for method, path, route in ROUTES:
        needed = {guard.scope for guard in guards(route.dependant)}
        others = [scope for scope in Scope if scope not in (*needed, Scope.ADMIN)]
        answer = api.send(method, address(path), key=api.key(*others))
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), (method, path)


def test_an_expired_key_is_refused(api: Api) -> None:
    key = api.key(length=timedelta(seconds=-1))
    assert api.get("/calls", key=key).status_code == 401


def test_a_revoked_key_is_refused(api: Api) -> None:
    key = api.key()
    assert api.get("/calls", key=key).status_code == 200
    with db.session(api.engine) as session:
        known = accounts.api_key(session, digest(key))
        assert known is not None
        revoke_api_key(session, id_of(known), clock.now())
    assert api.get("/calls", key=key).status_code == 401


def test_a_key_ends_with_the_account_of_its_owner(api: Api) -> None:
    key = api.key(owner=api.cast.alice)
    with db.session(api.engine) as session:
        alice = accounts.user(session, id_of(api.cast.alice))
        assert alice is not None
        alice.active = False
        session.add(alice)
    assert api.get("/calls", key=key).status_code == 401


def test_a_key_to_write_calls_reads_none(api: Api) -> None:
    key = api.key(Scope.CALLS_WRITE)
    assert api.upload(transcript(*GOOD), key=key).status_code == 201
    assert api.get("/calls", key=key).status_code == 403
    assert api.get("/calls", key=api.key(Scope.SCORES_READ)).json()["total"] == 1


def test_who_sent_a_call_stands_in_the_ledger_by_the_name_of_the_key(api: Api) -> None:
    call_id = api.upload(transcript(*GOOD)).json()["id"]
    with db.session(api.engine, reads_only=True) as session:
        first = entries(session, call_stream(call_id))[0]
    assert (first.event, first.actor, first.actor_id) == ("call.received", "key test", api.cast.ada.id)
