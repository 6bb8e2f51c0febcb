"""What stands beside a pass rate: the estimate of a sample, the machine's error, the target that was set, releases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.domain.evidence import Verdict
from app.domain.metrics import StratumCounts, pass_rate, stratified_rate
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.service import Actor
from app.reports import rate_samples
from app.reviews import queries as reviews
from app.reviews import releasing, sampled
from app.reviews.offering import Terms, send
from tests.api.conftest import GOOD, Api
from tests.graded import THANKFUL, THANKLESS, judged_for_thanks
from tests.sampling.drawing import SAMPLED, unasked
from tests.stored import NOW

FIRST = datetime(2026, 10, 1, 4, tzinfo=UTC)
OCTOBER = "from=2026-10-01&to=2026-11-01"
PLAN = {
    "name": "First week",
    "period": "once",
    "first_day": "2026-10-01",
    "last_day": "2026-10-07",
    "size": 6,
    "strata": ["agent"],
    "seed": 4711,
}


def ask(api: Api, query: str) -> Any:
    answer = api.get(f"/metrics/pass-rate?{query}")
    assert answer.status_code == 200, answer.text
    return answer.json()


def targets(told: dict[str, Any], by: str) -> dict[str | None, tuple[float | None, str | None]]:
    return {one[by]: (one["target"], one["verdict"]) for one in told["groups"]}


# --- samples ----------------------------------------------------------------------------------------------------------


def draw(api: Api, **more: Any) -> dict[str, list[int]]:
    """The calls that a plan draws, by agent."""
    plan = api.send("POST", "/samples/plans", json=PLAN | more)
    assert plan.status_code == 201, plan.text
    made = api.send("POST", f"/samples/plans/{plan.json()['id']}/draw").json()
    sampled.open_drawn(api.engine, SAMPLED, clock.now)
    drawn: dict[str, list[int]] = {}
    for one in api.get(f"/samples/draws/{made['id']}/calls").json()["items"]:
        call = api.get(f"/calls/{one['call_id']}").json()
        drawn.setdefault(call["agent"], []).append(one["call_id"])
    return drawn


def a_week(api: Api, dana: int = 6, mei: int = 3) -> list[int]:
    """So many calls of each, all scored, that nobody was told to review yet."""
    with db.session(api.engine) as session:
        return [
            id_of(unasked(session, f"{agent} {n}", agent=agent, started_at=FIRST + timedelta(days=n % 6)))
            for agent, calls in (("dana", dana), ("mei", mei))
            for n in range(calls)
        ]


def test_of_calls_that_one_plan_drew_the_rate_says_what_they_tell_of_all(api: Api) -> None:
    calls = a_week(api, 20, 10)
    drawn = draw(api)
    assert {agent: len(found) for agent, found in drawn.items()} == {"dana": 4, "mei": 2}
    # Three of Dana's four pass, and the one of Mei's that somebody has judged; a call that Bob picked fails.
    for place, call in enumerate(drawn["dana"]):
        api.review(call, Verdict.FAIL if place == 0 else Verdict.PASS)
    api.review(drawn["mei"][0])
    picked = next(one for one in calls if one not in {*drawn["dana"], *drawn["mei"]})
    with db.session(api.engine) as session:
        send(session, picked, Actor("Bob", clock.now(), api.cast.bob.id), 3)
    api.review(picked, Verdict.FAIL)
    week = "from=2026-10-01&to=2026-10-08&target=0.2"
    told = ask(api, week)
    assert (told["total"]["n"], told["total"]["passed"]) == (5, 4)
    strata = [
        StratumCounts(population=20, drawn=4, in_scope=4, passed=3),
        StratumCounts(population=10, drawn=2, in_scope=1, passed=1),
    ]
    expected = stratified_rate(strata)
    assert expected.ci_low is not None and expected.ci_high is not None
    sample = told["sample"]
    estimate = sample.pop("estimate")
    assert sample == {"design": "stratified_random", "population": 30, "drawn": 6, "apart": 1, "seed": 4711}
    # Three quarters of Dana's twenty calls and all ten of Mei's: 25 of 30.
    assert estimate == {
        "rate": 0.8333,
        "ci_low": round(expected.ci_low, 4),
        "ci_high": round(expected.ci_high, 4),
        "ci_method": "stratified_wilson95",
        "n": 5,
        "passed": 4,
        "waiting": 1,
        "set_aside": 0,
        "verdict": "met",
    }
    assert ask(api, week.replace("0.2", "0.8"))["sample"]["estimate"]["verdict"] == "too_few_to_say"


def test_a_sample_speaks_only_of_the_calls_it_was_drawn_for(api: Api) -> None:
    a_week(api)
    draw(api, teams=["Team A"])
    week = "from=2026-10-01&to=2026-10-08"
    assert ask(api, f"{week}&team=Team A")["sample"]["design"] == "stratified_random"
    for other in (
        week,
        "from=2026-10-02&to=2026-10-08&team=Team A",
        "from=2026-10-01&to=2026-10-07&team=Team A",
        "team=Team A",
        f"{week}&team=Team B",
        f"{week}&team=Team A&queue=cards",
        f"{week}&team=Team A&agent=dana",
        f"{week}&team=Team A&design=every",
        f"{week}&team=Team A&time_field=submitted",
        f"{week}&team=Team A&unit=agent",
        f"{week}&team=Team A&item=closing_question",
    ):
        assert ask(api, other)["sample"]["design"] == "reviewed", other
    assert ask(api, f"{week}&team=Team A&source=machine")["sample"]["design"] == "all_scored"


def test_where_two_plans_drew_neither_is_the_sample(api: Api) -> None:
    a_week(api)
    draw(api)
    draw(api, name="Once more", seed=1)
    sample = ask(api, "from=2026-10-01&to=2026-10-08")["sample"]
    assert sample == {"design": "reviewed", "population": 9, "drawn": 0, "apart": 0}


# --- the machine's error ----------------------------------------------------------------------------------------------


def judged(api: Api, number: int, line: str, by_person: Verdict | None = None, **facts: Any) -> None:
    """A call of Dana's that the machine judged by whether she thanks, and Alice too if she is to."""
    with db.session(api.engine) as session:
        whose = {"agent": "dana", "team": "Team A", "external_id": str(number), "started_at": NOW}
        judged_for_thanks(session, api.cast.alice, line, by_person, **whose | facts)


