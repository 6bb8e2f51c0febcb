"""Says on standard error which file is at which step."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from app.transcription.files import Progress

# Steps that take no time anybody would wait for: a log is not to be mostly of them.
BRIEF_STEPS = ("reading", "scoring")
# What the steps are called before people; any other is shown by its own name.
STEPS = {"speech": "finding speech", "words": "recognising words", "holds": "listening for holds"}


@contextmanager
def following(label: str) -> Iterator[Progress]:
    """A callback that shows the steps of one file: as a bar on a terminal, as lines in a log."""
    with _bar(label) if sys.stderr.isatty() else _lines(label) as progress:
        yield progress


@contextmanager
def _bar(label: str) -> Iterator[Progress]:
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Display

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[step]}", markup=False),
        TimeElapsedColumn(),
    )
    # Results go to standard output while the bar stands: it is taken away before each of them is written.
    with Display(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as display:
        task = display.add_task(label, total=1.0, step="")
        yield lambda step, share: display.update(task, step=STEPS.get(step, step), completed=share)


@contextmanager
def _lines(label: str) -> Iterator[Progress]:
    began = time.monotonic()
    last = ""

    def progress(step: str, _: float) -> None:
        nonlocal last
        if step != last and step not in BRIEF_STEPS:
            print(f"{label}: {STEPS.get(step, step)}", file=sys.stderr, flush=True)
        last = step

    yield progress
    print(f"{label}: done in {time.monotonic() - began:.1f} s", file=sys.stderr, flush=True)


# Called with a file's name, its step, the share of it that is done (0-1), and whether all of it is.
ShowOne = Callable[[str, str, float, bool], None]


@contextmanager
def together(count: int) -> Iterator[ShowOne]:
    """A callback that shows how far several files are: a bar each on a terminal, a line for each step in a log."""
    with _bars() if sys.stderr.isatty() else _log(count) as show:
        yield show


@contextmanager
def _bars() -> Iterator[ShowOne]:
    from rich.console import Console
    from rich.progress import BarColumn, TaskID, TextColumn
    from rich.progress import Progress as Display

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        TextColumn("{task.fields[step]}", markup=False),
    )
    tasks: dict[str, TaskID] = {}
    with Display(*columns, console=Console(stderr=True), redirect_stdout=False) as display:

        def show(name: str, step: str, share: float, is_done: bool) -> None:
            if name not in tasks:
                tasks[name] = display.add_task(name, total=1.0, step=step)
            display.update(tasks[name], step=step, completed=share)

        yield show


@contextmanager
def _log(count: int) -> Iterator[ShowOne]:
    last: dict[str, str] = {}
    done: set[str] = set()

    def show(name: str, step: str, _: float, is_done: bool) -> None:
        if last.get(name) != step:
            last[name] = step
            if is_done:
                done.add(name)
            print(f"{name}: {step}{f' ({len(done)} of {count})' if is_done else ''}", file=sys.stderr, flush=True)

    yield show
