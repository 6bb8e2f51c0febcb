"""`callmark backup`, `restore`: all that is kept, as a folder of plain files, and back."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import DataDirOption, settings_with

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.backup.restoring import Restored
    from app.backup.service import Made
    from app.settings import Settings

# Of many recordings so many are named.
NAMED = 10


def backup(
    folder: Annotated[Path, typer.Argument(help="A folder for backups alone, best on another disk.")],
    keep: Annotated[
        int | None, typer.Option(min=1, help="Remove all but the newest so many backups, and what only they held.")
    ] = None,
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Also copy the keys, by which whoever has the backup can sign.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Make no backup; read the newest one, and say what is not as written.")
    ] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Copy the database and the recordings into a folder, as they are at one moment, while the service runs."""
    from app.backup.service import back_up
    from app.kit import clock, db
    from app.kit.blobs import open_blobs
    from app.reports.progress import following

    if verify:
        _verify(folder)
    settings = settings_with(data_dir=data_dir)
    engine = db.make_engine(settings.database)
    _refuse_unless_there(settings)
    with following("backup") as tell:
        made = back_up(
            engine, open_blobs(settings), settings, folder, clock.now(), tell, with_keys=with_keys, keep=keep
        )
    _tell_made(made)
    raise typer.Exit(int(bool(made.lost)))


def restore(
    path: Annotated[Path, typer.Argument(metavar="FOLDER", help="A folder of backups (the newest), or one of them.")],
    leave_out_damaged: Annotated[
        bool, typer.Option("--leave-out-damaged", help="Restore the rest where recordings of the backup are damaged.")
    ] = False,
    take_store: Annotated[
        bool, typer.Option("--take-store", help="Use the store of another database, which is gone for good.")
    ] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Bring a backup back into an empty database and a store, SQLite and files or PostgreSQL and S3 alike."""
    from app.backup.restoring import restore as bring_back
    from app.kit import clock, db
    from app.kit.blobs import open_blobs
    from app.reports.progress import following

    settings = settings_with(data_dir=data_dir)
    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    engine = db.make_engine(settings.database)
    with following("restore") as tell:
        restored = bring_back(
            engine,
            open_blobs(settings),
            settings,
            path,
            clock.now(),
            tell,
            leave_out_damaged=leave_out_damaged,
            take_store=take_store,
        )
    _tell_restored(restored)
    _check(engine, settings)


def _refuse_unless_there(settings: "Settings") -> None:
    """Make no new database where one was to be read."""
    from sqlalchemy.engine import make_url

    from app.backup.service import NotMigrated

    url = make_url(settings.database)
    if url.get_backend_name() == "sqlite" and not Path(str(url.database)).exists():
        raise NotMigrated(f"There is no database {url.database}; name its folder by --data-dir.")


def _verify(folder: Path) -> None:
    from app.backup.folder import chosen
    from app.backup.service import faults
    from app.reports.progress import following

    found = chosen(folder)
    with following("backup") as tell:
        wrong = list(faults(found.path.parent, found, tell))
    for fault in wrong:
        typer.echo(fault)
    held = found.manifest.recordings
    typer.echo(
        f"{found.path}: {len(found.manifest.tables)} tables, {held.count:,} recordings ({held.bytes / 1e6:,.1f} MB): "
        f"{f'{len(wrong):,} faults' if wrong else 'nothing is wrong'}."
    )
    if wrong:
        typer.echo(
            "Remove damaged recordings: the next backup copies them anew. Of another damaged file make a new one."
        )
    raise typer.Exit(int(bool(wrong)))


def _tell_made(made: "Made") -> None:
    from app.backup.keys import LOST_WITHOUT

    held = made.manifest.recordings
    rows = sum(one.rows for one in made.manifest.tables)
    typer.echo(f"{made.path}: {rows:,} rows, {held.count:,} recordings ({held.bytes / 1e6:,.1f} MB).")
    if held.gone:
        typer.echo(f"{held.gone:,} recordings were deleted while the backup was made, or are not in the store.")
    for key in made.lost[:NAMED]:
        typer.echo(f"{key} is named by a call, and is not in the store or not what was kept there.", err=True)
    if len(made.lost) > NAMED:
        typer.echo(f"… and {len(made.lost) - NAMED:,} more such recordings.", err=True)
    if made.thinned_out:
        typer.echo(f"{made.thinned_out:,} older backups were removed.")
    if not made.manifest.keys:
        typer.echo("The keys are not in it (--with-keys). Keep them elsewhere; after a restore without them:")
        for name, lost in LOST_WITHOUT.items():
            typer.echo(f"  {name}: {lost}")


def _tell_restored(restored: "Restored") -> None:
    rows = sum(one.rows for one in restored.manifest.tables)
    held = restored.manifest.recordings
    typer.echo(
        f"{rows:,} rows and {held.count - len(restored.left_out):,} recordings came back from {restored.path}, "
        f"made {restored.manifest.made_at:%Y-%m-%d %H:%M} UTC."
    )
    for key in restored.left_out[:NAMED]:
        typer.echo(f"{key} was damaged and was left out.")
    if restored.replaced:
        typer.echo(
            f"{restored.replaced:,} zero bytes in texts are \N{REPLACEMENT CHARACTER} now: PostgreSQL keeps none."
        )
    for name in restored.other_keys:
        typer.echo(f"{name} here is not the one of the backup, and was left as it is.")
    typer.echo("Everybody signs in anew; links to join that were not used yet must be made again.")
    typer.echo("What was deleted or erased after that moment came back with the backup: delete it again.")
    typer.echo(
        "Legal holds put after that moment are gone, and a worker may remove what was on them: put them again, with "
        "`callmark serve --no-worker`, before a worker is started."
    )


def _check(engine: "Engine", settings: "Settings") -> None:
    """Hold what came back against its own proofs; everything is there by now, this only looks."""
    from app.cli.auditing import told_of
    from app.cli.serving import differences

    typer.echo("Checking the ledger and the counts; this may be cut off, all is restored.")
    wrong, lines = told_of(engine, settings, [])
    found = differences(engine, settings)
    for line in [*lines, *found]:
        typer.echo(line)
    typer.echo(f"{len(found)} differences between the tallies and a recount")
    if wrong:
        typer.echo(
            "Entries that an anchor here is about were written after the backup. Keep audit.anchors elsewhere as proof "
            "of them, and move it away: the next anchor is about what is here now."
        )
    raise typer.Exit(int(bool(wrong or found)))
