"""A team's page: what changed, where points are lost, what is met, and all of it as files."""

import csv
import io
import re
from datetime import date

import openpyxl
import pytest

from app.coaching import service as coaching
from app.coaching.written import NoteFacts
from app.domain.evidence import Verdict
from app.kit import clock, db
from app.kit.db import id_of
from app.request import actor
from app.reviews import service as reviews
from app.reviews.models import DoubleScoring, Review
from tests.web.conftest import Web

DAYS = "?first=2026-10-01&last=2026-10-31"


def text(web: Web, query: str = DAYS) -> str:
    """What the team's page says, without its markup."""
    page = web.get(web.cast.bob, f"/teams/1{query}").text.split("<main")[1]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def call(web: Web, name: str, day: str = "2026-10-05", **facts: str) -> int:
    return web.make_call(note=name, external_id=name, started_at=f"{day}T09:00:00+08:00", **facts)


def submit(web: Web, call_id: int, *failed: str) -> None:
    """Alice fails these items, passes all others, and submits."""
    alice, review = web.cast.alice, id_of(web.review_of(call_id))
    with db.session(web.engine) as session:
        for found in reviews.standing(session, session.get_one(Review, review)).findings:
            verdict = Verdict.FAIL if found.id in failed else Verdict.PASS
            reviews.decide(session, review, found.id, verdict, alice, actor(alice), reason_code="misheard")
        reviews.submit(session, review, alice, actor(alice))


def rows(web: Web, table: str) -> list[dict[str, str]]:
    answer = web.get(web.cast.bob, f"/teams/1/report.csv{DAYS}&table={table}")
    assert answer.status_code == 200
    assert answer.text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))


def test_a_change_is_told_only_where_the_counts_show_one(web: Web) -> None:
    submit(web, call(web, "now"), "polite")
    assert "No call of the 31 days before was reviewed, so there is nothing to compare with." in text(web)
    submit(web, call(web, "before", "2026-09-20"))
    assert "In the 31 days before it was 100 % (1 of 1): no change that the counts can show." in text(web)


def test_a_change_that_the_counts_show_comes_with_its_range(web: Web) -> None:
    for place in range(6):
        submit(web, call(web, f"now {place}"), "polite")
        submit(web, call(web, f"before {place}", "2026-09-20"))
    said = text(web)
    assert (
        "That is 100 points less than in the 31 days before, when it was 100 % (6 of 6; range of the change −1" in said
    )
    assert "Before: 0 of 6" in said
    assert "more than chance would bring" in said


def test_the_two_items_that_cost_most_are_named_and_lead_to_their_clips(web: Web) -> None:
    for place in range(3):
        submit(
            web,
            call(web, f"{place}"),
            "closing_question",
            *(("polite",) if place else ()),
            *(("patient",) if place > 1 else ()),
        )
    page = web.get(web.cast.bob, f"/teams/1{DAYS}").text
    lead = page.split('class="lead"')[1].split("</p>")[0]
    assert "Two items make up" in lead
    assert set(re.findall(r'href="/items/(\w+)\?[^"]*which=people', lead)) == {"closing_question", "polite"}
    lost = {one["Item"]: one for one in rows(web, "lost")}
    polite = next(one for title, one in lost.items() if "polite" in title.lower())
    assert (polite["Failed"], polite["Decided"]) == ("2", "3")
    assert float(polite["Lost points"]) == 12


def test_critical_failures_wait_until_somebody_has_talked_them_through(web: Web) -> None:
    failed = call(web, "failed")
    submit(web, failed, "polite")
    said = text(web)
    assert "1 reviewed call failed a critical item; 1 is not talked through yet." in said
    bob = web.cast.bob
    with db.session(web.engine) as session:
        coaching.send_note(session, bob, failed, NoteFacts("Stay polite.", start=1, end=3), actor(bob))
    assert "1 reviewed call failed a critical item; all are talked through." in text(web)


def test_two_people_who_do_not_know_of_each_other_agree_beyond_chance(web: Web) -> None:
    assert "No call of these days was scored by two people yet." in text(web)
    made = [call(web, f"{place}") for place in range(12)]
    with db.session(web.engine) as session:
        for place, one in enumerate(made):
            first, passed = id_of(web.review_of(one)), place != 3
            second = Review(**{**session.get_one(Review, first).model_dump(exclude={"id"}), "purpose": "second"})
            session.add(second)
            session.flush()
            session.add(
                DoubleScoring(
                    call_id=one,
                    first_id=first,
                    second_id=id_of(second),
                    first_by=id_of(web.cast.alice),
                    first_passed=passed,
                    second_passed=True,
                    opened_at=clock.now(),
                    compared_at=clock.now(),
                )
            )
    said = text(web)
    assert "11 of 12 calls that two people scored came out alike" in said
    assert re.search(r"0\.\d\d AC1 Between", said)


