"""A whole site moves from SQLite and files to PostgreSQL and S3 and back; work that was under way is done there."""

import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import MetaData, String, inspect, select
from sqlmodel import Session

from app.accounts.models import User
from app.accounts.service import open_session
from app.backup.manifest import Backup
from app.backup.tables import LEFT_OUT, NAMING_BLOBS
from app.calls.models import Call, CallState
from app.calls.service import CallFacts, add_call
from app.imports import lists
from app.imports.models import ImportKind, ImportState, ListImport
from app.kit import clock, db
from app.kit.db import id_of
from app.kit.queue import Queue
from app.ledger import auditing
from app.ledger.queries import last_entry
from app.ledger.service import Actor, machine
from app.ledger.verification import verify
from app.main import create_app
from app.reports import backtest_job
from app.reports.models import Backtest, BacktestState
from app.reports.recount import recount
from app.request import SESSION_COOKIE
from app.reviews import rescoring
from app.scorecards.loader import shipped_card
from app.transcription.other_side import FIND_HOLDS
from tests.backup.places import Place, new_place
from tests.backup.test_backup import is_sound
from tests.databases import SqliteDatabases
from tests.faults.processes import until, worker
from tests.faults.service import transcript
from tests.reports.test_backtest import changed_card, strict_on_thanks

SAID = "card was declined"
KEY = re.compile(r"[0-9a-f]{2}/[0-9a-f]{64}")
LISTED = "external_id,started_at,answered,agent,talk_seconds\nc-1,2026-10-05T09:00:00Z,yes,dana,60\n"


@pytest.fixture(scope="module")
def site(sqlite: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A site with something of nearly everything, on SQLite."""
    from tests.browser.furnished import furnishing

    with furnishing(sqlite, tmp_path_factory.mktemp("site")) as furnished:
        found = furnished.site
        yield Place(found.worker.settings, found.engine, found.blobs)


def test_a_whole_site_moves_to_a_cluster_and_back(site, request, tmp_path):
    before = site.content()
    assert sum(bool(rows) for rows in before.values()) > 40
    made = site.back_up(tmp_path / "first")
    with new_place(request, "postgresql", tmp_path / "cluster", stores=True) as cluster:
        cluster.restore(tmp_path / "first")
        assert cluster.content() == before
        assert _proofs(cluster) == _proofs(site)
        _hear_and_find(cluster)
        cluster.back_up(tmp_path / "second")
    with new_place(request, "sqlite", tmp_path / "machine") as machine_again:
        machine_again.restore(tmp_path / "second")
        after = machine_again.content()
        keys = [key for key, _ in Backup(made.path).blobs()]
        assert len(keys) > 10
        assert all(machine_again.blobs.size(key) == site.blobs.size(key) for key in keys)
        _hear_and_find(machine_again)
    # A session that was opened to look is seen in when its owner was last there, and in who heard what.
    assert {name for name in before if before[name] != after[name]} <= {"recording_access", "user"}


def _proofs(place: Place) -> tuple[object, ...]:
    """What is wrong with the ledger, and where the tallies are not what is counted anew: a furnished site has a call
    whose evaluation was put in by hand."""
    with db.session(place.engine, reads_only=True) as session:
        return verify(place.engine, []).faults, set(recount(session))


def _hear_and_find(place: Place) -> None:
    """Somebody signs in anew, hears a restored call on its page, and finds it by what was said in it."""
    with db.session(place.engine) as session:
        alice = session.exec(select(User).where(User.username == "alice")).scalar_one()
        heard = session.exec(select(Call).where(Call.playback.is_not(None), Call.state == "scored")).scalars().first()
        token = open_session(session, alice, clock.now())
    with TestClient(create_app(place.settings), headers={"cookie": f"{SESSION_COOKIE}={token}"}) as client:
        assert f"/calls/{heard.id}/audio" in client.get(f"/calls/{heard.id}").text
        assert f"/calls/{heard.id}" in client.get("/calls", params={"words": SAID}).text
        assert f"/calls/{heard.id}" not in client.get("/calls", params={"words": "rhinoceros"}).text
        sound = client.get(f"/calls/{heard.id}/audio")
        assert (sound.status_code, sound.headers["content-type"]) == (200, "audio/mpeg")
        assert sound.content == b"".join(place.blobs.read(heard.playback))


def test_all_bytes_that_the_database_names_are_in_the_backup(site):
    """A new column that names bytes has to be named in app/backup/tables.py."""
    metadata = MetaData()
    metadata.reflect(site.engine)
    naming = set()
    with site.engine.connect() as connection:
        for table in metadata.tables.values():
            for column in table.columns:
                if isinstance(column.type, String) and not table.name.startswith("spoken_index"):
                    values = connection.execute(select(column).where(column.is_not(None))).scalars()
                    if any(isinstance(value, str) and KEY.fullmatch(value) for value in values):
                        naming.add((table.name, column.name))
    assert naming == {(table, column) for table, columns in NAMING_BLOBS.items() for column in columns}


def test_what_is_left_out_is_there(site):
    assert LEFT_OUT - set(inspect(site.engine).get_table_names()) == {"restoring"}


def test_a_worker_finishes_there_what_had_been_begun_or_asked_for(request, place, other, folder):
    """Jobs are in no backup: for each kind of them there is a sweep that asks again."""
    queue = Queue(place.settings.jobs)
    at = clock.now()
    with Session(place.engine, expire_on_commit=False) as session:
        ada = session.exec(select(User).where(User.username == "ada")).scalar_one()
        by = Actor("Ada", at, ada.id)
        waiting = add_call(
            session, queue, place.blobs.put([transcript(7)], 10_000), "call.json", CallFacts(), machine(at)
        ).call
        rescoring.rescore_all(session, queue, ada, by)
        card = shipped_card("en")
        strict = changed_card(card, strict_on_thanks)
        trial = backtest_job.start(session, queue, ada, by, name=card.id, new=strict, against=card, days=None, most=10)
        listed = place.blobs.put([LISTED.encode()], 10_000)
        taken = lists.ask(session, queue, lists.Asked(ImportKind.CONTACTS, "cdr.csv"), listed, ada, by)
        auditing.ask(session, queue, by)
        swapped = session.exec(select(Call).where(Call.state == CallState.SCORED)).scalars().first()
        swapped.step = FIND_HOLDS
        session.commit()
    queue.close()
    place.back_up(folder)
    other.restore(folder)

    def is_done() -> bool:
        with Session(other.engine) as session:
            ends = last_entry(session, rescoring.stream(id_of(ada))), last_entry(session, auditing.STREAM)
            return (
                session.get_one(Call, waiting.id).state == CallState.SCORED
                and session.get_one(Call, swapped.id).step != FIND_HOLDS
                and session.get_one(Backtest, trial.id).state == BacktestState.DONE
                and session.get_one(ListImport, taken.id).state == ImportState.DONE
                and [one.event for one in ends if one] == [rescoring.FINISHED, auditing.VERIFIED]
            )

    with worker(other.settings):
        until(is_done, 300)
    assert is_sound(other)
    assert other.count("contact") == 1
