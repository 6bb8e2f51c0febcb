"""Listening on the review screen: how somebody likes to listen, what is skipped, clips that are shared, sound that fails."""

import re

from playwright.sync_api import BrowserContext, Page, expect

from app.domain.transcript import Span
from tests.browser.conftest import HOLD, Site
from tests.browser.test_review_screen import expect_moment, expect_playing, item, opened, verdicts


def test_how_somebody_likes_to_listen_is_remembered_on_the_device(page: Page, site: Site) -> None:
    review = opened(page, site)
    for key in ("]", "]", "s"):
        page.keyboard.press(key)
    page.get_by_label("Volume").fill("0.5")
    page.get_by_role("switch", name="Follow").uncheck()
    page.reload()
    expect(page.get_by_label("Speed")).to_have_value("1.5")
    expect(page.get_by_role("switch", name="Skip silence & hold")).not_to_be_checked()
    expect(page.get_by_role("switch", name="Follow")).not_to_be_checked()
    assert page.evaluate("(({ playbackRate, volume }) => [playbackRate, volume])(document.querySelector('audio'))") == [
        1.5,
        0.5,
    ]
    assert verdicts(site, review) == {}


def test_the_time_that_is_left_is_told_at_the_speed_and_without_what_is_skipped(page: Page, site: Site) -> None:
    opened(page, site)
    left = page.locator("[data-remaining]")
    # Of 40 seconds 20 are a hold, less its margins.
    expect(left).to_have_text("0:21 left at 1× without silence")
    page.get_by_label("Speed").select_option("2")
    expect(left).to_have_text("0:10 left at 2× without silence")
    page.keyboard.press("s")
    expect(left).to_have_text("0:20 left at 2×")


def test_a_hold_is_skipped_but_not_what_the_agent_says_in_it(page: Page, site: Site) -> None:
    back = Span(start=22.0, end=24.0)
    page.goto(f"/reviews/{site.review(hold=HOLD.model_copy(update={'check_ins': (back,)}))}")
    page.get_by_label("Place in the recording").fill("14.5")
    page.keyboard.press("Space")
    expect_moment(page, "2[1-4]")
    expect_moment(page, "3[3-9]")


def test_a_time_in_a_note_plays_from_there(page: Page, site: Site) -> None:
    opened(page, site)
    page.get_by_label("Place in the recording").fill("36")
    page.keyboard.press("p")
    page.keyboard.press("m")
    page.keyboard.type("so it goes")
    page.keyboard.press("Enter")
    page.get_by_label("Place in the recording").fill("1")
    item(page, "standard_greeting").get_by_role("button", name="Play from 0:36").click()
    expect_playing(page, True)
    expect_moment(page, "3[6-9]")


def test_the_link_to_a_clip_is_on_the_clipboard_after_one_key(page: Page, context: BrowserContext, site: Site) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, site)
    item(page, "asks_name").locator("[data-open]").click()
    page.keyboard.press("l")
    expect(page.locator("[data-saved]")).to_contain_text("Link copied, valid until")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link.startswith(f"{site.url}/clips/")
    page.goto(link)
    expect(page.get_by_text("May I have your name please?").first).to_be_visible()


def test_without_a_clipboard_the_link_is_shown(page: Page, site: Site) -> None:
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', { value: undefined })")
    opened(page, site)
    item(page, "asks_name").locator("[data-open]").click()
    item(page, "asks_name").get_by_role("button", name=re.compile("Copy a link to the clip at")).click()
    expect(page.get_by_role("dialog").get_by_label("Copy this link")).to_have_value(re.compile("/clips/"))
    expect(page.get_by_role("dialog")).to_contain_text("Valid until")


def test_a_recording_that_cannot_be_loaded_says_so_and_the_call_is_scored_all_the_same(page: Page, site: Site) -> None:
    page.route("**/audio", lambda route: route.fulfill(status=404))
    page.route("**/peaks", lambda route: route.fulfill(status=404))
    review = opened(page, site)
    fault = page.get_by_role("alert").filter(has_text="The recording could not be loaded")
    expect(fault).to_be_visible()
    page.keyboard.press("Space")
    page.keyboard.press("e")
    page.keyboard.press("a")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert len(verdicts(site, review)) == 1
    page.unroute("**/audio")
    fault.get_by_role("button", name="Try again").click()
    expect(fault).to_be_hidden()
    expect(page.get_by_role("button", name="Play or pause")).to_be_focused()
    page.keyboard.press("Space")
    expect_playing(page, True)
