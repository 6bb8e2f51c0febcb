"""The complaint register over REST."""

import base64
import csv
import io
import json

from app.accounts.models import Scope
from tests.api.conftest import Api

ATTITUDE = {"received_at": "2026-10-05T23:00:00Z", "category": "attitude"}


def recorded(api: Api, **facts: object) -> dict[str, object]:
    answer = api.send("POST", "/complaints", json={**ATTITUDE, **facts})
    assert answer.status_code == 201, answer.text
    complaint: dict[str, object] = answer.json()
    return complaint


def test_a_complaint_takes_agent_and_team_from_its_call(api: Api) -> None:
    call_id = api.scored(agent="dana", external_id="c-1")
    complaint = recorded(api, call_external_id="c-1", text="She hung up.", received_at="2026-10-06T07:00:00+08:00")
    assert complaint["received_at"] == "2026-10-05T23:00:00Z"
    assert (complaint["call_id"], complaint["agent"], complaint["team"]) == (call_id, "dana", "Team A")
    assert complaint["site_day"] == "2026-10-06"
    assert (complaint["outcome"], complaint["channel"], complaint["text"]) == ("open", "phone", "She hung up.")
    assert api.get(f"/complaints/{complaint['id']}").json() == complaint


def test_a_known_complaint_is_brought_up_to_date(api: Api) -> None:
    first = recorded(api, external_id="k-1", agent="dana", text="She hung up.")
    answer = api.send("POST", "/complaints", json={**ATTITUDE, "external_id": "k-1", "category": "waiting"})
    assert answer.status_code == 200
    assert answer.json() == {**first, "category": "waiting"}
    assert api.get("/complaints").json()["total"] == 1


def test_what_the_inquiry_found_is_noted(api: Api) -> None:
    complaint = recorded(api)
    answer = api.send("PATCH", f"/complaints/{complaint['id']}", json={"outcome": "upheld"})
    assert (answer.status_code, answer.json()["outcome"]) == (200, "upheld")
    assert api.get("/complaints?outcome=upheld").json()["total"] == 1
    assert api.get("/complaints?outcome=open").json()["total"] == 0


def test_complaints_are_listed_page_by_page_the_latest_first(api: Api) -> None:
    days = ["2026-10-02", "2026-10-04", "2026-10-04", "2026-10-01", "2026-10-03"]
    for day in days:
        recorded(api, received_at=f"{day}T10:00:00Z")
    seen, query = [], ""
    for _ in range(3):
        page = api.get(f"/complaints?limit=2{query}").json()
        seen += [one["site_day"] for one in page["items"]]
        query = f"&cursor={page['next_cursor']}"
        assert page["total"] == 5
    assert seen == sorted(days, reverse=True)
    assert page["next_cursor"] is None


def test_complaints_are_chosen_by_their_facts(api: Api) -> None:
    recorded(api, agent="dana", received_at="2026-10-05T10:00:00+08:00")
    recorded(api, agent="kenji", category="waiting", received_at="2026-10-07T10:00:00Z")
    for query in ("agent=dana", "team=Team A", "category=attitude", "from=2026-10-05&to=2026-10-06"):
        assert [one["agent"] for one in api.get(f"/complaints?{query}").json()["items"]] == ["dana"], query


def test_the_register_comes_as_csv_that_no_spreadsheet_runs(api: Api) -> None:
    recorded(api, agent="dana", text='=HYPERLINK("http://x")', channel="-e-mail")
    answer = api.get("/complaints", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(answer.text))
    assert (row["text"], row["channel"], row["agent"]) == ('\'=HYPERLINK("http://x")', "'-e-mail", "dana")


UNUSABLE: list[tuple[str, dict[str, object]]] = [
    ("received_at", {"received_at": "2026-10-05T10:00:00"}),
    ("received_at", {"received_at": "0001-01-01T00:00:00+14:00"}),
    ("received_at", {"received_at": 1790000000}),
    ("received_at", {"received_at": None}),
    ("category", {"category": "weather"}),
    ("outcome", {"outcome": "maybe"}),
    ("agent", {"agent": "nobody"}),
    ("team", {"team": "nowhere"}),
    ("call_id", {"call_id": 999}),
    ("call_id", {"call_id": 2**63}),
    ("call_external_id", {"call_external_id": "c-9"}),
    ("text", {"text": "a\0b"}),
    ("text", {"text": "\ud800"}),
    ("channel", {"channel": ""}),
    ("colour", {"colour": "blue"}),
]


def test_a_fact_that_cannot_be_used_is_named(api: Api) -> None:
    for field, facts in UNUSABLE:
        body = json.dumps({**ATTITUDE, **facts})
        answer = api.send("POST", "/complaints", content=body, headers={"Content-Type": "application/json"})
        assert answer.status_code == 422, (facts, answer.text)
        problem = answer.json()
        assert field in ([fault["field"] for fault in problem.get("errors", [])] or [problem.get("field")]), facts
    assert api.get("/complaints").json()["total"] == 0


def test_a_cursor_that_the_list_did_not_give_is_refused(api: Api) -> None:
    made_up = [
        "x",
        "0",
        "WzFd",
        *(
            base64.urlsafe_b64encode(json.dumps(one).encode()).decode()
            for one in (
                [1, 1],
                ["now", 1],
                ["2026-10-05T10:00:00Z", "1"],
                ["2026-10-05T10:00:00Z", 2**70],
                [[[]]],
                {"a": 1},
                None,
                ["0001-01-01T00:00:00+14:00", 1],
            )
        ),
    ]
    for cursor in made_up:
        answer = api.get(f"/complaints?cursor={cursor}")
        assert (answer.status_code, answer.json()["code"]) == (422, "cursor_invalid"), cursor


def test_a_complaint_of_another_team_is_not_found(api: Api) -> None:
    complaint = recorded(api, agent="dana", external_id="k-1")
    key = api.key(Scope.SCORES_READ, Scope.CALLS_WRITE, owner=api.cast.charlie)
    assert api.get(f"/complaints/{complaint['id']}", key=key).status_code == 404
    assert api.get("/complaints", key=key).json()["total"] == 0
    answer = api.send("PATCH", f"/complaints/{complaint['id']}", key=key, json={"outcome": "not_upheld"})
    assert answer.status_code == 404
    answer = api.send("POST", "/complaints", key=key, json={**ATTITUDE, "external_id": "k-1", "text": "mine now"})
    assert answer.status_code == 404
    assert api.get(f"/complaints/{complaint['id']}").json() == complaint


def test_an_unknown_complaint_is_not_found(api: Api) -> None:
    assert api.get("/complaints/999").status_code == 404
