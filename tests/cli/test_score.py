"""`callmark score` as other systems use it: transcripts in, lines of JSON out."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

CALLMARK = str(Path(sys.executable).with_name("callmark"))

CALL = {
    "id": "a",
    "language": "en",
    "direction": "inbound",
    "customer_name": None,
    "turns": [
        {"speaker": "agent", "start": 0.5, "end": 4.0, "text": "Good morning, Acme Bank, how can I help you?"},
        {"speaker": "customer", "start": 4.5, "end": 7.0, "text": "Hi, my card is lost."},
        {"speaker": "agent", "start": 7.5, "end": 9.0, "text": "Please hold the line."},
        {"speaker": "agent", "start": 49.0, "end": 53.0, "text": "I have blocked the card now."},
    ],
}
KEYS = {
    "file",
    "language",
    "duration",
    "engine",
    "scorecard",
    "holds",
    "transcript",
    "items",
    "score",
    "score_low",
    "score_high",
    "passed",
    "critical_failed",
}
ITEM_KEYS = {
    "id",
    "verdict",
    "confidence",
    "points",
    "max_points",
    "reason",
    "evidence",
    "searched",
    "nearest",
}


@pytest.fixture
def call_file(tmp_path):
    def write(name: str = "a.json", **changes) -> str:
        (tmp_path / name).write_text(json.dumps(CALL | changes, ensure_ascii=False), encoding="utf-8")
        return str(tmp_path / name)

    return write


@pytest.fixture(scope="module")
def answer(tmp_path_factory) -> dict:
    """What is answered about the call."""
    place = tmp_path_factory.mktemp("call") / "a.json"
    place.write_text(json.dumps(CALL), encoding="utf-8")
    done = run("score", str(place), "--jsonl")
    assert done.returncode == 0
    (line,) = answers(done)
    return line


def run(*words: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run([CALLMARK, *words], capture_output=True, timeout=60, check=False, **options)


def answers(done: subprocess.CompletedProcess) -> list[dict]:
    """Every line of standard output; anything that is not JSON fails the test."""
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]


def test_an_answer_has_every_key_of_the_contract(answer):
    assert set(answer) == KEYS
    assert Path(answer["file"]).name == "a.json"
    assert answer["language"] == "en"
    assert answer["duration"] == 53.0
    assert answer["scorecard"]["id"] == "inbound-en"
    assert answer["scorecard"]["version"].startswith("sha256:")
    assert answer["holds"] == [{"start": 9.0, "end": 49.0, "kind": "unknown"}]
    assert answer["transcript"]["turns"] == CALL["turns"]
    assert all(set(item) == ITEM_KEYS for item in answer["items"])
    assert len(answer["items"]) == 19


def test_points_are_given_for_passed_and_failed_items_only(answer):
    for item in answer["items"]:
        expected = {"pass": item["max_points"], "fail": 0}.get(item["verdict"])
        assert item["points"] == expected
    assert {item["verdict"] for item in answer["items"]} >= {"pass", "fail", "unscored"}


def test_a_fail_says_where_was_searched_and_what_came_nearest(answer):
    apology = next(item for item in answer["items"] if item["id"] == "hold_apology")
    assert apology["verdict"] == "fail"
    assert apology["searched"] == {"speaker": "agent", "from_turn": 3, "to_turn": 3, "start": 49.0, "end": 53.0}
    assert set(apology["nearest"]) == {"quote", "turn", "similarity"}


def test_evidence_quotes_the_turn_and_its_time(answer):
    need = next(item for item in answer["items"] if item["id"] == "asks_need")
    (piece,) = need["evidence"]
    assert set(piece) == {"speaker", "turn", "start", "end", "quote"}
    assert piece["quote"] in CALL["turns"][0]["text"]
    assert 0.5 <= piece["start"] < piece["end"] <= 4.0


def test_text_without_times_is_scored_and_has_no_holds_with_times(call_file):
    turns = [{**turn, "start": None, "end": None} for turn in CALL["turns"]]
    (answer,) = answers(run("score", call_file(turns=turns), "--jsonl"))
    assert answer["duration"] is None
    assert answer["holds"] == []
    assert answer["score"] is not None


def test_answers_come_in_the_order_of_the_files_and_a_bad_one_stops_none(call_file, tmp_path):
    (tmp_path / "broken.json").write_text("{")
    (tmp_path / "other.json").write_text('{"turns": 3}')
    (tmp_path / "empty.json").write_text("")
    (tmp_path / "folder.json").mkdir()
    bad = [str(tmp_path / name) for name in ("broken.json", "other.json", "empty.json", "missing.json", "folder.json")]
    good = [call_file(f"{name}.json", id=name) for name in "cab"]
    paths = [good[0], *bad[:3], good[1], *bad[3:], good[2]]
    done = run("score", *paths, "--jsonl")
    lines = answers(done)
    assert done.returncode == 1
    assert [line["file"] for line in lines] == paths
    for line in lines:
        if line["file"] in bad:
            assert set(line) == {"file", "error"}
            assert set(line["error"]) == {"code", "message"}
            assert line["error"]["code"] != "internal", line
            assert line["error"]["message"].strip()
        else:
            assert line["score"] is not None
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("noise.wav", b"\x00\x01\x02" * 400),
        ("page.mp3", b"<html>not a recording</html>" * 40),
        ("empty.ogg", b""),
        ("call.txt", b"agent: hello"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(tmp_path, name, content):
    (tmp_path / name).write_bytes(content)
    done = run("score", str(tmp_path / name), "--jsonl")
    (line,) = answers(done)
    assert done.returncode == 1
    assert line["error"]["code"] in ("not_audio", "empty_file", "truncated")
    assert b"Traceback" not in done.stderr


def test_a_folder_is_refused(tmp_path):
    (line,) = answers(run("score", str(tmp_path), "--jsonl"))
    assert line["error"]["code"] == "is_folder"


def test_a_call_in_a_language_without_a_card_is_refused(call_file):
    done = run("score", call_file(language="fr"), "--jsonl")
    (line,) = answers(done)
    assert done.returncode == 1
    assert line["error"]["code"] in ("scorecard_unknown", "language_unknown")
    assert "fr" in line["error"]["message"]


def test_a_card_of_another_language_is_refused(call_file):
    (line,) = answers(run("score", call_file(), "--scorecard", "inbound-zh", "--jsonl"))
    assert line["error"]["code"] == "scorecard_language"


def test_a_card_is_chosen_by_its_path(call_file, tmp_path):
    shipped = Path(__file__).resolve().parents[2] / "scorecards" / "inbound-en.yaml"
    own = tmp_path / "own.yaml"
    own.write_text(shipped.read_text("utf-8").replace("id: inbound-en", "id: our-own", 1), "utf-8")
    (answer,) = answers(run("score", call_file(), "--scorecard", str(own), "--jsonl"))
    assert answer["scorecard"]["id"] == "our-own"


@pytest.mark.parametrize(
    "words",
    [
        ("--scorecard", "inbound-tlh"),
        ("--language", "fr"),
        ("--agent-channel", "middle"),
        ("--engine", "crystal-ball"),
        ("--beam-size", "0"),
        ("--colour", "red"),
    ],
)
def test_an_option_that_cannot_be_met_is_refused_before_anything_is_scored(call_file, words):
    done = run("score", call_file(), "--jsonl", *words)
    assert done.returncode == 2
    assert done.stdout == b""
    assert words[-1] in done.stderr.decode() or words[0] in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_setting_that_cannot_be_met_is_refused_in_words(call_file):
    done = run("score", call_file(), env=os.environ | {"CALLMARK_BEAM_SIZE": "many"})
    assert done.returncode == 2
    assert "beam_size" in done.stderr.decode()
    assert b"Traceback" not in done.stderr


def test_a_broken_scorecard_names_its_faults(call_file, tmp_path):
    (tmp_path / "card.yaml").write_text("id: x\nwher: 1\n")
    done = run("score", call_file(), "--scorecard", str(tmp_path / "card.yaml"))
    assert done.returncode == 2
    assert "unknown" in done.stderr.decode()
    assert "pydantic" not in done.stderr.decode()


def test_words_of_any_writing_come_through_whatever_the_terminal_speaks(call_file):
    turns = [{"speaker": "agent", "start": 0, "end": 4, "text": "您好，这里是 Acme 🙂 客服。"}]
    path = call_file("通话.json", language="zh", turns=turns)
    done = run("score", path, "--jsonl", env=os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": "ascii"})
    (answer,) = answers(done)
    assert answer["file"] == path
    assert answer["transcript"]["turns"][0]["text"] == turns[0]["text"]


def test_without_jsonl_a_table_is_read_by_people(call_file):
    done = run("score", call_file())
    text = done.stdout.decode()
    assert "✕ Fail" in text
    assert "✓ Pass" in text
    assert "For a person" in text
    assert max(map(len, text.splitlines())) <= 100


def test_a_text_is_scored_without_loading_what_only_recordings_need(call_file):
    code = (
        "import sys; sys.argv = ['callmark', 'score', sys.argv[1], '--jsonl']\n"
        "from app.cli import run\n"
        "try:\n    run()\n"
        "finally:\n    print([name for name in ('numpy', 'av', 'faster_whisper', 'torch') if name in sys.modules],"
        " file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code, call_file()], capture_output=True, check=False, timeout=60)
    loaded = done.stderr.decode().strip().splitlines()[-1]
    assert loaded in ("[]", "['numpy']")


def test_a_reader_that_goes_away_leaves_no_traceback(call_file):
    paths = [call_file(f"{place}.json") for place in range(40)]
    with subprocess.Popen(
        [CALLMARK, "score", *paths, "--jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.readline()
        process.stdout.close()
        complaints = process.stderr.read()
        assert process.wait(timeout=60) != 0
    assert b"Traceback" not in complaints
    assert b"Exception ignored" not in complaints


def test_ctrl_c_leaves_no_traceback_and_says_by_its_status_that_it_was_stopped(call_file):
    paths = [call_file()] * 3000
    # A shell that runs the tests in the background has Ctrl-C ignored, and children would inherit that.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [CALLMARK, "score", *paths, "--jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        signal.signal(signal.SIGINT, before)
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        answered, complaints = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in complaints
    assert all(json.loads(line) for line in answered.splitlines()[:-1])


def test_the_version_is_told():
    done = run("--version")
    assert done.returncode == 0
    assert done.stdout.decode().startswith("callmark ")
