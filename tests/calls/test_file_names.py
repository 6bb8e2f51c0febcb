"""What the name of a recording says of its call, by the pattern its system names files with."""

import unicodedata

import pytest

from app.calls.file_names import (
    BracesWrong,
    FieldTwice,
    NameDiffers,
    NothingBetween,
    PatternUnusable,
    TimeShapeWrong,
    read_pattern,
)

WHOLE = "{started_at:%Y%m%d-%H%M%S}_{agent}_{customer_name}_{external_id}"


@pytest.mark.parametrize(
    ("pattern", "name", "facts"),
    [
        (
            WHOLE,
            "20261001-093000_nina_Grace Okafor_C-17.wav",
            {
                "started_at": "2026-10-01T09:30:00",
                "agent": "nina",
                "customer_name": "Grace Okafor",
                "external_id": "C-17",
            },
        ),
        (
            WHOLE,
            "20261001-093000_王小明_李娜_工单17.mp3",
            {
                "started_at": "2026-10-01T09:30:00",
                "agent": "王小明",
                "customer_name": "李娜",
                "external_id": "工单17",
            },
        ),
        (
            "{team}＿{agent}様（{customer_name}）",
            "営業一課＿佐藤様（鈴木）.ogg",
            {"team": "営業一課", "agent": "佐藤", "customer_name": "鈴木"},
        ),
        ("{external_id}", "a_b-c.d.wav", {"external_id": "a_b-c.d"}),
        ("{agent}-{*}", "nina-what-ever_this is.wav", {"agent": "nina"}),
        ("{*}_{external_id}", "in_2026_queue_17.wav", {"external_id": "17"}),
        ("{*}[{agent}]{*}", "x[y [nina] (2).wav", {"agent": "nina"}),
        (
            "{queue} {started_at:%d.%m.%y %H.%M}",
            "cards 01.10.26 09.30.m4a",
            {"queue": "cards", "started_at": "2026-10-01T09:30:00"},
        ),
        (
            "rec{started_at:%Y%m%d}{*}",
            "rec20261001T0930Z.wav",
            {"started_at": "2026-10-01T00:00:00"},
        ),
        ("{agent}.wav", "nina.wav", {"agent": "nina"}),
        ("{agent}_{language}", " nina _en.wav", {"agent": "nina", "language": "en"}),
    ],
)
def test_a_name_says_what_the_pattern_reads_from_it(pattern: str, name: str, facts: dict[str, str]) -> None:
    assert dict(read_pattern(pattern).facts(name)) == facts


def test_a_letter_in_two_pieces_is_the_same_letter() -> None:
    apart = unicodedata.normalize("NFD", "がく_ブーン.wav")
    found = read_pattern(unicodedata.normalize("NFC", "がく_{agent}")).facts(apart)
    assert found == {"agent": "ブーン"}


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        (WHOLE, "20261001-093000_nina_Grace.wav"),
        (WHOLE, "20261301-093000_nina_Grace_17.wav"),
        (WHOLE, "2026101-0930000_nina_Grace_17.wav"),
        (WHOLE, "202610 1-093000_nina_Grace_17.wav"),
        (WHOLE, "２０２６１００１-093000_nina_Grace_17.wav"),
        # Whose name is it? Half of it would be another agent.
        ("{agent}_{external_id}", "nina_b_17.wav"),
        ("{agent}_{external_id}", "_17.wav"),
        ("{agent}_{external_id}", "nina_.wav"),
        ("{agent}_{external_id}", "nina_ .wav"),
        ("{agent}.mp3", "nina.wav"),
        ("{agent}_{external_id}", ""),
        ("{agent}_{external_id}", "../../etc/passwd"),
    ],
)
def test_a_name_that_could_mean_something_else_is_not_read(pattern: str, name: str) -> None:
    with pytest.raises(NameDiffers):
        read_pattern(pattern).facts(name)


@pytest.mark.parametrize(
    ("pattern", "refusal"),
    [
        ("", PatternUnusable),
        ("recording", PatternUnusable),
        ("{*}", PatternUnusable),
        ("{agent", BracesWrong),
        ("agent}", BracesWrong),
        ("{agnet}", BracesWrong),
        ("{agent.__class__}", BracesWrong),
        ("{0}", BracesWrong),
        ("{{agent}}", BracesWrong),
        ("{agent:%Y}", BracesWrong),
        ("{agent}{team}", NothingBetween),
        ("{agent}{*}", NothingBetween),
        ("{*}{agent}", NothingBetween),
        ("{agent}{started_at:%Y%m%d}", NothingBetween),
        ("{agent}_{agent}", FieldTwice),
        ("{started_at:%Y%m%d}_{started_at:%Y%m%d}", FieldTwice),
        ("{started_at}", TimeShapeWrong),
        ("{started_at:%H%M}", TimeShapeWrong),
        ("{started_at:%Y%m%d%}", TimeShapeWrong),
        ("{started_at:%Y%b%d}", TimeShapeWrong),
        ("{started_at:%Y%m%d%d}", TimeShapeWrong),
        ("{agent}" + "x" * 200, PatternUnusable),
    ],
)
def test_a_pattern_that_cannot_be_meant_is_refused(pattern: str, refusal: type[PatternUnusable]) -> None:
    with pytest.raises(refusal):
        read_pattern(pattern)


def test_no_name_takes_long_however_it_was_made_up() -> None:
    # As an expression with as many stars this would not end in this century.
    pattern = read_pattern("{*}_" * 40 + "{agent}")
    with pytest.raises(NameDiffers):
        pattern.facts("_" * 5000 + "/.wav")
