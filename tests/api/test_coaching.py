"""Notes to agents over REST: drafted, sent, answered, followed up."""

import csv
import io
from datetime import timedelta
from typing import Any

from httpx import Response
from sqlmodel import select

from app.accounts.models import KeptAnswer
from app.domain.evidence import Verdict
from app.kit import clock, db
from app.ledger.queries import entries
from app.ledger.service import call_stream
from app.request import actor
from app.retention import service as retention
from app.reviews import releasing
from app.reviews.offering import Terms
from tests.api.conftest import Api
from tests.api.test_reviews import key_of, review_of


def write(api: Api, key: str, **said: Any) -> Response:
    body = {"agent": "dana", "advice": "Say the standard greeting.", **said}
    return api.send("POST", "/coaching", key=key, json=body)


def about(call: int) -> list[dict[str, Any]]:
    return [{"call_id": call, "item": "standard_greeting", "start": 0.0, "end": 4.0}]


def test_a_note_goes_from_its_author_to_the_agent_and_back_until_it_is_done(api: Api) -> None:
    call, bob, dana = api.scored(agent="dana"), key_of(api, api.cast.bob), key_of(api, api.cast.dana)
    made = write(api, bob, points=[{"call_id": call, "start": 2.0}], strength="You stayed calm.", topic="Greeting")
    assert made.status_code == 201, made.text
    note = made.json()
    assert (note["state"], note["agent"], note["author"], note["held"]) == ("open", "dana", "Bob", False)
    [read] = api.get("/coaching?which=open", key=dana).json()["items"]
    assert (read["strength"], read["points"][0]["call_id"]) == ("You stayed calm.", call)
    path = f"/coaching/{note['id']}"
    assert api.send("POST", f"{path}/acknowledge", key=bob, json={}).status_code == 403
    heard = api.send("POST", f"{path}/acknowledge", key=dana, json={"reply": "I will."})
    assert (heard.status_code, heard.json()["state"], heard.json()["reply"]) == (200, "acknowledged", "I will.")
    later = (clock.now() + timedelta(days=7)).date().isoformat()
    looked = api.send("POST", f"{path}/follow-up", key=bob, json={"text": "Better.", "next_on": later})
    assert (looked.json()["follow_up_on"], looked.json()["follow_ups"][0]["text"]) == (later, "Better.")
    done = api.send("POST", f"{path}/done", key=bob, json={"text": "Three of three."})
    assert (done.json()["state"], len(done.json()["follow_ups"])) == ("done", 2)
    over = api.send("POST", f"{path}/done", key=bob, json={"text": "Again."})
    assert (over.status_code, over.json()["code"]) == (409, "note_done")
    with db.session(api.engine, reads_only=True) as session:
        told = [one for one in entries(session, call_stream(call)) if one.event.startswith("coaching.")]
    assert [one.event for one in told] == [
        "coaching.sent",
        "coaching.acknowledged",
        "coaching.followed_up",
        "coaching.done",
    ]
    assert "calm" not in str([one.payload for one in told])


def test_a_draft_is_seen_and_changed_by_its_author_alone(api: Api) -> None:
    bob, ada, dana = (key_of(api, who) for who in (api.cast.bob, api.cast.ada, api.cast.dana))
    note = write(api, bob, draft=True, points=[{"item": "standard_greeting"}]).json()
    path = f"/coaching/{note['id']}"
    assert note["state"] == "draft"
    for other in (ada, dana):
        assert api.get(path, key=other).status_code == 404
    assert [one["id"] for one in api.get("/coaching?which=drafts", key=bob).json()["items"]] == [note["id"]]
    seen = {"If-Match": api.get(path, key=bob).headers["ETag"]}
    anew = {"agent": "mei", "text": "See you on Friday.", "draft": True}
    changed = api.send("PUT", path, key=bob, json=anew, headers=seen)
    assert (changed.json()["agent"], changed.json()["text"], changed.json()["advice"]) == (
        "mei",
        "See you on Friday.",
        "",
    )
    assert api.send("PUT", path, key=bob, json=anew, headers=seen).status_code == 412
    assert api.send("POST", f"{path}/send", key=ada).status_code == 404
    sent = api.send("POST", f"{path}/send", key=bob).json()
    assert (sent["state"], sent["agent"], sent["text"]) == ("open", "mei", "See you on Friday.")
    for method, where in (("PUT", path), ("POST", f"{path}/send"), ("DELETE", path)):
        answer = api.send(method, where, key=bob, json=anew)
        assert (answer.status_code, answer.json()["code"]) == (409, "already_sent"), method
    other = write(api, bob, draft=True).json()["id"]
    assert api.send("DELETE", f"/coaching/{other}", key=bob).status_code == 204
    assert api.get(f"/coaching/{other}", key=bob).status_code == 404


