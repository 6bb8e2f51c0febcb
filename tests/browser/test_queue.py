"""The queue is worked through by keyboard: walked, opened, and taken up from the top."""

import re

from playwright.sync_api import Browser, Page, expect

from app.kit import db
from app.request import SESSION_COOKIE
from app.reviews import queries
from app.reviews.models import Review
from tests.browser.conftest import Site


def opened_by(site: Site, review_id: int) -> int | None:
    with db.session(site.engine, reads_only=True) as session:
        return session.get_one(Review, review_id).opened_by


def test_j_and_enter_open_a_call_that_waits(page: Page, site: Site) -> None:
    first, second = site.review(note="1"), site.review(note="2")
    page.goto("/queue")
    page.keyboard.press("j")
    expect(page.locator(f'a[href="/reviews/{first}"]')).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(f"/reviews/{first}$"))
    expect(page.locator("[data-review]")).to_be_visible()
    # Who only looks at a review has not taken it up.
    assert opened_by(site, first) is None
    assert opened_by(site, second) is None


def test_s_takes_up_the_first_and_a_colleague_gets_the_second(page: Page, site: Site, browser: Browser) -> None:
    first, second = site.review(note="1"), site.review(note="2")
    page.goto("/queue")
    page.keyboard.press("s")
    expect(page).to_have_url(re.compile(f"/reviews/{first}$"))
    assert opened_by(site, first) == site.cast.alice.id
    with browser.new_context(base_url=site.url) as context:
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.bob), "url": site.url}])
        other = context.new_page()
        other.goto("/queue")
        expect(other.locator("tbody tr").first).to_contain_text("Alice is on it")
        other.keyboard.press("s")
        expect(other).to_have_url(re.compile(f"/reviews/{second}$"))
        other.goto(f"/reviews/{first}")
        expect(other.get_by_role("status").filter(has_text="Alice is at this review")).to_be_visible()


def test_a_blind_review_is_submitted_by_key_and_asks_for_no_reason(page: Page, site: Site) -> None:
    review_id = site.review()
    with db.session(site.engine) as session:
        review = queries.lock(session, review_id)
        review.blind = True
        session.add(review)
    page.goto(f"/reviews/{review_id}")
    expect(page.get_by_text("Blind review: judge by what you hear")).to_be_visible()
    expect(page.locator(".choice.machine")).to_have_count(0)
    for _ in range(page.locator("[data-item]").count()):
        page.keyboard.press("x")
        page.keyboard.press("p")
    expect(page.locator("[data-command=submit]")).to_have_attribute("aria-disabled", "false")
    page.keyboard.press("Control+Enter")
    expect(page).to_have_url(re.compile("/queue"))
    page.goto(f"/reviews/{review_id}")
    expect(page.get_by_text("Machine:").first).to_be_attached()
