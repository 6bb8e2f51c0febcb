"""Brings a database to the newest form; run through app.kit.migrations, never by the alembic command alone."""

import importlib
import pkgutil

from alembic import context
from sqlmodel import SQLModel

import app
from app.kit.db import UtcTime, make_engine

for found in pkgutil.iter_modules(app.__path__):
    if found.ispkg and importlib.util.find_spec(f"app.{found.name}.models"):
        importlib.import_module(f"app.{found.name}.models")


def concerned(what, name, kind, reflected, compared_with):
    """Whether this database is to have it: some indexes are for the other one."""
    condition = getattr(what, "_ddl_if", None)
    return condition is None or condition.dialect == engine.dialect.name


def compared(name, kind, parents):
    """Whether a table is one of the models: SQLite keeps a full-text index in tables of its own."""
    return kind != "table" or not name.startswith("spoken_index")


def written(kind, what, autogenerate):
    """How a column type is written into a new migration: migrations import nothing of the product."""
    if kind == "type" and isinstance(what, UtcTime):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and type(what).__module__.startswith("sqlmodel"):
        return f"sa.String({what.length or ''})"
    return False


def referring_to_nothing(connection):
    """The rows of SQLite tables that refer to what is not there, which nobody checked meanwhile."""
    return [] if connection.dialect.name != "sqlite" else connection.exec_driver_sql("PRAGMA foreign_key_check").all()


engine = make_engine(context.config.get_main_option("sqlalchemy.url").replace("%%", "%"))
with engine.connect() as connection:
    if connection.dialect.name == "sqlite":
        # A table made anew is dropped once; what refers to it finds the new one. Within a transaction this is ignored.
        connection.connection.execute("PRAGMA foreign_keys=OFF")
    context.configure(
        connection=connection,
        target_metadata=SQLModel.metadata,
        # SQLite changes a table by making it anew.
        render_as_batch=True,
        render_item=written,
        include_name=compared,
        include_object=concerned,
        compare_type=True,
    )
    with context.begin_transaction():
        if connection.dialect.name == "postgresql":
            # Of two that begin at once one waits, and then finds nothing left to do; SQLite has one writer anyway.
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(hashtextextended('callmark migrate', 0))")
            # Whoever asks for a table that is to be changed waits behind the change, and the change behind a backup.
            connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
        context.run_migrations()
        if referring_to_nothing(connection):
            raise RuntimeError("the database has rows that refer to what is not there; nothing was changed")
    connection.commit()
engine.dispose()
