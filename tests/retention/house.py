"""A house in which a customer's name stands wherever it may, and how one looks for it everywhere."""

import io
import json
import subprocess
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import count
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlmodel import Session, select

from app.accounts import kept_answers
from app.accounts.kept_answers import Answer
from app.accounts.models import ApiKey, Scope
from app.accounts.service import add_api_key
from app.calls import queries as calls
from app.calls import service as call_service
from app.calls.service import CallFacts, add_call
from app.coaching import follow_up
from app.coaching import service as coaching
from app.coaching.models import Occasion
from app.coaching.written import Point, Texts, Written
from app.complaints.models import ComplaintCategory, ComplaintOutcome
from app.complaints.service import ComplaintFacts, change_outcome, record_complaint
from app.contacts.customers import Customers
from app.contacts.recount import recount as recount_contacts
from app.contacts.service import Intake, take_contacts
from app.contacts.sums import Terms as ContactTerms
from app.domain.evidence import Verdict
from app.evaluations.service import evaluate
from app.imports.models import ImportKind, ImportState, ListImport, TakenFile
from app.kit import db
from app.kit.blobs import Blobs, open_blobs
from app.kit.db import id_of
from app.kit.queue import Queue
from app.ledger.service import Actor, machine
from app.reports.recount import recount
from app.retention import holds
from app.retention.erasing import Eraser
from app.retention.holds import Meant
from app.reviews import assignment, disputes, releasing, rescoring, second, service, set_aside
from app.reviews import queries as reviews
from app.reviews.disputes import Objection
from app.reviews.offering import Terms, offer
from app.reviews.set_aside import Aside
from app.scorecards import queries as scorecards
from app.settings import Settings
from app.sharing import service as sharing
from app.sharing.service import Stretch
from app.transcription import mending
from app.transcription.service import keep_transcript
from app.webhooks import delivering
from app.webhooks import service as webhooks
from app.webhooks.events import Event
from app.webhooks.models import WebhookDelivery
from tests.cast import Cast, make_cast
from tests.factories import make_call
from tests.stored import NOW

NAME, NUMBER, IN_CHINESE = "Zebediah Quill", "+86 21 5550 0199", "阙泽迪"
# What people write and say of him; his ids in other systems name him without it.
SAID = f"{NAME} of Wolframite"
# Whatever of these is found anywhere after an erasure is a miss; after a retention, the last of them.
MARKS = ("zebediah", "quill", "2155500199", "阙泽", "wolframite")
OF_WORDS = MARKS[-1:]
LIMIT = 10**6
DAY = date(2026, 10, 5)
LINES = (
    "0-4 agent: Good morning, Harbour Bank, this is Dana speaking, how can I help you?",
    "5-8 customer: My card was declined, my name is Zebediah Quill of Wolframite, 阙泽迪.",
    "9-12 agent: Thank you Mr Quill, may I confirm your name is Zebediah Quill? The card is unblocked now.",
    "13-14 customer: Great, call me at 2155500199.",
    "15-18 agent: Is there anything else I can help you with, Mr Quill?",
    "19-20 customer: No, that is all.",
    "21-24 agent: Thank you for calling Harbour Bank, goodbye.",
)


class NoJobs:
    """Nobody works in this house unless a test says so."""

    def enqueue(self, *asked: object, **how: object) -> None:
        pass


@dataclass(frozen=True)
class House:
    """The site, its cast, its stores, and what it takes to erase."""

    engine: Engine
    settings: Settings
    blobs: Blobs
    queue: Queue
    cast: Cast
    numbers: Iterator[int]

    @property
    def eraser(self) -> Eraser:
        return Eraser(self.engine, self.blobs, self.queue, ContactTerms())

    def actor(self, who: str = "bob", at: datetime = NOW) -> Actor:
        user = getattr(self.cast, who)
        return Actor(user.name, at, user.id)


