"""Targets over REST: set by key, listed, told as they hold, and taken back."""

from typing import Any

import pytest

from app.accounts.models import Scope
from tests.api.conftest import Api

SET: dict[str, Any] = {"indicator": "csat", "from": "2026-11-01", "value": 0.9}


def put(api: Api, key: str | None = None, **more: Any) -> Any:
    return api.send("PUT", "/targets", key=key, json={**SET, **more})


def test_a_target_is_set_replaced_read_and_taken_back(api: Api) -> None:
    first = put(api, team="team a", note="for the autumn")
    assert first.status_code == 201
    told = first.json()
    assert (told["team"], told["value"], told["until"], told["set_by"]) == ("Team A", 0.9, None, "ada")
    again = put(api, team="Team A", value=0.8, until="2026-12-31")
    assert (again.status_code, again.json()["id"], again.json()["value"]) == (200, told["id"], 0.8)
    place = first.headers["location"].removeprefix("/api/v1")
    read = api.get(place)
    assert read.json() == again.json()
    stale = api.send("DELETE", place, headers={"If-Match": '"0.0"'})
    assert stale.status_code == 412
    assert api.send("DELETE", place, headers={"If-Match": read.headers["etag"]}).status_code == 204
    assert api.get(place).status_code == 404
    assert api.send("DELETE", place).status_code == 404


def test_the_list_is_narrowed_paged_and_given_as_csv(api: Api) -> None:
    put(api)
    put(api, team="Team A", queue="support", until="2026-11-30")
    put(api, indicator="queue_time", value=20, direction="inbound")
    whole = api.get("/targets", params={"limit": 2}).json()
    assert (whole["total"], len(whole["items"])) == (3, 2)
    rest = api.get("/targets", params={"limit": 2, "cursor": whole["next_cursor"]}).json()
    assert [one["indicator"] for one in (*whole["items"], *rest["items"])] == ["queue_time", "csat", "csat"]
    for asked, number in (
        ({"indicator": "csat"}, 2),
        ({"team": "Team A"}, 1),
        ({"queue": "support"}, 1),
        ({"direction": "inbound"}, 1),
        ({"on": "2026-12-01"}, 2),
        ({"on": "2026-10-31"}, 0),
    ):
        assert api.get("/targets", params=asked).json()["total"] == number, asked
    table = api.get("/targets", headers={"Accept": "text/csv"})
    assert "csat,Team A,support,,2026-11-01,2026-11-30,0.9," in table.text
    sent = {"Content-Type": "text/csv"}
    done = api.send("POST", "/targets/import", content=table.content + b"csat,,,,soon,,0.9,\r\n", headers=sent).json()
    assert (done["entered"], done["unchanged"]) == (0, 3)
    assert [(one["line"], one["field"]) for one in done["bad_rows"]] == [(5, "from")]


def test_what_holds_is_told_with_where_it_comes_from(api: Api) -> None:
    put(api, team="Team A")

    def held(**asked: str) -> dict[str, tuple[float, str]]:
        items = api.get("/targets/current", params={"on": "2026-11-15", **asked}).json()["items"]
        return {one["indicator"]: (one["value"], one["origin"]) for one in items}

    assert held(team="Team A")["csat"] == (0.9, "set")
    assert "csat" not in held()
    assert held()["service_level"] == (0.95, "shipped")
    assert held(direction="inbound")["connect_rate"] == (0.85, "shipped")
    assert "connect_rate" not in held()
    assert "monitoring_pass_rate" not in held()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"value": 90}, "value"),
        ({"value": "nan"}, "value"),
        ({"value": True}, "value"),
        ({"indicator": "nothing"}, "indicator"),
        ({"team": "Team X"}, "team"),
        ({"until": "2026-10-01"}, "until"),
        ({"from": "soon"}, "from"),
        ({"direction": "up"}, "direction"),
        ({"colour": "red"}, "colour"),
        ({"queue": "a\0b"}, "queue"),
        ({"queue": "a\u200bb"}, "queue"),
    ],
)
def test_what_cannot_be_set_is_refused_by_its_field(api: Api, given: dict[str, Any], field: str) -> None:
    answer = put(api, **given)
    assert answer.status_code == 422
    told = answer.json()
    assert field in (told.get("field"), *(one["field"] for one in told.get("errors", [])))


def test_keys_do_what_their_scopes_and_their_owners_may(api: Api) -> None:
    cast = api.cast
    bob, alice = api.key(owner=cast.bob), api.key(owner=cast.alice)
    assert put(api, bob, team="Team A").status_code == 201
    assert put(api, bob).json()["code"] == "target_of_another_team"
    assert put(api, alice, team="Team A").status_code == 403
    assert api.get("/targets", key=alice).json()["total"] == 1
    assert api.get("/targets", key=api.key(owner=cast.dana)).status_code == 403
    reading = api.key(Scope.SCORES_READ)
    assert put(api, reading).json()["code"] == "scope_missing"
    assert api.get("/targets", key=reading).status_code == 200
