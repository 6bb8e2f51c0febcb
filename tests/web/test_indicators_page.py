"""The indicators against their targets and their own past: every value with its count, every gap with its reason."""

import csv
import html
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest
from sqlalchemy import event

from app.accounts.models import Role, User
from app.accounts.service import add_user
from app.contacts.models import ContactTally
from app.domain.metrics import INDICATORS
from app.kit import clock, db
from app.kit.db import id_of
from app.operations.models import AgentFact, FactKind
from app.targets.models import SetTarget
from app.web.indicator_views import GROUPS
from tests.web.conftest import Web

MONDAY = date(2026, 10, 5)
OCTOBER = "first=2026-10-01&last=2026-10-31"
DAYS = f"?{OCTOBER}"


def tally(web: Web, agent: User, day: date = MONDAY, direction: str = "inbound", **sums: Any) -> None:
    key = {"queue": sums.pop("queue", "billing"), "channel": "phone", "direction": direction}
    sums.setdefault("contacts", sums.get(direction, 1))
    with db.session(web.engine) as session:
        session.add(ContactTally(site_day=day, team_id=agent.team_id or 0, agent_id=id_of(agent), **key, **sums))


def aim(web: Web, indicator: str, value: float, team: int | None = None) -> None:
    since = date(2026, 1, 1)
    with db.session(web.engine) as session:
        session.add(SetTarget(indicator=indicator, value=value, team_id=team, holds_from=since, set_at=clock.now()))


