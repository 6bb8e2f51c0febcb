"""whole sums: of each agent, team and the site, whatever the queue and the scorecard, out of those by scorecard."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

NUMBERS = ("n", "passed", "uncertain", "not_applicable", "critical", "score_tenths")
KEY = ("source", "team_id", "agent_id", "design")


def upgrade() -> None:
    key, same = ", ".join(KEY), " AND ".join(f"whole.{name} = part.{name}" for name in KEY)
    sums = ", ".join(f"SUM(tally.{name})" for name in NUMBERS)
    if op.get_bind().dialect.name == "postgresql":
        # Holds the table too: nobody counts meanwhile. Numbers of SQLite are as large as they need to be.
        op.alter_column("tally", "score_tenths", type_=sa.BigInteger())
    for level in ("agent", "team", "site"):
        op.execute(
            f"INSERT INTO tally_group (level, {key}, queue, scorecard, version) "  # noqa: S608
            f"SELECT DISTINCT 'whole_{level}', {key}, '', '', '' FROM tally_group WHERE level = '{level}'"
        )
        op.execute(
            f"INSERT INTO tally (group_id, span, start, {', '.join(NUMBERS)}) "  # noqa: S608
            f"SELECT whole.id, tally.span, tally.start, {sums} FROM tally_group AS part "
            f"JOIN tally_group AS whole ON whole.level = 'whole_{level}' AND {same} "
            f"JOIN tally ON tally.group_id = part.id WHERE part.level = '{level}' "
            "GROUP BY whole.id, tally.span, tally.start ORDER BY whole.id, tally.span, tally.start"
        )


def downgrade() -> None:
    whole = "level IN ('whole_agent', 'whole_team', 'whole_site')"
    op.execute(sa.text(f"DELETE FROM tally WHERE group_id IN (SELECT id FROM tally_group WHERE {whole})"))  # noqa: S608
    op.execute(sa.text(f"DELETE FROM tally_group WHERE {whole}"))  # noqa: S608
    if op.get_bind().dialect.name == "postgresql":
        op.alter_column("tally", "score_tenths", type_=sa.Integer())
