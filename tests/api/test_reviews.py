"""Reviewing over REST: the same queue, the same rules and the same secrets as on the pages."""

import csv
import io
from typing import Any

import pytest
from httpx import Response

from app.accounts.models import Role, Scope, User
from app.accounts.service import add_user
from app.kit import db
from app.kit.db import id_of
from app.ledger.queries import entries
from app.ledger.service import call_stream
from app.reviews import queries as reviews
from app.reviews.offering import Terms
from tests.api.conftest import Api
from tests.cast import LONG_AGO


def key_of(api: Api, who: User, *scopes: Scope) -> str:
    return api.key(*(scopes or (Scope.SCORES_READ, Scope.SCORES_WRITE)), owner=who)


def review_of(api: Api, call_id: int) -> int:
    with db.session(api.engine, reads_only=True) as session:
        found = reviews.of_call(session, call_id)
        assert found is not None
        return id_of(found)


def make_blind(api: Api, call_id: int) -> None:
    with db.session(api.engine) as session:
        found = reviews.of_call(session, call_id)
        assert found is not None
        found.blind = True
        session.add(found)


def decide(api: Api, key: str, review: int, item: str, seen: str = "*", **said: Any) -> Response:
    path = f"/reviews/{review}/verdicts/{item}"
    return api.send("PUT", path, key=key, json=said, headers={"If-Match": seen})


def decide_all(api: Api, key: str, review: int) -> None:
    """Confirm what the machine decided; where it left something open, pass."""
    for item in api.get(f"/reviews/{review}", key=key).json()["items"]:
        machine = item["machine"]["verdict"] if item["machine"] else "pass"
        verdict = machine if machine in ("pass", "fail", "not_applicable") else "pass"
        answer = decide(api, key, review, item["id"], verdict=verdict)
        assert answer.status_code == 200, answer.text


def act(api: Api, key: str, review: int, deed: str, **more: Any) -> Response:
    return api.send("POST", f"/reviews/{review}/{deed}", key=key, **more)


def test_a_review_is_done_from_the_queue_to_its_result(api: Api) -> None:
    call = api.scored(agent="dana", external_id="c-1")
    alice = key_of(api, api.cast.alice)
    waiting = api.get("/reviews?which=waiting", key=alice).json()
    assert [(one["call_id"], one["state"], one["agent"]) for one in waiting["items"]] == [(call, "open", "dana")]
    assert api.get("/reviews?which=mine", key=alice).json()["total"] == 0
    taken = api.send("POST", "/reviews/next", key=alice).json()
    assert (taken["call_id"], taken["assigned_to"], taken["external_id"]) == (call, "alice", "c-1")
    assert api.get("/reviews?which=mine", key=alice).json()["total"] == 1
    early = act(api, alice, taken["id"], "submit")
    assert (early.status_code, early.json()["code"]) == (409, "items_unconfirmed")
    decide_all(api, alice, taken["id"])
    done = act(api, alice, taken["id"], "submit")
    assert (done.status_code, done.json()["state"]) == (200, "released")
    assert api.get(f"/reviews/{taken['id']}", key=alice).json()["to_confirm"] == 0
    assert api.get("/reviews?which=waiting", key=alice).json()["total"] == 0
    [result] = api.get("/reviews?which=released", key=alice).json()["items"]
    final = api.get(f"/calls/{call}/evaluation", key=alice).json()["final"]
    assert (result["score"], result["passed"]) == (done.json()["score"], done.json()["passed"])
    assert final["score"] == result["score"]
    nothing = api.send("POST", "/reviews/next", key=alice)
    assert (nothing.status_code, nothing.json()["code"]) == (409, "nothing_waits")


def test_results_come_as_csv_page_by_page(api: Api) -> None:
    calls = [api.scored(agent="dana", note=str(number)) for number in range(3)]
    for call in calls:
        api.review(call)
    alice, seen, query = key_of(api, api.cast.alice), [], ""
    for _ in range(2):
        answer = api.get(f"/reviews?limit=2{query}", key=alice, headers={"Accept": "text/csv"})
        seen += [(row["call_id"], row["state"]) for row in csv.DictReader(io.StringIO(answer.text))]
        query = f"&cursor={answer.headers.get('X-Next-Cursor')}"
    assert seen == [(str(call), "submitted") for call in reversed(calls)]
    assert "X-Next-Cursor" not in answer.headers


