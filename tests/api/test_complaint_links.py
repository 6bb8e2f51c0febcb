"""Complaints traced back over REST."""

import csv
import io

from tests.api.conftest import Api

RUDE = (("agent", "Yeah, what?"), ("customer", "My parcel never came."), ("agent", "Not my problem."))


def complain(api: Api, call_id: int, **facts: object) -> None:
    said = {"received_at": "2027-01-01T10:00:00Z", "category": "attitude", "outcome": "upheld", "call_id": call_id}
    assert api.send("POST", "/complaints", json={**said, **facts}).status_code == 201


def test_links_tell_what_was_found_and_which_items_go_with_complaints(api: Api) -> None:
    rude = api.scored(*RUDE, agent="dana", external_id="rude")
    api.scored(agent="dana", external_id="fine")
    complain(api, rude)
    found = api.get("/complaints/links").json()
    assert found["total"] == 1
    link = found["items"][0]
    assert link["call_id"] == rude
    assert link["machine"]["caught"] == "caught"
    assert set(link["machine"]["matching"]) < set(link["machine"]["failed"])
    assert link["review"]["caught"] == "not_judged"
    assert found["summary"]["by_machine"] == 1
    assert found["summary"]["not_reviewed"] == 1
    compared = found["compared"]
    assert compared["tested"] == len(compared["items"]) > 0
    line = next(one for one in compared["items"] if one["item"] == "closing_question")
    assert (line["failed"], line["failed_complained"], line["passed"], line["passed_complained"]) == (1, 1, 1, 0)
    assert not line["stands"]


def test_the_items_come_as_csv_too(api: Api) -> None:
    complain(api, api.scored(*RUDE, agent="dana", external_id="rude"))
    api.scored(agent="dana", external_id="fine")
    answer = api.get("/complaints/links", headers={"Accept": "text/csv"})
    lines = list(csv.DictReader(io.StringIO(answer.text)))
    assert {one["ci_method"] for one in lines} == {"newcombe95"}


def test_days_and_source_choose(api: Api) -> None:
    complain(api, api.scored(*RUDE, agent="dana", external_id="rude"))
    assert api.get("/complaints/links?from=2030-01-01").json()["total"] == 0
    found = api.get("/complaints/links?source=final").json()
    assert (found["compared"]["source"], found["compared"]["items"]) == ("final", [])
    assert api.get("/complaints/links?source=nobody").status_code == 422
