"""What calls and their items add up to: from the sums that are kept, or call by call where none tells it."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from sqlmodel import Session

from app.accounts.models import User
from app.reports import exact_queries, stored_queries
from app.reports.exact_queries import Exact
from app.reports.queries import Dimension, Filter, Source
from app.tallies.cells import Numbers


def of_calls(
    session: Session, user: User, source: Source, by: Sequence[Dimension], chosen: Filter, exact: Exact | None = None
) -> dict[tuple[Any, ...], Numbers]:
    """The numbers of the calls that were chosen, by the values of these columns."""
    exact = exact or _of_then(chosen)
    if exact is None:
        return stored_queries.tallied(session, user, source, by, chosen)
    return exact_queries.tallied(session, user, source, by, chosen, exact)


def of_items(
    session: Session, user: User, source: Source, by: Sequence[Dimension], chosen: Filter, exact: Exact | None = None
) -> dict[tuple[Any, ...], Counter[str]]:
    """How often items got each verdict in the calls that were chosen, by the values of these columns."""
    exact = exact or _of_then(chosen)
    if exact is None:
        return stored_queries.item_verdicts_by(session, user, source, by, chosen)
    return exact_queries.item_verdicts_by(session, user, source, by, chosen, exact)


def _of_then(chosen: Filter) -> Exact | None:
    """What counted at a moment of the past stands in no sum."""
    return Exact() if chosen.as_of is not None else None
