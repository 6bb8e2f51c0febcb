"""`callmark import`, `watch`: recordings that lie on this machine, with what is known of them."""

import contextlib
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import AgentChannelOption, DataDirOption, LanguageOption, settings_with
from app.kit.errors import AppError

if TYPE_CHECKING:
    from app.calls.manifest import Row
    from app.imports.folders import Intake, Taken, Telling
    from app.settings import Settings

PatternOption = Annotated[
    str | None,
    typer.Option(
        "--pattern", metavar="PATTERN", help="What the names say: {started_at:%Y%m%d-%H%M%S}_{agent}_{external_id}."
    ),
]
TeamOption = Annotated[str | None, typer.Option(help="Team of all of them; else the agent's.")]
QueueOption = Annotated[str | None, typer.Option(help="Queue or project of all of them.")]
ZoneOption = Annotated[str, typer.Option(help="Time zone of times without a team, such as Asia/Shanghai.")]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Say what would be taken in, and change nothing.")]


class ZoneUnknown(AppError):
    """This is no IANA time zone, such as Asia/Shanghai."""

    code = "zone_unknown"


def import_(
    manifest: Annotated[Path, typer.Argument(metavar="MANIFEST.csv", help="A row for each recording.")],
    folder: Annotated[
        Path | None, typer.Option(help="Where the recordings lie; else where the manifest does.", file_okay=False)
    ] = None,
    pattern: PatternOption = None,
    team: TeamOption = None,
    queue: QueueOption = None,
    language: LanguageOption = None,
    agent_channel: AgentChannelOption = None,
    zone: ZoneOption = "UTC",
    dry_run: DryRunOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Take in the recordings that a manifest names; cut off or repeated, it goes on where it was."""
    from app.calls.manifest import read_rows

    telling = _telling(zone, pattern, team=team, queue=queue, language=language, agent_channel=agent_channel)
    settings, home = settings_with(data_dir=data_dir), folder or manifest.parent
    try:
        content = manifest.read_bytes()
    except OSError as error:
        raise typer.BadParameter(f"{manifest} cannot be read: {error.strerror}") from None
    rows, bad = read_rows(content, "en")
    for one in bad:
        _complain(f"line {one.line}: {one.message}")
    found = Counter({"refused": len(bad)})
    with _intake(settings, dry_run) as intake, _bar(len(rows)) as advance:
        for row in rows:
            taken = _by_row(intake, home, row, telling)
            found[taken.outcome.value] += 1
            if taken.message:
                _complain(f"line {row.line}, {row.file}: {taken.message}")
            advance(row.file)
    _summary(found, dry_run)
    raise typer.Exit(int(bool(found["refused"])))


def watch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Where the switch puts its recordings.")],
    pattern: PatternOption = None,
    manifest: Annotated[
        Path | None, typer.Option(help="A list of recordings with their facts, read again whenever it changes.")
    ] = None,
    team: TeamOption = None,
    queue: QueueOption = None,
    language: LanguageOption = None,
    agent_channel: AgentChannelOption = None,
    zone: ZoneOption = "UTC",
    every: Annotated[float, typer.Option(min=0.2, help="Look so often, in seconds.")] = 10,
    settle: Annotated[float, typer.Option(min=0, help="Take a file once it did not change for so many seconds.")] = 10,
    once: Annotated[bool, typer.Option("--once", help="Look once, then end.")] = False,
    dry_run: DryRunOption = False,
    data_dir: DataDirOption = None,
) -> None:
    """Take in every recording that comes into a folder and those below it, until told to end."""
    from app.imports.watching import Watch

    if not folder.is_dir():
        raise typer.BadParameter(f"there is no folder {folder}")
    said = {"team": team, "queue": queue, "language": language, "agent_channel": agent_channel}
    watching = Watch(folder, manifest, _telling(zone, pattern, **said), settle)
    ending, found = _ending(), Counter[str]()
    with _intake(settings_with(data_dir=data_dir), dry_run) as intake:
        while not ending.is_set():
            try:
                for taken in watching.look(intake, time.time()):
                    found[taken.outcome.value] += 1
                    _say(taken)
                    if ending.is_set():
                        break
            except AppError as error:
                # A share or a database that is away for a moment comes back.
                if once:
                    raise
                _complain(error.message)
            if once:
                break
            ending.wait(every)
    for name in watching.unsettled:
        _complain(f"{name}: still being written; left for the next time")
    _summary(found, dry_run)
    raise typer.Exit(int(once and bool(found["refused"])))


def _telling(zone: str, pattern: str | None, **said: str | None) -> "Telling":
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    from app.calls.file_names import read_pattern
    from app.imports.folders import Telling

    try:
        on = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ZoneUnknown(f"{zone} is no IANA time zone, such as Asia/Shanghai.") from None
    said_of_all = {name: value for name, value in said.items() if value and value != "auto"}
    return Telling(on, said_of_all, read_pattern(pattern) if pattern else None)


@contextlib.contextmanager
def _intake(settings: "Settings", dry_run: bool) -> "Iterator[Intake]":
    """What takes files in; the workers of the service hear and score them."""
    from app.cli.serving import prepare_databases
    from app.imports.folders import Intake
    from app.kit import db
    from app.kit.blobs import open_blobs
    from app.kit.queue import Queue

    prepare_databases(settings)
    with contextlib.closing(Queue(settings.jobs)) as queue:
        yield Intake(db.make_engine(settings.database), open_blobs(settings), queue, settings, dry_run)


def _by_row(intake: "Intake", home: Path, row: "Row", telling: "Telling") -> "Taken":
    """What becomes of the recording that a row names, by its path from the folder, or by its whole path."""
    from app.imports.folders import FileGone, FileSeen, Outcome, Taken, place_of, seen, take
    from app.kit import clock
    from app.ledger.service import Actor

    path = home / row.file.replace("\\", "/")
    try:
        file = seen(path, home)
    except FileGone as error:
        return Taken(FileSeen(path, row.file, 0, 0), Outcome.REFUSED, None, error.message)
    return take(intake, place_of(home, intake.settings), file, telling.about(row), Actor("import", clock.now()))


def _ending() -> threading.Event:
    """Set once somebody asks it to end: the file at hand is taken in to its end."""
    asked = threading.Event()
    for one in (signal.SIGINT, signal.SIGTERM):
        signal.signal(one, lambda *_: asked.set())
    return asked


@contextlib.contextmanager
def _bar(total: int) -> Iterator[Callable[[str], None]]:
    """Called with the name of each file that is done: a bar on a terminal, nothing in a log."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), TextColumn("{task.description}", markup=False))
    display = Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty())
    with display:
        task = display.add_task("", total=total)
        yield lambda name: display.update(task, advance=1, description=name)


def _say(taken: "Taken") -> None:
    if taken.message:
        _complain(f"{taken.file.name}: {taken.message}")
    elif taken.outcome == "deleted":
        typer.echo(f"{taken.file.name}: left alone, because call {taken.call_id} was deleted")
    elif taken.outcome != "unchanged":
        call = f"call {taken.call_id}" if taken.call_id else "would be taken in"
        typer.echo(f"{taken.file.name}: {call}" + (", here before" if taken.outcome == "known" else ""))


def _complain(message: str) -> None:
    typer.echo(message, err=True)


def _summary(found: Counter[str], dry_run: bool) -> None:
    parts = {"new": "new", "known": "here before", "unchanged": "taken in earlier", "refused": "refused"}
    told = ", ".join(f"{found[name]:,} {words}" for name, words in parts.items())
    told += f", {found['deleted']:,} deleted" if found["deleted"] else ""
    typer.echo(told + (" (nothing was changed)" if dry_run else ""))
