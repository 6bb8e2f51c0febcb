"""Finds bytes that belong to nothing, because a process was killed between keeping them and saying whose they are.

An upload may refer to bytes that have lain in the store for long: the same recording once more is not written again.
Between its look into the store and its commit, nothing in the database tells of it. So nothing is removed at once:

- what no row names a day after it came is set aside, where whoever reads it still finds it and brings it back;
- another day later, when every upload of the first day has ended long ago, the rows are asked once more; what one of
  them names is brought back, and only the rest is removed.

Whoever brings in the same bytes meanwhile finds none in their place and writes them anew: what lies aside is a copy.
"""

import logging
from datetime import datetime, timedelta

from sqlalchemy import Engine

from app.calls import belonging
from app.kit import db
from app.kit.blobs import Blobs
from app.retention import orphan_queries as queries

log = logging.getLogger(__name__)

# Nothing takes so long between keeping bytes and naming them.
MARGIN = timedelta(days=1)
# Keys are hashes: their first two signs part them into so many portions.
PORTIONS = 256
# To read one portion of names takes a while in a large database; a round of all takes most of a day. In seconds.
PORTION_EVERY, PORTION_BEGINS = 300, 60
# So many are looked up at once.
AT_ONCE = 100


def sweep(engine: Engine, blobs: Blobs, now: datetime) -> None:
    """Remove what was set aside a day ago and nobody missed, and look through the portion whose turn it is."""
    belonging.claim(engine, blobs)
    _end(engine, blobs, now)
    turn, seconds = divmod(int(now.timestamp()), PORTION_EVERY)
    if seconds < PORTION_BEGINS:
        look_through(engine, blobs, f"{turn % PORTIONS:02x}", now)


def look_through(engine: Engine, blobs: Blobs, start: str, now: datetime) -> None:
    """Set aside what nothing names of the keys that begin so."""
    blobs.forget_half_written(start, now - MARGIN)
    found = blobs.older(start, now - MARGIN)
    if not found:
        return
    with db.session(engine, reads_only=True) as session:
        known = queries.named_from(session, start)
    orphans = [key for key in found if key not in known]
    for key in orphans:
        blobs.set_aside(key)
    if orphans:
        log.info("%s recordings that no call names were set aside", len(orphans))


def _end(engine: Engine, blobs: Blobs, now: datetime) -> None:
    found = blobs.aside(now - MARGIN)[:AT_ONCE]
    if not found:
        return
    with db.session(engine, reads_only=True) as session:
        known = queries.named(session, found)
    for key in found:
        # What came in once more meanwhile lies in its place again.
        if key in known and not blobs.has(key):
            blobs.bring_back(key)
        else:
            blobs.forget_aside(key)
