"""The life of a recording, from the moment it has come in until a person can review it."""

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import NoReturn

from sqlalchemy import Engine

from app.accounts import kept_answers
from app.calls import access, settling, sound, stranded
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.models import Call, CallState
from app.calls.stranded import SWEPT_AT_ONCE
from app.coaching import service as coaching
from app.contacts import settling as contacts
from app.contacts.sums import terms as contact_terms
from app.evaluations import service as evaluations
from app.imports import lists
from app.kit import clock, db, measures
from app.kit.blobs import FETCHED_LATELY, Blobs, open_blobs
from app.kit.companion import beside
from app.kit.cores import cores
from app.kit.errors import Passing, where
from app.kit.logs import about
from app.kit.probes import answering
from app.kit.queue import Queue
from app.kit.readiness import readiness
from app.kit.working import StepRefused, step, working
from app.ledger import auditing
from app.ledger.anchors import Notary
from app.ledger.service import machine
from app.ledger.verification import anchor_now_and_then
from app.notices import mailing
from app.reports import backtest_job as backtests
from app.retention import aging, erasing, holds, orphans
from app.retention.erasing import Eraser
from app.retention.removing import remove_left_bytes
from app.reviews import assignment, due_notices, leavers, releasing, rescoring, sampled
from app.reviews import offering as reviews
from app.reviews.offering import terms
from app.scorecards.active import judge_by
from app.settings import Settings
from app.transcription import muting, other_side
from app.transcription import queries as transcripts
from app.transcription.progress import written_down
from app.transcription.service import transcribe_call
from app.webhooks import delivering as webhooks

log = logging.getLogger(__name__)

# How often calls are looked for that nobody works on, in seconds.
SWEEP_SECONDS = 30.0
# How long a part of a sweep may go on once the worker is told to stop, in seconds; cut off, it does no harm.
LAST_PART_SECONDS = 1.0
# Finished jobs are shown to administrators for so long.
JOBS_KEPT = timedelta(days=30)
# A large upload that was cut off can go on for so long.
ARRIVALS_KEPT = timedelta(days=2)


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
            muting.MUTE: self.mute_call,
            rescoring.RESCORE: self.rescore_calls,
            backtests.BACKTEST: self.backtest_calls,
            auditing.VERIFY: self.verify_ledger,
            lists.IMPORT_LIST: self.import_list,
        }

    def process_call(self, call_id: int, attempt: int) -> None:
        """The life of a recording; what cannot be done ends it with the reason, and its bytes are kept."""
        with about(call=call_id):
            try:
                step("transcribe", self.transcribe, call_id, attempt)
                step("evaluate", self.evaluate, call_id, attempt)
                step("offer for review", self.offer, call_id, attempt)
            except StepRefused as refusal:
                step("fail", self.fail, call_id, attempt, refusal.code, refusal.message)

    def transcribe(self, call_id: int, attempt: int) -> None:
        progress = written_down(self.engine, call_id)
        transcribe_call(self.engine, self.blobs, self.settings, call_id, attempt, progress, clock.now, holds.is_held)

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
        with about(call=call_id):
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

    def mute_call(self, call_id: int) -> None:
        """After a person has written down a number: what browsers play is muted where it is said."""
        try:
            step("mute", self.mute_call_now, call_id)
        except StepRefused:
            step("give up", self.give_up_muting, call_id)

    def mute_call_now(self, call_id: int) -> None:
        muting.mute(self.engine, self.blobs, self.settings, call_id)

    def give_up_muting(self, call_id: int) -> None:
        muting.give_up(self.engine, self.blobs, call_id)

    def rescore_calls(self, asked: int, user_id: int, after: int, at_once: int = rescoring.AT_ONCE) -> None:
        """Judge some calls again, then ask for the next ones."""
        step("score again", self.rescore_some, asked, user_id, after, at_once)

    def rescore_some(self, asked: int, user_id: int, after: int, at_once: int) -> None:
        last = rescoring.rescore_some(self.engine, user_id, after, machine(clock.now()), at_once)
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
            step("give up", self.give_up_audit, asked, refusal.code, refusal.message)

    def verify_ledger_now(self) -> None:
        auditing.run(self.engine, Notary(self.settings.audit_key), clock.now())

    def give_up_audit(self, asked: int, code: str, message: str) -> None:
        with db.session(self.engine) as session:
            auditing.give_up(session, asked, code, message, machine(clock.now()))

    def import_list(self, import_id: int) -> None:
        """Read a list that somebody brought in."""
        try:
            step("read the list", self.import_list_now, import_id)
        except StepRefused:
            step("give up", self.give_up_import, import_id)

    def import_list_now(self, import_id: int) -> None:
        lists.run(self.engine, self.blobs, self.settings, import_id, machine(clock.now()))

    def give_up_import(self, import_id: int) -> None:
        lists.give_up(self.engine, import_id, machine(clock.now()))

    def sweep(self, queue: Queue, is_stopping: Callable[[], bool] = lambda: False) -> None:
        """Do what nobody asks for, unless told to stop; a part that fails keeps no other from its turn."""
        for name, part in self._parts(queue).items():
            if is_stopping():
                return
            try:
                part()
            except Passing as reason:
                log.warning("the sweep of %s waits (%s)", name, reason.code)
            except Exception as error:
                measures.SWEEP_FAILURES.labels(name).inc()
                log.error("the sweep of %s failed, and is tried again soon\n%s", name, where(error))

    def _parts(self, queue: Queue) -> Mapping[str, Callable[[], object]]:
        """What a sweep does, by what the log calls it, in this order."""
        engine, settings = self.engine, self.settings
        on, now = terms(settings), clock.now
        return {
            "waiting calls": lambda: stranded.sweep(engine, queue, machine(now())),
            "muting": lambda: muting.sweep(engine, self.blobs, queue),
            "swapped sides": lambda: other_side.sweep(engine, queue, machine(now())),
            "backtests": lambda: backtests.sweep(engine, queue, machine(now())),
            "scoring again": lambda: rescoring.sweep(engine, queue, machine(now())),
            "lists": lambda: lists.sweep(engine, self.blobs, queue, machine(now())),
            "verifying": lambda: auditing.sweep(engine, queue, now()),
            "anchors": lambda: anchor_now_and_then(engine, Notary(settings.audit_key), now()),
            "roster": lambda: settling.settle(engine, now(), [contacts.follower(contact_terms(settings), now())]),
            "leavers": lambda: leavers.let_go(engine, now(), settings.most_open),
            "assignment": lambda: assignment.sweep(
                engine, machine(now()), settings.assign == "auto", settings.most_open
            ),
            "release": lambda: releasing.release_due(engine, now(), on),
            "coaching": lambda: coaching.tell_released(engine, now()),
            "samples": lambda: sampled.sweep(engine, on, now),
            "due reviews": lambda: due_notices.tell_due(engine, now()),
            "mail": lambda: mailing.send_notices(engine, mailing.server_of(settings), settings.public_url, now()),
            "webhooks": lambda: webhooks.sweep(webhooks.post_of(engine, settings, now)),
            "replaced bytes": lambda: sound.sweep(engine, self.blobs),
            "who heard what": lambda: access.forget_old(engine, now() - settings.access_log_kept),
            "retention": lambda: aging.age(engine, self.blobs, now()),
            "erasures": lambda: erasing.sweep(Eraser(engine, self.blobs, queue, contact_terms(settings)), now()),
            "left bytes": lambda: remove_left_bytes(engine, self.blobs, SWEPT_AT_ONCE),
            "orphans": lambda: orphans.sweep(engine, self.blobs, now()),
            "cut-off uploads": lambda: self.blobs.forget_arrivals(now() - ARRIVALS_KEPT),
            "fetched copies": lambda: self.blobs.forget_fetched(now() - FETCHED_LATELY),
            "kept answers": lambda: kept_answers.forget_old(engine, now()),
            "old jobs": lambda: queue.forget(now() - JOBS_KEPT),
        }


