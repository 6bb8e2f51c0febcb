"""A PostgreSQL whose machine has vanished: nobody waits for it longer than the limits say."""

import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from app.kit import db
from app.kit.working import working
from app.settings import Settings
from tests.databases import PostgresqlDatabases
from tests.faults.processes import PATIENCE, start_worker
from tests.lines import Line, line

# Five seconds are what it takes; a busy machine may be slow.
TOLD_WITHIN = 15.0
ASKED = {"idle": 10, "interval": 5, "count": 3, "unanswered": 20_000}


@pytest.fixture
def database(postgresql: PostgresqlDatabases, tmp_path: Path) -> Iterator[tuple[Line, str]]:
    """A line to a database, and its URL over this line."""
    with postgresql.fresh(tmp_path) as url:
        place = make_url(url)
        with line(f"{place.query['host']}/.s.PGSQL.{place.port or 5432}") as laid:
            over = place.set(host="127.0.0.1", port=laid.port, query={})
            yield laid, over.render_as_string(hide_password=False)


def limits(port: int) -> list[dict[str, int]]:
    """What limits the connections of this process to this port have."""
    found = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(OSError), socket.socket(fileno=os.dup(int(descriptor.name))) as one:
            if one.getpeername()[:2] == ("127.0.0.1", port):
                options = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
                asked = (one.getsockopt(socket.IPPROTO_TCP, option) for option in options)
                found.append(dict(zip(ASKED, asked, strict=True)))
    return found


def tell_limits(settings: Settings) -> None:
    """A worker that writes down the limits of its connections, and ends."""
    with working(settings.jobs, settings.worker_id, {}) as queue:
        queue.recent()
        told = limits(make_url(settings.jobs).port or 0)
        (settings.data_dir / "limits").write_text(json.dumps(told))


def test_a_database_that_takes_connections_and_never_answers_is_told_as_away(database: tuple[Line, str]) -> None:
    laid, url = database
    laid.hush()
    told = threading.Event()

    def ask() -> None:
        with suppress(db.DatabaseUnavailable), db.session(db.make_engine(url)) as session:
            session.execute(text("SELECT 1"))
        told.set()

    threading.Thread(target=ask, daemon=True).start()
    assert told.wait(TOLD_WITHIN)


def test_each_connection_of_a_server_finds_out_when_the_database_has_vanished(database: tuple[Line, str]) -> None:
    laid, url = database
    with db.make_engine(url).connect():
        assert limits(laid.port) == [ASKED]


def test_each_connection_of_a_worker_finds_out_when_the_database_has_vanished(
    database: tuple[Line, str], tmp_path: Path
) -> None:
    telling = start_worker(Settings(data_dir=tmp_path, database_url=database[1]), tell_limits)
    telling.join(PATIENCE)
    found = json.loads((tmp_path / "limits").read_text())
    # That of its id, and those of who asks for jobs and who does them.
    assert len(found) >= 3
    assert all(one == ASKED for one in found)


def test_limits_that_the_url_sets_stay(database: tuple[Line, str]) -> None:
    laid, url = database
    with db.make_engine(f"{url}?keepalives_idle=77&tcp_user_timeout=5000").connect():
        assert limits(laid.port) == [{**ASKED, "idle": 77, "unanswered": 5000}]
