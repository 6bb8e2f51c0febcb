"""The life of a recording, from the moment it has come in until a person can review it."""

import logging
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import NoReturn

from sqlalchemy import Engine

from app.calls import queries as calls
from app.calls import service as call_service
from app.calls import settling
from app.calls.models import Call, CallState
from app.coaching import service as coaching
from app.evaluations import service as evaluations
from app.kit import clock, db
from app.kit.blobs import Blobs, open_blobs
from app.kit.companion import beside
from app.kit.db import DatabaseUnavailable, id_of
from app.kit.errors import AppError
from app.kit.queue import JobState, Queue, StepRefused, Unforeseen, step, working
from app.ledger import auditing
from app.ledger.anchors import Notary
from app.ledger.service import machine
from app.ledger.verification import anchor_now_and_then
from app.notices import mailing
from app.reports import backtest_job as backtests
from app.reports import backtest_queries
from app.retention import service as retention
from app.reviews import assignment, due_notices, leavers, releasing, rescoring, sampled
from app.reviews import offering as reviews
from app.reviews.offering import terms
from app.scorecards.active import judge_by
from app.settings import Settings
from app.transcription import other_side
from app.transcription import queries as transcripts
from app.transcription.service import transcribe_call

log = logging.getLogger(__name__)

# How often calls are looked for that nobody works on, in seconds.
SWEEP_SECONDS = 30.0
# How often a call's progress is written down at most, in seconds.
PROGRESS_SECONDS = 1.0
# Finished jobs are shown to administrators for so long.
JOBS_KEPT = timedelta(days=30)
# A large upload that was cut off can go on for so long.
ARRIVALS_KEPT = timedelta(days=2)
# How many waiting calls a sweep looks at; the rest come into view as these are done.
SWEPT_AT_ONCE = 2000


class KilledWorker(AppError):
    """The worker died each time it worked on this recording, so it was set aside. Convert the recording to WAV or
    export it again; if that does not help, an administrator finds more in the worker's log."""

    code = "killed_worker"


