"""Every page speaks Chinese and Japanese throughout: no English is left between what people and calls are called."""

import re
from functools import cache

import pytest
from playwright.sync_api import Browser, Page, expect

from app.kit.i18n import translator
from frontend.gather_words import gathered
from tests.browser.furnished import FREE_TEXT, Furnished
from tests.browser.looking import WORDS
from tests.browser.pages import PAGES, Seen, shown

TAGS = {"zh": "zh-CN", "ja": "ja"}
SIGNED_IN = tuple(seen for seen in PAGES if seen.who)
TWO_WORDS = re.compile(r"[A-Za-z]{2,}[,.:;’]? +[A-Za-z]{2,}")
# Said alike everywhere: names of formats and things, and what a person types.
SAME_EVERYWHERE = re.compile(
    r"WAV|MP3|Ogg|Opus|FLAC|M4A|JSON|SRT|VTT|CSV|YAML|Excel|UTF-8|Callmark|callmark worker|[Cc]all id|Ctrl|Enter|Esc|[\w+-]+/[\w/+-]+"
)


@cache
def english_of(language: str) -> set[str]:
    """All that the product says in English and says otherwise in this language."""
    words = translator(language)
    texts = {text if isinstance(text, str) else text[0] for text in gathered()}
    return {text for text in texts if words.gettext(text) != text}


def left_in_english(page: Page, language: str) -> list[str]:
    """What a reader of this language sees that nobody translated."""
    known, found = english_of(language), []
    for said in page.evaluate(WORDS):
        text = " ".join(said.split())
        plain = text
        for free in FREE_TEXT:
            plain = plain.replace(free, "")
        if text in known or TWO_WORDS.search(SAME_EVERYWHERE.sub("", plain)):
            found.append(text)
    return found


@pytest.mark.parametrize("language", ["zh", "ja"])
@pytest.mark.parametrize("seen", SIGNED_IN, ids=str)
def test_a_page_speaks_the_readers_language_throughout(
    browser: Browser, furnished: Furnished, seen: Seen, language: str
) -> None:
    with furnished.spoken(seen.who, language), shown(browser, furnished, seen) as page:
        expect(page.locator("html")).to_have_attribute("lang", TAGS[language])
        assert left_in_english(page, language) == []


@pytest.mark.parametrize("language", ["zh", "ja"])
def test_who_is_not_signed_in_reads_the_language_of_the_browser(
    browser: Browser, furnished: Furnished, language: str
) -> None:
    with shown(browser, furnished, Seen("", "/sign-in"), locale=TAGS[language]) as page:
        expect(page.locator("html")).to_have_attribute("lang", TAGS[language])
        assert left_in_english(page, language) == []


def test_english_that_was_forgotten_is_found(browser: Browser, furnished: Furnished) -> None:
    with furnished.spoken("alice", "zh"), shown(browser, furnished, Seen("alice", "/queue")) as page:
        for text in ("Nobody translated this", "Sign out", "Dana", "wav"):
            page.evaluate("said => document.querySelector('main').append(said)", f" {text} ")
            page.evaluate("document.querySelector('main').append(document.createElement('br'))")
        assert left_in_english(page, "zh") == ["Nobody translated this", "Sign out"]
