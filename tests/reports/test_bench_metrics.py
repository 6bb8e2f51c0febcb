"""The bench of the pass rates builds what the application would have counted, and asks it as it asks of millions."""

from pathlib import Path

import pytest
from sqlmodel import col, select

from app.kit import db
from app.reports.recount import differences
from app.tallies.cells import NUMBERS
from app.tallies.models import Contribution
from app.tallies.pending import Pending
from bench.metrics import GROUPS, Asked, compared, prepared, timed

ROWS = 400


def test_what_the_bench_builds_is_what_a_recount_says_and_raw_sql_says_the_same(
    database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Four hundred evaluations; the bench builds ten million (make bench-metrics)."""
    settings = prepared(database_url, tmp_path, ROWS)
    asked = Asked(settings)
    with db.session(asked.engine, reads_only=True) as session:
        expected = Pending()
        for one in session.exec(select(Contribution).where(col(Contribution.counted_until).is_(None))):
            expected.add(one, [getattr(one, name) for name in NUMBERS], one.items)
        assert len(expected.items) > ROWS
        assert differences(session, expected) == ()
    with asked.client:
        timed(asked, 1)
        # Refuses numbers that differ.
        compared(asked, ("quarter", "all"), ("all",))
    told = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert told[-2 * len(GROUPS) :] == [*GROUPS, *GROUPS]
