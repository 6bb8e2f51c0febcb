"""A team's rates: people's and the machine's apart, each with its count, its range and what may be said."""

import re

from app.domain.evidence import Verdict
from tests.web.conftest import Web

DAYS = "?first=2026-10-01&last=2026-10-31"


def text(web: Web, query: str = DAYS) -> str:
    """What the team's page says, without its markup."""
    page = web.get(web.cast.bob, f"/teams/1{query}").text.split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def calls(web: Web, count: int, **facts: str) -> list[int]:
    return [
        web.make_call(note=f"{facts}{place}", started_at=f"2026-10-0{place + 1}T09:00:00+08:00", **facts)
        for place in range(count)
    ]


def test_a_rate_never_stands_without_its_count_and_its_range(web: Web) -> None:
    first, second, third = calls(web, 3)
    web.submit(first)
    web.submit(second)
    web.submit(third, Verdict.FAIL)
    said = text(web)
    assert "Of 3 reviewed calls 2 passed: 67 % (21–94 %)" in said
    assert "Between 21–94 % (95 % range), from 2 of 3 – Too few to say" in said
    page = web.get(web.cast.bob, f"/teams/1{DAYS}").text
    assert re.findall(r"\d %", page.split("<main")[1])


def test_what_the_machine_left_open_is_no_rate_but_its_bounds(web: Web) -> None:
    calls(web, 1)
    calls(web, 1, agent="mei")
    said = text(web)
    assert "No call of these days is reviewed yet." in said
    assert "0 passed, 0 failed, 2 open" in said
    assert "0–100 %" in said


def test_complaints_count_when_upheld_beside_the_calls_of_the_same_days(web: Web) -> None:
    calls(web, 4)
    for outcome in ("upheld", "open"):
        web.post(
            web.cast.bob,
            "/complaints",
            data={"category": "waiting", "outcome": outcome, "received_at": "2026-10-05T09:00", "agent": "dana"},
        )
    assert "250.0 limit 2.5" in text(web)
    assert "from 1 of 4" in text(web)


def test_agents_stand_by_name_and_a_target_is_asked_for_in_the_address(web: Web) -> None:
    for agent in ("mei", "dana"):
        for call in calls(web, 3, agent=agent):
            web.submit(call)
    said = text(web).split("Agents By name")[1]
    assert said.index("Dana") < said.index("Mei")
    assert "100 % 3 of 3" in said
    assert "✓ Met" in text(web, f"{DAYS}&target=40")
    assert "Too few to say" in text(web, f"{DAYS}&target=90")


def test_days_outside_the_range_do_not_count(web: Web) -> None:
    for call in calls(web, 2):
        web.submit(call)
    assert "Of 1 reviewed calls 1 passed" in text(web, "?first=2026-10-01&last=2026-10-01")
    assert "Nothing to count yet" in text(web, "?first=2026-09-01&last=2026-09-30")


def test_team_staff_come_straight_to_their_team_and_others_choose(web: Web) -> None:
    assert web.get(web.cast.bob, "/teams").headers["location"] == f"/teams/{web.cast.team_a.id}"
    page = web.get(web.cast.ada, "/teams").text
    assert "Team A" in page
    assert "Team B" in page
    assert web.get(web.cast.ada, "/teams/1?target=ninety").status_code == 422
