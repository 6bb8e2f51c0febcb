"""Are there known faults in what the locks install? And what is all that: an SBOM for whoever asks.

    python -m requirements.audit            asks the advisory service about every locked package
    python -m requirements.audit --strict   fails too where some could not be looked up
    python -m requirements.audit --sbom     writes dist/sbom.json (CycloneDX 1.6), and asks nobody

A package that could not be looked up is not a package without faults: how many these are is said, in so many words.
"""

import argparse
import base64
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import License
from cyclonedx.output import make_outputter
from cyclonedx.schema import OutputFormat, SchemaVersion
from packageurl import PackageURL

ROOT = Path(__file__).parent.parent
LOCKS = ("runtime.txt", "dev.txt", "bench.txt", "openai-whisper.txt", "uv.txt")
# What is delivered: the first lock always, the other with the second recogniser.
DELIVERED = {"runtime.txt": ComponentScope.REQUIRED, "openai-whisper.txt": ComponentScope.OPTIONAL}
SBOM = ROOT / "dist" / "sbom.json"
PAGES = ROOT / "frontend" / "package-lock.json"
ENTRY = re.compile(r"^([a-z0-9][a-z0-9._-]*)==([^\s;]+)")
# A licence that is told in more words than this is its whole text.
LONGEST_NAME = 60


@dataclass
class Locked:
    """A package as a lock has it: its version, the hashes of its files, and what asks for it."""

    name: str
    version: str
    hashes: list[str] = field(default_factory=list)
    wanted_by: list[str] = field(default_factory=list)


def locked(lock: str) -> list[Locked]:
    """The packages of a lock."""
    found: list[Locked] = []
    for line in (ROOT / "requirements" / lock).read_text("utf-8").splitlines():
        entry = ENTRY.match(line)
        if entry:
            found.append(Locked(*entry.groups()))
        elif found and "--hash=sha256:" in line:
            found[-1].hashes.append(line.split("sha256:")[1].split()[0])
        elif found and line.startswith("    #"):
            named = line.removeprefix("    #").removeprefix("   via").strip()
            found[-1].wanted_by += [named.split()[0]] if named else []
    return found


def audit(strict: bool) -> int:
    """Ask about every locked package; 1 where faults are known, or with `strict` where some could not be looked up."""
    files = [word for lock in LOCKS for word in ("--requirement", str(ROOT / "requirements" / lock))]
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off"]
    ran = subprocess.run([*command, "--format", "json", *files], capture_output=True, text=True, check=False)
    packages = {(one.name, one.version) for lock in LOCKS for one in locked(lock)}
    return told(ran.stdout, ran.stderr, packages, strict)


def told(answer: str, complaint: str, packages: set[tuple[str, str]], strict: bool) -> int:
    """Say what came of it, and how it ends."""
    try:
        answers = json.loads(answer)["dependencies"]
    except (ValueError, KeyError):
        print(complaint[-500:])
        print(f"NOT AUDITED: {len(packages)} packages; the advisory service gave no answer.")
        return int(strict)
    looked_up = {(one["name"], one["version"]) for one in answers if "skip_reason" not in one}
    faults = {(one["name"], one["version"], bug["id"]) for one in answers for bug in one.get("vulns", ())}
    for name, version, bug in sorted(faults):
        print(f"{name} {version}: {bug}")
    print(f"{len(looked_up)} of {len(packages)} locked packages looked up, {len(faults)} known faults.")
    left = len(packages) - len(looked_up)
    if left:
        print(f"NOT AUDITED: {left} packages could not be looked up; nothing is known about these.")
    return int(bool(faults) or (strict and left > 0))


def sbom() -> Bom:
    """All that is delivered: what the locks install, and what is built into the pages."""
    bom, project = Bom(), tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    root = Component(
        type=ComponentType.APPLICATION,
        name=project["name"],
        version=project["version"],
        bom_ref=project["name"],
        licenses=[LicenseFactory().make_from_string(project["license"])],
    )
    bom.metadata.component = root
    known: dict[str, Component] = {project["name"]: root}
    asked: list[tuple[str, str]] = []
    for lock, scope in DELIVERED.items():
        for one in locked(lock):
            if one.name not in known:
                known[one.name] = component(one, scope)
                bom.components.add(known[one.name])
            asked += [(user, one.name) for user in one.wanted_by]
    for one in pages():
        bom.components.add(one)
        bom.register_dependency(root, [one])
    for user, name in asked:
        if user in known:
            bom.register_dependency(known[user], [known[name]])
    return bom


def component(one: Locked, scope: ComponentScope) -> Component:
    """A package from a lock; its licence as the installed one tells it."""
    return Component(
        type=ComponentType.LIBRARY,
        name=one.name,
        version=one.version,
        purl=PackageURL("pypi", name=one.name, version=one.version),
        bom_ref=f"{one.name}@{one.version}",
        scope=scope,
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=each) for each in one.hashes],
        licenses=licences(one.name),
    )


def pages() -> Iterable[Component]:
    """What is built into the pages, by the lock of npm."""
    for place, one in json.loads(PAGES.read_text("utf-8"))["packages"].items():
        if place and not one.get("dev"):
            name, digest = place.removeprefix("node_modules/"), base64.b64decode(one["integrity"].split("-")[1]).hex()
            yield Component(
                type=ComponentType.LIBRARY,
                name=name,
                version=one["version"],
                purl=PackageURL("npm", name=name, version=one["version"]),
                bom_ref=f"npm:{name}@{one['version']}",
                hashes=[HashType(alg=HashAlgorithm.SHA_512, content=digest)],
                licenses=[LicenseFactory().make_from_string(one["license"])],
                properties=[Property(name="callmark:part", value="pages")],
            )


def licences(name: str) -> list[License]:
    """The licence that an installed package tells of; none, where it is not installed on this machine."""
    try:
        told = metadata(name)
    except PackageNotFoundError:
        return []
    named = told.get("License-Expression") or told.get("License") or ""
    if not named or len(named) > LONGEST_NAME:
        classified = [one for one in told.get_all("Classifier", []) if one.startswith("License :: ")]
        named = classified[0].split(" :: ")[-1] if classified else ""
    return [LicenseFactory().make_from_string(named)] if named else []


def write_sbom() -> None:
    """Write the SBOM, and say how much is in it."""
    bom = sbom()
    SBOM.parent.mkdir(exist_ok=True)
    SBOM.write_text(make_outputter(bom, OutputFormat.JSON, SchemaVersion.V1_6).output_as_string(indent=1), "utf-8")
    print(f"{SBOM.relative_to(ROOT)}: {len(bom.components)} components")


def main() -> int:
    """Audit, or write the SBOM."""
    parser = argparse.ArgumentParser(description="What the locks install: its known faults, and an SBOM of it.")
    parser.add_argument("--strict", action="store_true", help="fail where a package could not be looked up")
    parser.add_argument("--sbom", action="store_true", help="write dist/sbom.json, and ask nobody")
    asked = parser.parse_args()
    if asked.sbom:
        write_sbom()
        return 0
    return audit(asked.strict)


if __name__ == "__main__":
    sys.exit(main())
