"""The failing clips of an item, heard one after another in a real browser."""

from playwright.sync_api import Page, expect

from app.kit import clock, db
from app.reviews.models import Review
from tests.browser.conftest import Site

ITEM = "/items/closing_question?card=inbound-en"
# How fast the sound is played here: what is asked is the order, not the waiting.
HURRY = """() => {
  const audio = document.querySelector('[data-clip-player]');
  audio.defaultPlaybackRate = audio.playbackRate = 16;
  audio.muted = true;
  window.heard = [];
  audio.addEventListener('play', () => window.heard.push([audio.getAttribute('src'), audio.currentTime]));
}"""


def open_item(site: Site, page: Page, calls: int = 3) -> None:
    for number in range(calls):
        site.review(note=str(number))
    # The first page that asks for the scorecards of all languages waits until they are read.
    page.goto(ITEM)
    page.evaluate(HURRY)


def current(page: Page) -> int:
    """The place of the row that is being heard, from 0."""
    return int(
        page.evaluate("() => [...document.querySelectorAll('[data-clip-row]')].findIndex((row) => row.ariaCurrent)")
    )


def test_play_failing_clips_plays_every_one_in_turn_and_stops_at_the_end(site: Site, page: Page) -> None:
    open_item(site, page)
    page.get_by_role("button", name="Play failing clips").click()
    expect(page.locator("[data-clip-now]")).to_contain_text("1 of 3")
    expect(page.locator("[data-clip-now]")).to_contain_text("3 of 3")
    page.wait_for_function("() => document.querySelector('[data-clip-player]').paused && window.heard.length === 3")
    heard = page.evaluate("() => window.heard.map(([source]) => source)")
    assert heard == [f"/calls/{number}/audio" for number in (3, 2, 1)]
    end = float(page.locator("[data-clip-audio]").last.get_attribute("data-clip-to") or 0)
    assert page.evaluate("() => document.querySelector('[data-clip-player]').currentTime") < end + 5


def test_a_single_clip_is_played_alone_from_its_beginning(site: Site, page: Page) -> None:
    open_item(site, page)
    second = page.locator("[data-clip-audio]").nth(1)
    second.click()
    page.wait_for_function("() => window.heard.length && document.querySelector('[data-clip-player]').paused")
    (heard,) = page.evaluate("() => window.heard")
    assert heard[0] == "/calls/2/audio"
    assert abs(heard[1] - float(second.get_attribute("data-clip-from") or 0)) < 1
    assert current(page) == 1


def test_keys_walk_through_the_clips_and_pause_them(site: Site, page: Page) -> None:
    open_item(site, page)
    page.evaluate("() => { document.querySelector('[data-clip-player]').defaultPlaybackRate = 1 }")
    page.keyboard.press("j")
    expect(page.locator("[data-clip-now]")).to_contain_text("1 of 3")
    page.keyboard.press("j")
    expect(page.locator("[data-clip-now]")).to_contain_text("2 of 3")
    page.keyboard.press("k")
    expect(page.locator("[data-clip-now]")).to_contain_text("1 of 3")
    page.keyboard.press("Space")
    page.wait_for_function("() => document.querySelector('[data-clip-player]').paused")
    page.keyboard.press("Space")
    page.wait_for_function("() => !document.querySelector('[data-clip-player]').paused")
    page.keyboard.press("Enter")
    page.wait_for_url("**/reviews/3")


def test_without_single_keys_none_acts_and_buttons_still_do(site: Site, page: Page) -> None:
    page.goto("/me")
    page.get_by_role("switch", name="Single keys act, in this browser").uncheck()
    open_item(site, page)
    page.keyboard.press("j")
    assert current(page) == -1
    page.locator("[data-clip-audio]").first.click()
    expect(page.locator("[data-clip-now]")).to_contain_text("1 of 3")


def test_a_call_of_which_only_words_were_kept_is_passed_over(site: Site, page: Page) -> None:
    site.review(sound=False, note="words")
    open_item(site, page, calls=1)
    page.get_by_role("button", name="Play failing clips").click()
    expect(page.locator("[data-clip-now]")).to_contain_text("1 of 1")
    expect(page.get_by_text("Only words were kept of this call.")).to_be_visible()


def test_reading_works_without_script(site: Site, page: Page) -> None:
    site.review(note="1")
    browser = page.context.browser
    assert browser is not None
    with browser.new_context(base_url=site.url, java_script_enabled=False) as plain:
        plain.add_cookies(page.context.cookies())  # type: ignore[arg-type]
        read = plain.new_page()
        read.goto(ITEM)
        expect(read.get_by_role("heading", name="Failing calls")).to_be_visible()
        expect(read.get_by_role("button", name="Play failing clips")).to_have_count(0)
        expect(read.locator("[data-clip-row]")).to_have_count(1)


def test_visiting_the_inbox_marks_it_as_seen(site: Site, page: Page) -> None:
    review = site.review(note="1")
    with db.session(site.engine) as session:
        due = session.get_one(Review, review)
        due.due_at = clock.now()
        session.add(due)
    page.goto("/calls")
    expect(page.locator(".nav-count")).to_contain_text("1")
    with page.expect_response("**/inbox/seen"):
        page.goto("/inbox")
    expect(page.locator(".waiting .new")).to_have_count(1)
    page.goto("/calls")
    expect(page.locator(".nav-count")).to_be_empty()
