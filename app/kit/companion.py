"""A process that runs beside this one: begun again when it dies, ended with this one, whatever ends this one."""

import logging
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.connection import wait
from typing import Any

from app.kit.logs import write_log

log = logging.getLogger(__name__)

# A companion that dies soon after its start is begun again after a pause, twice as long each time, in seconds.
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
# One that lived so long did not die of its start.
LONG_LIFE = 60.0
# How long a companion has to end in good order, in seconds.
PATIENCE = 20.0

# Begun anew rather than copied: threads and open connections do not survive a copy.
_processes = multiprocessing.get_context("spawn")


@contextmanager
def beside(name: str, act: Callable[..., None], *args: Any) -> Iterator[None]:
    """While this lasts, `act` runs in a process of its own."""
    stopping = threading.Event()
    keeper = threading.Thread(target=_keep, args=(name, act, args, stopping), name=name, daemon=True)
    keeper.start()
    try:
        yield
    finally:
        stopping.set()
        keeper.join()


def _keep(name: str, act: Callable[..., None], args: tuple[Any, ...], stopping: threading.Event) -> None:
    pause = FIRST_PAUSE
    while not stopping.is_set():
        process = _processes.Process(target=_companion, args=(act, args, *_log()), name=name)
        process.start()
        lived = 0.0
        while process.is_alive() and not stopping.is_set():
            # Both are looked at by turns: an event cannot be waited for together with a process.
            process.join(timeout=0.2)
            lived += 0.2
        if stopping.is_set():
            _end(process)
            return
        pause = FIRST_PAUSE if lived >= LONG_LIFE else pause
        log.error("%s ended with code %s; it is begun again in %s s", name, process.exitcode, pause)
        stopping.wait(pause)
        pause = min(2 * pause, LONGEST_PAUSE)


def _end(process: Any) -> None:
    process.terminate()
    process.join(PATIENCE)
    if process.is_alive():
        log.error("%s did not end in time and is killed; it goes on where it was when it is begun again", process.name)
        process.kill()
        process.join()


def _log() -> tuple[int, logging.Formatter | None]:
    """How this process writes its log: from which level on, and in which form."""
    root = logging.getLogger()
    return root.getEffectiveLevel(), next((handler.formatter for handler in root.handlers), None)


def _companion(
    act: Callable[..., None], args: tuple[Any, ...], level: int, formatter: logging.Formatter | None
) -> None:
    write_log(level, formatter)
    threading.Thread(target=_end_with_parent, name="parent", daemon=True).start()
    act(*args)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os.kill(os.getpid(), signal.SIGTERM)
