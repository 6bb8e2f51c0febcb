"""Whether killing workers loses or doubles calls: `bench/kills.py --database postgresql --kills 20 --seed 7`.

The shipped recordings are heard and scored by a real worker, which is killed without warning (SIGKILL) at moments drawn
over the whole run, and begun again each time. A call that was killed three times is spared: the fourth time it would be
set aside, as it should be.
"""

import argparse
import json
import random
import tempfile
import time
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path

from app.calls.service import job_id
from app.kit import clock
from app.kit.db import id_of
from app.kit.queue import Job, JobState
from app.kit.working import RUNS
from app.settings import Settings
from tests.databases import SqliteDatabases, postgresql_databases
from tests.faults.processes import kill, start_worker, until
from tests.faults.service import Service, service

CALLS = Path(__file__).parents[1] / "fixtures" / "calls"
# How long hearing a call takes at first sight, as a share of its length; mended whenever one is heard to its end.
PACE = 0.07
# Moments are drawn from this share of the expected time: one drawn too late would find the call done.
DRAWN_FROM = 0.85
# Loading the recogniser, in seconds.
LOADING = 2.0
# What may take longest: hearing the longest call on a busy machine, in seconds.
PATIENCE = 600


def main(database: str, kills: int, seed: int, engine: str) -> int:
    """Print a line for each kill, and what is wrong in the end; the number of faults."""
    truth = [json.loads(line) for line in (CALLS / "truth.jsonl").read_text("utf-8").splitlines()]
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="callmark-kills-")))
        databases = SqliteDatabases(folder) if database == "sqlite" else stack.enter_context(postgresql_databases())
        url = stack.enter_context(databases.fresh(folder))
        running = stack.enter_context(service(Settings(data_dir=folder, database_url=url, engine=engine)))
        seconds = {}
        for call in truth:
            call_id = running.add((CALLS / call["file"]).read_bytes(), call["file"])
            seconds[job_id(call_id, 1)] = float(call["duration"])
        began = time.monotonic()
        done = under_fire(running, seconds, kills, random.Random(seed))
        faults = running.faults()
        print(f"\n{database}, seed {seed}: {len(seconds)} calls, {done} kills, {time.monotonic() - began:.0f} s")
        runs = {job.id: job.runs for job in running.queue.recent()}
        for call in running.calls():
            print(f"  {call.file_name:24} {call.state.value:8} {runs[job_id(id_of(call), 1)]} runs")
        if done < kills:
            faults.append(f"only {done} of {kills} kills met a worker at work")
        print("\n".join(faults) or "every call: one transcript, one evaluation, one ledger entry; recount differs by 0")
        return len(faults)


def under_fire(running: Service, seconds: dict[str, float], kills: int, lots: random.Random) -> int:
    """Kill the worker so many times while it hears these calls (job: length in seconds); how often it was killed."""
    print(" kill  at s  call                      run  step        share")
    names = {job_id(id_of(call), 1): call.file_name for call in running.calls()}
    began, done, pace = time.monotonic(), 0, PACE
    started, worker = clock.now(), start_worker(running.settings)
    try:
        while True:
            until(lambda started=started: running.all_ended() or at_work(running, started) is not None, PATIENCE)
            job = at_work(running, started)
            if running.all_ended():
                return done
            if job is None:
                continue
            if job.runs < RUNS and done < kills:
                share = lots.uniform(0, DRAWN_FROM)
                drawn = time.monotonic() + share * (LOADING + pace * seconds[job.id])
                # By the clock, or by how much is recognised, whichever comes first: machines are quick and slow.
                until(lambda job=job, at=drawn, share=share: time.monotonic() >= at or is_past(running, job, share))
                assert worker.is_alive(), "the worker ended by itself"
                hit = at_work(running, started)
                if hit is not None and hit.runs < RUNS:
                    call = next(one for one in running.calls() if job_id(id_of(one), 1) == hit.id)
                    kill(worker)
                    done += 1
                    print(
                        f"{done:5} {time.monotonic() - began:5.0f}  {names[hit.id]:24} {hit.runs:4}"
                        f"  {call.step or call.state.value:11} {call.progress:.2f}",
                        flush=True,
                    )
                    started, worker = clock.now(), start_worker(running.settings)
            else:
                at = time.monotonic()
                until(lambda job=job: running.queue.states([job.id])[job.id] != JobState.RUNNING, PATIENCE)
                pace = (time.monotonic() - at) / seconds[job.id]
    finally:
        kill(worker)


def at_work(running: Service, since: datetime) -> Job | None:
    """The job that the worker is at which was begun at this moment; what its forerunner left is none."""
    jobs = running.queue.recent()
    return next((job for job in jobs if job.state == JobState.RUNNING and job.changed_at >= since), None)


def is_past(running: Service, job: Job, share: float) -> bool:
    """Whether so much of the call is recognised, or all is done."""
    call = next(one for one in running.calls() if job_id(id_of(one), 1) == job.id)
    return (call.step == "words" and call.progress >= share) or running.queue.states([job.id])[
        job.id
    ] != JobState.RUNNING


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    arguments.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    arguments.add_argument("--kills", type=int, default=20)
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--engine", choices=["faster-whisper", "openai-whisper"], default="faster-whisper")
    given = arguments.parse_args()
    raise SystemExit(bool(main(given.database, given.kills, given.seed, given.engine)))
