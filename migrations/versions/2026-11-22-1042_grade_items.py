"""grade items."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    with op.batch_alter_table("review_verdict", schema=None) as batch_op:
        batch_op.add_column(sa.Column("level", sa.Float(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("review_verdict", schema=None) as batch_op:
        batch_op.drop_column("level")
