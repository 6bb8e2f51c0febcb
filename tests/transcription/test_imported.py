"""Transcripts made elsewhere."""

import json
from pathlib import Path
from typing import Any

import pytest

from app.domain.transcript import HoldKind, Speaker
from app.transcription.imported import TranscriptRefused, imported

CALL: dict[str, Any] = {
    "id": "call-7",
    "language": "en",
    "direction": "outbound",
    "customer_name": "Grace Okafor",
    "turns": [
        {"speaker": "agent", "start": 0.4, "end": 2.0, "text": "Hello.", "confidence": 0.9},
        {"speaker": "customer", "start": 2.5, "end": 3.0, "text": "Hi."},
    ],
    "holds": [{"start": 3.0, "end": 40.0, "kind": "music"}],
}


def written(folder: Path, content: Any, name: str = "call.json") -> Path:
    path = folder / name
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


def test_our_own_json_keeps_every_fact(tmp_path: Path) -> None:
    call = imported(written(tmp_path, CALL))
    assert (call.id, call.direction, call.customer_name) == ("call-7", "outbound", "Grace Okafor")
    assert call.turns[0].confidence == 0.9 and call.turns[1].speaker == Speaker.CUSTOMER
    assert call.holds is not None and call.holds[0].kind == HoldKind.MUSIC


def test_a_transcript_without_times_or_holds_is_one_too(tmp_path: Path) -> None:
    call = imported(
        written(
            tmp_path, {"language": "zh", "turns": [{"speaker": "agent", "start": None, "end": None, "text": "您好"}]}
        )
    )
    assert not call.timed and call.holds is None


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"langage": "en"}, "langage"),
        ({"turns": [{"speaker": "agnet", "text": "x"}]}, r"turns\[0\]\.speaker"),
        ({"turns": [{"speaker": "agent", "text": "x", "start": "soon"}]}, r"turns\[0\]\.start"),
        ({"turns": [{"speaker": "agent", "text": "x", "start": 5.0, "end": 4.0}]}, r"turns\[0\]"),
        ({"turns": [{"speaker": "agent", "text": "x", "start": 5.0}]}, r"turns\[0\].*both"),
        ({"turns": []}, "turns"),
        ({"holds": [{"start": 9.0, "end": 2.0}]}, r"holds\[0\]"),
    ],
)
def test_a_fault_is_named_with_its_place(tmp_path: Path, change: dict[str, Any], message: str) -> None:
    with pytest.raises(TranscriptRefused, match=message):
        imported(written(tmp_path, CALL | change))


@pytest.mark.parametrize("content", ["", "{", "[]", '"words"', '{"language": NaN}'])
def test_what_is_no_transcript_is_refused(tmp_path: Path, content: str) -> None:
    with pytest.raises(TranscriptRefused):
        imported(written(tmp_path, content))


def test_another_encoding_than_utf_8_is_named(tmp_path: Path) -> None:
    path = tmp_path / "call.json"
    path.write_bytes('{"language": "zh", "turns": "您好"}'.encode("gb18030"))
    with pytest.raises(TranscriptRefused, match="UTF-8"):
        imported(path)


SRT = """1
00:00:00,400 --> 00:00:03,000
Agent: Good morning, Harbour Bank. How can I help?

2
00:00:03,500 --> 00:00:05,250
Customer: My card is gone.
"""

VTT = """WEBVTT

NOTE made by the switch

00:00.400 --> 00:03.000
<v Agent>您好,海港银行。</v>

00:03.500 --> 00:05.250
<v 客户>我的卡丢了。</v>
"""


@pytest.mark.parametrize(("name", "content", "code"), [("a.srt", SRT, "en"), ("a.vtt", VTT, "zh")])
def test_subtitles_become_turns_with_their_speakers(tmp_path: Path, name: str, content: str, code: str) -> None:
    call = imported(written(tmp_path, content, name))
    assert call.language == code
    assert [(turn.speaker, turn.start, turn.end) for turn in call.turns] == [
        (Speaker.AGENT, 0.4, 3.0),
        (Speaker.CUSTOMER, 3.5, 5.25),
    ]
    assert not call.turns[0].text.startswith(("Agent", "<"))


def test_subtitles_without_names_are_told_apart_by_their_words_and_say_how_surely(tmp_path: Path) -> None:
    plain = SRT.replace("Agent: ", "").replace("Customer: ", "")
    call = imported(written(tmp_path, plain, "a.srt"))
    assert [turn.speaker for turn in call.turns] == [Speaker.AGENT, Speaker.CUSTOMER]
    assert all(0.5 <= turn.speaker_confidence < 1 for turn in call.turns)


def test_subtitles_without_a_timed_line_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TranscriptRefused, match="timed line"):
        imported(written(tmp_path, "WEBVTT\n\nhello", "a.vtt"))
