"""second scorings and calibrations."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"

VERDICTS = ("pass", "fail", "not_applicable", "uncertain", "unscored")
UNSETTLED = sa.text("differs AND settled_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "calibration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["opened_by"], ["user.id"], name=op.f("fk_calibration_opened_by")),
        sa.ForeignKeyConstraint(["closed_by"], ["user.id"], name=op.f("fk_calibration_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
    )
    with op.batch_alter_table("calibration", schema=None) as batch_op:
        batch_op.create_index("ix_calibration_due_at", ["due_at"], unique=False)
    op.create_table(
        "calibration_seat",
        sa.Column("calibration_id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibration.id"], name=op.f("fk_calibration_seat_calibration_id")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["user.id"], name=op.f("fk_calibration_seat_user_id")),
        sa.PrimaryKeyConstraint("calibration_id", "user_id", name=op.f("pk_calibration_seat")),
    )
    with op.batch_alter_table("calibration_seat", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calibration_seat_user_id"), ["user_id"], unique=False)
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.add_column(sa.Column("calibration_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_review_calibration_id"), "calibration", ["calibration_id"], ["id"])
        batch_op.create_index(batch_op.f("ix_review_calibration_id"), ["calibration_id"], unique=False)
    with op.batch_alter_table("blind_label", schema=None) as batch_op:
        batch_op.add_column(sa.Column("labelled_by", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(batch_op.f("fk_blind_label_labelled_by"), "user", ["labelled_by"], ["id"])
    # Whoever decided the item, as far as that is still the verdict which was given blind.
    op.execute(
        "UPDATE blind_label SET labelled_by = (SELECT decided_by FROM review_verdict"
        " WHERE review_verdict.review_id = blind_label.review_id AND review_verdict.item_id = blind_label.item_id"
        " AND review_verdict.blind)"
    )
    _double_scoring()
    op.create_table(
        "reference_verdict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("calibration_id", sa.Integer(), nullable=True),
        sa.Column("item_id", sa.String(), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(*VERDICTS, name="verdict", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("agreed_by", sa.Integer(), nullable=False),
        sa.Column("agreed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["agreed_by"], ["user.id"], name=op.f("fk_reference_verdict_agreed_by")),
        sa.ForeignKeyConstraint(
            ["calibration_id"], ["calibration.id"], name=op.f("fk_reference_verdict_calibration_id")
        ),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_reference_verdict_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reference_verdict")),
    )
    with op.batch_alter_table("reference_verdict", schema=None) as batch_op:
        batch_op.create_index("ix_reference_verdict_call_id", ["call_id", "item_id"], unique=False)
        batch_op.create_index("ix_reference_verdict_calibration_id", ["calibration_id"], unique=False)


def _double_scoring() -> None:
    op.create_table(
        "double_scoring",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("first_id", sa.Integer(), nullable=False),
        sa.Column("second_id", sa.Integer(), nullable=False),
        sa.Column("first_by", sa.Integer(), nullable=False),
        sa.Column("second_by", sa.Integer(), nullable=True),
        sa.Column("first_passed", sa.Boolean(), nullable=True),
        sa.Column("second_passed", sa.Boolean(), nullable=True),
        sa.Column("reference_passed", sa.Boolean(), nullable=True),
        sa.Column("differs", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("compared_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_double_scoring_call_id")),
        sa.ForeignKeyConstraint(["first_by"], ["user.id"], name=op.f("fk_double_scoring_first_by")),
        sa.ForeignKeyConstraint(["first_id"], ["review.id"], name=op.f("fk_double_scoring_first_id")),
        sa.ForeignKeyConstraint(["second_by"], ["user.id"], name=op.f("fk_double_scoring_second_by")),
        sa.ForeignKeyConstraint(["second_id"], ["review.id"], name=op.f("fk_double_scoring_second_id")),
        sa.ForeignKeyConstraint(["settled_by"], ["user.id"], name=op.f("fk_double_scoring_settled_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_double_scoring")),
        sa.UniqueConstraint("first_id", name=op.f("uq_double_scoring_first_id")),
        sa.UniqueConstraint("second_id", name=op.f("uq_double_scoring_second_id")),
    )
    with op.batch_alter_table("double_scoring", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_double_scoring_call_id"), ["call_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_double_scoring_compared_at"), ["compared_at"], unique=False)
        batch_op.create_index(
            "ix_double_scoring_unsettled",
            ["compared_at"],
            unique=False,
            sqlite_where=UNSETTLED,
            postgresql_where=UNSETTLED,
        )


def downgrade() -> None:
    op.drop_table("reference_verdict")
    op.drop_table("double_scoring")
    with op.batch_alter_table("blind_label", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_blind_label_labelled_by"), type_="foreignkey")
        batch_op.drop_column("labelled_by")
    with op.batch_alter_table("review", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_review_calibration_id"))
        batch_op.drop_constraint(batch_op.f("fk_review_calibration_id"), type_="foreignkey")
        batch_op.drop_column("calibration_id")
    op.drop_table("calibration_seat")
    op.drop_table("calibration")
