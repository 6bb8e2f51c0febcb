"""review blind, and by when; who is at a review, and why it is in the queue."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

VERDICTS = ("pass", "fail", "not_applicable", "uncertain", "unscored")
# Reviews that were offered before this are due at the end of the third day after that.
DUE = {
    "sqlite": "strftime('%Y-%m-%d 00:00:00.000000', created_at, '+4 days')",
    "postgresql": "(date_trunc('day', created_at AT TIME ZONE 'UTC') + interval '4 days') AT TIME ZONE 'UTC'",
}
REVIEW = ("reopened_at", "opened_at", "opened_by", "called_at", "due_at", "picked", "blind")


def upgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("blind", sa.Boolean(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("picked", sa.String(), nullable=False, server_default="every"))
        for name in ("due_at", "called_at"):
            # SQLite adds no column that must not be empty without a value; every row gets its own below.
            batch_op.add_column(
                sa.Column(name, sa.DateTime(timezone=True), nullable=False, server_default="2026-01-01 00:00:00+00:00")
            )
        for name in ("opened_at", "reopened_at"):
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
    # Written out: otherwise SQLite would make the table anew, which it refuses while verdicts refer to it.
    op.execute('ALTER TABLE review ADD COLUMN opened_by INTEGER CONSTRAINT fk_review_opened_by REFERENCES "user" (id)')
    called = "(SELECT call.started_at FROM call WHERE call.id = review.call_id)"
    op.execute(f"UPDATE review SET due_at = {DUE[op.get_bind().dialect.name]}, called_at = {called}")  # noqa: S608 (nothing in it comes from outside)
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_state")
        batch_op.create_index("ix_review_queue", ["state", "due_at", "called_at", "id"], unique=False)
        batch_op.drop_index(batch_op.f("ix_review_reviewer_id"))
        batch_op.create_index("ix_review_reviewer_id", ["reviewer_id", "state"], unique=False)
        batch_op.create_index("ix_review_opened_by", ["opened_by", "state"], unique=False)
    with op.batch_alter_table("review_verdict", schema=None) as batch_op:
        batch_op.add_column(sa.Column("blind", sa.Boolean(), nullable=False, server_default="0"))
    op.create_table(
        "blind_label",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("scorecard", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        *(
            sa.Column(
                name,
                sa.Enum(*VERDICTS, name=name, native_enum=False, create_constraint=True, length=32),
                nullable=False,
            )
            for name in ("machine_verdict", "verdict")
        ),
        sa.Column("labelled_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_blind_label_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_blind_label")),
        sa.UniqueConstraint("review_id", "item_id", name=op.f("uq_blind_label_review_id_item_id")),
    )
    with op.batch_alter_table("blind_label", schema=None) as batch_op:
        batch_op.create_index(
            "ix_blind_label_counts", ["scorecard", "item_id", "machine_verdict", "verdict"], unique=False
        )


def downgrade() -> None:
    op.drop_table("blind_label")
    with op.batch_alter_table("review_verdict", schema=None) as batch_op:
        batch_op.drop_column("blind")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_opened_by")
        batch_op.drop_index("ix_review_reviewer_id")
        batch_op.create_index(batch_op.f("ix_review_reviewer_id"), ["reviewer_id"], unique=False)
        batch_op.drop_index("ix_review_queue")
        batch_op.create_index("ix_review_state", ["state"], unique=False)
        for name in REVIEW:
            batch_op.drop_column(name)
