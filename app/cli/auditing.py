"""`callmark audit`: proof that the ledger is what was written."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import DataDirOption, database, settings_with

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.ledger.anchors import Anchor
    from app.ledger.verification import Fault
    from app.settings import Settings

audit = typer.Typer(no_args_is_help=True, help="The ledger: what happened, and proof that nobody has touched it.")


@audit.command("verify")
def verify_ledger(
    anchor: Annotated[
        list[Path] | None, typer.Option(help="A file of anchors that was kept elsewhere; repeat it for several.")
    ] = None,
    data_dir: DataDirOption = None,
) -> None:
    """Read the whole ledger; exit with 1 and say what is wrong where an entry was changed, removed, added or moved."""
    settings = settings_with(data_dir=data_dir)
    wrong, lines = told_of(database(settings), settings, anchor or [])
    for line in lines:
        typer.echo(line)
    raise typer.Exit(int(wrong))


@audit.command("anchor")
def write_an_anchor(
    file: Annotated[Path, typer.Argument(help="Add the anchor to this file; keep it on another machine.")],
    data_dir: DataDirOption = None,
) -> None:
    """Sign what the ledger holds now; with the file, `verify --anchor` proves later that all of it is still there."""
    from app.kit import clock
    from app.ledger.anchors import Notary, write_anchor
    from app.ledger.verification import anchor

    if not file.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {file.parent}", param_hint="FILE")
    settings = settings_with(data_dir=data_dir)
    made = anchor(database(settings), Notary(settings.audit_key), clock.now())
    write_anchor(file, made)
    typer.echo(f"{made.entries:,} entries in {made.streams:,} streams are anchored in {file}; signed by {made.key}.")


def told_of(engine: "Engine", settings: "Settings", more: Sequence[Path]) -> tuple[bool, list[str]]:
    """Whether anything is wrong with the ledger, held against the anchors here and more of them; told in lines."""
    from app.ledger.anchors import Notary, cut_off, read_anchors
    from app.ledger.verification import verify
    from app.reports.progress import following

    kept = Notary(settings.audit_key).file
    files = [*([kept] if kept.exists() else []), *more]
    anchors = [one for file in files for one in read_anchors(file)]
    with following("ledger") as progress:
        found = verify(engine, anchors, _shares(progress))
    lines = [_told(fault) for fault in found.faults]
    lines.append(
        f"{found.tape.entries:,} entries in {found.tape.streams:,} streams, held against {found.anchors:,} anchors"
        f"{_reach(found.last_anchor)}: {f'{len(found.faults):,} faults' if found.faults else 'nothing is wrong'}."
    )
    lines += [
        f"{file}: {torn:,} cut off while being written (a full disk, a power cut); nothing follows from it."
        for file in files
        if (torn := cut_off(file))
    ]
    if not anchors:
        lines.append("Without an anchor, somebody who can rewrite the whole database is not found out.")
    return bool(found.faults), lines


def _shares(progress: Callable[[str, float], object]) -> Callable[[int, int], object]:
    return lambda done, of: progress("verifying", done / of if of else 1.0)


def _told(fault: "Fault") -> str:
    if fault.stream:
        return f"{fault.stream}, entry {fault.sequence}: {fault.what}"
    at = f"{fault.anchored_at:%Y-%m-%d %H:%M} UTC" if fault.anchored_at else "–"
    return f"entries by id {fault.first_id} to {fault.last_id}, anchored {at}: {fault.what}"


def _reach(last: "Anchor | None") -> str:
    return f" (the last of {last.at:%Y-%m-%d %H:%M} UTC, entry {last.last_id})" if last else ""
