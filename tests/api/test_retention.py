"""Periods, legal holds and erasures over REST: by administrators alone, and what is gone is told as gone."""

from contextlib import closing
from datetime import timedelta
from typing import Any

from sqlmodel import Session, select

from app.accounts.models import KeptAnswer, Scope
from app.calls import queries as calls
from app.contacts.sums import Terms
from app.imports.models import ImportKind, ImportState, ListImport, TakenFile
from app.kit import clock, db
from app.kit.db import id_of
from app.kit.queue import Queue
from app.retention import aging, erasing
from app.retention.erasing import Eraser
from tests.api.conftest import Api

NAME = "Zebediah Quill"


def set_days(api: Api, sound: int | None, words: int | None, team: int = 0) -> Any:
    answer = api.send("PUT", f"/retention/policies/{team}", json={"sound_days": sound, "words_days": words})
    assert answer.status_code == 200, answer.text
    return answer.json()


def grow_old(api: Api, days: int) -> None:
    """What the worker does so many days later."""
    aging.age(api.engine, api.worker.blobs, clock.now() + timedelta(days=days))


def erase(api: Api) -> None:
    """What the worker does next."""
    with closing(Queue(api.worker.settings.jobs)) as queue:
        erasing.sweep(Eraser(api.engine, api.worker.blobs, queue, Terms()), clock.now())


def test_a_policy_is_set_told_and_removed(api: Api) -> None:
    assert set_days(api, 180, None)["words_days"] is None
    team = api.cast.team_a.id or 0
    assert set_days(api, 30, 60, team)["team"] == "Team A"
    assert [one["team_id"] for one in api.get("/retention/policies").json()["items"]] == [0, team]
    assert api.get(f"/retention/policies/{team}").json()["sound_days"] == 30
    assert api.send("DELETE", f"/retention/policies/{team}").status_code == 204
    assert api.get(f"/retention/policies/{team}").status_code == 404
    assert api.send("PUT", "/retention/policies/0", json={"sound_days": 0}).status_code == 422
    assert api.send("PUT", "/retention/policies/99", json={"sound_days": 1}).status_code == 404


def test_only_administrators_with_that_scope_may(api: Api) -> None:
    of_bob, of_ada = api.key(owner=api.cast.bob), api.key(Scope.CALLS_WRITE)
    for path in ("/retention/policies", "/legal-holds", "/erasures"):
        assert api.get(path, key=of_bob).status_code == 403
        assert api.get(path, key=of_ada).status_code == 403


def test_of_an_aged_call_the_verdicts_are_told_and_what_is_gone_is_410(api: Api) -> None:
    call = api.scored(customer_name=NAME, external_id="pbx-1")
    api.review(call)
    before = api.get("/metrics/pass-rate").json()
    set_days(api, 10, 20)

    grow_old(api, 30)

    told = api.get(f"/calls/{call}").json()
    assert (told["external_id"], told["customer_name"], told["state"]) == ("pbx-1", None, "scored")
    assert told["sound_removed_at"] is not None
    assert told["words_removed_at"] is not None
    for method, path in (
        ("GET", f"/calls/{call}/transcript"),
        ("GET", f"/calls/{call}/clip?start=0&end=5"),
        ("POST", f"/calls/{call}/score-again"),
        ("POST", f"/calls/{call}/start-again"),
        ("POST", f"/calls/{call}/clips"),
    ):
        answer = api.send(method, path, **({"json": {"start": 0, "end": 5}} if path.endswith("clips") else {}))
        assert (answer.status_code, answer.json()["code"]) in ((410, "words_removed"), (410, "sound_removed")), path
    assert api.get("/metrics/pass-rate").json() == before
    # Its facts may still be corrected: nothing has to be judged for that.
    tag = api.get(f"/calls/{call}").headers["etag"]
    answer = api.send("PATCH", f"/calls/{call}", json={"queue": "support"}, headers={"If-Match": tag})
    assert answer.json()["queue"] == "support"


