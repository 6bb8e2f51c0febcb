"""Finds what is kept about a customer, so that a person can look through it before it is erased."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts.models import User
from app.calls import queries as calls
from app.complaints import queries as complaints
from app.contacts import lookups as contacts
from app.contacts.customers import Customers
from app.imports import queries as imports
from app.kit.errors import AppError
from app.retention.models import Erased, Target
from app.transcription import queries as transcripts
from app.transcription.said import phrases

# What is found beyond this is no single person.
MOST = 500
# Of calls in which the name is only said, so many are shown.
MOST_HEARD = 50
# A customer's contacts lead to calls and these to others; nobody's go further than this.
ROUNDS = 4


class NobodyMeant(AppError):
    """Say who asked: a name, a number, an id of a call or contact, or a complaint."""

    code = "nobody_meant"
    status = 422


class TooManyFound(AppError):
    """More than 500 things are found by this; that is no single person. Say it more precisely."""

    code = "too_many_found"
    status = 422


class Asked(BaseModel):
    """By what a customer is known who asked for erasure; whatever fits any of it is found."""

    model_config = ConfigDict(frozen=True, str_strip_whitespace=True)

    name: str = Field("", max_length=100, description="The customer's name.", examples=["Li Na"])
    number: str = Field("", max_length=100, description="Their number or address.", examples=["+86 21 5555 0100"])
    external_id: str = Field(
        "", max_length=200, description="What your systems call a call, contact or complaint.", examples=["2026-0001"]
    )
    complaint: int | None = Field(None, ge=1, lt=2**31, description="A complaint, by its id.", examples=[3])

    @property
    def says_nothing(self) -> bool:
        return not (self.name or self.number or self.external_id or self.complaint)


@dataclass(frozen=True)
class Found:
    """The ids of what is kept about a customer."""

    calls: tuple[int, ...] = ()
    contacts: tuple[int, ...] = ()
    complaints: tuple[int, ...] = ()
    files: tuple[int, ...] = ()
    lists: tuple[int, ...] = ()

    @property
    def targets(self) -> tuple[Target, ...]:
        """All of it, by kind and id."""
        kinds = {
            Erased.CALL: self.calls,
            Erased.CONTACT: self.contacts,
            Erased.COMPLAINT: self.complaints,
            Erased.FILE: self.files,
            Erased.LIST: self.lists,
        }
        return tuple((kind, one) for kind, ids in kinds.items() for one in ids)


def find(session: Session, asked: Asked, customers: Customers) -> Found:
    """What is kept about this customer: what the words name, and what belongs to it."""
    if asked.says_nothing:
        raise NobodyMeant
    names = [one for one in (asked.external_id,) if one]
    key = customers.key_of(asked.number) if asked.number else None
    # In names of files there are numbers too.
    written = [one for one in (asked.name, asked.number, asked.external_id) if one]
    found = Found(
        calls=_some(calls.of_customer(session, asked.name, names, written, MOST + 1)),
        contacts=_some(contacts.of_customer(session, names, [] if key is None else [key], written, MOST + 1)),
        complaints=_some(
            complaints.of_customer(session, names, [asked.complaint] if asked.complaint else [], written, MOST + 1)
        ),
        files=_some(imports.files_naming(session, written, MOST + 1)),
        lists=_some(imports.lists_naming(session, written, MOST + 1)),
    )
    for _ in range(ROUNDS):
        more = _belonging(session, found)
        if len(more.targets) > MOST:
            raise TooManyFound
        if more == found:
            break
        found = more
    return found


def also_said(session: Session, user: User, asked: Asked, found: Found) -> tuple[int, ...]:
    """Calls in which the name is said and that are nobody's, or somebody else's: a person says whether they are meant.

    Only the newest of them; of a name that everybody has there would be too many.
    """
    said = transcripts.said(session, phrases(f'"{asked.name}"')) if asked.name else None
    if said is None:
        return ()
    heard = calls.call_ids(session, user, calls.Wanted(said=said), limit=MOST_HEARD)
    return tuple(one for one in heard if one not in found.calls)


def _belonging(session: Session, found: Found) -> Found:
    """The same, with calls of complaints, contacts of calls and of the same customers, and the other way round."""
    ids, keys = contacts.names_of(session, found.contacts)
    named = calls.external_ids(session, found.calls)
    more_calls = {
        *found.calls,
        *(one.call_id for one in complaints.by_ids(session, found.complaints) if one.call_id is not None),
        *(calls.of_customer(session, "", ids, [], MOST + 1) if ids else ()),
    }
    more_contacts = {*found.contacts, *contacts.of_customer(session, named, keys, [], MOST + 1)}
    more_complaints = {*found.complaints, *complaints.about(session, sorted(more_calls))}
    # A complaint outlives a call that was deleted.
    there = calls.by_ids(session, sorted(more_calls))
    return replace(
        found,
        calls=_some(sorted(there)),
        contacts=_some(sorted(more_contacts)),
        complaints=_some(sorted(more_complaints)),
    )


def _some(ids: Sequence[int]) -> tuple[int, ...]:
    if len(ids) > MOST:
        raise TooManyFound
    return tuple(ids)
