"""`callmark score --report`: one page of what was found, beside the answers."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CALLMARK = str(Path(sys.executable).with_name("callmark"))
CALL = {
    "language": "zh",
    "turns": [
        {"speaker": "agent", "start": 0.0, "end": 2.0, "text": "喂，说。"},
        {"speaker": "customer", "start": 2.5, "end": 6.0, "text": "你好，我的订单还没有到。"},
    ],
}


@pytest.fixture
def score(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps(CALL, ensure_ascii=False), encoding="utf-8")

    def run(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run([CALLMARK, "score", *words], capture_output=True, timeout=60, check=False, cwd=tmp_path)

    return run


def test_the_report_lies_where_it_is_said_to_and_names_what_was_refused(score, tmp_path):
    done = score("a.json", "missing.wav", "--report", "found.html", "--jsonl")
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 2
    assert f"Report: {tmp_path / 'found.html'}" in done.stderr.decode()
    page = (tmp_path / "found.html").read_text("utf-8")
    assert "感谢客户的致电" in page
    assert "missing.wav" in page


def test_where_nothing_could_be_scored_there_is_no_report(score, tmp_path):
    assert score("missing.wav", "--report", "found.html").returncode == 1
    assert not (tmp_path / "found.html").exists()


def test_a_folder_that_is_not_there_is_told_before_anything_is_scored(score):
    done = score("a.json", "--report", "no/such/found.html")
    assert done.returncode == 2
    assert done.stdout == b""
    assert b"Traceback" not in done.stderr
