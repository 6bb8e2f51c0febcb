"""`callmark import` and `callmark watch`: what they say, and how they end."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CALLMARK = str(Path(sys.executable).with_name("callmark"))
MANIFEST = "file,agent,external_id,started_at\na.json,nina,C-1,2026-10-01 09:30\ngone.json,nina,C-2,\n,nina,,\n"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(exist_ok=True)
    turn = {"speaker": "agent", "start": 0, "end": 2, "text": text}
    path.write_text(json.dumps({"language": "en", "turns": [turn]}))


@pytest.fixture
def run(tmp_path: Path):
    def ran(*words: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            [CALLMARK, *words, "--data-dir", "kept"],
            capture_output=True,
            check=False,
            text=True,
            timeout=120,
            cwd=tmp_path,
        )

    return ran


def test_a_manifest_is_taken_in_row_by_row_and_a_second_time_says_so(run, tmp_path):
    write(tmp_path / "in" / "a.json", "How can I help?")
    (tmp_path / "in" / "list.csv").write_text(MANIFEST)
    tried = run("import", "in/list.csv", "--dry-run")
    assert "1 new, 0 here before, 0 taken in earlier, 2 refused (nothing was changed)" in tried.stdout
    first = run("import", "in/list.csv", "--zone", "Asia/Shanghai")
    assert "1 new, 0 here before, 0 taken in earlier, 2 refused" in first.stdout
    assert first.returncode == 1
    assert "line 4: This row names no file." in first.stderr
    assert "line 3, gone.json:" in first.stderr
    assert "0 new, 0 here before, 1 taken in earlier" in run("import", "in/list.csv", "--zone", "Asia/Shanghai").stdout


def test_what_cannot_be_meant_is_said_in_a_sentence(run, tmp_path):
    (tmp_path / "list.csv").write_text("name\nx\n")
    for words in (("import", "list.csv"), ("watch", "nowhere", "--once"), ("watch", ".", "--zone", "Here", "--once")):
        done = run(*words)
        assert done.returncode != 0
        assert "Traceback" not in done.stderr
        assert done.stderr.strip()


def test_a_watch_takes_what_comes_and_ends_when_told_to(tmp_path):
    write(tmp_path / "in" / "20261001-093000_nina_C-1.json", "How can I help?")
    words = ["watch", "in", "--pattern", "{started_at:%Y%m%d-%H%M%S}_{agent}_{external_id}"]
    watching = subprocess.Popen(
        [CALLMARK, *words, "--every", "0.2", "--settle", "0", "--data-dir", "kept"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
        env={"PYTHONUNBUFFERED": "1", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
    )
    try:
        assert watching.stdout is not None
        assert watching.stdout.readline() == "20261001-093000_nina_C-1.json: call 1\n"
        write(tmp_path / "in" / "20261001-094500_mei_C-2.json", "Is there anything else?")
        assert watching.stdout.readline() == "20261001-094500_mei_C-2.json: call 2\n"
        watching.send_signal(signal.SIGTERM)
        told, complaints = watching.communicate(timeout=60)
    finally:
        watching.kill()
    assert "2 new" in told
    assert complaints == ""
    assert watching.returncode == 0
