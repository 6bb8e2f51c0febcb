"""Keys, the ledger, samples, scorecards and backtests over REST: what the web can, and for the same people."""

from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from app.accounts.models import Scope
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.anchors import Notary
from app.ledger.auditing import run
from app.reports.models import BacktestChange
from app.request import actor
from app.reviews.calibration import open_calibration
from tests.api.conftest import BAD, GOOD, Api

PLAN = {
    "name": "First week",
    "period": "once",
    "first_day": "2026-10-01",
    "last_day": "2026-10-07",
    "size": 3,
    "strata": ["agent"],
    "seed": 4711,
    "target": 0.9,
}


# --- keys -------------------------------------------------------------------------------------------------------------


def test_a_key_is_made_shown_once_and_revoked(api: Api) -> None:
    made = api.send("POST", "/keys", json={"name": "night", "scopes": ["scores:read", "scores:read"], "owner": "alice"})
    assert made.status_code == 201, made.text
    told = made.json()
    secret, address = told.pop("secret"), made.headers["Location"].removeprefix("/api/v1")
    assert api.get(address).json() == told
    assert (told["scopes"], told["owner"], told["state"]) == (["scores:read"], "alice", "valid")
    length = datetime.fromisoformat(told["expires_at"]) - datetime.fromisoformat(told["created_at"])
    assert length == timedelta(days=90)
    assert api.get("/calls", key=secret).status_code == 200
    assert secret not in api.get("/keys").text
    assert api.send("DELETE", address).json()["state"] == "revoked"
    assert api.get("/calls", key=secret).status_code == 401
    assert {"key.made", "key.revoked"} <= {one["event"] for one in api.get("/ledger").json()["items"]}
    assert secret not in api.get("/ledger").text


@pytest.mark.parametrize(
    "odd", [{"name": ""}, {"scopes": []}, {"scopes": ["everything"]}, {"owner": "nobody"}, {"days": 0}, {"days": 4000}]
)
def test_a_key_that_cannot_be_is_refused(api: Api, odd: dict[str, Any]) -> None:
    assert api.send("POST", "/keys", json={"name": "night", "scopes": ["admin"]} | odd).status_code == 422


@pytest.mark.parametrize("address", ["/keys", "/ledger", "/ledger/verification"])
def test_only_administrators_read_keys_and_the_ledger(api: Api, address: str) -> None:
    for person in (api.cast.bob, api.cast.alice, api.cast.dana):
        assert api.get(address, key=api.key(*Scope, owner=person)).status_code == 403
    assert api.get(address).status_code == 200


# --- the ledger -------------------------------------------------------------------------------------------------------


