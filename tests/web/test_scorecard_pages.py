"""Scorecards in the browser: who reads what, and how a changed card comes to judge calls."""

import io
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from openpyxl import Workbook

from app.evaluations import queries as evaluations
from app.kit import db
from app.kit.db import id_of
from app.ledger import queries as ledger
from app.reports.models import BacktestChange
from app.request import actor
from app.reviews.calibration import open_calibration
from app.scorecards import queries as scorecards
from app.scorecards.active import active_card
from app.scorecards.known import short
from app.scorecards.loader import shipped_card, understood
from tests.scorecards.own_cards import BROKEN, card, own_cards
from tests.web.conftest import Web

EDITORS_PAGES = ("/edit", "/publish", "/backtest", "/draft.yaml")
STAFF_FILES = ("/scorecard.yaml", "/scorecard.xlsx", "/diff?old=inbound-en&new=inbound-en")


def version_of(text: str) -> str:
    return understood("own", text).version


def judging(web: Web, language: str = "en") -> str:
    with db.session(web.engine, reads_only=True) as session:
        return active_card(session, language).version


def draft(web: Web, text: str, name: str = "inbound-en", revision: int = 0) -> int:
    """The revision of Bob's draft after this was saved."""
    answer = web.send(
        web.cast.bob,
        "PUT",
        f"/scorecards/{name}/draft",
        json={"text": text, "revision": revision},
        headers={"accept": "application/json"},
    )
    assert answer.status_code == 200, answer.text
    return int(answer.json()["revision"])


def publish(web: Web, text: str, note: str = "Stricter greeting") -> str:
    """The version that judges after Bob has written, checked and published this."""
    with db.session(web.engine, reads_only=True) as session:
        mine = scorecards.draft(session, id_of(web.cast.bob), "inbound-en")
    revision = draft(web, text, revision=mine.revision if mine else 0)
    web.post(web.cast.bob, "/scorecards/inbound-en/check")
    given = {"replaces": judging(web), "revision": revision, "note": note}
    answer = web.post(web.cast.bob, "/scorecards/inbound-en/publish", data=given)
    assert answer.status_code == 303, answer.text
    return judging(web)


def test_everybody_reads_the_cards_that_judge(web: Web) -> None:
    for user in (web.cast.ada, web.cast.bob, web.cast.alice, web.cast.dana):
        page = web.get(user, "/scorecards").text
        assert page.count("Shipped with Callmark") == 3
        shown = web.get(user, "/scorecards/inbound-en")
        assert shown.status_code == 200
        assert "Asks for the customer" in shown.text
        assert "the agent greets in the first 2 turns" in shown.text


def test_an_agent_reads_items_and_guidance_but_no_examples_versions_and_drafts(web: Web) -> None:
    publish(web, card(80))
    page = web.get(web.cast.dana, "/scorecards/own").text
    assert "Say hello." in page
    assert "0-4 agent: Hello." not in page
    assert "Versions" not in page
    for path in (*EDITORS_PAGES, *STAFF_FILES):
        assert web.get(web.cast.dana, f"/scorecards/inbound-en{path}").status_code == 403
    # What does not judge is not there for who is not judged by it.
    assert web.get(web.cast.dana, "/scorecards/inbound-en").status_code == 404


def test_a_reviewer_reads_examples_and_versions_and_changes_nothing(web: Web) -> None:
    page = web.get(web.cast.alice, "/scorecards/inbound-en").text
    assert "examples" in page
    assert "/scorecards/inbound-en/edit" not in page
    for path in STAFF_FILES:
        assert web.get(web.cast.alice, f"/scorecards/inbound-en{path}").status_code == 200
    for path in EDITORS_PAGES:
        assert web.get(web.cast.alice, f"/scorecards/inbound-en{path}").status_code == 403
    given = {"replaces": judging(web), "note": "x"}
    assert web.post(web.cast.alice, "/scorecards/inbound-zh/publish", data=given).status_code == 403


def test_an_unknown_card_is_not_there(web: Web) -> None:
    for path in ("/scorecards/nothing", "/scorecards/nothing/edit", "/scorecards/abcdef012345", "/scorecards/%00"):
        assert web.get(web.cast.ada, path).status_code == 404


def test_the_yaml_is_the_file_as_it_was_written(web: Web) -> None:
    answer = web.get(web.cast.bob, "/scorecards/inbound-zh/scorecard.yaml")
    assert answer.text == Path("scorecards/inbound-zh.yaml").read_text("utf-8")
    assert "inbound-zh.yaml" in answer.headers["content-disposition"]


