"""The real application on a real database, and a worker that scores what came in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from httpx import Response
from sqlalchemy import Engine

from app.accounts.models import Scope, User
from app.accounts.service import add_api_key
from app.domain.evidence import Verdict
from app.kit import clock, db
from app.kit.blobs import open_blobs
from app.kit.db import id_of
from app.main import create_app
from app.request import actor
from app.reviews import queries as reviews
from app.reviews import service as review_service
from app.settings import Settings
from app.worker import Worker
from tests.cast import Cast, make_cast

GOOD = (
    ("agent", "Thank you for calling Merrow Bank, this is Nina, how can I help you?"),
    ("customer", "My card was declined."),
    ("agent", "I am sorry to hear that. Is there anything else I can help you with?"),
    ("customer", "No."),
    ("agent", "Thank you for calling, goodbye."),
)
BAD = (("agent", "Yeah, what?"), ("customer", "My card was declined."), ("agent", "Not my problem."))


def transcript(*said: tuple[str, str], note: str = "") -> bytes:
    """A call as another system would hand it over; another note makes it another call."""
    turns = [
        {"speaker": speaker, "start": 5.0 * place, "end": 5.0 * place + 4, "text": text}
        for place, (speaker, text) in enumerate(said)
    ]
    return json.dumps({"id": note, "language": "en", "turns": turns}).encode()


@dataclass(frozen=True)
class Api:
    """A REST client of the real application."""

    client: TestClient
    engine: Engine
    cast: Cast
    worker: Worker

    def key(self, *scopes: Scope, owner: User | None = None, length: timedelta = timedelta(days=1)) -> str:
        """The secret of a new key; without scopes one that may do everything."""
        with db.session(self.engine) as session:
            return add_api_key(
                session,
                name="test",
                scopes=list(scopes) or [Scope.ADMIN],
                owner=owner or self.cast.ada,
                now=clock.now(),
                length=length,
            )

    def get(self, path: str, *, key: str | None = None, **more: Any) -> Response:
        return self.send("GET", path, key=key, **more)

    def send(self, method: str, path: str, *, key: str | None = None, **more: Any) -> Response:
        """An answer of /api/v1."""
        headers = {"Authorization": f"Bearer {key or self.key()}", **more.pop("headers", {})}
        answer: Any = self.client.request(method, f"/api/v1{path}", headers=headers, **more)
        told: Response = answer
        return told

    def upload(self, content: bytes, *, name: str = "call.json", key: str | None = None, **facts: str) -> Response:
        return self.send("POST", "/calls", key=key, files={"file": (name, content)}, data=facts)

    def scored(self, *said: tuple[str, str], note: str = "", **facts: str) -> int:
        """The id of a call that came in and was scored."""
        answer = self.upload(transcript(*(said or GOOD), note=note), **facts)
        assert answer.status_code == 201, answer.text
        call_id: int = answer.json()["id"]
        self.work(call_id)
        return call_id

    def work(self, call_id: int, attempt: int = 1) -> None:
        """What the worker does with a call."""
        self.worker.transcribe(call_id, attempt)
        self.worker.evaluate(call_id, attempt)
        self.worker.offer(call_id, attempt)

    def review(self, call_id: int, verdict: Verdict = Verdict.PASS) -> None:
        """Alice decides every item so, and submits."""
        with db.session(self.engine) as session:
            review = reviews.of_call(session, call_id)
            assert review is not None
            alice = self.cast.alice
            for finding in review_service.standing(session, review).findings:
                review_service.decide(
                    session, id_of(review), finding.id, verdict, alice, actor(alice), reason_code="misheard"
                )
            review_service.submit(session, id_of(review), alice, actor(alice))


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """No limit of requests: these tests send more in a second than a program does in a minute."""
    return settings.model_copy(update={"api_per_minute": 0})


@pytest.fixture
def app(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def api(app: FastAPI, settings: Settings, engine: Engine) -> Iterator[Api]:
    with db.session(engine) as session:
        cast = make_cast(session)
    worker = Worker(settings, engine, open_blobs(settings))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Api(client, engine, cast, worker)
    app.state.services.engine.dispose()
    app.state.services.queue.close()
