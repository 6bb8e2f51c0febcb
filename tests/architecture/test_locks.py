"""The locks say exactly what is installed: one version of each thing, by its hash, and never torch."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = ["runtime.txt", "dev.txt", "bench.txt", "openai-whisper.txt", "uv.txt"]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def versions(lock: str) -> dict[str, str]:
    """The version of each distribution named in a lock."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==([^\s;]+)", text, flags=re.MULTILINE))


def name_of(requirement: str) -> str:
    return re.split(r"[^A-Za-z0-9._-]", requirement, maxsplit=1)[0].lower().replace("_", "-")


@pytest.mark.parametrize("lock", LOCKS)
def test_every_line_of_a_lock_is_a_pinned_version_with_its_hashes(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-z0-9])", re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE))
    assert entries
    for entry in entries:
        assert re.match(r"[a-z0-9.-]+==\S+( ; .+)? \\\n    --hash=sha256:[0-9a-f]{64}", entry), entry


def test_the_locks_agree_with_each_other() -> None:
    runtime, whisper = versions("runtime.txt"), versions("openai-whisper.txt")
    for other in (versions("dev.txt"), versions("bench.txt"), whisper):
        assert {name: other[name] for name in other if name in runtime} == {
            name: runtime[name] for name in other if name in runtime
        }
    assert runtime.keys() <= whisper.keys()


def test_what_the_project_declares_is_locked() -> None:
    assert {name_of(each) for each in PROJECT["project"]["dependencies"]} <= versions("runtime.txt").keys()
    assert {name_of(each) for each in PROJECT["dependency-groups"]["dev"]} <= versions("dev.txt").keys()


@pytest.mark.parametrize("lock", LOCKS)
def test_no_lock_brings_torch(lock: str) -> None:
    assert {"torch", "triton"}.isdisjoint(versions(lock))
    assert not [name for name in versions(lock) if name.startswith("nvidia-")]


def test_the_makefile_and_the_extra_want_the_same_torch() -> None:
    (torch,) = (each for each in PROJECT["project"]["optional-dependencies"]["openai-whisper"] if "torch" in each)
    assert f"torch := {torch}\n" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"{torch} ;" in (ROOT / "requirements" / "without-torch.txt").read_text(encoding="utf-8")
