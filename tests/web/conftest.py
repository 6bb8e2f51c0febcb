"""The pages of the real application, as the cast sees them, and calls that were scored by the real worker."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine

from app.accounts.models import User
from app.accounts.service import open_session
from app.audio.decoding import Recording
from app.calls import queries as calls
from app.calls.service import CallFacts, add_call
from app.domain.evidence import Verdict
from app.domain.transcript import Transcript
from app.kit import clock, db
from app.kit.blobs import open_blobs
from app.kit.db import id_of
from app.ledger.service import machine
from app.main import create_app
from app.request import SESSION_COOKIE, actor
from app.reviews import queries as reviews
from app.reviews import service as review_service
from app.reviews.models import Review
from app.reviews.offering import terms
from app.settings import Settings
from app.transcription.service import keep_transcript
from app.worker import Worker
from tests.cast import Cast, make_cast
from tests.databases import SqliteDatabases

GOOD = (
    ("agent", "Thank you for calling Merrow Bank, this is Nina, how can I help you?"),
    ("customer", "My card was declined."),
    ("agent", "I am sorry to hear that. Is there anything else I can help you with?"),
    ("customer", "No."),
    ("agent", "Thank you for calling, goodbye."),
)
LIMIT = 1_000_000
BROWSER = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "sec-fetch-site": "same-origin"}


def turns(*said: tuple[str, str]) -> list[dict[str, object]]:
    """Who says what, five seconds apart."""
    return [
        {"speaker": who, "start": 5.0 * place, "end": 5.0 * place + 4, "text": text}
        for place, (who, text) in enumerate(said or GOOD)
    ]


@dataclass(frozen=True)
class Web:
    """The application, its cast, and what a test may put into it."""

    app: FastAPI
    engine: Engine
    cast: Cast
    worker: Worker
    client: TestClient
    _tokens: dict[str, str] = field(default_factory=dict)

    def get(self, user: User | None, path: str, **more: Any) -> Response:
        return self.send(user, "GET", path, **more)

    def post(self, user: User | None, path: str, **more: Any) -> Response:
        return self.send(user, "POST", path, **more)

    def send(self, user: User | None, method: str, path: str, **more: Any) -> Response:
        """An answer to this person's browser; redirects are not followed."""
        headers = {**BROWSER, **more.pop("headers", {})}
        if user is not None:
            headers["cookie"] = f"{SESSION_COOKIE}={self._token(user)}"
        return self.client.request(method, path, headers=headers, **more)

    def make_call(self, *said: tuple[str, str], note: str = "", file_name: str = "call.json", **facts: Any) -> int:
        """The id of a call that was scored and waits in the queue; another note makes it another call."""
        call_id = self.add_call(json.dumps({"id": note, "language": "en", "turns": turns(*said)}), file_name, **facts)
        self.worker.transcribe(call_id, 1)
        self.worker.evaluate(call_id, 1)
        self.worker.offer(call_id, 1)
        return call_id

    def make_recorded_call(self, sound: Recording, **facts: Any) -> int:
        """The id of a scored call with sound, which nobody had to listen to."""
        from app.audio.playback import peaks, playback

        call_id = self.add_call("a recording", "call.wav", **facts)
        transcript = Transcript.model_validate({"language": "en", "channels": 2, "duration": 30.0, "turns": turns()})
        with db.session(self.engine) as session:
            call = calls.lock(session, call_id)
            call.playback = self.worker.blobs.put([playback(sound)], LIMIT).key
            call.peaks = self.worker.blobs.put([peaks(sound)], LIMIT).key
            keep_transcript(session, call, transcript, "test", machine(clock.now()), 1)
        self.worker.evaluate(call_id, 1)
        self.worker.offer(call_id, 1)
        return call_id

    def add_call(self, content: str, file_name: str = "call.json", **facts: Any) -> int:
        """The id of a call that nobody has worked on yet; it is Dana's, of team A, unless told otherwise."""
        stored = self.worker.blobs.put([content.encode()], LIMIT)
        told = CallFacts(**{"agent": "dana", "team": "Team A", **facts})
        with db.session(self.engine) as session:
            queue = self.app.state.services.queue
            return id_of(add_call(session, queue, stored, file_name, told, machine(clock.now())).call)

    def review_of(self, call_id: int) -> Review:
        with db.session(self.engine, reads_only=True) as session:
            found = reviews.of_call(session, call_id)
            assert found is not None
            return found

    def decide_all(self, call_id: int, verdict: Verdict = Verdict.PASS) -> None:
        """Alice decides every item so."""
        review, alice = self.review_of(call_id), self.cast.alice
        with db.session(self.engine) as session:
            for finding in review_service.standing(session, review).findings:
                review_service.decide(
                    session, id_of(review), finding.id, verdict, alice, actor(alice), reason_code="misheard"
                )

    def submit(self, call_id: int, verdict: Verdict = Verdict.PASS) -> None:
        """Alice decides every item so, and submits."""
        self.decide_all(call_id, verdict)
        with db.session(self.engine) as session:
            on = terms(self.worker.settings)
            review_service.submit(session, id_of(self.review_of(call_id)), self.cast.alice, actor(self.cast.alice), on)

    def _token(self, user: User) -> str:
        if user.username not in self._tokens:
            with db.session(self.engine) as session:
                self._tokens[user.username] = open_session(session, user, clock.now())
        return self._tokens[user.username]


def serve(settings: Settings) -> Iterator[Web]:
    """The application with these settings, its database empty but for the cast."""
    engine = db.make_engine(settings.database)
    with db.session(engine) as session:
        cast = make_cast(session)
    app = create_app(settings)
    worker = Worker(settings, engine, open_blobs(settings))
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        yield Web(app, engine, cast, worker, client)
    app.state.services.engine.dispose()
    app.state.services.queue.close()
    engine.dispose()


@pytest.fixture
def web(sqlite: SqliteDatabases, tmp_path: Path) -> Iterator[Web]:
    with sqlite.fresh(tmp_path) as url:
        yield from serve(Settings(data_dir=tmp_path, database_url=url, blind_share=0, double_share=0))


@pytest.fixture
def strict_web(sqlite: SqliteDatabases, tmp_path: Path) -> Iterator[Web]:
    """The same, for files of at most one megabyte."""
    with sqlite.fresh(tmp_path) as url:
        yield from serve(Settings(data_dir=tmp_path, database_url=url, blind_share=0, double_share=0, max_upload_mb=1))


@pytest.fixture
def web_everywhere(settings: Settings) -> Iterator[Web]:
    """The same on each kind of database."""
    yield from serve(settings)


@pytest.fixture
def blind_web(sqlite: SqliteDatabases, tmp_path: Path) -> Iterator[Web]:
    """The same, where every call is reviewed blind."""
    with sqlite.fresh(tmp_path) as url:
        yield from serve(Settings(data_dir=tmp_path, database_url=url, blind_share=1, double_share=0))
