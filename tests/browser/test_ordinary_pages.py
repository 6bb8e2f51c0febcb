"""The ordinary pages as people use them: adding recordings, watching them, the queue by key, on a narrow phone."""

import json
import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import User
from app.accounts.service import set_password
from app.calls import queries as calls
from app.calls.service import CallFacts, add_call
from app.kit import clock, db
from app.ledger.service import machine
from app.request import SESSION_COOKIE
from tests.browser.conftest import SAID, Site

GOOD = json.dumps(
    {
        "language": "en",
        "turns": [{"speaker": who, "start": start, "end": end, "text": text} for who, start, end, text in SAID],
    }
)


def write(folder: Path, name: str, content: str = GOOD) -> Path:
    path = folder / name
    path.write_text(content)
    return path


def sign_in(page: Page, site: Site, user: User) -> None:
    page.context.clear_cookies()
    page.context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(user), "url": site.url}])


def told(page: Page, name: str) -> str:
    """What stands at a file of the upload."""
    return page.locator(".uploads li", has_text=name).locator(".told").inner_text()


def test_files_go_up_by_themselves_and_a_bad_one_stops_no_other(page: Page, site: Site, tmp_path: Path) -> None:
    page.goto("/calls?add=1")
    page.get_by_label("Recordings (WAV").set_input_files(
        [write(tmp_path, "first.json"), write(tmp_path, "notes.txt"), write(tmp_path, "again.json")]
    )
    page.get_by_label("Agent (user name)").fill("dana")
    page.get_by_label("Team").first.fill("Team A")
    page.get_by_role("button", name="Upload").click()
    expect(page.locator("[data-upload-status]")).to_have_text("✓ 2 / 3")
    # They are on their way together, so that either may be there first.
    both = {told(page, "first.json"), told(page, "again.json")}
    assert both == {"✓ Added: open the call", "✓ Here already: open the call"}
    assert told(page, "notes.txt") == "✕ No recording and no transcript"
    # The list below was renewed, with the files above still standing.
    expect(page.locator("#call-list tbody tr")).to_have_count(1)
    expect(page.locator("#call-list tbody")).to_contain_text("Dana")


def test_files_are_dropped_anywhere_on_the_page(page: Page, site: Site) -> None:
    page.goto("/calls")
    page.evaluate(
        """content => {
            const files = new DataTransfer();
            files.items.add(new File([content], "dropped.json"));
            for (const name of ["dragover", "drop"]) {
                document.querySelector("h1").dispatchEvent(
                    new DragEvent(name, { dataTransfer: files, bubbles: true, cancelable: true }));
            }
        }""",
        GOOD,
    )
    expect(page.locator(".uploads li")).to_contain_text("dropped.json")
    page.get_by_role("button", name="Upload").click()
    expect(page.locator(".uploads li")).to_contain_text("Added")


def test_a_call_is_watched_until_it_is_scored(page: Page, site: Site, tmp_path: Path) -> None:
    page.goto("/calls?add=1")
    page.get_by_label("Recordings (WAV").set_input_files(write(tmp_path, "first.json"))
    page.get_by_role("button", name="Upload").click()
    row = page.locator("#call-list tbody tr")
    expect(row).to_contain_text("Waiting")
    box = row.get_by_role("checkbox")
    box.check()
    with db.session(site.engine, reads_only=True) as session:
        [call] = calls.waiting(session, 10)
    site.worker.transcribe(call.id or 0, 1)
    site.worker.evaluate(call.id or 0, 1)
    expect(row.locator(".verdict.machine")).to_be_visible()
    # Nothing else of the page was renewed meanwhile.
    expect(box).to_be_checked()
    expect(page.locator("#watch")).not_to_have_attribute("hx-get", re.compile("."))


def test_the_page_of_a_call_shows_what_was_found_by_itself(page: Page, site: Site) -> None:
    stored = site.blobs.put([GOOD.encode()], 1_000_000)
    with db.session(site.engine) as session:
        call = add_call(session, site.queue, stored, "first.json", CallFacts(team="Team A"), machine(clock.now())).call
    page.goto(f"/calls/{call.id}")
    expect(page.get_by_text("This call is being worked on")).to_be_visible()
    site.worker.transcribe(call.id or 0, 1)
    site.worker.evaluate(call.id or 0, 1)
    expect(page.get_by_role("heading", name="Inbound service calls, English")).to_be_visible()