def test_the_queue_is_paged_through_by_its_cursor(api: Api) -> None:
    calls = {api.scored(agent="dana", note=str(number)) for number in range(3)}
    first = api.get("/reviews?which=waiting&limit=2").json()
    rest = api.get(f"/reviews?which=waiting&limit=2&cursor={first['next_cursor']}").json()
    assert {one["call_id"] for one in first["items"] + rest["items"]} == calls
    assert (first["total"], rest["next_cursor"]) == (3, None)
    for cursor in ("x", "0", "9" * 40, "-1"):
        assert api.get(f"/reviews?which=waiting&cursor={cursor}").status_code == 422, cursor


def test_who_decides_otherwise_than_the_machine_says_why(api: Api) -> None:
    review, alice = review_of(api, api.scored(agent="dana")), key_of(api, api.cast.alice)
    refused = decide(api, alice, review, "standard_greeting", verdict="fail")
    assert (refused.status_code, refused.json()["code"]) == (422, "reason_needed")
    said = decide(api, alice, review, "standard_greeting", verdict="fail", reason_code="misheard", note="At 0:02.")
    assert said.status_code == 200
    decided = api.get(f"/reviews/{review}", key=alice).json()["verdicts"][0]
    assert (decided["verdict"], decided["machine_verdict"]) == ("fail", "pass")
    assert (decided["reason_code"], decided["note"], decided["decided_by"]) == ("misheard", "At 0:02.", "Alice")
    taken_back = api.send("DELETE", f"/reviews/{review}/verdicts/standard_greeting", key=alice)
    assert (taken_back.json()["decided"], taken_back.json()["version"]) == (None, 0)
    unknown = decide(api, alice, review, "weather", verdict="pass")
    assert unknown.status_code == 404


def test_nobody_writes_over_a_verdict_they_have_not_seen(api: Api) -> None:
    review = review_of(api, api.scored(agent="dana"))
    alice, bob = key_of(api, api.cast.alice), key_of(api, api.cast.bob)
    path = f"/reviews/{review}/verdicts/warm"
    blindly = api.send("PUT", path, key=alice, json={"verdict": "pass"})
    assert (blindly.status_code, blindly.json()["code"]) == (428, "precondition_required")
    first = decide(api, alice, review, "warm", '"0"', verdict="pass")
    assert first.status_code == 200
    late = decide(api, bob, review, "warm", '"0"', verdict="fail")
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    assert api.get(path, key=bob).json()["decided"]["verdict"] == "pass"
    # What another item becomes meanwhile does not matter.
    assert decide(api, alice, review, "standard_greeting", '"0"', verdict="pass").status_code == 200
    tag = api.get(path, key=bob).headers["ETag"]
    assert decide(api, bob, review, "warm", tag, verdict="fail").status_code == 200
    assert decide(api, alice, review, "warm", first.headers["ETag"], verdict="pass").status_code == 412
    stale = act(api, alice, review, "claim", headers={"If-Match": '"1"'})
    assert stale.status_code == 412


def test_what_the_machine_found_in_a_blind_review_is_told_to_nobody_before_it_is_submitted(api: Api) -> None:
    call = api.scored(agent="dana")
    evaluation = api.get(f"/calls/{call}/evaluations").json()[0]["id"]
    make_blind(api, call)
    review, alice = review_of(api, call), key_of(api, api.cast.alice)
    decide(api, alice, review, "standard_greeting", verdict="fail")
    for who in (api.cast.alice, api.cast.bob, api.cast.ada):
        key = key_of(api, who)
        told = api.get(f"/calls/{call}/evaluation", key=key).json()
        assert (told["machine"], told["final"]) == (None, None)
        assert (told["review"]["blind"], told["review"]["verdicts"][0]["machine_verdict"]) == (True, None)
        assert api.get(f"/calls/{call}/evaluations", key=key).json() == []
        assert api.get("/evaluations?all_versions=true", key=key).json()["total"] == 0
        for path in (f"/evaluations/{evaluation}", f"/evaluations/{evaluation}/evidence"):
            assert api.get(path, key=key).status_code == 404, path
        shown = api.get(f"/reviews/{review}", key=key).json()
        assert {one["machine"] and "told" for one in shown["items"]} == {None}
        assert api.get(f"/reviews/{review}/verdicts/standard_greeting", key=key).json()["decided"]["verdict"] == "fail"
    decide_all(api, alice, review)
    assert act(api, alice, review, "submit").json()["blind"] is False
    assert api.get(f"/reviews/{review}", key=alice).json()["items"][0]["machine"] is not None
    assert api.get(f"/calls/{call}/evaluation", key=alice).json()["machine"]["items"]
    assert api.get(f"/evaluations/{evaluation}", key=alice).status_code == 200


