"""the levels of graded items said blind and held to be right; what was counted otherwise before is found at once."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

TABLES = ("blind_label", "reference_verdict")
ENDED = sa.text("counted_until IS NOT NULL")


def upgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("level", sa.Float(), nullable=True))
    # As far as that is still the verdict which was given blind.
    op.execute(
        "UPDATE blind_label SET level = (SELECT level FROM review_verdict"
        " WHERE review_verdict.review_id = blind_label.review_id AND review_verdict.item_id = blind_label.item_id"
        " AND review_verdict.blind)"
    )
    op.create_index(
        "ix_contribution_ended", "contribution", ["source", "call_id"], sqlite_where=ENDED, postgresql_where=ENDED
    )


def downgrade() -> None:
    op.drop_index("ix_contribution_ended", "contribution")
    for table in TABLES:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column("level")
