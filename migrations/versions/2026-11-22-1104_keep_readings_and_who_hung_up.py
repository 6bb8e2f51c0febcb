"""keep readings and who hung up."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("ended_by", sa.String(), nullable=True))
    with op.batch_alter_table("transcript_revision", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reading", sa.JSON(), nullable=True))
        batch_op.add_column(sa.Column("reading_version", sa.String(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("transcript_revision", schema=None) as batch_op:
        batch_op.drop_column("reading_version")
        batch_op.drop_column("reading")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_column("ended_by")
