"""blind reviews found among all."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.create_index(
        "ix_review_blind", "review", ["id"], sqlite_where=sa.text("blind = 1"), postgresql_where=sa.text("blind")
    )


def downgrade() -> None:
    op.drop_index("ix_review_blind", "review")
