"""What claims or unpacks to more than anybody may send is refused, and little memory is taken meanwhile."""

import multiprocessing
import resource
import sys
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

import pytest

from app.audio.decoding import decode
from app.kit.errors import AppError
from app.scorecards.sheets import sheets
from app.settings import Settings
from app.transcription.imported import imported
from tests.bar import Bar
from tests.security.bombs import harmless, recordings, transcripts, workbooks

MOST_MEGABYTES = 512
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="how much memory was taken is read as Linux tells it")
# Copied from a process that has loaded the product and nothing else, so that nothing of this one counts as theirs.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload([__name__, "app.worker", "openpyxl"])


def _decoded(path: Path, max_hours: float = 4) -> object:
    return decode(path, Settings(max_hours=max_hours))


def _outcome(act: Callable[[Path], object], path: Path) -> tuple[str, float]:
    """The code of the refusal ("accepted": none), and the most memory taken, in MB, by this process or a child of it."""
    try:
        act(path)
        code = "accepted"
    except AppError as error:
        code = error.code
    status = Path("/proc/self/status").read_text()
    own = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM"))
    return code, max(own, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) / 1024


def outcomes(act: Callable[[Path], object], bombs: Mapping[str, Path]) -> dict[str, tuple[str, float]]:
    """What becomes of each, in a process of its own."""
    with _processes.Pool(2, maxtasksperchild=1) as pool:
        return dict(
            zip(bombs, pool.starmap(_outcome, [(act, path) for path in bombs.values()], chunksize=1), strict=True)
        )


def check(found: Mapping[str, tuple[str, float]], must_be_refused: bool = True) -> str:
    """The figure of the bar."""
    accepted = [name for name, (code, _) in found.items() if code == "accepted" and must_be_refused]
    large = {name: peak for name, (_, peak) in found.items() if peak > MOST_MEGABYTES}
    assert (accepted, large) == ([], {})
    return f"at most {max(peak for _, peak in found.values()):.0f} MB"


@pytest.mark.bar(row=12, full=24, quick=1)
def test_a_recording_that_claims_or_unpacks_to_too_much_is_refused(bar: Bar, tmp_path: Path) -> None:
    # At full size four hours are accepted, as the settings have it.
    found = outcomes(partial(_decoded, max_hours=bar.times / 6), recordings(tmp_path, hours=bar.times))
    bar.found(f"{len(found)} recordings refused, {check(found)}")


@pytest.mark.bar(row=12, full=200, quick=20)
def test_what_is_large_in_a_recording_and_no_sound_takes_little_memory(bar: Bar, tmp_path: Path) -> None:
    found = outcomes(_decoded, harmless(tmp_path, megabytes=bar.times))
    bar.found(f"{len(found)} recordings with tables and pictures of {bar.times} MB, {check(found, False)}")


@pytest.mark.bar(row=12, full=8, quick=1)
def test_a_transcript_that_is_a_bomb_is_refused(bar: Bar, tmp_path: Path) -> None:
    found = outcomes(imported, transcripts(tmp_path, megabytes=bar.times * 0.99))
    bar.found(f"{len(found)} transcripts of {bar.times} MB refused, {check(found)}")


@pytest.mark.bar(row=12, full=500, quick=50)
def test_a_workbook_that_unpacks_to_too_much_is_refused(bar: Bar, tmp_path: Path) -> None:
    found = outcomes(sheets, workbooks(tmp_path, megabytes=bar.times))
    bar.found(f"{len(found)} workbooks refused, {check(found)}")
