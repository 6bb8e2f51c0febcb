"""whole agents: the sums of each agent whatever the queue and the scorecard, out of those by queue and scorecard."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"

NUMBERS = ("n", "passed", "uncertain", "not_applicable", "critical", "score_tenths")
KEY = ("source", "team_id", "agent_id", "design")


def upgrade() -> None:
    key, same = ", ".join(KEY), " AND ".join(f"whole.{name} = part.{name}" for name in KEY)
    op.execute(
        f"INSERT INTO tally_group (level, {key}, queue, scorecard, version) "  # noqa: S608
        f"SELECT DISTINCT 'whole_agent', {key}, '', '', '' FROM tally_group WHERE level = 'agent'"
    )
    sums = ", ".join(f"SUM(tally.{name})" for name in NUMBERS)
    op.execute(
        f"INSERT INTO tally (group_id, span, start, {', '.join(NUMBERS)}) "  # noqa: S608
        f"SELECT whole.id, tally.span, tally.start, {sums} FROM tally_group AS part "
        f"JOIN tally_group AS whole ON whole.level = 'whole_agent' AND {same} "
        "JOIN tally ON tally.group_id = part.id WHERE part.level = 'agent' "
        "GROUP BY whole.id, tally.span, tally.start"
    )


def downgrade() -> None:
    of = "SELECT id FROM tally_group WHERE level = 'whole_agent'"
    op.execute(sa.text(f"DELETE FROM tally WHERE group_id IN ({of})"))  # noqa: S608
    op.execute(sa.text("DELETE FROM tally_group WHERE level = 'whole_agent'"))
