"""Somebody on a slow line, or gone in the middle, disturbs nobody."""

import contextlib
import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import event
from sqlalchemy.orm import Session

from tests.api.conftest import GOOD, Api, transcript

PATIENCE = 20.0


@pytest.fixture
def address(app: FastAPI, api: Api) -> Iterator[tuple[str, int]]:
    """Where the application really listens."""
    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", access_log=False, lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield listening.getsockname()
    server.should_exit = True
    thread.join()


@contextlib.contextmanager
def begun(api: Api, address: tuple[str, int]) -> Iterator[tuple[socket.socket, bytes]]:
    """An upload of which only the first half has come in, and the other half; its key has been looked up."""
    content = transcript(*GOOD)
    body = (
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="call.json"\r\n\r\n' + content + b"\r\n--b--\r\n"
    )
    head = (
        "POST /api/v1/calls HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Authorization: Bearer {api.key()}\r\nContent-Type: multipart/form-data; boundary=b\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    looked_up = threading.Event()

    def note(session: Session) -> None:
        looked_up.set()

    event.listen(Session, "after_commit", note)
    try:
        with socket.create_connection(address, timeout=PATIENCE) as line:
            line.sendall(head.encode() + body[:100])
            assert looked_up.wait(PATIENCE)
            yield line, body[100:]
    finally:
        event.remove(Session, "after_commit", note)


def test_while_an_upload_comes_in_nobody_waits_for_it(api: Api, address: tuple[str, int]) -> None:
    with begun(api, address) as (line, rest):
        answer = api.send("POST", "/complaints", json={"received_at": "2026-10-05T10:00:00Z", "category": "attitude"})
        assert answer.status_code == 201
        line.sendall(rest)
        assert line.recv(12) == b"HTTP/1.1 201"


def test_an_upload_that_breaks_off_leaves_no_call(api: Api, address: tuple[str, int]) -> None:
    with begun(api, address):
        pass
    assert api.upload(transcript(*GOOD, note="the next")).status_code == 201
    assert api.get("/calls").json()["total"] == 1


def test_the_same_upload_many_times_at_once_is_one_call(api: Api) -> None:
    key, answers = api.key(), []

    def upload() -> None:
        answers.append(api.upload(transcript(*GOOD), key=key, external_id="c-1"))

    threads = [threading.Thread(target=upload) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [201]
    # Which number it gets is the database's business: one that was drawn for a row that lost is gone.
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert api.get("/calls").json()["total"] == 1
