"""Erasure on a person's request, for administrators: what would be erased, and how far it has come."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, ClassVar
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from pydantic import ValidationError
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_erase
from app.calls import queries as calls
from app.calls.models import Call
from app.complaints import queries as complaints
from app.complaints.models import Complaint
from app.contacts import lookups
from app.contacts.customers import Customers
from app.contacts.models import Contact
from app.imports import queries as imports
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.request import Allow, ServicesDep, SessionDep, actor
from app.retention import erasing, finding, held_queries, queries
from app.retention.erasing import LONGEST_REFERENCE, NothingToErase
from app.retention.finding import Asked, Found, NobodyMeant
from app.retention.models import Erased, Erasure, Target
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.times import Moment, moment, shown_moment, zone_of

router = APIRouter(prefix="/admin/retention/erasures")

Administrator = Annotated[User, Allow(may_erase)]

PATH = "/admin/retention/erasures"
KINDS = {
    Erased.CALL: N_("Calls"),
    Erased.CONTACT: N_("Records of the switch"),
    Erased.COMPLAINT: N_("Complaints"),
    Erased.FILE: N_("Refused files"),
    Erased.LIST: N_("Lists that were brought in"),
}


@dataclass(frozen=True)
class ErasureRow:
    """A request: what the house calls it, how much of it is done, and since when all is."""

    id: int
    reference: str
    asked: Moment
    asked_by: str
    done: int
    total: int
    counts: tuple[tuple[str, int, int], ...]
    held: int
    ended: Moment | None


@dataclass(frozen=True)
class ErasuresPage:
    """The requests, and the form that looks for a customer."""

    template: ClassVar[str] = "retention/erasures.html"
    rows: tuple[ErasureRow, ...]
    total: int
    next: str
    longest: int = LONGEST_REFERENCE
    error: str = ""


@dataclass(frozen=True)
class TargetRow:
    """One thing that was found: what it is, and whether it is to be erased unless somebody says otherwise."""

    value: str
    label: str
    detail: str
    url: str
    held: bool
    chosen: bool


@dataclass(frozen=True)
class FoundPage:
    """What would be erased, by kind, for a person to look through."""

    template: ClassVar[str] = "retention/found.html"
    groups: tuple[tuple[str, tuple[TargetRow, ...]], ...]
    reference: str
    longest: int = LONGEST_REFERENCE
    error: str = ""


@dataclass(frozen=True)
class ErasurePage:
    """How far a request has come."""

    template: ClassVar[str] = "retention/erasure.html"
    row: ErasureRow


@router.get("")
def list_erasures(
    request: Request, session: SessionDep, user: Administrator, cursor: Annotated[str, Query(max_length=400)] = ""
) -> Response:
    return render(request, _list(session, user, cursor))


@router.post("/find")
def find_customer(
    request: Request,
    session: SessionDep,
    shared: ServicesDep,
    user: Administrator,
    name: Annotated[str, Form(max_length=100)] = "",
    number: Annotated[str, Form(max_length=100)] = "",
    external_id: Annotated[str, Form(max_length=200)] = "",
    complaint: Annotated[str, Form(max_length=20)] = "",
    reference: Annotated[str, Form(max_length=LONGEST_REFERENCE)] = "",
) -> Response:
    words = words_for(request)
    try:
        asked = _asked(name, number, external_id, complaint)
        found = finding.find(session, asked, Customers(shared.settings.customer_key))
        heard = finding.also_said(session, user, asked, found)
    except AppError as error:
        session.rollback()
        return render(request, _list(session, user, "", words.gettext(error.message)), error.status)
    return render(request, _found(session, user, found, heard, reference, words))


@router.post("")
def ask_for_erasure(
    session: SessionDep,
    user: Administrator,
    target: Annotated[list[str], Form(default_factory=list, max_length=5 * finding.MOST)],
    reference: Annotated[str, Form(max_length=LONGEST_REFERENCE)] = "",
) -> Response:
    asked = erasing.ask(session, [_target(one) for one in target], reference, user, actor(user))
    return see_other(f"{PATH}/{id_of(asked)}", "erasing")


@router.get("/{erasure_id}")
def show_erasure(request: Request, erasure_id: RowId, session: SessionDep, user: Administrator) -> Response:
    found = queries.erasure(session, erasure_id)
    return render(request, ErasurePage(_rows(session, user, [found], words_for(request))[0]))


def _asked(name: str, number: str, external_id: str, complaint: str) -> Asked:
    try:
        return Asked(
            name=name, number=number, external_id=external_id, complaint=int(complaint) if complaint.strip() else None
        )
    except (ValueError, ValidationError) as error:
        raise NobodyMeant from error


def _target(value: str) -> Target:
    kind, _, number = value.partition(":")
    if kind not in set(Erased) or not number.isdecimal() or int(number) >= 2**31:
        raise NothingToErase
    return Erased(kind), int(number)


def _list(session: Session, user: User, cursor: str, error: str = "") -> ErasuresPage:
    found = queries.erasures_page(session, cursor=cursor or None, size=50)
    return ErasuresPage(
        rows=_rows(session, user, found.items, None),
        total=found.total,
        next=f"{PATH}?{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else "",
        error=error,
    )


def _rows(session: Session, user: User, found: Sequence[Erasure], words: Translator | None) -> tuple[ErasureRow, ...]:
    zone, counts = zone_of(session, user), queries.counts(session, [id_of(one) for one in found])
    people = accounts.names(session, {one.asked_by for one in found})
    return tuple(
        ErasureRow(
            id=id_of(one),
            reference=one.reference,
            asked=moment(one.asked_at, zone),
            asked_by=people.get(one.asked_by, ""),
            done=sum(done for _, done in counts[id_of(one)].values()),
            total=sum(all_ for all_, _ in counts[id_of(one)].values()),
            counts=_counts(counts[id_of(one)], words) if words else (),
            held=held_queries.held_targets(session, id_of(one)) if one.ended_at is None else 0,
            ended=moment(one.ended_at, zone) if one.ended_at else None,
        )
        for one in found
    )


def _counts(counts: Mapping[Erased, tuple[int, int]], words: Translator) -> tuple[tuple[str, int, int], ...]:
    return tuple((words.gettext(label), *counts[kind]) for kind, label in KINDS.items() if kind in counts)


def _found(
    session: Session, user: User, found: Found, heard: Sequence[int], reference: str, words: Translator
) -> FoundPage:
    held = held_queries.waiting(session, found.targets)
    groups = (
        (words.gettext(KINDS[Erased.CALL]), _calls(session, user, found.calls, True)),
        (words.gettext("Calls in which the name is said"), _calls(session, user, heard, False)),
        (words.gettext(KINDS[Erased.CONTACT]), _contacts(session, user, found.contacts, held)),
        (words.gettext(KINDS[Erased.COMPLAINT]), _complaints(session, found.complaints, held)),
        (words.gettext(KINDS[Erased.FILE]), _files(session, found.files)),
        (words.gettext(KINDS[Erased.LIST]), _lists(session, found.lists)),
    )
    return FoundPage(groups=tuple(one for one in groups if one[1]), reference=reference)


def _calls(session: Session, user: User, ids: Sequence[int], chosen: bool) -> tuple[TargetRow, ...]:
    zone, held, known = zone_of(session, user), queries.held_among(session, ids), calls.by_ids(session, ids)

    def row(one: int, call: Call) -> TargetRow:
        who = " · ".join(filter(None, (call.customer_name, call.external_id or call.file_name)))
        detail = f"{shown_moment(call.started_at, zone)} · {who}"
        is_held = one in held
        return TargetRow(f"call:{one}", f"#{one}", detail, f"/calls/{one}", is_held, chosen and not is_held)

    return tuple(row(one, known[one]) for one in sorted(known))


def _contacts(session: Session, user: User, ids: Sequence[int], held: Container[Target]) -> tuple[TargetRow, ...]:
    zone = zone_of(session, user)

    def row(one: Contact) -> TargetRow:
        is_held = (Erased.CONTACT, id_of(one)) in held
        when = shown_moment(one.started_at, zone)
        return TargetRow(f"contact:{one.id}", one.external_id, when, "", is_held, not is_held)

    return tuple(row(one) for one in lookups.by_ids(session, ids))


def _complaints(session: Session, ids: Sequence[int], held: Container[Target]) -> tuple[TargetRow, ...]:
    def row(one: Complaint) -> TargetRow:
        is_held = (Erased.COMPLAINT, id_of(one)) in held
        detail = " · ".join(filter(None, (one.site_day.isoformat(), one.external_id, one.text[:200])))
        url = f"/complaints#complaint-{one.id}"
        return TargetRow(f"complaint:{one.id}", f"#{one.id}", detail, url, is_held, not is_held)

    return tuple(row(one) for one in complaints.by_ids(session, ids))


def _files(session: Session, ids: Sequence[int]) -> tuple[TargetRow, ...]:
    return tuple(
        TargetRow(f"file:{one.id}", one.path, one.fault, "", False, True) for one in imports.files(session, ids)
    )


def _lists(session: Session, ids: Sequence[int]) -> tuple[TargetRow, ...]:
    return tuple(
        TargetRow(f"list:{one.id}", one.file_name, one.error_message or "", f"/imports/{one.id}", False, True)
        for one in imports.lists(session, ids)
    )
