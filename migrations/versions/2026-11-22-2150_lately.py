"""what was opened again and what was decided lately is found without looking at the rest."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"

REOPENED = sa.text("reopened_at IS NOT NULL")
DECIDED = sa.text("decided_at IS NOT NULL")


def upgrade() -> None:
    op.create_index(
        "ix_review_reopened_at", "review", ["reopened_at"], sqlite_where=REOPENED, postgresql_where=REOPENED
    )
    op.create_index("ix_dispute_decided_at", "dispute", ["decided_at"], sqlite_where=DECIDED, postgresql_where=DECIDED)


def downgrade() -> None:
    op.drop_index("ix_dispute_decided_at", "dispute")
    op.drop_index("ix_review_reopened_at", "review")
