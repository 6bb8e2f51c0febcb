"""`callmark check-scorecards` tells authors and their build what is wrong with a card, and where."""

import os
import subprocess
import sys
from pathlib import Path

from tests.scorecards.own_cards import BROKEN, card

CALLMARK = str(Path(sys.executable).with_name("callmark"))


def check(*paths: Path | str, folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    variables = {name: value for name, value in os.environ.items() if name != "CALLMARK_SCORECARD_DIR"}
    if folder is not None:
        variables["CALLMARK_SCORECARD_DIR"] = str(folder)
    words = [CALLMARK, "check-scorecards", *map(str, paths)]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, check=False, env=variables)


def test_a_sound_card_is_told_to_be_sound(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(card())
    done = check(tmp_path / "own.yaml")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{tmp_path / 'own.yaml'}: own, 0 faults, 0 warnings\n"


def test_a_fault_ends_the_build_and_stands_with_its_file_and_line(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(BROKEN)
    (tmp_path / "good.yaml").write_text(card())
    done = check(tmp_path / "own.yaml", tmp_path / "good.yaml")
    assert done.returncode == 1
    assert f"{tmp_path / 'own.yaml'}:13: items[0].rule.say.bye: unknown key; did you mean by?\n" in done.stdout
    assert "good.yaml: own, 0 faults" in done.stdout
    assert "Traceback" not in done.stderr


def test_warnings_alone_end_nothing(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text(card().replace("sets:\n", "sets:\n  spare: {phrases: [good evening]}\n"))
    done = check(tmp_path / "own.yaml")
    assert done.returncode == 0
    assert "own.yaml:7: warning: sets.spare: no rule uses this set" in done.stdout


def test_two_cards_of_a_folder_for_one_language_are_a_fault(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(card())
    (tmp_path / "b.yaml").write_text(card(id="other"))
    done = check(tmp_path)
    assert done.returncode == 1
    assert "b.yaml:3: language: a.yaml is for calls in 'en' too; expected one card for each language" in done.stdout


def test_without_a_path_the_cards_that_judge_are_checked(tmp_path: Path) -> None:
    for language in ("en", "zh"):
        (tmp_path / f"{language}.yaml").write_text(
            card(language=language, id=f"own-{language}").replace("[hello]", "[hallo]")
        )
    done = check(folder=tmp_path)
    checked = [line.split(": ")[1].split(",")[0] for line in done.stdout.splitlines() if line.endswith("warnings")]
    assert checked == ["own-en", "own-zh", "inbound-ja"]


def test_a_path_where_nothing_is_is_told(tmp_path: Path) -> None:
    done = check(tmp_path / "nothing.yaml")
    assert done.returncode == 1
    assert "nothing.yaml" in done.stdout
    assert "Traceback" not in done.stderr


def test_a_call_is_scored_by_the_folder_too(tmp_path: Path) -> None:
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "own.yaml").write_text(card())
    (tmp_path / "call.json").write_text('{"language": "en", "turns": [{"speaker": "agent", "text": "Hello."}]}')
    variables = {**os.environ, "CALLMARK_SCORECARD_DIR": str(tmp_path / "cards")}
    words = [CALLMARK, "score", str(tmp_path / "call.json"), "--jsonl"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env=variables)
    assert '"id": "own"' in done.stdout
    (tmp_path / "cards" / "own.yaml").write_text(BROKEN)
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False, env=variables)
    assert done.returncode == 1
    assert "own.yaml:13: items[0].rule.say.bye" in done.stdout
