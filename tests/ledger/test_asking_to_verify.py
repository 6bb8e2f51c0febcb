"""An administrator has the ledger verified, and does not wait for ever for a job that is gone."""

import pytest

from app.kit import db
from app.kit.db import id_of
from app.kit.queue import JobState
from app.ledger import auditing, queries
from app.ledger.anchors import Notary
from app.ledger.service import Actor, machine
from tests.stored import NOW


class Jobs:
    """Keeps what was asked for; every job is in the state that a test gives it."""

    def __init__(self, state=None):
        self.asked, self.state = [], state

    def enqueue(self, name, job_id, *args, **options):
        self.asked.append(job_id)

    def states(self, job_ids):
        return {one: self.state for one in job_ids if self.state is not None}


@pytest.fixture
def asked(engine):
    """The request, of which no worker was told."""
    with db.session(engine) as session:
        auditing.ask(session, Jobs(), Actor("Ada", NOW))
    with db.session(engine, reads_only=True) as session:
        return id_of(queries.last_entry(session, auditing.STREAM))


def awaited(engine):
    with db.session(engine, reads_only=True) as session:
        return auditing.audit(session).asked_at is not None


def test_what_the_worker_was_never_told_of_is_asked_for_again(engine, asked):
    jobs = Jobs()
    auditing.sweep(engine, jobs, NOW)
    assert jobs.asked == [f"audit-{asked}"]
    assert awaited(engine)


@pytest.mark.parametrize("state", [JobState.WAITING, JobState.RUNNING])
def test_what_is_under_way_is_left_alone(engine, asked, state):
    jobs = Jobs(state)
    auditing.sweep(engine, jobs, NOW)
    assert (jobs.asked, awaited(engine)) == ([], True)


@pytest.mark.parametrize("state", [JobState.SET_ASIDE, JobState.FAILED])
def test_a_job_that_ended_without_a_result_ends_the_wait_with_the_reason(engine, asked, state):
    auditing.sweep(engine, Jobs(state), NOW)
    assert not awaited(engine)
    with db.session(engine, reads_only=True) as session:
        told = queries.last_entry(session, auditing.STREAM)
        assert (told.event, told.payload["code"]) == (auditing.FAILED, "not_verified")


def test_what_was_verified_meanwhile_is_not_told_to_have_failed(engine, asked, tmp_path):
    auditing.run(engine, Notary(tmp_path / "audit.key"), NOW)
    with db.session(engine) as session:
        auditing.give_up(session, asked, "not_verified", "", machine(NOW))
    with db.session(engine, reads_only=True) as session:
        assert queries.last_entry(session, auditing.STREAM).event == auditing.VERIFIED
