"""Indicators over REST: what each means, and its value with n, interval, target and verdict."""

import csv
import io
from datetime import date, timedelta
from typing import Any

import pytest

from app.accounts.models import Scope, User
from app.contacts.models import ContactTally
from app.domain.metrics import INDICATORS, share
from app.kit import clock, db
from app.targets.models import SetTarget
from tests.api.conftest import Api

MONDAY = date(2026, 10, 5)
OCTOBER = "from=2026-10-01&to=2026-11-01"


def contacts(api: Api, day: date, agent: User, direction: str = "inbound", queue: str = "", **sums: int) -> None:
    """What an agent's contacts of a day add up to."""
    sums.setdefault("contacts", sums.get(direction, 1))
    with db.session(api.engine) as session:
        key = {"team_id": agent.team_id or 0, "agent_id": agent.id, "queue": queue, "channel": "phone"}
        session.add(ContactTally(site_day=day, direction=direction, **key, **sums))


def served(api: Api) -> None:
    """A day of inbound calls of Dana, Mei and Kenji."""
    for agent, n, in_time in ((api.cast.dana, 60, 50), (api.cast.mei, 40, 40), (api.cast.kenji, 10, 4)):
        contacts(api, MONDAY, agent, inbound=n, queued=n, inbound_answered=n, answered_in_time=in_time)


def get(api: Api, path: str, **more: Any) -> Any:
    answer = api.get(f"/metrics/indicators{path}", **more)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_every_indicator_is_described_in_three_languages(api: Api) -> None:
    found = get(api, "")
    assert [one["id"] for one in found["items"]] == list(INDICATORS)
    assert (found["total"], found["next_cursor"]) == (len(INDICATORS), None)
    for one in found["items"]:
        for words in (one["name"], one["definition"], one["source"]):
            assert all(words[language] for language in ("en", "zh", "ja"))
    level = next(one for one in found["items"] if one["id"] == "service_level")
    assert (level["unit"], level["more_is_better"], level["basis"]) == ("share", True, "contacts")
    assert level["name"]["zh"] == "服务水平"


def test_what_is_known_surely_is_told_apart_from_what_is_not(api: Api) -> None:
    known = {one["id"]: one for one in get(api, "")["items"]}
    assert [one["value"] for one in known["service_level"]["targets"]] == [0.8, 0.95]
    assert known["service_level"]["doubtful_targets"] == []
    complaints = known["attitude_complaint_rate"]
    assert complaints["targets"] == []
    assert [(one["value"], one["unit_known"]) for one in complaints["doubtful_targets"]] == [(5, False), (3, False)]


def test_an_indicator_has_its_n_interval_target_and_verdict(api: Api) -> None:
    served(api)
    found = get(api, f"/service_level?{OCTOBER}&group_by=team&interval=week")
    expected = share(90, 100)
    assert expected.ci_low is not None and expected.ci_high is not None
    assert found["groups"][0] == {
        "week": "2026-W41",
        "team": "Team A",
        "state": "measured",
        "n": 100,
        "rate": 0.9,
        "ci_low": round(expected.ci_low, 4),
        "ci_high": round(expected.ci_high, 4),
        "ci_method": "wilson95",
        "target": 0.95,
        "target_origin": "shipped",
        "verdict": "not_met",
        "currency": None,
    }
    assert [one["team"] for one in found["groups"]] == ["Team A", "Team B"]
    assert [one["n"] for one in found["totals"]] == [110]
    assert found["indicator"]["id"] == "service_level"
    assert found["next_cursor"] is None


def test_a_target_that_people_set_holds_in_place_of_the_shipped_one(api: Api) -> None:
    served(api)
    with db.session(api.engine) as session:
        target = SetTarget(indicator="service_level", value=0.6, holds_from=MONDAY, set_at=clock.now())
        session.add(target)
    (total,) = get(api, f"/service_level?{OCTOBER}")["totals"]
    assert (total["target"], total["target_origin"], total["verdict"]) == (0.6, "set", "met")


def test_without_data_an_indicator_says_no_source_yet_and_not_nought(api: Api) -> None:
    for name in INDICATORS:
        found = get(api, f"/{name}")
        assert found["groups"] == []
        for total in found["totals"]:
            assert (total["state"], total["n"], total["rate"], total["ci_low"]) == ("no_source_yet", 0, None, None), (
                name
            )
            assert (total["ci_method"], total["verdict"]) == (None, None)
    served(api)
    (elsewhere,) = get(api, "/service_level?from=2020-01-01&to=2020-02-01")["totals"]
    assert (elsewhere["state"], elsewhere["rate"]) == ("nothing_counted", None)


def test_directions_are_told_apart_where_one_number_would_say_nothing(api: Api) -> None:
    served(api)
    contacts(api, MONDAY, api.cast.dana, "outbound", outbound=10, outbound_answered=4)
    totals = get(api, "/connect_rate")["totals"]
    assert [(one["direction"], one["rate"], one["n"]) for one in totals] == [("inbound", 1, 110), ("outbound", 0.4, 10)]
    (outbound,) = get(api, "/connect_rate?direction=outbound")["totals"]
    assert (outbound["rate"], outbound["target"]) == (0.4, 0.65)


