"""Correcting a call in a browser: by keyboard, within the transcript, on a narrow screen, without script."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from app.domain.transcript import Speaker
from app.kit import db
from app.request import SESSION_COOKIE
from app.reviews.models import Review
from app.transcription import queries
from tests.browser.conftest import Site


def call_of(site: Site) -> int:
    """A scored call with sound."""
    review = site.review()
    with db.session(site.engine, reads_only=True) as session:
        return session.get_one(Review, review).call_id


def heard(site: Site, call: int):
    with db.session(site.engine, reads_only=True) as session:
        revision = queries.current(session, call)
        assert revision is not None
        return revision.transcript


def opened_forms(page: Page, call: int) -> None:
    page.goto(f"/calls/{call}")
    page.get_by_text("Correct this call, or have it scored again").click()


def test_a_turn_is_corrected_where_it_stands_with_the_keyboard_alone(page: Page, site: Site) -> None:
    call = call_of(site)
    page.goto(f"/calls/{call}")

    page.get_by_role("link", name="Correct turn 2", exact=True).press("Enter")
    box = page.get_by_role("textbox", name="What was said, turn 2")
    expect(box).to_be_focused()
    page.keyboard.press("ControlOrMeta+A")
    page.keyboard.type("My bank card was declined.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.locator("#turn-2 .words")).to_have_text("My bank card was declined.")
    expect(page.locator(".flashes")).to_contain_text("scored again")
    assert heard(site, call).turns[1].text == "My bank card was declined."


def test_a_turn_is_given_to_the_other_side(page: Page, site: Site) -> None:
    call = call_of(site)
    page.goto(f"/calls/{call}")

    page.get_by_role("link", name="Correct turn 2", exact=True).click()
    page.get_by_role("button", name="Said by the other side: Agent").click()

    expect(page.locator("#turn-2 .who")).to_have_text("Agent")
    assert heard(site, call).turns[1].speaker == Speaker.AGENT


def test_a_hold_is_moved_and_taken_away(page: Page, site: Site) -> None:
    call = call_of(site)
    opened_forms(page, call)

    hold = page.get_by_role("form", name="Hold 1")
    hold.get_by_label("to").fill("0:30")
    hold.get_by_role("button", name="Save").click()
    expect(page.locator(".line.hold")).to_contain_text("0:17")
    opened_forms(page, call)
    page.get_by_role("form", name="Hold 1").get_by_role("button", name="Is no hold").click()

    expect(page.locator(".line.hold")).to_have_count(0)
    assert heard(site, call).holds == ()


@pytest.mark.parametrize("width", [320, 1440])
def test_the_forms_fit_on_any_screen(page: Page, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    opened_forms(page, call_of(site))

    page.get_by_role("link", name="Correct turn 3", exact=True).click()

    expect(page.get_by_role("textbox", name="What was said, turn 3")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_script_a_turn_has_a_page_of_its_own(browser: Browser, site: Site) -> None:
    call = call_of(site)
    with browser.new_context(base_url=site.url, java_script_enabled=False) as context:
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.alice), "url": site.url}])
        page = context.new_page()
        page.goto(f"/calls/{call}")
        page.get_by_role("link", name="Correct turn 2", exact=True).click()
        expect(page).to_have_url(re.compile(r"/turns/1$"))
        page.get_by_role("textbox").fill("My card was refused.")
        page.get_by_role("button", name="Save words").click()

        expect(page).to_have_url(re.compile(rf"/calls/{call}\?notice=mended#turn-2$"))
    assert heard(site, call).turns[1].text == "My card was refused."
