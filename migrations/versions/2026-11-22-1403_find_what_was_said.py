"""find what was said, and calls by name and by what came of them."""

import re
from collections.abc import Iterator
from typing import Any
from unicodedata import combining, is_normalized, normalize

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0007"
down_revision = "0006"

# How many transcripts are in memory at once.
AT_ONCE = 200

# The triggers hand the index the very terms that it was given: it keeps no text of its own.
INDEX = """
CREATE VIRTUAL TABLE spoken_index USING fts5(
    terms, content='spoken', content_rowid='call_id', detail=none, columnsize=0, tokenize='ascii'
)
"""
ADDED = "INSERT INTO spoken_index (rowid, terms) VALUES (new.call_id, new.terms);"
REMOVED = "INSERT INTO spoken_index (spoken_index, rowid, terms) VALUES ('delete', old.call_id, old.terms);"
TRIGGERS = {
    "spoken_added": f"AFTER INSERT ON spoken BEGIN {ADDED} END",
    "spoken_removed": f"AFTER DELETE ON spoken BEGIN {REMOVED} END",
    "spoken_changed": f"AFTER UPDATE ON spoken BEGIN {REMOVED} {ADDED} END",
}


def upgrade() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "spoken",
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("turns", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("terms", postgresql.TSVECTOR() if is_postgresql else sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_spoken_call_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_spoken")),
    )
    _fill(op.get_bind())
    op.create_index("ix_review_outcome", "review", ["state", "passed", "score", "call_id"])
    op.create_index(
        "ix_evaluation_outcome",
        "evaluation",
        ["passed", "low", "call_id"],
        sqlite_where=sa.text("current = 1"),
        postgresql_where=sa.text("current"),
    )
    op.create_index(
        "ix_review_verdict_outdated",
        "review_verdict",
        ["decided_by", "review_id"],
        sqlite_where=sa.text("outdated = 1"),
        postgresql_where=sa.text("outdated"),
    )
    if is_postgresql:
        op.create_index(
            "ix_spoken_terms",
            "spoken",
            ["terms"],
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        )
    else:
        op.create_index("ix_call_names", "call", ["file_name", "external_id", "customer_name"])
        op.execute(INDEX)
        op.execute("INSERT INTO spoken_index (spoken_index) VALUES ('rebuild')")
        for name, does in TRIGGERS.items():
            op.execute(f"CREATE TRIGGER {name} {does}")


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        for name in TRIGGERS:
            op.execute(f"DROP TRIGGER {name}")
        op.execute("DROP TABLE spoken_index")
        op.drop_index("ix_call_names", "call")
    op.drop_table("spoken")
    op.drop_index("ix_review_verdict_outdated", "review_verdict")
    op.drop_index("ix_evaluation_outcome", "evaluation")
    op.drop_index("ix_review_outcome", "review")


def _fill(connection: sa.Connection) -> None:
    """Make the words of every call ready for search, as `app.transcription.said` did when this was written."""
    call = sa.table("call", sa.column("id"), sa.column("state"))
    revisions = sa.table(
        "transcript_revision", sa.column("call_id"), sa.column("revision"), sa.column("content", sa.JSON)
    )
    kind: Any = postgresql.TSVECTOR if connection.dialect.name == "postgresql" else sa.Text
    spoken = sa.table("spoken", sa.column("call_id"), sa.column("turns"), sa.column("text"), sa.column("terms", kind))
    other = revisions.alias()
    newest = sa.select(sa.func.max(other.c.revision)).where(other.c.call_id == revisions.c.call_id).scalar_subquery()
    wanted = (
        sa.select(revisions.c.call_id, revisions.c.content)
        .join(call, call.c.id == revisions.c.call_id)
        .where(call.c.state != "deleted", revisions.c.revision == newest)
        .order_by(revisions.c.call_id)
        .limit(AT_ONCE)
    )
    after = 0
    while rows := connection.execute(wanted.where(revisions.c.call_id > after)).all():
        connection.execute(sa.insert(spoken), [_row(call_id, content) for call_id, content in rows])
        after = rows[-1][0]


def _row(call_id: int, content: dict[str, Any]) -> dict[str, Any]:
    turns, lines = [], []
    for turn in content.get("turns", ()):
        start = turn.get("start")
        said = " ".join(turn["text"].split())
        turns.append(f"{turn['speaker']}\t{'' if start is None else round(start, 2)}\t{said}")
        lines.append(_form(said))
    text = "\n".join(lines)
    return {"call_id": call_id, "turns": "\n".join(turns), "text": text, "terms": " ".join(_terms(text))}


UNSPACED = "\u3005\u3007\u3041-\u309a\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
UNSPACED += "\uf900-\ufaff\U00020000-\U0003ffff"
IS_UNSPACED = re.compile(f"[{UNSPACED}]")
PIECE = re.compile(f"[{UNSPACED}]+|[^\\W_{UNSPACED}]+")
LONGEST_TERM, MOST_BYTES = 40, 900_000


def _form(text: str) -> str:
    written: list[str] = []
    unspaced_before = False
    for piece in PIECE.findall(_folded(text)):
        unspaced = IS_UNSPACED.match(piece) is not None
        written += [piece] if unspaced and unspaced_before else [" ", piece]
        unspaced_before = unspaced
    return "".join(written) + " " if written else ""


def _folded(text: str) -> str:
    plain = text.casefold()
    if len(plain) == len(text) and is_normalized("NFKC", text):
        return plain
    starts = [place for place, one in enumerate(text) if not place or not combining(normalize("NFKC", one)[0])]
    characters = (text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True))
    return "".join(normalize("NFKC", normalize("NFKC", one).casefold()) for one in characters)


def _terms(text: str) -> Iterator[str]:
    found = set()
    for word in text.split():
        if IS_UNSPACED.match(word):
            found |= {word[place : place + 2] for place in range(len(word))}
        else:
            found.add(word[:LONGEST_TERM])
    size = 0
    for term in sorted(found):
        size += len(term.encode())
        if size > MOST_BYTES:
            return
        yield term
