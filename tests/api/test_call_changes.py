"""A call that is here is corrected, scored again and deleted, as in the web."""

from app.accounts.models import Scope
from tests.api.conftest import BAD, GOOD, Api


def test_facts_are_corrected_one_by_one(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana", queue="cards", customer_name="Li Na")
    answer = api.send("PATCH", f"/calls/{call}", json={"customer_name": None, "started_at": "2026-10-02T01:00:00Z"})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert (told["customer_name"], told["queue"], told["agent"]) == (None, "cards", "dana")
    assert (told["started_at"], told["site_day"]) == ("2026-10-02T01:00:00Z", "2026-10-02")
    assert api.get(f"/calls/{call}").json() == told
    events = [one["event"] for one in api.get(f"/ledger?call={call}").json()["items"]]
    assert "call.mended" in events


def test_a_call_that_is_given_to_another_agent_counts_for_them(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    api.send("PATCH", f"/calls/{call}", json={"agent": "mei"})
    assert api.get("/calls?agent=dana").json()["total"] == 0
    groups = api.get("/metrics/pass-rate?source=machine&group_by=agent").json()["groups"]
    assert [one["agent"] for one in groups] == ["mei"]


def test_what_is_not_known_is_refused_and_nothing_is_changed(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana", queue="cards")
    before = api.get(f"/calls/{call}").json()
    for odd in (
        {"agent": "nobody"},
        {"team": "nowhere"},
        {"language": "tlh"},
        {"started_at": "2026-10-02T01:00:00"},
        {"direction": "sideways"},
    ):
        answer = api.send("PATCH", f"/calls/{call}", json={"queue": "x"} | odd)
        assert answer.status_code == 422, odd
        assert next(iter(odd)) in answer.json()["errors"][0]["field"]
    assert api.get(f"/calls/{call}").json() == before


def test_a_deleted_call_is_gone_and_may_come_again(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    assert api.send("DELETE", f"/calls/{call}").status_code == 422
    assert api.send("DELETE", f"/calls/{call}?reason=test").status_code == 204
    assert api.get(f"/calls/{call}").status_code == 404
    assert api.scored(*GOOD, agent="dana") != call


def test_who_may_not_change_a_call_does_not(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    dana, alice = (api.key(*Scope, owner=one) for one in (api.cast.dana, api.cast.alice))
    assert api.send("PATCH", f"/calls/{call}", key=dana, json={"queue": "x"}).status_code == 403
    assert api.send("DELETE", f"/calls/{call}?reason=x", key=alice).status_code == 403
    charlie = api.key(*Scope, owner=api.cast.charlie)
    for method, address in (
        ("PATCH", f"/calls/{call}"),
        ("POST", f"/calls/{call}/score-again"),
        ("POST", f"/calls/{call}/start-again"),
        ("PATCH", f"/calls/{call}/transcript/turns/0"),
    ):
        assert api.send(method, address, key=charlie, json={}).status_code == 404, address


def test_an_agent_uploads_nothing_even_with_the_scope(api: Api) -> None:
    answer = api.upload(b"{}", key=api.key(*Scope, owner=api.cast.dana))
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_call_is_started_again_and_scored_again(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    assert api.send("POST", f"/calls/{call}/score-again").json()["state"] == "scored"
    again = api.send("POST", f"/calls/{call}/start-again")
    assert (again.status_code, again.json()["state"]) == (200, "received")
    assert api.send("POST", f"/calls/{call}/start-again").json()["code"] == "under_way"


def test_a_misheard_turn_is_corrected_in_a_new_revision(api: Api) -> None:
    call = api.scored(*BAD, agent="dana")
    heard = api.get(f"/calls/{call}/transcript")
    said = {"text": "Thank you for calling Merrow Bank, this is Nina, how can I help you?"}
    address, when = f"/calls/{call}/transcript/turns/0", {"If-Match": heard.headers["ETag"]}
    mended = api.send("PATCH", address, json=said, headers=when)
    assert mended.status_code == 200, mended.text
    assert (mended.json()["revision"], mended.json()["turns"][0]["text"]) == (2, said["text"])
    assert api.send("PATCH", address, json=said, headers=when).status_code == 412
    items = {one["id"]: one["verdict"] for one in api.get(f"/calls/{call}/evaluation").json()["machine"]["items"]}
    assert items["standard_greeting"] == "pass"
    assert api.get(f"/calls/{call}/transcript?revision=1").json()["turns"] == heard.json()["turns"]
    told = api.get(f"/calls/{call}/transcript/revisions").json()["items"]
    assert [(one["revision"], one["mended"]) for one in told] == [(2, True), (1, False)]


def test_a_turn_was_said_by_the_other_side(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    answer = api.send("PATCH", f"/calls/{call}/transcript/turns/1", json={"speaker": "agent"})
    assert answer.json()["turns"][1]["speaker"] == "agent"
    assert api.send("PATCH", f"/calls/{call}/transcript/turns/99", json={"speaker": "agent"}).status_code == 404


def test_calls_and_transcripts_come_as_csv_too(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    header, first = api.get("/calls", headers={"Accept": "text/csv"}).text.splitlines()
    assert header.startswith("id,external_id,state")
    assert first.startswith(f"{call},,scored")
    turns = api.get(f"/calls/{call}/transcript", headers={"Accept": "text/csv"}).text.splitlines()
    assert turns[1] == 'agent,0.0,4.0,"Thank you for calling Merrow Bank, this is Nina, how can I help you?",,1.0'
