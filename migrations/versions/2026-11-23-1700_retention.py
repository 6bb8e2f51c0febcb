"""retention, legal holds, erasures."""

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"

KINDS = ("call", "contact", "complaint", "file", "list")
# Indexes of a part of a table alone: by name, table and columns, and of which part.
PARTIAL = (
    ("ix_erasure_undone", "erasure", ["id"], "ended_at IS NULL"),
    ("ix_legal_hold_stands", "legal_hold", ["id"], "lifted_at IS NULL"),
    ("ix_erasure_target_left", "erasure_target", ["erasure_id"], "done_at IS NULL"),
    ("ix_call_sound_kept", "call", ["site_day"], "sound_removed_at IS NULL"),
    ("ix_call_sound_left", "call", ["id"], "sound_removed_at IS NOT NULL AND blob <> ''"),
    ("ix_call_words_kept", "call", ["site_day"], "words_removed_at IS NULL"),
)


def upgrade() -> None:
    op.create_table(
        "tidying",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tidying")),
    )
    op.create_table(
        "retention_policy",
        sa.Column("team_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sound_days", sa.Integer(), nullable=True),
        sa.Column("words_days", sa.Integer(), nullable=True),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["user.id"], name=op.f("fk_retention_policy_set_by")),
        sa.PrimaryKeyConstraint("team_id", name=op.f("pk_retention_policy")),
    )
    op.create_table(
        "aged_call",
        sa.Column("call_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("policy_team_id", sa.Integer(), nullable=False),
        sa.Column("sound_days", sa.Integer(), nullable=True),
        sa.Column("words_days", sa.Integer(), nullable=True),
        sa.Column("look_again_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_aged_call_call_id")),
        sa.PrimaryKeyConstraint("call_id", name=op.f("pk_aged_call")),
    )
    op.create_index(op.f("ix_aged_call_look_again_on"), "aged_call", ["look_again_on"])
    _create_holds()
    _create_erasures()
    for column in ("sound_removed_at", "words_removed_at"):
        op.add_column("call", sa.Column(column, sa.DateTime(timezone=True), nullable=True))
    for name, table, columns, part in PARTIAL:
        op.create_index(name, table, columns, sqlite_where=sa.text(part), postgresql_where=sa.text(part))


def _create_holds() -> None:
    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.Column("put_by", sa.Integer(), nullable=False),
        sa.Column("put_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lifted_by", sa.Integer(), nullable=True),
        sa.Column("lifted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("lift_reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lifted_by"], ["user.id"], name=op.f("fk_legal_hold_lifted_by")),
        sa.ForeignKeyConstraint(["put_by"], ["user.id"], name=op.f("fk_legal_hold_put_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    op.create_table(
        "held_call",
        sa.Column("hold_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_held_call_call_id")),
        sa.ForeignKeyConstraint(["hold_id"], ["legal_hold.id"], name=op.f("fk_held_call_hold_id")),
        sa.PrimaryKeyConstraint("hold_id", "call_id", name=op.f("pk_held_call")),
    )
    op.create_index("ix_held_call_call_id", "held_call", ["call_id", "hold_id"])


def _create_erasures() -> None:
    op.create_table(
        "erasure",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reference", sa.String(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["asked_by"], ["user.id"], name=op.f("fk_erasure_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    kind = sa.Enum(*KINDS, name="kind", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "erasure_target",
        sa.Column("erasure_id", sa.Integer(), nullable=False),
        sa.Column("kind", kind, nullable=False),
        sa.Column("target_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["erasure_id"], ["erasure.id"], name=op.f("fk_erasure_target_erasure_id")),
        sa.PrimaryKeyConstraint("erasure_id", "kind", "target_id", name=op.f("pk_erasure_target")),
    )
    op.create_index("ix_erasure_target_what", "erasure_target", ["kind", "target_id"])


def downgrade() -> None:
    for name, table, _, _ in reversed(PARTIAL):
        op.drop_index(name, table)
    for column in ("words_removed_at", "sound_removed_at"):
        op.drop_column("call", column)
    for table in ("erasure_target", "erasure", "held_call", "legal_hold", "aged_call", "retention_policy", "tidying"):
        op.drop_table(table)