def house(engine: Engine, settings: Settings) -> House:
    """A house with its people, a program with a key, and another system that is told everything."""
    with db.session(engine) as session:
        cast = make_cast(session)
        add_api_key(session, name="reader", scopes=[Scope.ADMIN], owner=cast.ada, now=NOW)
        wanted = webhooks.Wanted("https://hooks.example.org/told", list(Event), "")
        webhooks.add(session, wanted, delivering.keeper_of(settings), cast.ada, Actor("Ada", NOW, cast.ada.id))
    return House(engine, settings, open_blobs(settings), Queue(settings.jobs), cast, count(1))


def call_of(site: House, name: str = NAME, lines: tuple[str, ...] = LINES) -> int:
    """A recording that came in, was heard and judged, and waits for its review."""
    place, whose = next(site.numbers), f"{SAID} {NUMBER}" if name == NAME else name
    sound, played, drawn = (
        site.blobs.put([f"{what} of {whose} {place}".encode()], LIMIT) for what in ("sound", "MP3", "waveform")
    )
    with db.session(site.engine) as session:
        told = CallFacts(agent="dana", external_id=f"{name}-{place}", customer_name=name)
        file = f"{whose}-{place}.wav"
        call = add_call(session, NoJobs(), sound, file, told, machine(NOW)).call
        call.playback, call.peaks = played.key, drawn.key
        revision = keep_transcript(session, call, make_call(*lines), "faster-whisper", machine(NOW), attempt=1)
        evaluate(session, id_of(call), revision, machine(NOW))
        offer(session, id_of(call), machine(NOW))
        return id_of(call)


def furnished(site: House) -> int:
    """A call of the customer of whose name everybody has written something, everywhere."""
    of = call_of(site)
    with db.session(site.engine) as session:
        _mend(session, site, of)
        _review(session, site, of)
        _dispute(session, site, of)
        _coach(session, site, of)
        sharing.share_clip(session, site.cast.bob, of, Stretch(1.0, 5.0), site.actor())
        call = session.get_one(calls.Call, of)
        facts = ComplaintFacts(
            call_id=of,
            external_id=f"{call.external_id}-complaint",
            received_at=NOW,
            category=ComplaintCategory.ATTITUDE,
            channel=f"by {NAME}",
            text=f"{NAME} ({IN_CHINESE}) says nobody listened.",
        )
        complaint, _ = record_complaint(session, site.cast.bob, facts, site.actor())
        change_outcome(session, site.cast.bob, id_of(complaint), ComplaintOutcome.UPHELD, site.actor())
        key = id_of(session.exec(select(ApiKey)).one())
        answer = Answer(200, {"X-Name": SAID}, json.dumps({"customer": SAID}).encode(), f"/api/v1/calls/{of}")
        kept_answers.keep(session, key, f"key {of}", "fingerprint", answer, NOW)
        held = holds.put(session, Meant(call_ids=(of,)), f"{NAME} sues us", site.cast.ada, site.actor("ada"))
        holds.lift(session, id_of(held), f"{NAME} was paid", site.cast.ada, site.actor("ada"))
    _contact(site, of)
    _imported(site)
    _told(site)
    return of


def failed(site: House) -> int:
    """A call of the customer that could not be heard, for a reason that quotes its file."""
    content = site.blobs.put([f"{SAID} {next(site.numbers)} is no transcript".encode()], LIMIT)
    with db.session(site.engine) as session:
        call = add_call(session, NoJobs(), content, f"{SAID}.json", CallFacts(customer_name=SAID), machine(NOW)).call
        call_service.fail(session, id_of(call), 1, "transcript_refused", f"“{SAID}” is no turn.", machine(NOW))
        return id_of(call)


def _mend(session: Session, site: House, of: int) -> None:
    by = site.actor()
    mending.mend(session, of, mending.speaker(3), by)
    mending.mend(session, of, mending.speaker(3), by)
    mending.mend(session, of, mending.words(1, f"I am {SAID}, {IN_CHINESE}, and my card was declined."), by)
    call_service.change_facts(session, of, {"customer_name": f"Mr {SAID} {IN_CHINESE}"}, by)
    rescoring.judge(session, of, by)