@pytest.mark.parametrize("name", list(INDICATORS))
def test_every_indicator_can_be_asked_by_all_that_its_source_knows(api: Api, name: str) -> None:
    served(api)
    by = next(one["group_by"] for one in get(api, "")["items"] if one["id"] == name)
    for one in by:
        get(api, f"/{name}?group_by={one}")
    refused = [one for one in ("day", "team", "queue", "direction", "channel") if one not in by]
    for one in refused:
        answer = api.get(f"/metrics/indicators/{name}?group_by={one}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
        assert answer.json()["errors"][0]["field"] == "group_by"


def test_what_cannot_be_asked_is_refused_with_what_can(api: Api) -> None:
    answer = api.get("/metrics/indicators/attendance?queue=cards")
    assert answer.status_code == 422
    assert "day, week, month, team, agent" in answer.json()["errors"][0]["message"]
    for path in ("/mood", "/mood/trend", "/service_level%00"):
        assert api.get(f"/metrics/indicators{path}").status_code in (404, 422)
    assert api.get("/metrics/indicators/mood").json()["code"] == "no_such_indicator"
    for query in ("group_by=mood", "interval=year", "direction=up", "from=yesterday", "agent=nobody", "source=rumour"):
        assert api.get(f"/metrics/indicators/service_level?{query}").status_code == 422, query


def test_an_agents_key_sees_their_own_alone(api: Api) -> None:
    served(api)
    key = api.key(Scope.SCORES_READ, owner=api.cast.dana)
    found = get(api, "/service_level?group_by=agent", key=key)
    assert [(one["agent"], one["n"]) for one in found["groups"]] == [("dana", 60)]
    others = get(api, "/service_level?agent=mei", key=key)
    assert (others["totals"][0]["n"], others["totals"][0]["rate"]) == (0, None)


def test_a_key_of_another_team_sees_its_own_team_alone(api: Api) -> None:
    served(api)
    key = api.key(Scope.SCORES_READ, owner=api.cast.charlie)
    found = get(api, "/service_level?group_by=team", key=key)
    assert [(one["team"], one["n"]) for one in found["groups"]] == [("Team B", 10)]
    others = get(api, "/service_level?team=Team A", key=key)
    assert others["totals"][0]["n"] == 0


def test_the_machines_rate_is_not_for_agents(api: Api) -> None:
    key = api.key(Scope.SCORES_READ, owner=api.cast.dana)
    answer = api.get("/metrics/indicators/monitoring_pass_rate?source=machine", key=key)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
    assert get(api, "/monitoring_pass_rate?source=machine")["totals"][0]["rate"] is None


def test_what_a_role_does_not_read_its_key_does_not_either(api: Api) -> None:
    for owner, name in ((api.cast.alice, "performance_score"), (api.cast.dana, "cost_per_call")):
        answer = api.get(f"/metrics/indicators/{name}", key=api.key(Scope.SCORES_READ, owner=owner))
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


def test_a_key_without_the_scope_reads_nothing(api: Api) -> None:
    key = api.key(Scope.CALLS_WRITE)
    for path in ("", "/service_level", "/service_level/trend"):
        assert api.get(f"/metrics/indicators{path}", key=key).status_code == 403


def test_indicators_come_as_csv_too(api: Api) -> None:
    contacts(api, MONDAY, api.cast.dana, queue="=1+1", inbound=8, queued=8, answered_in_time=7)
    answer = api.get("/metrics/indicators/service_level?group_by=queue&bom=true", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeff")
    (row,) = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert (row["queue"], row["n"], row["rate"], row["verdict"]) == ("'=1+1", "8", "0.875", "too_few_to_say")
    assert "team" not in row
    total = api.get("/metrics/indicators/connect_rate", headers={"Accept": "text/csv"})
    assert [one["direction"] for one in csv.DictReader(io.StringIO(total.text))] == ["inbound", "outbound"]


def test_a_target_that_most_agents_miss_is_to_be_reviewed(api: Api) -> None:
    for agent, in_time in ((api.cast.dana, 500), (api.cast.mei, 600), (api.cast.kenji, 990)):
        contacts(api, MONDAY, agent, inbound=1000, queued=1000, answered_in_time=in_time)
    found = get(api, "/service_level?group_by=agent")
    assert found["missed_by_most"] == [{"direction": None, "target": 0.95, "missed": 2, "judged": 3}]
    assert get(api, "/service_level?group_by=day")["missed_by_most"] == []


def test_a_trend_is_held_against_its_own_past(api: Api) -> None:
    for week in range(20):
        contacts(
            api,
            MONDAY + timedelta(weeks=week),
            api.cast.dana,
            inbound=100,
            queued=100,
            answered_in_time=90 if week > 11 else 80,
        )
    first = MONDAY + timedelta(weeks=12)
    found = get(api, f"/service_level/trend?from={first}&to={first + timedelta(weeks=8)}")
    assert (found["median_before"], found["intervals_before"], found["longest_run"]) == (0.8, 12, 8)
    assert (found["signal"], found["is_better"], len(found["points"])) == ("shift_up", True, 8)
    assert found["points"][0]["week"] == "2026-W53" and found["points"][0]["n"] == 100
    assert api.get("/metrics/indicators/service_level/trend?group_by=team").status_code == 422
    assert api.get("/metrics/indicators/knowledge_exam/trend?interval=week").status_code == 422
    assert get(api, "/service_level/trend?from=2020-01-01&to=2020-02-01")["signal"] == "too_few_to_say"
