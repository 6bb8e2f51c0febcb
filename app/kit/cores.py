"""How many cores there are to work with."""

import os
from pathlib import Path

QUOTA = Path("/sys/fs/cgroup/cpu.max")


def cores(quota: Path = QUOTA) -> int:
    """Cores that this process may use, at least 1: those it may run on, or fewer where a container has a limit.

    The limit is that of cgroups, version 2: microseconds of processor in a period of so many, or "max".
    """
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        used, period = quota.read_text().split()
        return max(1, min(allowed, int(used) // int(period)))
    except (OSError, ValueError):
        return allowed