@dataclass(frozen=True)
class Worker:
    """What a worker works with, and its jobs; every step of a job may be cut off and begun again without harm."""

    settings: Settings
    engine: Engine
    blobs: Blobs

    @property
    def jobs(self) -> Mapping[str, Callable[..., None]]:
        """What can be asked of a worker, by name."""
        return {
            call_service.PROCESS: self.process_call,
            other_side.FIND_HOLDS: self.find_holds,
            rescoring.RESCORE: self.rescore_calls,
            backtests.BACKTEST: self.backtest_calls,
            auditing.VERIFY: self.verify_ledger,
        }

    def process_call(self, call_id: int, attempt: int) -> None:
        """The life of a recording; what cannot be done ends it with the reason, and its bytes are kept."""
        try:
            step("transcribe", self.transcribe, call_id, attempt)
            step("evaluate", self.evaluate, call_id, attempt)
            step("offer for review", self.offer, call_id, attempt)
        except StepRefused as refusal:
            step("fail", self.fail, call_id, attempt, refusal.code, refusal.message)

    def transcribe(self, call_id: int, attempt: int) -> None:
        progress = _written_down(self.engine, call_id)
        transcribe_call(self.engine, self.blobs, self.settings, call_id, attempt, progress, clock.now)

    def evaluate(self, call_id: int, attempt: int) -> None:
        with db.session(self.engine) as session:
            call = calls.lock(session, call_id)
            revision = transcripts.current(session, call_id)
            if _is_at(call, attempt) and revision is not None:
                evaluations.evaluate(session, call_id, revision, machine(clock.now()))
                # In the same transaction: between the two, everybody would see what is to be reviewed blind.
                reviews.arrive(session, call_id, machine(clock.now()), terms(self.settings))

    def offer(self, call_id: int, attempt: int) -> None:
        with db.session(self.engine) as session:
            if _is_at(calls.lock(session, call_id), attempt):
                reviews.arrive(session, call_id, machine(clock.now()), terms(self.settings))
                if self.settings.assign == "auto":
                    assignment.assign_new(session, call_id, machine(clock.now()), self.settings.most_open)

    def fail(self, call_id: int, attempt: int, code: str, message: str) -> None:
        with db.session(self.engine) as session:
            call_service.fail(session, call_id, attempt, code, message, machine(clock.now()))

    def find_holds(self, call_id: int) -> None:
        """After a person has swapped the sides of a call: its holds anew, and with them its verdicts."""
        try:
            step("find holds", self.find_holds_now, call_id)
        except StepRefused as refusal:
            step("give up", self.give_up_holds, call_id, refusal.code, refusal.message)

    def find_holds_now(self, call_id: int) -> None:
        found = other_side.find_holds(self.engine, self.blobs, self.settings, call_id)
        if found is not None:
            with db.session(self.engine) as session:
                if other_side.keep_holds(session, call_id, found, machine(clock.now())):
                    rescoring.judge(session, call_id, machine(clock.now()), terms(self.settings))

    def give_up_holds(self, call_id: int, code: str, message: str) -> None:
        with db.session(self.engine) as session:
            other_side.give_up_holds(session, call_id, code, message, machine(clock.now()))

    def rescore_calls(self, asked: int, user_id: int, after: int) -> None:
        """Judge some calls again, then ask for the next ones."""
        step("score again", self.rescore_some, asked, user_id, after)

    def rescore_some(self, asked: int, user_id: int, after: int) -> None:
        last = rescoring.rescore_some(self.engine, user_id, after, machine(clock.now()))
        if last is not None:
            with closing(Queue(self.settings.jobs)) as queue:
                rescoring.enqueue(queue, asked, user_id, last)
        else:
            with db.session(self.engine) as session:
                rescoring.finish(session, asked, user_id, machine(clock.now()))

    def backtest_calls(self, backtest_id: int, after: int) -> None:
        """Try a scorecard on some calls, then ask for the next ones."""
        try:
            step("try some calls", self.backtest_some, backtest_id, after)
        except StepRefused:
            step("give up", self.give_up_backtest, backtest_id, after)

    def backtest_some(self, backtest_id: int, after: int) -> None:
        last = backtests.run_some(self.engine, backtest_id, after, machine(clock.now()))
        if last is not None:
            with closing(Queue(self.settings.jobs)) as queue:
                backtests.enqueue(queue, backtest_id, last)

    def give_up_backtest(self, backtest_id: int, after: int) -> None:
        with db.session(self.engine) as session:
            backtests.give_up(session, backtest_id, after, machine(clock.now()))

    def verify_ledger(self, asked: int) -> None:
        """Hold the whole ledger against its chains and anchors, because an administrator asked."""
        try:
            step("verify the ledger", self.verify_ledger_now)
        except StepRefused as refusal:
            step("give up", self.give_up_audit, refusal.code, refusal.message)

    def verify_ledger_now(self) -> None:
        auditing.run(self.engine, Notary(self.settings.audit_key), clock.now())

    def give_up_audit(self, code: str, message: str) -> None:
        with db.session(self.engine) as session:
            auditing.give_up(session, code, message, machine(clock.now()))

    def sweep(self, queue: Queue) -> None:
        """Ask again for the work on calls that was never asked for, and end the calls whose work has ended."""
        with db.session(self.engine, reads_only=True) as session:
            found = calls.waiting(session, SWEPT_AT_ONCE)
        jobs = {call_service.job_id(id_of(call), call.attempt): call for call in found}
        states = queue.states(jobs)
        for job, call in jobs.items():
            state = states.get(job)
            if state is None:
                queue.enqueue(call_service.PROCESS, job, id_of(call), call.attempt)
            elif state == JobState.SET_ASIDE:
                self._end(call, KilledWorker())
            elif state in (JobState.DONE, JobState.FAILED):
                self._end(call, Unforeseen())
        self._sweep_holds(queue)
        self._sweep_backtests(queue)
        anchor_now_and_then(self.engine, Notary(self.settings.audit_key), clock.now())
        settling.settle(self.engine, clock.now())
        leavers.let_go(self.engine, clock.now(), self.settings.most_open)
        assignment.sweep(self.engine, machine(clock.now()), self.settings.assign == "auto", self.settings.most_open)
        releasing.release_due(self.engine, clock.now(), terms(self.settings))
        coaching.tell_released(self.engine, clock.now())
        sampled.sweep(self.engine, terms(self.settings), clock.now)
        due_notices.tell_due(self.engine, clock.now())
        mailing.send_notices(self.engine, mailing.server_of(self.settings), self.settings.public_url, clock.now())
        retention.remove_left_bytes(self.engine, self.blobs, SWEPT_AT_ONCE)
        self.blobs.forget_arrivals(clock.now() - ARRIVALS_KEPT)

    def _sweep_holds(self, queue: Queue) -> None:
        with db.session(self.engine, reads_only=True) as session:
            found = calls.with_step(session, other_side.FIND_HOLDS, SWEPT_AT_ONCE)
            revisions = [transcripts.current(session, id_of(call)) for call in found]
        jobs = {other_side.holds_job(one): one.call_id for one in revisions if one is not None}
        states = queue.states(jobs)
        for job, call_id in jobs.items():
            state = states.get(job)
            if state is None:
                queue.enqueue(other_side.FIND_HOLDS, job, call_id)
            elif state not in (JobState.WAITING, JobState.RUNNING):
                reason = KilledWorker() if state == JobState.SET_ASIDE else Unforeseen()
                self.give_up_holds(call_id, reason.code, reason.message)

    def _sweep_backtests(self, queue: Queue) -> None:
        with db.session(self.engine, reads_only=True) as session:
            found = backtest_queries.running(session, SWEPT_AT_ONCE)
        jobs = {backtests.job_id(id_of(one), one.after): one for one in found}
        states = queue.states(jobs)
        for job, one in jobs.items():
            state = states.get(job)
            if state is None:
                backtests.enqueue(queue, id_of(one), one.after)
            elif state not in (JobState.WAITING, JobState.RUNNING):
                self.give_up_backtest(id_of(one), one.after)

    def _end(self, seen: Call, reason: AppError) -> None:
        """End a call, unless it has gone on since it was seen."""
        with db.session(self.engine) as session:
            call = calls.lock(session, id_of(seen))
            if call.state in calls.UNDER_WAY and call.attempt == seen.attempt:
                call_service.fail(session, id_of(call), call.attempt, reason.code, reason.message, machine(clock.now()))


