"""A calibration in the browser: two reviewers score a call, and who leads agrees with them on what was right."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from app.accounts.models import Role, User
from app.accounts.service import add_user
from app.kit import db
from app.kit.db import id_of
from app.request import SESSION_COOKIE
from app.reviews import second_queries
from tests.browser.conftest import PATIENT, Site
from tests.cast import LONG_AGO


@pytest.fixture
def ren(site: Site) -> User:
    with db.session(site.engine) as session:
        team = id_of(site.cast.team_a)
        return add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=team, now=LONG_AGO)


@pytest.fixture
def pages(browser: Browser, site: Site, ren: User) -> Iterator[dict[str, Page]]:
    """The browsers of Bob, who leads, and of Alice and Ren, who review."""
    contexts = []
    found = {}
    for name, who in (("bob", site.cast.bob), ("alice", site.cast.alice), ("ren", ren)):
        context = browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900})
        context.set_default_timeout(PATIENT)
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(who), "url": site.url}])
        contexts.append(context)
        found[name] = context.new_page()
    yield found
    for context in contexts:
        context.close()


def score(page: Page, failed: str) -> None:
    """Scores the call of the calibration on the review screen, failing this item alone, and submits."""
    page.get_by_role("link", name=re.compile("^Score it")).click()
    page.wait_for_url("**/reviews/*")
    expect(page.locator(".judged")).to_have_count(0)
    items = page.locator("[data-item]")
    for place in range(items.count()):
        row = items.nth(place)
        wanted = "fail" if row.get_attribute("data-item") == failed else "pass"
        row.locator(f'[data-verdict="{wanted}"]').first.click()
    expect(page.locator("[data-left]")).to_have_text("0 to confirm")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    page.locator('[data-command="submit"]').click()
    page.wait_for_url(re.compile("notice="))


def test_two_score_blind_and_then_agree_with_who_leads_on_what_was_right(site: Site, pages: dict[str, Page]) -> None:
    site.review(note="warm")
    bob, alice, ren = pages["bob"], pages["alice"], pages["ren"]
    bob.goto("/calibrations")
    bob.get_by_role("link", name="New calibration").click()
    bob.get_by_label("Title").fill("Warmth")
    bob.get_by_label("Choose call C-warm").check()
    for name in ("Alice", "Ren"):
        bob.get_by_role("group", name="Who takes part").get_by_label(name).check()
    bob.get_by_role("button", name="Open the calibration").click()
    expect(bob.get_by_role("heading", name="Warmth")).to_be_visible()
    address = bob.url.split("?")[0]

    for page, failed in ((alice, "warm"), (ren, "patient")):
        page.goto("/inbox")
        page.get_by_role("link", name="Warmth").click()
        expect(page.get_by_text("Everybody’s verdicts show here once all have submitted.")).to_be_visible()
        expect(page.locator(".opinions")).to_have_count(0)
        score(page, failed)

    bob.goto(address)
    expect(bob.get_by_text("2 items are seen differently")).to_be_visible()
    sides = bob.locator("form .side")
    expect(sides).to_have_count(2)
    for place, (verdict, why) in enumerate((("Fail", "She sighs at 0:20."), ("Pass", ""))):
        sides.nth(place).get_by_role("radio", name=verdict).check()
        sides.nth(place).get_by_label(re.compile("Why, in a sentence")).fill(why)
    bob.get_by_role("button", name=re.compile("Keep as the reference")).click()
    expect(bob.get_by_text("She sighs at 0:20.")).to_be_visible()
    bob.get_by_role("button", name="Close the calibration").click()
    expect(bob.get_by_text("Closed by Bob")).to_be_visible()

    alice.goto(address)
    expect(alice.get_by_text("She sighs at 0:20.")).to_be_visible()
    expect(alice.get_by_role("radio")).to_have_count(0)
    with db.session(site.engine, reads_only=True) as session:
        kept = second_queries.references(session, 1, 1)
    assert {item: kept[item].verdict.value for item in ("patient", "warm")} == {"patient": "fail", "warm": "pass"}
