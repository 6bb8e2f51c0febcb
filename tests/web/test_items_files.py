"""An item's page as files: every measure with what it is of, and no words of customers."""

import csv
import io

import openpyxl

from app.domain.evidence import Verdict
from tests.web.conftest import Web

DAYS = "?card=inbound-en&first=2026-10-01&last=2026-10-31"
RUDE = (("agent", "Yeah, what?"), ("customer", "My parcel never came."), ("agent", "Not my problem."))


def test_every_measure_is_saved_with_its_count(web: Web) -> None:
    call = web.make_call(*RUDE, external_id="=C-1", started_at="2026-10-02T09:00:00+08:00")
    web.submit(call, Verdict.FAIL)
    saved = web.get(web.cast.bob, f"/items/closing_question/report.csv{DAYS}").text.removeprefix("\ufeff")
    told = {one["Measure"]: one for one in csv.DictReader(io.StringIO(saved))}
    assert (told["Failed, by people"]["Count"], told["Failed, by people"]["Of"]) == ("1", "1")
    assert told["Fails that were right (All decided)"]["Standing"] == "Too few to say"
    assert told["AC1"]["Of"] == "0"


def test_the_workbook_names_the_failing_calls_and_keeps_what_was_said_to_itself(web: Web) -> None:
    web.make_call(*RUDE, external_id="=C-1", started_at="2026-10-02T09:00:00+08:00")
    answer = web.get(web.cast.bob, f"/items/closing_question/report.xlsx{DAYS}")
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames[1:] == ["Weeks", "Verdicts", "Failing calls"]
    cells = [cell for sheet in book for row in sheet for cell in row]
    assert "=C-1" in [cell.value for cell in cells]
    assert not [cell for cell in cells if cell.data_type == "f" or "parcel" in str(cell.value)]


def test_files_are_for_those_who_see_the_page(web: Web) -> None:
    for name in ("report.csv", "report.xlsx"):
        assert web.get(web.cast.dana, f"/items/closing_question/{name}").status_code == 403
        assert web.get(web.cast.bob, f"/items/no_such_item/{name}").status_code == 404
