"""The real application behind a real browser: Chromium in front, SQLite behind, a call with sound to review."""

import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from sqlalchemy import Engine

from app.accounts.models import User
from app.accounts.service import open_session
from app.audio.decoding import SAMPLE_RATE, Recording
from app.audio.playback import peaks, playback
from app.calls import queries as calls
from app.calls.service import CallFacts, add_call
from app.calls.sound import put_in_place
from app.domain.transcript import Hold, HoldKind, Span, Speaker, Transcript, Turn
from app.kit import clock, db
from app.kit.blobs import Blobs, open_blobs
from app.kit.db import id_of
from app.kit.queue import Queue
from app.ledger.service import machine
from app.main import create_app
from app.request import SESSION_COOKIE, Services
from app.reviews import queries as reviews
from app.reviews.models import Review
from app.settings import Settings
from app.transcription import queries
from app.transcription.service import for_browsers, keep_transcript
from app.worker import Worker
from tests.cast import Cast, make_cast
from tests.databases import SqliteDatabases

if TYPE_CHECKING:
    from tests.browser.furnished import Furnished

LIMIT = 1_000_000_000
# The first is there for machines alone: it opens a page in half the time of the others.
BROWSERS = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# What must come comes in a moment, but a busy machine may be slow; in milliseconds.
PATIENT = 120_000
expect.set_options(timeout=PATIENT)
# Who says what from when to when; between the fifth and the sixth sentence the customer is on hold.
SAID = (
    ("agent", 0.5, 4.5, "Thank you for calling Merrow Bank, this is Nina, how can I help you?"),
    ("customer", 5.0, 7.0, "My card was declined."),
    ("agent", 7.5, 9.0, "May I have your name please?"),
    ("customer", 9.5, 10.5, "Grace Okafor."),
    ("agent", 11.0, 13.0, "Let me check that, please hold."),
    ("agent", 33.0, 36.0, "Sorry for the wait, the card works again."),
    ("customer", 36.5, 38.0, "Is <b>that</b> all? <script>document.title = 'taken'</script>"),
    ("agent", 38.5, 39.5, "Yes. Goodbye."),
)
HOLD = Hold(start=13.0, end=33.0, kind=HoldKind.MUSIC)
SECONDS = 40.0


@dataclass(frozen=True)
class Site:
    """The running application, and what a test may put into it."""

    url: str
    engine: Engine
    blobs: Blobs
    queue: Queue
    worker: Worker
    cast: Cast

    def token(self, user: User) -> str:
        """A session of this person."""
        with db.session(self.engine) as session:
            return open_session(session, user, clock.now())

    def review(self, *, sound: bool = True, note: str = "", hold: Hold = HOLD) -> int:
        """The id of the open review of a scored call; another note makes it another call."""
        turns = tuple(Turn(speaker=Speaker(who), start=start, end=end, text=text) for who, start, end, text in SAID)
        transcript = Transcript(
            language="en", duration=SECONDS, channels=2 if sound else 0, turns=turns, holds=(hold,), id=note
        )
        stored = self.blobs.put([f"a call {note} {sound}".encode()], LIMIT)
        facts = CallFacts(agent="dana", team="Team A", customer_name="Grace Okafor", external_id=f"C-{note or 1}")
        by = machine(clock.now())
        with db.session(self.engine) as session:
            call = add_call(session, self.queue, stored, "call.wav" if sound else "call.json", facts, by).call
            call_id = id_of(call)
        with db.session(self.engine) as session:
            call = calls.lock(session, call_id)
            if sound:
                files = (playback(recording()), peaks(recording()))
                call.playback, call.peaks = (self.blobs.put([one], LIMIT).key for one in files)
            keep_transcript(session, call, transcript, "test", by, attempt=1)
        self.worker.evaluate(call_id, 1)
        self.worker.offer(call_id, 1)
        with db.session(self.engine) as session:
            found = reviews.of_call(session, call_id)
            assert found is not None
            return id_of(found)

    def mute(self, review_id: int, muted: tuple[Span, ...]) -> int:
        """Mute the call of a review in these stretches, as if numbers were said there; its id."""
        made = for_browsers(self.blobs, recording(), muted)
        with db.session(self.engine) as session:
            call = calls.lock(session, session.get_one(Review, review_id).call_id)
            put_in_place(session, self.engine, self.blobs, call, made)
            keep = queries.current(session, id_of(call))
            assert keep is not None
            keep.muted = [[one.start, one.end] for one in muted]
            return id_of(call)


