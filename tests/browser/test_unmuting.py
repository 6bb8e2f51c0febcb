"""A recording with a hidden number: everybody is told, leaders go on unmuted at the same place, by the keyboard too."""

from playwright.sync_api import BrowserContext, Page, expect
from sqlmodel import select

from app.calls.models import AccessKind, RecordingAccess
from app.domain.transcript import Span
from app.kit import db
from app.request import SESSION_COOKIE
from tests.browser.conftest import Site
from tests.browser.test_review_screen import expect_moment, expect_playing

MUTED = (Span(start=5.0, end=7.0),)


def noted(site: Site) -> list[tuple[AccessKind, str]]:
    with db.session(site.engine, reads_only=True) as session:
        return [(one.kind, one.place) for one in session.exec(select(RecordingAccess).order_by(RecordingAccess.id))]


def test_a_reviewer_is_told_and_offered_nothing(page: Page, site: Site) -> None:
    review = site.review()
    site.mute(review, MUTED)
    page.goto(f"/reviews/{review}")
    expect(page.get_by_text("1 stretch is muted")).to_be_visible()
    expect(page.get_by_role("button", name="Hear it unmuted")).to_have_count(0)
    assert noted(site) == []
    page.get_by_label("Place in the recording").fill("1")
    page.keyboard.press("Space")
    expect_playing(page, True)
    expect_moment(page, "0[2-9]")
    assert noted(site) == [(AccessKind.PLAYED, f"/reviews/{review}")]


def test_a_leader_goes_on_unmuted_at_the_same_place_by_the_keyboard(
    page: Page, context: BrowserContext, site: Site
) -> None:
    review = site.review()
    call = site.mute(review, MUTED)
    context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.bob), "url": site.url}])
    page.goto(f"/calls/{call}")
    page.get_by_label("Place in the recording").fill("6")
    button = page.get_by_role("button", name="Hear it unmuted (is logged)")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Unmuted from now on; this is logged with your name.")).to_be_visible()
    expect(button).to_be_hidden()
    expect(page.get_by_role("button", name="Play or pause")).to_be_focused()
    assert noted(site) == [(AccessKind.UNMUTED, f"/calls/{call}")]
    page.keyboard.press("Enter")
    expect_playing(page, True)
    expect_moment(page, "(0[6-9]|1[0-9])")
    assert "/unmuted/" in page.evaluate("document.querySelector('audio').src")
    assert noted(site) == [(AccessKind.UNMUTED, f"/calls/{call}")]