def test_the_second_of_two_who_score_a_call_is_told_what_anybody_is_told_of_a_blind_review(api: Api) -> None:
    call = api.scored(agent="dana")
    make_blind(api, call)
    first, alice = review_of(api, call), key_of(api, api.cast.alice)
    with db.session(api.engine) as session:
        team = id_of(api.cast.team_a)
        ren = add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=team, now=LONG_AGO)
    before = api.get("/reviews?which=waiting", key=key_of(api, ren)).json()["items"][0]
    decide_all(api, alice, first)
    with db.session(api.engine) as session:
        from app.request import actor
        from app.reviews import service

        service.submit(session, first, api.cast.alice, actor(api.cast.alice), Terms(double_share=1))
    key = key_of(api, ren)
    [row] = api.get("/reviews?which=waiting", key=key).json()["items"]
    assert {**row, "id": first} == before
    assert api.get("/reviews", key=key).json()["total"] == 0
    assert api.get(f"/reviews/{first}", key=key).json()["id"] == row["id"]
    assert api.get(f"/calls/{call}/evaluation", key=key).json()["machine"] is None
    assert api.send("POST", f"/calls/{call}/review", key=key).json()["id"] == row["id"]
    decide_all(api, key, row["id"])
    done = act(api, key, row["id"], "submit").json()
    assert (done["state"], done["score"] is not None) == ("submitted", True)
    assert api.get(f"/reviews/{row['id']}", key=alice).status_code == 404


def test_nobody_judges_a_call_they_took_part_in(api: Api) -> None:
    review, alice = review_of(api, api.scored(agent="alice")), key_of(api, api.cast.alice)
    answer = decide(api, alice, review, "standard_greeting", verdict="pass")
    assert (answer.status_code, answer.json()["code"]) == (403, "own_call")


def test_an_agents_key_reads_released_results_of_own_calls_and_decides_nothing(api: Api) -> None:
    call, other = api.scored(agent="dana"), api.scored(agent="mei", note="other")
    dana, bob = key_of(api, api.cast.dana), key_of(api, api.cast.bob)
    for one in (call, other):
        api.review(one)
    review = review_of(api, call)
    assert api.get("/reviews", key=dana).json()["total"] == 0
    assert api.get(f"/reviews/{review}", key=dana).status_code == 404
    assert api.get("/evaluations", key=dana).json()["total"] == 0
    released = api.send("POST", "/reviews/release", key=bob, json={"reviews": [review, review_of(api, other)]})
    assert released.json() == {"changed": 2}
    [mine] = api.get("/reviews", key=dana).json()["items"]
    assert (mine["id"], mine["state"], mine["assigned_to"], mine["due_at"], mine["picked"]) == (
        review,
        "released",
        None,
        None,
        None,
    )
    [judged] = api.get("/evaluations", key=dana).json()["items"]
    assert judged["call_id"] == call
    assert api.get("/reviews?which=waiting", key=dana).status_code == 403
    for deed in ("submit", "claim", "bring-back", "release"):
        assert act(api, dana, review, deed).status_code == 403, deed
    assert decide(api, dana, review, "warm", verdict="pass").status_code == 403
    assert api.get(f"/reviews/{review_of(api, other)}", key=dana).status_code == 404


def test_reviews_are_claimed_given_back_and_given_to_people(api: Api) -> None:
    review = review_of(api, api.scored(agent="dana"))
    alice, bob = key_of(api, api.cast.alice), key_of(api, api.cast.bob)
    assert act(api, alice, review, "claim").json()["assigned_to"] == "alice"
    assert act(api, bob, review, "claim").json()["code"] == "taken_meanwhile"
    assert act(api, alice, review, "give-back", json={"words": "No time."}).json()["assigned_to"] is None
    given = {"reviews": [review], "to": "alice"}
    assert api.send("POST", "/reviews/assign", key=alice, json=given).status_code == 403
    cannot = api.send("POST", "/reviews/assign", key=bob, json=given)
    assert (cannot.status_code, cannot.json()["code"]) == (409, "cannot_take")
    assert api.send("POST", "/reviews/assign", key=bob, json={**given, "to": "bob"}).json() == {"changed": 1}
    for nobody in ("charlie", "dana", "nobody"):
        answer = api.send("POST", "/reviews/assign", key=bob, json={**given, "to": nobody})
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "to")


