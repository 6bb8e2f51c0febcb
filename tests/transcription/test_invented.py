"""What nobody said is struck out; what people do say stays."""

import pytest

from app.domain.transcript import Word
from app.transcription.engines import Phrase
from app.transcription.invented import believable


def phrase(text: str, *, confidence: float = 0.9, no_speech: float = 0.1, repetition: float = 1.2, apart: str = " "):
    parts = text.split(apart) if apart else list(text)
    words = tuple(
        Word(text=f" {part}" if apart else part, start=place, end=place + 0.5, confidence=confidence)
        for place, part in enumerate(parts)
    )
    return Phrase(words=words, no_speech=no_speech, repetition=repetition)


def said(heard: Phrase, language: str = "en") -> str:
    return "".join(word.text for word in believable([heard], language)).strip()


def test_a_thank_you_that_was_clearly_heard_stays():
    assert said(phrase("Thank you.")) == "Thank you."


@pytest.mark.parametrize(
    ("text", "language"),
    [("Thanks for watching!", "en"), ("字幕由某某提供", "zh"), ("ご視聴ありがとうございました", "ja")],
)
def test_what_is_said_under_films_is_struck_out_however_sure_the_recogniser_was(text, language):
    assert said(phrase(text, apart=" " if language == "en" else ""), language) == ""


def test_a_known_invention_is_struck_out_only_where_the_recogniser_was_unsure():
    assert said(phrase("you", confidence=0.3)) == ""
    assert said(phrase("you", confidence=0.9)) == "you"


def test_text_that_the_recogniser_itself_doubts_is_struck_out():
    assert said(phrase("I see the light", confidence=0.3, no_speech=0.8)) == ""


def test_a_loop_is_struck_out_by_how_far_it_compresses():
    assert said(phrase("so we go so we go so we go", repetition=3.0)) == ""


def test_a_short_loop_is_said_once():
    assert said(phrase("I will check I will check I will check I will check now")) == "I will check now"


def test_people_do_say_no_three_times():
    assert said(phrase("No, no, no, I didn't")) == "No, no, no, I didn't"


def test_digits_read_out_are_no_loop():
    assert said(phrase("7 7 7 7 0")) == "7 7 7 7 0"
