"""What a transaction has counted and not yet written: each sum is written once, right before the commit.

So the sums that everybody adds to (those of the whole site today) are locked for a moment only, and always in the same
order, and a call that is counted anew changes only what became different.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

import sqlalchemy
from sqlalchemy import ARRAY, Connection, Table, bindparam, cast, event, func, tuple_
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session as OrmSession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, SQLModel

from app.tallies.cells import NUMBERS, VERDICTS, Cell, Group, cells, item_cells
from app.tallies.models import ItemTally, Tally, TallyGroup, TallyKey

VERDICT_COLUMNS = tuple(VERDICTS.values())
# No statement may have more parameters than this many groups need.
GROUPS_AT_ONCE = 500


class Pending:
    """Sums that are to be added to those that are stored."""

    def __init__(self) -> None:
        self.calls: dict[Cell, list[int]] = defaultdict(lambda: [0] * len(NUMBERS))
        self.items: dict[tuple[Cell, str], list[int]] = defaultdict(lambda: [0] * len(VERDICT_COLUMNS))

    def add(self, key: TallyKey, numbers: Sequence[int], items: Mapping[str, str], sign: int = 1) -> None:
        """Add what a call counts under a key, or with -1 take it back."""
        for cell in cells(key):
            found = self.calls[cell]
            for place, number in enumerate(numbers):
                found[place] += sign * number
        places = [(item, VERDICT_COLUMNS.index(VERDICTS[verdict])) for item, verdict in items.items()]
        for cell in item_cells(key):
            for item, place in places:
                self.items[cell, item][place] += sign

    def write(self, connection: Connection) -> None:
        """Add them to the stored sums, in the order of their keys: so two transactions never wait in a circle."""
        calls = sorted((cell, numbers) for cell, numbers in self.calls.items() if any(numbers))
        items = sorted((cell, item, counts) for (cell, item), counts in self.items.items() if any(counts))
        found = {cell.group for cell, _ in calls} | {cell.group for cell, _, _ in items}
        ids = _ids(connection, sorted(found))
        _add(
            connection,
            Tally,
            [(ids[cell.group], cell.span, cell.start, *numbers) for cell, numbers in calls],
            len(NUMBERS),
        )
        _add(
            connection,
            ItemTally,
            [(ids[cell.group], cell.span, cell.start, item, *counts) for cell, item, counts in items],
            len(VERDICT_COLUMNS),
        )


_PENDING: WeakKeyDictionary[OrmSession, Pending] = WeakKeyDictionary()


def pending(session: Session) -> Pending:
    """What this transaction has counted so far."""
    return _PENDING.setdefault(session, Pending())


def settle(session: OrmSession) -> None:
    """Write what was counted in this transaction; whoever reads sums in it does so first."""
    found = _PENDING.pop(session, None)
    if found is not None:
        found.write(session.connection())


@event.listens_for(OrmSession, "before_commit")
def _settle_before_commit(session: OrmSession) -> None:
    settle(session)


@event.listens_for(OrmSession, "after_soft_rollback")
def _forget(session: OrmSession, rolled_back: SessionTransaction) -> None:
    # What was counted before a savepoint still holds when that alone is rolled back.
    if not rolled_back.nested:
        _PENDING.pop(session, None)


def _ids(connection: Connection, groups: Sequence[Group]) -> dict[Group, int]:
    """The ids of these groups; those that are new are added."""
    table: Table = TallyGroup.__table__  # type: ignore[attr-defined]
    found = _known(connection, table, groups)
    missing = [one for one in groups if one not in found]
    if missing:
        new = _insert(connection, table).on_conflict_do_nothing()
        connection.execute(new, [one._asdict() for one in missing])
        found |= _known(connection, table, missing)
    return found


def _known(connection: Connection, table: Table, groups: Sequence[Group]) -> dict[Group, int]:
    key = [table.c[name] for name in Group._fields]
    found = {}
    for first in range(0, len(groups), GROUPS_AT_ONCE):
        wanted = tuple_(*key).in_(groups[first : first + GROUPS_AT_ONCE])
        for row in connection.execute(sqlalchemy.select(table.c.id, *key).where(wanted)):
            found[Group(*row[1:])] = row[0]
    return found


def _add(connection: Connection, kind: type[SQLModel], rows: Sequence[tuple[Any, ...]], sums: int) -> None:
    """Add the last `sums` columns of each row to the stored row of its key, or make it: all in one statement."""
    if not rows:
        return
    table: Table = kind.__table__  # type: ignore[attr-defined]
    columns = list(table.columns)
    names = [column.name for column in columns]
    insert = _insert(connection, table)
    if connection.dialect.name == "postgresql":
        lists = [func.unnest(cast(bindparam(f"all_{one.name}"), ARRAY(one.type))) for one in columns]
        insert = insert.from_select(names, sqlalchemy.select(*lists))
    given: Any
    if connection.dialect.name == "postgresql":
        given = {f"all_{name}": list(values) for name, values in zip(names, zip(*rows, strict=True), strict=True)}
    else:
        given = [dict(zip(names, row, strict=True)) for row in rows]
    connection.execute(
        insert.on_conflict_do_update(
            index_elements=[table.c[name] for name in names[:-sums]],
            set_={name: table.c[name] + insert.excluded[name] for name in names[-sums:]},
        ),
        given,
    )


def _insert(connection: Connection, table: Table) -> Any:
    return {"sqlite": sqlite.insert, "postgresql": postgresql.insert}[connection.dialect.name](table)
