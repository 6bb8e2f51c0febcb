"""A migration takes nothing away that the version before still uses: both work side by side during an upgrade.

What is no longer needed is taken away by a later version, whose forerunner does not know it any more; such a migration
says so by `GONE_SINCE = "…"`, the version that stopped using it.
"""

import ast
from pathlib import Path

import pytest

VERSIONS = Path(__file__).parents[2] / "migrations" / "versions"
# Those before were made when every upgrade began by stopping everything.
FIRST = "0031"
TAKES_AWAY = {"drop_column", "drop_table", "rename_table"}


def breaks(source: str) -> list[str]:
    """What in a migration's upgrade a version that does not know of it cannot live with."""
    module = ast.parse(source)
    named = {
        target.id: node.value
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    revision = named["revision"]
    assert isinstance(revision, ast.Constant)
    if str(revision.value) < FIRST or "GONE_SINCE" in named:
        return []
    (upgrade,) = [one for one in module.body if isinstance(one, ast.FunctionDef) and one.name == "upgrade"]
    return [fault for call in ast.walk(upgrade) if isinstance(call, ast.Call) for fault in _faults(call)]


def _faults(call: ast.Call) -> list[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
    given = {one.arg: one.value for one in call.keywords}
    if name in TAKES_AWAY:
        return [f"line {call.lineno}: {name}"]
    if name == "alter_column" and ("new_column_name" in given or _is(given.get("nullable"), False)):
        return [f"line {call.lineno}: a column gets another name or must not be empty any more"]
    if name == "add_column":
        (column,) = [one for one in call.args if isinstance(one, ast.Call)]
        more = {one.arg: one.value for one in column.keywords}
        if _is(more.get("nullable"), False) and "server_default" not in more:
            return [f"line {call.lineno}: a new column that must be filled, and nobody fills"]
    return []


def _is(node: ast.expr | None, value: object) -> bool:
    return isinstance(node, ast.Constant) and node.value is value


@pytest.mark.parametrize("path", sorted(VERSIONS.glob("*.py")), ids=lambda path: path.stem)
def test_the_version_before_can_work_on_after_a_migration(path: Path) -> None:
    assert breaks(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "act",
    [
        'op.drop_table("call")',
        'batch.drop_column("blob")',
        'batch.alter_column("blob", new_column_name="bytes")',
        'batch.alter_column("queue", nullable=False)',
        'batch.add_column(sa.Column("kind", sa.String(), nullable=False))',
    ],
)
def test_what_breaks_the_version_before_is_found(act: str) -> None:
    assert breaks(f'revision = "{FIRST}"\ndef upgrade():\n    {act}')
    assert not breaks(f'revision = "{FIRST}"\nGONE_SINCE = "0.3"\ndef upgrade():\n    {act}')