def test_the_preview_tells_verdicts_old_and_new_with_reason_and_evidence(web: Web) -> None:
    call = web.make_call()
    text = card().replace("id: greets", "id: thanks_for_calling").replace("phrases: [hello]", "phrases: [hey there]")
    text = text.replace("agent: Hello.", "agent: Hey there.")
    page = web.post(web.cast.bob, "/scorecards/inbound-en/preview", json={"text": text, "call": call}).text
    assert 'data-tried="thanks_for_calling"' in page
    assert "all 2 examples are judged as they say" in page
    changed = page.split('data-tried="thanks_for_calling"')[1].split("</li>")[0]
    assert changed.index("Pass") < changed.index("Fail")


def test_the_preview_names_the_lines_of_faults_and_of_examples_that_fail(web: Web) -> None:
    broken = web.post(web.cast.bob, "/scorecards/inbound-en/preview", json={"text": BROKEN, "call": None}).text
    assert 'data-line="13"' in broken
    assert "unknown key" in broken
    wrong = card().replace("agent: What?", "agent: Hello?")
    page = web.post(web.cast.bob, "/scorecards/inbound-en/preview", json={"text": wrong, "call": None}).text
    assert "1 of 2 examples are judged otherwise" in page


def test_a_preview_shows_no_call_of_another_team(web: Web) -> None:
    call = web.make_call(agent="kenji", team="Team B")
    given = {"text": card(), "call": call}
    assert web.post(web.cast.bob, "/scorecards/inbound-en/preview", json=given).status_code == 404
    assert web.post(web.cast.ada, "/scorecards/inbound-en/preview", json=given).status_code == 200


def test_a_card_that_would_take_all_memory_is_refused_kindly(web: Web) -> None:
    wide = "".join(f"  {one}: '{('{' + other + '}') * 400}'\n" for one, other in zip("abcd", "bcde", strict=True))
    bomb = (
        card()
        .replace("sets:", f"fragments:\n{wide}  e: 'x'\nsets:")
        .replace("phrases: [hello]", "phrases: [hello], patterns: ['{a}']")
    )
    page = web.post(web.cast.bob, "/scorecards/inbound-en/preview", json={"text": bomb, "call": None})
    assert page.status_code == 200
    assert "takes too long or too much memory" in page.text
    after = web.post(web.cast.bob, "/scorecards/inbound-en/preview", json={"text": card(), "call": None}).text
    assert "examples are judged as they say" in after


def test_a_draft_is_kept_for_its_author_and_told_to_other_editors(web: Web) -> None:
    draft(web, card(80))
    assert "pass_mark: 80" in web.get(web.cast.bob, "/scorecards/inbound-en/edit").text
    others = web.get(web.cast.ada, "/scorecards/inbound-en/edit").text
    assert "pass_mark: 85" in others
    assert "Bob: writing on this scorecard too." in others
    assert "inbound-en" in web.get(web.cast.bob, "/scorecards").text.split("Your drafts")[1]
    web.post(web.cast.bob, "/scorecards/inbound-en/discard")
    assert "pass_mark: 80" not in web.get(web.cast.bob, "/scorecards/inbound-en/edit").text


def test_two_windows_are_told_of_each_other(web: Web) -> None:
    revision = draft(web, card(80))
    draft(web, card(70), revision=revision)
    given = {"text": card(60), "revision": revision}
    path, headers = "/scorecards/inbound-en/draft", {"accept": "application/json"}
    answer = web.send(web.cast.bob, "PUT", path, json=given, headers=headers)
    assert (answer.status_code, answer.json()["revision"]) == (409, revision + 1)
    assert "pass_mark: 70" in web.get(web.cast.bob, "/scorecards/inbound-en/edit").text


def test_without_script_the_draft_is_saved_by_its_form(web: Web) -> None:
    given = {"text": card(80).replace("\n", "\r\n"), "revision": 0}
    assert web.post(web.cast.bob, "/scorecards/inbound-en/edit", data=given).status_code == 303
    assert web.get(web.cast.bob, "/scorecards/inbound-en/draft.yaml").text == card(80)


def test_a_published_card_judges_the_next_call_and_the_page_says_who_and_why(web: Web) -> None:
    version = publish(web, card(80))
    assert version == version_of(card(80))
    call = web.make_call()
    with db.session(web.engine, reads_only=True) as session:
        found = evaluations.current(session, call)
        assert found is not None
        assert found.scorecard_version == version
    assert "Published by Bob" in web.get(web.cast.alice, "/scorecards").text
    page = web.get(web.cast.alice, "/scorecards/own").text
    assert "Stricter greeting" in page
    assert short(version) in page


