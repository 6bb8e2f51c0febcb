"""Webhooks over REST: added, tried, changed, sent again, by administrators alone."""

import base64
from datetime import timedelta
from typing import Any

import pytest

from app.accounts.models import Scope
from app.kit import clock, db
from app.ledger.service import machine, record
from app.webhooks.addresses import LONGEST_URL
from app.webhooks.delivering import Post, keeper_of, sweep
from app.webhooks.door import Door
from tests.api.conftest import Api
from tests.webhooks.conftest import HERE
from tests.webhooks.receiver import receiver

# An address of the internet that needs no name looked up; nothing is sent there.
URL = "https://1.1.1.1:8443/callmark"


def add(api: Api, **facts: Any) -> dict[str, Any]:
    answer = api.send("POST", "/webhooks", json={"url": URL, "events": ["evaluation.scored"], **facts})
    assert answer.status_code == 201, answer.text
    added: dict[str, Any] = answer.json()
    return added


def happens(api: Api, number: int = 1) -> None:
    with db.session(api.engine) as session:
        record(session, f"call:{number}", machine(clock.now()), "evaluation.scored", evaluation=number)


def told(api: Api, after: timedelta = timedelta()) -> None:
    """What a worker does."""
    keeper = keeper_of(api.worker.settings)
    sweep(Post(api.engine, Door(HERE), keeper, "", lambda: clock.now() + after))


def test_a_webhook_is_added_and_its_secret_is_shown_once(api: Api) -> None:
    answer = api.send(
        "POST", "/webhooks", json={"url": URL, "events": ["coaching.sent", "evaluation.scored"], "description": "ERP"}
    )
    added = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/api/v1/webhooks/{added['id']}"
    assert added["secret"].startswith("whsec_")
    assert (added["url"], added["description"], added["active"], added["off"]) == (URL, "ERP", True, None)
    assert (added["events"], added["created_by"]) == (["evaluation.scored", "coaching.sent"], "ada")
    shown = api.get(f"/webhooks/{added['id']}").json()
    assert shown == {name: value for name, value in added.items() if name != "secret"}
    assert api.get("/webhooks").json()["items"] == [shown]


def test_one_that_is_added_twice_under_one_idempotency_key_is_one(api: Api) -> None:
    headers = {"Idempotency-Key": "erp-1"}
    wanted = {"url": URL, "events": ["evaluation.scored"]}
    key = api.key()
    first = api.send("POST", "/webhooks", key=key, json=wanted, headers=headers)
    again = api.send("POST", "/webhooks", key=key, json=wanted, headers=headers)
    assert (again.status_code, again.json()["id"], again.json()["secret"]) == (201, first.json()["id"], None)
    assert api.get("/webhooks").json()["total"] == 1


UNUSABLE = [
    ("url", {"url": "http://1.1.1.1/"}),
    ("url", {"url": "https://127.0.0.1/"}),
    ("url", {"url": "https://[::ffff:10.0.0.1]/"}),
    ("url", {"url": "https://169.254.169.254/latest/meta-data"}),
    ("url", {"url": "https://a:b@1.1.1.1/"}),
    ("url", {"url": "https://1.1.1.1:25/"}),
    ("url", {"url": "nothing"}),
    ("url", {"url": ""}),
    ("url", {"url": "https://1.1.1.1/\x00"}),
    ("url", {"url": f"https://1.1.1.1/{'a' * LONGEST_URL}"}),
    ("events", {"events": []}),
    ("events.0", {"events": ["weather.changed"]}),
    ("description", {"description": "a" * 201}),
    ("description", {"description": "a\0b"}),
    ("colour", {"colour": "blue"}),
]


@pytest.mark.parametrize(("field", "facts"), UNUSABLE)
def test_what_cannot_be_used_is_named(api: Api, field: str, facts: dict[str, Any]) -> None:
    answer = api.send("POST", "/webhooks", json={"url": URL, "events": ["evaluation.scored"], **facts})
    problem = answer.json()
    assert answer.status_code == 422, problem
    assert field in ([fault["field"] for fault in problem.get("errors") or []] or [problem.get("field")])
    assert api.get("/webhooks").json()["total"] == 0


def test_it_is_changed_only_as_it_was_read(api: Api) -> None:
    added = add(api)
    path = f"/webhooks/{added['id']}"
    tag = api.get(path).headers["ETag"]
    answer = api.send("PATCH", path, json={"events": ["complaint.recorded"]}, headers={"If-Match": tag})
    assert (answer.status_code, answer.json()["events"], answer.json()["url"]) == (200, ["complaint.recorded"], URL)
    stale = api.send("PATCH", path, json={"description": "late"}, headers={"If-Match": tag})
    assert stale.status_code == 412
    assert api.send("PATCH", path, json={"url": "https://10.0.0.1/"}).json()["code"] == "address_refused"
    assert api.get(path).json() == answer.json()


