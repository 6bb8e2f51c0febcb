"""Whatever moment an upload is killed at: no bytes stay that belong to no call, and no call stays without its work."""

import io
import os
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import count

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session as OrmSession
from sqlmodel import SQLModel

from app.accounts.service import digest
from app.calls.service import CallFacts, add_call
from app.kit import clock, db
from app.kit.blobs import ARRIVING, ASIDE, Blobs, open_blobs
from app.ledger.service import machine
from app.retention import orphan_queries, orphans
from app.retention.orphans import MARGIN
from app.settings import Settings
from app.worker import ARRIVALS_KEPT
from tests.bar import Bar
from tests.faults.processes import start_worker, until, worker
from tests.faults.service import LIMIT, Service, service, transcript
from tests.object_store import ObjectStores

# Large enough to come, and to be written, in several pieces.
PADDING = b" " * 400_000


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def content(number: int) -> bytes:
    return transcript(number) + PADDING


def killed_in_the_bytes(number: int, settings: Settings) -> None:
    def pieces() -> Iterator[bytes]:
        yield content(number)[:300_000]
        die()

    open_blobs(settings).put(pieces(), LIMIT)


def killed_before_the_row(number: int, settings: Settings) -> None:
    open_blobs(settings).put([content(number)], LIMIT)
    die()


def killed_before_the_commit(number: int, settings: Settings) -> None:
    event.listen(OrmSession, "before_commit", lambda session: die())
    added(number, settings)


def killed_before_the_job(number: int, settings: Settings) -> None:
    event.listen(OrmSession, "after_commit", lambda session: die())
    added(number, settings)


def killed_between_pieces(number: int, settings: Settings) -> None:
    open_blobs(settings).keep_piece(arrival(number), 0, io.BytesIO(content(number)[:300_000]))
    die()


def killed_when_put_together(number: int, settings: Settings) -> None:
    blobs, whole = open_blobs(settings), content(number)
    for place in range(0, len(whole), 300_000):
        blobs.keep_piece(arrival(number), place, io.BytesIO(whole[place : place + 300_000]))
    blobs.put_together(arrival(number), LIMIT)
    die()


def added(number: int, settings: Settings) -> None:
    """What a web process does with an upload that has come in."""
    with service(settings) as running:
        stored = running.blobs.put([content(number)], LIMIT)
        with db.session(running.engine) as session:
            add_call(session, running.queue, stored, f"{number}.json", CallFacts(), machine(clock.now()))


def adding_until_killed(first: int, settings: Settings) -> None:
    with service(settings) as running:
        for number in count(first):
            running.add(content(number), f"{number}.json")


def arrival(number: int) -> str:
    return digest(str(number))


KILLS: tuple[Callable[[int, Settings], None], ...] = (
    killed_in_the_bytes,
    killed_before_the_row,
    killed_before_the_commit,
    killed_before_the_job,
    killed_between_pieces,
    killed_when_put_together,
)


@pytest.fixture(params=["folder", "S3"])
def keeping(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Settings]:
    """Where recordings lie: in a folder, or on a server."""
    if request.param == "folder":
        yield settings
        return
    s3: ObjectStores = request.getfixturevalue("s3")
    with s3.fresh() as url:
        yield settings.model_copy(update={"blobs_url": url})


@pytest.mark.bar(row=6, full=100, quick=2)
def test_an_upload_killed_at_any_moment_is_whole_or_gone(keeping: Settings, bar: Bar) -> None:
    with service(keeping) as running:
        for number in range(bar.times):
            for place, killed in enumerate(KILLS):
                dying = start_worker(keeping, partial(killed, number * len(KILLS) + place))
                dying.join()
                assert dying.exitcode == -signal.SIGKILL
        for number in range(bar.times):
            at_any_moment(running, 10_000_000 + 1000 * number)
        with worker(keeping):
            until(running.all_ended)
        left = len(everything(running.blobs)) - len(named(running))
        assert left >= 4 * bar.times
        sweep_two_days(running)
        assert running.faults() == []
        assert everything(running.blobs) == named(running)
        whole = len(running.calls())
        assert whole >= bar.times
    kept = "S3" if keeping.blobs_url else "a folder"
    bar.found(f"{kept}: {bar.times * (len(KILLS) + 1)} kills, {left} leftovers removed, {whole} calls whole, 0 lost")


def at_any_moment(running: Service, first: int) -> None:
    """Kill a process that adds calls, once it has added one more than there were."""
    before = len(running.calls())
    adding = start_worker(running.settings, partial(adding_until_killed, first))
    until(lambda: len(running.calls()) > before, every=0.01)
    adding.kill()
    adding.join()


def sweep_two_days(running: Service) -> None:
    """What the worker's sweep does in the next days, a portion at a time."""
    for day in (1.1, 2.2, 3.3):
        now = clock.now() + day * MARGIN
        for portion in range(orphans.PORTIONS):
            orphans.look_through(running.engine, running.blobs, f"{portion:02x}", now)
        for _ in range(len(everything(running.blobs)) // orphans.AT_ONCE + 1):
            orphans.sweep(running.engine, running.blobs, now)
        running.blobs.forget_arrivals(now - ARRIVALS_KEPT)


def everything(blobs: Blobs) -> set[str]:
    """All that lies in the store, whole or not."""
    future = clock.now() + timedelta(days=1)
    starts = [f"{portion:02x}" for portion in range(orphans.PORTIONS)]
    found = {key for start in (*starts, ARRIVING, ASIDE) for key in blobs.older(start, future)}
    return found | {str(path) for path in blobs._half_written("*/*")}


def named(running: Service) -> set[str]:
    return {call.blob for call in running.calls()}


def test_an_old_recording_that_nothing_names_and_that_comes_again_is_kept(settings: Settings) -> None:
    with service(settings) as running:
        stored = running.blobs.put([content(1)], LIMIT)
        later = clock.now() + 1.1 * MARGIN
        # An upload of the same bytes has looked into the store, and not committed yet, when they are set aside.
        orphans.look_through(running.engine, running.blobs, stored.key[:2], later)
        assert running.blobs.aside(later + MARGIN) == [stored.key]
        with db.session(running.engine) as session:
            add_call(session, running.queue, stored, "call.json", CallFacts(), machine(clock.now()))
        orphans.sweep(running.engine, running.blobs, later + 2 * MARGIN)
        assert running.blobs.aside(later + 9 * MARGIN) == []
        assert b"".join(running.blobs.read(stored.key)) == content(1)


def test_whoever_reads_what_was_set_aside_brings_it_back(settings: Settings) -> None:
    blobs = open_blobs(settings)
    stored = blobs.put([content(1)], LIMIT)
    blobs.set_aside(stored.key)
    assert not blobs.has(stored.key)
    assert b"".join(blobs.read(stored.key, 3, 9)) == content(1)[3:9]
    assert blobs.has(stored.key)


def test_every_column_that_names_bytes_is_asked() -> None:
    bytes_of = {"blob", "playback", "playback_unmuted", "peaks"}
    columns = {
        f"{table.name}.{column.name}"
        for table in SQLModel.metadata.tables.values()
        for column in table.columns
        if column.name in bytes_of or "blob" in column.name
    }
    assert columns == {str(name) for name in map(_place, orphan_queries.NAMES)}


def _place(name: object) -> str:
    return f"{name.class_.__tablename__}.{name.key}"  # type: ignore[attr-defined]
