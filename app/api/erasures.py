"""Erasure on a person's request: what would be erased, having it erased, and how far that has come."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.policies import may_erase
from app.api.parameters import PLAIN, Cursor, Moment, PageOut, PageSize, RowId, username
from app.api.problems import problems
from app.api.routing import api_router
from app.contacts.customers import Customers
from app.kit.db import id_of
from app.kit.pagination import PAGE_SIZE
from app.request import Client, KeyFor, ServicesDep, SessionDep
from app.retention import erasing, finding, held_queries, queries
from app.retention.erasing import LONGEST_REFERENCE
from app.retention.finding import MOST, Asked
from app.retention.models import Erased, Erasure

router = api_router("/erasures", ["retention"])

Administrator = Annotated[Client, KeyFor(may_erase, Scope.ADMIN)]
Ids = Annotated[list[Annotated[int, Field(ge=1, lt=2**31, strict=True)]], Field(max_length=MOST)]


class CustomerIn(BaseModel):
    """By what the customer is known who asked; whatever fits any of it is found."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)

    name: str = Field("", max_length=100, pattern=PLAIN, description="The customer's name.", examples=["Li Na"])
    number: str = Field(
        "", max_length=100, pattern=PLAIN, description="Their number or address.", examples=["+86 21 5555 0100"]
    )
    external_id: str = Field(
        "",
        max_length=200,
        pattern=PLAIN,
        description="What your systems call a call, a contact or a complaint.",
        examples=["2026-10-0001"],
    )
    complaint: int | None = Field(None, ge=1, lt=2**31, strict=True, description="A complaint's id.", examples=[3])


class CustomerFoundOut(BaseModel):
    """What is kept about a customer, by id."""

    calls: list[int] = Field(description="Calls.", examples=[[17]])
    held_calls: list[int] = Field(description="Those of them on legal hold, which cannot be erased.", examples=[[]])
    also_said: list[int] = Field(description="Other calls in which the name is said, the newest.", examples=[[23]])
    contacts: list[int] = Field(description="Records of the switch.", examples=[[4, 5]])
    held_contacts: list[int] = Field(description="Those of them whose call is on legal hold.", examples=[[]])
    complaints: list[int] = Field(description="Complaints.", examples=[[3]])
    held_complaints: list[int] = Field(description="Those of them whose call is on legal hold.", examples=[[]])
    files: list[int] = Field(description="Files that were refused.", examples=[[]])
    lists: list[int] = Field(description="Lists that were brought in.", examples=[[]])


class ErasureIn(BaseModel):
    """What is to be erased, by id: what was found, or as much of it as is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: str = Field(
        "",
        max_length=LONGEST_REFERENCE,
        pattern=PLAIN,
        description="What you call the request; it stays, so name nobody.",
        examples=["DSR-7"],
    )
    calls: Ids = Field(default=[], description="Calls.", examples=[[17]])
    contacts: Ids = Field(default=[], description="Records of the switch.", examples=[[4, 5]])
    complaints: Ids = Field(default=[], description="Complaints.", examples=[[3]])
    files: Ids = Field(default=[], description="Files that were refused.", examples=[[]])
    lists: Ids = Field(default=[], description="Lists that were brought in.", examples=[[]])


class ErasedOut(BaseModel):
    """How much of one kind is erased."""

    done: int = Field(description="So many are erased.", examples=[1])
    total: int = Field(description="Of so many.", examples=[1])


class ErasureOut(BaseModel):
    """A request, and how far it has come; who asked is kept nowhere."""

    id: int = Field(description="The id that Callmark gave.", examples=[2])
    reference: str = Field(description="What you call the request.", examples=["DSR-7"])
    asked_by: str | None = Field(description="User name of who had it erased.", examples=["ada"])
    asked_at: Moment = Field(description="When that was (RFC 3339).", examples=["2026-10-01T02:00:00Z"])
    ended_at: Moment | None = Field(description="Since when all is erased (RFC 3339); null: not yet.", examples=[None])
    held: int = Field(description="Things that wait until a legal hold is lifted.", examples=[0])
    progress: dict[Erased, ErasedOut] = Field(
        description="How much is erased, by kind.", examples=[{"call": {"done": 1, "total": 1}}]
    )


@router.post("/find", responses=problems(503))
def find_customer(
    given: CustomerIn, client: Administrator, session: SessionDep, shared: ServicesDep
) -> CustomerFoundOut:
    """What would be erased; nothing is yet, and what was asked for is kept nowhere."""
    asked = Asked.model_validate(given.model_dump())
    found = finding.find(session, asked, Customers(shared.settings.customer_key))
    held = sorted(held_queries.waiting(session, found.targets))
    return CustomerFoundOut(
        calls=list(found.calls),
        held_calls=[one for kind, one in held if kind == Erased.CALL],
        also_said=list(finding.also_said(session, client.user, asked, found)),
        contacts=list(found.contacts),
        held_contacts=[one for kind, one in held if kind == Erased.CONTACT],
        complaints=list(found.complaints),
        held_complaints=[one for kind, one in held if kind == Erased.COMPLAINT],
        files=list(found.files),
        lists=list(found.lists),
    )


@router.post("", status_code=202)
def ask_for_erasure(given: ErasureIn, client: Administrator, session: SessionDep) -> ErasureOut:
    """Have all of this erased for good; the worker does it, beginning within a minute."""
    kinds = {
        Erased.CALL: given.calls,
        Erased.CONTACT: given.contacts,
        Erased.COMPLAINT: given.complaints,
        Erased.FILE: given.files,
        Erased.LIST: given.lists,
    }
    targets = [(kind, one) for kind, ids in kinds.items() for one in ids]
    return _shown(session, erasing.ask(session, targets, given.reference, client.user, client.actor))


@router.get("")
def list_erasures(
    client: Administrator, session: SessionDep, cursor: Cursor = None, limit: PageSize = PAGE_SIZE
) -> PageOut[ErasureOut]:
    """All requests, the newest first."""
    found = queries.erasures_page(session, cursor=cursor, size=limit)
    items = [_shown(session, one) for one in found.items]
    return PageOut(items=items, next_cursor=found.next_cursor, total=found.total)


@router.get("/{erasure_id}")
def get_erasure(erasure_id: RowId, client: Administrator, session: SessionDep) -> ErasureOut:
    """How far one request has come."""
    return _shown(session, queries.erasure(session, erasure_id))


def _shown(session: Session, one: Erasure) -> ErasureOut:
    counts = queries.counts(session, [id_of(one)])[id_of(one)]
    return ErasureOut(
        **one.model_dump(include={"id", "reference", "asked_at", "ended_at"}),
        asked_by=username(session, one.asked_by),
        held=held_queries.held_targets(session, id_of(one)) if one.ended_at is None else 0,
        progress={kind: ErasedOut(done=done, total=all_) for kind, (all_, done) in counts.items()},
    )
