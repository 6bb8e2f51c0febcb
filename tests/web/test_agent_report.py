"""The individual report of an agent: all of a period on one page, for those who may know it."""

import csv
import html
import io
import re
from datetime import date, timedelta
from typing import Any

import openpyxl
import pytest

from app.accounts.models import User
from app.coaching import service as coaching
from app.coaching.written import NoteFacts
from app.complaints.models import Complaint, ComplaintCategory, ComplaintOutcome
from app.contacts.models import ContactTally
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import clock, db
from app.kit.db import id_of
from app.operations.models import AgentFact, FactKind
from app.request import actor
from tests.web.conftest import Web

DAYS = "first=2026-10-01&last=2026-10-31"


def report(web: Web, reader: User, query: str = DAYS, ending: str = "") -> str:
    answer = web.get(reader, f"/agents/{web.cast.dana.id}/report{ending}?{query}")
    assert answer.status_code == 200, answer.text
    return answer.text


def text(page: str) -> str:
    """What a page says, without its markup."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main")[1])))


def section(page: str, name: str) -> str:
    """What one part of the report says."""
    return text("<main" + page.split(f'aria-labelledby="{name}-title">')[1].split("</section>", maxsplit=1)[0])


def tally(web: Web, day: date = date(2026, 10, 5), **sums: Any) -> None:
    key = {"queue": "", "channel": "phone", "direction": "inbound", "team_id": web.cast.team_a.id}
    sums.setdefault("contacts", sums.get("inbound", 1))
    with db.session(web.engine) as session:
        session.add(ContactTally(site_day=day, agent_id=id_of(web.cast.dana), **key, **sums))


def call(web: Web, day: str, *, submitted: bool = True, verdict: Verdict = Verdict.PASS) -> int:
    made = web.make_call(note=day, external_id=day, started_at=f"{day}T09:00:00+08:00")
    if submitted:
        web.submit(made, verdict)
    return made


def stand(web: Web, made: int, state: ReviewState) -> None:
    """The review of this call is in this state, as if it had come there."""
    with db.session(web.engine) as session:
        review = web.review_of(made)
        review.state = state
        session.merge(review)


def fact(web: Web, month: date, kind: FactKind, value: float, note: str = "") -> None:
    with db.session(web.engine) as session:
        facts = {"agent_id": id_of(web.cast.dana), "month": month, "kind": kind, "value": value, "note": note}
        session.add(AgentFact(**facts, entered_at=clock.now()))


def complain(web: Web, day: date) -> None:
    with db.session(web.engine) as session:
        session.add(
            Complaint(
                agent_id=id_of(web.cast.dana),
                team_id=id_of(web.cast.team_a),
                received_at=clock.now(),
                site_day=day,
                category=ComplaintCategory.ATTITUDE,
                outcome=ComplaintOutcome.UPHELD,
                text="He was rude to Mrs Chen.",
                created_at=clock.now(),
                created_by="bob",
            )
        )


def test_a_supervisor_reads_all_parts_of_a_period_and_nothing_of_other_days(web_everywhere: Web) -> None:
    web = web_everywhere
    tally(web, inbound=100, queued=100, answered_in_time=90)
    tally(web, date(2026, 9, 30), inbound=50, queued=50, answered_in_time=1)
    call(web, "2026-10-05")
    call(web, "2026-10-06", verdict=Verdict.FAIL)
    call(web, "2026-09-30")
    complain(web, date(2026, 10, 7))
    complain(web, date(2026, 9, 7))
    fact(web, date(2026, 10, 1), FactKind.EXAM, 83, "Knows the tariffs")
    fact(web, date(2026, 9, 1), FactKind.EXAM, 12)
    page = report(web, web.cast.bob)
    assert "90 % (82.6–94.5 %) 90 of 100" in section(page, "indicators")
    assert "50 % (9–91 %) 1 of 2" in section(page, "reviews")
    assert "of 100, over 2 calls" in section(page, "reviews")
    assert "1 of 2" in section(page, "skills")
    assert section(page, "complaints").count("2026-") == 1
    assert "Mrs Chen" not in page
    facts = section(page, "facts")
    assert ("2026-10 Knowledge exam Knows the tariffs 83" in facts, "12" in facts) == (True, False)
    assert "2026-10" in section(page, "score")


def test_a_note_stands_in_the_report_of_the_days_it_was_written_in(web: Web) -> None:
    made = call(web, "2026-10-05")
    with db.session(web.engine) as session:
        coaching.send_note(
            session, web.cast.bob, made, NoteFacts("Breathe out first.", start=1, end=3), actor(web.cast.bob)
        )
    today = clock.now().date()
    near = f"first={today - timedelta(days=2)}&last={today + timedelta(days=1)}"
    assert "Bob" in section(report(web, web.cast.bob, near), "coaching")
    assert "No note was written in these days." in section(
        report(web, web.cast.bob, "first=2025-01-01&last=2025-02-01"), "coaching"
    )


def test_agents_read_their_own_report_with_released_results_alone(web: Web) -> None:
    shown, hidden = call(web, "2026-10-05"), call(web, "2026-10-06", verdict=Verdict.FAIL)
    stand(web, shown, ReviewState.RELEASED)
    stand(web, hidden, ReviewState.SUBMITTED)
    complain(web, date(2026, 10, 7))
    fact(web, date(2026, 10, 1), FactKind.EXAM, 83)
    own = report(web, web.cast.dana)
    assert "1 of 1" in section(own, "reviews")
    assert "0 of 1" in section(own, "skills")
    assert "100 % (20.7–100 %) 1 of 1" in section(own, "indicators")
    assert "83" in section(own, "facts")
    assert "complaints-title" not in own
    assert 'href="/indicators' not in own
    saved = report(web, web.cast.dana, ending=".csv")
    assert "Cost per call" not in own + saved
    stand(web, shown, ReviewState.SUBMITTED)
    assert "No result of these days is released yet." in section(report(web, web.cast.dana), "reviews")


def test_a_reviewer_reads_no_scores_and_no_results_of_exams(web: Web) -> None:
    fact(web, date(2026, 10, 1), FactKind.EXAM, 83.25, "Knows the tariffs")
    page, saved = report(web, web.cast.alice), report(web, web.cast.alice, ending=".csv")
    for said in (page, saved):
        assert "Knows the tariffs" not in said
        assert "83.25" not in said
        assert "Knowledge exam" not in said
    assert "facts-title" not in page


def test_others_find_no_report(web: Web) -> None:
    dana = web.cast.dana.id
    for reader in (web.cast.mei, web.cast.charlie, web.cast.kenji):
        for ending in ("", ".csv", ".xlsx"):
            assert web.get(reader, f"/agents/{dana}/report{ending}").status_code == 404, reader.username
    assert web.get(web.cast.ada, f"/agents/{web.cast.alice.id}/report").status_code == 404
    assert web.get(web.cast.ada, f"/agents/{dana}/report").status_code == 200
    assert web.get(None, f"/agents/{dana}/report").status_code in (303, 401)


def test_without_data_nothing_is_told_as_nought(web: Web) -> None:
    page = report(web, web.cast.bob)
    assert "Nothing to count yet" in section(page, "skills")
    assert "no source yet" in text(page)
    assert "0 %" not in text(page).replace("100 %", "")
    assert "No complaint of these days is known." in text(page)


def test_no_other_agent_and_no_rank_stands_in_a_report(web: Web) -> None:
    tally(web, inbound=100, queued=100, answered_in_time=90)
    page = text(report(web, web.cast.dana))
    assert "never against others" in page
    assert "Mei" not in page
    assert "Kenji" not in page


def test_the_page_of_an_agent_leads_to_the_report(web: Web) -> None:
    for reader in (web.cast.dana, web.cast.bob):
        assert f'href="/agents/{web.cast.dana.id}/report"' in web.get(reader, f"/agents/{web.cast.dana.id}").text


def test_the_report_as_csv_and_as_a_workbook_holds_every_part(web: Web) -> None:
    tally(web, inbound=100, queued=100, answered_in_time=90)
    call(web, "2026-10-05")
    complain(web, date(2026, 10, 7))
    fact(web, date(2026, 10, 1), FactKind.TRAINING, 83, "=cmd()")
    content = report(web, web.cast.bob, ending=".csv")
    assert content.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(content.removeprefix("\ufeff"))))
    parts = {one["Part"] for one in rows}
    assert parts == {
        "Indicators",
        "Reviewed calls",
        "Strengths and weaknesses",
        "Complaints",
        "Performance score",
        "Results that were entered",
    }
    assert all(None not in one and None not in one.values() for one in rows)
    told = {(one["Part"], one["What"]): one for one in rows}
    level = told["Indicators", "Service level"]
    assert (level["Value"], level["Count"], level["Of"]) == ("90.0", "90", "100")
    entered = told["Results that were entered", "2026-10 Training"]
    assert (entered["Value"], entered["Note"]) == ("83.0", "'=cmd()")
    answer = web.get(web.cast.bob, f"/agents/{web.cast.dana.id}/report.xlsx?{DAYS}")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert set(book.sheetnames) == {"About", *parts}


@pytest.mark.parametrize("query", ["first=tomorrow", "first=0001-01-01", "last=9999-12-31"])
def test_days_that_are_none_are_refused(web: Web, query: str) -> None:
    assert web.get(web.cast.bob, f"/agents/{web.cast.dana.id}/report?{query}").status_code == 422
    assert web.get(web.cast.bob, f"/indicators?{query}").status_code == 422


def test_days_the_wrong_way_round_and_the_first_ones_are_no_fault(web: Web) -> None:
    for query in ("first=2026-10-31&last=2026-10-01", "last=1970-01-02", "first=2200-12-31", "first=&last="):
        assert web.get(web.cast.bob, f"/agents/{web.cast.dana.id}/report?{query}").status_code == 200, query
        assert web.get(web.cast.bob, f"/indicators?{query}").status_code == 200, query
        for step in ("day", "month"):
            path = f"/indicators/service_level?{query}&interval={step}"
            assert web.get(web.cast.bob, path).status_code == 200, path
