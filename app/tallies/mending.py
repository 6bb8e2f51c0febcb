"""Makes every sum anew, as after a new version whose sums those of the version before did not know."""

from sqlalchemy import text
from sqlmodel import Session, delete

from app.tallies import queries
from app.tallies.cells import NUMBERS
from app.tallies.models import ItemTally, Tally
from app.tallies.pending import Pending, settle

# So many calls are summed in memory before their sums are written.
AT_ONCE = 20_000


def mend(session: Session) -> None:
    """Sum anew what each call counts now; whoever counts meanwhile waits until this transaction ends."""
    settle(session)
    if session.get_bind().dialect.name == "postgresql":
        # Sums are written right before a commit: what waits here was not read below, and is added afterwards.
        session.execute(text("LOCK TABLE item_tally, tally IN EXCLUSIVE MODE"))
    session.execute(delete(ItemTally))
    session.execute(delete(Tally))
    sums, connection = Pending(), session.connection()
    for number, one in enumerate(queries.counting_now(session, AT_ONCE), start=1):
        sums.add(one, [getattr(one, name) for name in NUMBERS], one.items)
        session.expunge(one)
        if number % AT_ONCE == 0:
            sums.write(connection)
            sums = Pending()
    sums.write(connection)
