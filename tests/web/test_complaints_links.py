"""The register says whether a complaint had been caught, and which items go with complaints, never that one is a cause."""

import csv
import io
import re

import openpyxl
import pytest

from app.accounts.models import User
from app.domain.evidence import Verdict
from tests.web.conftest import Web

RUDE = (("agent", "Yeah, what?"), ("customer", "My parcel never came."), ("agent", "Not my problem."))


def text(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html.split("<main")[1]))


def complain(web: Web, call: int, **said: str) -> None:
    given = {"category": "attitude", "outcome": "upheld", "received_at": "2027-01-01T09:30", "call": f"#{call}", **said}
    assert web.post(web.cast.bob, "/complaints", data=given).status_code == 303


def register(web: Web, user: User | None = None, path: str = "/complaints") -> str:
    return text(web.get(user or web.cast.bob, path).text)


def test_the_register_says_what_people_and_the_machine_had_found(web: Web) -> None:
    rude, fine = web.make_call(*RUDE, note="rude"), web.make_call(note="fine")
    web.submit(rude, Verdict.FAIL)
    complain(web, rude)
    complain(web, fine)
    said = register(web)
    assert (
        "Of 2 upheld complaints with a call 1 had a failing review before it came, 1 was failed by the machine, 1 is not reviewed."
        in said
    )
    assert "Review: ✕ Caught – Stays polite" in said or "Review: ✕ Caught" in said
    assert "Review: – Not judged" in said
    assert "Machine: ✕ Caught" in said


def test_a_register_without_upheld_complaints_says_nothing_of_them(web: Web) -> None:
    call = web.make_call()
    complain(web, call, outcome="open")
    assert "upheld complaint" not in register(web)


def test_a_complaint_that_names_no_call_is_not_hidden(web: Web) -> None:
    web.post(
        web.cast.bob,
        "/complaints",
        data={"category": "waiting", "outcome": "upheld", "received_at": "2027-01-01T09:30", "agent": "dana"},
    )
    said = register(web)
    assert "No upheld complaint names a call" in said
    assert "1 upheld complaint names no call that can be looked at." in said


def test_what_is_reviewed_blind_is_not_given_away_in_the_register(blind_web: Web) -> None:
    web = blind_web
    complain(web, web.make_call(*RUDE))
    said = register(web, web.cast.alice)
    assert "not told while its blind review is open" in said
    assert "Machine:" not in said


def test_items_are_compared_with_their_counts_and_the_warning_of_many_tests(web: Web) -> None:
    for place in range(3):
        complain(web, web.make_call(*RUDE, note=f"rude {place}", started_at="2026-10-01T09:00:00+08:00"))
    for place in range(8):
        web.make_call(note=f"fine {place}", started_at="2026-10-01T09:00:00+08:00")
    said = register(web, path="/complaints/links?first=2026-10-01&last=2026-10-31")
    assert "3 of 3 1000.0 per 1,000 0 of 8 0.0 per 1,000 +1000.0" in said
    assert re.search(r"(\d+) items were looked at\. Of so many about [\d.]+ would look", said)
    assert "None of this says that failing an item brings a complaint" in said
    people = register(web, path="/complaints/links?first=2026-10-01&last=2026-10-31&base=people")
    assert "Calls picked for a risk, such as a complaint, or by a person are left out" in people
    assert "No complaint that was upheld has a call of these days that could be compared." in people


def test_all_that_is_shown_can_be_saved(web: Web) -> None:
    complain(web, web.make_call(*RUDE, note="rude", started_at="2026-10-01T09:00:00+08:00"), text="=HYPERLINK(1)")
    web.make_call(note="fine", started_at="2026-10-01T09:00:00+08:00")
    days = "?first=2026-10-01&last=2026-10-31"
    saved = web.get(web.cast.bob, f"/complaints/links.csv{days}").text.removeprefix("\ufeff")
    line = next(csv.DictReader(io.StringIO(saved)))
    assert (line["Calls that failed it"], line["Calls that passed it"]) == ("1", "1")
    book = openpyxl.load_workbook(io.BytesIO(web.get(web.cast.bob, f"/complaints/links.xlsx{days}").content))
    assert book.sheetnames == ["Caught", "Items and complaints"]
    book = openpyxl.load_workbook(io.BytesIO(web.get(web.cast.bob, "/complaints/export.xlsx").content))
    cells = [cell for row in book.active for cell in row]
    assert "=HYPERLINK(1)" in [cell.value for cell in cells]
    assert {cell.data_type for cell in cells} <= {"s", "n", "inlineStr"}


@pytest.mark.parametrize("name", ["links", "links.csv", "links.xlsx", "export.xlsx"])
def test_agents_do_not_see_them(web: Web, name: str) -> None:
    assert web.get(web.cast.dana, f"/complaints/{name}").status_code == 403


def test_days_that_no_calendar_holds_are_refused(web: Web) -> None:
    for query in ("first=0001-01-01", "last=9999-12-31"):
        assert web.get(web.cast.bob, f"/complaints?{query}").status_code == 422
        assert web.get(web.cast.bob, f"/complaints/links?{query}").status_code == 422
