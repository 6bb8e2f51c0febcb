"""The disk is full: whoever sends something is told so, nothing is half kept, and all goes on once there is space."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from app.calls.belonging import MARK
from app.settings import Settings
from tests.bar import Bar
from tests.faults.processes import until
from tests.faults.server import Server, server
from tests.faults.service import Service, service, transcript

MEGABYTES = 48
# The worker looks for space after pauses that grow to a minute and a half; in seconds.
PATIENCE = 400.0
SIZE = 300_000


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, so small that it can be filled."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", place], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"a small disk cannot be mounted here, which only root may: {mounted.stderr.decode().strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", place], check=True)


@pytest.fixture
def on_disk(settings: Settings, disk: Path) -> Settings:
    """All that the service keeps lies on the small disk; PostgreSQL has one of its own."""
    changed: dict[str, object] = {"data_dir": disk, "api_per_minute": 0}
    if settings.database.startswith("sqlite"):
        for name in ("app.db", "jobs.db"):
            shutil.move(settings.data_dir / name, disk / name)
        changed["database_url"] = f"sqlite:///{disk / 'app.db'}"
    return settings.model_copy(update=changed)


def fill(disk: Path) -> None:
    """Leave no byte free."""
    with (disk / "filler").open("ab", buffering=0) as filler:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    filler.write(bytes(size))
            except OSError as error:
                assert error.errno == errno.ENOSPC


def large(number: int) -> tuple[str, bytes]:
    """A transcript that does not fit into what is left over somewhere."""
    return f"{number}.json", transcript(number) + b" " * SIZE


def by_page(browser: httpx.Client, number: int) -> httpx.Response:
    return browser.post("/calls", files={"files": large(number)}, headers={"accept": "application/json"})


def by_piece(browser: httpx.Client, number: int) -> httpx.Response:
    name, content = large(number)
    told = {"name": name, "size": str(len(content)), "modified": "1", "offset": "0"}
    return browser.post("/uploads", data=told, files={"piece": ("piece", content)})


@pytest.mark.bar(row=5, full=100, quick=3)
def test_a_full_disk_is_told_as_such_and_all_goes_on_once_there_is_space(
    on_disk: Settings, disk: Path, tmp_path: Path, bar: Bar
) -> None:
    (disk / "tmp").mkdir()
    environment = {**os.environ, "TMPDIR": str(disk / "tmp")}
    with server(on_disk, tmp_path / "serve.log", environment) as running, service(on_disk) as kept:
        with running.program() as program:
            assert program.post("/calls", files={"file": large(0)}).status_code == 201
            until(kept.all_ended)
            for number in range(1, 6):
                # These wait for the worker when the disk is full.
                assert program.post("/calls", files={"file": large(number)}).status_code == 201
        before, refused = len(kept.calls()), 0
        for number in range(100, 100 + bar.times):
            fill(disk)
            refused += refused_everywhere(running, number)
        assert len(kept.calls()) == before
        (disk / "filler").unlink()
        with running.program() as program:
            assert program.post("/calls", files={"file": large(100)}).status_code == 201
        until(kept.all_ended, PATIENCE)
        assert kept.faults() == []
        assert without_row(kept, disk) == set()
        said = running.said()
        assert "Traceback" not in said and 'File "' not in said, said[-3000:]
    bar.found(f"{refused} uploads refused with 507, 0 rows of them; {before + 1} calls scored once there was space")


def refused_everywhere(running: Server, number: int) -> int:
    """How many doors refused an upload, each as it says such things."""
    with running.program() as program, running.browser() as browser:
        answers = [program.post("/calls", files={"file": large(number)}), by_page(browser, number)]
        answers += [by_piece(browser, number), program.post("/imports?kind=contacts", content=bytes(SIZE))]
    assert [answer.status_code for answer in answers] == [507] * len(answers), [one.text[:300] for one in answers]
    assert answers[0].json()["code"] == "storage_full"
    return len(answers)


def without_row(kept: Service, disk: Path) -> set[str]:
    """What lies in the store and belongs to no call."""
    known = {key for call in kept.calls() for key in (call.blob, call.playback, call.peaks) if key}
    found = {path.relative_to(disk / "blobs").as_posix() for path in (disk / "blobs").rglob("*") if path.is_file()}
    return found - known - {MARK}