def twenty(api: Api) -> None:
    """Of 20 calls the machine passes 13; of its passes people pass 5 of 6, of its fails they fail 3 of 5."""
    by_people = dict.fromkeys(range(5), Verdict.PASS) | {5: Verdict.FAIL}
    by_people |= {13: Verdict.PASS, 14: Verdict.PASS} | dict.fromkeys(range(15, 18), Verdict.FAIL)
    for number in range(20):
        judged(api, number, THANKFUL if number < 13 else THANKLESS, by_people.get(number))


def test_the_machines_rate_is_corrected_by_what_people_said_who_had_not_seen_its_own(api: Api) -> None:
    twenty(api)
    told = ask(api, "source=machine&group_by=team&target=0.4")
    plain = pass_rate(13, 20)
    assert plain.ci_low is not None and plain.ci_high is not None
    for one in (told["total"], *told["groups"]):
        assert (one["n"], one["passed"], one["rate"]) == (20, 13, 0.65)
        assert (one["ci_low"], one["ci_high"]) == (round(plain.ci_low, 4), round(plain.ci_high, 4))
        corrected = one["corrected"]
        # Seven calls people passed, five of them the machine too; four they failed, three of them the machine too.
        assert (corrected["sensitivity"], corrected["specificity"], corrected["judged"]) == (0.7143, 0.75, 11)
        assert corrected["rate"] == pytest.approx((0.65 + 3 / 4 - 1) / (5 / 7 + 3 / 4 - 1), abs=0.0001)
        assert corrected["ci_method"] == "lang_reiczigel95"
        assert corrected["ci_low"] <= corrected["rate"] <= corrected["ci_high"]
        assert corrected["ci_high"] - corrected["ci_low"] > one["ci_high"] - one["ci_low"]
        # The machine's own rate meets it; with its error nobody can say.
        assert (one["verdict"], corrected["verdict"]) == ("met", "too_few_to_say")


