"""`callmark serve`, `worker`, `migrate`, `recount`: the service and its upkeep."""

import contextlib
import gc
import logging
import socket
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
    settings_with,
)
from app.kit.errors import AppError

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.settings import Settings

LOG_FORMAT = "%(asctime)s %(levelname)s %(processName)s %(name)s: %(message)s"


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
    start_log(logging.INFO)
    listening = listen(settings.host, settings.port)
    prepare_databases(settings)
    prepare_scorecards(settings)
    with workers(settings):
        typer.echo(f"Callmark is at {address(listening)} (Ctrl-C ends it)")
        serve_on(listening, settings)


def worker(
    name: Annotated[str | None, typer.Option(help="Its name, which it keeps; else CALLMARK_WORKER_NAME.")] = None,
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
        worker_name=name,
        data_dir=data_dir,
        engine=engine,
        model=model,
        device=device,
        compute_type=compute_type,
        beam_size=beam_size,
    )
    start_log(logging.INFO)
    prepare_databases(settings)
    prepare_scorecards(settings)
    work(settings)


def migrate(data_dir: DataDirOption = None) -> None:
    """Bring the databases to the form this version needs; `serve` and `worker` do it by themselves."""
    prepare_databases(settings_with(data_dir=data_dir))
    typer.echo("The databases are up to date.")


def recount(
    mend: Annotated[
        bool, typer.Option("--mend", help="Keep what was counted anew of contacts, as after a setting was changed.")
    ] = False,
    data_dir: DataDirOption = None,
) -> None:
    """Count all calls and contacts anew and compare with the tallies behind every rate; there must be no difference."""
    from app.contacts import recount as contacts
    from app.contacts.sums import terms
    from app.kit import db
    from app.reports.recount import recount as differences

    settings = settings_with(data_dir=data_dir)
    engine = db.make_engine(settings.database)
    if mend:
        with db.session(engine) as session:
            contacts.mend(session, terms(settings))
    with db.session(engine, reads_only=True) as session:
        of_calls, of_contacts = differences(session), contacts.recount(session, terms(settings))
    found = [(one.key, one.stored, one.counted) for one in of_calls]
    found += [(one.key, one.stored, one.counted) for one in of_contacts]
    for key, stored, counted in found:
        typer.echo(f"{key}: stored {stored}, counted {counted}")
    typer.echo(f"{len(found)} differences")
    raise typer.Exit(int(bool(found)))


def start_log(level: int) -> None:
    """Write what happens to standard error; of libraries, only what somebody must look into."""
    logging.basicConfig(level=level, format=LOG_FORMAT)
    for library in ("alembic", "dbos", "faster_whisper", "httpx2"):
        logging.getLogger(library).setLevel(logging.ERROR)


def prepare_databases(settings: "Settings") -> None:
    """Make the data folder and bring both databases to their newest form."""
    from app.kit.migrations import upgrade
    from app.kit.queue import prepare

    settings.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    upgrade(settings.database)
    prepare(settings.jobs)


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
    import uvicorn

    from app.main import create_app

    app = create_app(settings)
    # Beside the first requests: none of them needs to wait for all of it.
    threading.Thread(target=warm_up, args=(app.state.services.engine,), name="warm up", daemon=True).start()
    config = uvicorn.Config(app, log_level="warning", access_log=False, server_header=False)
    uvicorn.Server(config).run(sockets=[listening])


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
