"""The finer points of what is taken in: strictness of the JSON, and subtitles as other systems write them."""

import json
from typing import Any

import pytest

from app.domain.transcript import Speaker
from app.transcription.imported import TranscriptRefused, imported

TURN: dict[str, Any] = {"speaker": "agent", "start": 0.5, "end": 2.0, "text": "Hello, how can I help you?"}


@pytest.fixture
def read(tmp_path):
    def write_and_read(content, name="call.srt", language=None):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return imported(path, language)

    return write_and_read


def body(**changes: Any) -> str:
    return json.dumps({"language": "en", "turns": [TURN]} | changes)


def cue(number: int, start: str, end: str, text: str) -> str:
    return f"{number}\n00:00:{start} --> 00:00:{end}\n{text}\n\n"


def test_nulls_and_words_are_read_as_the_contract_has_them(read):
    words = [{"text": "Hello", "start": 0.5, "end": 0.9, "confidence": None}]
    call = read(body(customer_name=None, holds=None, turns=[TURN | {"confidence": None, "words": words}]), "call.json")
    assert call.holds is None
    assert call.turns[0].words[0].text == "Hello"


def test_a_file_without_a_language_takes_the_one_that_is_asked_for(read):
    bare = json.dumps({"turns": [TURN]})
    assert read(bare, "call.json", "en").language == "en"
    with pytest.raises(TranscriptRefused, match="language"):
        read(bare, "call.json")


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (body(turns=[TURN | {"start": "0.5"}]), r"^turns\[0\]\.start: "),
        (body(turns=[TURN | {"words": [{"text": "x", "start": 2, "end": 1}]}]), r"^turns\[0\]\.words: "),
        (body(turns=[TURN | {"voice": "soft"}]), r"^turns\[0\]\.voice: "),
        ('{"language": "en", "turns": [{"speaker": "agent", "text": "x", "start": NaN, "end": 1}]}', r"not JSON"),
        ("[" * 100_000, r"not JSON"),
        (b'{"language": "\xe4"}', r"not written in UTF-8 \(byte 14\)"),
    ],
)
def test_a_faulty_file_is_refused_with_the_place_of_its_fault(read, content, fault):
    with pytest.raises(TranscriptRefused, match=fault):
        read(content, "call.json")


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    with pytest.raises(TranscriptRefused, match="No such file"):
        imported(tmp_path / "none.json")
    with pytest.raises(TranscriptRefused, match="no file"):
        imported(tmp_path)


def test_lines_of_one_cue_and_the_line_ends_of_other_systems(read):
    text = cue(1, "00,500", "02,000", "Agent: Hello, how can\nI help you?") + cue(
        2, "02,400", "04,000", "Customer: Hi."
    )
    call = read("\ufeff" + text.replace("\n", "\r\n"))
    assert [turn.text for turn in call.turns] == ["Hello, how can I help you?", "Hi."]
    assert all(turn.speaker_confidence == 1.0 for turn in call.turns)


def test_marks_styles_and_settings_of_webvtt_are_no_words(read):
    call = read(
        "WEBVTT - call 7\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:00.500 --> 00:02.000 align:start\n<v Agent>Hello, <b>Tom &amp; Ann</b></v>\n",
        "call.vtt",
    )
    assert [turn.text for turn in call.turns] == ["Hello, Tom & Ann"]


def test_two_speakers_in_one_cue_share_its_time(read):
    call = read(cue(1, "00,000", "04,000", "- Agent: May I have your name?\n- Customer: Tom Ashe."))
    assert [turn.speaker for turn in call.turns] == [Speaker.AGENT, Speaker.CUSTOMER]
    assert call.turns[0].end == call.turns[1].start


@pytest.mark.parametrize(
    ("agent", "customer", "code"),
    [
        ("客服：您好，请问有什么可以帮您？", "客户：我想查一下订单。", "zh"),
        ("オペレーター：お電話ありがとうございます。", "お客様：カードをなくしたんですけど。", "ja"),
    ],
)
def test_labels_in_the_language_of_the_call(read, agent, customer, code):
    call = read(cue(1, "00,000", "01,000", agent) + cue(2, "01,000", "02,000", customer))
    assert [turn.speaker for turn in call.turns] == [Speaker.AGENT, Speaker.CUSTOMER]
    assert call.language == code
    assert "：" not in call.turns[0].text


def test_two_names_that_are_not_roles_are_judged_by_what_they_say(read):
    call = read(
        cue(1, "00,000", "02,000", "Tom: I lost my card, I want to block it.")
        + cue(2, "02,400", "04,000", "Ann: May I have your name, please?")
        + cue(3, "05,000", "06,000", "Tom: Tom Ashe.")
        + cue(4, "06,400", "09,000", "Ann: Thank you for calling. Is there anything else?")
    )
    assert [turn.speaker.value for turn in call.turns] == ["customer", "agent", "customer", "agent"]


def test_what_stands_before_a_colon_once_is_no_name(read):
    call = read(
        cue(1, "00,000", "03,000", "Good morning, how can I help you?")
        + cue(2, "03,600", "06,000", "Listen: I want to change my address.")
    )
    assert call.turns[1].text.startswith("Listen:")


@pytest.mark.parametrize(
    ("content", "fault"),
    [(cue(1, "05,000", "02,000", "Hello"), "ends before it begins"), ("1\nfive --> six\nHello\n", "time in block 1")],
)
def test_faulty_times_are_refused(read, content, fault):
    with pytest.raises(TranscriptRefused, match=fault):
        read(content)
