"""How fast the machine is at the moment, which on a shared one changes within minutes."""

import os
import resource
import time
from pathlib import Path


def reference() -> float:
    """Milliseconds of a plain loop of arithmetic."""
    began = time.perf_counter()
    sum(range(10_000_000))
    return 1000 * (time.perf_counter() - began)


def processor_seconds() -> float:
    """Seconds of processor used so far, all threads and ended child processes together."""
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def processor_of(process: int) -> float:
    """Seconds of processor that a process, and what it began, has used so far; by proc(5)."""
    return _used(Path(f"/proc/{process}")) / os.sysconf("SC_CLK_TCK")


def _used(process: Path) -> int:
    # After the name in brackets, which may hold anything: 12 and 13 are its own, 14 and 15 those of ended children.
    fields = (process / "stat").read_text().rpartition(")")[2].split()
    living = (process / "task" / process.name / "children").read_text().split()
    return sum(map(int, fields[11:15])) + sum(_used(process.parent / one) for one in living)


def most_memory_mb() -> float:
    """The most memory that this process has held so far, in MB (Linux tells kB)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
