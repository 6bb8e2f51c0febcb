"""All calls are scored again in the background, and what stops on the way is gone on with."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session, col, select, update

from app.evaluations.models import Evaluation
from app.evaluations.service import rules_version
from app.kit import db
from app.kit.db import id_of
from app.kit.queue import Job, JobState
from app.ledger.queries import last_entry
from app.ledger.service import Actor, machine
from app.reviews import rescoring
from tests.cast import Cast, make_cast
from tests.stored import NOW, scored

WORKER = machine(NOW)


class Jobs:
    """Keeps what was asked for; the newest job is in the state that a test gives it."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.told: list[tuple[object, ...]] = []
        self.state = JobState.WAITING

    def enqueue(self, name: str, job_id: str, *args: object, **options: object) -> None:
        self.asked.append(job_id)
        self.told.append(args)

    def newest(self, start: str) -> Job | None:
        if not self.asked:
            return None
        assert self.asked[-1].startswith(start)
        return Job(self.asked[-1], rescoring.RESCORE, self.state, 1, None, NOW, NOW, None)


class NeverAsked(Jobs):
    """The web process was killed between its commit and this."""

    def enqueue(self, name: str, job_id: str, *args: object, **options: object) -> None:
        raise ConnectionError


@pytest.fixture
def cast(engine: Engine) -> Cast:
    with db.session(engine) as session:
        return make_cast(session)


@pytest.fixture
def outdated(engine: Engine, cast: Cast) -> Iterator[list[int]]:
    """Three calls that were judged by the rules of yesterday."""
    with Session(engine) as session:
        found = [id_of(scored(session, agent="dana", customer_name=name)[0]) for name in "abc"]
        session.execute(update(Evaluation).values(rules_version="yesterday"))
        session.commit()
    return found


def ask(engine: Engine, cast: Cast, jobs: Jobs) -> int:
    ada = cast.ada
    with db.session(engine) as session:
        rescoring.rescore_all(session, jobs, ada, Actor("Ada", NOW, ada.id))  # type: ignore[arg-type]
    with db.session(engine, reads_only=True) as session:
        return id_of(last_entry(session, rescoring.stream(id_of(ada))))


def sweep(engine: Engine, jobs: Jobs) -> None:
    rescoring.sweep(engine, jobs, WORKER)  # type: ignore[arg-type]


def up_to_date(engine: Engine) -> set[int]:
    with db.session(engine, reads_only=True) as session:
        judged = select(Evaluation.call_id).where(col(Evaluation.current), Evaluation.rules_version == rules_version())
        return set(session.exec(judged))


def test_a_call_that_cannot_be_read_keeps_no_other_from_being_scored_again(engine, cast, outdated) -> None:
    first, second, third = outdated
    with engine.begin() as connection:
        broken = "UPDATE transcript_revision SET content = '[]', reading = NULL WHERE call_id = :call"
        connection.execute(text(broken), {"call": second})
    assert rescoring.rescore_some(engine, id_of(cast.ada), 0, WORKER) == third
    assert up_to_date(engine) == {first, third}
    assert rescoring.rescore_some(engine, id_of(cast.ada), third, WORKER) is None


def test_what_the_worker_was_never_told_of_is_found(engine, cast, outdated) -> None:
    asked = ask(engine, cast, NeverAsked())
    jobs = Jobs()
    sweep(engine, jobs)
    assert jobs.asked == [f"rescore-{asked}-0"]
    for state in (JobState.WAITING, JobState.RUNNING, JobState.DONE):
        jobs.state = state
        sweep(engine, jobs)
    assert jobs.asked == [f"rescore-{asked}-0"]


@pytest.mark.parametrize("ended", [JobState.SET_ASIDE, JobState.FAILED])
def test_a_job_that_ended_before_its_time_is_begun_anew_with_one_call_and_that_call_then_left_out(
    engine, cast, outdated, ended
) -> None:
    jobs = Jobs()
    asked = ask(engine, cast, jobs)
    jobs.state = ended
    sweep(engine, jobs)
    assert (jobs.asked[-1], jobs.told[-1]) == (f"rescore-{asked}-0-alone", (asked, cast.ada.id, 0, 1))
    sweep(engine, jobs)
    assert (jobs.asked[-1], jobs.told[-1][2:]) == (f"rescore-{asked}-{outdated[0]}", (outdated[0], rescoring.AT_ONCE))


def test_where_the_last_call_is_left_out_nobody_waits_any_more(engine, cast, outdated) -> None:
    jobs = Jobs()
    ask(engine, cast, jobs)
    jobs.state = JobState.SET_ASIDE
    for _ in range(2 * len(outdated) + 2):
        sweep(engine, jobs)
    assert jobs.told[-1][2] == outdated[-1]
    with db.session(engine, reads_only=True) as session:
        assert not rescoring.progress(session, cast.ada).running
        assert last_entry(session, rescoring.stream(id_of(cast.ada))).event == rescoring.FINISHED
    sweep(engine, jobs)
    assert len(jobs.asked) == 2 * len(outdated) + 2