def test_a_held_call_cannot_be_deleted_until_the_hold_is_lifted(api: Api) -> None:
    call = api.scored()
    held = api.send("POST", "/legal-holds", json={"reason": "Case 17", "calls": [call]}).json()
    assert held["call_ids"] == [call]

    answer = api.send("DELETE", f"/calls/{call}?reason=why", headers={"If-Match": "*"})
    assert (answer.status_code, answer.json()["code"]) == (409, "call_held")
    answer = api.send("POST", "/erasures", json={"calls": [call]})
    assert (answer.status_code, answer.json()["code"]) == (409, "call_held")

    lifted = api.send("POST", f"/legal-holds/{held['id']}/lift", json={"reason": "settled"}).json()
    assert lifted["lifted_by"] == "ada"
    assert api.send("POST", f"/legal-holds/{held['id']}/lift", json={"reason": "settled"}).status_code == 409
    assert api.get("/legal-holds?standing=true").json()["total"] == 0
    assert api.send("DELETE", f"/calls/{call}?reason=why", headers={"If-Match": "*"}).status_code == 204


def test_why_a_call_was_held_is_in_no_kept_answer_once_the_call_is_erased(api: Api) -> None:
    call, key = api.scored(), api.key()
    meant = {"reason": f"{NAME} sues us", "calls": [call]}
    put = api.send("POST", "/legal-holds", key=key, json=meant, headers={"Idempotency-Key": "put-1"})
    address = put.headers["location"].removeprefix("/api/v1")
    assert api.get(address).json()["id"] == put.json()["id"]
    why = {"reason": f"{NAME} was paid"}
    api.send("POST", f"{address}/lift", key=key, json=why, headers={"Idempotency-Key": "lift-1"})
    assert len(_answers_naming(api)) == 2

    api.send("POST", "/erasures", json={"calls": [call]})
    erase(api)
    assert _answers_naming(api) == []


def _answers_naming(api: Api) -> list[str]:
    """What kept answers tell of the customer."""
    with db.session(api.engine, reads_only=True) as session:
        told = [one.body.decode() for one in session.exec(select(KeptAnswer))]
    return [one for one in told if NAME in one]


def test_all_calls_of_an_agent_in_a_period_are_put_on_hold_at_once(api: Api) -> None:
    inside = [api.scored(note=str(one), agent="dana", started_at=f"2026-10-0{one}T09:00:00Z") for one in (2, 3)]
    api.scored(note="late", agent="dana", started_at="2026-10-09T09:00:00Z")
    api.scored(note="other", agent="mei", started_at="2026-10-02T09:00:00Z")
    meant = {"reason": "Case 17", "agent": "dana", "first_day": "2026-10-01", "last_day": "2026-10-05"}
    assert api.send("POST", "/legal-holds", json=meant).json()["call_ids"] == inside
    for nobody in ({"reason": "x"}, {"reason": "x", "calls": [999]}, {"reason": "x", "team": "nowhere"}):
        assert api.send("POST", "/legal-holds", json=nobody).status_code == 422


def test_a_customer_is_found_and_erased(api: Api) -> None:
    call, other = api.scored(customer_name=NAME, note="a"), api.scored(customer_name="Martha Bell", note="b")
    found = api.send("POST", "/erasures/find", json={"name": "zebediah"}).json()
    assert (found["calls"], found["contacts"]) == ([call], [])
    assert api.send("POST", "/erasures/find", json={}).status_code == 422

    asked = api.send("POST", "/erasures", json={"reference": "DSR-7", "calls": found["calls"]})
    assert asked.status_code == 202
    assert asked.json()["progress"] == {"call": {"done": 0, "total": 1}}
    erase(api)

    told = api.get(f"/erasures/{asked.json()['id']}").json()
    assert (told["progress"], told["ended_at"] is not None) == ({"call": {"done": 1, "total": 1}}, True)
    assert api.get(f"/calls/{call}").status_code == 404
    assert api.get(f"/calls/{other}").status_code == 200
    assert api.get("/erasures").json()["total"] == 1
    assert api.send("POST", "/erasures", json={"calls": [call]}).status_code == 422
    assert NAME not in str(api.get("/ledger/entries").json())


