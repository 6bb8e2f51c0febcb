"""plans, draws and picks; counts by how their calls were picked."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"

UNOFFERED = sa.text("offered_at IS NULL")
PERIODS = ("once", "day", "week", "month")
RISKS = ("critical", "complaint", "low_confidence", "long_hold", "banned_words")
LISTS = ("teams", "queues", "directions", "languages", "strata")
KEY = ("source", "site_day", "team_id", "agent_id", "queue", "scorecard", "version")
ITEM_KEY = (*KEY, "item", "verdict")
NUMBERS = ("n", "passed", "uncertain", "not_applicable", "critical", "score_tenths")
SUMMED = ("verdict", "team_id", "agent_id", "n")
SUMMED_BY_DESIGN = ("verdict", "team_id", "agent_id", "design", "n")
INDEXES = {
    "ix_item_tally_item_day": ("item", "source", "site_day", "scorecard"),
    "ix_item_tally_sums": ("source", "site_day", "scorecard", "item"),
}


def _one_of(values, name):
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)


def _moment(name, nullable=False):
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def upgrade() -> None:
    _plans()
    _draws()
    _risks()
    _count_by_design()


def _plans() -> None:
    op.create_table(
        "sampling_plan",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("period", _one_of(PERIODS, "period"), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=True),
        sa.Column("team_id", sa.Integer(), nullable=True),
        *(sa.Column(name, sa.JSON(), nullable=False) for name in LISTS),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("of_each_agent", sa.Boolean(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("target", sa.Float(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=False),
        _moment("created_at"),
        sa.ForeignKeyConstraint(["created_by"], ["user.id"], name=op.f("fk_sampling_plan_created_by")),
        sa.ForeignKeyConstraint(["team_id"], ["team.id"], name=op.f("fk_sampling_plan_team_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sampling_plan")),
    )
    op.create_index(op.f("ix_sampling_plan_team_id"), "sampling_plan", ["team_id"], unique=False)


def _draws() -> None:
    op.create_table(
        "draw",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plan_id", sa.Integer(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("population_hash", sa.String(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("strata", sa.JSON(), nullable=False),
        _moment("drawn_at"),
        sa.Column("drawn_by", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["sampling_plan.id"], name=op.f("fk_draw_plan_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draw")),
        sa.UniqueConstraint("plan_id", "first_day", name=op.f("uq_draw_plan_id_first_day")),
    )
    op.create_table(
        "drawn_from",
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("calls", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_drawn_from_draw_id")),
        sa.PrimaryKeyConstraint("draw_id", name=op.f("pk_drawn_from")),
    )
    op.create_table(
        "drawn_call",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("draw_id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.String(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("probability", sa.Float(), nullable=False),
        sa.Column("how", _one_of(("drawn", "replacement"), "how"), nullable=False),
        _moment("offered_at", nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_drawn_call_call_id")),
        sa.ForeignKeyConstraint(["draw_id"], ["draw.id"], name=op.f("fk_drawn_call_draw_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_drawn_call")),
        sa.UniqueConstraint("draw_id", "call_id", name=op.f("uq_drawn_call_draw_id_call_id")),
    )
    op.create_index("ix_drawn_call_call_id", "drawn_call", ["call_id"], unique=False)
    op.create_index(
        "ix_drawn_call_unoffered",
        "drawn_call",
        ["id"],
        unique=False,
        sqlite_where=UNOFFERED,
        postgresql_where=UNOFFERED,
    )


def _risks() -> None:
    op.create_table(
        "risk_rule",
        sa.Column("kind", _one_of(RISKS, "kind"), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("limit", sa.Float(), nullable=True),
        sa.Column("per_day", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_risk_rule")),
    )
    op.create_table(
        "risk_pick",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("call_id", sa.Integer(), nullable=False),
        sa.Column("kind", _one_of(RISKS, "kind"), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        _moment("seen_at"),
        _moment("offered_at", nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["call.id"], name=op.f("fk_risk_pick_call_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_pick")),
        sa.UniqueConstraint("call_id", "kind", name=op.f("uq_risk_pick_call_id_kind")),
    )
    op.create_index("ix_risk_pick_day", "risk_pick", ["day", "kind", "offered_at"], unique=False)


def _count_by_design() -> None:
    for table, key, unique in (("tally", KEY, "uq_tally_key"), ("item_tally", ITEM_KEY, "uq_item_tally_key")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column("design", sa.String(), nullable=False, server_default=""))
            batch_op.drop_constraint(unique, type_="unique")
            batch_op.create_unique_constraint(unique, [*KEY, "design", *key[len(KEY) :]])
            if table == "item_tally":
                _indexes(batch_op, SUMMED_BY_DESIGN)
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.add_column(sa.Column("design", sa.String(), nullable=False, server_default=""))
    for table in ("tally", "item_tally", "contribution"):
        op.execute(f"UPDATE {table} SET design = 'every' WHERE source = 'final'")  # noqa: S608
    _count_apart()


def _count_apart() -> None:
    """Count the calls that people picked under their own design; until now every call was picked otherwise."""
    link = op.get_bind()
    contribution, tally, item_tally = _tables()
    picked = sa.text(
        "SELECT call_id FROM review WHERE purpose = 'counts' AND picked = 'person' AND call_id IN "
        "(SELECT call_id FROM contribution WHERE source = 'final')"
    )
    for call_id in link.execute(picked).scalars().all():
        final = (contribution.c.call_id == call_id, contribution.c.source == "final")
        one = dict(link.execute(sa.select(contribution).where(*final)).mappings().one())
        link.execute(contribution.update().where(*final).values(design="person"))
        key = {name: one[name] for name in KEY}
        _move(link, tally, key, {name: one[name] for name in NUMBERS})
        for item, verdict in one["items"].items():
            _move(link, item_tally, {**key, "item": item, "verdict": verdict}, {"n": 1})


def _move(link: Any, table: sa.Table, key: dict[str, Any], numbers: dict[str, int]) -> None:
    before, after = (
        [table.c[name] == value for name, value in {**key, "design": design}.items()] for design in ("every", "person")
    )
    link.execute(table.update().where(*before).values({name: table.c[name] - n for name, n in numbers.items()}))
    more = table.update().where(*after).values({name: table.c[name] + n for name, n in numbers.items()})
    if not link.execute(more).rowcount:
        link.execute(table.insert().values(**key, **numbers, design="person"))


def _tables() -> list[sa.Table]:
    known = sa.MetaData()
    return [sa.Table(name, known, autoload_with=op.get_bind()) for name in ("contribution", "tally", "item_tally")]


def _indexes(batch_op: Any, summed: tuple[str, ...]) -> None:
    for name, columns in INDEXES.items():
        batch_op.drop_index(name)
        batch_op.create_index(name, [*columns, *summed])


def downgrade() -> None:
    _, tally, item_tally = _tables()
    for table, key, numbers in ((tally, KEY, NUMBERS), (item_tally, ITEM_KEY, ("n",))):
        _join_designs(table, key, numbers)
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.drop_column("design")
    for table, key, unique in (("tally", KEY, "uq_tally_key"), ("item_tally", ITEM_KEY, "uq_item_tally_key")):
        with op.batch_alter_table(table, schema=None) as batch_op:
            if table == "item_tally":
                _indexes(batch_op, SUMMED)
            batch_op.drop_constraint(unique, type_="unique")
            batch_op.create_unique_constraint(unique, list(key))
            batch_op.drop_column("design")
    for table in ("risk_pick", "risk_rule", "drawn_call", "drawn_from", "draw", "sampling_plan"):
        op.drop_table(table)


def _join_designs(table: sa.Table, key: tuple[str, ...], numbers: tuple[str, ...]) -> None:
    link = op.get_bind()
    columns = [table.c[name] for name in key]
    sums = [sa.func.sum(table.c[name]).label(name) for name in numbers]
    final = table.c.source == "final"
    joined = [dict(row) for row in link.execute(sa.select(*columns, *sums).where(final).group_by(*columns)).mappings()]
    link.execute(table.delete().where(final))
    if joined:
        link.execute(table.insert(), [{**row, "design": ""} for row in joined])
