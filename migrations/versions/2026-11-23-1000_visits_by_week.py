"""visits of customers by week."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"

VISIT = sa.text("visit_week IS NOT NULL")
KNOWN_CUSTOMER = sa.text("customer_key IS NOT NULL")
# Whole weeks since 1970; no contact is older than that. SQLite rounds: parts of a second are left out.
WEEKS = {
    "sqlite": "CAST(strftime('%s', substr(started_at, 1, 19)) AS INTEGER) / 604800",
    "postgresql": "floor(extract(epoch FROM started_at) / 604800)",
}


def upgrade() -> None:
    op.drop_index("ix_contact_customer", "contact")
    op.add_column("contact", sa.Column("visit_week", sa.Integer(), nullable=True))
    weeks = WEEKS[op.get_bind().dialect.name]
    op.execute(
        f"UPDATE contact SET visit_week = {weeks} WHERE direction = 'inbound' AND customer_key IS NOT NULL"  # noqa: S608 (nothing in it comes from outside)
    )
    op.create_index(
        "ix_contact_visit",
        "contact",
        ["visit_week", "customer_key", "started_at"],
        sqlite_where=VISIT,
        postgresql_where=VISIT,
    )


def downgrade() -> None:
    op.drop_index("ix_contact_visit", "contact")
    op.drop_column("contact", "visit_week")
    op.create_index(
        "ix_contact_customer",
        "contact",
        ["customer_key", "direction", "started_at"],
        sqlite_where=KNOWN_CUSTOMER,
        postgresql_where=KNOWN_CUSTOMER,
    )
