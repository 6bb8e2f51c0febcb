"""An agent's day with a result: found in the inbox, heard, scored by themselves, disputed, decided, acknowledged."""

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, expect

from app.accounts.models import User
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import db
from app.request import SESSION_COOKIE, actor
from app.reviews import queries as reviews
from app.reviews import service
from app.reviews.models import Review
from app.reviews.offering import Terms
from tests.browser.conftest import PATIENT, Site


@contextmanager
def browsing(browser: Browser, site: Site, user: User) -> Iterator[Page]:
    """A page of this person's browser."""
    with browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900}) as context:
        context.set_default_timeout(PATIENT)
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(user), "url": site.url}])
        yield context.new_page()


def submitted(site: Site) -> int:
    """A review in which Alice failed politeness, with a note, and which Dana may read."""
    review_id, alice = site.review(), site.cast.alice
    with db.session(site.engine) as session:
        found = service.standing(session, reviews.lock(session, review_id)).findings
        for finding in found:
            machine = finding.verdict if finding.verdict in service.DECISIONS else Verdict.PASS
            verdict, note = (Verdict.FAIL, "You sighed.") if finding.id == "polite" else (machine, "")
            service.decide(session, review_id, finding.id, verdict, alice, actor(alice), reason_code="other", note=note)
        service.submit(session, review_id, alice, actor(alice), Terms(release_hours=0))
    return review_id


def test_an_agent_hears_scores_disputes_and_acknowledges_their_result(browser: Browser, site: Site) -> None:
    review_id = submitted(site)
    with db.session(site.engine, reads_only=True) as session:
        call = session.get_one(Review, review_id).call_id
    with browsing(browser, site, site.cast.dana) as page:
        page.goto("/inbox")
        page.get_by_role("link", name="Grace Okafor").click()
        expect(page.get_by_role("heading", name="Your result")).to_be_visible()
        clip = page.locator("button.clip:enabled").first
        page.locator("li:has(button.clip:enabled) summary").first.click()
        clip.click()
        page.wait_for_function("() => document.querySelector('audio').currentTime > 0")

        page.get_by_role("link", name="Score it yourself").click()
        for group in page.locator("fieldset.choices").all():
            group.get_by_role("radio").first.check()
        page.get_by_role("button", name="Keep my score").click()
        expect(page.get_by_role("heading", name="Your own score")).to_be_visible()
        expect(page.locator("tr.differs")).not_to_have_count(0)

        polite = page.locator("ol.verdicts > li", has_text="You sighed.")
        polite.locator("summary").first.click()
        expect(polite.get_by_text("You sighed.")).to_be_visible()
        polite.get_by_text("Dispute this item").click()
        polite.get_by_label("Pass").check()
        polite.get_by_label("Why you see it otherwise").fill("That was the line, not me.")
        polite.get_by_role("button", name="Send the dispute").click()
        expect(page.get_by_role("status").filter(has_text="Your dispute is sent")).to_be_visible()

    with browsing(browser, site, site.cast.alice) as page:
        page.goto("/disputes")
        page.locator("table.disputes th a").first.click()
        expect(page.get_by_text("The verdict is yours")).to_be_visible()
        expect(page.get_by_role("button", name="Decide and tell the agent")).to_have_count(0)

    with browsing(browser, site, site.cast.bob) as page:
        page.goto("/disputes")
        page.locator("table.disputes th a").first.click()
        expect(page.get_by_text("That was the line, not me.")).to_be_visible()
        page.get_by_label("Accept in part").check()
        page.locator(".in-part").get_by_label("N/A").check()
        page.get_by_label("Your words to Dana").fill("It cannot be told on this line.")
        page.get_by_role("button", name="Decide and tell the agent").click()
        expect(page.get_by_role("heading", name="What was decided about the dispute")).to_be_visible()

    with browsing(browser, site, site.cast.dana) as page:
        page.goto(f"/calls/{call}")
        expect(page.get_by_text("Dispute decided").first).to_be_visible()
        page.locator("ol.verdicts > li", has_text="It cannot be told").locator("summary").first.click()
        expect(page.get_by_text("It cannot be told on this line.").first).to_be_visible()
        page.get_by_label("Your words to it").fill("Thank you.")
        page.get_by_role("button", name="Acknowledge the result").click()
        expect(page.get_by_text("You have acknowledged the result.")).to_be_visible()

    with db.session(site.engine, reads_only=True) as session:
        review = session.get_one(Review, review_id)
        assert (review.state, review.acknowledged_words) == (ReviewState.ACKNOWLEDGED, "Thank you.")
        assert reviews.verdicts(session, review_id)["polite"].verdict == Verdict.NOT_APPLICABLE
