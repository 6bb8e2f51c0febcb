"""counts as of a date; parts of the performance score; the ledger's heads, and no change of its entries."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

COUNTS_NOW = sa.text("counted_until IS NULL")
KINDS = ("training", "discipline", "conduct")
PARTS = ("workload", "training", "qa", "discipline", "conduct")
ONLY_GROWS = "the ledger only grows: its entries are neither changed nor removed"

# What counts now counted since the machine judged, or a person submitted; else since its call came in.
SINCE = """
UPDATE contribution SET counted_from = COALESCE(
    (SELECT created_at FROM evaluation
      WHERE evaluation.call_id = contribution.call_id AND evaluation.current AND contribution.source = 'machine'),
    (SELECT submitted_at FROM review
      WHERE review.call_id = contribution.call_id AND review.purpose = 'counts' AND contribution.source = 'final'),
    (SELECT created_at FROM "call" WHERE "call".id = contribution.call_id),
    '1970-01-01 00:00:00.000000'
)
"""
HEADS = """
INSERT INTO ledger_head (stream, sequence, hash)
SELECT stream, sequence, hash FROM ledger_entry AS last
 WHERE NOT EXISTS (
    SELECT 1 FROM ledger_entry AS later WHERE later.stream = last.stream AND later.sequence > last.sequence)
"""


def upgrade() -> None:
    _count_over_time()
    _guard_the_ledger()
    op.create_table(
        "agent_fact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="factkind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=True),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agent_id"], ["user.id"], name=op.f("fk_agent_fact_agent_id")),
        sa.ForeignKeyConstraint(["entered_by"], ["user.id"], name=op.f("fk_agent_fact_entered_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_fact")),
        sa.UniqueConstraint("agent_id", "month", "kind", name=op.f("uq_agent_fact_agent_id_month_kind")),
    )
    op.create_table(
        "performance_weights",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("holds_from", sa.Date(), nullable=False),
        *(sa.Column(part, sa.Float(), nullable=False) for part in PARTS),
        sa.Column("calls_target", sa.Integer(), nullable=True),
        sa.Column("set_by", sa.Integer(), nullable=True),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_performance_weights_team_id")),
        sa.ForeignKeyConstraint(["set_by"], ["user.id"], name=op.f("fk_performance_weights_set_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_performance_weights")),
        sa.UniqueConstraint("team_id", "holds_from", name=op.f("uq_performance_weights_team_id_holds_from")),
    )


def _count_over_time() -> None:
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.add_column(sa.Column("counted_from", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("counted_until", sa.DateTime(timezone=True), nullable=True))
    op.execute(SINCE)
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.alter_column("counted_from", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.drop_constraint(op.f("uq_contribution_call_id_source"), type_="unique")
        batch_op.create_index(
            "uq_contribution_now",
            ["call_id", "source"],
            unique=True,
            sqlite_where=COUNTS_NOW,
            postgresql_where=COUNTS_NOW,
        )
        batch_op.create_index("ix_contribution_call_id", ["call_id", "source"], unique=False)
        batch_op.create_index("ix_contribution_day", ["source", "site_day", "counted_from"], unique=False)


def _guard_the_ledger() -> None:
    op.create_table(
        "ledger_head",
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_ledger_head")),
    )
    op.execute(HEADS)
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        batch_op.create_index("ix_ledger_entry_at", ["at", "id"], unique=False)
        batch_op.create_index("ix_ledger_entry_event", ["event", "at", "id"], unique=False)
        batch_op.create_index("ix_ledger_entry_actor", ["actor_id", "at", "id"], unique=False)
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(
                f"CREATE TRIGGER ledger_entry_no_{act} BEFORE {act.upper()} ON ledger_entry "
                f"BEGIN SELECT RAISE(ABORT, '{ONLY_GROWS}'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION ledger_only_grows() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{ONLY_GROWS}'; END $$"
        )
        op.execute(
            "CREATE TRIGGER ledger_entry_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION ledger_only_grows()"
        )


def downgrade() -> None:
    op.drop_table("performance_weights")
    op.drop_table("agent_fact")
    if op.get_bind().dialect.name == "sqlite":
        for act in ("update", "delete"):
            op.execute(f"DROP TRIGGER ledger_entry_no_{act}")
    else:
        op.execute("DROP TRIGGER ledger_entry_only_grows ON ledger_entry")
        op.execute("DROP FUNCTION ledger_only_grows()")
    with op.batch_alter_table("ledger_entry", schema=None) as batch_op:
        for name in ("actor", "event", "at"):
            batch_op.drop_index(f"ix_ledger_entry_{name}")
    op.drop_table("ledger_head")
    op.execute("DELETE FROM contribution WHERE counted_until IS NOT NULL")
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        for name in ("ix_contribution_day", "ix_contribution_call_id", "uq_contribution_now"):
            batch_op.drop_index(name)
        batch_op.drop_column("counted_until")
        batch_op.drop_column("counted_from")
        batch_op.create_unique_constraint(op.f("uq_contribution_call_id_source"), ["call_id", "source"])
