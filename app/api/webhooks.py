"""Webhooks: which other systems are told of what, and what they were told."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import Depends, Response
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts.models import Scope
from app.accounts.policies import may_manage_webhooks
from app.api.conditional import IfMatch
from app.api.idempotency import OnceDep, content_of
from app.api.parameters import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    PLAIN,
    Cursor,
    Moment,
    PageOut,
    PageSize,
    RowId,
    moment_of,
    username,
    wrong,
)
from app.api.problems import problems
from app.api.routing import api_router
from app.api.webhook_deliveries import DeliveryOut, delivery_out
from app.kit.db import id_of
from app.kit.pagination import PAGE_SIZE
from app.request import Client, KeyFor, ServicesDep, SessionDep
from app.webhooks import queries, service
from app.webhooks.addresses import LONGEST_URL, target
from app.webhooks.delivering import keeper_of, rules_of
from app.webhooks.events import Event
from app.webhooks.models import DeliveryState, OffReason, Webhook
from app.webhooks.service import LONGEST_DESCRIPTION, LONGEST_OVERLAP, OVERLAP, Wanted

router = api_router("/webhooks", ["webhooks"])

Administrator = Annotated[Client, KeyFor(may_manage_webhooks, Scope.ADMIN)]
Content = Annotated[str, Depends(content_of)]

HOUR = timedelta(hours=1)
UrlIn = Annotated[
    str,
    Field(
        min_length=1,
        max_length=LONGEST_URL,
        pattern=PLAIN,
        description="Where it is sent to: https, no password in it, no internal network.",
        examples=["https://hooks.example.org/callmark"],
    ),
]
EventsIn = Annotated[
    list[Event],
    Field(
        min_length=1, max_length=len(Event) * 2, description="Of which events it is told.", examples=[[Event.SUBMITTED]]
    ),
]
DescriptionIn = Annotated[
    str, Field(max_length=LONGEST_DESCRIPTION, pattern=PLAIN, description="What it is for.", examples=["Payroll"])
]


class WebhookOut(BaseModel):
    """Another system, and of what it is told; its secret is never shown again."""

    id: int = Field(description="The id that Callmark gave.", examples=[2])
    url: str = Field(description="Where it is sent to.", examples=["https://hooks.example.org/callmark"])
    description: str = Field(description="What it is for.", examples=["Payroll"])
    events: list[Event] = Field(description="Of which events it is told.", examples=[[Event.SUBMITTED]])
    active: bool = Field(description="Whether anything is sent.", examples=[True])
    off: OffReason | None = Field(
        description="Why not: a person switched it off, or it answered 410 (gone).", examples=[None]
    )
    former_secret_until: Moment | None = Field(
        description="Until when the secret before signs too (RFC 3339).", examples=["2026-10-02T02:00:00Z"]
    )
    waiting: int = Field(description="Deliveries that are still to be sent.", examples=[0])
    given_up: int = Field(description="Deliveries of the last 30 days that were given up.", examples=[0])
    created_at: Moment = Field(description="When it was added (RFC 3339).", examples=["2026-10-01T02:00:00Z"])
    created_by: str | None = Field(description="User name of who added it.", examples=["ada"])
    version: int = Field(description="Grows with every change of it.", examples=[1])


class NewWebhookOut(WebhookOut):
    """A webhook that was added just now."""

    secret: str | None = Field(
        description="Shown this once; null if the request is repeated with its Idempotency-Key.",
        examples=["whsec_Xy12abcdefghij…"],
    )


class WebhookIn(BaseModel):
    """Another system that is to be told."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: UrlIn
    events: EventsIn
    description: DescriptionIn = ""


class WebhookChanges(BaseModel):
    """What is to be changed of a webhook; what is left out stays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    url: UrlIn | None = Field(None, description="Where it is sent to.", examples=["https://hooks.example.org/new"])
    events: EventsIn | None = Field(None, description="Of which events it is told.", examples=[[Event.SCORED]])
    description: DescriptionIn | None = Field(None, description="What it is for.", examples=["Payroll"])
    active: bool | None = Field(
        None, description="false: nothing more is sent, and what waits is given up; true: from now on.", examples=[True]
    )


class RotateIn(BaseModel):
    """How a secret is changed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    overlap_hours: int = Field(
        OVERLAP // HOUR,
        ge=0,
        le=LONGEST_OVERLAP // HOUR,
        description="For so many hours the secret before signs too; 0: it ends at once.",
        examples=[24],
    )