def test_publishing_shows_what_would_change_and_that_nobody_tried_it(web: Web) -> None:
    publish(web, card(80))
    draft(web, card(70))
    web.post(web.cast.bob, "/scorecards/inbound-en/check")
    page = web.get(web.cast.bob, "/scorecards/inbound-en/publish").text
    assert "Pass mark" in page
    assert "<del>80</del>" in page
    assert "<ins>70</ins>" in page
    assert "Nobody has tried this version" in page
    assert "No faults" in page


@pytest.mark.parametrize("text", [BROKEN, card().replace("agent: What?", "agent: Hello?")])
def test_a_draft_with_faults_is_not_published(web: Web, text: str) -> None:
    before = judging(web)
    revision = draft(web, text)
    web.post(web.cast.bob, "/scorecards/inbound-en/check")
    given = {"replaces": before, "revision": revision, "note": "try"}
    answer = web.post(web.cast.bob, "/scorecards/inbound-en/publish", data=given)
    assert answer.status_code == 409
    assert "mend them first" in answer.text or "cannot judge yet" in answer.text
    assert judging(web) == before


def test_what_was_seen_is_what_is_published(web: Web) -> None:
    before, revision = judging(web), draft(web, card(80))
    web.post(web.cast.bob, "/scorecards/inbound-en/check")
    draft(web, card(70), revision=revision)
    given = {"replaces": before, "revision": revision, "note": "try"}
    assert web.post(web.cast.bob, "/scorecards/inbound-en/publish", data=given).status_code == 409
    assert judging(web) == before


def test_an_earlier_version_and_the_shipped_card_are_used_again(web: Web) -> None:
    first, second = publish(web, card(80)), publish(web, card(70))
    given = {"replaces": second, "note": "back"}
    assert web.post(web.cast.bob, f"/scorecards/{short(first)}/publish", data=given).status_code == 303
    assert judging(web) == first
    given = {"replaces": first, "note": "as shipped", "shipped": "true"}
    assert web.post(web.cast.bob, "/scorecards/inbound-en/publish", data=given).status_code == 303
    assert judging(web) == shipped_card("en").version
    with db.session(web.engine, reads_only=True) as session:
        told = [one.payload["note"] for one in ledger.entries(session, scorecards.stream("en"))]
    assert told == ["Stricter greeting", "Stricter greeting", "back", "as shipped"]


def test_versions_are_compared_side_by_side(web: Web) -> None:
    first, second = publish(web, card(80)), publish(web, card(70))
    page = web.get(web.cast.alice, f"/scorecards/own/diff?old={short(first)}&new={short(second)}").text
    assert "<del>80</del>" in page
    assert "<ins>70</ins>" in page
    assert (
        "There is no difference"
        in web.get(web.cast.alice, f"/scorecards/own/diff?old={short(first)}&new={short(first)}").text
    )


def test_where_a_folder_judges_the_page_offers_the_file_in_place_of_publishing(web: Web, tmp_path: Path) -> None:
    with own_cards(tmp_path / "cards") as cards:
        (cards / "english.yaml").write_text("# Ours.\n" + card(60))
        web.make_call()
        listed = web.get(web.cast.bob, "/scorecards").text
        assert "File english.yaml of the folder" in listed
        assert "# Ours." in web.get(web.cast.bob, "/scorecards/own/edit").text
        draft(web, card(50), name="own")
        page = web.get(web.cast.bob, "/scorecards/own/publish").text
        assert "Download the YAML" in page
        assert 'name="note"' not in page


def test_a_form_becomes_a_draft_that_judges_nobody(web: Web) -> None:
    before, book = judging(web), Workbook()
    for row in (["Item", "Points", "Section"], ["Greets the customer", 40, "Opening"], ["Is polite", 60, "Opening"]):
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    answer = web.post(
        web.cast.bob, "/scorecards/import", files={"file": ("Our form.xlsx", file.getvalue(), "application/x")}
    )
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].startswith("/scorecards/our-form/edit")
    page = web.get(web.cast.bob, "/scorecards/our-form/edit").text
    assert "Is polite" in page
    assert judging(web) == before
    again = web.post(web.cast.bob, "/scorecards/import", files={"file": ("own.yaml", card(), "application/yaml")})
    assert again.headers["location"].startswith("/scorecards/own/edit")


def test_a_file_that_is_no_form_says_what_is_missing(web: Web) -> None:
    for name, content in (("notes.csv", b"only,words\n1,2\n"), ("card.yaml", b"\xff\xfe"), ("x.xlsx", b"no archive")):
        answer = web.post(web.cast.bob, "/scorecards/import", files={"file": (name, content, "text/csv")})
        assert answer.status_code in (400, 422), (name, answer.text)


