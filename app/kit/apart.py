"""Risky work in a process of its own: it has a limit of time and memory, and what goes beyond them is ended."""

import contextlib
import importlib
import math
import multiprocessing
import resource
import signal
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, NamedTuple

from app.kit.errors import AppError, where

# Begun anew rather than copied: threads and open connections do not survive a copy.
_processes = multiprocessing.get_context("spawn")

# How long a process may take to begin, which says nothing about what is asked of it.
START_SECONDS = 60.0
# What is asked may take so many times its seconds of computing when the machine has other things to do as well.
BUSY_TIMES = 4


class TooCostly(AppError):
    """This takes too long or too much memory; make it simpler, or smaller."""

    code = "too_costly"
    status = 422


class Engaged(AppError):
    """Others are being answered at this moment; try again in a few seconds."""

    code = "engaged"
    status = 503


class _Answer(NamedTuple):
    """What came of a question: an answer, or that the memory ran out, or where nobody foresaw what happened."""

    value: Any = None
    too_costly: bool = False
    fault: str = ""


class Apart:
    """One process that works for all who ask, one after another; begun with the first, and anew after it was ended."""

    def __init__(self, memory_mb: int) -> None:
        self._memory_mb = memory_mb
        self._one_at_a_time = threading.Lock()
        self._process: Any = None
        self._line: Connection | None = None

    def ask(self, act: Callable[..., Any], *args: Any, seconds: float) -> Any:
        """What `act` answers to these within so many seconds of computing."""
        if not self._one_at_a_time.acquire(timeout=seconds):
            raise Engaged
        try:
            self._begin(act.__module__)
            answer = self._asked(act, args, seconds)
            if answer is None:
                self._end()
        finally:
            self._one_at_a_time.release()
        if answer is None or answer.too_costly:
            raise TooCostly
        if answer.fault:
            raise RuntimeError(f"{act.__name__} failed\n{answer.fault}")
        return answer.value

    def close(self) -> None:
        """End the process, if there is one."""
        with self._one_at_a_time:
            self._end()

    def _asked(self, act: Callable[..., Any], args: tuple[Any, ...], seconds: float) -> _Answer | None:
        """The answer; None when there is none in time, or when memory ran out so far that the process ended."""
        line = self._line
        if line is None:
            return None
        try:
            line.send((act, args, seconds))
            return line.recv() if line.poll(BUSY_TIMES * seconds) else None
        except (EOFError, OSError):
            return None

    def _begin(self, module: str) -> None:
        """Begin the process if there is none, with what it needs loaded."""
        if self._line is not None and self._process.is_alive():
            return
        self._end()
        self._line, theirs = _processes.Pipe()
        self._process = _processes.Process(target=_work, args=(theirs, self._memory_mb), daemon=True)
        self._process.start()
        theirs.close()
        self._asked(_load, (module,), START_SECONDS)

    def _end(self) -> None:
        if self._line is not None:
            self._line.close()
            self._process.kill()
            self._process.join()
        self._process = self._line = None


def _work(line: Connection, memory_mb: int) -> None:
    # Ctrl-C is for the process that asks; this one ends when the line to it is cut.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_AS, (memory_mb << 20, memory_mb << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with contextlib.suppress(EOFError, BrokenPipeError):
        while True:
            act, args, seconds = line.recv()
            _allow(seconds)
            line.send(_answer(act, args))


def _allow(seconds: float) -> None:
    """Let the system end this process when it has computed for so long from now on."""
    until = math.ceil(time.process_time() + seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (until, resource.RLIM_INFINITY))


def _load(module: str) -> None:
    importlib.import_module(module)


def _answer(act: Callable[..., Any], args: tuple[Any, ...]) -> _Answer:
    try:
        return _Answer(act(*args))
    except (MemoryError, RecursionError):
        return _Answer(too_costly=True)
    except Exception as error:
        return _Answer(fault=where(error))