class ReplayIn(BaseModel):
    """From when on all is sent again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    since: str = Field(
        max_length=50,
        pattern=PLAIN,
        description="A moment (RFC 3339, with its offset).",
        examples=["2026-10-01T00:00:00+08:00"],
    )


@router.get("")
def list_webhooks(
    client: Administrator, session: SessionDep, cursor: Cursor = None, limit: PageSize = PAGE_SIZE
) -> PageOut[WebhookOut]:
    """All webhooks, the newest first."""
    undelivered = queries.undelivered(session)
    page = queries.page_of_webhooks(session, cursor, limit).of(lambda one: _shown(session, one, undelivered))
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.post("", status_code=201, responses=problems(503))
def add_webhook(
    given: WebhookIn,
    client: Administrator,
    session: SessionDep,
    shared: ServicesDep,
    once: OnceDep,
    content: Content,
    response: Response,
) -> NewWebhookOut:
    """Tell another system from now on; the secret that signs is shown in this answer and never again."""
    once.hide("secret")
    # To look a name up may take its time, and nobody is to wait for this transaction meanwhile.
    session.commit()
    target(given.url, rules_of(shared.settings))
    once.claim(content)
    wanted = Wanted(given.url, given.events, given.description)
    added, secret = service.add(session, wanted, keeper_of(shared.settings), client.user, client.actor)
    response.headers["Location"] = f"/api/v1/webhooks/{added.id}"
    return NewWebhookOut(**_shown(session, added).model_dump(), secret=secret)


@router.get("/{webhook_id}")
def get_webhook(webhook_id: RowId, client: Administrator, session: SessionDep) -> WebhookOut:
    """One webhook."""
    return _shown(session, queries.webhook(session, webhook_id))


@router.patch("/{webhook_id}")
def change_webhook(
    webhook_id: RowId,
    said: WebhookChanges,
    client: Administrator,
    session: SessionDep,
    shared: ServicesDep,
    if_match: IfMatch,
) -> WebhookOut:
    """Correct where it is sent to or of what it is told, or switch it off or on."""
    if said.url is not None:
        session.commit()
        target(said.url, rules_of(shared.settings))
    known = queries.lock(session, webhook_id)
    if_match.check(_shown(session, known))
    wanted = Wanted(
        known.url if said.url is None else said.url,
        [Event(one) for one in known.events] if said.events is None else said.events,
        known.description if said.description is None else said.description,
    )
    service.change(session, webhook_id, wanted, client.actor)
    if said.active is not None:
        (service.switch_on if said.active else service.switch_off)(session, webhook_id, client.actor)
    return _shown(session, queries.webhook(session, webhook_id))


@router.delete("/{webhook_id}", status_code=204)
def remove_webhook(webhook_id: RowId, client: Administrator, session: SessionDep, if_match: IfMatch) -> None:
    """Forget a webhook, with all that it was told."""
    if_match.check(_shown(session, queries.lock(session, webhook_id)))
    service.remove(session, webhook_id, client.actor)


@router.post("/{webhook_id}/rotate", responses=problems(503))
def rotate_secret(
    webhook_id: RowId,
    given: RotateIn,
    client: Administrator,
    session: SessionDep,
    shared: ServicesDep,
    once: OnceDep,
) -> NewWebhookOut:
    """Give it a new secret, which is shown in this answer and never again; the one before signs on for a while."""
    once.hide("secret")
    overlap = timedelta(hours=given.overlap_hours)
    secret = service.rotate(session, webhook_id, keeper_of(shared.settings), client.actor, overlap)
    return NewWebhookOut(**_shown(session, queries.webhook(session, webhook_id)).model_dump(), secret=secret)


@router.post("/{webhook_id}/test", status_code=202)
def try_webhook(webhook_id: RowId, client: Administrator, session: SessionDep) -> DeliveryOut:
    """Send a test event, by the same way that everything goes; within half a minute."""
    return delivery_out(service.try_out(session, webhook_id, client.actor))


@router.post("/{webhook_id}/replay", status_code=202)
def replay_since(webhook_id: RowId, given: ReplayIn, client: Administrator, session: SessionDep) -> WebhookOut:
    """Send everything again that happened since a moment, also what it was never told; under the same event ids."""
    return _shown(session, service.replay_since(session, webhook_id, _since(given.since), client.actor))


def _since(written: str) -> datetime:
    try:
        moment = moment_of(written)
    except (ValueError, OverflowError) as error:
        raise wrong("since", str(error).removesuffix(", or only the date"), "body") from error
    if not EARLIEST_YEAR <= moment.year <= LATEST_YEAR:
        raise wrong("since", f"must lie between {EARLIEST_YEAR} and {LATEST_YEAR}", "body")
    return moment


def _shown(
    session: Session, webhook: Webhook, undelivered: Mapping[tuple[int, DeliveryState], int] | None = None
) -> WebhookOut:
    found, one = queries.undelivered(session) if undelivered is None else undelivered, id_of(webhook)
    told: dict[str, Any] = webhook.model_dump(include={"id", "url", "description", "off", "created_at", "version"})
    return WebhookOut(
        **told,
        events=[Event(name) for name in webhook.events],
        active=webhook.active,
        former_secret_until=webhook.former_until,
        waiting=found.get((one, DeliveryState.WAITING), 0),
        given_up=found.get((one, DeliveryState.GIVEN_UP), 0),
        created_by=username(session, webhook.created_by),
    )