def test_the_ledger_is_read_with_its_chain(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana", customer_name="Li Na")
    found = api.get(f"/ledger?call={call}").json()["items"]
    assert [one["sequence"] for one in found] == list(range(len(found), 0, -1))
    for newer, older in pairwise(found):
        assert newer["previous_hash"] == older["hash"]
    assert found[-1]["previous_hash"] == "0" * 64
    received = found[-1]
    assert (received["event"], received["actor"]) == ("call.received", "key test")
    assert received["in_words"] == {"file_name": "call.json"}
    assert api.get(f"/ledger/{received['id']}").json() == received


def test_the_ledger_is_searched_and_read_page_by_page(api: Api) -> None:
    api.scored(*GOOD, agent="dana")
    everything = api.get("/ledger?limit=500").json()
    found: list[dict[str, Any]] = []
    more: str | None = "/ledger?limit=2"
    while more:
        page = api.get(more).json()
        found += page["items"]
        more = f"/ledger?limit=2&cursor={page['next_cursor']}" if page["next_cursor"] else None
        assert page["total"] == everything["total"]
    assert found == everything["items"]
    events = api.get("/ledger?event=call.received").json()
    assert {one["event"] for one in events["items"]} == {"call.received"}
    assert api.get("/ledger?to=2020-01-01T00:00:00Z").json()["total"] == 0
    assert api.get("/ledger?by=ada&event=call.received").json()["total"] == 1
    for odd in ("by=nobody", "from=yesterday", "from=2026-10-01", "stream=call:1&call=1", "cursor=x"):
        assert api.get(f"/ledger?{odd}").status_code == 422, odd
    assert "previous_hash" in api.get("/ledger", headers={"Accept": "text/csv"}).text


def test_the_ledger_is_verified_when_an_administrator_asks(api: Api) -> None:
    api.scored(*GOOD, agent="dana")
    assert api.get("/ledger/verification").json()["verified_at"] is None
    asked = api.send("POST", "/ledger/verification")
    assert (asked.status_code, asked.json()["asked_at"] is None) == (202, False)
    run(api.engine, Notary(api.worker.settings.audit_key), clock.now())
    told = api.get("/ledger/verification").json()
    assert (told["found"], told["faults"], told["asked_at"]) == (0, [], None)
    assert told["entries"] > 3


# --- samples ----------------------------------------------------------------------------------------------------------


def test_a_plan_draws_and_says_what_its_sample_tells(api: Api) -> None:
    calls = [
        api.scored(*GOOD, note=str(n), agent="dana", started_at=f"2026-10-0{n}T12:00:00+08:00") for n in range(1, 6)
    ]
    plan = api.send("POST", "/samples/plans", json=PLAN)
    assert plan.status_code == 201, plan.text
    assert api.get(plan.headers["Location"].removeprefix("/api/v1")).json() == plan.json()
    drawn = api.send("POST", f"/samples/plans/{plan.json()['id']}/draw")
    assert drawn.status_code == 201, drawn.text
    draw = drawn.json()
    assert (draw["population"], draw["drawn"], draw["seed"], draw["drawn_by"]) == (5, 3, 4711, "key test")
    assert draw["strata"][0]["keys"] == [{"agent": "dana"}]
    assert (draw["estimate"]["n"], draw["estimate"]["verdict"]) == (0, "too_few_to_say")
    listed = api.get(f"/samples/draws/{draw['id']}/calls?limit=2").json()
    assert (listed["total"], len(listed["items"])) == (3, 2)
    assert {one["call_id"] for one in listed["items"]} < set(calls)
    assert api.get(f"/samples/draws/{draw['id']}/verification").json()["verified"] is True
    assert api.get("/samples/draws?plan=99").json()["total"] == 0
    assert api.get("/samples/draws").json()["items"] == [draw]
    again = api.send("POST", f"/samples/plans/{plan.json()['id']}/draw")
    assert again.json() == draw


def test_a_plan_is_stopped_and_goes_on(api: Api) -> None:
    plan = api.send("POST", "/samples/plans", json=PLAN).json()
    tag = api.get(f"/samples/plans/{plan['id']}").headers["ETag"]
    when = {"If-Match": tag}
    stopped = api.send("PATCH", f"/samples/plans/{plan['id']}", json={"active": False}, headers=when)
    assert stopped.json() == plan | {"active": False}
    assert api.send("PATCH", f"/samples/plans/{plan['id']}", json={"active": True}, headers=when).status_code == 412
    assert api.send("PATCH", f"/samples/plans/{plan['id']}", json={"active": True}).json() == plan


def test_plans_are_those_of_ones_own_team(api: Api) -> None:
    api.send("POST", "/samples/plans", json=PLAN | {"teams": ["Team A"]})
    assert api.get("/samples/plans", key=api.key(owner=api.cast.bob)).json()["total"] == 1
    assert api.get("/samples/plans", key=api.key(owner=api.cast.charlie)).json()["total"] == 0
    assert api.get("/samples/plans/1", key=api.key(owner=api.cast.charlie)).status_code == 404
    assert api.get("/samples/plans", key=api.key(owner=api.cast.dana)).status_code == 403
    assert api.send("POST", "/samples/plans", json=PLAN, key=api.key(owner=api.cast.alice)).status_code == 403
    assert api.send("POST", "/samples/plans", json=PLAN | {"teams": ["nowhere"]}).status_code == 422


# --- scorecards and backtests -----------------------------------------------------------------------------------------


def changed_card(api: Api, mark: float) -> str:
    """The English card with another pass mark, as YAML."""
    written = api.get("/scorecards/inbound-en", headers={"Accept": "application/yaml"})
    assert written.headers["content-type"] == "application/yaml; charset=utf-8"
    now = api.get("/scorecards/inbound-en").json()["pass_mark"]
    changed = written.text.replace(f"pass_mark: {now:g}", f"pass_mark: {mark:g}")
    assert changed != written.text
    return changed


def test_scorecards_are_read_with_their_versions(api: Api) -> None:
    listed = api.get("/scorecards").json()
    assert {one["id"] for one in listed["items"]} == {"inbound-en", "inbound-zh", "inbound-ja"}
    card = api.get("/scorecards/inbound-en").json()
    assert card["judges"] is True
    assert sum(one["max_points"] for one in card["items"]) == 100
    assert card["content"]["id"] == "inbound-en"
    (version,) = api.get("/scorecards/inbound-en/versions").json()["items"]
    assert (version["version"], version["shipped"], version["judges"]) == (card["version"], True, True)
    assert api.get(f"/scorecards/inbound-en/versions/{card['version']}").json() == card
    assert api.get(f"/scorecards/inbound-zh/versions/{card['version']}").status_code == 404
    dana = api.key(owner=api.cast.dana)
    assert api.get("/scorecards/inbound-en", key=dana).json() == card | {"content": None}
    assert api.get("/scorecards/inbound-en/versions", key=dana).status_code == 403


def test_a_scorecard_is_tried_then_published(api: Api) -> None:
    call = api.scored(*GOOD, agent="dana")
    card, yaml = api.get("/scorecards/inbound-en").json(), changed_card(api, 99.5)
    started = api.send("POST", "/backtests", json={"yaml": yaml, "days": None})
    assert started.status_code == 202, started.text
    backtest = started.json()
    assert (backtest["state"], backtest["total"], backtest["against"]) == ("running", 1, card["version"])
    api.worker.backtest_some(backtest["id"], call - 1)
    api.worker.backtest_some(backtest["id"], call)
    told = api.get(f"/backtests/{backtest['id']}").json()
    assert (told["state"], told["done"], told["found"]["calls"]) == ("done", 1, 1)
    changes = api.get(f"/backtests/{backtest['id']}/changes").json()
    assert [one["call_id"] for one in changes["items"]] in ([], [call])
    assert api.get("/backtests?scorecard=inbound-en").json()["items"] == [told]
    assert api.get("/backtests?scorecard=inbound-zh").json()["total"] == 0

    wanted = {"yaml": yaml, "replaces": card["version"], "note": "Stricter"}
    named = {"Idempotency-Key": "publish-1"}
    key = api.key()
    for replayed in (None, "true"):
        published = api.send("POST", "/scorecards/inbound-en/publish", key=key, json=wanted, headers=named)
        assert published.status_code == 200, published.text
        assert published.headers.get("Idempotency-Replayed") == replayed
    assert published.json()["version"] == backtest["version"] == api.get("/scorecards/inbound-en").json()["version"]
    late = api.send("POST", "/scorecards/inbound-en/publish", json=wanted)
    assert (late.status_code, late.json()["code"]) == (409, "published_meanwhile")
    back = {"version": card["version"], "replaces": published.json()["version"], "note": "Back again"}
    assert api.send("POST", "/scorecards/inbound-en/publish", json=back).status_code in (200, 404)


def test_who_has_an_open_part_of_a_calibration_is_not_told_what_the_call_would_become(api: Api) -> None:
    call, bob = api.scored(*GOOD, agent="dana"), api.key(owner=api.cast.bob)
    backtest = api.send("POST", "/backtests", key=bob, json={"yaml": changed_card(api, 99.5), "days": None}).json()[
        "id"
    ]
    flip = ["polite", "pass", "fail"]
    with db.session(api.engine) as session:
        dana = id_of(api.cast.dana)
        session.add(
            BacktestChange(
                backtest_id=backtest, call_id=call, agent_id=dana, before="passed", after="failed", flips=[flip]
            )
        )

    def told(**more: Any) -> str:
        return api.get(f"/backtests/{backtest}/changes", key=bob, **more).text

    assert '"passed"' in told()
    people = [id_of(one) for one in (api.cast.alice, api.cast.bob)]
    with db.session(api.engine) as session:
        ada = api.cast.ada
        open_calibration(session, ada, "Warmth", date(2100, 1, 1), [call], people, ZoneInfo("UTC"), actor(ada))
    assert '"items":[]' in told()
    assert "passed" not in told(headers={"Accept": "text/csv"})
    assert [one["call_id"] for one in api.get(f"/backtests/{backtest}/changes").json()["items"]] == [call]


def test_a_scorecard_with_faults_judges_nobody(api: Api) -> None:
    version = api.get("/scorecards/inbound-en").json()["version"]
    for odd in ("", "id: [", "id: inbound-en"):
        faults = api.send("POST", "/scorecards/check", json={"yaml": odd}).json()["faults"]
        assert any(one["keeps_from_judging"] for one in faults), odd
        wanted = {"yaml": odd, "replaces": version, "note": "x"}
        refused = api.send("POST", "/scorecards/inbound-en/publish", json=wanted)
        assert (refused.status_code, refused.json()["code"]) == (409, "not_publishable"), odd
        assert api.send("POST", "/backtests", json={"yaml": odd}).json()["code"] == "scorecard_unreadable"
    assert api.get("/scorecards/inbound-en").json()["version"] == version
    for both in ({}, {"yaml": "x", "version": version}):
        assert api.send("POST", "/backtests", json=both).status_code == 422


def test_only_who_leads_tries_and_publishes(api: Api) -> None:
    api.scored(*BAD, agent="dana")
    for person in (api.cast.alice, api.cast.dana):
        key = api.key(*Scope, owner=person)
        assert api.get("/backtests", key=key).status_code == 403
        assert api.send("POST", "/backtests", key=key, json={}).status_code == 403
        wanted = {"yaml": "x", "replaces": "x", "note": "x"}
        assert api.send("POST", "/scorecards/inbound-en/publish", key=key, json=wanted).status_code == 403
    assert api.get("/backtests", key=api.key(Scope.SCORES_READ, owner=api.cast.bob)).status_code == 200
