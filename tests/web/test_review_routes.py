"""What the review screen sends: verdicts with the version they were made on, the end of a review, notes."""

from typing import Any

from httpx import Response

from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import db
from app.reviews import queries
from tests.web.conftest import Web

# What the script of the screen sends beside the body.
SCRIPT = {"accept": "*/*", "content-type": "application/json"}


def put(web: Web, review: int | None, item: str, version: int | None = 0, user: Any = None, **said: Any) -> Response:
    headers = {**SCRIPT} if version is None else {**SCRIPT, "if-match": f'"{version}"'}
    path = f"/reviews/{review}/items/{item}"
    return web.send(user or web.cast.alice, "PUT", path, json={"verdict": "pass", **said}, headers=headers)


def test_a_verdict_is_saved_and_the_answer_has_its_version_and_the_sum(web: Web) -> None:
    review = web.review_of(web.make_call()).id
    answer = put(web, review, "product_knowledge", note="knows it")
    told = answer.json()
    assert answer.status_code == 200
    assert told["item"] == {
        "verdict": "pass",
        "level": None,
        "reason_code": None,
        "note": "knows it",
        "by": "Alice",
        "version": told["item"]["version"],
        "outdated": False,
    }
    assert answer.headers["etag"] == f'"{told["item"]["version"]}"'
    assert told["totals"]["to_confirm"] == 18
    assert not told["totals"]["can_submit"]


def test_what_another_persons_page_sends_is_refused(web: Web) -> None:
    review, bob = web.review_of(web.make_call()).id, web.cast.bob
    path, headers = f"/reviews/{review}/items/patient", {**SCRIPT, "x-callmark-reader": str(web.cast.alice.id)}
    refused = web.send(bob, "PUT", path, json={"verdict": "pass"}, headers={**headers, "if-match": '"0"'})
    assert (refused.status_code, refused.json()["code"]) == (401, "signed_in_as_another")
    assert put(web, review, "patient").json()["item"]["by"] == "Alice"


def test_of_two_who_decide_at_once_the_second_is_told_what_the_first_decided(web: Web) -> None:
    review = web.review_of(web.make_call()).id
    assert put(web, review, "patient", 0, user=web.cast.bob, verdict="fail").status_code == 200
    late = put(web, review, "patient", 0)
    assert late.status_code == 412
    assert late.headers["content-type"].startswith("application/problem+json")
    assert late.json()["changed_by"] == "Bob"
    assert late.json()["current"]["verdict"] == "fail"
    mine = put(web, review, "patient", late.json()["current"]["version"])
    assert mine.json()["item"]["verdict"] == "pass"


def test_who_comes_after_an_undo_is_told_who_took_it_back(web: Web) -> None:
    review = web.review_of(web.make_call()).id
    version = put(web, review, "patient").json()["item"]["version"]
    headers = {**SCRIPT, "if-match": f'"{version}"'}
    undone = web.send(web.cast.bob, "DELETE", f"/reviews/{review}/items/patient", headers=headers)
    assert (undone.status_code, undone.json()["item"]["verdict"]) == (200, None)
    late = put(web, review, "patient", version)
    assert (late.status_code, late.json()["changed_by"], late.json()["current"]["version"]) == (412, "Bob", 0)


def test_an_override_needs_a_reason_and_says_so_to_the_script(web: Web) -> None:
    review = web.review_of(web.make_call()).id
    refused = put(web, review, "standard_greeting", verdict="fail")
    assert refused.status_code == 422
    assert "reason" in refused.json()["detail"]
    assert put(web, review, "standard_greeting", verdict="fail", reason_code="misheard").status_code == 200
    assert put(web, review, "standard_greeting", None, verdict="splendid").status_code == 422
    assert put(web, review, "no_such_item").status_code == 404


def test_every_reason_that_the_screen_offers_is_accepted(web: Web) -> None:
    review = web.review_of(web.make_call()).id
    row = (
        web.get(web.cast.alice, f"/reviews/{review}")
        .text.split('data-item="standard_greeting"')[1]
        .split("</fieldset>")[0]
    )
    codes = [part.split('"')[0] for part in row.split('value="')[1:]]
    assert len(codes) > 6
    for code in codes:
        answer = put(web, review, "standard_greeting", None, verdict="fail", reason_code=code)
        assert answer.status_code == 200, code


