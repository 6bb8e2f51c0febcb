"""The contracts of pyproject.toml hold, and each of them bites."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def broken_contracts(tree: Path) -> list[str]:
    """The names of the contracts that the tree breaks."""
    linter = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([linter, "--no-cache"], cwd=tree, capture_output=True, text=True, timeout=120, check=False)
    broken = re.findall(r"^(\S.*) BROKEN\b", run.stdout, flags=re.MULTILINE)
    assert (run.returncode == 0) == (not broken) and "Contracts" in run.stdout, run.stdout + run.stderr
    return broken


@pytest.fixture
def copied_tree(tmp_path: Path) -> Path:
    shutil.copytree(ROOT / "app", tmp_path / "app", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_the_tree_keeps_every_contract() -> None:
    assert broken_contracts(ROOT) == []


@pytest.mark.parametrize(
    ("path", "line", "broken"),
    [
        ("app/domain/transcript.py", "import app.settings", "Imports point downward"),
        ("app/kit/errors.py", "import app.audio", "Imports point downward"),
        ("app/audio/__init__.py", "import app.transcription", "Imports point downward"),
        ("app/domain/transcript.py", "import time", "The core asks nobody"),
        ("app/domain/language/zh.py", "from pathlib import Path", "The core asks nobody"),
        ("app/domain/rules/fact.py", "import app.domain.rules.manual", "An operator does not know its siblings"),
        ("app/domain/language/en.py", "import app.domain.language.ja", "A language does not know its siblings"),
        (
            "app/transcription/engines/openai_whisper.py",
            "import app.transcription.engines.faster_whisper",
            "An engine does not know its siblings",
        ),
        ("app/audio/__init__.py", "import typer", "Only the doors"),
    ],
)
def test_a_planted_import_is_caught(copied_tree: Path, path: str, line: str, broken: str) -> None:
    with (copied_tree / path).open("a") as module:
        module.write(f"\n{line}\n")
    assert [name for name in broken_contracts(copied_tree) if name.startswith(broken)]


def test_a_new_package_must_take_its_place(copied_tree: Path) -> None:
    package = copied_tree / "app" / "gadgets"
    package.mkdir()
    (package / "__init__.py").write_text('"""A package nobody placed."""\n')
    assert [name for name in broken_contracts(copied_tree) if name.startswith("Imports point downward")]
