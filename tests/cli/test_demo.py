"""`callmark demo`: a table in the terminal, a report beside it, and a status that tells whether all was scored."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.cells import cell_len

CALLMARK = str(Path(sys.executable).with_name("callmark"))
RUDE = {
    "language": "zh",
    "turns": [
        {"speaker": "agent", "start": 0.0, "end": 2.0, "text": "喂，说。"},
        {"speaker": "customer", "start": 2.5, "end": 6.0, "text": "你好，我的订单还没有到。"},
        {"speaker": "agent", "start": 6.5, "end": 9.0, "text": "这个不关我的事。"},
    ],
}


@pytest.fixture
def demo(tmp_path):
    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [CALLMARK, "demo", *words, "--no-open"], capture_output=True, timeout=60, check=False, cwd=tmp_path
        )

    return run


@pytest.fixture
def call_file(tmp_path):
    def write(name: str = "订单-07.json") -> str:
        (tmp_path / name).write_text(json.dumps(RUDE, ensure_ascii=False), encoding="utf-8")
        return str(tmp_path / name)

    return write


def test_the_table_tells_what_failed_and_why(demo, call_file):
    done = demo(call_file())
    text = done.stdout.decode()
    assert done.returncode == 0
    for words in ("订单-07.json", "Chinese", "✕ Failed", "感谢客户的致电", "Not said:"):
        assert words in text
    assert "[1/1]" in done.stderr.decode()
    assert "[1/1]" not in text


def test_the_table_fits_a_hundred_columns_whatever_the_writing(demo, call_file):
    lines = demo(call_file(), call_file("a-rather-long-name-of-a-recording-2026-11-22-10-30-00.json")).stdout.decode()
    assert max(cell_len(line) for line in lines.splitlines() if not line.startswith("Report:")) <= 100
    ends = [cell_len(line.rstrip().removesuffix("✕ Failed")) for line in lines.splitlines() if "✕ Failed" in line]
    assert len(ends) == 2
    assert len(set(ends)) == 1


def test_the_report_lies_where_it_is_said_to(demo, call_file, tmp_path):
    done = demo(call_file())
    assert f"Report: {tmp_path / 'callmark-report.html'}" in done.stdout.decode()
    assert "感谢客户的致电" in (tmp_path / "callmark-report.html").read_text("utf-8")
    demo(call_file(), "--report", "other.html")
    assert (tmp_path / "other.html").exists()


def test_a_file_that_cannot_be_scored_is_named_and_changes_the_status(demo, call_file, tmp_path):
    done = demo(call_file(), "missing.wav")
    assert done.returncode == 1
    assert "missing.wav" in done.stdout.decode()
    assert "Not scored" in done.stdout.decode()
    assert "missing.wav" in (tmp_path / "callmark-report.html").read_text("utf-8")


def test_where_nothing_could_be_scored_there_is_no_report(demo, tmp_path):
    assert demo("missing.wav").returncode == 1
    assert not (tmp_path / "callmark-report.html").exists()


def test_a_folder_stands_for_the_recordings_in_it(demo, tmp_path):
    (tmp_path / "calls").mkdir()
    for name in ("a.wav", "b.MP3", "truth.jsonl", ".hidden.wav"):
        (tmp_path / "calls" / name).write_bytes(b"not really")
    text = demo("calls").stdout.decode()
    assert "a.wav" in text
    assert "b.MP3" in text
    assert "truth.jsonl" not in text
    assert ".hidden.wav" not in text


@pytest.mark.parametrize("words", [("--report", "no/such/folder/report.html"), ("empty",)])
def test_what_cannot_work_is_said_before_anything_is_scored(demo, tmp_path, words):
    (tmp_path / "empty").mkdir()
    done = demo(*words)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert done.stdout == b""
