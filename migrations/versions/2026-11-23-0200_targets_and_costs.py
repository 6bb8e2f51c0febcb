"""targets of indicators; what a month cost; what an agent got in an exam."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

OF_NO_TEAM = sa.text("team_id IS NULL")
BEFORE = ("training", "discipline", "conduct")
NOW = (*BEFORE, "exam")


def _kinds(values):
    return sa.Enum(*values, name="factkind", native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    _targets()
    _costs()
    _let_kinds_be(BEFORE, NOW)


def _targets() -> None:
    op.create_table(
        "target",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("indicator", sa.String(64), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("direction", sa.String(16), nullable=False),
        sa.Column("holds_from", sa.Date(), nullable=False),
        sa.Column("holds_until", sa.Date(), nullable=True),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["set_by"], ["user.id"], name=op.f("fk_target_set_by")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_target_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_target")),
        sa.UniqueConstraint(
            "indicator",
            "team_id",
            "queue",
            "direction",
            "holds_from",
            name=op.f("uq_target_indicator_team_id_queue_direction_holds_from"),
        ),
    )
    op.create_index(op.f("ix_target_team_id"), "target", ["team_id"], unique=False)
    op.create_index(
        "ix_target_of_no_team",
        "target",
        ["indicator", "queue", "direction", "holds_from"],
        unique=True,
        sqlite_where=OF_NO_TEAM,
        postgresql_where=OF_NO_TEAM,
    )


def _costs() -> None:
    op.create_table(
        "cost",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("amount", sa.Float(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["entered_by"], ["user.id"], name=op.f("fk_cost_entered_by")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_cost_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cost")),
        sa.UniqueConstraint("month", "team_id", "queue", name=op.f("uq_cost_month_team_id_queue")),
    )
    op.create_index(op.f("ix_cost_team_id"), "cost", ["team_id"], unique=False)
    op.create_index(
        "ix_cost_of_no_team",
        "cost",
        ["month", "queue"],
        unique=True,
        sqlite_where=OF_NO_TEAM,
        postgresql_where=OF_NO_TEAM,
    )


def _let_kinds_be(old, new) -> None:
    """Let facts of agents be of these kinds; SQLite makes the table anew."""
    with op.batch_alter_table("agent_fact", schema=None) as batch_op:
        batch_op.alter_column("kind", existing_type=_kinds(old), type_=_kinds(new), existing_nullable=False)


def downgrade() -> None:
    op.execute("DELETE FROM agent_fact WHERE kind = 'exam'")
    _let_kinds_be(NOW, BEFORE)
    op.drop_index("ix_cost_of_no_team", table_name="cost")
    op.drop_index(op.f("ix_cost_team_id"), table_name="cost")
    op.drop_table("cost")
    op.drop_index("ix_target_of_no_team", table_name="target")
    op.drop_index(op.f("ix_target_team_id"), table_name="target")
    op.drop_table("target")
