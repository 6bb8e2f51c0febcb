"""disputes, and what an agent answers to a result."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

VERDICTS = ("pass", "fail", "not_applicable", "uncertain", "unscored")
OUTCOMES = ("open", "accepted", "partly", "rejected", "withdrawn")
UNANSWERED = sa.text("outcome = 'open'")


def _one_of(values, name):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("acknowledged_words", sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("awaits_self_score", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "dispute",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("review_id", sa.Integer(), nullable=False),
        sa.Column("scorecard", sa.String(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("proposed", _one_of(VERDICTS, "proposed"), nullable=False),
        sa.Column("proposed_level", sa.Float(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("outcome", _one_of(OUTCOMES, "disputeoutcome"), nullable=False),
        sa.Column("verdict_before", _one_of(VERDICTS, "verdict_before"), nullable=False),
        sa.Column("level_before", sa.Float(), nullable=True),
        sa.Column("reason_before", sa.String(), nullable=True),
        sa.Column("note_before", sa.String(), nullable=False),
        sa.Column("by_before", sa.Integer(), nullable=False),
        sa.Column("verdict_after", _one_of(VERDICTS, "verdict_after"), nullable=True),
        sa.Column("level_after", sa.Float(), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["user.id"], name=op.f("fk_dispute_agent_id")),
        sa.ForeignKeyConstraint(["by_before"], ["user.id"], name=op.f("fk_dispute_by_before")),
        sa.ForeignKeyConstraint(["decided_by"], ["user.id"], name=op.f("fk_dispute_decided_by")),
        sa.ForeignKeyConstraint(["review_id"], ["review.id"], name=op.f("fk_dispute_review_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dispute")),
    )
    with op.batch_alter_table("dispute", schema=None) as batch_op:
        batch_op.create_index("ix_dispute_review_id", ["review_id"], unique=False)
        batch_op.create_index("ix_dispute_outcome", ["outcome", "opened_at", "id"], unique=False)
        batch_op.create_index("ix_dispute_agent_id", ["agent_id"], unique=False)
        batch_op.create_index("ix_dispute_item", ["scorecard", "item_id", "outcome", "review_id"], unique=False)
        batch_op.create_index(
            "uq_dispute_open",
            ["review_id", "item_id"],
            unique=True,
            sqlite_where=UNANSWERED,
            postgresql_where=UNANSWERED,
        )


def downgrade() -> None:
    op.drop_table("dispute")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_column("awaits_self_score")
        batch_op.drop_column("acknowledged_words")