def run(settings: Settings) -> NoReturn:
    """Work until told to stop (SIGTERM, Ctrl-C), then end the process.

    What is under way gets a few seconds; what does not make it is handed back and goes on elsewhere, or at the next
    start.
    """
    stopping = _told_to_stop()
    judge_by(settings.scorecard_dir)
    worker = Worker(settings, db.make_engine(settings.database), open_blobs(settings, settings.worker_id))
    with working(settings.jobs, settings.worker_id, worker.jobs, worker.blobs.tidy) as queue:
        ready = partial(readiness, worker.engine, queue)
        with answering(settings.host, settings.worker_port, ready, measures.written, settings.metrics_token):
            # By itself: what a part of it waits for must not keep the worker from stopping.
            sweeping = threading.Thread(target=_sweep, args=(worker, queue, stopping), name="sweep", daemon=True)
            sweeping.start()
            stopping.wait()
            sweeping.join(LAST_PART_SECONDS)
    logging.shutdown()
    # The threads of a step and of a sweep that were cut off cannot be ended in any other way.
    os._exit(0)


def _sweep(worker: Worker, queue: Queue, stopping: threading.Event) -> None:
    while not stopping.is_set():
        worker.sweep(queue, stopping.is_set)
        stopping.wait(SWEEP_SECONDS)


@contextmanager
def workers(settings: Settings) -> Iterator[None]:
    """While this lasts, as many worker processes as the settings say run beside this one.

    A process that is told to end (SIGTERM) leaves in good order meanwhile: its workers end first.
    """
    signal.signal(signal.SIGTERM, _leave)
    with ExitStack() as running:
        for one in _apart(settings):
            running.enter_context(beside(one.worker_id, run, one))
        yield


def work(settings: Settings) -> None:
    """What `callmark worker` does: work in this process, or look after several that do."""
    if settings.worker_concurrency == 1:
        run(settings)
    with workers(settings):
        threading.Event().wait()


def _apart(settings: Settings) -> list[Settings]:
    """The settings of each of the processes; a call that ends one of them must not take another call along."""
    if settings.worker_concurrency == 1:
        return [settings]
    of_its_own = [
        {
            "worker_concurrency": 1,
            "recogniser_threads": settings.recogniser_threads or max(1, cores() // settings.worker_concurrency),
            "worker_id": f"{settings.worker_id}.{place + 1}",
            "worker_port": settings.worker_port and settings.worker_port + place,
        }
        for place in range(settings.worker_concurrency)
    ]
    return [settings.model_copy(update=own) for own in of_its_own]


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
