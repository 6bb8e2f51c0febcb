"""What agents answer to a result over REST, and what is decided about it."""

import csv
import io
from typing import Any

import pytest
from httpx import Response

from app.accounts.models import Scope, User
from app.kit import db
from app.kit.db import id_of
from app.ledger.queries import entries
from app.ledger.service import call_stream
from app.request import actor
from app.reviews import queries as reviews
from app.reviews import releasing
from app.reviews.offering import Terms
from tests.api.conftest import Api
from tests.api.test_reviews import act, key_of, review_of

ITEM = "standard_greeting"


@pytest.fixture
def review(api: Api) -> int:
    """A released result of Dana, in which Alice failed every item but for what only passes."""
    from app.domain.evidence import Verdict

    call = api.scored(agent="dana", external_id="c-1")
    api.review(call, Verdict.FAIL)
    found = review_of(api, call)
    with db.session(api.engine) as session:
        releasing.release(session, found, actor(api.cast.bob), Terms())
    return found


def dispute(api: Api, review: int, who: User, **said: Any) -> Response:
    body = {"item": ITEM, "verdict": "pass", "reason": "I greeted at 0:02.", **said}
    return api.send("POST", f"/reviews/{review}/disputes", key=key_of(api, who), json=body)


def decide(api: Api, one: int, who: User, *, seen: str | None = None, **said: Any) -> Response:
    headers = {"If-Match": seen} if seen else {}
    return api.send("POST", f"/disputes/{one}/decide", key=key_of(api, who), json=said, headers=headers)


def test_a_dispute_is_brought_decided_and_changes_the_score(api: Api, review: int) -> None:
    before = api.get(f"/reviews/{review}").json()["score"]
    made = dispute(api, review, api.cast.dana)
    assert made.status_code == 201, made.text
    one = made.json()
    assert api.get(made.headers["Location"].removeprefix("/api/v1")).json() == one
    assert (one["outcome"], one["verdict_before"], one["proposed"], one["agent"]) == ("open", "fail", "pass", "dana")
    assert (one["reason"], one["external_id"], one["review_id"]) == ("I greeted at 0:02.", "c-1", review)
    [listed] = api.get("/disputes", key=key_of(api, api.cast.bob)).json()["items"]
    assert listed == one
    done = decide(api, one["id"], api.cast.bob, outcome="accepted", reply="You are right.")
    assert done.status_code == 200, done.text
    assert (done.json()["verdict_after"], done.json()["reply"], done.json()["decided_by"]) == (
        "pass",
        "You are right.",
        "Bob",
    )
    after = api.get(f"/reviews/{review}").json()
    assert after["score"] > before
    assert (after["state"], after["disputes"][0]["outcome"]) == ("resolved", "accepted")
    assert api.get("/disputes").json()["total"] == 0
    answer = api.get("/disputes?which=decided", headers={"Accept": "text/csv"})
    [row] = csv.DictReader(io.StringIO(answer.text))
    assert (row["item"], row["outcome"], row["verdict_after"]) == (ITEM, "accepted", "pass")
    again = decide(api, one["id"], api.cast.bob, outcome="accepted")
    assert (again.status_code, again.json()["code"]) == (409, "dispute_closed")


def test_a_dispute_is_decided_by_another_than_who_gave_the_verdict(api: Api, review: int) -> None:
    one = dispute(api, review, api.cast.dana).json()["id"]
    own = decide(api, one, api.cast.alice, outcome="rejected", reply="No.")
    assert (own.status_code, own.json()["code"]) == (403, "another_decides")
    assert decide(api, one, api.cast.dana, outcome="accepted").status_code == 403
    assert decide(api, one, api.cast.charlie, outcome="accepted").status_code == 404
    wordless = decide(api, one, api.cast.bob, outcome="rejected")
    assert (wordless.status_code, wordless.json()["code"]) == (422, "words_missing")
    half = decide(api, one, api.cast.bob, outcome="partly", verdict="not_applicable", reply="No occasion.")
    assert (half.status_code, half.json()["verdict_after"]) == (200, "not_applicable")