def test_the_corrected_rate_is_the_indicators_to_the_last_digit(api: Api) -> None:
    for number in range(32):
        judged(api, number, THANKFUL if number == 0 else THANKLESS, Verdict.PASS if number == 0 else Verdict.FAIL)
    total = ask(api, f"source=machine&{OCTOBER}")["total"]
    indicator = api.get(f"/metrics/indicators/monitoring_pass_rate?source=machine&{OCTOBER}").json()["totals"][0]
    assert total["corrected"]["rate"] == indicator["rate"] == 0.0313
    assert [total["corrected"][one] for one in ("ci_low", "ci_high")] == [
        indicator[one] for one in ("ci_low", "ci_high")
    ]


def test_who_had_seen_what_the_machine_found_says_nothing_of_its_error(api: Api) -> None:
    twenty(api)
    for number in (20, 21):
        judged(api, number, THANKFUL, Verdict.FAIL, blind=False)
    total = ask(api, "source=machine")["total"]
    assert (total["n"], total["passed"]) == (22, 15)
    corrected = total["corrected"]
    assert (corrected["sensitivity"], corrected["specificity"], corrected["judged"]) == (0.7143, 0.75, 11)


def test_the_error_of_older_days_is_known_where_very_many_were_judged_since(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_samples, "NEWEST", 4)
    twenty(api)
    for number in range(30, 34):
        judged(api, number, THANKFUL, Verdict.PASS, started_at=NOW + timedelta(days=31))
    assert ask(api, f"source=machine&{OCTOBER}")["total"]["corrected"]["judged"] == 4
    assert ask(api, "source=machine&to=2026-10-01")["total"]["corrected"]["judged"] == 0


def test_a_rate_as_of_a_moment_before_is_not_corrected_by_what_is_known_today(api: Api) -> None:
    twenty(api)
    told = ask(api, f"source=machine&as_of={clock.now():%Y-%m-%dT%H:%M:%SZ}")
    assert told["total"]["n"] == 20
    assert "corrected" not in told["total"]


def test_items_and_agents_are_not_corrected_by_the_error_of_calls(api: Api) -> None:
    twenty(api)
    for query in ("unit=agent", "group_by=item", "item=item"):
        told = ask(api, f"source=machine&{query}")
        assert all("corrected" not in one for one in (told["total"], *told["groups"])), query


# --- targets ----------------------------------------------------------------------------------------------------------


def aim(api: Api, value: float, **more: str) -> None:
    given = {"indicator": "monitoring_pass_rate", "from": "2026-01-01", "value": value} | more
    assert api.send("PUT", "/targets", json=given).status_code == 201


