"""A rate in one call: with its n, its interval, its definition, and what may be said about the target."""

import csv
import io

import pytest

from app.accounts.models import Scope
from app.domain.evidence import Verdict
from app.domain.metrics import pass_rate
from app.kit import clock, db
from app.reports.recount import recount
from tests.api.conftest import BAD, GOOD, Api


def reviewed(api: Api, passed: int, failed: int, **facts: str) -> None:
    """So many calls that people passed and failed."""
    for number in range(passed + failed):
        call_id = api.scored(*GOOD, note=f"{facts} {number}", **facts)
        api.review(call_id, Verdict.PASS if number < passed else Verdict.FAIL)


def test_the_pass_rate_has_its_n_and_the_interval_of_wilson(api: Api) -> None:
    reviewed(api, 4, 1, agent="dana", started_at="2026-10-05T10:00:00+08:00")
    answer = api.get(
        "/metrics/pass-rate?from=2026-10-01T00:00:00+08:00&to=2026-11-01T00:00:00+08:00"
        "&group_by=team&interval=week&source=final&target=0.95"
    ).json()
    expected = pass_rate(4, 5)
    assert expected.ci_low is not None and expected.ci_high is not None
    assert answer["groups"] == [
        {
            "week": "2026-W41",
            "team": "Team A",
            "n": 5,
            "rate": 0.8,
            "ci_low": round(expected.ci_low, 4),
            "ci_high": round(expected.ci_high, 4),
            "ci_method": "wilson95",
            "target": 0.95,
            "verdict": "too_few_to_say",
            "passed": 4,
            "uncertain": 0,
            "not_applicable": 0,
            "critical": answer["groups"][0]["critical"],
            "mean_score": 80.0,
        }
    ]
    definition = answer["definition"]
    assert (definition["pass"], definition["unit"]) == ("score >= 85 and no critical fail", "call")
    assert (definition["source"], definition["scorecard"]) == ("final", "inbound-en")
    assert definition["version"].startswith("sha256:")
    assert answer["sample"] == {"design": "reviewed", "population": 5, "drawn": 5, "apart": 0}
    assert answer["total"]["n"] == 5
    assert answer["next_cursor"] is None


def test_what_the_machine_found_is_never_mixed_with_what_people_decided(api: Api) -> None:
    api.scored(*BAD, note="1")
    api.review(api.scored(*BAD, note="2"))
    final = api.get("/metrics/pass-rate?source=final").json()["total"]
    machine = api.get("/metrics/pass-rate?source=machine").json()["total"]
    assert (final["n"], final["passed"], final["rate"]) == (1, 1, 1.0)
    assert (machine["n"] + machine["uncertain"], machine["passed"]) == (2, 0)


def test_of_no_calls_there_is_no_rate(api: Api) -> None:
    answer = api.get("/metrics/pass-rate?target=0.9").json()
    total = answer["total"]
    assert (total["n"], total["rate"], total["ci_low"], total["ci_high"]) == (0, None, None, None)
    assert total["verdict"] == "too_few_to_say"
    assert answer["groups"] == []
    assert answer["definition"]["scorecard"] is None


def test_a_rate_without_a_target_has_no_verdict(api: Api) -> None:
    total = api.get("/metrics/pass-rate").json()["total"]
    assert (total["target"], total["verdict"]) == (None, None)


def test_calls_count_on_the_days_of_their_teams(api: Api) -> None:
    # In Shanghai it is the 2nd already, in the other team's UTC still the 1st.
    reviewed(api, 1, 0, agent="dana", started_at="2026-10-01T20:00:00Z")
    reviewed(api, 1, 0, agent="kenji", started_at="2026-10-01T20:00:00Z")
    groups = api.get("/metrics/pass-rate?group_by=day&group_by=agent").json()["groups"]
    assert [(one["day"], one["agent"]) for one in groups] == [("2026-10-01", "kenji"), ("2026-10-02", "dana")]
    for days, agent in (("from=2026-10-01&to=2026-10-02", "kenji"), ("from=2026-10-02", "dana")):
        of_one_day = api.get(f"/metrics/pass-rate?{days}&group_by=agent").json()
        assert [one["agent"] for one in of_one_day["groups"]] == [agent]
        assert of_one_day["sample"]["population"] == 1
        handled = api.get(f"/metrics/complaint-rate?{days}&group_by=agent").json()
        assert [(one["agent"], one["n"]) for one in handled["groups"]] == [(agent, 1)]


