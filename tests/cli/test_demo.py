"""`callmark demo`: recordings through the real worker, a table, then the pages; a second start keeps what was there."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import httpx
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
            [CALLMARK, "demo", *words, "--no-serve", "--data-dir", "kept"],
            capture_output=True,
            timeout=90,
            check=False,
            cwd=tmp_path,
        )

    return run


@pytest.fixture
def call_file(tmp_path):
    def write(name: str = "订单-07.json", **more) -> str:
        (tmp_path / name).write_text(json.dumps(RUDE | more, ensure_ascii=False), encoding="utf-8")
        return str(tmp_path / name)

    return write


def test_the_table_tells_what_failed_and_why(demo, call_file):
    done = demo(call_file())
    text = done.stdout.decode()
    assert done.returncode == 0, done.stderr.decode()
    for words in ("订单-07.json", "Chinese", "✕ Failed", "感谢客户的致电", "Not heard:"):
        assert words in text
    assert "scored (1 of 1)" in done.stderr.decode()


def test_the_table_fits_a_hundred_columns_whatever_the_writing(demo, call_file):
    long_name = "a-rather-long-name-of-a-recording-2026-11-22-10-30-00.json"
    lines = demo(call_file(), call_file(long_name, id="another")).stdout.decode()
    assert max(cell_len(line) for line in lines.splitlines()) <= 100
    ends = [cell_len(line.rstrip().removesuffix("✕ Failed")) for line in lines.splitlines() if "✕ Failed" in line]
    assert len(ends) == 2
    assert len(set(ends)) == 1


def test_a_second_start_finds_everything_scored_already(demo, call_file, tmp_path):
    first = demo(call_file())
    password = (tmp_path / "kept" / "demo-password").read_text()
    again = demo(call_file())
    assert again.stdout == first.stdout
    assert (tmp_path / "kept" / "demo-password").read_text() == password
    assert (tmp_path / "kept" / "demo-password").stat().st_mode & 0o077 == 0


def test_a_file_that_cannot_be_scored_is_named_with_its_reason_and_changes_the_status(demo, call_file, tmp_path):
    (tmp_path / "broken.wav").write_bytes(b"this is no sound")
    done = demo(call_file(), "broken.wav")
    assert done.returncode == 1
    text = done.stdout.decode()
    assert "broken.wav" in text
    assert "Not scored" in text
    assert "not a recording that can be read" in " ".join(text.split())
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize("words", [("missing.wav",), ("empty",)])
def test_what_cannot_work_is_said_before_anything_is_made(demo, tmp_path, words):
    (tmp_path / "empty").mkdir()
    done = demo(*words)
    assert done.returncode == 2
    assert b"Traceback" not in done.stderr
    assert not (tmp_path / "kept").exists()


def test_the_pages_open_to_each_role_and_ctrl_c_ends_all_of_it(call_file, tmp_path):
    running = subprocess.Popen(
        [CALLMARK, "demo", call_file(), "--no-open", "--data-dir", "kept"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        # A shell that starts programs in the background lets them ignore Ctrl-C.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # noqa: PLW1509
    )
    try:
        told = ""
        while told.count("password") < 4:
            line = running.stdout.readline()
            assert line, running.stderr.read()
            told += line
        where = re.search(r"http://localhost:\d+", told).group()
        people = re.findall(r"(\w+) +user name (\w+) +password (\S+)", told)
        assert [role for role, _, _ in people] == ["admin", "supervisor", "reviewer", "agent"]
        for role, username, password in people:
            with httpx.Client(base_url=where, follow_redirects=True) as browser:
                page = browser.post("/sign-in", data={"username": username, "password": password, "next": "/"})
                assert page.status_code == 200
                assert page.url.path == ("/calls" if role == "agent" else "/queue")
    finally:
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=60)
    assert "Traceback" not in said
    with pytest.raises(httpx.ConnectError):
        httpx.get(where)
