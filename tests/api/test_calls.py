"""Recordings go in, and come out scored: each once, with its evidence."""

import hashlib

from sqlalchemy import event
from sqlmodel import Session

from app.accounts.models import Scope
from app.calls import queries as calls
from app.calls import segments
from app.calls.models import Call
from app.calls.segments import Part
from app.domain.evidence import Verdict
from app.domain.lifecycle import Act
from app.domain.transcript import Transcript
from app.evaluations.service import evaluate
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.service import machine
from app.request import actor
from app.reviews import disputes
from app.reviews import queries as reviews
from app.reviews import service as review_service
from app.reviews.disputes import Objection
from app.reviews.offering import offer
from app.transcription.service import keep_transcript
from tests.api.conftest import BAD, GOOD, Api, transcript
from tests.graded import graded_card, judged_by


def test_a_call_comes_in_and_is_kept_with_its_facts(api: Api) -> None:
    content = transcript(*GOOD)
    answer = api.upload(
        content,
        name="nina 1.json",
        external_id="c-1",
        agent="dana",
        queue="cards",
        customer_name="Li Na",
        started_at="2026-10-02T07:30:00+08:00",
        direction="outbound",
        language="en",
    )
    assert answer.status_code == 201
    call = answer.json()
    assert answer.headers["Location"] == f"/api/v1/calls/{call['id']}"
    assert call["external_id"] == "c-1"
    assert (call["agent"], call["team"], call["queue"], call["customer_name"]) == ("dana", "Team A", "cards", "Li Na")
    assert (call["direction"], call["language"], call["file_name"]) == ("outbound", "en", "nina 1.json")
    assert (call["size_bytes"], call["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
    assert (call["state"], call["error"]) == ("received", None)
    # In Shanghai, where Dana's team is, the next day has begun.
    assert (call["started_at"], call["site_day"]) == ("2026-10-01T23:30:00Z", "2026-10-02")
    assert api.get(f"/calls/{call['id']}").json() == call


def test_the_same_bytes_twice_are_one_call_with_the_newer_facts(api: Api) -> None:
    first = api.upload(transcript(*GOOD), agent="dana")
    again = api.upload(transcript(*GOOD), name="other.json", external_id="c-1", customer_name="Li Na")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert (again.json()["external_id"], again.json()["customer_name"]) == ("c-1", "Li Na")
    assert api.get("/calls").json()["total"] == 1


def test_an_external_id_belongs_to_one_call(api: Api) -> None:
    api.upload(transcript(*GOOD), external_id="c-1")
    other = api.upload(transcript(*BAD), external_id="c-1")
    assert (other.status_code, other.json()["code"]) == (409, "external_id_taken")
    assert api.get("/calls").json()["total"] == 1


def test_a_scored_call_shows_who_said_what(api: Api) -> None:
    call_id = api.scored(*GOOD)
    heard = api.get(f"/calls/{call_id}/transcript").json()
    assert (heard["call_id"], heard["revision"], heard["engine"], heard["language"]) == (call_id, 1, "transcript", "en")
    assert heard["turns"][1] == {
        "speaker": "customer",
        "start": 5.0,
        "end": 9.0,
        "text": "My card was declined.",
        "confidence": None,
        "speaker_confidence": 1.0,
    }
    assert api.get(f"/calls/{call_id}").json()["state"] == "scored"


def test_a_scored_call_shows_what_the_machine_found_and_no_final_score(api: Api) -> None:
    evaluation = api.get(f"/calls/{api.scored(*GOOD)}/evaluation").json()
    machine = evaluation["machine"]
    assert machine["scorecard"]["id"] == "inbound-en"
    assert machine["scorecard"]["version"].startswith("sha256:")
    greeting = next(item for item in machine["items"] if item["id"] == "standard_greeting")
    assert greeting["verdict"] == "pass"
    assert greeting["evidence"][0]["quote"] in GOOD[0][1]
    assert set(greeting) == {
        "id", "verdict", "confidence", "points", "max_points", "reason", "evidence", "searched", "nearest"
    }  # fmt: skip
    assert evaluation["final"] is None
    assert evaluation["review"]["state"] == "open"
    assert evaluation["review"]["verdicts"] == []


def test_what_people_decide_stands_beside_what_the_machine_found(api: Api) -> None:
    call_id = api.scored(*BAD)
    before = api.get(f"/calls/{call_id}/evaluation").json()
    api.review(call_id)
    after = api.get(f"/calls/{call_id}/evaluation").json()
    assert after["machine"] == before["machine"]
    assert (after["final"]["score"], after["final"]["passed"]) == (100.0, True)
    assert (after["review"]["state"], after["review"]["reviewer"]) == ("submitted", "Alice")
    greeting = next(one for one in after["review"]["verdicts"] if one["id"] == "standard_greeting")
    assert (greeting["verdict"], greeting["machine_verdict"], greeting["decided_by"]) == ("pass", "fail", "Alice")
    assert greeting["reason_code"] == "misheard"


def released(api: Api, call_id: int) -> None:
    """The agent may read the result of this call."""
    with db.session(api.engine) as session:
        review = reviews.of_call(session, call_id)
        assert review is not None
        review.state, review.released_at = review_service.moved(review, Act.RELEASE), clock.now()
        session.add(review)


def heard_again(api: Api, call_id: int, *said: tuple[str, str]) -> None:
    """The machine hears other words in this call, and judges it anew."""
    heard = Transcript.model_validate_json(transcript(*said))
    with db.session(api.engine) as session:
        revision = keep_transcript(session, calls.lock(session, call_id), heard, "test", machine(clock.now()), 2)
        evaluate(session, call_id, revision, machine(clock.now()))
        offer(session, call_id, machine(clock.now()))


def test_an_agents_key_reads_the_findings_that_the_result_stands_on_not_what_a_machine_found_since(api: Api) -> None:
    call_id = api.scored(*GOOD, agent="dana")
    agents, staffs = api.key(Scope.SCORES_READ, owner=api.cast.dana), api.key()
    api.review(call_id)
    early = api.get(f"/calls/{call_id}/evaluation", key=agents)
    assert (early.status_code, early.json()["code"]) == (404, "not_released")
    released(api, call_id)
    before = api.get(f"/calls/{call_id}/evaluation", key=agents).json()["machine"]
    heard_again(api, call_id, *BAD)
    assert api.get(f"/calls/{call_id}/evaluation", key=agents).json()["machine"] == before
    newer = api.get(f"/calls/{call_id}/evaluation", key=staffs).json()["machine"]
    assert (newer["transcript_revision"], newer["items"] == before["items"]) == (2, False)


def test_a_key_of_an_agent_who_spoke_in_a_part_of_a_call_reads_no_dispute_of_its_own_agent(api: Api) -> None:
    call_id, cast = api.scored(*GOOD, agent="dana"), api.cast
    api.review(call_id)
    released(api, call_id)
    with db.session(api.engine) as session:
        segments.replace(session, calls.lock(session, call_id), [Part(id_of(cast.mei), 0, 1)], actor(cast.bob))
        review, unfair = reviews.of_call(session, call_id), Objection("warm", Verdict.NOT_APPLICABLE, None, "No.")
        assert review is not None
        disputes.dispute(session, id_of(review), id_of(cast.dana), unfair, actor(cast.dana), 7)
    for owner, disputed in ((cast.dana, ["warm"]), (cast.mei, []), (None, ["warm"])):
        told = api.get(f"/calls/{call_id}/evaluation", key=api.key(Scope.SCORES_READ, owner=owner)).json()
        assert [one["item"] for one in told["review"]["disputes"]] == disputed


def test_the_level_that_a_person_chose_is_told(api: Api) -> None:
    call_id = api.scored(*GOOD)
    with db.session(api.engine) as session:
        review = judged_by(session, call_id, graded_card())
        alice = api.cast.alice
        review_service.decide(session, id_of(review), "patience", None, alice, actor(alice), level=3)
        review_service.decide(session, id_of(review), "greeting", Verdict.PASS, alice, actor(alice))
    told = {one["id"]: one for one in api.get(f"/calls/{call_id}/evaluation").json()["review"]["verdicts"]}
    assert (told["patience"]["verdict"], told["patience"]["level"]) == ("pass", 3.0)
    assert (told["greeting"]["verdict"], told["greeting"]["level"]) == ("pass", None)


def test_a_call_that_is_not_scored_yet_says_so(api: Api) -> None:
    call_id = api.upload(transcript(*GOOD)).json()["id"]
    for part, code in (("transcript", "not_transcribed"), ("evaluation", "not_scored")):
        answer = api.get(f"/calls/{call_id}/{part}")
        assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_an_unknown_call_is_not_found(api: Api) -> None:
    for path in ("/calls/999", "/calls/999/transcript", "/calls/999/evaluation"):
        answer = api.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_call_of_another_team_is_not_found(api: Api) -> None:
    call_id = api.scored(agent="dana")
    key = api.key(Scope.SCORES_READ, owner=api.cast.charlie)
    for part in ("", "/transcript", "/evaluation"):
        assert api.get(f"/calls/{call_id}{part}", key=key).status_code == 404
    assert api.get("/calls", key=key).json() == {"items": [], "next_cursor": None, "total": 0}
    assert api.get("/calls?external_id=c-1", key=key).json()["total"] == 0


def test_a_fact_that_cannot_be_used_is_named(api: Api) -> None:
    for field, given in [
        ("started_at", "yesterday"),
        ("started_at", "2026-10-01T09:30:00"),
        ("started_at", "0001-01-01T00:00:00+14:00"),
        ("direction", "sideways"),
        ("language", "tlh"),
        ("agent_channel", "middle"),
        ("external_id", "x" * 201),
        ("agent", "da\0na"),
        ("colour", "blue"),
    ]:
        answer = api.upload(transcript(*GOOD), **{field: given})
        assert answer.status_code == 422, field
        assert [fault["field"] for fault in answer.json()["errors"]] == [field]
        assert field in answer.json()["title"]
    assert api.get("/calls").json()["total"] == 0


def test_a_form_without_a_file_names_the_file(api: Api) -> None:
    for more in ({"data": {"agent": "dana"}}, {"json": {"agent": "dana"}}, {"data": {"file": "text"}}):
        answer = api.send("POST", "/calls", **more)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "file")


def test_a_file_of_another_type_is_refused(api: Api) -> None:
    for name in ("notes.docx", "noending", "../../etc/passwd", ".json"):
        answer = api.upload(b"x", name=name)
        assert (answer.status_code, answer.json()["code"]) == (415, "wrong_file_type")
    assert api.get("/calls").json()["total"] == 0


def test_a_folder_in_a_file_name_is_forgotten(api: Api) -> None:
    assert api.upload(transcript(*GOOD), name="..\\..\\a/b/call.json").json()["file_name"] == "call.json"


def test_a_failed_call_says_why(api: Api) -> None:
    call_id = api.upload(b"{}").json()["id"]
    api.worker.fail(call_id, 1, "transcript_refused", "turns: there is not a single one.")
    call = api.get(f"/calls/{call_id}").json()
    assert call["state"] == "failed"
    assert call["error"] == {"code": "transcript_refused", "message": "turns: there is not a single one."}


def test_calls_are_listed_page_by_page_the_newest_first(api: Api) -> None:
    ids = [api.upload(transcript(*GOOD, note=str(number))).json()["id"] for number in range(5)]
    key, seen, cursor = api.key(), [], ""
    for _ in range(3):
        page = api.get(f"/calls?limit=2{cursor}", key=key).json()
        assert page["total"] == 5
        seen += [call["id"] for call in page["items"]]
        cursor = f"&cursor={page['next_cursor']}"
    assert seen == ids[::-1]
    assert page["next_cursor"] is None


def test_calls_are_chosen_by_their_facts(api: Api) -> None:
    first = api.scored(note="1", agent="dana", external_id="c-1", started_at="2026-10-01T10:00:00+08:00")
    other = api.upload(transcript(*GOOD, note="2"), agent="kenji", started_at="2026-10-02T10:00:00Z").json()["id"]

    def chosen(query: str) -> list[int]:
        return [call["id"] for call in api.get(f"/calls?{query}").json()["items"]]

    assert chosen("agent=dana") == chosen("team=Team A") == chosen("state=scored") == [first]
    assert chosen("external_id=c-1") == chosen("q=C-1") == chosen("language=en") == [first]
    assert chosen("external_id=c-2") == []
    assert chosen("from=2026-10-02") == [other]
    assert chosen("from=2026-10-01T00:00:00+08:00&to=2026-10-02T00:00:00+08:00") == [first]


def test_a_filter_that_cannot_be_used_is_named(api: Api) -> None:
    for field, query in [
        ("agent", "agent=nobody"),
        ("team", "team=nowhere"),
        ("agent", "agent=a%00b"),
        ("q", "q=a%00b"),
        ("state", "state=lost"),
        ("from", "from=yesterday"),
        ("from", "from=2026-10-01T09:00:00Z"),
        ("from", "from=2026-10-01T00:00:00"),
        ("from", "from=0001-01-01T00:00:00%2B14:00&tz=Asia/Shanghai"),
        ("to", "from=2026-10-02&to=2026-10-01"),
        ("to", "to=0001-01-01"),
        ("from", "from=2026-02-30"),
        ("tz", "tz=Moon/Base"),
        ("cursor", "cursor=abc"),
        ("cursor", "cursor=99999999999999999999"),
        ("limit", "limit=0"),
        ("limit", "limit=100000"),
    ]:
        answer = api.get(f"/calls?{query}")
        assert answer.status_code == 422, query
        assert [fault["field"] for fault in answer.json()["errors"]] == [field]


def test_a_call_whose_storing_fails_is_not_said_to_be_stored(api: Api) -> None:
    def note(session: Session, context: object) -> None:
        if any(isinstance(row, Call) for row in session.new):
            session.info["stores a call"] = True

    def fail(session: Session) -> None:
        # A savepoint is no commit yet.
        if session.info.get("stores a call") and not session.in_nested_transaction():
            raise RuntimeError("the disk is gone")

    key = api.key()
    event.listen(Session, "after_flush", note)
    event.listen(Session, "before_commit", fail)
    try:
        answer = api.upload(transcript(*GOOD), key=key)
    finally:
        event.remove(Session, "after_flush", note)
        event.remove(Session, "before_commit", fail)
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert (answer.headers["x-request-id"], answer.headers["x-content-type-options"]) == (
        answer.json()["request_id"],
        "nosniff",
    )
    assert "disk" not in answer.text
    assert answer.json()["request_id"]
    assert api.get("/calls").json()["total"] == 0
