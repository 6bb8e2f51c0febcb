"""keep the time zone of a person, and since when nothing in their inbox is new; find the findings of an item."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

SUMMED = ("verdict", "team_id", "agent_id", "n")


def upgrade() -> None:
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("time_zone", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("inbox_seen_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index("ix_finding_item_id")
        batch_op.create_index("ix_finding_item_verdict", ["item_id", "verdict", "evaluation_id"])
    with op.batch_alter_table("item_tally", schema=None) as batch_op:
        batch_op.create_index("ix_item_tally_item_day", ["item", "source", "site_day", "scorecard", *SUMMED])
        batch_op.create_index("ix_item_tally_sums", ["source", "site_day", "scorecard", "item", *SUMMED])
    with op.batch_alter_table("review_verdict", schema=None) as batch_op:
        batch_op.create_index("ix_review_verdict_item", ["item_id", "verdict", "review_id"])
        batch_op.create_index(
            "ix_review_verdict_noted",
            ["item_id"],
            sqlite_where=sa.text("note != ''"),
            postgresql_where=sa.text("note != ''"),
        )
    with op.batch_alter_table("coaching_note", schema=None) as batch_op:
        batch_op.create_index("ix_coaching_note_author_id", ["author_id"])
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.create_index("ix_api_key_user_id", ["user_id"])


def downgrade() -> None:
    with op.batch_alter_table("api_key", schema=None) as batch_op:
        batch_op.drop_index("ix_api_key_user_id")
    with op.batch_alter_table("coaching_note", schema=None) as batch_op:
        batch_op.drop_index("ix_coaching_note_author_id")
    with op.batch_alter_table("review_verdict", schema=None) as batch_op:
        batch_op.drop_index("ix_review_verdict_noted")
        batch_op.drop_index("ix_review_verdict_item")
    with op.batch_alter_table("item_tally", schema=None) as batch_op:
        batch_op.drop_index("ix_item_tally_sums")
        batch_op.drop_index("ix_item_tally_item_day")
    with op.batch_alter_table("finding", schema=None) as batch_op:
        batch_op.drop_index("ix_finding_item_verdict")
        batch_op.create_index("ix_finding_item_id", ["item_id"])
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_column("inbox_seen_at")
        batch_op.drop_column("time_zone")
