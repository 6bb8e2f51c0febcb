"""publish and backtest scorecards."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    with op.batch_alter_table("scorecard_version", schema=None) as batch_op:
        batch_op.add_column(sa.Column("source", sa.Text(), nullable=True))
    op.create_table(
        "scorecard_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("scorecard", sa.String(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("based_on", sa.String(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("checked", sa.Integer(), nullable=True),
        sa.Column("faults", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_scorecard_draft_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scorecard_draft")),
        sa.UniqueConstraint("user_id", "scorecard", name=op.f("uq_scorecard_draft_user_id_scorecard")),
    )
    with op.batch_alter_table("scorecard_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_scorecard_draft_scorecard"), ["scorecard"], unique=False)
    op.create_table(
        "backtest",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("scorecard", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("against", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("against_content", sa.JSON(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=True),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("started_by", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column(
            "state",
            sa.Enum(
                "running",
                "done",
                "stopped",
                "failed",
                name="backteststate",
                native_enum=False,
                create_constraint=True,
                length=32,
            ),
            nullable=False,
        ),
        sa.Column("after", sa.Integer(), nullable=False),
        sa.Column("last_call", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["started_by"], ["user.id"], name=op.f("fk_backtest_started_by")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_backtest_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtest")),
    )
    with op.batch_alter_table("backtest", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_backtest_scorecard"), ["scorecard"], unique=False)
    op.create_table(
        "backtest_change",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("backtest_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("flips", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["backtest_id"], ["backtest.id"], name=op.f("fk_backtest_change_backtest_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_backtest_change_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_backtest_change")),
    )
    with op.batch_alter_table("backtest_change", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_backtest_change_call_id"), ["call_id"], unique=False)
        batch_op.create_index("ix_backtest_change_backtest_id_id", ["backtest_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_table("backtest_change")
    op.drop_table("backtest")
    op.drop_table("scorecard_draft")
    with op.batch_alter_table("scorecard_version", schema=None) as batch_op:
        batch_op.drop_column("source")