def test_the_groups_add_up_to_the_whole(api: Api) -> None:
    reviewed(api, 1, 1, agent="dana", queue="cards", started_at="2026-10-01T10:00:00+08:00")
    reviewed(api, 1, 0, agent="kenji", started_at="2026-11-15T10:00:00Z")
    for by in ("day", "week", "month", "team", "agent", "queue", "scorecard", "version"):
        answer = api.get(f"/metrics/pass-rate?group_by={by}").json()
        assert sum(one["n"] for one in answer["groups"]) == answer["total"]["n"] == 3
        assert sum(one["passed"] for one in answer["groups"]) == answer["total"]["passed"] == 2


def test_rates_of_chosen_calls(api: Api) -> None:
    reviewed(api, 1, 1, agent="dana", queue="cards")
    reviewed(api, 1, 0, agent="kenji")

    def n(query: str) -> int:
        counted: int = api.get(f"/metrics/pass-rate?{query}").json()["total"]["n"]
        return counted

    assert n("agent=dana") == n("team=Team A") == n("queue=cards") == 2
    assert n("agent=kenji") == 1
    assert n("scorecard=inbound-en") == 3
    assert n("scorecard=inbound-zh") == n("version=other") == 0


def test_somebody_of_another_team_sees_only_their_own_rates(api: Api) -> None:
    reviewed(api, 1, 0, agent="dana")
    reviewed(api, 2, 0, agent="kenji")
    key = api.key(Scope.SCORES_READ, owner=api.cast.charlie)
    answer = api.get("/metrics/pass-rate?group_by=team", key=key).json()
    assert [(one["team"], one["n"]) for one in answer["groups"]] == [("Team B", 2)]
    assert answer["total"]["n"] == answer["sample"]["population"] == 2


@pytest.mark.parametrize("source", ["final", "machine"])
def test_an_agents_key_opens_no_pass_rate_for_it_would_tell_what_is_not_released(api: Api, source: str) -> None:
    reviewed(api, 0, 1, agent="dana")
    key = api.key(Scope.SCORES_READ, owner=api.cast.dana)
    for more in ("", "&group_by=day", "&as_of=2026-10-01T00:00:00Z"):
        answer = api.get(f"/metrics/pass-rate?source={source}{more}", key=key)
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), more
    assert api.get("/metrics/complaint-rate", key=key).status_code == 200


