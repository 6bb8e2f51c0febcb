"""A recogniser at an address: what it may answer, what it may leave out, and what happens when it is not there."""

import socket
from typing import Any

import numpy as np
import pytest
from fastapi import HTTPException

from app.settings import Settings
from app.transcription.engines import load_engine
from app.transcription.engines.endpoint import (
    EndpointMissing,
    RecogniserRefuses,
    RecogniserUnavailable,
    RecogniserUnclear,
)
from tests.transcription.service_elsewhere import KEY, service

SECOND = np.zeros(16_000, np.float32)


def heard(answer: dict[str, Any], language: str = "en", key: str = KEY):
    """What becomes of one second of sound, of which the service answers this."""
    with service(lambda samples, code: answer) as url:
        engine = load_engine(Settings(engine="endpoint", model="other", endpoint_url=url, endpoint_key=key))
        return engine.transcribe([SECOND], language)[0]


def told(answer: dict[str, Any]):
    """Which language is heard where the service answers this."""
    with service(lambda samples, code: answer) as url:
        engine = load_engine(Settings(engine="endpoint", endpoint_url=url, endpoint_key=KEY))
        return engine.language_odds(SECOND)


def test_words_get_the_marks_and_capitals_of_the_text():
    words = [("Hello", 0.1, 0.3), ("it's", 0.4, 0.5), ("Ann", 0.6, 0.8)]
    answer = {
        "text": "Hello, it's Ann.",
        "words": [{"word": word, "start": start, "end": end} for word, start, end in words],
    }
    (phrase,) = heard(answer)
    assert [word.text for word in phrase.words] == ["Hello,", " it's", " Ann."]
    assert [(word.start, word.end) for word in phrase.words] == [(start, end) for _, start, end in words]


def test_a_word_that_is_written_otherwise_in_the_text_is_kept():
    answer = {
        "text": "It is 5 o'clock.",
        "words": [{"word": word, "start": place / 10, "end": place / 10} for place, word in enumerate(("It", "five"))],
    }
    (phrase,) = heard(answer)
    assert [word.text for word in phrase.words] == ["It", " five"]


def test_words_belong_to_the_sentence_in_whose_time_they_begin_and_are_as_sure_as_it():
    answer = {
        "text": "Yes. No.",
        "segments": [
            {"start": 0.0, "end": 0.4, "text": "Yes.", "avg_logprob": -0.1, "no_speech_prob": 0.2},
            {"start": 0.4, "end": 1.0, "text": "No.", "avg_logprob": -2.0, "compression_ratio": 3.0},
        ],
        "words": [{"word": "Yes", "start": 0.1, "end": 0.4}, {"word": "No", "start": 0.4, "end": 0.9}],
    }
    first, second = heard(answer)
    assert [(word.text, word.confidence) for word in first.words] == [("Yes.", pytest.approx(0.905, abs=0.001))]
    assert [(word.text, word.confidence) for word in second.words] == [(" No.", pytest.approx(0.135, abs=0.001))]
    assert (first.no_speech, second.repetition) == (0.2, 3.0)


def test_a_service_that_tells_no_times_has_its_words_spread_over_the_sound():
    (phrase,) = heard({"text": "您好请讲"}, "zh")
    assert [word.text for word in phrase.words] == list("您好请讲")
    assert [word.start for word in phrase.words] == pytest.approx([0.0, 0.25, 0.5, 0.75])
    assert {word.confidence for word in phrase.words} == {None}


def test_nothing_said_is_no_words():
    assert [phrase.words for phrase in heard({"text": ""})] == [()]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"text": "Hello", "language": "english"}, "en"),
        ({"text": "Guten Tag", "language": "German"}, "de"),
        ({"text": "你好", "language": "zh-CN"}, "zh"),
        ({"text": "お電話ありがとうございます"}, "ja"),
        ({"text": "您好，请讲"}, "zh"),
        ({"text": "Hello there"}, "en"),
    ],
)
def test_the_language_is_what_the_service_says_or_how_it_writes(answer, code):
    assert told(answer) == {code: 1.0}


def test_where_nothing_tells_the_language_nothing_is_said_of_it():
    assert told({"text": ""}) == {}


def test_a_service_that_is_away_is_waited_for():
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    engine = load_engine(Settings(engine="endpoint", endpoint_url=f"http://127.0.0.1:{port}/v1"))
    with pytest.raises(RecogniserUnavailable):
        engine.transcribe([SECOND], "en")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, RecogniserUnavailable),
        (503, RecogniserUnavailable),
        (404, RecogniserUnavailable),
        (400, RecogniserRefuses),
        (413, RecogniserRefuses),
    ],
)
def test_what_may_be_mended_is_waited_for_and_what_is_refused_fails_the_call(status, error):
    def refuse(samples, code):
        raise HTTPException(status)

    with service(refuse) as url:
        engine = load_engine(Settings(engine="endpoint", endpoint_url=url, endpoint_key=KEY))
        with pytest.raises(error):
            engine.transcribe([SECOND], "en")


def test_a_wrong_key_fails_no_call():
    with pytest.raises(RecogniserUnavailable):
        heard({"text": "x"}, key="sk-wrong")


def test_an_answer_that_is_no_transcription_is_told_without_its_words():
    with pytest.raises(RecogniserUnclear) as told:
        heard({"words": "zanzibar"})
    assert "zanzibar" not in f"{told.value}{told.value.__cause__}"


def test_without_an_address_it_says_which_setting_is_missing():
    with pytest.raises(EndpointMissing, match="CALLMARK_ENDPOINT_URL"):
        load_engine(Settings(engine="endpoint"))
