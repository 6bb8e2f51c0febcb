"""Workers as processes that can be killed."""

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess

from app.settings import Settings
from app.worker import work

# Copied from a process that has loaded the product and begun nothing, so that a worker starts in a moment.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["app.worker", "pytest", "tests.faults.service"])

# What must happen happens in a moment, but a busy machine may be slow; in seconds.
PATIENCE = 120.0


@contextmanager
def worker(settings: Settings, act: Callable[[Settings], None] = work) -> Iterator[BaseProcess]:
    """A worker for as long as this lasts, unless it is killed before."""
    process = start_worker(settings, act)
    try:
        yield process
    finally:
        kill(process)


def start_worker(settings: Settings, act: Callable[[Settings], None] = work) -> BaseProcess:
    """A worker in a process of its own; what it has to say stands in worker.log."""
    process = _processes.Process(target=_act, args=(act, settings, dict(os.environ)), daemon=True)
    process.start()
    return process


def kill(process: BaseProcess) -> None:
    """End a process without a warning, and see it gone."""
    process.kill()
    process.join()


def _act(act: Callable[[Settings], None], settings: Settings, environment: dict[str, str]) -> None:
    # What it was copied from may have been begun in another one.
    os.environ.update(environment)
    with (settings.data_dir / "worker.log").open("ab") as log:
        for descriptor in (1, 2):
            os.dup2(log.fileno(), descriptor)
    act(settings)


def until(what: Callable[[], bool], seconds: float = PATIENCE, every: float = 0.05) -> None:
    """Wait for something to become true, which must happen within these seconds."""
    limit = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < limit, f"not within {seconds} s"
        time.sleep(every)