def test_who_is_signed_out_while_watching_is_asked_to_sign_in_again(page: Page, site: Site) -> None:
    stored = site.blobs.put([GOOD.encode()], 1_000_000)
    with db.session(site.engine) as session:
        add_call(session, site.queue, stored, "first.json", CallFacts(team="Team A"), machine(clock.now()))
    page.goto("/calls?state=received")
    with db.session(site.engine) as session:
        # A new password ends every session.
        set_password(session, site.cast.alice, "correct horse battery")
    expect(page).to_have_url(re.compile(r"/sign-in\?next=/calls%3Fstate%3Dreceived$"))
    expect(page.get_by_label("Password")).to_be_visible()


def test_the_queue_is_walked_by_key(page: Page, site: Site) -> None:
    first, second = site.review(note="1"), site.review(note="2")
    page.goto("/queue")
    page.keyboard.press("j")
    expect(page.locator(f'a[href="/reviews/{first}"]')).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/reviews/{second}$"))
    page.goto("/queue")
    page.get_by_role("button", name="Start next").click()
    expect(page).to_have_url(re.compile(f"/reviews/{first}$"))


def test_a_clip_of_a_note_plays_on_the_page_of_its_call(page: Page, site: Site) -> None:
    site.review()
    page.goto("/calls/1")
    page.get_by_text("Write to Dana").click()
    coaching = page.locator("#coaching")
    coaching.get_by_label("Clip from").fill("0:05")
    coaching.get_by_label("to", exact=True).fill("0:07")
    coaching.get_by_label("What was heard").fill("Ask for the name first.")
    coaching.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Clip 0:05–0:07").click()
    expect(page.locator("[data-command=play] use")).to_have_attribute("href", "#i-pause")
    expect(page.locator("[data-now]")).to_have_text(re.compile("^0:0[567]$"))


@pytest.mark.parametrize("width", [320, 390])
def test_no_page_scrolls_sideways_on_a_phone(page: Page, site: Site, width: int) -> None:
    site.review(note="a-name-without-any-space-that-is-far-too-long-for-a-phone-2026-11-22")
    page.set_viewport_size({"width": width, "height": 700})
    sign_in(page, site, site.cast.ada)
    for path in (
        "/calls?add=1",
        "/calls/1",
        "/queue",
        "/coaching",
        "/complaints?call=1",
        "/teams",
        "/teams/1",
        "/admin/users",
        "/admin/users/1",
        "/admin/teams",
        "/admin/keys",
        "/admin/jobs",
        "/me",
        "/nowhere",
    ):
        page.goto(path)
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, path


def test_a_question_is_asked_before_a_key_is_revoked(page: Page, site: Site) -> None:
    sign_in(page, site, site.cast.ada)
    page.goto("/admin/keys")
    page.get_by_label("What it is for").fill("Export")
    page.get_by_label("Export figures").check()
    page.get_by_role("button", name="Make the key").click()
    expect(page.locator("#secret")).to_have_text(re.compile("^cm_"))
    page.once("dialog", lambda asked: asked.dismiss())
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("tbody")).to_contain_text("Valid")
    page.once("dialog", lambda asked: asked.accept())
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("tbody")).to_contain_text("Revoked")


def test_without_script_a_recording_is_added_and_found(browser: Browser, site: Site, tmp_path: Path) -> None:
    with browser.new_context(base_url=site.url, java_script_enabled=False) as context:
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.alice), "url": site.url}])
        page = context.new_page()
        page.goto("/calls?add=1")
        page.get_by_label("Recordings (WAV").set_input_files(
            [write(tmp_path, "first.json"), write(tmp_path, "second.json", GOOD.replace("Nina", "Mia"))]
        )
        page.get_by_label("Customer", exact=True).fill("Grace Okafor")
        page.get_by_role("button", name="Upload").click()
        expect(page.locator(".flashes")).to_contain_text("Added.")
        page.get_by_label("What was said, or file, id, customer").fill("second")
        page.get_by_role("button", name="Show", exact=True).click()
        expect(page.locator("#call-list tbody tr")).to_have_count(1)
        expect(page.locator("#call-list tbody")).to_contain_text("Grace Okafor")
