"""`callmark serve`, `worker`, `migrate`, `recount`: the service and its upkeep."""

import contextlib
import gc
import logging
import signal
import socket
import sys
import threading
from typing import TYPE_CHECKING, Annotated

import typer

from app.cli.options import (
    BeamSizeOption,
    ComputeTypeOption,
    DataDirOption,
    DeviceOption,
    EngineOption,
    ModelOption,
    database,
    settings_with,
)
from app.kit.errors import AppError
from app.kit.logs import start_log

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.settings import Settings


class PortTaken(AppError):
    """This address cannot be listened on; another program has it, or it is not this machine's."""

    code = "port_taken"


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on; else CALLMARK_HOST, else 127.0.0.1.")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; else CALLMARK_PORT, else 8000.")] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    beam_size: BeamSizeOption = None,
    no_worker: Annotated[
        bool, typer.Option("--no-worker", help="Without a worker beside it: `callmark worker` does the work.")
    ] = False,
) -> None:
    """Run the web pages and the API, and one worker beside them."""
    from app.worker import workers

    settings = settings_with(
        host=host,
        port=port,
        data_dir=data_dir,
        engine=engine,
        model=model,
        device=device,
        compute_type=compute_type,
        beam_size=beam_size,
    )
    start_log(logging.INFO, settings.log_format)
    listening = listen(settings.host, settings.port)
    make_ready(settings)
    # Told to end, it leaves in good order.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    with contextlib.nullcontext() if no_worker else workers(settings):
        typer.echo(f"Callmark is at {address(listening)} (Ctrl-C ends it)")
        serve_on(listening, settings)


def worker(
    worker_id: Annotated[
        str | None, typer.Option("--id", help="Its id, which it keeps; else CALLMARK_WORKER_ID.")
    ] = None,
    data_dir: DataDirOption = None,
    engine: EngineOption = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    beam_size: BeamSizeOption = None,
) -> None:
    """Run a worker alone: it hears and scores calls, and needs no web server beside it."""
    from app.worker import work

    settings = settings_with(
        worker_id=worker_id,
        data_dir=data_dir,
        engine=engine,
        model=model,
        device=device,
        compute_type=compute_type,
        beam_size=beam_size,
    )
    start_log(logging.INFO, settings.log_format)
    make_ready(settings)
    work(settings)


def migrate(data_dir: DataDirOption = None) -> None:
    """Bring the databases to the form this version needs; on SQLite `serve` and `worker` do it by themselves."""
    prepare_databases(settings_with(data_dir=data_dir))
    typer.echo("The databases are up to date.")


def recount(
    mend: Annotated[
        bool, typer.Option("--mend", help="Keep the sums that were made anew, as after a setting was changed.")
    ] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Count all calls and contacts anew and compare with the tallies behind every rate; there must be no difference."""
    from app.contacts import recount as contacts
    from app.contacts.sums import terms
    from app.kit import db
    from app.tallies import mending

    settings = settings_with(data_dir=data_dir)
    engine = database(settings)
    if mend:
        with db.session(engine) as session:
            contacts.mend(session, terms(settings))
        with db.session(engine) as session:
            mending.mend(session)
    found = differences(engine, settings)
    for line in found:
        typer.echo(line)
    typer.echo(f"{len(found)} differences")
    raise typer.Exit(int(bool(found)))


def differences(engine: "Engine", settings: "Settings") -> list[str]:
    """Where the tallies behind every rate are not what is counted anew, a line each."""
    from app.contacts import recount as contacts
    from app.contacts.sums import terms
    from app.kit import db
    from app.reports.recount import recount as of_calls

    with db.session(db.at_one_moment(engine), reads_only=True) as session:
        found = [(one.key, one.stored, one.counted) for one in of_calls(session)]
        found += [(one.key, one.stored, one.counted) for one in contacts.recount(session, terms(settings))]
    return [f"{key}: stored {stored}, counted {counted}" for key, stored, counted in found]


def make_ready(settings: "Settings") -> None:
    """Bring a database that is this process's own to its newest form; one that others share must have it already."""
    from app.kit import db
    from app.kit.migrations import DatabaseOutOfDate, is_up_to_date

    if settings.database.startswith("postgres"):
        engine = db.make_engine(settings.database)
        if not is_up_to_date(engine):
            raise DatabaseOutOfDate
        engine.dispose()
    else:
        prepare_databases(settings)
    prepare_store(settings)
    prepare_scorecards(settings)


def prepare_databases(settings: "Settings") -> None:
    """Make the data folder and bring both databases to their newest form."""
    from app.kit.migrations import upgrade
    from app.kit.queue import prepare

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    upgrade(settings.database)
    prepare(settings.jobs)


def prepare_store(settings: "Settings") -> None:
    """See that no other database's recordings lie in the store."""
    from app.calls.belonging import claim
    from app.kit import db
    from app.kit.blobs import StoreUnavailable, open_blobs

    # Most pages go on without a store; before a sweep removes anything from it, it asks once more.
    with contextlib.suppress(StoreUnavailable):
        claim(db.make_engine(settings.database), open_blobs(settings))


def prepare_scorecards(settings: "Settings") -> None:
    """Note by which scorecards calls are judged from now on; nothing begins when one cannot be loaded at all."""
    from app.kit import clock, db
    from app.ledger.service import machine
    from app.scorecards.active import judge_by
    from app.scorecards.service import put_all_in_force

    judge_by(settings.scorecard_dir)
    with db.session(db.make_engine(settings.database)) as session:
        put_all_in_force(session, machine(clock.now()))


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens there; port 0 takes any free one."""
    try:
        return socket.create_server((host, port))
    except (OSError, OverflowError) as error:
        raise PortTaken(
            f"{host} port {port} cannot be listened on: another program has it, or the address is not this machine's. "
            "Choose another with --port or --host."
        ) from error


def address(listening: socket.socket) -> str:
    """The address of the web pages on a socket."""
    host, port = listening.getsockname()[:2]
    return f"http://{'localhost' if host in ('127.0.0.1', '0.0.0.0') else host}:{port}"  # noqa: S104 (shown, not bound)


def serve_on(listening: socket.socket, settings: "Settings") -> None:
    """Serve the web pages and the API until told to stop."""
    from app.cli.draining import DrainingServer
    from app.cli.slow_lines import patient_for
    from app.main import create_app

    app = create_app(settings)
    # Beside the first requests: none of them needs to wait for all of it.
    threading.Thread(target=warm_up, args=(app.state.services.engine,), name="warm up", daemon=True).start()
    protocol = patient_for(settings.request_seconds)
    server = DrainingServer(app, protocol, app.state.services.stopping, settings.drain_seconds)
    server.run(sockets=[listening])


def warm_up(engine: "Engine") -> None:
    """Read what the pages need and take long to read: templates and scorecards."""
    from app.kit import db
    from app.kit.errors import AppError
    from app.scorecards.active import all_active
    from app.web.rendering import read_templates

    read_templates()
    # Whoever opens a page meanwhile is told what is wrong with a scorecard or the database; nobody asked here.
    with contextlib.suppress(AppError), db.session(engine, reads_only=True) as session:
        all_active(session)
    # All this stays: whoever looks for what can be thrown away need not look through it again and again.
    gc.collect()
    gc.freeze()
    # An answer of a thousand groups is made of ten thousand objects, all of which go at once when it has been sent.
    gc.set_threshold(10_000, 20, 50)
