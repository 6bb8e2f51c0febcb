"""Killed while it removes or erases, at whatever place: begun again, it comes to the same end."""

import random
from datetime import timedelta

import pytest
from sqlmodel import func, select

from app.calls import queries as calls
from app.calls.models import Call, CallState
from app.contacts.customers import Customers
from app.contacts.sums import Terms
from app.kit import db
from app.kit.blobs import open_blobs
from app.kit.db import id_of
from app.kit.queue import Queue
from app.ledger.verification import verify
from app.retention import aging, erasing, finding, policies
from app.retention.erasing import Eraser
from app.retention.finding import Asked
from app.retention.models import SITE, Erasure, Tidying
from app.retention.policies import Kept
from app.retention.removing import remove_left_bytes
from app.settings import Settings
from tests.faults.processes import until, worker
from tests.retention.house import NAME, NUMBER, OF_WORDS, House, call_of, differences, furnished, house, places
from tests.stored import NOW

LATER = NOW + timedelta(days=100)
CALLS = 3


def sweep_on(settings: Settings) -> None:
    """What a worker sweeps of this, again and again."""
    engine, blobs, queue = db.make_engine(settings.database), open_blobs(settings), Queue(settings.jobs)
    eraser = Eraser(engine, blobs, queue, Terms())
    while True:
        aging.age(engine, blobs, LATER, at_once=1)
        erasing.sweep(eraser, LATER, at_once=1)
        remove_left_bytes(engine, blobs, 1)


@pytest.fixture
def site(engine, settings):
    made = house(engine, settings)
    yield made
    made.queue.close()


def gone(site: House, column: object) -> int:
    with db.session(site.engine, reads_only=True) as session:
        return session.exec(select(func.count()).select_from(Call).where(column)).one()


@pytest.mark.bar(row=19, full=8, quick=1)
def test_killed_while_it_removes_or_erases_nothing_is_left_in_the_end(site, settings, bar) -> None:
    chance, kills = random.Random(19), 0
    for _ in range(bar.times):
        for _ in range(CALLS):
            call_of(site)
        furnished(site)
        with db.session(site.engine) as session:
            policies.set_policy(session, SITE, Kept(30, 60), site.cast.ada, site.actor("ada"))
        kills += killed_now_and_then(site, settings, chance, Call.words_removed_at.is_not(None), CALLS + 1)
        assert places(site, OF_WORDS) == set()
        assert differences(site) == 0

        with db.session(site.engine) as session:
            policies.remove_policy(session, SITE, site.actor("ada"))
            found = finding.find(session, Asked(name=NAME, number=NUMBER), Customers(settings.customer_key))
            asked = id_of(erasing.ask(session, found.targets, "", site.cast.ada, site.actor("ada")))
        kills += killed_now_and_then(site, settings, chance, Call.state == CallState.DELETED, CALLS + 1, asked)
        assert places(site) == set()
        assert differences(site) == 0
        assert not verify(site.engine, ()).faults
    bar.found(f"{kills} kills while calls were aged and erased, {bar.times} sites: 0 misses")


def killed_now_and_then(site, settings, chance, column, more: int, asked: int = 0) -> int:
    """Let a worker sweep, and kill it after one or two calls, until it has come to the end; how often it was killed."""
    begun, kills = gone(site, column), 0
    goal = more if not asked else gone(site, Call.state != CallState.DELETED)
    while gone(site, column) < begun + goal:
        reached = min(gone(site, column) + chance.randint(1, 2), begun + goal)
        with worker(settings, sweep_on):
            until(lambda reached=reached: gone(site, column) >= reached)
            kills += 1
    with worker(settings, sweep_on):
        until(lambda: is_over(site, asked))
    return kills


def is_over(site: House, asked: int) -> bool:
    """Whether nothing is left to do, the tidying neither."""
    with db.session(site.engine, reads_only=True) as session:
        state = session.get(Tidying, 1)
        tidied = state is None or state.asked == state.done
        ended = not asked or session.get_one(Erasure, asked).ended_at is not None
        return tidied and ended and not calls.soundless_with_bytes(session, 1)
