"""What the workers do at this moment, what waits for them, and what they could not do; for administrators."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, ClassVar
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.policies import may_see_jobs
from app.calls import queries, service
from app.calls.models import Call, CallState
from app.imports.lists import IMPORT_LIST
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import Passing
from app.kit.i18n import N_, Translator
from app.kit.queue import Job, JobState, Queue
from app.kit.worker_ids import at_work, shown_id
from app.ledger import auditing
from app.reports.backtest_job import BACKTEST
from app.reports.wording import Shown
from app.request import Allow, Services, ServicesDep, SessionDep, actor
from app.reviews import rescoring
from app.transcription import other_side
from app.web.call_rows import state_view
from app.web.rendering import render, see_other, words_for
from app.web.times import Moment, moment, zone_of

router = APIRouter(prefix="/admin/jobs")

Administrator = Annotated[User, Allow(may_see_jobs)]

MOST_JOBS, MOST_FAILED = 50, 20
# So many calls are started again by one press; the rest by the next one.
MOST_AGAIN = 500
NAMES = {
    service.PROCESS: N_("Hear and score a call"),
    other_side.FIND_HOLDS: N_("Find the holds of a call again"),
    rescoring.RESCORE: N_("Score calls again"),
    BACKTEST: N_("Try a scorecard on earlier calls"),
    auditing.VERIFY: N_("Verify the ledger"),
    IMPORT_LIST: N_("Read a list of the switch"),
}
STATES = {
    JobState.WAITING: Shown("…", N_("Waiting"), "neutral"),
    JobState.RUNNING: Shown("◔", N_("Under way"), "neutral"),
    JobState.DONE: Shown("✓", N_("Done"), "pass"),
    JobState.FAILED: Shown("✕", N_("Broke off"), "fail"),
    JobState.SET_ASIDE: Shown("✕", N_("Set aside"), "fail"),
}
# How the pipeline names its runs; a job is shown with the call it is about.
RUN_OF_CALL = re.compile(r"call-(\d{1,10})-\d+")


@dataclass(frozen=True)
class JobRow:
    """One job: what it is, of which call, how far, how long it took or has taken."""

    what: str
    call: int | None
    reference: str
    state: Shown
    step: str
    runs: int
    worker: str
    asked: Moment
    took: str


@dataclass(frozen=True)
class WorkerRow:
    """One worker, and the jobs it has in hand; one that does not live leaves its jobs to the others."""

    name: str
    alive: bool
    jobs: tuple[JobRow, ...]


@dataclass(frozen=True)
class FailureRow:
    """Why some calls failed, and how many."""

    code: str
    message: str
    calls: int


@dataclass(frozen=True)
class FailedCall:
    """A call that could not be processed."""

    id: int
    reference: str
    message: str
    came: Moment


@dataclass(frozen=True)
class Work:
    """What the database of jobs tells."""

    workers: tuple[WorkerRow, ...] = ()
    oldest: str = ""
    set_aside: tuple[JobRow, ...] = ()
    recent: tuple[JobRow, ...] = ()


@dataclass(frozen=True)
class JobsPage:
    """The pipeline as it is now; `work` is None when the database of jobs cannot be reached."""

    template: ClassVar[str] = "people/jobs.html"
    waiting: int
    hearing: int
    scoring: int
    failed: int
    most_again: int
    failures: tuple[FailureRow, ...]
    failed_calls: tuple[FailedCall, ...]
    work: Work | None
    now: Moment

    @property
    def under_way(self) -> bool:
        """Whether anything changes by itself."""
        running = any(one.jobs for one in self.work.workers) if self.work else True
        return running or bool(self.waiting + self.hearing + self.scoring)


@dataclass(frozen=True)
class Teller:
    """Puts jobs into the reader's words, on the reader's clock."""

    words: Translator
    zone: ZoneInfo
    now: datetime
    calls: Mapping[int, Call] = field(default_factory=dict)

    def row(self, job: Job) -> JobRow:
        call = self.calls.get(_call_of(job) or 0)
        shown, running = STATES[job.state], job.state == JobState.RUNNING
        ended = self.now if running else job.changed_at
        begun = job.begun_at if job.state != JobState.WAITING else None
        return JobRow(
            what=self.words.gettext(NAMES.get(job.name, job.name.replace("_", " "))),
            call=call.id if call else None,
            reference=(call.external_id or call.file_name) if call else "",
            state=shown._replace(word=self.words.gettext(shown.word)),
            step=self._step(call) if call and running else "",
            runs=job.runs,
            worker=job.worker if job.worker and begun else "",
            asked=moment(job.asked_at, self.zone),
            took=self.length(ended - begun) if begun else "",
        )

    def length(self, time: timedelta) -> str:
        """A time in the largest unit that says enough."""
        seconds = max(0, round(time.total_seconds()))
        if seconds < 60:
            return self.words.gettext("%(count)s s") % {"count": seconds}
        if seconds < 60 * 60:
            return self.words.gettext("%(count)s min") % {"count": seconds // 60}
        return self.words.gettext("%(count)s h %(rest)s min") % {
            "count": seconds // 3600,
            "rest": seconds // 60 % 60,
        }

    def _step(self, call: Call) -> str:
        view = state_view(call, self.words)
        return f"{view.step}, {view.percent} %" if view.step and view.percent else view.step


@router.get("")
def show_jobs(request: Request, session: SessionDep, shared: ServicesDep, user: Administrator) -> Response:
    return render(request, _page(session, shared, user, words_for(request)))


@router.post("/retry")
def retry_failed(
    session: SessionDep, shared: ServicesDep, user: Administrator, code: Annotated[str, Form(max_length=100)] = ""
) -> Response:
    service.start_failed_again(session, shared.queue, actor(user), MOST_AGAIN, code or None)
    return see_other("/admin/jobs", "started")


def _page(session: Session, shared: Services, user: User, words: Translator) -> JobsPage:
    states = (*queries.UNDER_WAY, CallState.FAILED)
    counted = queries.counts(session, states)
    now, zone = clock.now(), zone_of(session, user)
    return JobsPage(
        waiting=counted[CallState.RECEIVED],
        hearing=counted[CallState.TRANSCRIBING],
        scoring=counted[CallState.SCORING],
        failed=counted[CallState.FAILED],
        most_again=MOST_AGAIN,
        failures=tuple(
            FailureRow(one.code, words.gettext(one.message), one.calls) for one in queries.failures(session)
        ),
        failed_calls=tuple(
            FailedCall(
                id_of(one),
                one.external_id or one.file_name,
                words.gettext(one.error_message) if one.error_message else "",
                moment(one.created_at, zone),
            )
            for one in queries.failed(session, MOST_FAILED)
        ),
        work=_work(session, shared, Teller(words, zone, now)),
        now=moment(now, zone),
    )


def _work(session: Session, shared: Services, teller: Teller) -> Work | None:
    queue: Queue = shared.queue
    try:
        running, aside, recent = queue.running(), queue.set_aside(), queue.recent(MOST_JOBS)
        oldest, alive = queue.oldest_waiting(), at_work(shared.settings.jobs)
    except Passing:
        # The page is for finding out what is wrong, so it says this and shows the rest.
        return None
    about = {call for job in (*running, *aside, *recent) if (call := _call_of(job)) is not None}
    told = Teller(teller.words, teller.zone, teller.now, queries.by_ids(session, sorted(about)))
    return Work(
        workers=_workers(alive, running, told),
        oldest=told.length(told.now - oldest.asked_at) if oldest else "",
        set_aside=tuple(map(told.row, aside)),
        recent=tuple(map(told.row, recent)),
    )


def _workers(alive: Sequence[str], running: Sequence[Job], told: Teller) -> tuple[WorkerRow, ...]:
    """Those that live, and those that have work in hand and do not."""
    begun_by = {shown_id(job.worker or "") for job in running}
    return tuple(
        WorkerRow(name, name in alive, tuple(told.row(job) for job in running if shown_id(job.worker or "") == name))
        for name in sorted({*alive, *begun_by})
    )


def _call_of(job: Job) -> int | None:
    found = RUN_OF_CALL.fullmatch(job.id)
    return int(found[1]) if found else None
