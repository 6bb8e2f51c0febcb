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


def test_a_complaint_is_corrected_in_the_state_in_which_it_was_read(api: Api) -> None:
    complaint = recorded(api, agent="dana", text="She hung up.")
    path = f"/complaints/{complaint['id']}"
    seen = api.get(path).headers["ETag"]
    changed = api.send("PATCH", path, json={"category": "waiting", "agent": "kenji"}, headers={"If-Match": seen})
    assert (changed.status_code, changed.json()["category"], changed.json()["agent"]) == (200, "waiting", "kenji")
    assert (changed.json()["text"], changed.json()["team"]) == ("She hung up.", "Team B")
    assert changed.headers["ETag"] not in (seen, None)
    late = api.send("PATCH", path, json={"outcome": "upheld"}, headers={"If-Match": seen})
    assert (late.status_code, late.json()["code"]) == (412, "precondition_failed")
    now = {"If-Match": changed.headers["ETag"]}
    assert api.send("PATCH", path, json={"outcome": "upheld"}, headers=now).json()["outcome"] == "upheld"
    for wrong in ({"agent": "nobody"}, {"received_at": "2026-10-05"}, {"channel": ""}, {"colour": "blue"}):
        assert api.send("PATCH", path, json=wrong).status_code == 422, wrong


def test_a_register_comes_in_as_csv_with_its_bad_rows_named(api: Api) -> None:
    recorded(api, external_id="k-1", agent="dana")
    file = (
        "external_id,received_at,category,agent,text\r\n"
        "k-1,2026-10-05T14:00:00+08:00,waiting,dana,Waited long\r\n"
        "k-2,2026-10-06T14:00:00+08:00,weather,dana,\r\n"
        "k-3,2026-10-07T14:00:00+08:00,attitude,kenji,'=1+1\r\n"
    )
    csv_file = {"headers": {"Content-Type": "text/csv"}, "content": file.encode()}
    done = api.send("POST", "/complaints/import", **csv_file)
    assert done.status_code == 200, done.text
    told = done.json()
    assert (told["added"], told["updated"]) == (1, 1)
    assert [(one["line"], one["field"]) for one in told["bad_rows"]] == [(3, "category")]
    listed = {one["external_id"]: one for one in api.get("/complaints").json()["items"]}
    assert (listed["k-1"]["category"], listed["k-3"]["text"], "k-2" in listed) == ("waiting", "=1+1", False)
    again = api.send("POST", "/complaints/import", **csv_file)
    assert (again.json()["added"], again.json()["updated"]) == (0, 2)
    for content, kind, status in ((b"a,b\r\n", "text/csv", 422), (b"{}", "application/json", 415)):
        answer = api.send("POST", "/complaints/import", content=content, headers={"Content-Type": kind})
        assert answer.status_code == status, kind


def test_the_categories_are_told_in_every_language(api: Api) -> None:
    found = {one["id"]: one["name"] for one in api.get("/complaints/categories").json()}
    assert found["attitude"]["en"] == "Attitude"
    assert set(found["attitude"]) == {"en", "zh", "ja"}
    assert {"attitude", "information", "resolution", "waiting", "other"} == set(found)


def test_agents_keep_no_register(api: Api) -> None:
    complaint = recorded(api, agent="dana")
    dana = api.key(Scope.SCORES_READ, Scope.CALLS_WRITE, owner=api.cast.dana)
    # Who complained of them, and how, is not told to agents: nor on their pages.
    assert api.get(f"/complaints/{complaint['id']}", key=dana).status_code == 403
    assert api.get("/complaints", key=dana).status_code == 403
    assert api.send("POST", "/complaints", key=dana, json=ATTITUDE).status_code == 403
    refused = api.send("PATCH", f"/complaints/{complaint['id']}", key=dana, json={"outcome": "not_upheld"})
    assert refused.status_code == 403
