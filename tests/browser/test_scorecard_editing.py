"""A supervisor changes a scorecard, sees at once what it would do, publishes it, and the next call is judged by it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from app.evaluations import queries as evaluations
from app.kit import db
from app.kit.db import id_of
from app.request import SESSION_COOKIE
from app.reviews.models import Review
from app.scorecards import queries
from app.scorecards.active import active_card
from tests.browser.conftest import PATIENT, Site
from tests.scorecards.own_cards import card


@pytest.fixture
def bobs_page(browser: Browser, site: Site):  # type: ignore[no-untyped-def]
    """A page of Bob's browser, on which no script may fail and nothing may break the security policy."""
    faults: list[str] = []
    with browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900}) as context:
        context.set_default_timeout(PATIENT)
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.bob), "url": site.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("dialog", lambda dialog: dialog.accept())
        yield page
    assert faults == []


def call_of(site: Site, review_id: int) -> int:
    with db.session(site.engine, reads_only=True) as session:
        return session.get_one(Review, review_id).call_id


def open_editor(page: Page, call: int) -> None:
    page.goto(f"/scorecards/inbound-en/edit?call={call}")
    expect(page.get_by_label("The scorecard as YAML")).to_be_visible()


def test_a_change_is_previewed_published_and_judges_the_next_call(bobs_page: Page, site: Site) -> None:
    page, call = bobs_page, call_of(site, site.review())
    open_editor(page, call)
    text = page.get_by_label("The scorecard as YAML")
    # The same item under the words of our own card: "hello" is never said on this call.
    text.fill(card().replace("id: greets", "id: standard_greeting"))
    flipped = page.locator('[data-tried="standard_greeting"]')
    expect(flipped).to_contain_text("Fail")
    expect(page.locator("[data-save-status]")).to_have_text("Saved")
    page.get_by_role("link", name="Check and publish").click()
    expect(page.get_by_text("No faults, and every example is judged as it says.")).to_be_visible()
    page.get_by_label("Why").fill("A greeting in our own words")
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_text("calls are judged by it from now on")).to_be_visible()
    second = call_of(site, site.review(note="2"))
    with db.session(site.engine, reads_only=True) as session:
        found = evaluations.current(session, second)
        assert found is not None
        assert found.scorecard_version == active_card(session, "en").version
        assert [one.id for one in evaluations.findings(session, id_of(found))] == ["standard_greeting"]


def test_a_fault_leads_to_its_line_and_nothing_typed_is_lost(bobs_page: Page, site: Site) -> None:
    page, call = bobs_page, call_of(site, site.review())
    open_editor(page, call)
    text = page.get_by_label("The scorecard as YAML")
    text.fill(card().replace("by: agent", "bye: agent"))
    page.get_by_role("button", name="Line 13").first.click()
    selected = text.evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert "bye: agent" in selected
    expect(page.locator("[data-save-status]")).to_have_text("Saved")
    page.reload()
    assert "bye: agent" in text.input_value()


def test_tab_indents_and_after_escape_leaves_the_text(bobs_page: Page, site: Site) -> None:
    page, call = bobs_page, call_of(site, site.review())
    open_editor(page, call)
    text = page.get_by_label("The scorecard as YAML")
    text.fill("id: own\n")
    text.press("Control+Home")
    text.press("Tab")
    assert text.input_value().startswith("  id: own")
    expect(text).to_be_focused()
    text.press("Escape")
    text.press("Tab")
    expect(text).not_to_be_focused()


def test_what_another_window_saved_is_not_written_over(bobs_page: Page, site: Site) -> None:
    page, call = bobs_page, call_of(site, site.review())
    open_editor(page, call)
    text = page.get_by_label("The scorecard as YAML")
    text.fill(card(80))
    expect(page.locator("[data-save-status]")).to_have_text("Saved")
    with page.context.new_page() as other:
        open_editor(other, call)
        other.get_by_label("The scorecard as YAML").fill(card(70))
        expect(other.locator("[data-save-status]")).to_have_text("Saved")
    text.fill(card(60))
    expect(page.get_by_text("Changed in another window")).to_be_visible()
    assert "pass_mark: 70" in stored(site)
    page.get_by_role("button", name="Keep mine").click()
    expect(page.locator("[data-save-status]")).to_have_text("Saved")
    assert "pass_mark: 60" in stored(site)


def stored(site: Site) -> str:
    """Bob's draft as the server has it."""
    with db.session(site.engine, reads_only=True) as session:
        draft = queries.draft(session, id_of(site.cast.bob), "inbound-en")
        assert draft is not None
        return draft.content