def test_what_is_found_about_a_held_call_is_told_as_held(api: Api) -> None:
    call, other = api.scored(customer_name=NAME, note="a"), api.scored(customer_name=NAME, note="b")
    told = {"received_at": "2026-10-05T14:00:00+08:00", "category": "attitude"}
    of_held, free = (
        api.send("POST", "/complaints", json={**told, "call_id": one}).json()["id"] for one in (call, other)
    )
    api.send("POST", "/legal-holds", json={"reason": "Case 17", "calls": [call]})

    found = api.send("POST", "/erasures/find", json={"name": NAME}).json()
    assert (found["held_calls"], found["held_contacts"]) == ([call], [])
    assert (found["complaints"], found["held_complaints"]) == ([of_held, free], [of_held])
    answer = api.send("POST", "/erasures", json={"complaints": [of_held]})
    assert (answer.status_code, answer.json()["code"]) == (409, "call_held")
    assert api.send("POST", "/erasures", json={"complaints": [free]}).status_code == 202


def test_a_customer_is_held_and_found_in_whatever_case_the_name_is_written(api: Api) -> None:
    call, other = api.scored(customer_name="Ünal Öz", note="a"), api.scored(customer_name="ÜNAL ÖZ", note="b")
    held = api.send("POST", "/legal-holds", json={"reason": "Case 17", "customer": "ünal öz"})
    assert (held.status_code, held.json().get("call_ids")) == (201, [call, other])
    assert api.send("POST", "/erasures/find", json={"name": "ünal"}).json()["calls"] == [call, other]
    with db.session(api.engine, reads_only=True) as session:
        assert set(calls.call_ids(session, api.cast.ada, calls.Wanted(words=["öz"]), limit=9)) == {call, other}


def test_complaints_files_and_lists_are_found_in_whatever_case_the_name_is_written(api: Api) -> None:
    told = {"received_at": "2026-10-05T14:00:00+08:00", "category": "attitude", "text": "Ünal Öz was not called back."}
    complaint = api.send("POST", "/complaints", json=told).json()["id"]
    with db.session(api.engine) as session:
        list_ids = [id_of(one) for one in _lists(session, id_of(api.cast.ada))]
        refused = TakenFile(
            **dict.fromkeys(("place", "file_hash", "said", "fault_code", "fault"), ""),
            path="ÜNAL/1.txt",
            size_bytes=1,
            modified=1,
            taken_at=clock.now(),
        )
        session.add(refused)
        session.flush()
        file = id_of(refused)

    found = api.send("POST", "/erasures/find", json={"name": "ünal"}).json()
    assert (found["complaints"], found["files"], found["lists"]) == ([complaint], [file], list_ids)


def _lists(session: Session, asked_by: int) -> list[ListImport]:
    """A list by whose name, and one by whose refused row, somebody is known."""
    told = {"kind": ImportKind.CONTACTS, "state": ImportState.FAILED, "blob": "", "size_bytes": 1}
    told |= {"asked_by": asked_by, "asked_at": clock.now(), "ended_at": clock.now()}
    rows = [{"line": 2, "column": "agent", "message": "“Ünal Öz” is nobody"}]
    made = [ListImport(**told, file_name="ünal.csv", bad_rows=[]), ListImport(**told, file_name="a.csv", bad_rows=rows)]
    session.add_all([*made, ListImport(**told, file_name="b.csv", bad_rows=[])])
    session.flush()
    return made


def test_a_customer_of_whom_nothing_but_a_complaint_is_known_is_found_by_it(api: Api) -> None:
    call = api.scored(customer_name=NAME)
    told = {"received_at": "2026-10-05T14:00:00+08:00", "category": "attitude", "call_id": call}
    complaint = api.send("POST", "/complaints", json=told).json()["id"]
    found = api.send("POST", "/erasures/find", json={"complaint": complaint})
    assert found.status_code == 200
    assert (found.json()["calls"], found.json()["complaints"]) == ([call], [complaint])
