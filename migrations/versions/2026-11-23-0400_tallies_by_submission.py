"""tallies by submission: sums by the day a call was judged too, by month, for each team and for the whole site."""

from zoneinfo import ZoneInfo

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"

AT_ONCE = 10_000
KEY = ("source", "site_day", "team_id", "agent_id", "queue", "scorecard", "version", "design")
GROUP = ("level", "source", "team_id", "agent_id", "queue", "scorecard", "version", "design")
NUMBERS = ("n", "passed", "uncertain", "not_applicable", "critical", "score_tenths")
VERDICTS = {
    "passed": "pass",
    "failed": "fail",
    "uncertain": "uncertain",
    "unscored": "unscored",
    "not_applicable": "not_applicable",
}
# What is rolled up at a level is 0 or "".
LEVELS = {
    "agent": ("c.team_id", "c.agent_id", "c.queue"),
    "team": ("c.team_id", "0", "c.queue"),
    "site": ("0", "0", "''"),
}
# A count was made when the machine judged or a person submitted; of what counted before, since when it did is known.
MOMENTS = """
UPDATE contribution SET
    started_at = COALESCE((SELECT started_at FROM "call" WHERE "call".id = contribution.call_id), counted_from),
    submitted_at = COALESCE(
        (SELECT created_at FROM evaluation WHERE evaluation.call_id = contribution.call_id AND evaluation.current
            AND contribution.source = 'machine' AND contribution.counted_until IS NULL),
        (SELECT submitted_at FROM review WHERE review.call_id = contribution.call_id AND review.purpose = 'counts'
            AND contribution.source = 'final' AND contribution.counted_until IS NULL),
        counted_from
    )
"""


def upgrade() -> None:
    op.drop_table("item_tally")
    op.drop_table("tally")
    _note_moments()
    _create_tables()
    _add_up()