def test_submitting_leads_to_the_next_call_and_then_to_the_empty_queue(web: Web) -> None:
    first, second = web.make_call(note="1"), web.make_call(note="2")
    unfinished = web.post(web.cast.alice, f"/reviews/{web.review_of(first).id}/submit", headers={"accept": "*/*"})
    assert unfinished.status_code == 409
    web.decide_all(first)
    done = web.post(web.cast.alice, f"/reviews/{web.review_of(first).id}/submit", headers={"accept": "*/*"})
    assert done.json() == {"next": f"/reviews/{web.review_of(second).id}?notice=submitted"}
    assert web.review_of(first).state == ReviewState.RELEASED
    assert put(web, web.review_of(first).id, "patient", None).status_code == 409
    web.decide_all(second)
    last = web.post(web.cast.alice, f"/reviews/{web.review_of(second).id}/submit")
    assert (last.status_code, last.headers["location"]) == (303, "/queue?notice=queue_empty")


def test_a_submitted_review_is_opened_again_or_retracted_with_a_reason(web: Web) -> None:
    call = web.make_call()
    web.submit(call, Verdict.PASS)
    review = web.review_of(call).id
    assert web.post(web.cast.bob, f"/reviews/{review}/reopen", data={"reason": " "}).status_code == 422
    assert web.post(web.cast.bob, f"/reviews/{review}/reopen", data={"reason": "wrong call"}).status_code == 303
    assert web.review_of(call).state == ReviewState.OPEN
    web.post(web.cast.alice, f"/reviews/{review}/submit")
    assert web.post(web.cast.bob, f"/reviews/{review}/retract", data={"reason": "test"}).status_code == 303
    assert web.review_of(call).state == ReviewState.RETRACTED
    page = web.get(web.cast.bob, f"/calls/{call}").text
    assert "Review retracted: test" in page
    assert "Review opened again: wrong call" in page


def test_a_note_from_the_screen_reaches_the_agent(web: Web) -> None:
    review = web.review_of(web.make_call()).id
    said = {"text": "Say why you ask.", "item_id": "patient", "start": 5.0, "end": 9.0}
    assert web.post(web.cast.alice, f"/reviews/{review}/coaching", json=said, headers=SCRIPT).status_code == 201
    # It speaks of an item that is not decided yet: the agent reads it with the result.
    assert "Say why you ask." not in web.get(web.cast.dana, "/coaching").text
    assert "Say why you ask." in web.get(web.cast.bob, "/coaching").text
    empty = web.post(web.cast.alice, f"/reviews/{review}/coaching", json={"text": " "}, headers=SCRIPT)
    assert (empty.status_code, "detail" in empty.json()) == (422, True)


def test_the_queue_has_the_oldest_call_first_and_starts_with_it(web: Web) -> None:
    assert web.post(web.cast.alice, "/queue/next").headers["location"] == "/queue?notice=queue_empty"
    assert "Nothing waits for you" in web.get(web.cast.alice, "/queue").text
    young = web.make_call(note="1", started_at="2026-10-02T09:00:00+08:00")
    old = web.make_call(note="2", started_at="2026-10-01T09:00:00+08:00", agent="mei")
    page = web.get(web.cast.alice, "/queue").text
    places = [page.index(f'href="/reviews/{web.review_of(call).id}"') for call in (old, young)]
    assert places == sorted(places)
    assert "2 calls wait for a person" in page
    assert web.post(web.cast.alice, "/queue/next").headers["location"] == f"/reviews/{web.review_of(old).id}"
    assert "2 of 2" in web.get(web.cast.alice, f"/reviews/{web.review_of(young).id}").text
    with db.session(web.engine, reads_only=True) as session:
        assert queries.queue(session, web.cast.charlie)[1] == 0
    assert "Nothing waits for you" in web.get(web.cast.charlie, "/queue").text
