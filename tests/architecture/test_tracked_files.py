"""What is in the repository works on every machine: no file names a package index or somebody's folders."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Written in pieces, or this file would name them.
PACKAGE_INDEXES = [
    ("py" + "pi", "org"),
    ("python" + "hosted", "org"),
    ("npm" + "js", "org"),
    ("npm" + "js", "com"),
    ("yarn" + "pkg", "com"),
    ("deb" + "ian", "org"),
    ("archive.ubu" + "ntu", "com"),
    ("download.pyt" + "orch", "org"),
]
INDEX = re.compile("|".join(re.escape(".".join(parts)) for parts in PACKAGE_INDEXES), flags=re.IGNORECASE)
MACHINE_PATH = re.compile(r"(?<![\w.>)}~-])/(?:home|root|Users|work|opt)/\w|\b[A-Z]:\\Users\\")


def tracked_text_files() -> list[Path]:
    """Every text file that git tracks or would track; outside a git checkout there is nothing to judge."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listing.returncode != 0:
        pytest.skip("this is not a git checkout")
    files = [ROOT / name.decode() for name in listing.stdout.split(b"\0") if name]
    return [path for path in files if path.is_file() and b"\0" not in path.read_bytes()[:8000]]


@pytest.mark.parametrize("pattern", [INDEX, MACHINE_PATH], ids=["package index", "machine path"])
def test_no_file_names(pattern: re.Pattern[str]) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {match.group()}"
        for path in tracked_text_files()
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1)
        if (match := pattern.search(line))
    ]
    assert found == []


def test_the_patterns_find_what_they_are_for() -> None:
    assert INDEX.search("--index-url https://" + "py" + "pi.org/simple")
    assert MACHINE_PATH.search("see /" + "home/alice/calls")
    assert not MACHINE_PATH.search("~/.cache/callmark, docs/work/plan and https://example.com/home/page")
