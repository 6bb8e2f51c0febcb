"""Everything the product says is said whole in Chinese and Japanese; another language hears English."""

import re
from collections import Counter

import pytest

from app.domain.evidence import Reason
from app.kit.i18n import LANGUAGES, preferred_language, translator
from frontend.gather_words import LANGUAGES as TRANSLATED
from frontend.gather_words import gathered, in_templates, untranslated

PLACES = re.compile(r"%\(\w+\)[sd]|%%|\{\w+\}")


def places(text: str) -> Counter[str]:
    return Counter(PLACES.findall(text))


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_text_is_translated(language: str) -> None:
    assert untranslated(language) == []


def test_every_language_offered_but_english_has_translations() -> None:
    assert {"en", *TRANSLATED} == set(LANGUAGES)


@pytest.mark.parametrize("language", TRANSLATED)
def test_no_translation_loses_or_invents_a_place_for_a_value(language: str) -> None:
    words = translator(language)
    texts = [text if isinstance(text, str) else text[0] for text in gathered()]
    assert [text for text in texts if places(words.gettext(text)) != places(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_a_template_says_has_no_percent_sign_that_formatting_would_stumble_over(language: str) -> None:
    words = translator(language)
    told = {text: words.gettext(text).replace("%%", "") for text in in_templates()}
    assert [text for text, said in told.items() if re.search(r"%(?!\()", said)] == []


@pytest.mark.parametrize("language", TRANSLATED)
def test_markup_and_line_breaks_are_those_of_the_english_text(language: str) -> None:
    words = translator(language)
    texts = [text if isinstance(text, str) else text[0] for text in gathered()]
    marks = re.compile(r"</?\w[^>]*>|\n|^ | $")
    # What stands between the words of a list is written with a space here and without one there.
    told = [text for text in texts if re.search(r"\w", text)]
    assert [text for text in told if marks.findall(words.gettext(text)) != marks.findall(text)] == []


def test_one_and_many_are_said_alike_in_chinese_and_apart_in_english() -> None:
    one, many = "in %(n)s day", "in %(n)s days"
    assert [translator("zh").ngettext(one, many, n) % {"n": n} for n in (1, 2)] == ["还有 1 天", "还有 2 天"]
    assert [translator("en").ngettext(one, many, n) % {"n": n} for n in (1, 2)] == ["in 1 day", "in 2 days"]


def test_an_unknown_language_and_an_unknown_text_are_said_in_english() -> None:
    assert translator("fr").language == "en"
    assert translator("fr").gettext("Sign in") == "Sign in"
    assert translator("ja").gettext("Nobody ever wrote this.") == "Nobody ever wrote this."


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("ja", "ja"),
        ("JA-JP;q=0.8", "ja"),
        ("fr-FR,fr;q=0.9,ja;q=0.5", "ja"),
        ("en-GB,zh;q=0.5", "en"),
        ("fr, de", "en"),
        ("", "en"),
    ],
)
def test_the_first_known_language_of_the_browser_is_spoken(accepted: str, language: str) -> None:
    assert preferred_language(accepted) == language


def test_a_reason_within_a_reason_is_said_in_chinese() -> None:
    missed = Reason(
        template="Not heard: {what}.", values={"what": {"en": "apologises for the wait", "zh": "为等候致歉"}}
    )
    placed = Reason(
        template="{what} (hold {hold})",
        values={"what": missed, "hold": Reason(template="after turn {turn}", values={"turn": 3})},
    )
    said = placed.said(translator("zh"))
    assert (
        said
        == "未听到\N{FULLWIDTH COLON}为等候致歉\N{FULLWIDTH LEFT PARENTHESIS}等候 第 3 句之后\N{FULLWIDTH RIGHT PARENTHESIS}"
    )
    assert str(placed) == "Not heard: apologises for the wait (hold after turn 3)"


def test_reasons_one_after_the_other_are_each_said_in_japanese_and_none_twice() -> None:
    nothing = Reason(template="There was no hold in this call.")
    judged = Reason(template="A person judges this item.")
    said = Reason(parts=(nothing, judged, nothing)).said(translator("ja"))
    first, second = "この通話に保留はありません。", "この項目は人が判断します。"
    assert said.startswith(first)
    assert said.endswith(second)
    assert said.count(first) == 1