def test_it_is_switched_off_and_on_and_removed(api: Api) -> None:
    path = f"/webhooks/{add(api)['id']}"
    off = api.send("PATCH", path, json={"active": False}).json()
    assert (off["active"], off["off"]) == (False, "person")
    for act, said in (("test", None), ("replay", {"since": "2026-01-01T00:00:00Z"})):
        answer = api.send("POST", f"{path}/{act}", json=said)
        assert (answer.status_code, answer.json()["code"]) == (409, "switched_off")
    assert api.send("PATCH", path, json={"active": True}).json()["active"]
    assert api.send("DELETE", path).status_code == 204
    assert api.get(path).status_code == 404


def test_what_was_told_is_listed_with_what_was_answered_and_sent_again(api: Api) -> None:
    with receiver() as other:
        added = add(api)
        with db.session(api.engine) as session:
            from app.webhooks import queries

            queries.webhook(session, added["id"]).url = other.url
        path = f"/webhooks/{added['id']}"
        happens(api)
        other.statuses, other.answer = [500, 200], b"went wrong"
        told(api)
        [delivery] = api.get(f"{path}/deliveries").json()["items"]
        assert (delivery["state"], delivery["answer"], delivery["excerpt"]) == ("waiting", 500, "went wrong")
        assert delivery["next_try_at"] > delivery["last_try_at"]
        assert api.get(path).json()["waiting"] == 1
        told(api, timedelta(minutes=2))
        detail = api.get(f"{path}/deliveries/{delivery['id']}").json()
        assert (detail["state"], detail["tries"], detail["next_try_at"]) == ("delivered", 2, None)
        assert detail["payload"]["event"] == "evaluation.scored"
        assert api.get(f"{path}/deliveries?state=waiting").json()["total"] == 0
        again = api.send("POST", f"{path}/deliveries/{delivery['id']}/replay")
        assert (again.status_code, again.json()["state"]) == (202, "waiting")
        told(api)
        answer = api.send("POST", f"{path}/replay", json={"since": "2026-01-01T00:00:00+08:00"})
        assert answer.status_code == 202
        told(api)
        tried = api.send("POST", f"{path}/test")
        assert (tried.status_code, tried.json()["event"]) == (202, "webhook.test")
        told(api)
        events = [one.headers["Callmark-Event"] for one in other.came]
        assert events == ["evaluation.scored"] * 4 + ["webhook.test"]
        ids = {one.headers["Callmark-Event-Id"] for one in other.came[:4]}
        assert ids == {delivery["event_id"]}


def test_a_new_secret_is_shown_once_and_the_one_before_ends_when_it_is_said(api: Api) -> None:
    added = add(api)
    path = f"/webhooks/{added['id']}/rotate"
    first = api.send("POST", path, json={"overlap_hours": 48}).json()
    assert first["secret"] not in (None, added["secret"])
    assert first["former_secret_until"] is not None
    assert api.send("POST", path, json={"overlap_hours": 0}).json()["former_secret_until"] is None
    for hours in (-1, 169, "x"):
        assert api.send("POST", path, json={"overlap_hours": hours}).status_code == 422


@pytest.mark.parametrize("since", ["", "yesterday", "2026-10-01T00:00:00", "9999-12-31T23:59:59-14:00", "a\0b", 17])
def test_a_moment_that_is_none_is_refused(api: Api, since: object) -> None:
    answer = api.send("POST", f"/webhooks/{add(api)['id']}/replay", json={"since": since})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "since")


def test_what_is_not_there_is_not_found(api: Api) -> None:
    one, two = add(api), add(api)
    trial = api.send("POST", f"/webhooks/{one['id']}/test").json()
    assert api.get(f"/webhooks/{two['id']}/deliveries/{trial['id']}").status_code == 404
    assert api.send("POST", f"/webhooks/{two['id']}/deliveries/{trial['id']}/replay").status_code == 404
    for path in ("/webhooks/999", "/webhooks/999/deliveries"):
        assert api.get(path).status_code == 404
    for path in ("rotate", "test", "replay"):
        said = {"since": "2026-01-01T00:00:00Z"} if path == "replay" else {}
        assert api.send("POST", f"/webhooks/999/{path}", json=said).status_code == 404
    made_up = base64.urlsafe_b64encode(b'["x", 1]').decode()
    assert api.get(f"/webhooks?cursor={made_up}").json()["code"] == "cursor_invalid"


def test_only_administrators_with_a_key_that_may_everything_come_in(api: Api) -> None:
    path = f"/webhooks/{add(api)['id']}"
    others = [api.key(*(one for one in Scope if one != Scope.ADMIN)), api.key(Scope.ADMIN, owner=api.cast.bob)]
    for key in others:
        for method, where in (("GET", ""), ("GET", "/deliveries"), ("POST", "/rotate"), ("DELETE", "")):
            assert api.send(method, f"{path}{where}", key=key, json={}).status_code == 403, (method, where)
        assert api.get("/webhooks", key=key).status_code == 403
