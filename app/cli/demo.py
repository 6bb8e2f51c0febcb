"""`callmark demo`: the product itself with recordings in it, processed before one's eyes."""

import contextlib
import json
import logging
import secrets
import sys
import time
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
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
from app.cli.serving import address, listen, prepare_databases, prepare_scorecards, serve_on
from app.kit.logs import start_log

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from app.calls.models import Call
    from app.settings import Settings

# What `demo` takes from a folder.
RECORDINGS = (".wav", ".mp3", ".ogg", ".oga", ".opus", ".flac", ".m4a", ".mp4", ".w64")
TEAMS = {"English line": "Europe/London", "中文热线": "Asia/Shanghai", "日本語窓口": "Asia/Tokyo"}
# Who can sign in: user name, name, role, team.
PEOPLE = (
    ("admin", "Alex Admin", "admin", None),
    ("supervisor", "Sam Supervisor", "supervisor", None),
    ("reviewer", "Robin Reviewer", "reviewer", None),
)
AGENT_WHO_SIGNS_IN = "nina"
LOOK_SECONDS = 0.3


def demo(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE...]", help="Recordings, or folders of them; else the shipped ones."),
    ] = None,
    data_dir: DataDirOption = None,
    port: Annotated[int, typer.Option(help="Port of the web pages; 0: any free one.")] = 0,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after the table.")] = False,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open the pages in a browser.")] = False,
    engine: EngineOption = None,
    model: ModelOption = None,
    device: DeviceOption = None,
    compute_type: ComputeTypeOption = None,
    beam_size: BeamSizeOption = None,
) -> None:
    """Process the shipped recordings (or yours) with the real worker, then open the pages; what was there stays."""
    from app.kit import db
    from app.kit.shipped import shipped
    from app.worker import workers

    settings = settings_with(
        data_dir=data_dir, engine=engine, model=model, device=device, compute_type=compute_type, beam_size=beam_size
    )
    if data_dir is None:
        # Beside the data of a service that is used in earnest, never among them.
        settings = settings.model_copy(update={"data_dir": settings.data_dir / "demo"})
    start_log(logging.WARNING)
    paths = _recordings(files or [str(shipped("fixtures/calls"))])
    listening = None if no_serve else listen("127.0.0.1", port)
    prepare_databases(settings)
    prepare_scorecards(settings)
    database = db.make_engine(settings.database)
    password = _password(settings)
    _add_people(database, password)
    calls = _add_calls(database, settings, paths)
    is_idle = no_serve and not _under_way(_rows(database, calls))
    with contextlib.nullcontext() if is_idle else workers(settings):
        with contextlib.redirect_stdout(sys.stderr):
            _watch(database, calls)
        failed = _show(database, calls)
        if listening is not None:
            _tell(address(listening), password)
            if not no_open and sys.stdout.isatty():
                _open(f"{address(listening)}/queue")
            serve_on(listening, settings)
    raise typer.Exit(int(failed))


def _recordings(paths: list[str]) -> list[Path]:
    """The files, and in place of each folder the recordings in it."""
    found: list[Path] = []
    for path in map(Path, paths):
        if path.is_dir():
            found += sorted(one for one in path.iterdir() if one.suffix.lower() in RECORDINGS and one.name[0] != ".")
        elif path.is_file():
            found.append(path)
        else:
            raise typer.BadParameter(f"there is no file {path}")
    if not found:
        raise typer.BadParameter(f"there are no recordings in {', '.join(paths)}")
    return found


def _password(settings: "Settings") -> str:
    """The password of the demo's people: made at the first start, kept where only this user can read it."""
    kept = settings.data_dir / "demo-password"
    if not kept.is_file():
        kept.touch(mode=0o600)
        kept.write_text("-".join(secrets.token_hex(2) for _ in range(3)), "utf-8")
    return kept.read_text("utf-8").strip()


