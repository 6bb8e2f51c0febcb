"""keep the time zone of a person, and since when nothing in their inbox is new."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("time_zone", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("inbox_seen_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("inbox_seen_at")
        batch_op.drop_column("time_zone")
