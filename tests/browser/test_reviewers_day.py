"""A reviewer's day without a mouse: sign in, take a call from the queue, decide nineteen items, go on to the next."""

import re

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from app.accounts.service import set_password
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import db
from app.request import actor
from app.reviews.assignment import assign
from app.reviews.models import Review
from tests.browser.conftest import Site
from tests.browser.test_graded_items import judge
from tests.browser.test_review_screen import ITEMS, verdicts

PASSWORD = "correct horse battery"
# The one item that the reviewer hears otherwise than the machine.
OVERRIDDEN = "asks_name"
MOST_INPUTS = 30


@pytest.fixture
def stranger(browser: Browser, site: Site) -> BrowserContext:
    """A browser in which nobody is signed in; Alice has a password."""
    with db.session(site.engine) as session:
        set_password(session, session.merge(site.cast.alice), PASSWORD)
    return browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900})


def sign_in(page: Page) -> None:
    """Into the field that has the focus, then on by Tab."""
    page.goto("/")
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/(queue|inbox)$"))


def decide_all(page: Page) -> int:
    """Accepts what the machine found, passes what it left open, and overrides one verdict; how many keys that took."""
    inputs = 0

    def press(key: str) -> None:
        nonlocal inputs
        inputs += 1
        page.keyboard.press(key)

    for left in reversed(range(ITEMS)):
        active = page.locator(".item.active")
        if active.get_attribute("data-item") == OVERRIDDEN:
            press("f")
            expect(page.locator("[data-saved]")).to_contain_text("reason")
            press("1")
        elif active.locator(".choice.machine").count():
            press("a")
        else:
            press("p")
        expect(page.locator("[data-left]")).to_have_text(f"{left} to confirm")
        # After A the next open item is there already; what was decided otherwise is left by X.
        if left and active.locator('[aria-pressed="true"]').count():
            press("x")
    return inputs


def test_a_day_of_reviewing_needs_no_mouse_and_few_keys(stranger: BrowserContext, site: Site) -> None:
    first, second = site.review(note="1"), site.review(note="2")
    page = stranger.new_page()
    sign_in(page)
    if not page.url.endswith("/queue"):
        page.get_by_role("link", name="Queue", exact=True).press("Enter")
    page.wait_for_url("**/queue")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/reviews/{first}")
    expect(page.locator(".item.active")).to_have_count(1)

    assert decide_all(page) <= MOST_INPUTS

    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(f"/reviews/{second}"))
    kept = verdicts(site, first)
    assert len(kept) == ITEMS
    assert {
        name for name, one in kept.items() if one.verdict == Verdict.FAIL and one.machine_verdict != Verdict.FAIL
    } == {OVERRIDDEN}
    assert kept[OVERRIDDEN].reason_code == "fail_0"
    with db.session(site.engine, reads_only=True) as session:
        assert session.get_one(Review, first).state == ReviewState.RELEASED


def test_a_day_begins_with_what_was_assigned_sets_one_call_aside_and_submits_another(
    stranger: BrowserContext, site: Site
) -> None:
    first, second, free = site.review(note="1"), site.review(note="2"), site.review(note="3")
    with db.session(site.engine) as session:
        assign(session, [first, second], site.cast.alice, site.cast.bob, actor(site.cast.bob))
    page = stranger.new_page()
    sign_in(page)
    page.goto("/inbox")
    page.locator(f'a[href^="/reviews/{first}"]').first.press("Enter")
    page.wait_for_url(re.compile(f"/reviews/{first}"))
    expect(page.locator(".item.active")).to_have_count(1)
    for key in ("z", "4", "Enter"):
        page.keyboard.press(key)
    page.wait_for_url(re.compile(f"/reviews/{second}"))
    expect(page.locator(".item.active")).to_have_count(1)
    decide_all(page)
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(f"/reviews/{free}"))
    with db.session(site.engine, reads_only=True) as session:
        gone, done, taken = (session.get_one(Review, one) for one in (first, second, free))
        assert (gone.state, gone.set_aside_reason) == (ReviewState.SET_ASIDE, "too_short")
        assert done.counts
        assert taken.assigned_to == site.cast.alice.id


def test_after_the_last_review_the_queue_says_that_nothing_is_left(stranger: BrowserContext, site: Site) -> None:
    review = site.review()
    judge(site, review)
    page = stranger.new_page()
    sign_in(page)
    page.goto("/queue")
    page.keyboard.press("s")
    page.wait_for_url(re.compile(f"/reviews/{review}"))
    for key in ("a", "2", "x", "a"):
        page.keyboard.press(key)
    expect(page.locator("[data-left]")).to_have_text("0 to confirm")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/queue"))
    expect(page.get_by_text("Nothing is left to review.")).to_be_visible()
    assert verdicts(site, review)["patience"].level == 3.0


def test_the_language_is_changed_by_key_and_the_next_call_is_read_in_it(stranger: BrowserContext, site: Site) -> None:
    review = site.review()
    page = stranger.new_page()
    sign_in(page)
    page.goto("/me")
    page.get_by_label("Language").focus()
    page.keyboard.press("End")
    page.get_by_role("button", name="Save").first.press("Enter")
    expect(page.locator("html")).to_have_attribute("lang", "ja")
    page.goto(f"/reviews/{review}")
    expect(page.locator("[data-left]")).to_have_text(f"未確認 {ITEMS}件")
    page.keyboard.press("a")
    expect(page.locator("[data-left]")).to_have_text(f"未確認 {ITEMS - 1}件")
