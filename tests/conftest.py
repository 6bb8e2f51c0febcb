"""Every test that asks for a database gets a real one of its own, once with SQLite and once with PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from sqlalchemy import Engine
from sqlmodel import Session

from app.kit import db
from app.settings import Settings
from tests.databases import PostgresqlDatabases, SqliteDatabases, postgresql_databases

# What is tried at random is tried the same way each time; --hypothesis-profile=full tries much more, anew each time.
TRIED = hypothesis.settings(
    deadline=None, database=None, suppress_health_check=list(hypothesis.HealthCheck), stateful_step_count=30
)
hypothesis.settings.register_profile("full", TRIED, max_examples=2000)
hypothesis.settings.register_profile("quick", TRIED, max_examples=50, derandomize=True)
hypothesis.settings.load_profile("quick")


@pytest.fixture(scope="session")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> SqliteDatabases:
    return SqliteDatabases(tmp_path_factory.mktemp("sqlite"))


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlDatabases]:
    with postgresql_databases() as databases:
        yield databases


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
