"""who was on which team when; languages, absence and leaving; mail."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

MAIL = ("each", "daily", "off")
IS_DUE = sa.text("kind = 'due'")
UNSETTLED = sa.text("NOT settled")
COLUMNS = ("email", "email_own", "languages", "absent_from", "absent_until", "left_on", "mail")


def upgrade() -> None:
    mail = sa.Enum(*MAIL, name="mail", native_enum=False, create_constraint=True, length=32)
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.add_column(sa.Column("email", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("email_own", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("languages", sa.JSON(), nullable=False, server_default="[]"))
        for name in ("absent_from", "absent_until", "left_on"):
            batch_op.add_column(sa.Column(name, sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("mail", mail, nullable=False, server_default="each"))
    op.create_table(
        "team_membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_team_membership_team_id")),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_team_membership_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_team_membership")),
        sa.UniqueConstraint("user_id", "since", name=op.f("uq_team_membership_user_id_since")),
    )
    with op.batch_alter_table("team_membership", schema=None) as batch_op:
        batch_op.create_index(
            "ix_team_membership_unsettled", ["since"], unique=False, sqlite_where=UNSETTLED, postgresql_where=UNSETTLED
        )
    # Nobody wrote down when they came to their team: it is the one they were on as long as is known.
    first = "DATE '1970-01-01'" if op.get_bind().dialect.name == "postgresql" else "'1970-01-01'"
    op.execute(
        "INSERT INTO team_membership (user_id, team_id, since, settled) "  # noqa: S608
        f'SELECT id, team_id, {first}, true FROM "user"'
    )
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.add_column(sa.Column("team_given", sa.Boolean(), nullable=False, server_default=sa.false()))
    # A call of another team than its agent's was given that team by somebody, and stays there.
    op.execute(
        "UPDATE call SET team_given = true WHERE team_id IS NOT NULL AND (agent_id IS NULL OR EXISTS ("
        'SELECT 1 FROM "user" WHERE "user".id = call.agent_id AND COALESCE("user".team_id, 0) <> call.team_id))'
    )
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.add_column(sa.Column("try_after", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(
            "ix_notice_due", ["user_id", "url"], unique=False, sqlite_where=IS_DUE, postgresql_where=IS_DUE
        )


def downgrade() -> None:
    with op.batch_alter_table("notice", schema=None) as batch_op:
        batch_op.drop_index("ix_notice_due")
        batch_op.drop_column("try_after")
    with op.batch_alter_table("call", schema=None) as batch_op:
        batch_op.drop_column("team_given")
    op.drop_table("team_membership")
    with op.batch_alter_table("user", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_user_mail"), type_="check")
        for name in COLUMNS:
            batch_op.drop_column(name)
