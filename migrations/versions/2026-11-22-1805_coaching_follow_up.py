"""coaching notes that are followed up: of several items, clips and calls, or of none; templates."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

STATES = ("draft", "open", "acknowledged", "done")
OCCASIONS = ("call", "spot", "training")
KINDS = ("strength", "change")
VERDICTS = ("pass", "fail", "not_applicable", "uncertain", "unscored")
TEXTS = ("topic", "place", "strength", "heard", "effect", "advice")
UNTOLD = sa.text("told_at IS NULL AND state <> 'draft'")
WAITING = sa.text("state IN ('open', 'acknowledged')")


def _one_of(values, name):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def upgrade() -> None:
    op.create_table(
        "coaching_point",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.String(), nullable=True),
        sa.Column("scorecard_version", sa.String(), nullable=True),
        sa.Column("start", sa.Float(), nullable=True),
        sa.Column("end", sa.Float(), nullable=True),
        sa.Column("verdict", _one_of(VERDICTS, "verdict"), nullable=True),
        sa.Column("kind", _one_of(KINDS, "pointkind"), nullable=False),
        sa.ForeignKeyConstraint(["note_id"], ["coaching_note.id"], name=op.f("fk_coaching_point_note_id")),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_coaching_point_call_id")),
        sa.ForeignKeyConstraint(
            ["scorecard_version"], ["scorecard_version.version"], name=op.f("fk_coaching_point_scorecard_version")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_point")),
    )
    op.execute(
        'INSERT INTO coaching_point (note_id, call_id, item_id, scorecard_version, start, "end", kind) '
        "SELECT note.id, note.call_id, note.item_id, "
        "(SELECT evaluation.scorecard_version FROM evaluation "
        "WHERE evaluation.call_id = note.call_id AND evaluation.current), "
        "note.start, note.\"end\", 'change' FROM coaching_note AS note ORDER BY note.id"
    )
    op.create_index("ix_coaching_point_note_id", "coaching_point", ["note_id"])
    op.create_index("ix_coaching_point_call_item", "coaching_point", ["call_id", "item_id"])
    op.create_index("ix_coaching_point_item", "coaching_point", ["item_id", "note_id"])
    with op.batch_alter_table("coaching_note", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("occasion", _one_of(OCCASIONS, "occasion"), nullable=False, server_default="call")
        )
        batch_op.add_column(sa.Column("state", _one_of(STATES, "notestate"), nullable=False, server_default="open"))
        for name in TEXTS:
            batch_op.add_column(sa.Column(name, sa.String(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("erased", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(sa.Column("held_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("follow_up_on", sa.Date(), nullable=True))
        for name in ("told_at", "done_at"):
            batch_op.add_column(sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        batch_op.drop_index("ix_coaching_note_call_id")
        for name in ("call_id", "review_id"):
            batch_op.drop_constraint(op.f(f"fk_coaching_note_{name}"), type_="foreignkey")
        for name in ("call_id", "review_id", "item_id", "start", "end"):
            batch_op.drop_column(name)
    # What was sent before could be read at once.
    op.execute("UPDATE coaching_note SET told_at = created_at")
    op.execute("UPDATE coaching_note SET state = 'acknowledged' WHERE acknowledged_at IS NOT NULL")
    op.execute(sa.text("UPDATE coaching_note SET erased = :yes WHERE text = ''").bindparams(yes=True))
    op.create_index("ix_coaching_note_agent_state", "coaching_note", ["agent_id", "state", "created_at"])
    op.create_index("ix_coaching_note_untold", "coaching_note", ["id"], sqlite_where=UNTOLD, postgresql_where=UNTOLD)
    op.create_index(
        "ix_coaching_note_follow_up",
        "coaching_note",
        ["follow_up_on"],
        sqlite_where=WAITING,
        postgresql_where=WAITING,
    )
    _tables()


def _tables() -> None:
    op.create_table(
        "coaching_follow_up",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("note_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["note_id"], ["coaching_note.id"], name=op.f("fk_coaching_follow_up_note_id")),
        sa.ForeignKeyConstraint(["author_id"], ["user.id"], name=op.f("fk_coaching_follow_up_author_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_follow_up")),
    )
    op.create_index("ix_coaching_follow_up_note_id", "coaching_follow_up", ["note_id"])
    op.create_table(
        "coaching_template",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("strength", sa.String(), nullable=False),
        sa.Column("heard", sa.String(), nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.Column("advice", sa.String(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_coaching_template_team_id")),
        sa.ForeignKeyConstraint(["changed_by"], ["user.id"], name=op.f("fk_coaching_template_changed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_coaching_template")),
    )
    op.create_index("ix_coaching_template_team_id", "coaching_template", ["team_id"])


def downgrade() -> None:
    op.drop_table("coaching_template")
    op.drop_table("coaching_follow_up")
    # A note was about one call and said all in one text; what is about none, or not sent, has no place there.
    op.execute(
        "CREATE TEMPORARY TABLE first_point AS "
        "SELECT note_id, MIN(id) AS id FROM coaching_point WHERE call_id IS NOT NULL GROUP BY note_id"
    )
    with op.batch_alter_table("coaching_note", schema=None) as batch_op:
        for name in ("ix_coaching_note_follow_up", "ix_coaching_note_untold", "ix_coaching_note_agent_state"):
            batch_op.drop_index(name)
        batch_op.add_column(sa.Column("call_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("review_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("item_id", sa.String(), nullable=True))
        batch_op.add_column(sa.Column("start", sa.Float(), nullable=True))
        batch_op.add_column(sa.Column("end", sa.Float(), nullable=True))
    for name in ("call_id", "item_id", "start", '"end"'):
        op.execute(
            f"UPDATE coaching_note SET {name} = (SELECT point.{name} FROM coaching_point AS point "  # noqa: S608
            "JOIN first_point ON first_point.id = point.id WHERE first_point.note_id = coaching_note.id)"
        )
    said = " || ' ' || ".join(("text", "strength", "heard", "effect", "advice"))
    op.execute(f"UPDATE coaching_note SET text = TRIM({said})")  # noqa: S608
    op.drop_table("coaching_point")
    op.execute("DELETE FROM coaching_note WHERE call_id IS NULL OR state = 'draft'")
    op.execute("DROP TABLE first_point")
    with op.batch_alter_table("coaching_note", schema=None) as batch_op:
        batch_op.drop_constraint(op.f("ck_coaching_note_occasion"), type_="check")
        batch_op.drop_constraint(op.f("ck_coaching_note_notestate"), type_="check")
        for name in ("occasion", "state", *TEXTS, "erased", "held_on", "follow_up_on", "told_at", "done_at"):
            batch_op.drop_column(name)
        batch_op.alter_column("call_id", existing_type=sa.Integer(), nullable=False)
        batch_op.create_foreign_key(batch_op.f("fk_coaching_note_call_id"), "call", ["call_id"], ["id"])
        batch_op.create_foreign_key(batch_op.f("fk_coaching_note_review_id"), "review", ["review_id"], ["id"])
        batch_op.create_index("ix_coaching_note_call_id", ["call_id"])
