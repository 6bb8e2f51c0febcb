"""Takes in what the switch tells: lists of contacts, of the days of agents, and of answers of customers.

A list is read as it comes and kept a part at a time, each part in one transaction: it may be cut off at any place and
given again, which changes nothing of what is in already. Bad rows are named, and the others kept.
"""

import gc
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any, BinaryIO
from zoneinfo import ZoneInfo

from sqlalchemy import Engine
from sqlmodel import Session

from app.contacts import lookups, merging
from app.contacts.customers import Customers
from app.contacts.keeping import hold, keep
from app.contacts.lists import open_list
from app.contacts.mapping import Kind, Mapping, own
from app.contacts.merging import RowUnfit
from app.contacts.roster import Roster, roster
from app.contacts.rows import BadRow, ListUnreadable, Reading, Row, rows_of
from app.contacts.sums import Terms
from app.contacts.visits import Change
from app.kit import db
from app.kit.i18n import N_
from app.ledger.service import Actor, record

# How many rows are kept in one transaction: others wait for it, on SQLite for about half a second.
ROWS_AT_ONCE = 10_000
# Of more bad rows than these only the number is remembered.
MOST_BAD = 1000
STREAM = "contacts"
# After how many new things Python looks for rubbish, usually and while a list is taken in.
USUALLY, SELDOM = gc.get_threshold(), 1_000_000


@dataclass(frozen=True)
class Taken:
    """What became of the rows of a list so far; `bad_rows` are the first of the bad ones."""

    rows: int = 0
    added: int = 0
    changed: int = 0
    unchanged: int = 0
    bad: int = 0
    bad_rows: tuple[BadRow, ...] = ()


def _nothing(*_: object) -> None:
    """Nobody wants to know."""


@dataclass(frozen=True)
class Intake:
    """How a list is taken in: where to, by which terms, and who did it.

    Times without an offset are of `time_zone`; else of the mapping's zone, else of the one that all teams share.
    With `dry_run` nothing is kept. `tell` hears of each part that was kept (with the bytes read, of how many),
    `tell_bad` of every bad row, `tell_header` before of the columns of the list. `reference` is by what the ledger
    knows the list (import-7); never the name of its file, into which switches put the numbers of customers.
    """

    engine: Engine
    on: Terms
    customers: Customers
    actor: Actor
    time_zone: ZoneInfo | None = None
    language: str = "en"
    dry_run: bool = False
    tell: Callable[[Taken, int, int], None] = _nothing
    tell_bad: Callable[[BadRow], None] = _nothing
    tell_header: Callable[[Sequence[str]], None] = _nothing
    reference: str = ""


def take_contacts(intake: Intake, source: BinaryIO, mapping: Mapping | None = None) -> Taken:
    """Take in a list of contacts; one that is known by its external id is changed where the row tells anything new."""
    return _take(intake, source, mapping or own("contacts"), "contacts", _keep_contacts)


def take_agent_days(intake: Intake, source: BinaryIO, mapping: Mapping | None = None) -> Taken:
    """Take in a list of days of agents, each named by agent and day."""
    return _take(intake, source, mapping or own("agent_days"), "agent_days", _keep_days)


def take_answers(intake: Intake, source: BinaryIO, mapping: Mapping | None = None) -> Taken:
    """Take in what customers answered and what came of contacts, by the external ids of known contacts."""
    return _take(intake, source, mapping or own("answers"), "answers", _keep_answers)


Part = list[Row | BadRow]
Keeper = Callable[[Intake, Session, Roster, list[Row], dict[str, str]], tuple[Taken, list[BadRow]]]


def _take(intake: Intake, source: BinaryIO, mapping: Mapping, kind: Kind, keep_some: Keeper) -> Taken:
    if mapping.kind != kind:
        raise ListUnreadable(f"The mapping {mapping.id} is for another kind of list.")
    with db.session(intake.engine, reads_only=True) as session:
        people = roster(session)
    zone = intake.time_zone or mapping.zone or (people.home if people.shared else None)
    reading = Reading(kind, mapping, zone, intake.actor.at, intake.customers.key_of)
    names = {
        name: next((rule.column for rule in rules if rule.column), name) for name, rules in mapping.columns.items()
    }
    taken = Taken()
    with open_list(source, mapping, intake.language) as opened, _undisturbed():
        intake.tell_header(opened.header)
        with closing(_ahead(rows_of(opened.header, opened.lines, reading))) as parts:
            for part, read_on in parts:
                taken = _more(taken, _keep_part(intake, kind, part, names, keep_some, read_on))
                intake.tell(taken, opened.position(), opened.size)
    return taken


