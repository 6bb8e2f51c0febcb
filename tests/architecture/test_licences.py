"""Everything the locks install may be used in a product: permissive licences, and a few named exceptions."""

import json
import re
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pytest
from packaging.markers import Marker

ROOT = Path(__file__).parents[2]
REQUIREMENTS = ROOT / "requirements"
LOCKS = ["runtime.txt", "dev.txt", "openai-whisper.txt", "uv.txt"]

PERMISSIVE = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "CNRI-Python",
    "ISC",
    "MIT",
    "MIT-0",
    "PSF-2.0",
    "Zlib",
}
# Copyleft of single files: their own files stay under it, ours are not touched, and we do not change theirs.
# Those of npm build and test the pages: axe-core looks at them in the tests, lightningcss packs style sheets for Vite.
# hypothesis is used by the tests alone.
MPL_ACCEPTED = {"axe-core", "certifi", "hypothesis", "lightningcss", "pathspec", "tqdm"}
# A library that is used as it comes and can be exchanged, which is what its licence asks for.
LGPL_ACCEPTED = {"psycopg", "psycopg-binary"}

# How older metadata spells a licence, as free text or as the end of a classifier.
SPELLINGS = {
    "2-clause BSD": "BSD-2-Clause",
    "3-Clause BSD License": "BSD-3-Clause",
    "Apache": "Apache-2.0",
    "Apache 2.0": "Apache-2.0",
    "Apache License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD-3-Clause",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD-3-Clause",
    "BSD-0-Clause": "0BSD",
    # scipy, which has the text of its licence (BSD-3-Clause) where others name it.
    "Copyright (c) 2001-2002 Enthought, Inc. 2003, SciPy Developers.": "BSD-3-Clause",
    "ISC License": "ISC",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "PSFL": "PSF-2.0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}


def locked(lock: str) -> list[str]:
    """The distributions that the lock wants on this machine."""
    lines = re.findall(
        r"^([a-z0-9][a-z0-9.-]*)==\S+(?: ; (.*?))? \\$", (REQUIREMENTS / lock).read_text(), flags=re.MULTILINE
    )
    return [name for name, marker in lines if not marker or Marker(marker).evaluate()]


def licence(dist: Distribution) -> str:
    """The licence a distribution states: in its expression, else in its licence field, else in its classifiers."""
    said = dist.metadata.get("License-Expression") or dist.metadata.get("License") or ""
    said = said.strip().split("\n")[0]  # some put the whole text of the licence there, under its name
    if not said:
        classifiers = dist.metadata.get_all("Classifier") or []
        said = " AND ".join(
            SPELLINGS.get(line.split(" :: ")[-1], line.split(" :: ")[-1])
            for line in classifiers
            if line.startswith("License :: OSI Approved :: ")
        )
    return SPELLINGS.get(said, said)


def permitted(expression: str, name: str) -> bool:
    """Whether all that must be kept (AND), by at least one choice (OR), is permissive."""
    exceptions = {"MPL-2.0": MPL_ACCEPTED, "LGPL-3.0-only": LGPL_ACCEPTED}
    allowed = PERMISSIVE | {licence for licence, names in exceptions.items() if name in names}
    choices = expression.replace("(", "").replace(")", "").split(" OR ")
    return any(all(part.strip() in allowed for part in choice.split(" AND ")) for choice in choices)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_installs_only_permissive_licences(lock: str) -> None:
    wanted = locked(lock)
    assert wanted
    refused = {}
    for name in [*wanted, "torch"] if lock == "openai-whisper.txt" else wanted:
        try:
            stated = licence(distribution(name))
        except PackageNotFoundError:
            stated = "not installed"
        if not permitted(stated, name):
            refused[name] = stated
    if lock == "openai-whisper.txt" and refused.get("openai-whisper") == "not installed":
        pytest.skip("the second recogniser is not installed: make openai-whisper")
    assert refused == {}


@pytest.mark.parametrize("folder", ["frontend", "tests/provider"])
def test_what_npm_installs_has_a_permissive_licence_too(folder: str) -> None:
    packages = json.loads((ROOT / folder / "package-lock.json").read_text())["packages"]
    assert packages
    refused = {}
    for place, one in packages.items():
        # A program for one kind of machine goes by the name of what it is part of.
        name = re.sub("^(lightningcss)-.*", r"\1", place.rpartition("node_modules/")[2])
        stated = one.get("license", "")
        if place and not permitted(SPELLINGS.get(stated, stated), name):
            refused[place] = stated
    assert refused == {}


def test_only_the_tests_use_axe_core() -> None:
    own = json.loads((ROOT / "frontend/package.json").read_text())
    assert "axe-core" in own["devDependencies"]
    assert set(own["dependencies"]) == {"htmx.org"}
    sources = [path for path in (ROOT / "frontend/src").rglob("*") if path.is_file()]
    built = [path for path in (ROOT / "app/web/dist").rglob("*") if path.is_file()]
    assert [
        path for path in (*sources, *built) if b"axe-core" in path.read_bytes() or b"axe.run" in path.read_bytes()
    ] == []


def test_the_licences_we_cannot_take_are_refused() -> None:
    assert not permitted("GPLv2+", "any")
    assert not permitted("MIT AND GPL-3.0-only", "any")
    assert not permitted("MPL-2.0", "any")
    assert not permitted("LGPL-3.0-only", "any")
    assert not permitted("", "any")
    assert permitted("GPL-2.0-only OR MIT", "any")
