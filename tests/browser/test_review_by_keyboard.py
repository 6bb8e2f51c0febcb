"""A call scored by keyboard alone, seen and blind; the keys stay with whoever uses them."""

import re

from playwright.sync_api import Page, expect

from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import db
from app.reviews.models import Review
from tests.browser.conftest import Site
from tests.browser.test_review_screen import ITEMS, item, opened, verdicts

MOST_KEYS = 30


def score_the_rest(page: Page) -> int:
    """Accepts what the machine found, passes what it left to a person; how many keys that took."""
    keys = 0
    while page.locator(".item:not(.confirmed)").count():
        page.keyboard.press("a" if page.locator(".item.active .choice.machine").count() else "Shift+P")
        keys += 1
    return keys


def test_a_call_is_scored_from_the_queue_to_the_end_in_few_keys(page: Page, site: Site) -> None:
    review = site.review()
    page.goto("/queue")
    for key in ("j", "Enter"):
        page.keyboard.press(key)
    expect(page.locator(".item.active")).to_have_count(1)
    # An override with its reason, then on to the next by itself.
    for key in ("Shift+F", "1"):
        page.keyboard.press(key)
    expect(page.locator("#item-2")).to_contain_class("active")
    keys = 2 + 2 + score_the_rest(page) + 1
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/queue?notice=queue_empty")
    assert keys <= MOST_KEYS
    with db.session(site.engine, reads_only=True) as session:
        assert session.get_one(Review, review).state == ReviewState.RELEASED
    assert verdicts(site, review)["standard_greeting"].reason_code == "fail_0"


def test_enter_leaves_the_reasons_for_the_next_open_item(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("f")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#item-2 [data-open]")).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("[data-progress]")).to_have_text(f"2 of {ITEMS} confirmed")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert verdicts(site, review)["standard_greeting"].verdict == Verdict.FAIL


def test_going_through_the_items_by_accepting_overturns_nobody(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("f")
    page.keyboard.press("1")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    page.keyboard.press("a")
    expect(page.locator("#item-2")).to_contain_class("active")
    assert verdicts(site, review)["standard_greeting"].verdict == Verdict.FAIL


def test_a_pass_is_not_explained_by_reasons_to_fail(page: Page, site: Site) -> None:
    opened(page, site)
    reasons = item(page, "standard_greeting").get_by_role("group", name="Reason")
    page.keyboard.press("n")
    expect(reasons.get_by_role("radio", name="No greeting word")).to_be_hidden()
    page.keyboard.press("f")
    expect(reasons.get_by_role("radio", name="No greeting word")).to_be_visible()


def test_the_keys_leave_a_dialog_for_where_they_were(page: Page, site: Site) -> None:
    opened(page, site)
    page.keyboard.press("j")
    title = page.locator("#item-2 [data-open]")
    for opens in ("?", "c"):
        page.keyboard.press(opens)
        expect(page.locator("dialog[open]")).to_have_count(1)
        page.keyboard.press("Escape")
        expect(title).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.press("Escape")
    expect(title).to_be_focused()
    page.keyboard.press("m")
    page.keyboard.press("Escape")
    expect(title).to_be_focused()


def test_the_space_bar_plays_wherever_j_and_k_have_been(page: Page, site: Site) -> None:
    opened(page, site)
    page.keyboard.press("j")
    page.keyboard.press("Space")
    expect(page.locator("[data-command=play] use")).to_have_attribute("href", "#i-pause")


def test_a_blind_call_takes_one_key_an_item_and_shows_nothing_of_the_machine(page: Page, site: Site) -> None:
    review = site.review()
    with db.session(site.engine) as session:
        session.get_one(Review, review).blind = True
    page.goto(f"/reviews/{review}")
    expect(page.locator(".top .chip", has_text="Blind review")).to_be_visible()
    expect(page.locator(".choice.machine")).to_have_count(0)
    expect(page.locator("[data-pins] button")).to_have_count(0)
    expect(page.locator("#item-1 .guidance p")).to_be_visible()

    page.keyboard.press("a")
    expect(page.locator("[data-saved]")).to_have_text("Scored blind: decide by P, F, N")
    page.keyboard.press("f")
    expect(page.locator("#item-2")).to_contain_class("active")
    page.keyboard.press("n")
    for _ in range(ITEMS - 2):
        page.keyboard.press("p")
    expect(page.locator("[data-progress]")).to_have_text(f"{ITEMS} of {ITEMS} confirmed")
    expect(page.locator("[data-saved]")).to_contain_text("All confirmed")
    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile("/queue"))
    kept = verdicts(site, review)
    assert len(kept) == ITEMS
    assert kept["standard_greeting"].verdict == Verdict.FAIL