def test_rates_come_as_csv_too(api: Api) -> None:
    reviewed(api, 1, 1, agent="dana", queue="=1+1")
    answer = api.get("/metrics/pass-rate?group_by=queue&bom=true", headers={"Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert [(row["queue"], row["n"], row["passed"], row["rate"]) for row in rows] == [("'=1+1", "2", "1", "0.5")]
    assert "team" not in rows[0]


def test_complaints_are_told_per_1000_calls_with_their_exact_interval(api: Api) -> None:
    for number in range(4):
        api.scored(note=str(number), agent="dana", external_id=f"c-{number}", started_at="2026-10-01T10:00:00+08:00")
    for outcome, category in (("upheld", "attitude"), ("upheld", "waiting"), ("not_upheld", "attitude")):
        api.send(
            "POST",
            "/complaints",
            json={
                "received_at": "2026-10-02T10:00:00+08:00",
                "category": category,
                "outcome": outcome,
                "call_external_id": "c-1",
            },
        )
    answer = api.get("/metrics/complaint-rate?group_by=team&interval=month&target=3").json()
    (group,) = answer["groups"]
    assert (group["month"], group["team"], group["n"], group["upheld"]) == ("2026-10", "Team A", 4, 2)
    assert (group["rate"], group["ci_method"]) == (500.0, "poisson_exact95")
    assert (group["ci_low"], group["ci_high"]) == (pytest.approx(60.552, abs=0.01), pytest.approx(1806.17, abs=0.01))
    assert group["verdict"] == "not_met"
    assert answer["definition"]["unit"] == "per_1000_calls"
    of_attitude = api.get("/metrics/complaint-rate?category=attitude").json()
    assert (of_attitude["total"]["upheld"], of_attitude["definition"]["category"]) == (1, "attitude")
    rows = api.get("/metrics/complaint-rate?group_by=team", headers={"Accept": "text/csv"}).text.splitlines()
    assert rows[0].split(",")[:3] == ["team", "n", "rate"]
    assert rows[1].startswith("Team A,4,500.0,")


def test_a_question_that_cannot_be_answered_names_its_field(api: Api) -> None:
    for field, path in [
        ("group_by", "complaint-rate?group_by=queue"),
        ("group_by.0", "pass-rate?group_by=mood"),
        ("source", "pass-rate?source=both"),
        ("target", "pass-rate?target=95"),
        ("target", "pass-rate?target=nan"),
        ("interval", "pass-rate?interval=year"),
        ("from", "pass-rate?from=2026-10-01T08:30:00Z"),
        ("queue", "pass-rate?queue=%00"),
    ]:
        answer = api.get(f"/metrics/{path}")
        assert answer.status_code == 422, path
        assert [fault["field"] for fault in answer.json()["errors"]] == [field]


def test_the_tallies_say_what_a_recount_says(api: Api) -> None:
    reviewed(api, 2, 1, agent="dana", queue="cards")
    reviewed(api, 1, 0, agent="kenji")
    api.scored(*BAD, note="x", agent="mei")
    with db.session(api.engine, reads_only=True) as session:
        assert recount(session) == ()


def test_a_rate_as_of_a_moment_is_the_one_that_was_told_then(api: Api) -> None:
    reviewed(api, 2, 1, agent="dana", started_at="2026-10-05T10:00:00+08:00")
    then = clock.now().isoformat()
    told = api.get("/metrics/pass-rate?group_by=agent").json()
    reviewed(api, 0, 2, agent="mei", started_at="2026-10-05T10:00:00+08:00")
    now = api.get("/metrics/pass-rate?group_by=agent").json()
    later = api.get("/metrics/pass-rate", params={"group_by": "agent", "as_of": then}).json()
    assert (later["groups"], later["total"]) == (told["groups"], told["total"])
    assert now["total"]["n"] == 5
    assert later["sample"] == {"design": "reviewed", "population": None, "drawn": 3, "apart": 0}
    assert (now["as_of"], later["as_of"][:19]) == (None, then[:19])


@pytest.mark.parametrize(
    "moment", ["2999-01-01T00:00:00Z", "yesterday", "2026-10-05", "2026-10-05T00:00:00", "0001-01-01T00:00:00Z"]
)
def test_as_of_is_a_moment_of_the_past(api: Api, moment: str) -> None:
    answer = api.get("/metrics/pass-rate", params={"as_of": moment})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "as_of"


def test_calls_are_counted_by_the_day_of_their_submission_too(api: Api) -> None:
    reviewed(api, 2, 1, agent="dana", started_at="2026-10-05T10:00:00+08:00")
    by_call = api.get("/metrics/pass-rate?group_by=day").json()
    by_submission = api.get("/metrics/pass-rate?group_by=day&time_field=submitted").json()
    assert [one["day"] for one in by_call["groups"]] == ["2026-10-05"]
    assert [one["day"] for one in by_submission["groups"]] != ["2026-10-05"]
    assert by_submission["total"]["n"] == by_call["total"]["n"] == 3
    assert (by_submission["time_field"], by_submission["path"]) == ("submitted", "fast")


def test_items_are_a_way_to_break_down_and_to_choose(api: Api) -> None:
    reviewed(api, 1, 1, agent="dana")
    groups = {one["item"]: one for one in api.get("/metrics/pass-rate?group_by=item").json()["groups"]}
    greeting = groups["standard_greeting"]
    assert (greeting["n"], greeting["mean_score"]) == (2, None)
    alone = api.get("/metrics/pass-rate?item=standard_greeting&group_by=agent").json()
    assert [(one["agent"], one["n"], one["passed"]) for one in alone["groups"]] == [("dana", 2, greeting["passed"])]
    assert alone["definition"]["pass"] == "the item standard_greeting passes"
    assert api.get("/metrics/pass-rate?group_by=item&unit=agent").json()["errors"][0]["field"] == "unit"


def test_agents_are_counted_by_whether_their_mean_reaches_the_mark(api: Api) -> None:
    reviewed(api, 2, 0, agent="dana")
    reviewed(api, 0, 1, agent="mei")
    answer = api.get("/metrics/pass-rate?unit=agent&group_by=team").json()
    (group,) = answer["groups"]
    assert (group["n"], group["passed"], group["calls"]) == (2, 1, 3)
    assert (answer["definition"]["unit"], answer["definition"]["pass"]) == ("agent", "mean score >= 85")


def test_what_no_sum_tells_is_counted_call_by_call_and_the_answer_says_so(api: Api) -> None:
    reviewed(api, 1, 0, agent="dana", started_at="2026-10-01T20:00:00Z")
    reviewed(api, 1, 0, agent="kenji", started_at="2026-10-02T20:00:00Z")
    fast = api.get("/metrics/pass-rate?group_by=agent").json()
    assert fast["path"] == "fast"
    elsewhere = api.get("/metrics/pass-rate?group_by=day&tz=America/New_York").json()
    assert elsewhere["path"] == "exact"
    assert [(one["day"], one["n"]) for one in elsewhere["groups"]] == [("2026-10-01", 1), ("2026-10-02", 1)]
    days = "from=2026-10-01&to=2026-10-02&tz=America/New_York"
    assert api.get(f"/metrics/pass-rate?{days}&group_by=agent").json()["groups"][0]["agent"] == "dana"
    by_alice = api.get("/metrics/pass-rate?reviewer=alice&group_by=agent").json()
    assert by_alice["path"] == "exact"
    assert api.get("/metrics/pass-rate?reviewer=bob").json()["total"]["n"] == 0
    assert api.get("/metrics/pass-rate?group_by=item&tz=America/New_York").json()["total"]["n"] > 2
    refused = api.get("/metrics/pass-rate?reviewer=alice&source=machine")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "source")


def test_many_groups_come_page_by_page_with_the_whole_on_each(api: Api) -> None:
    for agent in ("dana", "mei", "kenji"):
        reviewed(api, 1, 0, agent=agent)
    first = api.get("/metrics/pass-rate?group_by=agent&limit=2").json()
    second = api.get(f"/metrics/pass-rate?group_by=agent&limit=2&cursor={first['next_cursor']}").json()
    assert [one["agent"] for one in (*first["groups"], *second["groups"])] == ["dana", "kenji", "mei"]
    assert (second["next_cursor"], second["group_count"], second["total"]["n"]) == (None, 3, 3)
    assert api.get("/metrics/pass-rate?group_by=agent&cursor=x").json()["code"] == "cursor_invalid"


def test_the_machines_rate_says_what_is_known_of_its_error(api: Api) -> None:
    api.scored(note="1")
    total = api.get("/metrics/pass-rate?source=machine").json()["total"]
    assert (total["corrected"]["rate"], total["corrected"]["judged"]) == (None, 0)
    assert "corrected" not in api.get("/metrics/pass-rate").json()["total"]