def _review(session: Session, site: House, of: int) -> None:
    bob, by = site.cast.bob, site.actor()
    found = reviews.of_call(session, of)
    assert found is not None
    review = id_of(found)
    for finding in service.standing(session, found).findings:
        service.decide(session, review, finding.id, Verdict.PASS, bob, by, reason_code="other", note=f"{SAID} said so")
    service.undo(session, review, finding.id, by)
    set_aside.set_aside(session, review, Aside.OTHER, bob, by, f"{SAID} is my neighbour.")
    set_aside.bring_back(session, review, bob, by)
    assignment.give_back(session, review, bob, by, f"I know {SAID}.")
    service.decide(session, review, finding.id, Verdict.PASS, bob, by, reason_code="other", note=f"{SAID} again")
    service.submit(session, review, bob, by)
    service.reopen(session, review, bob, by, f"{SAID} called again.")
    service.submit(session, review, bob, by)
    card = scorecards.card(session, service.standing(session, found).evaluation.scorecard_version)
    item = next(one for one in card.items if one.id == "asks_name")
    second.keep_reference(session, of, None, item, second.Settled(Verdict.PASS, f"{SAID} was asked."), bob, by)


def _dispute(session: Session, site: House, of: int) -> None:
    found = reviews.of_call(session, of)
    assert found is not None
    review, dana, by = id_of(found), id_of(site.cast.dana), site.actor("dana")
    releasing.release(session, review, site.actor(), Terms(release_hours=0))
    releasing.acknowledge(session, review, dana, f"{SAID} was kind.", by)
    service.reopen(session, review, site.cast.bob, site.actor(), f"{SAID} wrote.")
    service.submit(session, review, site.cast.bob, site.actor())
    releasing.release(session, review, site.actor(), Terms(release_hours=0))
    said = Objection("asks_name", Verdict.FAIL, None, f"I never asked {SAID}.")
    made = disputes.dispute(session, review, dana, said, by, 5)
    answer = disputes.Answer("rejected", f"You asked {SAID} twice.")
    disputes.answer(session, id_of(made), site.cast.ada, answer, site.actor("ada"))
    releasing.acknowledge(session, review, dana, f"{SAID} was kind, I was not.", by)


def _coach(session: Session, site: House, of: int) -> None:
    bob, dana = site.cast.bob, site.cast.dana
    texts = Texts(*(f"{SAID} {place}" for place in range(5)))
    written = Written(
        id_of(dana), texts, (Point(of, "asks_name", 1.0, 3.0),), Occasion.CALL, f"About {SAID}", f"Room of {SAID}"
    )
    note = coaching.send(session, bob, written, site.actor())
    coaching.acknowledge(session, dana, id_of(note), f"Sorry, {SAID}.", site.actor("dana"))
    later = DAY + timedelta(days=7)
    follow_up.follow_up(session, bob, id_of(note), f"{SAID} is content.", later, site.actor(), DAY)


def _contact(site: House, of: int) -> None:
    """The switch tells of the call too, with the customer's number, and of one before."""
    with db.session(site.engine, reads_only=True) as session:
        named = session.get_one(calls.Call, of).external_id
    rows = [("before-" + str(named), "2026-10-04T06:00:00Z"), (str(named), "2026-10-05T06:00:00Z")]
    listed = "external_id,started_at,agent,answered,customer\n" + "".join(
        f"{name},{at},dana,yes,{NUMBER}\n" for name, at in rows
    )
    intake = Intake(site.engine, ContactTerms(), Customers(site.settings.customer_key), Actor("switch", NOW))
    taken = take_contacts(intake, io.BytesIO(listed.encode()))
    assert (taken.added, taken.bad) == (2, 0), taken


