"""assignment of reviews, agents who shared a call."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

SET_ASIDE = sa.text("state = 'set_aside'")


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("most_open", sa.Integer(), nullable=True))
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("given_back_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_review_given_back_by"), "user", ["given_back_by"], ["id"])
        batch_op.drop_index("ix_review_assigned_to")
        batch_op.create_index(
            "ix_review_assigned_to", ["assigned_to", "state", "due_at", "called_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_review_set_aside",
            ["set_aside_reason", "call_id"],
            unique=False,
            sqlite_where=SET_ASIDE,
            postgresql_where=SET_ASIDE,
        )
    # Who had begun a review goes on with it.
    op.execute(
        "UPDATE review SET assigned_to = reviewer_id, assigned_at = COALESCE(opened_at, created_at) "
        "WHERE state = 'open' AND assigned_to IS NULL AND reviewer_id IS NOT NULL"
    )
    op.create_table(
        "call_segment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Float(), nullable=False),
        sa.Column("end", sa.Float(), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["user.id"], name=op.f("fk_call_segment_agent_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_call_segment_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_call_segment")),
    )
    with op.batch_alter_table("call_segment", schema=None) as batch_op:
        batch_op.create_index("ix_call_segment_call", ["call_id", "start"], unique=False)
        batch_op.create_index("ix_call_segment_agent", ["agent_id", "call_id"], unique=False)


def downgrade() -> None:
    op.drop_table("call_segment")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index("ix_review_set_aside")
        batch_op.drop_index("ix_review_assigned_to")
        batch_op.create_index("ix_review_assigned_to", ["assigned_to", "state"], unique=False)
        batch_op.drop_constraint(op.f("fk_review_given_back_by"), type_="foreignkey")
        batch_op.drop_column("given_back_by")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("most_open")