def test_a_backtest_is_followed_on_its_page_and_told_before_publishing(web: Web) -> None:
    web.make_call()
    draft(web, card(80))
    given = {"version": "", "days": 3000, "most": 10}
    answer = web.post(web.cast.bob, "/scorecards/inbound-en/backtest", data=given)
    assert answer.status_code == 303, answer.text
    address = answer.headers["location"]
    running = web.get(web.cast.bob, address).text
    assert "Running" in running
    assert "every 2s" in running
    one = int(address.rpartition("/")[2])
    for after in (0, 1):
        web.worker.backtest_some(one, after)
    page = web.get(web.cast.bob, address, headers={"hx-request": "true"}).text
    assert "Done" in page
    assert "1 of 1 calls" in page
    assert "every 2s" not in page
    web.post(web.cast.bob, "/scorecards/inbound-en/check")
    assert address in web.get(web.cast.bob, "/scorecards/inbound-en/publish").text
    assert web.get(web.cast.alice, address).status_code == 403


def test_who_has_an_open_part_of_a_calibration_is_not_told_what_the_call_would_become(web: Web) -> None:
    call = web.make_call(external_id="call-77")
    draft(web, card(80))
    given = {"version": "", "days": 3000, "most": 10}
    address = web.post(web.cast.bob, "/scorecards/inbound-en/backtest", data=given).headers["location"]
    one = int(address.rpartition("/")[2])
    for after in (call - 1, call):
        web.worker.backtest_some(one, after)
    with db.session(web.engine) as session:
        dana = id_of(web.cast.dana)
        session.add(
            BacktestChange(backtest_id=one, call_id=call, agent_id=dana, before="passed", after="failed", flips=[])
        )
    assert "call-77" in web.get(web.cast.bob, address).text
    people = [id_of(one) for one in (web.cast.alice, web.cast.bob)]
    with db.session(web.engine) as session:
        ada = web.cast.ada
        open_calibration(session, ada, "Warmth", date(2100, 1, 1), [call], people, ZoneInfo("UTC"), actor(ada))
    assert "call-77" not in web.get(web.cast.bob, address).text
    assert "call-77" in web.get(web.cast.ada, address).text


def test_a_backtest_is_stopped_by_its_button(web: Web) -> None:
    web.make_call()
    draft(web, card(80))
    given = {"version": "", "days": 3000, "most": 10}
    address = web.post(web.cast.bob, "/scorecards/inbound-en/backtest", data=given).headers["location"]
    assert web.post(web.cast.bob, f"{address}/stop").status_code == 303
    assert "Stopped" in web.get(web.cast.bob, address).text


def test_a_backtest_without_calls_or_of_a_broken_draft_says_why(web: Web) -> None:
    draft(web, card(80))
    given = {"version": "", "days": 30, "most": 10}
    answer = web.post(web.cast.bob, "/scorecards/inbound-en/backtest", data=given)
    assert answer.status_code == 409
    assert "No stored call matches" in answer.text
    draft(web, BROKEN, revision=1)
    assert "mend them in the editor" in web.post(web.cast.bob, "/scorecards/inbound-en/backtest", data=given).text


def test_the_everyday_changes_of_an_item_are_made_by_a_form_and_the_rest_stays_as_written(web: Web) -> None:
    page = web.get(web.cast.bob, "/scorecards/inbound-en/edit/thanks_for_calling").text
    assert 'value="Thanks for the call"' in page
    given = {
        "revision": "0",
        "title": ["Says thank you", "感谢来电", ""],
        "guidance": ["Thank for the call.", "", ""],
        "points": "4",
        "critical": "true",
        "set_name": ["thanks_for_the_call"],
        "phrases": ["thank you for calling\r\ncheers for ringing us"],
    }
    answer = web.post(web.cast.bob, "/scorecards/inbound-en/edit/thanks_for_calling", data=given)
    assert answer.status_code == 303, answer.text
    text = web.get(web.cast.bob, "/scorecards/inbound-en/draft.yaml").text
    shipped = Path("scorecards/inbound-en.yaml").read_text("utf-8")
    assert 'title: {en: "Says thank you", zh: "感谢来电"}' in text
    assert '- "cheers for ringing us"' in text
    assert "# Parts that patterns below use as {name}." in text
    assert len(set(text.splitlines()) - set(shipped.splitlines())) <= 6
    assert web.get(web.cast.bob, "/scorecards/inbound-en/edit/nothing").status_code == 404
    assert web.get(web.cast.alice, "/scorecards/inbound-en/edit/thanks_for_calling").status_code == 403