def run(settings: Settings) -> NoReturn:
    """Work until told to stop (SIGTERM, Ctrl-C), then end the process.

    What is under way gets a few seconds; what does not make it is handed back and goes on elsewhere, or at the next
    start.
    """
    stopping = _told_to_stop()
    judge_by(settings.scorecard_dir)
    worker = Worker(settings, db.make_engine(settings.database), open_blobs(settings, settings.worker_name))
    with working(settings.jobs, settings.worker_name, worker.jobs, worker.blobs.tidy) as queue:
        while True:
            _sweep(worker, queue)
            if stopping.wait(SWEEP_SECONDS):
                break
    logging.shutdown()
    # The thread of a step that was cut off cannot be ended in any other way.
    os._exit(0)


@contextmanager
def workers(settings: Settings) -> Iterator[None]:
    """While this lasts, as many worker processes as the settings say run beside this one.

    A process that is told to end (SIGTERM) leaves in good order meanwhile: its workers end first.
    """
    signal.signal(signal.SIGTERM, _leave)
    with ExitStack() as running:
        for one in _apart(settings):
            running.enter_context(beside(one.worker_name, run, one))
        yield


def work(settings: Settings) -> None:
    """What `callmark worker` does: work in this process, or look after several that do."""
    if settings.worker_concurrency == 1:
        run(settings)
    with workers(settings):
        threading.Event().wait()


def _apart(settings: Settings) -> list[Settings]:
    """The settings of each of the processes; a call that ends one of them must not take another call along."""
    names = [f"{settings.worker_name}.{place}" for place in range(1, settings.worker_concurrency + 1)]
    if settings.worker_concurrency == 1:
        names = [settings.worker_name]
    return [settings.model_copy(update={"worker_name": name, "worker_concurrency": 1}) for name in names]


def _sweep(worker: Worker, queue: Queue) -> None:
    try:
        worker.sweep(queue)
        queue.forget(before=clock.now() - JOBS_KEPT)
    except Exception as error:
        # The next one comes soon; a worker does not end because a database is out of reach.
        log.warning("could not look for waiting calls (%s)", type(error).__name__)


def _leave(*_: object) -> NoReturn:
    raise SystemExit(0)


def _told_to_stop() -> threading.Event:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    return stopping


def _is_at(call: Call, attempt: int) -> bool:
    """Whether this run of the call through the pipeline is still the one that is wanted."""
    return call.state != CallState.DELETED and call.attempt == attempt


def _written_down(engine: Engine, call_id: int) -> Callable[[str, float], None]:
    """Progress that people can see: written to the call, in short transactions of its own."""
    last, last_name = -PROGRESS_SECONDS, ""

    def progress(name: str, share: float) -> None:
        nonlocal last, last_name
        # A new step is told at once: the one before may have ended long before the next news of this one.
        if name == last_name and time.monotonic() - last < PROGRESS_SECONDS:
            return
        last, last_name = time.monotonic(), name
        try:
            with db.session(engine) as session:
                call_service.advance(session, call_id, CallState.TRANSCRIBING, name, share)
        except DatabaseUnavailable:
            log.warning("the progress of call %s could not be written down", call_id)

    return progress