def _note_moments() -> None:
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.add_column(sa.Column("submitted_day", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("started_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(MOMENTS)
    _note_days(op.get_bind())
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.alter_column("submitted_day", existing_type=sa.Date(), nullable=False)
        for name in ("submitted_at", "started_at"):
            batch_op.alter_column(name, existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.create_index("ix_contribution_submitted", ["source", "submitted_day"], unique=False)


def _note_days(connection: sa.Connection) -> None:
    """The day in the team's time zone, which a database alone cannot tell everywhere."""
    moment = sa.column("submitted_at", sa.DateTime(timezone=True))
    rows = sa.table(
        "contribution", sa.column("id"), sa.column("team_id"), moment, sa.column("submitted_day", sa.Date())
    )
    named = connection.execute(sa.text("SELECT id, time_zone FROM team")).all()
    zones = {team: ZoneInfo(name) for team, name in named} | {0: ZoneInfo("UTC")}
    note = sa.update(rows).where(rows.c.id == sa.bindparam("of")).values(submitted_day=sa.bindparam("day"))
    last = 0
    while True:
        wanted = sa.select(rows.c.id, rows.c.team_id, moment).where(rows.c.id > last).order_by(rows.c.id)
        found = connection.execute(wanted.limit(AT_ONCE)).all()
        if not found:
            return
        days = [{"of": row[0], "day": _day(row[2], zones.get(row[1], zones[0]))} for row in found]
        connection.execute(note, days)
        last = found[-1][0]


def _day(moment, zone):  # type: ignore[no-untyped-def]
    utc = moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo("UTC"))
    return utc.astimezone(zone).date()


def _create_tables() -> None:
    op.create_table(
        "tally_group",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("team_id", sa.Integer(), nullable=False),
        sa.Column("agent_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in GROUP[4:]),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tally_group")),
        sa.UniqueConstraint(*GROUP, name="uq_tally_group"),
    )
    for name, key, numbers in (("tally", (), NUMBERS), ("item_tally", ("item",), tuple(VERDICTS))):
        op.create_table(
            name,
            sa.Column("group_id", sa.Integer(), autoincrement=False, nullable=False),
            sa.Column("span", sa.SmallInteger(), autoincrement=False, nullable=False),
            sa.Column("start", sa.Date(), nullable=False),
            *(sa.Column(one, sa.String(), nullable=False) for one in key),
            *(sa.Column(one, sa.Integer(), nullable=False) for one in numbers),
            sa.ForeignKeyConstraint(["group_id"], ["tally_group.id"], name=op.f(f"fk_{name}_group_id")),
            sa.PrimaryKeyConstraint("group_id", "span", "start", *key, name=op.f(f"pk_{name}")),
            sqlite_with_rowid=False,
        )


def _add_up() -> None:
    for level, of in LEVELS.items():
        named = (*of, "c.scorecard", "c.version", "c.design")
        op.execute(
            f"INSERT INTO tally_group ({', '.join(GROUP)}) SELECT DISTINCT '{level}', c.source, {', '.join(named)} "  # noqa: S608
            "FROM contribution AS c WHERE c.counted_until IS NULL"
        )
        same = " AND ".join(f"g.{name} = {value}" for name, value in zip(GROUP[2:], named, strict=True))
        source = f"contribution AS c JOIN tally_group AS g ON g.level = '{level}' AND g.source = c.source AND {same}"
        for span, start, which in _spans():
            counted = f"{source} WHERE c.counted_until IS NULL AND {which}"
            sums = ", ".join(f"SUM(c.{name})" for name in NUMBERS)
            op.execute(
                f"INSERT INTO tally (group_id, span, start, {', '.join(NUMBERS)}) "  # noqa: S608
                f"SELECT g.id, {span}, {start}, {sums} FROM {_joined(counted, '')} GROUP BY g.id, {start}"
            )
            if level == "agent" and span > 3:
                continue
            sums = ", ".join(f"SUM(CASE WHEN i.value = '{one}' THEN 1 ELSE 0 END)" for one in VERDICTS.values())
            op.execute(
                f"INSERT INTO item_tally (group_id, span, start, item, {', '.join(VERDICTS)}) SELECT g.id, {span}, "  # noqa: S608
                f"{start}, i.key, {sums} FROM {_joined(counted, _items())} GROUP BY g.id, {start}, i.key"
            )


def _joined(counted: str, items: str) -> str:
    return counted.replace(" WHERE ", f" {items} WHERE ", 1)


def _items() -> str:
    if op.get_bind().dialect.name == "sqlite":
        return "JOIN json_each(c.items) AS i"
    return "CROSS JOIN LATERAL json_each_text(c.items) AS i"


def _spans() -> list[tuple[int, str, str]]:
    """Each span, the first day of it, and which counts are summed over it."""
    months = {name: _month(f"c.{name}") for name in ("site_day", "submitted_day")}
    found = []
    for first, call, submitted in ((1, "c.site_day", "c.submitted_day"), (4, *months.values())):
        found += [
            (first, call, f"{call} <> {submitted}"),
            (first + 1, submitted, f"{call} <> {submitted}"),
            (first + 2, call, f"{call} = {submitted}"),
        ]
    return found


def _month(day: str) -> str:
    if op.get_bind().dialect.name == "sqlite":
        return f"date({day}, 'start of month')"
    return f"CAST(date_trunc('month', {day}) AS date)"


def downgrade() -> None:
    op.drop_table("item_tally")
    op.drop_table("tally")
    op.drop_table("tally_group")
    with op.batch_alter_table("contribution", schema=None) as batch_op:
        batch_op.drop_index("ix_contribution_submitted")
        for name in ("started_at", "submitted_at", "submitted_day"):
            batch_op.drop_column(name)
    for name, key, numbers in (("tally", (), NUMBERS), ("item_tally", ("item", "verdict"), ("n",))):
        op.create_table(
            name,
            sa.Column("id", sa.Integer(), nullable=False),
            sa.Column("source", sa.String(), nullable=False),
            sa.Column("site_day", sa.Date(), nullable=False),
            sa.Column("team_id", sa.Integer(), nullable=False),
            sa.Column("agent_id", sa.Integer(), nullable=False),
            *(sa.Column(one, sa.String(), nullable=False) for one in (*KEY[4:], *key)),
            *(sa.Column(one, sa.Integer(), nullable=False) for one in numbers),
            sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
            sa.UniqueConstraint(*KEY, *key, name=f"uq_{name}_key"),
        )
    summed = ("team_id", "agent_id", "design", "n")
    with op.batch_alter_table("item_tally", schema=None) as batch_op:
        batch_op.create_index("ix_item_tally_item_day", ["item", "source", "site_day", "scorecard", *summed])
        batch_op.create_index("ix_item_tally_sums", ["source", "site_day", "scorecard", "item", *summed])
    key, of = ", ".join(KEY), ", ".join(f"c.{name}" for name in KEY)
    op.execute(
        f"INSERT INTO tally ({key}, {', '.join(NUMBERS)}) SELECT {key}, "  # noqa: S608
        f"{', '.join(f'SUM({name})' for name in NUMBERS)} FROM contribution WHERE counted_until IS NULL GROUP BY {key}"
    )
    op.execute(
        f"INSERT INTO item_tally ({key}, item, verdict, n) SELECT {of}, i.key, i.value, COUNT(*) "  # noqa: S608
        f"FROM contribution AS c {_items()} WHERE c.counted_until IS NULL GROUP BY {of}, i.key, i.value"
    )
