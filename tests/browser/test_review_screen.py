"""The review screen as a reviewer uses it: by key and by click, on a phone, without a connection, without script."""

import re
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect
from sqlmodel import col, select

from app.coaching.models import CoachingNote, CoachingPoint
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import db
from app.request import SESSION_COOKIE, actor
from app.reviews import service as reviews
from app.reviews.models import Review, ReviewVerdict
from tests.browser.conftest import SAID, Site

ITEMS = 19


def verdicts(site: Site, review: int) -> dict[str, ReviewVerdict]:
    """What people have decided, as it is stored."""
    with db.session(site.engine, reads_only=True) as session:
        rows = session.exec(select(ReviewVerdict).where(col(ReviewVerdict.review_id) == review)).all()
        return {row.item_id: row for row in rows}


def opened(page: Page, site: Site, *, sound: bool = True) -> int:
    """A review on the screen, ready for keys; its id."""
    review = site.review(sound=sound)
    page.goto(f"/reviews/{review}")
    expect(page.locator(".item.active")).to_have_count(1)
    return review


def broken_down(*pages: Page) -> None:
    """The computer breaks down: pages that are left would send what they can, whatever network they were told of."""
    for page in pages:
        with suppress(Error):
            page.goto("chrome://crash")
    for page in pages:
        page.close()


def item(page: Page, name: str) -> Locator:
    return page.locator(f'[data-item="{name}"]')


def expect_playing(page: Page, playing: bool) -> None:
    icon = page.locator("[data-command=play] use")
    expect(icon).to_have_attribute("href", "#i-pause" if playing else "#i-play")


def moment(page: Page) -> float:
    """Where the sound is, in seconds."""
    return float(page.evaluate("document.querySelector('audio').currentTime"))


def expect_moment(page: Page, seconds: str) -> None:
    """Waits until the clock shows one of these seconds, given as a pattern."""
    expect(page.locator("[data-now]")).to_have_text(re.compile(f"^0:{seconds}$"))


def test_what_the_machine_found_is_dashed_until_a_person_accepts_it(page: Page, site: Site) -> None:
    review = opened(page, site)
    passed = item(page, "standard_greeting").get_by_role("button", name=re.compile("^Pass"))
    expect(passed).to_have_class(re.compile(r"\bmachine\b"))
    expect(passed).to_have_css("border-style", "dashed")
    expect(passed).to_have_attribute("aria-pressed", "false")

    page.keyboard.press("a")

    expect(passed).to_have_attribute("aria-pressed", "true")
    expect(passed).to_have_css("border-style", "solid")
    expect(item(page, "asks_name")).to_have_class(re.compile("active"))
    expect(page.locator("[data-left]")).to_have_text(f"{ITEMS - 1} to confirm")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert verdicts(site, review)["standard_greeting"].verdict == Verdict.PASS
    page.reload()
    expect(passed).to_have_attribute("aria-pressed", "true")


def test_an_override_is_saved_only_with_a_reason_and_keeps_the_machines_verdict_beside_it(
    page: Page, site: Site
) -> None:
    review = opened(page, site)
    row = item(page, "standard_greeting")
    score = page.locator("[data-score]").inner_text()

    page.keyboard.press("f")

    reasons = row.get_by_role("group", name="Reason").get_by_role("radio")
    expect(reasons.first).to_be_focused()
    expect(page.locator("[data-saved]")).to_contain_text("Choose a reason to save the change")
    assert verdicts(site, review) == {}

    row.get_by_label("No greeting word").check()

    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    expect(row.get_by_role("button", name=re.compile("^Fail"))).to_have_css("border-style", "solid")
    expect(row.get_by_role("button", name=re.compile("^Pass"))).to_have_css("border-style", "dashed")
    expect(page.locator("[data-score]")).not_to_have_text(score)
    saved = verdicts(site, review)["standard_greeting"]
    assert (saved.verdict, saved.reason_code, saved.machine_verdict) == (Verdict.FAIL, "fail_0", Verdict.PASS)


