"""How fast the machine is at the moment, which on a shared one changes within minutes."""

import time


def reference() -> float:
    """Milliseconds of a plain loop of arithmetic."""
    began = time.perf_counter()
    sum(range(10_000_000))
    return 1000 * (time.perf_counter() - began)
