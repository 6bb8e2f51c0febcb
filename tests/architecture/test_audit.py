"""What is delivered is told whole; a package that nobody could look up is not said to be without faults."""

import json
import re
from importlib.metadata import version

from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from requirements.audit import DELIVERED, ROOT, locked, sbom, told
from tests.architecture.test_locks import versions

PACKAGES = {("a", "1"), ("b", "2")}


def answer(*dependencies: dict[str, object]) -> str:
    return json.dumps({"dependencies": dependencies, "fixes": []})


def test_the_sbom_names_every_locked_runtime_package_with_version_hashes_and_licence() -> None:
    written = make_outputter(sbom(), OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    components = {one["name"]: one for one in json.loads(written)["components"]}
    for lock in DELIVERED:
        for name, pinned in versions(lock).items():
            assert components[name]["version"] == pinned
            assert components[name]["hashes"], name
    assert components["htmx.org"]["hashes"][0]["alg"] == "SHA-512"
    assert components["fastapi"]["licenses"] == [{"license": {"id": "MIT"}}]
    # Some are installed on other systems alone, or with the second recogniser.
    assert len([one for one in components.values() if not one.get("licenses")]) < 6


def test_the_sbom_says_what_asks_for_what_and_is_valid() -> None:
    written = make_outputter(sbom(), OutputFormat.JSON, SchemaVersion.V1_6).output_as_string()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(written) is None
    needs = {one["ref"]: set(one.get("dependsOn", ())) for one in json.loads(written)["dependencies"]}
    assert f"fastapi@{version('fastapi')}" in needs["callmark"]
    assert f"starlette@{version('starlette')}" in needs[f"fastapi@{version('fastapi')}"]


def test_locks_are_read_with_hashes_and_with_who_wants_them() -> None:
    found = {one.name: one for one in locked("runtime.txt")}
    assert len(found) == len(versions("runtime.txt"))
    assert all(re.fullmatch("[0-9a-f]{64}", each) for one in found.values() for each in one.hashes)
    assert {"fastapi", "typer"} <= set(found["annotated-doc"].wanted_by)


def test_a_known_fault_fails_and_is_named(capsys: object) -> None:
    bug = {"id": "PYSEC-1", "fix_versions": ["3"]}
    found = answer({"name": "a", "version": "1", "vulns": [bug]}, {"name": "b", "version": "2", "vulns": []})
    assert told(found, "", PACKAGES, strict=False) == 1
    said = capsys.readouterr().out  # type: ignore[attr-defined]
    assert "a 1: PYSEC-1" in said
    assert "2 of 2 locked packages looked up, 1 known faults" in said
    assert "NOT AUDITED" not in said


def test_what_could_not_be_looked_up_is_counted_and_never_called_clean(capsys: object) -> None:
    skipped = answer(
        {"name": "a", "version": "1", "skip_reason": "not found"}, {"name": "b", "version": "2", "vulns": []}
    )
    assert (told(skipped, "", PACKAGES, strict=False), told(skipped, "", PACKAGES, strict=True)) == (0, 1)
    said = capsys.readouterr().out  # type: ignore[attr-defined]
    assert "1 of 2 locked packages looked up" in said
    assert "NOT AUDITED: 1 packages could not be looked up" in said
    assert (told("", "no network", PACKAGES, strict=False), told("", "no network", PACKAGES, strict=True)) == (0, 1)
    assert "NOT AUDITED: 2 packages" in capsys.readouterr().out  # type: ignore[attr-defined]


def test_both_run_where_everything_is_checked() -> None:
    assert "make audit" in (ROOT / ".ci" / "run").read_text("utf-8")
