"""Days of agents and answers of customers, by file and by form: they are taken in as the switch's own lists are."""

import io
from collections.abc import Mapping

from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Role, User
from app.contacts.coverage import is_known
from app.contacts.customers import Customers
from app.contacts.mapping import COLUMNS, Kind
from app.contacts.service import Intake, Taken, take_agent_days, take_answers
from app.contacts.sums import terms
from app.kit.csv_files import csv_text
from app.kit.errors import AppError, Forbidden
from app.kit.i18n import N_, Translator
from app.operations.fact_list import BadFact, FactsTaken, NoSuchAgent
from app.request import Services, actor

# What each kind is called here, and there.
KINDS: Mapping[str, Kind] = {"days": "agent_days", "answers": "answers"}
TAKES = {"days": take_agent_days, "answers": take_answers}
LENGTHS = {
    "scheduled_seconds": N_("Planned time"),
    "logged_in_seconds": N_("Signed in"),
    "within_hours_seconds": N_("Signed in within hours"),
    "busy_seconds": N_("Made themselves busy"),
    "idle_seconds": N_("Idle"),
    "paid_seconds": N_("Paid time"),
    "outbound_busy_seconds": N_("At work on outbound calls"),
}


class ContactUnknown(AppError):
    """There is no such contact, or none that you may see; take in the contacts first."""

    code = "contact_unknown"
    status = 422


class RowUnusable(AppError):
    """What was typed cannot be used."""

    code = "row_unusable"
    status = 422


def columns_of(kind: str) -> tuple[str, ...]:
    return COLUMNS[KINDS[kind]]


def take_file(session: Session, shared: Services, user: User, kind: str, content: bytes, language: str) -> FactsTaken:
    """Keep the good rows of a file, and name the bad ones; only who leads all teams: the rows are of all of them."""
    if only_of(user) is not None:
        raise Forbidden
    return _told(_take(session, shared, user, kind, content, language))


def take_one(
    session: Session, shared: Services, user: User, kind: str, given: Mapping[str, str], words: Translator
) -> None:
    """Keep what one form says of an agent or a contact that the person may speak of."""
    if kind == "days":
        known = {one.username.lower() for one in accounts.agents(session, only_of(user))}
        if given.get("agent", "").lower() not in known:
            raise NoSuchAgent
    elif not is_known(session, user, given.get("external_id", "")):
        raise ContactUnknown
    names = columns_of(kind)
    row = csv_text(names, [[given.get(name, "") for name in names]])
    taken = _take(session, shared, user, kind, row.encode(), words.language)
    if taken.bad_rows:
        first = taken.bad_rows[0]
        raise RowUnusable(f"{first.column}: {words.gettext(first.message)}")


def only_of(user: User) -> int | None:
    """The one team a supervisor speaks of; administrators, and who belongs to none, speak of all."""
    return None if user.role == Role.ADMIN else user.team_id


def _take(session: Session, shared: Services, user: User, kind: str, content: bytes, language: str) -> Taken:
    # The list is kept in transactions of its own, which must not wait for this one.
    session.commit()
    intake = Intake(
        engine=shared.engine,
        on=terms(shared.settings),
        customers=Customers(shared.settings.customer_key),
        actor=actor(user),
        language=language,
    )
    return TAKES[kind](intake, io.BytesIO(content))


def _told(taken: Taken) -> FactsTaken:
    bad = tuple(BadFact(one.line, one.column, one.message) for one in taken.bad_rows)
    return FactsTaken(taken.added + taken.changed, taken.unchanged, bad)
