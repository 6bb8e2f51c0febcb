"""create contacts."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

KNOWN_CUSTOMER = sa.text("customer_key IS NOT NULL")
WAITED = sa.text("wait_seconds > 60")
SUMS = """
contacts inbound outbound inbound_answered outbound_answered answered_in_time abandoned short_abandons queued
queue_seconds queue_squares long_waits answered_queued answered_queue_seconds rung rings ring_squares handled
talk_known talk_seconds hold_seconds talk_time_squares after_call_known after_call_seconds after_call_squares
handle_known handle_seconds handle_squares inbound_handle_seconds outbound_handle_seconds transfer_known
transferred success_known outbound_successes outcome_known solved first_known solved_first rated satisfied
nps_rated promoters detractors customer_known repeats
""".split()


def upgrade() -> None:
    direction = sa.Enum("inbound", "outbound", name="direction", native_enum=False, create_constraint=True, length=32)
    op.create_table(
        "contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("site_day", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("direction", direction, nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("team_given", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        *(
            sa.Column(name, sa.Integer(), nullable=True)
            for name in ("rings", "wait_seconds", "talk_seconds", "hold_seconds", "after_call_seconds")
        ),
        sa.Column("transferred", sa.Boolean(), nullable=True),
        sa.Column("success", sa.Boolean(), nullable=True),
        sa.Column("customer_key", sa.BigInteger(), nullable=True),
        sa.Column("repeat", sa.Boolean(), nullable=False),
        sa.Column("solved", sa.Boolean(), nullable=True),
        sa.Column("solved_first", sa.Boolean(), nullable=True),
        sa.Column("csat", sa.Integer(), nullable=True),
        sa.Column("nps", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["agent_id"], ["user.id"], name=op.f("fk_contact_agent_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_contact_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("external_id", name=op.f("uq_contact_external_id")),
    )
    with op.batch_alter_table("contact", schema=None) as batch_op:
        batch_op.create_index(
            "ix_contact_customer",
            ["customer_key", "direction", "started_at"],
            unique=False,
            sqlite_where=KNOWN_CUSTOMER,
            postgresql_where=KNOWN_CUSTOMER,
        )
        batch_op.create_index("ix_contact_agent", ["agent_id", "started_at"], unique=False)
        batch_op.create_index(
            "ix_contact_waited", ["started_at"], unique=False, sqlite_where=WAITED, postgresql_where=WAITED
        )
    op.create_table(
        "contact_tally",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("site_day", sa.Date(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("queue", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in SUMS),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact_tally")),
        sa.UniqueConstraint(
            "site_day", "team_id", "agent_id", "queue", "direction", "channel", name="uq_contact_tally_key"
        ),
    )
    op.create_table(
        "agent_day",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("team_given", sa.Boolean(), nullable=False),
        sa.Column("scheduled", sa.Boolean(), nullable=True),
        sa.Column("present", sa.Boolean(), nullable=True),
        *(
            sa.Column(f"{name}_seconds", sa.Integer(), nullable=True)
            for name in ("scheduled", "logged_in", "within_hours", "busy", "idle", "paid", "outbound_busy")
        ),
        sa.ForeignKeyConstraint(["agent_id"], ["user.id"], name=op.f("fk_agent_day_agent_id")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_agent_day_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_agent_day")),
        sa.UniqueConstraint("agent_id", "day", name=op.f("uq_agent_day_agent_id_day")),
    )
    with op.batch_alter_table("agent_day", schema=None) as batch_op:
        batch_op.create_index("ix_agent_day_day", ["day"], unique=False)


def downgrade() -> None:
    op.drop_table("agent_day")
    op.drop_table("contact_tally")
    op.drop_table("contact")
