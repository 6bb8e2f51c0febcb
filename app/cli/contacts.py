"""`callmark contacts`: what the switch has recorded, from a list of any length."""

import csv
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo, available_timezones

import typer

from app.cli.options import DataDirOption, settings_with

if TYPE_CHECKING:
    from app.contacts.mapping import Kind, Mapping
    from app.contacts.rows import BadRow
    from app.contacts.service import Intake, Taken
    from app.kit.csv_files import Cell
    from app.settings import Settings

# More bad rows than these are not listed on the terminal.
LISTED = 20


def contacts(
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", help="The list: CSV, or what a mapping reads.")],
    mapping: Annotated[
        str | None,
        typer.Option(metavar="NAME|FILE", help="What its columns mean: one that comes along, or a YAML file."),
    ] = None,
    days: Annotated[bool, typer.Option("--days", help="The list tells of days of agents, not of contacts.")] = False,
    answers: Annotated[
        bool, typer.Option("--answers", help="The list tells what customers answered and what came of contacts.")
    ] = False,
    time_zone: Annotated[
        str | None, typer.Option(metavar="ZONE", help="Times without an offset are of this zone: Asia/Shanghai.")
    ] = None,
    bad: Annotated[Path | None, typer.Option(help="Write the rows that were left out here, with the reasons.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would become of it; keep nothing.")] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Take in a list of contacts of the switch; given again, it changes nothing of what is in already.

    The exit status is 1 where rows were left out.
    """
    from app.cli.serving import prepare_databases

    if days and answers:
        raise typer.BadParameter("choose one of --days and --answers")
    if time_zone is not None and time_zone not in available_timezones():
        raise typer.BadParameter("give a zone such as Asia/Shanghai", param_hint="--time-zone")
    kind: Kind = "agent_days" if days else "answers" if answers else "contacts"
    chosen = _mapping(mapping, kind)
    settings = settings_with(data_dir=data_dir)
    prepare_databases(settings)
    with closing(_BadRows(bad)) as left_out, _progress() as tell:
        taken = _take(_intake(settings, file, time_zone, dry_run, tell, left_out), kind, file, chosen)
    _report(taken, dry_run)
    raise typer.Exit(int(bool(taken.bad)))


def _mapping(name: str | None, kind: "Kind") -> "Mapping":
    from app.contacts.mapping import mapping_called, mapping_in

    if name is not None and name.endswith((".yaml", ".yml")):
        return mapping_in(Path(name))
    return mapping_called(name or "", kind)


def _intake(
    settings: "Settings",
    file: Path,
    time_zone: str | None,
    dry_run: bool,
    tell: "Callable[[Taken, int, int], None]",
    left_out: "_BadRows",
) -> "Intake":
    from app.cli.accounts import COMMAND_LINE
    from app.contacts.customers import Customers
    from app.contacts.service import Intake
    from app.contacts.sums import terms
    from app.kit import clock, db
    from app.ledger.service import Actor

    return Intake(
        db.make_engine(settings.database),
        terms(settings),
        Customers(settings.customer_key),
        Actor(COMMAND_LINE, clock.now()),
        ZoneInfo(time_zone) if time_zone else None,
        settings.language or "en",
        dry_run,
        tell,
        left_out.tell,
        left_out.begin,
    )


def _take(intake: "Intake", kind: "Kind", file: Path, mapping: "Mapping") -> "Taken":
    from app.contacts.service import take_agent_days, take_answers, take_contacts

    take = {"contacts": take_contacts, "agent_days": take_agent_days, "answers": take_answers}[kind]
    try:
        opened = file.open("rb")
    except OSError as error:
        raise typer.BadParameter(f"{file} cannot be read: {error.strerror}", param_hint="FILE.csv") from error
    with opened:
        return take(intake, opened, mapping)


@contextmanager
def _progress() -> "Iterator[Callable[[Taken, int, int], None]]":
    """A bar on the terminal; nothing where nobody watches."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task("0 rows")

        def tell(taken: "Taken", at: int, size: int) -> None:
            bar.update(task, completed=at, total=size, description=f"{taken.rows:,} rows")

        yield tell


class _BadRows:
    """Lists the first bad rows on standard error, and writes all to a file that can be mended and given again."""

    def __init__(self, file: Path | None) -> None:
        self._opened = None if file is None else file.open("w", newline="", encoding="utf-8-sig")
        self._listed = 0

    def begin(self, header: Sequence[str]) -> None:
        from app.contacts.rows import OF_BAD_ROWS

        self._write([*header, *OF_BAD_ROWS])

    def tell(self, one: "BadRow") -> None:
        self._listed += 1
        if self._listed <= LISTED:
            print(_line(one), file=sys.stderr)
        elif self._listed == LISTED + 1:
            print("…", file=sys.stderr)
        self._write([*one.cells, one.line, one.column, one.message])

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()

    def _write(self, cells: "Sequence[Cell]") -> None:
        from app.kit.csv_files import guarded

        if self._opened is not None:
            csv.writer(self._opened).writerow([guarded(cell) for cell in cells])


def _line(one: "BadRow") -> str:
    return f"line {one.line}, {one.column}: {one.message}" if one.column else f"line {one.line}: {one.message}"


def _report(taken: "Taken", dry_run: bool) -> None:
    kept = "would be " if dry_run else ""
    typer.echo(
        f"{taken.rows:,} rows: {taken.added:,} {kept}added, {taken.changed:,} {kept}changed, "
        f"{taken.unchanged:,} said nothing new, {taken.bad:,} left out"
    )
