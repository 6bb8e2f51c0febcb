"""Nothing that a reviewer decided is lost: not by changing one's mind, leaving, a lost connection or a second person."""

from typing import Any

from playwright.sync_api import BrowserContext, Page, Route, expect

from app.domain.evidence import Verdict
from app.kit import db
from app.ledger import queries as ledger
from app.ledger.service import call_stream
from app.request import SESSION_COOKIE, actor
from app.reviews import service as reviews
from app.reviews.models import Review
from tests.browser.conftest import Site
from tests.browser.test_review_screen import ITEMS, broken_down, item, opened, verdicts
from tests.faults.processes import until

GREETING = "standard_greeting"


def bob_decides(site: Site, review: int, verdict: Verdict = Verdict.FAIL, *, version: int = 0) -> None:
    with db.session(site.engine) as session:
        bob = site.cast.bob
        reviews.decide(session, review, GREETING, verdict, bob, actor(bob), reason_code="misheard", version=version)


def submit_as_bob(site: Site, review: int) -> None:
    with db.session(site.engine) as session:
        bob = site.cast.bob
        for finding in reviews.standing(session, session.get_one(Review, review)).findings:
            reviews.decide(session, review, finding.id, Verdict.PASS, bob, actor(bob), reason_code="misheard")
        reviews.submit(session, review, bob, actor(bob))


def written(site: Site, review: int) -> list[str]:
    """What the ledger tells of decisions about the review's call."""
    with db.session(site.engine, reads_only=True) as session:
        call = session.get_one(Review, review).call_id
        told = ledger.entries(session, call_stream(call))
        return [entry.event for entry in told if entry.event in ("review.confirmed", "review.overridden")]


def expect_saved(page: Page) -> None:
    expect(page.locator("[data-saved]")).to_contain_text("Saved")


def pressed(page: Page, name: str = GREETING) -> Any:
    return item(page, name).locator('.choice[aria-pressed="true"]')


def drafts(page: Page) -> int:
    """How many changes wait on this device."""
    return int(page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('draft')).length"))


def test_a_quick_change_of_mind_is_one_decision(page: Page, site: Site) -> None:
    review = opened(page, site)
    for key in "pnpnp":
        page.keyboard.press(key)
    # N asked for a reason each time, which the next P made needless.
    expect_saved(page)
    assert verdicts(site, review)[GREETING].verdict == Verdict.PASS
    assert written(site, review) == ["review.confirmed"]


