"""The worker's sweep: what cannot be done in it keeps nothing else from being done."""

from sqlmodel import Session, select

from app.kit.blobs import open_blobs
from app.kit.db import id_of
from app.ledger.anchors import Notary
from app.ledger.service import Actor
from app.notices.models import Kind, Notice
from app.reviews import assignment
from app.worker import Worker
from tests.cast import LONG_AGO, make_cast
from tests.stored import NOW, scored


class BrokenJobs:
    """A queue with a fault that nobody foresaw."""

    def __getattr__(self, name: str) -> object:
        raise RuntimeError


def test_a_part_of_the_sweep_that_fails_keeps_no_other_from_its_turn(settings, engine, caplog) -> None:
    with Session(engine, expire_on_commit=False) as session:
        alice = make_cast(session).alice
        _, review = scored(session, agent="dana")
        review.due_at = LONG_AGO
        assignment.claim(session, id_of(review), alice, Actor("Alice", NOW, alice.id))
        session.commit()
    Notary(settings.audit_key).file.mkdir()
    Worker(settings, engine, open_blobs(settings)).sweep(BrokenJobs())  # type: ignore[arg-type]
    with Session(engine) as session:
        assert session.exec(select(Notice.user_id).where(Notice.kind == Kind.DUE)).all() == [alice.id]
    told = [one.getMessage().partition("\n")[0] for one in caplog.records]
    assert "the sweep of waiting calls failed, and is tried again soon" in told
    assert any("no anchor can be made" in one for one in told)


def test_a_sweep_that_is_told_to_stop_ends_with_the_part_that_it_is_at(settings, engine, caplog) -> None:
    told = iter([False, True])
    Worker(settings, engine, open_blobs(settings)).sweep(BrokenJobs(), lambda: next(told))  # type: ignore[arg-type]
    parts = [one.getMessage().partition("\n")[0] for one in caplog.records]
    assert parts == ["the sweep of waiting calls failed, and is tried again soon"]