def test_a_note_is_kept_beside_the_verdict(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("p")
    page.keyboard.press("m")
    with page.expect_response(lambda answer: "voice" in (answer.request.post_data or "")):
        page.keyboard.type("warm <b>voice</b>")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert verdicts(site, review)["standard_greeting"].note == "[0:00] warm <b>voice</b>"


def test_undo_leaves_the_machines_verdict_alone_again(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("p")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert len(verdicts(site, review)) == 1
    page.keyboard.press("u")
    expect(page.locator("[data-left]")).to_have_text(f"{ITEMS} to confirm")
    expect(page.locator("[data-saved]")).to_contain_text("Undone: item 1 is open again · Saved")
    expect(item(page, "standard_greeting").locator(".person")).to_have_count(0)
    assert verdicts(site, review) == {}


@pytest.mark.parametrize(("choice", "kept"), [("Keep mine", Verdict.PASS), ("Take theirs", Verdict.FAIL)])
def test_when_two_decide_the_same_item_the_second_chooses(page: Page, site: Site, choice: str, kept: Verdict) -> None:
    review = opened(page, site)
    with db.session(site.engine) as session:
        bob = site.cast.bob
        reviews.decide(
            session, review, "standard_greeting", Verdict.FAIL, bob, actor(bob), reason_code="misheard", version=0
        )

    page.keyboard.press("p")

    conflict = item(page, "standard_greeting").get_by_role("alert")
    expect(conflict).to_contain_text("Bob changed this to Fail")
    conflict.get_by_role("button", name=choice).click()
    expect(conflict).to_be_hidden()
    if kept == Verdict.PASS:
        expect(page.locator("[data-saved]")).to_contain_text("Saved")
    pressed = item(page, "standard_greeting").locator('[aria-pressed="true"]')
    expect(pressed).to_have_attribute("data-verdict", kept.value)
    expect(page.locator("[data-left]")).to_have_text(f"{ITEMS - 1} to confirm")
    assert verdicts(site, review)["standard_greeting"].verdict == kept


def test_a_verdict_that_is_refused_does_not_stay_on_the_screen(page: Page, site: Site) -> None:
    review = opened(page, site)
    with db.session(site.engine) as session:
        bob = site.cast.bob
        for finding in reviews.standing(session, session.get_one(Review, review)).findings:
            reviews.decide(session, review, finding.id, Verdict.PASS, bob, actor(bob), reason_code="misheard")
        reviews.submit(session, review, bob, actor(bob))

    page.keyboard.press("p")

    expect(page.locator("[data-saved]")).to_contain_text("This review is submitted")
    expect(item(page, "standard_greeting").locator(".person")).to_have_count(0)


def test_what_was_decided_without_a_connection_is_sent_when_the_page_is_opened_again(
    page: Page, context: BrowserContext, site: Site
) -> None:
    review = opened(page, site)
    context.set_offline(True)
    page.keyboard.press("a")
    expect(page.locator("[data-saved]")).to_contain_text("no connection")
    assert verdicts(site, review) == {}
    broken_down(page)

    context.set_offline(False)
    again = context.new_page()
    again.goto(f"/reviews/{review}")

    expect(again.locator("[data-saved]")).to_contain_text("Saved")
    assert verdicts(site, review)["standard_greeting"].verdict == Verdict.PASS


def test_a_review_is_submitted_by_key_alone_once_every_item_is_confirmed(page: Page, site: Site) -> None:
    review = opened(page, site)
    following = site.review(note="2")
    page.keyboard.press("Control+Enter")
    expect(page.locator("[data-saved]")).to_have_text(f"{ITEMS} to confirm")

    for left in reversed(range(ITEMS)):
        by_machine = page.locator(".item.active .choice.machine").count()
        page.keyboard.press("a" if by_machine else "p")
        expect(page.locator("[data-left]")).to_have_text(f"{left} to confirm")
        if not by_machine:
            page.keyboard.press("j")

    page.keyboard.press("Control+Enter")
    page.wait_for_url(re.compile(f"/reviews/{following}"))
    with db.session(site.engine, reads_only=True) as session:
        assert session.get_one(Review, review).state == ReviewState.RELEASED


def test_a_click_in_the_transcript_plays_from_there(page: Page, site: Site) -> None:
    opened(page, site)
    page.locator("[data-turns]").get_by_text("Sorry for the wait").click()
    expect_playing(page, True)
    expect_moment(page, "3[3-9]")
    expect(page.locator("#turn-6")).to_have_attribute("aria-current", "true")
    page.keyboard.press("Space")
    expect_playing(page, False)


def test_a_clip_starts_a_second_early_and_stops_at_its_end(page: Page, site: Site) -> None:
    opened(page, site)
    item(page, "asks_name").locator("[data-open]").click()
    expect(page.locator('mark[data-items~="2"]').first).to_have_class(re.compile("active"))
    page.evaluate(
        "document.querySelector('audio').addEventListener('playing', (event) => {"
        "  document.body.dataset.from = event.target.currentTime; }, { once: true })"
    )

    page.keyboard.press("e")

    expect(page.locator("body")).to_have_attribute("data-from", re.compile("."))
    expect_playing(page, False)
    _, start, end, _ = SAID[2]
    assert start - 1.0 <= float(page.locator("body").get_attribute("data-from") or 0) < start
    assert end <= moment(page) < end + 1.0


def test_a_hold_is_skipped_unless_one_wants_to_hear_it(page: Page, site: Site) -> None:
    opened(page, site)
    expect(page.locator(".hold-text")).to_have_text("Hold 0:20")
    page.get_by_label("Place in the recording").fill("14.5")
    page.keyboard.press("Space")
    expect_moment(page, "3[3-9]")
    page.keyboard.press("Space")
    expect_playing(page, False)

    page.keyboard.press("s")
    page.get_by_label("Place in the recording").fill("14.5")
    page.keyboard.press("Space")
    expect_moment(page, "1[67]")


def test_the_agent_is_drawn_above_whichever_channel_it_was(page: Page, site: Site) -> None:
    opened(page, site)
    agent = page.locator(".faint .agent")
    expect(agent).to_have_count(1)
    # The agent speaks in the first four seconds: the bars there are tall in the upper row.
    bars = re.findall(r"M([\d.]+) [\d.]+v([\d.]+)", agent.get_attribute("d") or "")
    width = float(bars[-1][0])
    heard = {"agent": 0.0, "customer": 0.0}
    for x, tall in bars:
        at = float(x) / width * SAID[-1][2]
        who = next((who for who, start, end, _ in SAID if start < at < end), None)
        if who:
            heard[who] = max(heard[who], float(tall)) if who == "agent" else heard[who] + (float(tall) > 10)
    assert heard["agent"] > 30
    assert heard["customer"] <= 4


def test_the_pins_are_one_stop_of_the_tab_key_and_arrows_go_between_them(page: Page, site: Site) -> None:
    opened(page, site)
    pins = page.locator("[data-pins] button")
    assert pins.count() > 2
    assert page.locator('[data-pins] button[tabindex="0"]').count() == 1
    pins.first.focus()
    page.keyboard.press("ArrowRight")
    expect(pins.nth(1)).to_be_focused()
    number = pins.nth(1).inner_text()
    page.keyboard.press("Enter")
    expect(page.locator(f"#item-{number}")).to_have_class(re.compile("active"))


def test_words_are_found_in_the_transcript(page: Page, site: Site) -> None:
    opened(page, site)
    page.keyboard.press("/")
    page.keyboard.type("card")
    expect(page.locator("[data-find-count]")).to_have_text("1 of 2")
    page.keyboard.press("Enter")
    expect(page.locator("[data-find-count]")).to_have_text("2 of 2")
    page.locator("[data-find]").fill("nowhere")
    expect(page.locator("[data-find-count]")).to_have_text("Not found")


def test_single_keys_can_be_switched_off(page: Page, site: Site) -> None:
    review = opened(page, site)
    page.keyboard.press("?")
    page.get_by_role("switch", name="Single keys").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("p")
    page.reload()
    page.keyboard.press("p")
    expect(page.locator("[data-left]")).to_have_text(f"{ITEMS} to confirm")
    assert verdicts(site, review) == {}


def test_a_coaching_note_goes_to_the_agent_with_its_clip(page: Page, site: Site) -> None:
    opened(page, site)
    item(page, "asks_name").locator("[data-open]").click()
    page.keyboard.press("c")
    page.keyboard.type("Good: you asked at once.")
    page.get_by_role("button", name="Send").click()
    expect(page.locator("[data-saved]")).to_have_text("Coaching note kept; the agent reads it with the released result")
    with db.session(site.engine, reads_only=True) as session:
        note = session.exec(select(CoachingNote)).one()
        point = session.exec(select(CoachingPoint)).one()
    assert (point.item_id, note.heard, note.agent_id) == ("asks_name", "Good: you asked at once.", site.cast.dana.id)
    assert point.start == pytest.approx(SAID[2][1], abs=0.6)


def test_what_is_said_in_a_call_is_shown_as_it_was_said_and_does_nothing(page: Page, site: Site) -> None:
    opened(page, site)
    expect(page.locator("#turn-7")).to_contain_text(SAID[6][3])
    assert page.title() != "taken"


def test_a_call_of_which_only_words_were_kept_is_reviewed_without_a_player(page: Page, site: Site) -> None:
    review = opened(page, site, sound=False)
    expect(page.locator("audio")).to_have_count(0)
    page.keyboard.press("Space")
    page.keyboard.press("a")
    expect(page.locator("[data-left]")).to_have_text(f"{ITEMS - 1} to confirm")
    expect(page.locator("[data-saved]")).to_contain_text("Saved")
    assert len(verdicts(site, review)) == 1


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_scorecard_and_transcript_as_tabs_and_never_scrolls_sideways(
    page: Page, site: Site, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 700})
    opened(page, site)
    expect(page.locator("[data-turns]")).to_be_hidden()
    page.get_by_role("tab", name="Transcript").click()
    expect(page.locator("[data-turns]")).to_be_visible()
    expect(page.locator(".items")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_without_script_all_of_it_can_be_read_and_heard(browser: Browser, site: Site) -> None:
    review = site.review()
    with browser.new_context(base_url=site.url, java_script_enabled=False) as context:
        context.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.alice), "url": site.url}])
        page = context.new_page()
        page.goto(f"/reviews/{review}")
        expect(page.locator("audio")).to_be_visible()
        expect(page.locator("#found-1")).to_be_visible()
        expect(page.locator("#found-19")).to_be_visible()
        expect(page.get_by_text("Not heard: thanks for the call")).to_be_visible()
        expect(page.get_by_text("Sorry for the wait").first).to_be_visible()


def test_dark_mode_is_kept(page: Page, site: Site) -> None:
    opened(page, site)
    page.get_by_role("button", name="Dark mode").click()
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    expect(page.get_by_role("button", name="Dark mode")).to_have_attribute("aria-pressed", "true")
