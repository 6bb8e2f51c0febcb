"""Words become turns, written as their readers write."""

import pytest

from app.domain.transcript import Span, Speaker, Word
from app.transcription.turns import turns_of, written

BOTH = (Speaker.AGENT, Speaker.CUSTOMER)


def words(start: float, *texts: str, confidence: float = 0.8) -> list[Word]:
    """Words of half a second each, one after the other."""
    return [
        Word(text=text, start=start + place / 2, end=start + (place + 1) / 2, confidence=confidence)
        for place, text in enumerate(texts)
    ]


def told(turns) -> list[tuple[str, str]]:
    return [(turn.speaker.value, turn.text) for turn in turns]


def test_a_turn_ends_where_the_other_side_speaks():
    agent = words(0, " Hello,", " bank.") + words(4, " Thank", " you.")
    customer = words(2, " My", " card.")
    turns = turns_of([agent, customer], BOTH, (), "en", 1.0)
    assert told(turns) == [("agent", "Hello, bank."), ("customer", "My card."), ("agent", "Thank you.")]


def test_a_turn_ends_at_a_long_pause_and_not_at_a_short_one():
    agent = words(0, " One", " moment.") + words(2, " Please.") + words(30, " Hello.")
    assert told(turns_of([agent, []], BOTH, (), "en", 1.0)) == [("agent", "One moment. Please."), ("agent", "Hello.")]


def test_a_short_word_of_the_listener_does_not_part_the_sentence():
    agent = words(0, " I", " will", " look", " into", " it", " now.")
    customer = words(1.2, " Okay.")
    assert told(turns_of([agent, customer], BOTH, (), "en", 1.0)) == [
        ("agent", "I will look into it now."),
        ("customer", "Okay."),
    ]


def test_an_announcement_is_said_by_the_switch_and_only_once():
    played = words(10, " Your", " call", " matters.")
    unclear = words(10, " You", " call", " matter.", confidence=0.3)
    turns = turns_of([played, unclear], BOTH, (Span(start=9.9, end=11.6),), "en", 1.0)
    assert told(turns) == [("system", "Your call matters.")]


def test_a_turn_is_as_sure_as_its_words_are_on_average():
    (turn,) = turns_of([words(0, " a", confidence=0.5) + words(0.5, " b", confidence=1.0)], BOTH[:1], (), "en", 0.7)
    assert turn.confidence == 0.75
    assert turn.speaker_confidence == 0.7


def test_the_words_of_a_turn_are_kept_as_they_were_heard():
    (turn,) = turns_of([words(0, "請", "問")], BOTH[:1], (), "zh", 1.0)
    assert turn.text == "请问"
    assert [word.text for word in turn.words] == ["請", "問"]


@pytest.mark.parametrize(
    ("heard", "language", "text"),
    [
        (" Hello,  there. ", "en", "Hello, there."),
        ("您好,請問有什麼可以幫您?", "zh", "您好，请问有什么可以帮您？"),
        ("您好 我姓王", "zh", "您好，我姓王"),
        ("是 iPhone 手機.", "zh", "是iPhone手机。"),
        ("计程车", "zh", "计程车"),
        ("はい 大丈夫です.", "ja", "はい、大丈夫です。"),
        ("3.5 パーセント", "ja", "3.5パーセント"),
    ],
)
def test_text_is_written_as_its_language_is_written(heard, language, text):
    assert written(heard, language) == text
