"""`callmark redact`: numbers hidden in calls that were kept before they were hidden."""

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

import typer

from app.cli.options import DataDirOption, database, settings_with

if TYPE_CHECKING:
    from sqlalchemy import Engine

# How many calls are looked up at a time.
AT_ONCE = 200


def redact(data_dir: DataDirOption = None) -> None:
    """Hide card, ID and phone numbers in all calls kept so far: words, quotations, search and sound.

    Cut off, it goes on where it was when it is begun again. Calls on legal hold are passed by; begin it again when the
    hold is lifted.
    """
    from app.kit import clock
    from app.kit.blobs import FETCHED_LATELY, open_blobs
    from app.kit.errors import AppError
    from app.ledger.service import machine
    from app.reports.progress import following
    from app.retention.redacting import Outcome, redact_call, tidy_search
    from app.transcription import muting

    settings = settings_with(data_dir=data_dir)
    if not settings.redacts:
        raise typer.BadParameter("CALLMARK_REDACT is off", param_hint="CALLMARK_REDACT")
    engine, blobs = database(settings), open_blobs(settings)
    # The worker's temporary folder may be another one than that of whoever was cut off here.
    blobs.forget_fetched(clock.now() - FETCHED_LATELY)
    became: Counter[Outcome] = Counter()
    muted, failed = 0, 0
    with following("numbers") as progress:
        total = _count(engine)
        for call_id in _unread(engine):
            became[redact_call(engine, blobs, call_id, machine(clock.now()))] += 1
            progress("words", min(1.0, became.total() / max(1, total)))
        tidy_search(engine)
        for call_id in _to_mute(engine):
            try:
                muting.mute(engine, blobs, settings, call_id)
                muted += 1
            except AppError as error:
                muting.give_up(engine, blobs, call_id)
                failed += 1
                typer.echo(f"call {call_id} could not be muted, and is not played any more: {error.message}", err=True)
            progress(f"sound ({muted + failed})", 1.0)
    looked = became[Outcome.HIDDEN] + became[Outcome.NOTHING]
    typer.echo(f"{looked:,} calls looked through, numbers hidden in {became[Outcome.HIDDEN]:,}.")
    if became[Outcome.HELD]:
        typer.echo(f"{became[Outcome.HELD]:,} calls on legal hold were passed by; begin again when the hold is lifted.")
    typer.echo(f"{muted:,} recordings muted, {failed:,} could not be.")
    raise typer.Exit(int(bool(failed)))


def _count(engine: "Engine") -> int:
    from app.kit import db
    from app.transcription import queries

    with db.session(engine, reads_only=True) as session:
        return queries.count_unread(session)


def _unread(engine: "Engine") -> Iterator[int]:
    """The calls that are still to be looked through, in the order of their ids."""
    from app.kit import db
    from app.transcription import queries

    after = 0
    while True:
        with db.session(engine, reads_only=True) as session:
            found = queries.unread(session, after, AT_ONCE)
        if not found:
            return
        yield from found
        after = found[-1]


def _to_mute(engine: "Engine") -> Iterator[int]:
    """The calls that are still to be muted, in the order of their ids."""
    from app.calls import queries
    from app.kit import db

    after = 0
    while True:
        with db.session(engine, reads_only=True) as session:
            found = queries.to_mute(session, AT_ONCE, after)
        if not found:
            return
        yield from found
        after = found[-1]
