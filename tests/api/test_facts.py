"""What no switch knows, over REST: results of agents and costs."""

from typing import Any

import pytest

from app.accounts.models import Scope
from tests.api.conftest import Api

RESULT: dict[str, Any] = {"agent": "dana", "month": "2026-11", "part": "exam", "points": 83}
COST: dict[str, Any] = {"month": "2026-11", "amount": 152000.5, "currency": "cny"}


def test_a_result_is_entered_replaced_and_taken_back(api: Api) -> None:
    first = api.send("PUT", "/facts", json=RESULT)
    assert first.status_code == 201
    again = api.send("PUT", "/facts", json={**RESULT, "points": 90, "note": "second try"})
    assert (again.status_code, again.json()["points"], again.json()["note"]) == (200, 90, "second try")
    assert again.json()["id"] == first.json()["id"]
    listed = api.get("/facts", params={"agent": "dana", "part": "exam"}).json()
    assert [(one["month"], one["points"], one["entered_by"]) for one in listed["items"]] == [("2026-11", 90, "ada")]
    place = f"/facts/{first.json()['id']}"
    assert api.send("DELETE", place).status_code == 204
    assert api.send("DELETE", place).status_code == 404
    assert api.get("/facts").json()["total"] == 0


def test_results_are_listed_for_those_who_may_know_them(api: Api) -> None:
    cast = api.cast
    for agent, month in (("dana", "2026-10"), ("dana", "2026-11"), ("kenji", "2026-11")):
        api.send("PUT", "/facts", json={**RESULT, "agent": agent, "month": month})

    def total(key: str, **asked: str) -> int:
        found: int = api.get("/facts", key=key, params=asked).json()["total"]
        return found

    ada, bob = api.key(), api.key(owner=cast.bob)
    assert [total(ada), total(bob), total(api.key(owner=cast.dana))] == [3, 2, 2]
    assert total(ada, **{"from": "2026-11-01", "to": "2026-12-01"}) == 2
    assert [total(ada, team="Team B"), total(bob, team="Team B")] == [1, 0]
    assert api.get("/facts", key=api.key(owner=cast.alice)).status_code == 403
    refused = api.send("PUT", "/facts", key=bob, json={**RESULT, "agent": "kenji"})
    assert (refused.status_code, refused.json()["field"]) == (422, "agent")
    (other,) = api.get("/facts", params={"agent": "kenji"}).json()["items"]
    assert api.send("DELETE", f"/facts/{other['id']}", key=bob).status_code == 404


def test_a_cost_is_entered_replaced_and_taken_back(api: Api) -> None:
    first = api.send("PUT", "/costs", json=COST)
    assert (first.status_code, first.json()["currency"], first.json()["team"]) == (201, "CNY", None)
    again = api.send("PUT", "/costs", json={**COST, "amount": 150000, "note": "without rent"})
    assert (again.status_code, again.json()["amount"]) == (200, 150000)
    bob = api.key(owner=api.cast.bob)
    assert api.send("PUT", "/costs", key=bob, json=COST).json()["code"] == "cost_of_another_team"
    assert api.send("PUT", "/costs", key=bob, json={**COST, "team": "Team A"}).status_code == 201
    assert api.get("/costs", key=bob).json()["total"] == 1
    assert api.get("/costs").json()["total"] == 2
    assert api.get("/costs", params={"to": "2026-11-01"}).json()["total"] == 0
    place = f"/costs/{first.json()['id']}"
    assert api.send("DELETE", place, key=bob).status_code == 404
    assert api.send("DELETE", place).status_code == 204
    assert api.get("/costs", key=api.key(owner=api.cast.dana)).status_code == 403


def test_lists_go_out_as_csv_and_come_in_with_their_bad_rows_named(api: Api) -> None:
    api.send("PUT", "/facts", json={**RESULT, "note": "=1+1"})
    api.send("PUT", "/costs", json=COST)
    sent = {"Content-Type": "text/csv"}
    for kind, bad, fault in (
        ("facts", b"dana,2026-11,luck,1,\r\n", "part"),
        ("costs", b"2026-11,,,-1,CNY,\r\n", "amount"),
    ):
        table = api.get(f"/{kind}", headers={"Accept": "text/csv"})
        done = api.send("POST", f"/{kind}/import", content=table.content + bad, headers=sent).json()
        assert (done["entered"], done["unchanged"]) == (0, 1), kind
        assert [(one["line"], one["field"]) for one in done["bad_rows"]] == [(3, fault)]
        assert api.send("POST", f"/{kind}/import", content=b"nothing", headers=sent).status_code == 422
        assert api.send("POST", f"/{kind}/import", content=table.content).status_code == 415
    assert "'=1+1" in api.get("/facts", headers={"Accept": "text/csv"}).text


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("facts", {"points": 101}),
        ("facts", {"points": "nan"}),
        ("facts", {"points": True}),
        ("costs", {"amount": True}),
        ("facts", {"month": "2026-13"}),
        ("facts", {"month": "0001-01"}),
        ("facts", {"part": "luck"}),
        ("facts", {"agent": "nobody"}),
        ("facts", {"agent": "ada"}),
        ("costs", {"amount": -1}),
        ("costs", {"amount": 0.001}),
        ("costs", {"currency": "yuan"}),
        ("costs", {"team": "Team X"}),
        ("costs", {"colour": "red"}),
    ],
)
def test_what_cannot_be_is_refused(api: Api, kind: str, given: dict[str, Any]) -> None:
    answer = api.send("PUT", f"/{kind}", json={**(RESULT if kind == "facts" else COST), **given})
    assert answer.status_code == 422
    assert api.get(f"/{kind}").json()["total"] == 0


def test_reading_keys_enter_nothing(api: Api) -> None:
    key = api.key(Scope.SCORES_READ)
    for kind, given in (("facts", RESULT), ("costs", COST)):
        assert api.send("PUT", f"/{kind}", key=key, json=given).json()["code"] == "scope_missing"
        assert api.get(f"/{kind}", key=key).status_code == 200
