"""Puts what a stranger could have written into every text of a database, whatever the product would have taken in."""

import json
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, inspect, text
from sqlmodel import AutoString, SQLModel

# What people and other systems write.
FREE = {
    *("name", "title", "file_name", "customer_name", "external_id", "queue", "note", "text", "topic", "place"),
    *("strength", "heard", "effect", "advice", "reply", "description", "browser", "reason", "reason_before"),
    *("note_before", "words", "acknowledged_words", "set_aside_reason", "channel", "path", "said", "fault", "actor"),
    *("error_message", "username", "created_by", "drawn_by", "excerpt", "prefix", "ended_by", "stratum", "email"),
    *("engine", "failure", "reference", "lift_reason", "address"),
}
# What Callmark itself says or names: codes, hashes, addresses of its own, versions, zones, names of its tables.
OWN = {
    *("source", "scorecard", "version", "design", "direction", "level", "stream", "event", "previous_hash", "hash"),
    *("time_zone", "item", "salt", "password_hash", "language", "secret_hash", "against", "content_hash", "blob"),
    *("playback", "peaks", "step", "error_code", "agent_channel", "currency", "token_hash", "mapping", "url"),
    *("based_on", "indicator", "issuer", "subject", "item_id", "scorecard_version", "population_hash", "key_hash"),
    *("fingerprint", "about", "file_hash", "sha256", "fault_code", "reading_version", "event_id", "rules_version"),
    *("picked", "reason_code", "before", "after", "turns", "playback_unmuted", "bytes_replaced"),
}
# What is kept as it is though people write it: sums are found by it, and what is searched is made from it.
KEPT = {("contact_tally", "channel"), ("spoken", "text"), ("ledger_words", "said"), ("user", "email")}


def columns() -> dict[str, list[str]]:
    """The texts of each table."""
    return {
        table.name: [one.name for one in table.columns if isinstance(one.type, AutoString)]
        for table in SQLModel.metadata.sorted_tables
    }


def rewrite(connection: Connection, anew: Callable[[str], str]) -> int:
    """Let every free text be another one; how many there are."""
    for (name,) in connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger'")).all():
        connection.execute(text(f"DROP TRIGGER {name}"))
    changed = 0
    for table, names in columns().items():
        if not inspect(connection).has_table(table):
            continue
        for name in names:
            if name in FREE and (table, name) not in KEPT:
                changed += _each(connection, table, name, anew)

    def say_anew(said: dict[str, Any]) -> None:
        for turn in said["turns"]:
            turn["text"] = anew(turn["text"])

    def call_anew(strata: list[dict[str, Any]]) -> None:
        # The calls that were drawn name the stratum of theirs, which is called by queues and the like.
        for stratum in strata:
            stratum["name"] = anew(stratum["name"])

    changed += _inside(connection, "transcript_revision", "content", say_anew)
    return changed + _inside(connection, "draw", "strata", call_anew)


def _each(connection: Connection, table: str, name: str, anew: Callable[[str], str]) -> int:
    rows = connection.execute(text(f'SELECT rowid, "{name}" FROM "{table}" WHERE "{name}" != \'\'')).all()
    for row, value in rows:
        # Some are found by what they are called: each stays another one.
        statement = text(f'UPDATE "{table}" SET "{name}" = :value WHERE rowid = :row')
        connection.execute(statement, {"value": anew(value), "row": row})
    return len(rows)


def _inside(connection: Connection, table: str, name: str, change: Callable[[Any], None]) -> int:
    """Texts within what is kept as JSON in one column; how many rows there are."""
    rows = connection.execute(text(f'SELECT id, "{name}" FROM "{table}"')).all()
    for row, kept in rows:
        value = json.loads(kept)
        change(value)
        statement = text(f'UPDATE "{table}" SET "{name}" = :value WHERE id = :row')
        connection.execute(statement, {"value": json.dumps(value), "row": row})
    return len(rows)
