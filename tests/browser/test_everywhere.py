"""What holds on every page: its frame, a narrow screen, the keyboard, no script, no dead end."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from tests.browser.furnished import Furnished
from tests.browser.looking import NOT_TABBED, OUT_OF_SIGHT, TAB_STOP, TAB_STOPS, TOO_SMALL
from tests.browser.pages import PAGES, Seen, shown

SIGNED_IN = tuple(seen for seen in PAGES if seen.who)
DESK, PHONE, NARROWEST = (ViewportSize(width=width, height=900) for width in (1440, 390, 320))


@dataclass(frozen=True)
class Opened:
    """A page, and what its console complained of while it loaded."""

    seen: Seen
    page: Page
    faults: tuple[str, ...]


# Opened once for all that is asked of it: pytest asks one page after the other.
@pytest.fixture(scope="module", params=PAGES, ids=str)
def opened(request: pytest.FixtureRequest, browser: Browser, furnished: Furnished) -> Iterator[Opened]:
    seen, faults = request.param, list[str]()
    with shown(browser, furnished, seen, faults=faults, viewport=DESK) as page:
        yield Opened(seen, page, tuple(faults))


def test_a_page_has_a_title_one_heading_its_language_and_no_fault(opened: Opened) -> None:
    page = opened.page
    # That the answer is no page is told on the page, and by Chromium on the console too.
    assert [one for one in opened.faults if f"status of {opened.seen.status}" not in one] == []
    assert len(page.title()) > len(" · Callmark")
    assert page.locator("html").get_attribute("lang") == "en"
    [heading] = page.get_by_role("heading", level=1).all()
    assert heading.inner_text().strip()


def test_everything_is_reached_by_the_tab_key_and_shows_that_it_is(opened: Opened) -> None:
    page = opened.page
    page.set_viewport_size(DESK)
    stops: list[dict[str, Any]] = []
    counted = page.evaluate(TAB_STOPS)
    for pressed in range(2 * counted):
        # What comes late, as the preview of a scorecard does, has stops that were not counted: then once more around.
        if pressed >= counted and page.evaluate(NOT_TABBED) == []:
            break
        # The editor of a scorecard keeps the Tab key until Escape, and says so.
        if page.evaluate("document.activeElement.id") == "card-text":
            page.keyboard.press("Escape")
        page.keyboard.press("Tab")
        if stop := page.evaluate(TAB_STOP):
            stops.append(stop)
    assert page.evaluate(NOT_TABBED) == []
    assert [one["place"] for one in stops if not one["outlined"]] == []
    # In the order of the page: nobody is thrown back, except once from its end to its beginning.
    back = [(a["place"], b["place"]) for a, b in pairwise(stops) if b["order"] < a["order"]]
    assert len(back) <= 1, back


def test_what_is_pressed_is_large_enough(opened: Opened) -> None:
    opened.page.set_viewport_size(DESK)
    assert opened.page.evaluate(TOO_SMALL, 24) == []
    opened.page.set_viewport_size(PHONE)
    assert opened.page.evaluate(TOO_SMALL, 40) == []


def test_nothing_of_a_page_is_out_of_sight_on_the_narrowest_screen(opened: Opened) -> None:
    page = opened.page
    page.set_viewport_size(NARROWEST)
    page.evaluate("document.querySelectorAll('main details').forEach((one) => { one.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert page.evaluate(OUT_OF_SIGHT) == []


@pytest.mark.parametrize("seen", SIGNED_IN, ids=str)
def test_a_page_is_read_without_script_and_none_of_its_links_leads_nowhere(
    browser: Browser, furnished: Furnished, seen: Seen
) -> None:
    with shown(browser, furnished, seen, java_script_enabled=False) as page:
        assert page.get_by_role("heading", level=1).is_visible()
        assert len(page.locator("main").inner_text()) > 20
        hrefs = {str(link.get_attribute("href")) for link in page.locator("a[href]").all()}
        dead = {}
        for href in sorted(one for one in hrefs if one.startswith(("/", "?"))):
            address = href if href.startswith("/") else f"{page.url.split('?')[0]}{href}"
            if address.split("?")[0] not in _followed(furnished, seen.who):
                _followed(furnished, seen.who).add(address.split("?")[0])
                status = page.request.get(address).status
                if status >= 400:
                    dead[href] = status
        # Where there is nothing, one may try again.
        assert dead.keys() <= ({furnished.address(seen.path)} if seen.status >= 400 else set())


FOLLOWED: dict[tuple[int, str], set[str]] = {}


def _followed(furnished: Furnished, who: str) -> set[str]:
    """Where this person's links were followed to already."""
    return FOLLOWED.setdefault((id(furnished), who), set())