def text(page: str) -> str:
    """What a page says, without its markup."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1])))


def row(page: str, name: str) -> str:
    """What the line of an indicator says, without its definition."""
    found = next(one for one in page.split("<tr")[1:] if re.search(rf">{re.escape(name)}<", one))
    shown = re.sub(r"<details.*?</details>", " ", found.split("</tr>")[0], flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", f"<tr{shown}"))).strip()


def rows_of(content: str) -> list[dict[str, str]]:
    assert content.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))


@contextmanager
def counting(web: Web) -> Iterator[list[str]]:
    """The statements that the application sends to the database."""
    sent: list[str] = []
    engine = web.app.state.services.engine

    def note(_c: Any, _k: Any, statement: str, *_: Any) -> None:
        sent.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


def test_every_indicator_stands_in_one_group_and_once_on_the_page(web: Web) -> None:
    named = [one for ids in GROUPS.values() for one in ids]
    assert sorted(named) == sorted(INDICATORS)
    page = web.get(web.cast.ada, "/indicators").text
    for one in INDICATORS.values():
        assert page.count(f'href="/indicators/{one.id}"') >= 1, one.id
    assert " style=" not in page


def test_without_data_every_indicator_says_what_to_bring_in_and_none_says_nought(web: Web) -> None:
    page = web.get(web.cast.ada, "/indicators").text
    assert page.count("no source yet") == len(INDICATORS) + 2
    assert "Bring in the records of your telephone switch" in row(page, "Service level")
    assert re.search(r'href="/imports">no source yet', page)
    assert re.search(r'href="/facts">no source yet', page)
    assert not re.search(r'class="strong nowrap">', page)


def test_who_may_not_bring_a_source_in_is_not_led_to_where_that_is_done(web: Web) -> None:
    page = web.get(web.cast.alice, "/indicators").text
    assert '<a href="/imports">' not in page
    assert "Bring in the records of your telephone switch" in page


def test_a_value_comes_with_its_range_its_count_its_target_and_what_may_be_said(web: Web) -> None:
    tally(web, web.cast.dana, inbound=200, queued=200, answered_in_time=120)
    aim(web, "service_level", 0.9)
    page = web.get(web.cast.ada, f"/indicators{DAYS}").text
    assert (
        row(page, "Service level") == "Service level 60 % (53.1–66.5 %) 120 of 200 ≥ 90 % set ✕ Below – Too few to say"
    )
    tally(web, web.cast.mei, inbound=4, queued=4, answered_in_time=4)
    one = web.get(web.cast.ada, f"/indicators{DAYS}&agent={web.cast.mei.id}").text
    assert "100 % (51–100 %) 4 of 4 ≥ 90 % set – Too few to say" in row(one, "Service level")
    assert "shipped" in row(page, "Connect rate (Inbound)")


def test_inbound_and_outbound_are_told_in_two_lines(web: Web) -> None:
    tally(web, web.cast.dana, inbound=100, inbound_answered=95)
    tally(web, web.cast.dana, direction="outbound", outbound=50, outbound_answered=10)
    page = web.get(web.cast.ada, f"/indicators{DAYS}").text
    assert "95 of 100" in row(page, "Connect rate (Inbound)")
    assert "10 of 50" in row(page, "Connect rate (Outbound)")
    inbound = web.get(web.cast.ada, f"/indicators{DAYS}&direction=inbound").text
    assert "95 of 100" in row(inbound, "Connect rate")
    assert "Connect rate (Outbound)" not in inbound


def test_what_a_source_does_not_know_and_what_the_role_does_not_read_is_said(web: Web) -> None:
    tally(web, web.cast.dana, inbound=10, queued=10, answered_in_time=9)
    month = date(2026, 10, 1)
    with db.session(web.engine) as session:
        facts = {"agent_id": id_of(web.cast.dana), "month": month, "kind": FactKind.EXAM, "value": 88.0}
        session.add(AgentFact(**facts, entered_at=clock.now()))
    by_queue = web.get(web.cast.bob, f"/indicators{DAYS}&queue=billing").text
    assert "9 of 10" in row(by_queue, "Service level")
    assert "its source does not know this choice" in row(by_queue, "Knowledge exam score")
    leader, reviewer = (web.get(who, f"/indicators{DAYS}").text for who in (web.cast.bob, web.cast.alice))
    assert "88 points 1 counted" in row(leader, "Knowledge exam score")
    assert "your role does not read it" in row(reviewer, "Knowledge exam score")
    assert "88" not in row(reviewer, "Knowledge exam score")
    within = web.get(web.cast.bob, "/indicators?first=2026-10-02&last=2026-10-31").text
    assert "Only whole months that lie within the days count." in row(within, "Knowledge exam score")


def test_team_staff_are_told_of_their_own_team_alone_and_agents_of_no_one(web: Web) -> None:
    tally(web, web.cast.dana, inbound=10, queued=10, answered_in_time=9)
    tally(web, web.cast.kenji, inbound=100, queued=100, answered_in_time=100)
    assert "9 of 10" in row(web.get(web.cast.bob, f"/indicators{DAYS}").text, "Service level")
    other = web.get(web.cast.bob, f"/indicators{DAYS}&team={web.cast.team_b.id}").text
    assert "100 of 100" not in text(other)
    assert "109 of 110" in row(web.get(web.cast.ada, f"/indicators{DAYS}").text, "Service level")
    for path in ("/indicators", "/indicators/service_level", "/indicators.csv", "/indicators/service_level.xlsx"):
        assert web.get(web.cast.dana, path).status_code == 403, path
        assert web.get(None, path).status_code in (303, 401), path


def test_who_belongs_to_a_team_is_shown_its_target_without_asking_for_it(web: Web) -> None:
    tally(web, web.cast.dana, inbound=10, queued=10, answered_in_time=9)
    aim(web, "service_level", 0.75, web.cast.team_a.id)
    assert "≥ 75 % set" in row(web.get(web.cast.bob, f"/indicators{DAYS}").text, "Service level")
    assert "≥ 75 % set" not in row(web.get(web.cast.ada, f"/indicators{DAYS}").text, "Service level")
    team = web.get(web.cast.ada, f"/indicators{DAYS}&team={web.cast.team_a.id}").text
    assert "≥ 75 % set" in row(team, "Service level")


def test_a_shift_against_its_own_past_is_told_from_whole_weeks_alone(web_everywhere: Web) -> None:
    web = web_everywhere
    last = date(2026, 10, 28)
    for week in range(24):
        day = date(2026, 10, 19) - timedelta(weeks=week)
        tally(web, web.cast.dana, day, inbound=100, queued=100, answered_in_time=90 if week < 12 else 70 + week % 3)
    # The week that has not ended would break the run.
    tally(web, web.cast.dana, last, inbound=100, queued=100, answered_in_time=1)
    page = web.get(web.cast.ada, f"/indicators?first=2026-10-01&last={last}").text
    assert "↑ Shift for the better" in row(page, "Service level")
    assert 'aria-label="12 weeks: from 90 % to 90 %"' in page
    one = web.get(web.cast.ada, f"/indicators/service_level?first=2026-10-01&last={last}").text
    assert "12 values in a row lie above the median of the 12 before them." in text(one)


def test_a_target_that_most_agents_miss_is_to_be_reviewed(web: Web) -> None:
    aim(web, "service_level", 0.95)
    for place, name in enumerate(("fay", "gus", "hal")):
        with db.session(web.engine) as session:
            on = {"role": Role.AGENT, "team_id": id_of(web.cast.team_a), "now": clock.now()}
            agent = add_user(session, username=name, name=name, **on)
        tally(web, agent, inbound=200, queued=200, answered_in_time=198 if place == 2 else 100)
    page = web.get(web.cast.ada, f"/indicators{DAYS}").text
    assert '<a href="/targets/service_level">Service level</a>: missed by 2 of 3 agents' in page
    assert "missed by" not in web.get(web.cast.ada, f"/indicators{DAYS}&agent={web.cast.dana.id}").text


def test_the_number_of_questions_does_not_grow_with_weeks_agents_or_queues(web: Web) -> None:
    tally(web, web.cast.dana, inbound=10, queued=10, answered_in_time=9)
    web.get(web.cast.ada, f"/indicators{DAYS}")
    with counting(web) as few:
        web.get(web.cast.ada, f"/indicators{DAYS}")
    for place, agent in enumerate((web.cast.dana, web.cast.mei, web.cast.kenji) * 7):
        day = MONDAY - timedelta(weeks=place)
        tally(web, agent, day, queue=f"queue {place}", inbound=10, queued=10, answered_in_time=9)
    with counting(web) as many:
        web.get(web.cast.ada, f"/indicators{DAYS}")
    assert len(many) == len(few)


def test_one_indicator_in_full_with_its_definition_its_chart_and_its_known_values(web_everywhere: Web) -> None:
    web = web_everywhere
    tally(web, web.cast.dana, inbound=100, queued=100, answered_in_time=90)
    tally(web, web.cast.kenji, inbound=50, queued=50, answered_in_time=25, queue="support")
    page = web.get(web.cast.ada, f"/indicators/service_level{DAYS}").text
    said = text(page)
    assert INDICATORS["service_level"].definition.en in said
    assert 'role="img" aria-label="Service level. The numbers stand in the table below."' in page
    assert "76.7 % (69.3–82.7 %), 115 of 150" in page.split("<summary>The numbers")[1]
    assert "Values the field agrees on" in said
    by_team = [row(page, name) for name in ("Team A", "Team B")]
    assert ["90 of 100" in by_team[0], "25 of 50" in by_team[1]] == [True, True]
    by_agent = web.get(web.cast.ada, f"/indicators/service_level{DAYS}&by=agent").text
    assert by_agent.index(">Dana<") < by_agent.index(">Kenji<")
    assert f'href="/agents/{web.cast.dana.id}/report?first=2026-10-01&amp;last=2026-10-31"' in by_agent
    by_queue = web.get(web.cast.ada, f"/indicators/service_level{DAYS}&by=queue").text
    assert "25 of 50" in row(by_queue, "support")
    days = web.get(web.cast.ada, f"/indicators/service_level{DAYS}&interval=day").text
    assert days.split("<summary>The numbers")[1].split("</table>")[0].count("<tr>") == 29


def test_doubtful_values_stand_apart_from_those_the_field_agrees_on(web: Web) -> None:
    doubted = next(one for one in INDICATORS.values() if any(not known.sure for known in one.targets))
    said = text(web.get(web.cast.ada, f"/indicators/{doubted.id}").text)
    assert "doubtful" in said.split("Suggestions, doubtful")[1]


@pytest.mark.parametrize("name", ["mood", "Service", "service_level.pdf"])
def test_an_unknown_indicator_is_not_found(web: Web, name: str) -> None:
    assert web.get(web.cast.ada, f"/indicators/{name}").status_code in (404, 422)


@pytest.mark.parametrize("indicator", list(INDICATORS))
def test_every_indicator_opens_in_every_way(web: Web, indicator: str) -> None:
    tally(
        web, web.cast.dana, inbound=10, queued=10, answered_in_time=9, inbound_answered=9, handled=9, talk_seconds=900
    )
    for query in ("?interval=month&by=direction", "?interval=day&agent=5&by=agent"):
        assert web.get(web.cast.ada, f"/indicators/{indicator}{query}").status_code == 200, query
    assert web.get(web.cast.ada, f"/indicators/{indicator}.csv").status_code == 200
    assert web.get(web.cast.ada, f"/indicators/{indicator}.xlsx").status_code == 200


def test_all_indicators_as_csv_and_as_a_workbook_with_numbers_as_numbers(web: Web) -> None:
    tally(web, web.cast.dana, inbound=200, queued=200, answered_in_time=120)
    told = {one["Indicator"]: one for one in rows_of(web.get(web.cast.ada, f"/indicators.csv{DAYS}").text)}
    level = told["Service level"]
    assert (level["Unit"], level["Value"], level["Count"], level["Of"]) == ("%", "60.0", "120", "200")
    assert (told["Total complaints"]["Value"], told["Total complaints"]["Note"]) == ("", "no source yet")
    answer = web.get(web.cast.ada, f"/indicators.xlsx{DAYS}")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Indicators", "Definitions", "About"]
    found = {one[0]: one for one in book["Indicators"].iter_rows(values_only=True)}
    assert found["Service level"][2] == 60
    assert len(found) == len(INDICATORS) + 3


def test_one_indicator_as_files_holds_all_that_its_page_shows(web: Web) -> None:
    tally(web, web.cast.dana, inbound=100, queued=100, answered_in_time=90, queue="=cmd()")
    rows = rows_of(web.get(web.cast.ada, f"/indicators/service_level.csv{DAYS}").text)
    assert {one["Table"] for one in rows} == {"Whole", "Week", "Team", "Agent", "Queue or project", "Direction"}
    assert [one["Of"] for one in rows if one["Table"] == "Agent"] == ["100"]
    assert any(one["Service level"] == "'=cmd()" for one in rows)
    answer = web.get(web.cast.ada, f"/indicators/service_level.xlsx{DAYS}")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["Whole", "Week", "Team", "Agent", "Queue or project", "Direction"]
    assert book["Week"].max_row == 13


def test_the_words_are_those_of_the_reader(web: Web) -> None:
    with db.session(web.engine) as session:
        session.get_one(User, id_of(web.cast.ada)).language = "zh"
    page = web.get(web.cast.ada, "/indicators").text
    assert INDICATORS["service_level"].name.zh in page
    assert INDICATORS["service_level"].definition.zh in page