def test_the_same_verdict_twice_is_one_decision(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("p")
    expect_saved(page)
    page.keyboard.press("p")
    page.keyboard.press("j")
    page.keyboard.press("p")
    expect(page.locator("[data-saved]")).to_contain_text("2: Pass.")
    assert written(site, review) == ["review.confirmed"] * 2


def test_undo_goes_back_item_by_item_and_restores_what_somebody_else_had_decided(page: Page, site: Site) -> None:
    review = site.review()
    bob_decides(site, review)
    page.goto(f"/reviews/{review}")
    item(page, GREETING).locator("[data-open]").click()
    page.keyboard.press("p")
    page.keyboard.press("x")
    expect_saved(page)
    page.keyboard.press("a")
    page.keyboard.press("a")
    expect(page.locator("[data-progress]")).to_have_text(f"3 of {ITEMS} confirmed")

    page.keyboard.press("u")
    expect(item(page, "asks_what_is_needed").or_(page.locator("#item-3"))).to_have_class("item active")
    page.keyboard.press("u")
    expect(page.locator("#item-2")).to_have_class("item active")
    page.keyboard.press("u")

    expect(page.locator("#item-1")).to_contain_class("active")
    expect(page.locator("[data-saved]")).to_contain_text("Undone: item 1 is Fail again · Saved")
    expect(pressed(page)).to_have_attribute("data-verdict", "fail")
    kept = verdicts(site, review)
    assert [(one.verdict, one.reason_code) for one in kept.values()] == [(Verdict.FAIL, "misheard")]


def test_undo_with_nothing_done_on_this_visit_takes_back_the_open_item(page: Page, site: Site) -> None:
    review = site.review()
    bob_decides(site, review)
    page.goto(f"/reviews/{review}")
    page.keyboard.press("u")
    expect(page.locator("[data-saved]")).to_have_text("Nothing to undo")
    page.keyboard.press("k")
    page.keyboard.press("u")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert verdicts(site, review) == {}


def test_undo_takes_back_a_note_and_leaves_the_verdict(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("p")
    expect_saved(page)
    page.keyboard.press("m")
    page.keyboard.type("calm voice")
    page.keyboard.press("Enter")
    expect(item(page, GREETING).locator("[data-open]")).to_be_focused()
    expect(item(page, GREETING).locator(".moment-button")).to_have_text("▸ 0:00")
    page.keyboard.press("u")
    expect(page.locator("[data-saved]")).to_contain_text("item 1 is Pass again")
    assert (verdicts(site, review)[GREETING].verdict, verdicts(site, review)[GREETING].note) == (Verdict.PASS, "")


def test_what_was_decided_offline_never_writes_over_what_somebody_decided_meanwhile(
    page: Page, context: BrowserContext, site: Site
) -> None:
    review = opened(page, site)
    context.set_offline(True)
    page.keyboard.press("p")
    expect(page.locator("[data-saved]")).to_contain_text("no connection")
    broken_down(page)
    bob_decides(site, review)

    context.set_offline(False)
    again = context.new_page()
    again.goto(f"/reviews/{review}")

    conflict = item(again, GREETING).get_by_role("alert")
    expect(conflict).to_contain_text("Bob changed this to Fail")
    assert verdicts(site, review)[GREETING].verdict == Verdict.FAIL
    # Asked, not answered: asked again.
    again.reload()
    conflict.get_by_role("button", name="Keep mine").click()
    expect_saved(again)
    expect(item(again, GREETING).locator("[data-open]")).to_be_focused()
    assert verdicts(site, review)[GREETING].verdict == Verdict.PASS
    assert drafts(again) == 0


def test_a_draft_of_an_older_version_of_the_page_is_still_sent(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.evaluate(
        """name => localStorage.setItem(name, JSON.stringify({
            standard_greeting: { verdict: "pass", level: null, reason_code: null, note: "old" } }))""",
        f"drafts /reviews/{review}",
    )
    page.reload()
    expect_saved(page)
    assert verdicts(site, review)[GREETING].note == "old"
    assert page.evaluate(f"localStorage.getItem('drafts /reviews/{review}')") is None


def test_two_tabs_keep_their_drafts_beside_each_other(page: Page, context: BrowserContext, site: Site) -> None:
    review = opened(page, site)
    other = context.new_page()
    other.goto(f"/reviews/{review}")
    expect(other.locator(".item.active")).to_have_count(1)
    context.set_offline(True)
    page.keyboard.press("p")
    other.keyboard.press("j")
    other.keyboard.press("p")
    expect(other.locator("[data-saved]")).to_contain_text("no connection")
    assert drafts(page) == 2
    broken_down(page, other)
    context.set_offline(False)
    third = context.new_page()
    with third.expect_response(f"**/items/{GREETING}"), third.expect_response("**/items/asks_name"):
        third.goto(f"/reviews/{review}")
    third.reload()
    expect(third.locator("[data-progress]")).to_have_text(f"2 of {ITEMS} confirmed")
    assert drafts(third) == 0
    assert len(verdicts(site, review)) == 2


def test_somebody_elses_drafts_on_the_same_computer_are_not_sent(
    page: Page, context: BrowserContext, site: Site
) -> None:
    review = opened(page, site)
    context.set_offline(True)
    page.keyboard.press("p")
    expect(page.locator("[data-saved]")).to_contain_text("no connection")
    broken_down(page)
    context.set_offline(False)
    context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.bob), "url": site.url}])
    bobs = context.new_page()
    bobs.goto(f"/reviews/{review}")
    expect(bobs.locator("[data-progress]")).to_have_text(f"0 of {ITEMS} confirmed")
    assert drafts(bobs) == 1


