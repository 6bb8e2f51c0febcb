"""the life of a review after it was submitted, reviews that are only compared, and notices."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"

BEFORE = ("open", "submitted", "retracted")
STATES = ("open", "set_aside", "submitted", "released", "acknowledged", "disputed", "resolved", "retracted", "compared")
PURPOSES = ("counts", "second", "calibration", "self")
KINDS = ("assigned", "due", "released", "disputed", "decided", "coaching", "answered", "calibration")
COUNTS = sa.text("purpose = 'counts'")
UNRELEASED = sa.text("state = 'submitted'")
UNSENT = sa.text("settled_at IS NULL")
MOMENTS = ("assigned_at", "release_at", "released_at", "acknowledged_at")


def _one_of(values, name):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.alter_column(
            "state", existing_type=_one_of(BEFORE, "reviewstate"), type_=_one_of(STATES, "reviewstate")
        )
        batch_op.drop_constraint(op.f("uq_review_call_id"), type_="unique")
        batch_op.add_column(sa.Column("purpose", _one_of(PURPOSES, "purpose"), nullable=False, server_default="counts"))
        batch_op.add_column(sa.Column("set_aside_reason", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("assigned_to", sa.Integer(), nullable=True))
        for name in MOMENTS:
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_review_assigned_to"), "user", ["assigned_to"], ["id"])
        batch_op.create_index(
            "uq_review_counts", ["call_id"], unique=True, sqlite_where=COUNTS, postgresql_where=COUNTS
        )
        batch_op.create_index("ix_review_call_id", ["call_id"], unique=False)
        batch_op.create_index("ix_review_assigned_to", ["assigned_to", "state"], unique=False)
        batch_op.create_index(
            "ix_review_release", ["release_at"], unique=False, sqlite_where=UNRELEASED, postgresql_where=UNRELEASED
        )
    # What agents could read before, they may read.
    op.execute("UPDATE review SET state = 'released', released_at = submitted_at WHERE state = 'submitted'")
    op.create_table(
        "notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of(KINDS, "kind"), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tried", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_notice_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_user_id"), ["user_id"], unique=False)
        batch_op.create_index("ix_notice_unsent", ["id"], unique=False, sqlite_where=UNSENT, postgresql_where=UNSENT)


def downgrade() -> None:
    op.drop_table("notice")
    # Only what counts or will is known to the older form, and there it is open, submitted or retracted.
    only_compared = "(SELECT id FROM review WHERE purpose <> 'counts')"
    for table in ("review_verdict", "blind_label"):
        op.execute(f"DELETE FROM {table} WHERE review_id IN {only_compared}")  # noqa: S608
    op.execute("DELETE FROM review WHERE purpose <> 'counts'")
    op.execute(
        "UPDATE review SET state = 'submitted' WHERE state IN ('released', 'acknowledged', 'disputed', 'resolved')"
    )
    op.execute("UPDATE review SET state = 'retracted' WHERE state IN ('set_aside', 'compared')")
    with op.batch_alter_table("review", schema=None) as batch_op:
        for name in ("ix_review_release", "ix_review_assigned_to", "ix_review_call_id", "uq_review_counts"):
            batch_op.drop_index(name)
        batch_op.drop_constraint(op.f("fk_review_assigned_to"), type_="foreignkey")
        batch_op.drop_constraint(op.f("ck_review_purpose"), type_="check")
        for name in (*MOMENTS, "assigned_to", "set_aside_reason", "purpose"):
            batch_op.drop_column(name)
        batch_op.create_unique_constraint(op.f("uq_review_call_id"), ["call_id"])
        batch_op.alter_column(
            "state", existing_type=_one_of(STATES, "reviewstate"), type_=_one_of(BEFORE, "reviewstate")
        )
