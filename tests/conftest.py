"""Every test that asks for a database gets a real one of its own, once with SQLite and once with PostgreSQL."""

import time
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.kit import db
from app.settings import Settings
from tests.bar import IS_FULL, Bar, keep
from tests.databases import PostgresqlDatabases, SqliteDatabases, postgresql_databases
from tests.object_store import ObjectStores, object_stores

# What is tried at random is tried the same way each time; with CALLMARK_TEST_SIZE=full, much more and anew each time.
TRIED = hypothesis.settings(
    deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck), stateful_step_count=30
)
hypothesis.settings.register_profile("full", TRIED, max_examples=2000)
hypothesis.settings.register_profile("quick", TRIED, max_examples=50, derandomize=True)
hypothesis.settings.load_profile("full" if IS_FULL else "quick")

NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
PASSED = pytest.StashKey[bool]()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "bar(row, full, quick): a row of the bar that tests/bar.py measures")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Let a fixture know whether its test passed."""
    report = yield
    if report.when == "call":
        item.stash[PASSED] = report.passed
    return report


@pytest.fixture
def bar(request: pytest.FixtureRequest) -> Iterator[Bar]:
    """How often a test of the bar tries; what it finds is kept once it has passed."""
    marker = request.node.get_closest_marker("bar")
    asked = marker.kwargs
    given = request.node.callspec.params.values() if hasattr(request.node, "callspec") else ()
    where = next((name for kind, name in NAMES.items() if kind in given), "")
    opened, began = Bar(asked["row"], asked.get("full" if IS_FULL else "quick", 1), where), time.monotonic()
    yield opened
    if request.node.stash.get(PASSED, False):
        assert opened.figures, "a test of the bar says what it found"
        keep(opened, request.node.nodeid, time.monotonic() - began)


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlDatabases]:
    with postgresql_databases() as databases:
        yield databases


@pytest.fixture(scope="session")
def s3() -> Iterator[ObjectStores]:
    with object_stores() as stores:
        yield stores


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    databases: SqliteDatabases | PostgresqlDatabases = request.getfixturevalue(request.param)
    with databases.fresh(tmp_path) as url:
        yield url


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    """Settings of a service that keeps all it has in this test's own folder and database."""
    return Settings(data_dir=tmp_path, database_url=database_url, blind_share=0, double_share=0)


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.make_engine(database_url)
    yield engine
    engine.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """One transaction, which is rolled back in the end."""
    with Session(engine, expire_on_commit=False) as opened:
        yield opened
