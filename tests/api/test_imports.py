"""Lists of the switch by REST: sent as CSV or JSON, read by a worker, told row by row."""

import pytest

from app.accounts.models import Scope
from app.imports.lists import run
from app.kit import clock
from app.ledger.service import machine
from tests.api.conftest import Api

LIST = (
    "external_id,started_at,answered,agent,talk_seconds\n"
    "c-1,2026-10-05T09:00:00Z,yes,dana,60\n"
    "c-2,at noon,yes,dana,60\n"
)
CSV = {"content-type": "text/csv"}


def finished(api: Api, sent: dict) -> dict:
    """What is told once the worker has read the list."""
    run(api.engine, api.worker.blobs, api.worker.settings, sent["id"], machine(clock.now()))
    return api.get(f"/imports/{sent['id']}").json()


def test_a_csv_list_is_read_and_its_bad_rows_are_named(api: Api) -> None:
    sent = api.send("POST", "/imports?kind=contacts&file_name=night.csv", content=LIST, headers=CSV)
    assert sent.status_code == 202, sent.text
    assert sent.headers["location"] == f"/api/v1/imports/{sent.json()['id']}"
    assert sent.json()["state"] == "waiting"
    told = finished(api, sent.json())
    assert (told["state"], told["rows"], told["added"], told["bad"]) == ("done", 2, 1, 1)
    assert [(row["line"], row["column"]) for row in told["bad_rows"]] == [(3, "started_at")]
    listed = api.get("/imports").json()
    assert (listed["total"], listed["items"][0]["file_name"], listed["items"][0]["bad_rows"]) == (1, "night.csv", [])


def test_rows_come_as_json_too_and_true_is_yes(api: Api) -> None:
    rows = [
        {"external_id": "c-1", "started_at": "2026-10-05T09:00:00Z", "answered": True, "agent": "dana"},
        {"external_id": "c-2", "started_at": "2026-10-05T09:00:00Z", "answered": False, "wait_seconds": 12},
    ]
    sent = api.send("POST", "/imports?kind=contacts", json=rows)
    assert finished(api, sent.json())["added"] == 2


@pytest.mark.parametrize(
    ("body", "field"),
    [("[]", "body"), ("{", "body"), ('[{"strange": 1}]', "0.strange"), ("[1]", "0"), ('[{"agent": [1]}]', "0")],
)
def test_json_that_is_no_list_of_rows_is_refused_with_its_place(api: Api, body: str, field: str) -> None:
    answer = api.send("POST", "/imports?kind=contacts", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == field


def test_the_same_list_sent_again_under_its_key_is_one_import(api: Api) -> None:
    headers = {**CSV, "idempotency-key": "night-17"}
    first, again = (
        api.send("POST", "/imports?kind=contacts", content=LIST, headers=headers, key=key) for key in [api.key()] * 2
    )
    assert again.json()["id"] == first.json()["id"]
    assert again.headers["idempotency-replayed"] == "true"
    assert api.get("/imports").json()["total"] == 1


def test_only_who_leads_all_teams_sends_lists(api: Api) -> None:
    for owner in (api.cast.bob, api.cast.alice, api.cast.dana):
        key = api.key(Scope.CALLS_WRITE, owner=owner)
        assert api.send("POST", "/imports?kind=contacts", content=LIST, headers=CSV, key=key).status_code == 403
    assert api.get("/imports", key=api.key(Scope.SCORES_READ)).status_code == 403
