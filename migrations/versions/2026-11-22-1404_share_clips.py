"""share clips."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "clip_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("start", sa.Float(), nullable=False),
        sa.Column("end", sa.Float(), nullable=False),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("created_by", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_clip_link_call_id")),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_clip_link_created_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clip_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_clip_link_token_hash")),
    )
    with op.batch_alter_table("clip_link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_clip_link_call_id"), ["call_id"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("clip_link", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_clip_link_call_id"))

    op.drop_table("clip_link")