def _add_people(database: "Engine", password: str) -> None:
    from app.accounts import queries, service
    from app.accounts.models import Role
    from app.kit import clock, db

    with db.session(database) as session:
        if queries.has_people(session):
            return
        for name, zone in TEAMS.items():
            service.add_team(session, name, zone)
        for username, name, role, _ in PEOPLE:
            service.add_user(session, username=username, name=name, role=Role(role), now=clock.now(), password=password)
        for fact in _facts().values():
            team = queries.team_named(session, fact["team"])
            service.add_user(
                session,
                username=fact["agent"],
                name=fact["agent_name"],
                role=Role.AGENT,
                now=clock.now(),
                password=password if fact["agent"] == AGENT_WHO_SIGNS_IN else None,
                team_id=team.id if team else None,
            )


def _facts() -> dict[str, dict[str, str]]:
    """What is known about the shipped recordings, by file."""
    from app.kit.shipped import shipped

    written = (shipped("fixtures/calls") / "facts.json").read_text("utf-8")
    return {fact["file"]: fact for fact in json.loads(written)}


def _add_calls(database: "Engine", settings: "Settings", paths: Sequence[Path]) -> list[int]:
    """Take the recordings in, as an upload would; those that came at an earlier start are left as they are."""
    from app.calls import queries
    from app.calls.service import CallFacts, add_call
    from app.kit import clock, db
    from app.kit.blobs import open_blobs
    from app.kit.db import id_of
    from app.kit.queue import Queue
    from app.ledger.service import Actor

    blobs, queue, known = open_blobs(settings), Queue(settings.jobs), _facts()
    found = []
    for place, path in enumerate(paths):
        with path.open("rb") as file:
            stored = blobs.put(iter(lambda file=file: file.read(1 << 20), b""), settings.max_upload_mb << 20)  # type: ignore[misc]
        with db.session(database) as session:
            call = queries.by_content(session, stored.sha256)
            if call is None:
                fact = known.get(path.name, {})
                now = clock.now()
                facts = CallFacts(
                    agent=fact.get("agent"),
                    team=fact.get("team"),
                    queue=fact.get("queue", ""),
                    started_at=now - timedelta(hours=2, minutes=17 * place),
                )
                call = add_call(session, queue, stored, path.name, facts, Actor("demo", now)).call
            found.append(id_of(call))
    queue.close()
    return found


def _watch(database: "Engine", calls: Sequence[int]) -> None:
    """Show how far the calls are until all are scored or failed."""
    from app.calls.queries import UNDER_WAY
    from app.reports.progress import STEPS, together

    with together(len(calls)) as show:
        while True:
            rows = _rows(database, calls)
            for row in rows:
                is_done = row.state not in UNDER_WAY
                step = row.state.value if is_done or not row.step else STEPS.get(row.step, row.step)
                show(row.file_name, step, 1.0 if is_done else row.progress, is_done)
            if not _under_way(rows):
                return
            time.sleep(LOOK_SECONDS)


def _under_way(rows: "list[Call]") -> bool:
    from app.calls.queries import UNDER_WAY

    return any(row.state in UNDER_WAY for row in rows)


def _rows(database: "Engine", calls: Sequence[int]) -> "list[Call]":
    from app.calls.models import Call
    from app.kit import db

    with db.session(database, reads_only=True) as session:
        return [session.get_one(Call, one) for one in calls]


def _show(database: "Engine", calls: Sequence[int]) -> bool:
    """The table of all calls; whether one of them could not be scored."""
    from app.evaluations.files import Refused
    from app.evaluations.queries import as_file
    from app.kit import db
    from app.reports.terminal import console, overview

    with db.session(database, reads_only=True) as session:
        results = [as_file(session, one) for one in calls]
    console().print(overview(results))
    return any(isinstance(one, Refused) for one in results)


def _tell(where: str, password: str) -> None:
    """Where the pages are, and who can sign in."""
    people = [(username, role) for username, _, role, _ in PEOPLE] + [(AGENT_WHO_SIGNS_IN, "agent")]
    typer.echo(f"Callmark is at {where}/queue (Ctrl-C ends it; what you do there is kept)\n")
    for username, role in people:
        typer.echo(f"  {role:<11} user name {username:<11} password {password}")
    typer.echo("")


def _open(url: str) -> None:
    """Show the pages in a browser with a window; one that would take over the terminal is left alone."""
    import webbrowser

    with contextlib.suppress(webbrowser.Error):
        browser = webbrowser.get()
        if type(browser) is not webbrowser.GenericBrowser:
            browser.open(url)