def _ahead(rows: Iterator[Row | BadRow]) -> Generator[tuple[Part, Callable[[], None]]]:
    """The rows in parts, each with how to begin to read the following one, which is done in a thread of its own."""

    def read() -> Part:
        return list(islice(rows, ROWS_AT_ONCE))

    with ThreadPoolExecutor(1, thread_name_prefix="contacts") as reader:
        part = read()
        while part:
            begun: list[Future[Part]] = []
            yield part, lambda begun=begun: begun.append(reader.submit(read))  # type: ignore[misc]
            part = begun[0].result() if begun else read()


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Rubbish is seldom looked for meanwhile: that takes half as long as all the rest, and rows leave none."""
    gc.set_threshold(SELDOM, *USUALLY[1:])
    try:
        yield
    finally:
        gc.set_threshold(*USUALLY)


def _keep_part(
    intake: Intake, kind: Kind, part: Part, names: dict[str, str], keep_some: Keeper, read_on: Callable[[], None]
) -> Taken:
    """Keep some rows, and what the ledger says of it, in one transaction; `read_on` begins to read the next ones."""
    good = [one for one in part if isinstance(one, Row)]
    bad = [one for one in part if isinstance(one, BadRow)]
    with db.session(intake.engine) as session:
        hold(session)
        # A server works while we read; SQLite leaves time for that only while the disk is waited for, in the end.
        served = session.get_bind().dialect.name == "postgresql"
        if served:
            read_on()
        kept, worse = keep_some(intake, session, roster(session), good, names)
        bad = sorted([*bad, *worse], key=lambda one: one.line)
        found = replace(kept, rows=len(part), bad=len(bad), bad_rows=tuple(bad))
        if intake.dry_run:
            session.rollback()
        elif found.added or found.changed:
            record(session, STREAM, intake.actor, f"{kind}.taken", **_said(intake, part, found))
        if not served:
            read_on()
    for one in bad:
        intake.tell_bad(one)
    return found


def _said(intake: Intake, part: Part, found: Taken) -> dict[str, Any]:
    """What the ledger says of a part: which lines of which list, and how many of them said what."""
    lines = {"first_line": part[0].line, "last_line": part[-1].line}
    counts = {name: getattr(found, name) for name in ("added", "changed", "unchanged", "bad")}
    return {**({"source": intake.reference} if intake.reference else {}), **lines, **counts}


def _more(taken: Taken, part: Taken) -> Taken:
    counts = {
        name: getattr(taken, name) + getattr(part, name) for name in ("rows", "added", "changed", "unchanged", "bad")
    }
    return Taken(**counts, bad_rows=(taken.bad_rows + part.bad_rows)[:MOST_BAD])


def _keep_contacts(
    intake: Intake, session: Session, people: Roster, rows: list[Row], names: dict[str, str]
) -> tuple[Taken, list[BadRow]]:
    def change(told: list[Any], known: Change | None) -> list[Any]:
        return merging.fresh(told, people) if known is None else merging.updated(known.new, told, people)

    return _keep_changes(intake, session, rows, names, change)


def _keep_answers(
    intake: Intake, session: Session, people: Roster, rows: list[Row], names: dict[str, str]
) -> tuple[Taken, list[BadRow]]:
    def change(told: list[Any], known: Change | None) -> list[Any]:
        if known is None:
            raise RowUnfit("external_id", N_("is no contact that is known; take in the contacts first"))
        return merging.answered_by(known.new, told)

    return _keep_changes(intake, session, rows, names, change)


def _keep_changes(
    intake: Intake,
    session: Session,
    rows: list[Row],
    names: dict[str, str],
    change: Callable[[list[Any], Change | None], list[Any]],
) -> tuple[Taken, list[BadRow]]:
    """Keep what rows make of contacts; a contact that has several rows here is changed by one after the other."""
    bad: list[BadRow] = []
    stored = lookups.known(session, [one.told[0] for one in rows if one.told[0] is not None])
    changes = {external_id: Change(values, id, values) for external_id, (id, values) in stored.items()}
    unchanged = 0
    for row in rows:
        try:
            if row.told[0] is None:
                raise RowUnfit("external_id", N_("is empty; it is what a contact is known by"))
            known = changes.get(row.told[0])
            new = change(row.told, known)
        except RowUnfit as fault:
            bad.append(_bad(row, fault, names))
            continue
        if known is None:
            changes[row.told[0]] = Change(new)
        elif new == known.new:
            unchanged += 1
        else:
            known.new = new
    moved = [one for one in changes.values() if one.new is not one.old]
    if not intake.dry_run:
        keep(session, moved, intake.on)
    added = sum(one.id is None for one in moved)
    changed = len(rows) - len(bad) - unchanged - added
    return Taken(added=added, changed=changed, unchanged=unchanged), bad


def _keep_days(
    intake: Intake, session: Session, people: Roster, rows: list[Row], names: dict[str, str]
) -> tuple[Taken, list[BadRow]]:
    bad: list[BadRow] = []
    named: list[tuple[int, Row]] = []
    for row in rows:
        try:
            named.append((_agent_and_day(row, people), row))
        except RowUnfit as fault:
            bad.append(_bad(row, fault, names))
    wanted = [(agent, row.told[1].isoformat()) for agent, row in named]
    known = {(one.agent_id, one.day): one for one in lookups.known_days(session, wanted)}
    added = changed = 0
    for agent, row in named:
        before = known.get((agent, row.told[1]))
        was = None if before is None else before.model_dump()
        try:
            kept = merging.merged_day(row.told, before, agent, row.told[1], people)
        except RowUnfit as fault:
            bad.append(_bad(row, fault, names))
            continue
        known[agent, row.told[1]] = kept
        added, changed = added + (was is None), changed + (was is not None and was != kept.model_dump())
        session.add(kept)
    session.flush()
    return Taken(added=added, changed=changed, unchanged=len(rows) - len(bad) - added - changed), bad


def _agent_and_day(row: Row, people: Roster) -> int:
    for place, name in ((0, "agent"), (1, "day")):
        if row.told[place] is None:
            raise RowUnfit(name, N_("is empty; a day is known by its agent and its date"))
    return merging.agent_called(row.told[0], people)


def _bad(row: Row, fault: RowUnfit, names: dict[str, str]) -> BadRow:
    return BadRow(row.line, names.get(fault.column, fault.column), str(fault), tuple(row.cells))
