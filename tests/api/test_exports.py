"""Whole tables, row by row, as far as the key's owner may see them."""

import csv
import io
import json
from typing import Any

import pytest
from sqlalchemy import event

from app.accounts.models import Scope
from app.exports import writing
from app.exports.tables import TABLES
from tests.api.conftest import BAD, GOOD, Api


def rows(api: Api, table: str, **more: Any) -> list[dict[str, Any]]:
    answer = api.get(f"/exports/{table}?format=ndjson", **more)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/x-ndjson"
    return [json.loads(line) for line in answer.text.splitlines()]


def test_every_table_can_be_exported_both_ways_with_the_columns_it_says(api: Api) -> None:
    api.review(api.scored(*GOOD, agent="dana"))
    complaint = {"received_at": "2026-10-05T10:00:00Z", "category": "attitude", "agent": "dana", "text": "=1+1"}
    api.send("POST", "/complaints", json=complaint)
    told = {one["name"]: one["columns"] for one in api.get("/exports").json()["items"]}
    assert set(told) == set(TABLES)
    for name, columns in told.items():
        found = rows(api, name)
        answer = api.get(f"/exports/{name}", headers={"Accept": "text/csv"})
        header, *lines = csv.reader(io.StringIO(answer.text))
        assert header == columns == list(found[0] if found else columns), name
        assert len(lines) == len(found), name
        assert name == "coaching" or found, name


def test_a_scored_and_reviewed_call_stands_in_the_tables(api: Api) -> None:
    call = api.scored(*BAD, agent="dana", external_id="c-1", started_at="2026-10-02T07:30:00+08:00")
    api.review(call)
    (told,) = rows(api, "calls")
    assert (told["call_id"], told["agent"], told["team"], told["site_day"]) == (call, "dana", "Team A", "2026-10-02")
    assert (told["external_id"], told["state"], told["started_at"]) == ("c-1", "scored", "2026-10-01T23:30:00Z")
    (judged,) = rows(api, "evaluations")
    machine_part = api.get(f"/calls/{call}/evaluation").json()["machine"]
    assert (judged["score"], judged["passed"]) == (machine_part["score"], machine_part["passed"])
    assert judged["scorecard_version"] == machine_part["scorecard"]["version"]
    found = {one["item"]: (one["verdict"], one["reason"]) for one in rows(api, "findings")}
    assert found == {one["id"]: (one["verdict"], one["reason"]) for one in machine_part["items"]}
    (review,) = rows(api, "reviews")
    assert (review["reviewer"], review["passed"], review["call_id"]) == ("alice", True, call)


def test_an_export_takes_the_days_of_a_half_open_range_and_of_one_team(api: Api) -> None:
    for note, day in enumerate(("01", "02", "03")):
        api.scored(*GOOD, note=str(note), agent="dana", started_at=f"2026-10-{day}T12:00:00+08:00")
    asked = "&from=2026-10-02&to=2026-10-03"
    answer = api.get(f"/exports/calls?format=ndjson{asked}&team=Team A")
    assert [json.loads(line)["site_day"] for line in answer.text.splitlines()] == ["2026-10-02"]
    assert api.get(f"/exports/calls?format=ndjson{asked}&team=Team B").text == ""


def test_nobody_exports_what_they_do_not_see(api: Api) -> None:
    api.scored(*GOOD, agent="dana")
    other = api.key(Scope.EXPORT_READ, owner=api.cast.charlie)
    assert rows(api, "calls", key=other) == []
    assert rows(api, "findings", key=other) == []
    assert api.get("/exports/calls", key=api.key(Scope.EXPORT_READ, owner=api.cast.dana)).status_code == 403


def test_a_formula_that_a_customer_wrote_does_not_run(api: Api) -> None:
    complaint = {"received_at": "2026-10-05T10:00:00Z", "category": "attitude", "text": "=HYPERLINK(1)"}
    api.send("POST", "/complaints", json=complaint)
    assert "'=HYPERLINK(1)" in api.get("/exports/complaints?bom=true").text
    assert api.get("/exports/complaints?bom=true").content.startswith(b"\xef\xbb\xbf")


def test_rows_are_read_a_few_at_a_time_each_once(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = [api.upload(json.dumps({"id": n, "turns": []}).encode()).json()["id"] for n in range(7)]
    monkeypatch.setattr(writing, "AT_ONCE", 3)
    reads: list[str] = []
    event.listen(api.client.app.state.services.engine, "before_cursor_execute", lambda *a: reads.append(a[2]))  # type: ignore[attr-defined]
    assert [one["call_id"] for one in rows(api, "calls")] == calls
    assert sum("LIMIT" in one.upper() and "content_hash" in one for one in reads) == 3