def test_a_note_on_a_result_that_is_not_released_is_held_back_with_it(api: Api) -> None:
    call, bob, dana = api.scored(agent="dana"), key_of(api, api.cast.bob), key_of(api, api.cast.dana)
    api.review(call, Verdict.FAIL)
    note = write(api, bob, points=about(call)).json()
    assert (note["held"], note["points"][0]["verdict"]) == (True, "fail")
    assert api.get(f"/coaching/{note['id']}", key=dana).status_code == 404
    with db.session(api.engine) as session:
        releasing.release(session, review_of(api, call), actor(api.cast.bob), Terms())
    read = api.get(f"/coaching/{note['id']}", key=dana).json()
    assert (read["held"], read["points"][0]["verdict"]) == (False, "fail")


def test_what_cannot_be_meant_is_refused(api: Api) -> None:
    call, bob = api.scored(agent="mei"), key_of(api, api.cast.bob)
    refusals = (
        ({"agent": "nobody"}, "invalid"),
        ({"agent": "kenji"}, "nobody_to_write_to"),
        ({"advice": ""}, "note_empty"),
        ({"points": [{"call_id": call}]}, "call_of_another"),
        ({"agent": "mei", "points": [{"call_id": call, "item": "weather"}]}, "item_unknown"),
        ({"agent": "mei", "points": [{"call_id": call, "start": 5.0, "end": 4.0}]}, "clip_invalid"),
        ({"follow_up_on": "0001-01-01"}, "invalid"),
        ({"text": "a\0b"}, "invalid"),
    )
    for said, code in refusals:
        answer = write(api, bob, **said)
        assert (answer.status_code, answer.json()["code"]) == (422, code), said
    assert write(api, key_of(api, api.cast.dana)).status_code == 403
    assert write(api, bob, agent="mei", points=[{"call_id": 999}]).status_code == 404


def test_notes_are_chosen_by_agent_and_item_and_come_as_csv(api: Api) -> None:
    bob = key_of(api, api.cast.bob)
    write(api, bob, topic="=1+1", points=[{"item": "standard_greeting"}])
    write(api, bob, agent="mei")
    for query in ("agent=dana", "item=standard_greeting"):
        assert [one["agent"] for one in api.get(f"/coaching?{query}", key=bob).json()["items"]] == ["dana"], query
    answer = api.get("/coaching?agent=dana", key=bob, headers={"Accept": "text/csv"})
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["agent"], row["topic"], row["state"]) == ("dana", "'=1+1", "open")
    assert api.get("/coaching?agent=nobody", key=bob).status_code == 422
    assert api.get("/coaching", key=key_of(api, api.cast.charlie)).json()["total"] == 0


def test_what_was_answered_about_a_call_is_forgotten_when_the_call_is_deleted(api: Api) -> None:
    call, bob = api.scored(agent="dana"), key_of(api, api.cast.bob)
    body = {"agent": "dana", "advice": "Never say Zebediah again.", "points": [{"call_id": call}]}
    once = {"Idempotency-Key": "note-1"}
    first = api.send("POST", "/coaching", key=bob, json=body, headers=once)
    again = api.send("POST", "/coaching", key=bob, json=body, headers=once)
    assert (again.status_code, again.json()) == (201, first.json())
    with db.session(api.engine) as session:
        retention.delete_call(session, api.engine, api.worker.blobs, call, actor(api.cast.bob), "asked for")
    with db.session(api.engine, reads_only=True) as session:
        assert session.exec(select(KeptAnswer)).all() == []