def test_only_the_agent_whose_call_it_is_disputes_and_takes_it_back(api: Api, review: int) -> None:
    assert dispute(api, review, api.cast.mei).status_code == 404
    assert dispute(api, review, api.cast.bob).status_code == 403
    assert dispute(api, review, api.cast.dana, verdict="fail").json()["code"] == "nothing_disputed"
    assert dispute(api, review, api.cast.dana, reason="").json()["code"] == "dispute_reason_missing"
    assert dispute(api, review, api.cast.dana, item="weather").status_code == 404
    one = dispute(api, review, api.cast.dana).json()["id"]
    assert dispute(api, review, api.cast.dana).json()["code"] == "already_disputed"
    withdraw = f"/disputes/{one}/withdraw"
    assert api.send("POST", withdraw, key=key_of(api, api.cast.bob)).status_code == 403
    taken = api.send("POST", withdraw, key=key_of(api, api.cast.dana))
    assert (taken.status_code, taken.json()["outcome"]) == (200, "withdrawn")
    assert api.get(f"/disputes/{one}", key=key_of(api, api.cast.mei)).status_code == 404


def test_a_dispute_that_changed_meanwhile_is_not_decided(api: Api, review: int) -> None:
    one = dispute(api, review, api.cast.dana).json()["id"]
    seen = api.get(f"/disputes/{one}").headers["ETag"]
    assert decide(api, one, api.cast.bob, seen='"other"', outcome="accepted").status_code == 412
    assert decide(api, one, api.cast.bob, seen=seen, outcome="accepted").status_code == 200
    late = decide(api, one, api.cast.ada, seen=seen, outcome="rejected", reply="No.")
    assert late.status_code == 412


def test_an_agent_acknowledges_a_result_once(api: Api, review: int) -> None:
    dana = key_of(api, api.cast.dana)
    for who in (api.cast.bob, api.cast.ada):
        assert act(api, key_of(api, who), review, "acknowledge", json={}).status_code == 403
    done = act(api, dana, review, "acknowledge", json={"reply": "I see."})
    assert (done.status_code, done.json()["state"]) == (200, "acknowledged")
    assert api.get(f"/reviews/{review}", key=dana).json()["reply"] == "I see."
    assert act(api, dana, review, "acknowledge", json={}).json()["code"] == "not_to_acknowledge"
    with db.session(api.engine, reads_only=True) as session:
        call = session.get_one(reviews.Review, review).call_id
        told = entries(session, call_stream(call))[-1]
    assert (told.event, told.actor_id, "I see." in str(told.payload)) == (
        "review.acknowledged",
        api.cast.dana.id,
        False,
    )


def test_an_agent_is_told_nothing_of_a_result_that_is_not_released(api: Api) -> None:
    call = api.scored(agent="dana")
    api.review(call)
    dana, found = key_of(api, api.cast.dana), review_of(api, call)
    assert act(api, dana, found, "acknowledge", json={}).status_code == 404
    assert dispute(api, found, api.cast.dana).status_code == 404


def test_an_agent_scores_an_own_call_once_item_by_item(api: Api) -> None:
    call = api.scored(agent="dana")
    items = [one["id"] for one in api.get(f"/reviews/{review_of(api, call)}").json()["items"]]
    said = [{"item": one, "verdict": "pass", "words": "Well done."} for one in items]
    path, dana = f"/calls/{call}/self-score", key_of(api, api.cast.dana)
    missing = api.send("POST", path, key=dana, json={"items": said[1:]})
    assert (missing.status_code, missing.json()["code"]) == (422, "self_score_unfinished")
    for wrong in ({"item": "weather", "verdict": "pass"}, said[0]):
        answer = api.send("POST", path, key=dana, json={"items": [*said, wrong]})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "items")
    done = api.send("POST", path, key=dana, json={"items": said})
    assert (done.status_code, done.json()["score"], done.json()["passed"]) == (201, 100.0, True)
    assert api.send("POST", path, key=dana, json={"items": said}).json()["code"] == "already_self_scored"
    assert api.send("POST", path, key=key_of(api, api.cast.bob), json={"items": said}).status_code == 404
    assert api.get(f"/calls/{call}/evaluation").json()["final"] is None
    declined = api.send("POST", f"{path}/decline", key=dana)
    assert declined.status_code == 204


def test_a_key_that_only_reads_answers_nothing(api: Api, review: int) -> None:
    reader = api.key(Scope.SCORES_READ, owner=api.cast.dana)
    for path in (f"/reviews/{review}/acknowledge", f"/reviews/{review}/disputes", "/disputes/1/decide"):
        answer = api.send("POST", path, key=reader, json={})
        assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing"), path
    assert id_of(api.cast.dana)
