"""The printed sheet of a call says what the page of the call says, to whom it says it."""

from app.domain.evidence import Verdict
from app.kit import db
from app.reviews.models import Review
from app.web.sheet import shortened
from tests.web.conftest import Web


def test_a_reviewed_call_is_printed_with_who_decided_it_and_when(web_everywhere: Web) -> None:
    web = web_everywhere
    call = web.make_call(customer_name="Grace Okafor", external_id="C-7")
    web.post(web.cast.bob, f"/calls/{call}/coaching", data={"text": "Greet by name.", "start": "0:05", "end": "0:09"})
    web.submit(call)
    page = web.get(web.cast.bob, f"/calls/{call}/sheet")
    assert page.status_code == 200
    for told in ("C-7", "Dana", "Team A", "Grace Okafor", "Alice", "Asia/Shanghai", "Greet by name.", "pass mark"):
        assert told in page.text, told
    assert page.text.count('scope="row"') == 19
    assert "verdict person pass" in page.text
    assert "Not reviewed by a person" not in page.text


def test_what_only_the_machine_found_says_so(web: Web) -> None:
    call = web.make_call()
    page = web.get(web.cast.alice, f"/calls/{call}/sheet").text
    assert "Not reviewed by a person: these are the findings of the machine alone." in page
    assert "verdict person" not in page
    web.decide_all(call)
    assert (
        "Review under way: 19 of 19 items decided by a person" in web.get(web.cast.alice, f"/calls/{call}/sheet").text
    )


def test_an_agent_prints_a_call_once_a_person_has_submitted_it(web: Web) -> None:
    call = web.make_call()
    before = web.get(web.cast.dana, f"/calls/{call}/sheet")
    assert before.status_code == 409
    assert "Opens with the standard greeting" not in before.text
    web.submit(call)
    assert "Opens with the standard greeting" in web.get(web.cast.dana, f"/calls/{call}/sheet").text
    assert web.get(web.cast.mei, f"/calls/{call}/sheet").status_code == 404
    assert web.get(web.cast.charlie, f"/calls/{call}/sheet").status_code == 404


def test_while_a_blind_review_is_open_nobody_reads_the_machine_from_paper_or_clips(web: Web) -> None:
    call = web.make_call()
    with db.session(web.engine) as session:
        review = session.get_one(Review, web.review_of(call).id)
        review.blind = True
        session.add(review)
    body = {"start": 0.0, "end": 4.0, "item_id": "standard_greeting"}
    shared = web.post(web.cast.bob, f"/calls/{call}/clips", json=body, headers={"accept": "application/json"}).json()
    paths = (f"/calls/{call}/sheet", shared["url"].removeprefix("http://testserver"))
    for person in (web.cast.ada, web.cast.alice, web.cast.dana):
        for path in paths:
            page = web.get(person, path).text
            assert "verdict machine" not in page
            assert "Opens with the standard greeting" not in page
    web.submit(call)
    for path in paths:
        assert "Opens with the standard greeting" in web.get(web.cast.alice, path).text


def test_a_call_that_is_not_scored_has_nothing_to_print(web: Web) -> None:
    call = web.add_call("{}")
    assert web.get(web.cast.alice, f"/calls/{call}/sheet").status_code == 409


def test_lines_for_signatures_are_there_for_who_wants_them(web: Web) -> None:
    call = web.make_call()
    assert "Supervisor, date" not in web.get(web.cast.alice, f"/calls/{call}/sheet").text
    assert "Supervisor, date" in web.get(web.cast.alice, f"/calls/{call}/sheet?signatures=1").text


def test_an_overruled_item_gives_the_reason_of_the_person(web: Web) -> None:
    call = web.make_call()
    web.submit(call, Verdict.FAIL)
    assert "Words were misheard" in web.get(web.cast.alice, f"/calls/{call}/sheet").text


def test_a_long_text_is_cut_by_the_room_it_takes() -> None:
    assert shortened("short", 10) == "short"
    assert shortened("exactly  ten", 11) == "exactly ten"
    assert shortened("a longer text than that", 10) == "a longer…"
    assert shortened("请您稍等我查一下", 16) == "请您稍等我查一下"
    assert shortened("请您稍等我查一下系统", 10) == "请您稍等…"
