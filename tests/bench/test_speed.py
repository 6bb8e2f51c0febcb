"""What the benches of speed print is counted as they say."""

import io
import wave
from xml.etree import ElementTree

import pytest

from bench.bars import bars
from bench.ratios import told
from bench.recordings import recordings, telephone, with_two_channels, wrong
from bench.rivals import RIVALS
from bench.speed import Found, best, table

TRUTH = {
    "lang": "en",
    "turns": [
        {"speaker": "customer", "start": 4.0, "end": 6.0, "text": "My card was declined."},
        {"speaker": "agent", "start": 0.0, "end": 3.0, "text": "Good morning, how can I help?"},
    ],
}


def test_words_are_held_against_what_each_side_said() -> None:
    right = {"agent": "good morning how can I help", "customer": "my card was declined"}
    assert wrong(right, TRUTH) == (0, 10)
    assert wrong({"agent": right["customer"], "customer": right["agent"]}, TRUTH)[0] > 5
    assert wrong({"agent": right["agent"]}, TRUTH) == (4, 10)


def test_words_that_nobody_put_down_to_a_side_are_held_against_all_in_their_order() -> None:
    assert wrong({"": "Good morning, how can I help? My cart was declined."}, TRUTH) == (1, 10)
    assert wrong({"": "My card was declined. Good morning, how can I help?"}, TRUTH)[0] > 5


def test_chinese_is_counted_by_characters() -> None:
    truth = {"lang": "zh", "turns": [{"speaker": "agent", "start": 0.0, "end": 1.0, "text": "您好，请问"}]}
    assert wrong({"agent": "你好请问", "customer": ""}, truth) == (1, 4)


def test_a_call_of_a_telephone_system_has_its_length_rate_and_channels() -> None:
    with wave.open(io.BytesIO(telephone(100, with_two_channels()[:1]))) as file:
        assert (file.getnframes(), file.getframerate(), file.getnchannels(), file.getsampwidth()) == (
            800_000,
            8000,
            2,
            2,
        )
    assert len(with_two_channels()) == len(recordings()) - 1


@pytest.mark.parametrize(("now", "mark"), [(1.19, "as fast"), (1.21, "SLOWER"), (0.82, "quicker")])
def test_what_has_grown_by_more_than_a_fifth_is_flagged(now: float, mark: str) -> None:
    (line,) = told({"rules": now}, {"rules": 1.0})
    assert line.startswith(mark)


def test_what_was_never_measured_is_new() -> None:
    (line,) = told({"rules": 1.0}, {})
    assert line.startswith("new")


def test_the_best_of_several_rounds_counts_over_the_recordings_that_are_asked_for() -> None:
    calls = {"a.wav": {**TRUTH, "path": "a.wav", "duration": 10.0}}
    said = {"agent": "good morning how can I help", "customer": "my card was declined"}

    def round_of(cpu: float) -> list[dict[str, object]]:
        loading = {"wall": 1.0, "cpu": 1.0, "memory": 100.0}
        heard = {"path": "a.wav", "wall": 2 * cpu, "cpu": cpu, "memory": 200.0, "said": said}
        return [loading, heard, {**heard, "path": "b.wav", "cpu": 90.0, "memory": 300.0}]

    found = best("callmark", [round_of(4.0), round_of(2.0)], calls)
    assert (found.cpu, found.wall, found.memory, found.errors) == (0.2, 0.4, 300.0, 0.0)


def test_the_table_tells_how_much_less_than_openai_whisper() -> None:
    ours, theirs = (Found(name, 0.1, cpu, 500, 1.0, 0.1) for name, cpu in (("callmark", 0.05), ("openai-whisper", 0.4)))
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table([ours, theirs])]
    assert len({len(line) for line in lines}) == 1
    assert [line[lines[0].index("less")] for line in lines[2:]] == ["8.0 ×", "1.0 ×"]
    assert lines[2][0] == RIVALS["callmark"].title


def test_the_picture_has_a_bar_and_a_number_for_each_and_says_in_words_what_it_shows() -> None:
    root = ElementTree.fromstring(bars("Processor", "CPU-seconds", [("ours <1>", 0.04), ("theirs", 0.4)], "ours <1>"))
    names = "{http://www.w3.org/2000/svg}"
    rows = [one for one in root.iter(f"{names}rect") if one.get("class") != "ground"]
    assert [one.get("class") for one in rows] == ["ours", "bar"]
    assert float(rows[1].get("width") or 0) == pytest.approx(10 * float(rows[0].get("width") or 0), rel=0.01)
    texts = [one.text for one in root.iter(f"{names}text")]
    assert "0.040" in texts and "▸ ours <1>" in texts
    assert root.findtext(f"{names}desc") == "CPU-seconds. ours <1>: 0.040; theirs: 0.400"
