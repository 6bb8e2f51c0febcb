"""The core uses the standard library and a written-out list of pure libraries, nothing else."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CORE = sorted((ROOT / "app" / "domain").rglob("*.py"))
PURE_LIBRARIES = {"numpy", "opencc", "pydantic", "pydantic_core", "pypinyin", "rapidfuzz", "regex", "sudachipy"}


def imported(module: Path) -> Iterator[str]:
    """The full names of everything a module imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative path"
            yield node.module or ""


@pytest.mark.parametrize("module", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_of_the_core_imports_only_pure_things(module: Path) -> None:
    foreign = {
        name
        for name in imported(module)
        if not name.startswith("app.domain")
        and name.split(".")[0] not in PURE_LIBRARIES
        and name.split(".")[0] not in sys.stdlib_module_names
    }
    assert foreign == set()


@pytest.mark.parametrize("module", CORE, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_of_the_core_opens_no_file(module: Path) -> None:
    calls = {
        node.func.id
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }
    assert calls.isdisjoint({"open", "input", "print", "eval", "exec", "__import__"})