def test_the_target_that_was_set_for_a_team_or_a_queue_is_told_with_its_verdict(api: Api) -> None:
    for n in range(5):
        for agent, queue in (("dana", "cards"), ("kenji", "loans")):
            facts = {"agent": agent, "queue": queue, "started_at": "2026-10-05T10:00:00+08:00"}
            api.review(api.scored(*GOOD, note=f"{agent} {n}", **facts))
    assert ask(api, OCTOBER)["total"]["target"] is None, "a doubtful value is never shipped as a target"
    aim(api, 0.5)
    aim(api, 0.9, team="Team A")
    aim(api, 0.7, queue="loans")
    # From November on: it says nothing about October.
    aim(api, 0.99, team="Team A", **{"from": "2026-11-01"})
    # Five of five are at least 57 %.
    by_team = ask(api, f"{OCTOBER}&group_by=team")
    assert targets(by_team, "team") == {"Team A": (0.9, "too_few_to_say"), "Team B": (0.5, "met")}
    assert (by_team["total"]["target"], by_team["total"]["verdict"]) == (0.5, "met")
    by_queue = ask(api, f"{OCTOBER}&group_by=queue")
    assert targets(by_queue, "queue") == {"cards": (0.5, "met"), "loans": (0.7, "too_few_to_say")}
    assert ask(api, f"{OCTOBER}&team=Team A")["total"]["target"] == 0.9
    assert ask(api, f"{OCTOBER}&team=Team A&queue=loans")["total"]["target"] == 0.7
    assert targets(ask(api, f"{OCTOBER}&team=Team A&group_by=agent"), "agent") == {"dana": (0.9, "too_few_to_say")}
    # Without a team an agent's target is that of the team they are on.
    by_agent = targets(ask(api, f"{OCTOBER}&group_by=agent"), "agent")
    assert by_agent == {"dana": (0.9, "too_few_to_say"), "kenji": (0.5, "met")}
    of_dana = ask(api, f"{OCTOBER}&agent=dana&interval=week")
    assert {one["target"] for one in (of_dana["total"], *of_dana["groups"])} == {0.9}
    assert ask(api, f"{OCTOBER}&agent=kenji&group_by=agent")["total"]["target"] == 0.5
    given = ask(api, f"{OCTOBER}&group_by=team&target=0.2")
    assert targets(given, "team") == {"Team A": (0.2, "met"), "Team B": (0.2, "met")}


def test_the_target_of_calls_is_none_of_items(api: Api) -> None:
    api.review(api.scored(*GOOD, agent="dana"))
    aim(api, 0.5)
    told = ask(api, "group_by=item")
    assert {one["target"] for one in told["groups"]} == {None}
    assert {one["target"] for one in ask(api, "group_by=item&target=0.8")["groups"]} == {0.8}


# --- releases ---------------------------------------------------------------------------------------------------------


def release(api: Api, call_id: int, at: datetime) -> None:
    with db.session(api.engine) as session:
        review = reviews.of_call(session, call_id)
        assert review is not None
        releasing.release(session, id_of(review), Actor("Bob", at, api.cast.bob.id), Terms())


def test_calls_are_counted_by_the_day_of_their_release_call_by_call(api: Api) -> None:
    evening = datetime(2026, 10, 20, 20, tzinfo=UTC)
    calls = [api.scored(*GOOD, note=str(n), agent="dana", started_at="2026-10-01T12:00:00+08:00") for n in range(4)]
    for place, call in enumerate(calls):
        api.review(call, Verdict.FAIL if place == 1 else Verdict.PASS)
    for place in range(3):
        release(api, calls[place], evening + timedelta(days=place // 2))
    told = ask(api, "time_field=released&group_by=day")
    assert (told["path"], told["time_field"], told["sample"]["population"]) == ("exact", "released", None)
    days = [(one["day"], one["n"], one["passed"]) for one in told["groups"]]
    assert days == [("2026-10-20", 2, 1), ("2026-10-21", 1, 1)], "in UTC; the fourth was never released"
    there = ask(api, "time_field=released&group_by=day&tz=Asia/Shanghai")
    assert [(one["day"], one["n"]) for one in there["groups"]] == [("2026-10-21", 2), ("2026-10-22", 1)]
    for zone, n in (("UTC", 1), ("Asia/Shanghai", 2)):
        days_of = f"time_field=released&from=2026-10-21&to=2026-10-22&tz={zone}"
        assert ask(api, days_of)["total"]["n"] == n, zone
    refused = api.get("/metrics/pass-rate?time_field=released&source=machine")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "source")


@pytest.mark.parametrize("more", ["time_field=released", "reviewer=alice"])
def test_a_release_or_a_reviewer_of_now_is_not_told_as_of_a_moment_before(api: Api, more: str) -> None:
    refused = api.get(f"/metrics/pass-rate?as_of=2026-10-20T00:00:00Z&{more}")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "as_of")
