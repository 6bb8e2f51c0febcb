"""The database is made by migrations alone, from nothing or from any older form."""

from contextlib import ExitStack
from threading import Thread

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from app.kit.db import make_engine
from app.kit.migrations import alembic_config, is_up_to_date, upgrade
from tests.faults.processes import until

CONFIG = alembic_config("sqlite://")
REVISIONS = [one.revision for one in ScriptDirectory.from_config(CONFIG).walk_revisions()]


def test_history_is_one_line():
    assert len(ScriptDirectory.from_config(CONFIG).get_heads()) == 1


def test_the_tables_are_what_the_models_say(database_url):
    command.check(alembic_config(database_url))


def test_upgrading_what_is_up_to_date_changes_nothing(database_url, engine):
    before = inspect(engine).get_table_names()
    upgrade(database_url)
    assert inspect(engine).get_table_names() == before


@pytest.mark.parametrize("older", REVISIONS)
def test_every_older_form_is_brought_up_to_date_with_what_is_in_it(database_url, engine, older):
    config = alembic_config(database_url)
    command.downgrade(config, "base")
    command.upgrade(config, older)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO team (name, time_zone) VALUES ('A', 'UTC')"))
    upgrade(database_url)
    command.check(config)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT name FROM team")).scalar_one() == "A"


def test_nobody_waits_behind_a_migration_that_waits_for_a_long_reader(postgresql, tmp_path):
    with postgresql.fresh(tmp_path) as url, ExitStack() as opened:
        # What comes after it adds columns to the calls, which somebody reads.
        command.downgrade(alembic_config(url), "0031")
        engine = make_engine(url)
        opened.callback(engine.dispose)
        migrating = Thread(target=upgrade, args=(url,))
        with engine.connect() as reading:
            for table in inspect(engine).get_table_names():
                reading.execute(text(f'LOCK TABLE "{table}" IN ACCESS SHARE MODE'))
            migrating.start()
            with engine.connect() as another:
                until(lambda: waits(another))
                another.execute(text("SET LOCAL statement_timeout = '20s'"))
                for table in inspect(engine).get_table_names():
                    another.execute(text(f'SELECT count(*) FROM "{table}"'))
            assert not is_up_to_date(engine)
        migrating.join()
        assert is_up_to_date(engine)


def waits(connection):
    """Whether somebody waits for a table."""
    asked = "SELECT count(*) FROM pg_locks WHERE NOT granted AND mode = 'AccessExclusiveLock'"
    return bool(connection.execute(text(asked)).scalar_one())


def test_names_of_constraints_are_given_on_the_database_too(engine):
    found = inspect(engine).get_unique_constraints("call")
    assert {one["name"] for one in found} == {"uq_call_external_id", "uq_call_content_hash"}


def test_values_outside_an_enumeration_are_refused_by_the_database(engine):
    statement = "INSERT INTO \"user\" (username, name, role, language, active, created_at) VALUES ('x','x','boss','en',"
    with pytest.raises(Exception, match="ck_user_role"), engine.begin() as connection:
        connection.execute(text(statement + "true, '2026-10-05 00:00:00')"))
