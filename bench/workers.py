"""How many calls an hour one, two and three workers do: `python -m bench.workers --calls 300`.

The recordings have a few seconds and the recogniser is told what to hear, so that what is timed is all but the
recognition: decoding, finding speech and holds, sound for browsers, rules, ledger, tallies. `--transcripts` has bare
transcripts instead, where nothing is heard at all.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import Engine, text

from app.settings import Settings
from bench.reference import reference
from tests.databases import SqliteDatabases, postgresql_databases
from tests.faults.processes import kill, start_worker, until
from tests.faults.scripted import recording, work_scripted
from tests.faults.service import service, transcript

PATIENCE = 3600


def main(calls: int, most: int, database: str, content: Callable[[int], bytes], name: str) -> None:
    """Print a line for each number of workers."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="callmark-workers-")))
        databases = SqliteDatabases(folder) if database == "sqlite" else stack.enter_context(postgresql_databases())
        print(f"{database}, {calls} {name} for each line; reference loop {reference():.0f} ms")
        for workers in range(1, most + 1):
            of_its_own = folder / str(workers)
            of_its_own.mkdir()
            with databases.fresh(of_its_own) as url:
                print(f"  {workers} workers: {measured(url, of_its_own, workers, calls, content, name)}", flush=True)


def measured(url: str, folder: Path, workers: int, calls: int, content: Callable[[int], bytes], name: str) -> str:
    """How quick so many workers are, once all of them are at work."""
    settings = Settings(data_dir=folder, database_url=url)
    ids = [settings.model_copy(update={"worker_id": f"worker-{place}"}) for place in range(workers)]
    with service(settings) as running:
        at_work = [start_worker(one, work_scripted) for one in ids]
        # Loading takes seconds, and each of them does that with its first call.
        for number in range(4 * workers):
            running.add(content(number), name)
        until(running.all_ended, PATIENCE)
        for number in range(calls):
            running.add(content(1000 + number), name)
        began, done, before = time.monotonic(), running.scored(), transactions(running.engine)
        until(running.all_ended, PATIENCE)
        took, scored = time.monotonic() - began, running.scored() - done
        of_each = f", {(transactions(running.engine) - before) / scored:.0f} transactions each" if before else ""
        for process in at_work:
            kill(process)
        faults = running.faults()
    assert not faults, faults
    return f"{scored / took:.2f} calls/s, {scored / took * 86_400:,.0f} a day ({scored} in {took:.1f} s{of_each})"


def transactions(engine: Engine) -> int:
    """How many PostgreSQL has ended so far, those in which somebody only looks for work among them."""
    if engine.dialect.name == "sqlite":
        return 0
    asked = "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()"
    with engine.connect() as connection:
        return int(connection.execute(text(asked)).scalar_one())


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--calls", type=int, default=300)
    arguments.add_argument("--workers", type=int, default=3)
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    arguments.add_argument("--transcripts", action="store_true")
    given = arguments.parse_args()
    chosen = (transcript, "call.json") if given.transcripts else (recording, "call.wav")
    main(given.calls, given.workers, given.database, *chosen)
