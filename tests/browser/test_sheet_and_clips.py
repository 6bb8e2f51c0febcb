"""Paper, shared clips, and what a page tells when something goes wrong, in a real browser."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from app.domain.evidence import Verdict
from app.kit import db
from app.kit.db import id_of
from app.request import actor
from app.reviews import queries as reviews
from app.reviews import service
from app.reviews.offering import Terms
from app.sharing.service import Stretch, share_clip
from tests.browser.conftest import Site

REASON = "The order number was asked for a second time although the customer had given it at the very beginning. "


def pages_of(pdf: bytes) -> int:
    """How many pages a PDF has."""
    return len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf))


def decide(site: Site, review_id: int, note: str) -> None:
    """Alice fails every item with this note, and submits."""
    alice = site.cast.alice
    with db.session(site.engine) as session:
        review = reviews.review(session, alice, review_id)
        for finding in service.standing(session, review).findings:
            service.decide(
                session, review_id, finding.id, Verdict.FAIL, alice, actor(alice), reason_code="misheard", note=note
            )
        service.submit(session, id_of(review), alice, actor(alice), Terms(release_hours=0))


def share(site: Site, start: float, end: float) -> str:
    """The path of a link to this part of the first call."""
    with db.session(site.engine) as session:
        alice = site.cast.alice
        return f"/clips/{share_clip(session, alice, 1, Stretch(start, end), actor(alice))[0]}"


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_a_call_of_nineteen_items_fits_on_one_page(page: Page, site: Site, paper: str) -> None:
    site.review()
    page.goto("/calls/1/sheet?signatures=1")
    expect(page.locator(".paper-items th[scope=row]")).to_have_count(19)
    assert pages_of(page.pdf(format=paper)) == 1


@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_long_reasons_are_shortened_so_that_one_page_is_enough(page: Page, site: Site, paper: str) -> None:
    decide(site, site.review(), 15 * REASON)
    page.goto("/calls/1/sheet?signatures=1")
    assert pages_of(page.pdf(format=paper)) == 1
    assert len(page.locator(".paper").inner_text()) < 5000


def test_the_sheet_is_printed_by_its_button_which_is_not_on_the_paper(page: Page, site: Site) -> None:
    site.review()
    page.add_init_script("window.printed = 0; window.print = () => { window.printed += 1; };")
    page.goto("/calls/1")
    page.get_by_role("link", name="Sheet to print").click()
    button = page.get_by_role("button", name="Print")
    button.click()
    assert page.evaluate("window.printed") == 1
    page.emulate_media(media="print")
    expect(button).to_be_hidden()
    expect(page.get_by_role("banner")).to_be_hidden()
    # Whether a machine or a person decided is told by the frame and by words, on paper without any colour too.
    machine = page.locator(".paper .verdict.machine").first
    assert machine.evaluate("one => getComputedStyle(one).borderTopStyle") == "dashed"


def test_a_shared_clip_plays_its_stretch_and_stops(page: Page, site: Site) -> None:
    site.review()
    page.goto(share(site, 7.5, 9.0))
    expect(page.get_by_text("May I have your name please?")).to_be_visible()
    expect(page.get_by_text("Grace Okafor.")).to_have_count(0)
    page.get_by_role("button", name="Play").click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    stopped = page.evaluate("document.querySelector('audio').currentTime")
    assert 8.9 <= stopped <= 9.6
    page.get_by_label("Place in the clip").fill("0.5")
    assert page.evaluate("document.querySelector('audio').currentTime") == pytest.approx(8.0, abs=0.1)
    page.get_by_role("link", name="Open the call at").click()
    expect(page).to_have_url(re.compile(r"/calls/1#turn-3$"))


def test_a_link_made_on_the_page_of_a_call_opens_the_clip(page: Page, site: Site) -> None:
    site.review()
    page.goto("/calls/1")
    clips = page.locator("#clips")
    clips.get_by_text("Share a clip by a link").click()
    clips.get_by_label("Clip from").fill("0:05")
    clips.get_by_label("to", exact=True).fill("0:07")
    clips.get_by_role("button", name="Make the link").click()
    page.get_by_role("link", name="Open it").click()
    expect(page.get_by_text("My card was declined.")).to_be_visible()
    page.goto("/calls/1")
    clips.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_text("No part of this call is shared by a link.")).to_be_visible()


def test_a_part_of_a_page_that_does_not_come_is_told_until_it_comes(page: Page, site: Site) -> None:
    site.review()
    page.goto("/calls/1")
    trouble = page.locator("[data-trouble]")
    expect(trouble).to_be_hidden()

    def refuse(route: Route) -> None:
        answer = '<main><p role="alert">The call was changed meanwhile.</p></main>'
        route.fulfill(status=409, content_type="text/html", body=answer)

    page.route("**/calls/1/turns/*", refuse)
    page.locator(".mend-turn").first.click()
    expect(trouble).to_contain_text("The call was changed meanwhile.")
    page.unroute("**/calls/1/turns/*")
    page.context.set_offline(True)
    page.locator(".mend-turn").nth(1).click()
    expect(trouble).to_contain_text("No connection to Callmark")
    page.context.set_offline(False)
    page.locator(".mend-turn").nth(2).click()
    expect(trouble).to_be_hidden()


def test_a_form_is_sent_once_however_often_its_button_is_pressed(page: Page, site: Site) -> None:
    site.review()
    page.goto("/calls/1")
    page.get_by_text("Write to Dana").click()
    coaching = page.locator("#coaching")
    coaching.get_by_label("What was heard").fill("Ask for the name first.")
    button = coaching.get_by_role("button", name="Send")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    with page.expect_request("**/calls/1/coaching"):
        busy = button.evaluate("one => { one.click(); one.click(); return one.form.ariaBusy; }")
    assert busy == "true"
    expect(page.locator(".note")).to_have_count(1)
    assert len(sent) == 1
