"""Reviews are taken, given out, given back and set aside, by keyboard, in a real browser."""

import re

from playwright.sync_api import Browser, Page, expect

from app.domain.lifecycle import ReviewState
from app.kit import db
from app.request import SESSION_COOKIE
from app.reviews.models import Review
from tests.browser.conftest import Site


def stored(site: Site, review_id: int) -> Review:
    with db.session(site.engine, reads_only=True) as session:
        return session.get_one(Review, review_id)


def test_a_call_is_taken_and_given_back_from_the_queue(page: Page, site: Site) -> None:
    review = site.review()
    page.goto("/queue")
    page.get_by_role("button", name="Take the call of Dana").press("Enter")
    expect(page.get_by_role("status").filter(has_text="It is yours now.")).to_be_visible()
    assert stored(site, review).assigned_to == site.cast.alice.id
    page.get_by_role("link", name="Mine", exact=True).press("Enter")
    expect(page.locator("tbody tr")).to_have_count(1)
    page.get_by_role("button", name="Give back: Dana").press("Enter")
    expect(page.get_by_text("Nothing is yours at the moment")).to_be_visible()
    assert stored(site, review).assigned_to is None


def test_a_lead_gives_the_chosen_calls_to_a_reviewer(browser: Browser, site: Site) -> None:
    first, second = site.review(note="1"), site.review(note="2")
    with browser.new_context(base_url=site.url) as context:
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.bob), "url": site.url}])
        page = context.new_page()
        page.goto("/queue")
        page.get_by_label("Choose all").check()
        page.get_by_label("Choose the call of Dana").last.uncheck()
        page.get_by_label("Give the chosen calls to").select_option("Alice")
        page.get_by_role("button", name="Assign").click()
        expect(page.get_by_text("Assigned.")).to_be_visible()
        assert [stored(site, one).assigned_to for one in (first, second)] == [site.cast.alice.id, None]
        page.goto("/queue/assign")
        expect(page.get_by_role("row", name=re.compile("Alice"))).to_contain_text("+1")
        page.get_by_role("button", name="Share out 1 call").click()
        expect(page.get_by_text("Every call that waits is somebody’s.")).to_be_visible()
        assert stored(site, second).assigned_to == site.cast.alice.id


def test_a_call_is_set_aside_by_key_and_the_next_one_comes(page: Page, site: Site) -> None:
    first, second = site.review(note="1"), site.review(note="2")
    page.goto(f"/reviews/{first}")
    expect(page.locator(".item.active")).to_have_count(1)
    page.keyboard.press("z")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/reviews/{second}"))
    gone = stored(site, first)
    assert (gone.state, gone.set_aside_reason) == (ReviewState.SET_ASIDE, "voicemail")
    page.goto("/queue?which=set_aside")
    expect(page.locator("tbody tr")).to_contain_text("Voicemail")
    page.get_by_role("button", name="Bring back: Dana").press("Enter")
    page.wait_for_url(re.compile(f"/reviews/{first}"))
    assert stored(site, first).state == ReviewState.OPEN


def test_another_reason_asks_for_words_before_it_is_sent(page: Page, site: Site) -> None:
    review = site.review()
    page.goto(f"/reviews/{review}")
    expect(page.locator(".item.active")).to_have_count(1)
    page.keyboard.press("z")
    page.keyboard.press("7")
    expect(page.locator("#dialog-words")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.type("A test call, 2 of 3")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("/queue"))
    assert stored(site, review).set_aside_reason == "other"


def test_ones_own_call_is_given_back_by_key(page: Page, site: Site) -> None:
    first, second = site.review(note="1"), site.review(note="2")
    page.goto("/queue")
    page.keyboard.press("s")
    page.wait_for_url(re.compile(f"/reviews/{first}"))
    expect(page.locator(".item.active")).to_have_count(1)
    page.keyboard.press("g")
    expect(page.get_by_role("dialog", name="Give back")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(f"/reviews/{second}"))
    assert (stored(site, first).assigned_to, stored(site, first).given_back_by) == (None, site.cast.alice.id)


def test_without_script_the_same_is_done_by_forms(browser: Browser, site: Site) -> None:
    first, second = site.review(note="1"), site.review(note="2")
    with browser.new_context(base_url=site.url, java_script_enabled=False) as context:
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.alice), "url": site.url}])
        page = context.new_page()
        page.goto(f"/reviews/{first}")
        page.locator("details.leaving summary").click()
        page.get_by_role("link", name="Set aside").click()
        page.get_by_label("Wrong number").check()
        page.get_by_role("button", name="Set aside, next call").click()
        expect(page).to_have_url(re.compile(f"/reviews/{second}"))
        assert stored(site, first).set_aside_reason == "wrong_number"