def recording() -> Recording:
    """What the call sounds like: a tone wherever somebody speaks, the agent on the second channel."""
    samples = np.zeros((2, int(SECONDS * SAMPLE_RATE)), dtype=np.float32)
    for who, start, end, _ in SAID:
        first, last = int(start * SAMPLE_RATE), int(end * SAMPLE_RATE)
        tone = 0.4 * np.sin(2 * np.pi * 300 * np.arange(last - first) / SAMPLE_RATE)
        samples[1 if who == "agent" else 0, first:last] = tone
    return Recording(samples)


@contextmanager
def running(settings: Settings, listening: socket.socket | None = None) -> Iterator[tuple[str, Services]]:
    """The application with these settings, at an address of its own or the one given, and what it works with."""
    app = create_app(settings)
    listening = listening or socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}", app.state.services
    finally:
        server.should_exit = True
        thread.join()
        app.state.services.engine.dispose()
        app.state.services.queue.close()


@contextmanager
def serving(sqlite: SqliteDatabases, folder: Path) -> Iterator[Site]:
    """A site that has its people and nothing else."""
    with sqlite.fresh(folder) as url:
        settings = Settings(data_dir=folder, database_url=url, blind_share=0, double_share=0)
        engine, blobs = db.make_engine(url), open_blobs(settings)
        with db.session(engine) as session:
            cast = make_cast(session)
        with running(settings) as (address, shared):
            yield Site(address, engine, blobs, shared.queue, Worker(settings, engine, blobs), cast)
        engine.dispose()


@pytest.fixture
def site(sqlite: SqliteDatabases, tmp_path: Path) -> Iterator[Site]:
    with serving(sqlite, tmp_path) as opened:
        yield opened


# One browser for the tests of one file: while Playwright runs, nothing else in this thread may use asyncio.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    place = next(filter(None, map(shutil.which, BROWSERS)), None)
    if place is None:
        pytest.skip("there is no Chromium on this machine (on Debian and Ubuntu: apt install chromium)")
    with sync_playwright() as playwright:
        # In a container there is nobody but root, for whom Chromium's sandbox does not start.
        yield playwright.chromium.launch(executable_path=place, args=["--no-sandbox"])


@pytest.fixture
def context(browser: Browser, site: Site) -> Iterator[BrowserContext]:
    """Alice's browser."""
    with browser.new_context(base_url=site.url, viewport={"width": 1440, "height": 900}) as opened:
        opened.set_default_timeout(PATIENT)
        opened.add_cookies([{"name": SESSION_COOKIE, "value": site.token(site.cast.alice), "url": site.url}])
        yield opened


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A page of Alice's browser, on which no script may fail and nothing may break the security policy."""
    opened, faults = context.new_page(), []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    opened.on("console", lambda said: faults.append(said.text) if "Content Security Policy" in said.text else None)
    yield opened
    assert faults == []


@pytest.fixture(scope="session")
def furnished(sqlite: SqliteDatabases, tmp_path_factory: pytest.TempPathFactory) -> "Iterator[Furnished]":
    """One site for all who only look at it."""
    from tests.browser.furnished import furnishing  # which stands on what is above

    with furnishing(sqlite, tmp_path_factory.mktemp("furnished")) as opened:
        yield opened


@pytest.fixture
def site_without_people(sqlite: SqliteDatabases, tmp_path: Path) -> Iterator[tuple[str, Services]]:
    with (
        sqlite.fresh(tmp_path) as url,
        running(Settings(data_dir=tmp_path, database_url=url, blind_share=0, double_share=0)) as opened,
    ):
        yield opened
