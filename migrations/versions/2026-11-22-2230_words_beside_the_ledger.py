"""what people wrote stands beside the ledger, and goes with its call."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.create_table(
        "ledger_words",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("stream", sa.String(), nullable=False),
        sa.Column("salt", sa.String(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["ledger_entry.id"], name=op.f("fk_ledger_words_entry_id")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_ledger_words")),
    )
    op.create_index(op.f("ix_ledger_words_stream"), "ledger_words", ["stream"])


def downgrade() -> None:
    op.drop_table("ledger_words")