def test_the_run_chart_has_its_numbers_as_a_table_and_never_a_share_without_its_count(web: Web) -> None:
    submit(web, call(web, "one", "2026-10-05"))
    submit(web, call(web, "two", "2026-10-12"), "polite")
    page = web.get(web.cast.bob, f"/teams/1{DAYS}").text
    table = page.split("<summary>The numbers")[1].split("</table>")[0]
    assert "100 % (21–100 %), 1 of 1" in table
    assert "0 % (0–79 %), 0 of 1" in table
    assert table.count("<tr>") == 13
    assert 'role="img" aria-label="Pass rate, last 12 weeks. The numbers stand in the table below."' in page
    assert " style=" not in page


def test_measures_without_a_source_say_so_and_lead_to_where_one_is_brought_in(web: Web) -> None:
    assert '<a href="/imports">no source yet</a>' in web.get(web.cast.ada, f"/teams/1{DAYS}").text
    page = web.get(web.cast.bob, f"/teams/1{DAYS}").text
    assert "no source yet" in page
    assert 'href="/imports"' not in page.split("<main")[1]
    told = {one["Measure"]: one for one in rows(web, "measures")}
    assert told["Service level"]["Value"] == "no source yet"
    assert told["Pass rate, by people"]["Value"] == "Nothing to count yet"


def test_a_target_nobody_has_set_is_called_a_suggestion(web: Web) -> None:
    submit(web, call(web, "one"))
    assert "target 90 % suggested" in text(web)
    asked = text(web, f"{DAYS}&target=80")
    assert "target 80 %" in asked
    assert "target 80 % suggested" not in asked


def test_what_is_below_its_target_is_above_its_limit_where_less_is_better(web: Web) -> None:
    for place in range(6):
        submit(web, call(web, f"{place}"), "polite")
    for place in range(5):
        web.post(
            web.cast.bob,
            "/complaints",
            data={
                "category": "attitude",
                "outcome": "upheld",
                "received_at": f"2026-10-0{place + 1}T09:00",
                "agent": "dana",
            },
        )
    told = {one["Measure"]: one for one in rows(web, "measures")}
    assert told["Pass rate, by people"]["Standing"] == "Below"
    assert told["Complaints per 1,000 calls"]["Standing"] == "Above"
    assert told["Attitude complaints per 1,000 calls"]["Counted"] == "5 of 6"


def test_the_workbook_has_a_sheet_for_every_table_and_no_formula_of_strangers(web: Web) -> None:
    submit(web, call(web, "one"))
    answer = web.get(web.cast.bob, f"/teams/1/report.xlsx{DAYS}")
    assert answer.headers["content-type"].startswith("application/vnd.openxmlformats")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["About", "Against targets", "Weeks", "Lost points", "Agents"]
    agents = list(book["Agents"].values)
    assert agents[1][:4] == ("Dana", 1, 1, 100)
    assert len(list(book["Weeks"].values)) == 13
    assert not [cell for sheet in book for row in sheet for cell in row if cell.data_type == "f"]


@pytest.mark.parametrize("table", ["measures", "weeks", "lost", "agents"])
def test_each_table_is_saved_by_itself(web: Web, table: str) -> None:
    submit(web, call(web, "one"), "polite")
    assert rows(web, table)
    assert web.get(web.cast.bob, "/teams/1/report.csv?table=nothing").status_code == 422


def test_files_of_another_team_are_not_to_be_had(web: Web) -> None:
    for name in ("report.csv", "report.xlsx"):
        assert web.get(web.cast.charlie, f"/teams/1/{name}").status_code == 404
        assert web.get(web.cast.dana, f"/teams/1/{name}").status_code == 403


@pytest.mark.parametrize("query", ["first=0001-01-01", "last=9999-12-31", "first=1970-01-01"])
def test_days_that_no_calendar_holds_are_refused_and_break_nothing(web: Web, query: str) -> None:
    assert web.get(web.cast.bob, f"/teams/1?{query}").status_code == 422
    assert web.get(web.cast.bob, f"/items?{query}").status_code == 422


def test_the_first_and_the_last_days_that_are_taken_have_their_page(web: Web) -> None:
    for query in ("first=1970-01-02&last=2200-12-31", "first=2026-10-31&last=2026-10-01"):
        assert web.get(web.cast.bob, f"/teams/1?{query}").status_code == 200


def test_as_of_a_day_of_the_past_nothing_is_said_of_what_was_coached_since(web: Web) -> None:
    submit(web, call(web, "one", "2026-10-05"), "polite")
    said = text(web, "?first=2026-10-01&last=2026-10-31&as_of=2026-10-20")
    assert "No call of these days is reviewed yet." in said
    assert "talked through" not in said
    assert date.fromisoformat("2026-10-20").isoformat() in said
