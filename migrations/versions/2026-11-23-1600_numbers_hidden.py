"""numbers hidden in transcripts and sound, and who heard which recording."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"

REPLACED = sa.text("bytes_replaced <> ''")
KINDS = ("played", "clip", "played_unmuted", "downloaded")


def upgrade() -> None:
    op.add_column("transcript_revision", sa.Column("muted", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("call", sa.Column("playback_unmuted", sa.String(), nullable=True))
    op.add_column("call", sa.Column("muted", sa.Integer(), nullable=False, server_default="0"))
    op.add_column("call", sa.Column("mute_due", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("call", sa.Column("bytes_replaced", sa.String(), nullable=False, server_default=""))
    op.create_index(
        "ix_call_mute_due", "call", ["id"], sqlite_where=sa.text("mute_due = 1"), postgresql_where=sa.text("mute_due")
    )
    op.create_index("ix_call_bytes_replaced", "call", ["id"], sqlite_where=REPLACED, postgresql_where=REPLACED)
    op.create_table(
        "recording_access",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("api_key_id", sa.Integer(), nullable=True),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind",
            sa.Enum(*KINDS, name="accesskind", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["api_key_id"], ["api_key.id"], name=op.f("fk_recording_access_api_key_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_recording_access_call_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_recording_access_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recording_access")),
    )
    op.create_index("ix_recording_access_at", "recording_access", ["at", "id"])
    op.create_index("ix_recording_access_call", "recording_access", ["call_id", "user_id", "at"])
    op.create_index("ix_recording_access_user", "recording_access", ["user_id", "at"])


def downgrade() -> None:
    op.drop_table("recording_access")
    op.drop_index("ix_call_bytes_replaced", "call")
    op.drop_index("ix_call_mute_due", "call")
    for name in ("bytes_replaced", "mute_due", "muted", "playback_unmuted"):
        op.drop_column("call", name)
    op.drop_column("transcript_revision", "muted")
