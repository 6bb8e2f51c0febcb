"""A supervisor's coaching from end to end: found in the inbox, written, heard and answered by the agent, done."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from playwright.sync_api import Browser, Page, expect

from app.accounts.models import User
from app.domain.evidence import Verdict
from app.domain.lifecycle import Act
from app.kit import clock, db
from app.kit.db import id_of
from app.request import SESSION_COOKIE, actor
from app.reviews import queries as reviews
from app.reviews import service
from app.reviews.models import Review
from app.scorecards.active import active
from app.tallies.models import TallyKey
from app.tallies.service import Counts, count
from tests.browser.conftest import PATIENT, Site

ITEM = "asks_name"


@contextmanager
def page_of(browser: Browser, site: Site, person: User) -> Iterator[Page]:
    with browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900}) as context:
        context.set_default_timeout(PATIENT)
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(person), "url": site.url}])
        yield context.new_page()


def failed_and_released(site: Site) -> int:
    """The call of a released review in which one item failed."""
    review_id, alice = site.review(), site.cast.alice
    with db.session(site.engine) as session:
        review = reviews.lock(session, review_id)
        for finding in service.standing(session, review).findings:
            verdict = Verdict.FAIL if finding.id == ITEM else Verdict.PASS
            service.decide(session, review_id, finding.id, verdict, alice, actor(alice), reason_code="misheard")
        service.submit(session, review_id, alice, actor(alice))
    with db.session(site.engine) as session:
        review = reviews.lock(session, review_id)
        if review.state.value == "submitted":
            review.state, review.released_at = service.moved(review, Act.RELEASE), clock.now()
            session.add(review)
        return session.get_one(Review, review_id).call_id


def most_fail(site: Site) -> None:
    """Both agents of team A failed an item in most of their reviewed calls."""
    with db.session(site.engine) as session:
        card, day = active(session, "en").card, clock.now().date() - timedelta(days=5)
        for agent in (site.cast.dana, site.cast.mei):
            key = TallyKey(
                source="final",
                site_day=day,
                team_id=id_of(site.cast.team_a),
                agent_id=id_of(agent),
                scorecard=card.id,
                version=card.version,
                design="every",
            )
            for number in range(8):
                verdicts = {"closing_question": "fail" if number else "pass"}
                count(session, 10_000 + 10 * id_of(agent) + number, key, Counts(items=verdicts), clock.now())


def test_an_uncoached_item_is_coached_answered_followed_up_and_done(browser: Browser, site: Site) -> None:
    failed_and_released(site)
    with page_of(browser, site, site.cast.bob) as bob:
        bob.goto("/inbox")
        bob.get_by_role("region", name="Failed and not coached yet").get_by_role("link").nth(1).click()
        expect(bob.get_by_role("heading", level=1)).to_have_text("Note to Dana")
        bob.get_by_label("Begin with a template").select_option(label="Listening and saying it back")
        expect(bob.get_by_label("What went well")).not_to_have_value("")
        bob.get_by_label("Its effect").fill("She had to spell her name twice.")
        bob.get_by_role("button", name="Send", exact=True).click()
        expect(bob.get_by_text("Not acknowledged yet")).to_be_visible()
        note = bob.url.split("?")[0]

        with page_of(browser, site, site.cast.dana) as dana:
            dana.goto("/inbox")
            dana.get_by_role("link", name="From Bob").click()
            expect(dana.get_by_text("She had to spell her name twice.")).to_be_visible()
            with dana.expect_request("**/audio"):
                dana.get_by_role("button", name="Play the clips").click()
            dana.get_by_role("textbox", name="Your answer").fill("I will let her finish.")
            dana.get_by_role("button", name="Acknowledge").click()
            expect(dana.get_by_role("status").first).to_contain_text("Acknowledged")

        bob.goto("/inbox")
        bob.get_by_role("region", name="Answers to your notes").get_by_role("link", name="Dana").click()
        assert bob.url.split("?")[0] == note
        expect(bob.get_by_text("I will let her finish.")).to_be_visible()
        words = bob.get_by_label("What you found when you looked again")
        words.fill("Heard two calls: better.")
        bob.get_by_label("Look again on").fill((clock.now() + timedelta(days=7)).date().isoformat())
        bob.get_by_role("button", name="Keep and look again").click()
        expect(bob.get_by_text("Heard two calls: better.")).to_be_visible()
        words.fill("She waits now.")
        bob.get_by_role("button", name="Done").click()
        expect(bob.get_by_text("She waits now.")).to_be_visible()
        expect(bob.get_by_role("heading", name="Follow up")).to_have_count(0)
        bob.goto("/inbox")
        expect(bob.get_by_role("region", name="Failed and not coached yet")).to_have_count(0)


def test_a_training_is_suggested_where_most_of_the_team_is_weak(browser: Browser, site: Site) -> None:
    most_fail(site)
    with page_of(browser, site, site.cast.bob) as bob:
        bob.goto("/coaching/topics")
        expect(bob.get_by_text("2 of 2 agents with enough reviewed calls are weak here.")).to_be_visible()
        bob.get_by_role("link", name="Suggest a training").first.click()
        expect(bob.get_by_role("checkbox", name="Dana")).to_be_checked()
        expect(bob.get_by_role("checkbox", name="Mei")).to_be_checked()
        bob.get_by_label("Topic").fill("Asking whether anything is left")
        bob.get_by_label("Try next time").fill("Come on Friday at nine.")
        bob.get_by_role("button", name="Send to all of them").click()
        expect(bob.get_by_role("heading", name="Asking whether anything is left")).to_have_count(2)
