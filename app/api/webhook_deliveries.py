"""What a webhook was told, thing by thing, and what it answered."""

import json
from typing import Annotated, Any

from fastapi import Query
from pydantic import BaseModel, Field

from app.accounts.models import Scope
from app.accounts.policies import may_manage_webhooks
from app.api.parameters import Cursor, Moment, PageOut, PageSize, RowId
from app.api.routing import api_router
from app.kit.pagination import PAGE_SIZE
from app.request import Client, KeyFor, SessionDep
from app.webhooks import queries, service
from app.webhooks.models import DeliveryState, WebhookDelivery

router = api_router("/webhooks/{webhook_id}/deliveries", ["webhooks"])

Administrator = Annotated[Client, KeyFor(may_manage_webhooks, Scope.ADMIN)]


class DeliveryOut(BaseModel):
    """One event that one webhook is told of."""

    id: int = Field(description="The id of the delivery; a replay keeps it.", examples=[31])
    event: str = Field(description="What it is told of.", examples=["evaluation.submitted"])
    event_id: str = Field(
        description="The same however often it is sent: drop what you have already.",
        examples=["0b7f6a0e-6c1e-5d0c-8c1b-3b8f6a2d9e11"],
    )
    state: DeliveryState = Field(description="How far it is.", examples=[DeliveryState.DELIVERED])
    tries: int = Field(description="How often it was sent.", examples=[1])
    next_try_at: Moment | None = Field(description="When it is sent next (RFC 3339).", examples=[None])
    last_try_at: Moment | None = Field(
        description="When it was sent last (RFC 3339).", examples=["2026-10-01T02:03:00Z"]
    )
    answer: int | None = Field(description="The HTTP status of the last answer.", examples=[200])
    failure: str = Field(description="Why the last try failed; empty: it did not.", examples=["timed_out"])
    excerpt: str = Field(description="How the last answer began, where it was no yes.", examples=["Service down"])
    created_at: Moment = Field(
        description="When it was first to be sent (RFC 3339).", examples=["2026-10-01T02:02:58Z"]
    )


class DeliveryDetailOut(DeliveryOut):
    """A delivery with what is sent."""

    payload: dict[str, Any] = Field(description="What is sent.", examples=[{"event": "evaluation.submitted"}])


@router.get("")
def list_deliveries(
    webhook_id: RowId,
    client: Administrator,
    session: SessionDep,
    state: Annotated[DeliveryState | None, Query(description="Only in this state.", examples=["given_up"])] = None,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
) -> PageOut[DeliveryOut]:
    """What it was told in the last 30 days and is to be told, the latest first."""
    queries.webhook(session, webhook_id)
    page = queries.deliveries(session, webhook_id, state, cursor, limit).of(delivery_out)
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.get("/{delivery_id}")
def get_delivery(
    webhook_id: RowId, delivery_id: RowId, client: Administrator, session: SessionDep
) -> DeliveryDetailOut:
    """One delivery, with what is sent."""
    found = queries.delivery(session, webhook_id, delivery_id)
    return DeliveryDetailOut(**delivery_out(found).model_dump(), payload=json.loads(found.body))


@router.post("/{delivery_id}/replay", status_code=202)
def replay_delivery(webhook_id: RowId, delivery_id: RowId, client: Administrator, session: SessionDep) -> DeliveryOut:
    """Send one thing again, under its old ids."""
    return delivery_out(service.replay(session, webhook_id, delivery_id, client.actor))


def delivery_out(delivery: WebhookDelivery) -> DeliveryOut:
    """A delivery as clients get it."""
    return DeliveryOut(
        **delivery.model_dump(include=set(DeliveryOut.model_fields)),
        tries=delivery.tried,
        next_try_at=delivery.try_after if delivery.state == DeliveryState.WAITING else None,
        last_try_at=delivery.tried_at,
    )
