"""`callmark retention`: how long what is kept, what is due, and doing it now."""

from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import DataDirOption, database, settings_with

if TYPE_CHECKING:
    from sqlalchemy import Engine


def retention(
    now: Annotated[
        bool, typer.Option("--now", help="Remove at once what is due; without it the worker does so by itself.")
    ] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Show for how long recordings and words are kept, and of how many calls something is due to be removed."""
    from app.kit import clock
    from app.kit.blobs import open_blobs
    from app.retention import aging
    from app.retention.removing import remove_left_bytes

    settings = settings_with(data_dir=data_dir)
    engine = database(settings)
    _show(engine)
    if now:
        blobs, done = open_blobs(settings), 0
        while some := aging.age(engine, blobs, clock.now()):
            done += some
            typer.echo(f"{done:,} calls")
        remove_left_bytes(engine, blobs, aging.AT_ONCE)
        typer.echo(f"Something was removed of {done:,} calls.")


def _show(engine: "Engine") -> None:
    from app.accounts import queries as accounts
    from app.kit import clock, db
    from app.retention import queries

    today = clock.now().date()
    with db.session(engine, reads_only=True) as session:
        names = {one.id: one.name for one in accounts.teams(session)}
        for on in queries.periods(session):
            due, held = queries.due(session, on, today), queries.held_back(session, on, today)
            typer.echo(
                f"{names.get(on.team_id, 'site')}: recordings {_days(on.sound_days)}, words {_days(on.words_days)};"
                f" due: {due.sound:,} recordings, words of {due.words:,} calls; on hold: {held:,} calls"
            )
        if not queries.periods(session):
            typer.echo("Everything is kept for ever: no period is set.")
        undone = queries.undone(session)
        if undone:
            typer.echo(f"Erasures that the worker is at: {', '.join(str(one) for one in undone)}")


def _days(days: int | None) -> str:
    return "for ever" if days is None else f"{days} days"