def test_a_call_that_cannot_be_scored_is_set_aside_and_brought_back(api: Api) -> None:
    review, alice = review_of(api, api.scored(agent="dana")), key_of(api, api.cast.alice)
    wordless = act(api, alice, review, "set-aside", json={"reason": "other"})
    assert (wordless.status_code, wordless.json()["code"]) == (422, "words_needed")
    aside = act(api, alice, review, "set-aside", json={"reason": "voicemail"}).json()
    assert (aside["state"], aside["set_aside_reason"]) == ("set_aside", "voicemail")
    listed = api.get("/reviews?which=set_aside&reason=voicemail", key=alice).json()
    assert [one["id"] for one in listed["items"]] == [review]
    assert act(api, alice, review, "bring-back").json()["state"] == "open"
    again = act(api, alice, review, "bring-back")
    assert again.status_code == 409


def test_what_was_submitted_is_taken_back_and_opened_again_with_a_reason(api: Api) -> None:
    call = api.scored(agent="dana")
    api.review(call)
    review = review_of(api, call)
    alice, bob = key_of(api, api.cast.alice), key_of(api, api.cast.bob)
    for deed in ("retract", "reopen"):
        assert act(api, alice, review, deed, json={"reason": ""}).status_code == 422
    taken = act(api, bob, review, "retract", json={"reason": "The wrong call."}).json()
    assert (taken["state"], taken["score"]) == ("retracted", None)
    assert api.get("/reviews?which=retracted", key=bob).json()["total"] == 1
    assert act(api, alice, review, "reopen", json={"reason": "I look again."}).json()["state"] == "open"
    with db.session(api.engine, reads_only=True) as session:
        told = entries(session, call_stream(call))[-1]
    assert (told.event, told.actor, told.actor_id) == ("review.reopened", "key test", api.cast.alice.id)


def test_the_result_of_a_call_without_an_agent_is_released_to_nobody(api: Api) -> None:
    call, bob = api.scored(), key_of(api, api.cast.bob)
    api.review(call)
    answer = act(api, bob, review_of(api, call), "release")
    assert (answer.status_code, answer.json()["code"]) == (409, "agent_missing")
    unknown = api.send("POST", "/reviews/release", key=bob, json={"reviews": [999]})
    assert unknown.json() == {"changed": 0}


def test_a_request_that_is_sent_again_is_answered_as_the_first_time(api: Api) -> None:
    call = api.scored(agent="dana")
    review, alice = review_of(api, call), key_of(api, api.cast.alice)
    decide_all(api, alice, review)
    once = {"headers": {"Idempotency-Key": "night-1"}}
    first, again = (act(api, alice, review, "submit", **once) for _ in range(2))
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert act(api, alice, review, "submit").status_code == 409


@pytest.mark.parametrize("path", ["/reviews/1", "/reviews/1/verdicts/warm", "/evaluations/1", "/calls/1/evaluations"])
def test_what_another_team_has_is_not_there(api: Api, path: str) -> None:
    api.scored(agent="dana")
    assert api.get(path, key=key_of(api, api.cast.alice)).status_code == 200
    charlie = key_of(api, api.cast.charlie)
    assert api.get(path, key=charlie).status_code == 404
    for deed in ("submit", "claim"):
        assert act(api, charlie, 1, deed).status_code == 404
    assert api.get("/evaluations", key=charlie).json()["total"] == 0


def test_every_version_of_an_evaluation_stays_and_one_of_each_call_is_listed(api: Api) -> None:
    from app.calls import queries as calls
    from app.evaluations.service import evaluate
    from app.kit import clock
    from app.ledger.service import machine
    from app.transcription import queries as transcripts
    from app.transcription.service import keep_transcript
    from tests.factories import make_call

    call = api.scored(agent="dana", external_id="c-1")
    with db.session(api.engine) as session:
        mended = keep_transcript(
            session, calls.lock(session, call), make_call("0-1 agent: Yeah?"), "test", machine(clock.now()), attempt=2
        )
        evaluate(session, call, mended, machine(clock.now()))
        assert transcripts.current(session, call) is not None
    versions = api.get(f"/calls/{call}/evaluations").json()
    assert [one["current"] for one in versions] == [True, False]
    assert [one["id"] for one in api.get("/evaluations").json()["items"]] == [versions[0]["id"]]
    assert api.get("/evaluations?all_versions=true").json()["total"] == 2
    older = api.get(f"/evaluations/{versions[1]['id']}").json()
    assert {one["verdict"] for one in older["items"] if one["id"] == "standard_greeting"} == {"pass"}
    for query, total in (("scorecard=inbound-en", 1), ("scorecard=other", 0), ("agent=mei", 0), ("team=Team A", 1)):
        assert api.get(f"/evaluations?{query}").json()["total"] == total, query
    [row] = csv.DictReader(io.StringIO(api.get("/evaluations", headers={"Accept": "text/csv"}).text))
    assert (row["external_id"], row["scorecard.id"]) == ("c-1", versions[0]["scorecard"]["id"])