def test_a_page_decides_nothing_in_the_name_of_who_signed_in_after_it(
    page: Page, context: BrowserContext, site: Site
) -> None:
    review = opened(page, site)
    context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.bob), "url": site.url}])
    page.keyboard.press("p")
    expect(page.locator("[data-saved]")).to_contain_text("sign in again")
    assert verdicts(site, review) == {}
    context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.alice), "url": site.url}])
    page.reload()
    expect_saved(page)
    assert written(site, review) == ["review.confirmed"]


def test_what_was_decided_in_the_last_moment_is_sent_while_the_page_is_left(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("p")
    page.goto("/queue")
    # Nothing that was kept here is sent on the way back: the server has it, or will have what is still on its way.
    page.evaluate("localStorage.clear()")
    until(lambda: written(site, review) == ["review.confirmed"])
    page.goto(f"/reviews/{review}")
    expect(pressed(page)).to_have_attribute("data-verdict", "pass")
    assert verdicts(site, review)[GREETING].verdict == Verdict.PASS


def test_an_override_without_its_reason_and_a_note_without_a_verdict_survive_a_reload(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("f")
    expect(page.locator("[data-saved]")).to_contain_text("Choose a reason")
    page.keyboard.press("j")
    page.keyboard.press("m")
    page.keyboard.type("soft")
    page.reload()
    expect(item(page, GREETING)).to_contain_class("reasonless")
    expect(page.locator("#note-2")).to_have_value("[0:00] soft")
    assert verdicts(site, review) == {}
    item(page, GREETING).locator("[data-open]").click()
    page.keyboard.press("1")
    expect_saved(page)
    assert verdicts(site, review)[GREETING].reason_code == "fail_0"


def test_a_fault_of_the_server_is_overcome_without_doing_anything(page: Page, site: Site) -> None:
    review = opened(page, site)
    answers = iter((503, 500))

    def answer(route: Route) -> None:
        status = next(answers, None)
        if status is None:
            route.continue_()
        else:
            route.fulfill(status=status, content_type="application/problem+json", body='{"detail": "Busy"}')

    page.route("**/items/*", answer)
    page.keyboard.press("p")
    expect(page.locator("[data-saved]")).to_have_text("Not saved yet, it is tried again: Busy")
    expect_saved(page)
    assert verdicts(site, review)[GREETING].verdict == Verdict.PASS


def test_who_was_signed_out_signs_in_in_another_tab_and_goes_on(
    page: Page, context: BrowserContext, site: Site
) -> None:
    review = opened(page, site)
    context.clear_cookies()
    page.keyboard.press("p")
    expect(page.locator("[data-saved]")).to_contain_text("Signed out: sign in again in another tab")
    context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.alice), "url": site.url}])
    expect_saved(page)
    assert verdicts(site, review)[GREETING].verdict == Verdict.PASS


def test_what_came_after_the_review_was_submitted_is_kept_and_told(page: Page, site: Site) -> None:
    review = opened(page, site)
    submit_as_bob(site, review)
    page.keyboard.press("n")
    page.keyboard.press("1")
    expect(page.get_by_role("alert").filter(has_text="Somebody submitted this review meanwhile")).to_be_visible()
    expect(item(page, GREETING).locator(".person")).to_have_count(0)
    page.get_by_role("button", name="Load the page again").click()
    late = page.locator("[data-kept]")
    expect(late).to_contain_text("1 N/A")
    assert drafts(page) == 1
    late.get_by_role("button", name="Discard it").click()
    expect(late).to_be_hidden()
    assert drafts(page) == 0
    assert verdicts(site, review)[GREETING].verdict == Verdict.PASS
