"""Graded items on the review screen: a level is chosen by key or by click, counts at once, and is there again."""

import re

import pytest
from playwright.sync_api import Page, expect

from app.domain.evidence import Verdict
from app.kit import db
from app.request import actor
from app.reviews import queries
from app.reviews import service as reviews
from app.reviews.models import ReviewVerdict
from tests.browser.conftest import Site
from tests.browser.test_review_screen import item, verdicts
from tests.graded import graded_card, judged_by


def opened(page: Page, site: Site, **patience: object) -> int:
    """A review by the graded card on the screen, patience ready for keys; its id."""
    review = site.review()
    judge(site, review, **patience)
    page.goto(f"/reviews/{review}")
    item(page, "patience").locator("[data-open]").click()
    return review


def judge(site: Site, review: int, **patience: object) -> None:
    with db.session(site.engine) as session:
        call = queries.lock(session, review).call_id
        judged_by(session, call, graded_card(**patience))


def level(page: Page, points: int, of: str = "patience"):
    return item(page, of).get_by_role("button", name=re.compile(rf"^{points} "))


def graded(site: Site, review: int, of: str = "patience") -> ReviewVerdict:
    return verdicts(site, review)[of]


def test_a_digit_chooses_a_level_which_counts_and_is_there_again(page: Page, site: Site) -> None:
    review = opened(page, site)
    points = item(page, "patience").locator("[data-points]")
    expect(points).to_have_text("–/5")
    expect(page.locator("[data-score]")).to_have_text("100")

    page.keyboard.press("2")

    expect(level(page, 3)).to_have_attribute("aria-pressed", "true")
    expect(points).to_have_text("3/5")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    expect(page.locator("[data-score]")).to_have_text("98")
    expect(page.locator("[data-left]")).to_have_text("2 to confirm")
    assert (graded(site, review).verdict, graded(site, review).level) == (Verdict.PASS, 3.0)
    page.reload()
    expect(level(page, 3)).to_have_attribute("aria-pressed", "true")
    expect(page.locator('[data-item="patience"] [aria-pressed="true"]')).to_have_count(1)
    expect(points).to_have_text("3/5")
    expect(page.locator("[data-score]")).to_have_text("98")


def test_undo_takes_a_level_back(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("1")
    expect(page.locator("[data-score]")).to_have_text("95")
    page.keyboard.press("u")
    expect(page.locator("[data-score]")).to_have_text("100")
    expect(item(page, "patience").locator("[data-points]")).to_have_text("–/5")
    assert verdicts(site, review) == {}


def test_a_graded_item_asks_for_a_level_when_it_is_told_pass(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("p")
    expect(page.locator("[data-saved]")).to_have_text("This item is graded: choose one of its levels")
    page.keyboard.press("4")
    page.keyboard.press("n")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert (graded(site, review).verdict, graded(site, review).level) == (Verdict.NOT_APPLICABLE, None)


def test_what_the_machine_found_is_accepted_with_its_level_or_lowered(page: Page, site: Site) -> None:
    review = opened(page, site)
    item(page, "asking").locator("[data-open]").click()
    expect(level(page, 20, "asking")).to_have_css("border-style", "dashed")
    page.keyboard.press("a")
    expect(page.locator("[data-left]")).to_have_text("2 to confirm")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert graded(site, review, "asking").level == 20.0

    level(page, 10, "asking").click()

    expect(page.locator("[data-score]")).to_have_text("89.5")
    expect(level(page, 20, "asking")).to_have_css("border-style", "dashed")
    assert graded(site, review, "asking").level == 10.0


def test_a_level_that_contradicts_the_machine_is_saved_with_its_reason(page: Page, site: Site) -> None:
    review = opened(page, site)
    item(page, "asking").locator("[data-open]").click()
    page.keyboard.press("1")
    expect(page.locator("[data-saved]")).to_contain_text("Choose a reason to save the change")
    assert verdicts(site, review) == {}
    item(page, "asking").get_by_label("Words were misheard").check()
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    saved = graded(site, review, "asking")
    assert (saved.verdict, saved.level, saved.reason_code) == (Verdict.FAIL, 0.0, "misheard")


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", 3.0), ("Take theirs", 5.0)])
def test_when_two_grade_the_same_item_the_second_chooses(page: Page, site: Site, choice: str, kept: float) -> None:
    review, bob = opened(page, site), site.cast.bob
    with db.session(site.engine) as session:
        reviews.decide(session, review, "patience", None, bob, actor(bob), level=5, version=0)
    page.keyboard.press("2")
    conflict = item(page, "patience").get_by_role("alert")
    expect(conflict).to_contain_text("Bob changed this to Pass 5/5")
    conflict.get_by_role("button", name=choice).click()
    expect(level(page, int(kept))).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-score]")).to_have_text("98" if kept == 3.0 else "100")
    assert graded(site, review).level == kept


def test_the_help_names_the_keys_of_the_levels_only_where_there_are_any(page: Page, site: Site) -> None:
    opened(page, site)
    page.keyboard.press("?")
    expect(page.locator("[data-key-list]")).to_contain_text("1–3Level of a graded item")
    page.goto(f"/reviews/{site.review(note='2')}")
    page.keyboard.press("?")
    expect(page.locator("[data-key-list]")).to_contain_text("Undo")
    expect(page.locator("[data-key-list]")).not_to_contain_text("graded")


def test_a_level_is_found_and_chosen_by_tab_and_enter_alone_and_says_what_it_is(page: Page, site: Site) -> None:
    review = opened(page, site)
    named = item(page, "patience").get_by_role("group", name="Level of item 2").get_by_role("button")
    expect(named).to_have_count(4)
    for place, name in enumerate(("0 Fail (0 of 5 points)", "3 Pass (3 of 5 points)", "5 Pass (5 of 5 points)", "N/A")):
        expect(named.nth(place)).to_have_accessible_name(name)
    for _ in range(3):
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert graded(site, review).level == 5.0


def test_a_level_that_the_card_has_no_more_waits_for_another(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("2")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    judge(site, review, levels=[0, 2, 5], pass_level=2)
    page.reload()
    expect(item(page, "patience")).to_contain_text("Other levels")
    expect(item(page, "patience").locator('[aria-pressed="true"]')).to_have_count(0)
    item(page, "patience").locator("[data-open]").click()
    page.keyboard.press("m")
    page.keyboard.type("calm")
    page.keyboard.press("Tab")
    item(page, "patience").locator("[data-open]").focus()
    page.keyboard.press("2")
    expect(page.locator("[data-score]")).to_have_text("97")
    expect(item(page, "patience").get_by_text("Other levels")).to_be_hidden()
    assert (graded(site, review).level, graded(site, review).note) == (2.0, "[0:00] calm")


@pytest.mark.parametrize("width", [320, 390])
def test_many_levels_fit_a_phone(page: Page, site: Site, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    review = opened(page, site, levels=[0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5], pass_level=3)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    boxes = [one.bounding_box() for one in item(page, "patience").get_by_role("group").get_by_role("button").all()]
    assert len(boxes) == 12
    for box in boxes:
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
        assert box["height"] >= 40
    item(page, "patience").get_by_role("button", name=re.compile("^4.5 ")).click()
    expect(item(page, "patience").locator("[data-points]")).to_have_text("4.5/5")
    expect(page.locator("[data-score]")).to_have_text("99.5")
    assert graded(site, review).level == 4.5