def _imported(site: House) -> None:
    """A file and a list that were refused, and say of whom."""
    place = next(site.numbers)
    with db.session(site.engine) as session:
        session.add(
            TakenFile(
                place="switch:/recordings",
                file_hash=f"hash {place}",
                path=f"{NAME}/{NUMBER}.txt",
                size_bytes=1,
                modified=1,
                said="",
                fault_code="wrong_file_type",
                fault=f"{NAME}.txt is no recording.",
                taken_at=NOW,
            )
        )
        session.add(
            ListImport(
                kind=ImportKind.CONTACTS,
                state=ImportState.FAILED,
                file_name=f"{NAME}.csv",
                blob="",
                size_bytes=1,
                bad_rows=[{"line": 2, "column": "agent", "message": f"{IN_CHINESE} ({NAME}) is nobody"}],
                error_code="list_unreadable",
                error_message=f"{NAME}.csv breaks off.",
                asked_by=id_of(site.cast.ada),
                asked_at=NOW,
                ended_at=NOW,
            )
        )


def _told(site: House) -> None:
    """The other system is told of it all, and answers with what it was told."""
    post = delivering.post_of(site.engine, site.settings, lambda: NOW)
    delivering.read_on(post, NOW + timedelta(minutes=1))
    with db.session(site.engine) as session:
        for one in session.exec(select(WebhookDelivery)):
            one.excerpt = one.body[:200]
            session.add(one)


def places(site: House, marks: Sequence[str] = MARKS) -> set[str]:
    """Where any of the marks stands: columns of any table, by their names, and files of the house, by theirs."""
    with site.engine.execution_options(reads_only=True).connect() as connection:
        columns = {
            f"{table.removeprefix('public.')}.{column}"
            for table, column in _columns(connection)
            if _holds(connection, table, column, marks)
        }
    return columns | {f"file {path.name}" for path in _files(site) if has_mark(_content(path), marks)}


def count_of_places(site: House) -> tuple[int, int]:
    """How many columns and files are looked through."""
    with site.engine.execution_options(reads_only=True).connect() as connection:
        return len(_columns(connection)), len(_files(site))


def _columns(connection: Connection) -> list[tuple[str, str]]:
    """Every column of every table, those of the index, of the jobs and of the migrations too."""
    dialect = connection.dialect.name
    if dialect == "sqlite":
        names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'table'")).scalars()
        tables = [name for name in names if name != "spoken_index"]
        return [
            (table, row[1]) for table in tables for row in connection.execute(text(f'PRAGMA table_info("{table}")'))
        ]
    wanted = (
        "SELECT quote_ident(table_schema) || '.' || quote_ident(table_name), column_name"
        " FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema NOT IN ('pg_catalog', 'information_schema') AND table_type = 'BASE TABLE'"
    )
    return [(row[0], row[1]) for row in connection.execute(text(wanted))]


def _holds(connection: Connection, table: str, column: str, marks: Sequence[str]) -> bool:
    named = f'"{table}"' if connection.dialect.name == "sqlite" else table
    rows = connection.execute(text(f'SELECT "{column}" FROM {named}')).scalars()
    return any(has_mark(_bytes(one), marks) for one in rows if one is not None)


def _bytes(value: object) -> bytes:
    if isinstance(value, bytes | memoryview):
        return bytes(value)
    return (value if isinstance(value, str) else json.dumps(value, default=str)).encode()


def has_mark(content: bytes, marks: Sequence[str] = MARKS) -> bool:
    """Whether any of the marks stands in these bytes, plainly or as JSON writes it."""
    low = content.lower()
    return any(mark.encode() in low or json.dumps(mark)[1:-1].encode() in low for mark in marks)


def _content(path: Path) -> bytes:
    """The bytes of a file, as another process reads them: one that closes a file of SQLite lets go of all its locks."""
    return subprocess.run(["cat", path], stdout=subprocess.PIPE, check=False).stdout


def _files(site: House) -> list[Path]:
    """All files of the house: its store, and on SQLite its databases with their logs."""
    return [one for one in site.settings.data_dir.rglob("*") if one.is_file()]


def differences(site: House) -> int:
    """How many sums a recount finds to be otherwise, of calls and of contacts."""
    with db.session(site.engine, reads_only=True) as session:
        return len(recount(session)) + len(recount_contacts(session, ContactTerms()))
