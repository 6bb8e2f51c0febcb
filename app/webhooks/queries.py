"""Reads webhooks, what they are to be told, and what they were told."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Boolean, ColumnElement, delete, literal_column
from sqlmodel import Session, col, func, select

from app.kit.errors import NotFound
from app.kit.pagination import PAGE_SIZE, Page, paginate
from app.ledger.models import LedgerEntry
from app.webhooks.models import UNDELIVERED, DeliveryState, Webhook, WebhookDelivery

DECIDED_BLIND = "review.decided_blind"
# As the index says it, so that SQLite knows that the index is meant.
_UNDELIVERED = literal_column(f"webhook_delivery.{UNDELIVERED.text}", Boolean)


def webhooks(session: Session) -> Sequence[Webhook]:
    """All webhooks, the oldest first."""
    return session.exec(select(Webhook).order_by(col(Webhook.id))).all()


def page_of_webhooks(session: Session, cursor: str | None, size: int) -> Page[Webhook]:
    """Some of all webhooks, the latest first."""
    return paginate(session, select(Webhook), by=Webhook.created_at, row_id=Webhook.id, cursor=cursor, size=size)


def webhook(session: Session, webhook_id: int) -> Webhook:
    """The webhook with this id."""
    found = session.get(Webhook, webhook_id)
    if found is None:
        raise NotFound
    return found


def lock(session: Session, webhook_id: int) -> Webhook:
    """A webhook as it is now, which nobody else changes until this transaction ends."""
    wanted = select(Webhook).where(Webhook.id == webhook_id).with_for_update()
    found = session.exec(wanted.execution_options(populate_existing=True)).first()
    if found is None:
        raise NotFound
    return found


def take_behind(session: Session, upto: int, without: Collection[int]) -> Webhook | None:
    """A webhook for which the ledger was not read yet up to this entry, and nobody else is reading it.

    Also one that is switched off: it is told nothing, but of deleted calls what it was told is forgotten.
    """
    wanted = (
        select(Webhook)
        .where(col(Webhook.position) < upto, col(Webhook.id).not_in(without))
        .order_by(col(Webhook.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return session.exec(wanted).first()


def any_behind(session: Session, upto: int) -> bool:
    """Whether there is any webhook for which the ledger was not read yet up to this entry."""
    wanted = select(Webhook.id).where(col(Webhook.position) < upto)
    return session.exec(wanted.limit(1)).first() is not None


def entry_ids(session: Session, after: int, upto: int, events: Sequence[str], limit: int) -> Sequence[int]:
    """The next entries of the ledger after an id that tell of one of these, by their ids."""
    wanted = select(LedgerEntry.id).where(*_between(after, upto, events)).order_by(col(LedgerEntry.id))
    return [one for one in session.exec(wanted.limit(limit)) if one is not None]


def entries(session: Session, after: int, upto: int, events: Sequence[str]) -> Sequence[LedgerEntry]:
    """All entries of the ledger after an id that tell of one of these."""
    wanted = select(LedgerEntry).where(*_between(after, upto, events))
    return session.exec(wanted.order_by(col(LedgerEntry.id))).all()


def decisions_before(session: Session, submitted: LedgerEntry) -> Sequence[LedgerEntry]:
    """What was decided, item by item, in the review that counts before it was submitted, the first things first."""
    wanted = select(LedgerEntry).where(
        LedgerEntry.stream == submitted.stream,
        col(LedgerEntry.sequence) < submitted.sequence,
        col(LedgerEntry.event).in_(("review.overridden", "review.confirmed", DECIDED_BLIND)),
    )
    found = session.exec(wanted.order_by(col(LedgerEntry.sequence)))
    # A review is named only where it is not the one that counts.
    return [one for one in found if "review" not in one.payload]


def last_before(session: Session, moment: datetime) -> int:
    """The entry of the ledger after which stands all that happened since a moment."""
    first = session.exec(select(func.min(LedgerEntry.id)).where(col(LedgerEntry.at) >= moment)).one()
    last = session.exec(select(func.max(LedgerEntry.id))).one()
    return (last or 0) if first is None else first - 1


def of_event(session: Session, webhook_id: int, event_id: str) -> WebhookDelivery | None:
    """The delivery by which a webhook is told of an event."""
    wanted = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.event_id == event_id
    )
    return session.exec(wanted).first()


def of_events(session: Session, webhook_id: int, event_ids: Collection[str]) -> Sequence[WebhookDelivery]:
    """The deliveries by which a webhook is told of some events, which nobody else changes until this ends."""
    wanted = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook_id, col(WebhookDelivery.event_id).in_(event_ids)
    )
    locked = wanted.order_by(col(WebhookDelivery.id)).with_for_update()
    return session.exec(locked.execution_options(populate_existing=True)).all()


def delivery(session: Session, webhook_id: int, delivery_id: int) -> WebhookDelivery:
    """One delivery of one webhook."""
    found = session.get(WebhookDelivery, delivery_id)
    if found is None or found.webhook_id != webhook_id:
        raise NotFound
    return found


def lock_delivery(session: Session, delivery_id: int) -> WebhookDelivery | None:
    """A delivery as it is now, which nobody else changes until this transaction ends; None: it was removed."""
    wanted = select(WebhookDelivery).where(WebhookDelivery.id == delivery_id).with_for_update()
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def deliveries(
    session: Session,
    webhook_id: int,
    state: DeliveryState | None = None,
    cursor: str | None = None,
    size: int = PAGE_SIZE,
) -> Page[WebhookDelivery]:
    """What a webhook was told, or is to be told, the latest first."""
    wanted = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id)
    if state is not None:
        wanted = wanted.where(WebhookDelivery.state == state)
    by, row_id = WebhookDelivery.created_at, WebhookDelivery.id
    return paginate(session, wanted, by=by, row_id=row_id, cursor=cursor, size=size)


def undelivered(session: Session) -> dict[tuple[int, DeliveryState], int]:
    """How many deliveries of each webhook wait, and how many were given up."""
    by = (col(WebhookDelivery.webhook_id), col(WebhookDelivery.state))
    wanted = select(*by, func.count()).where(_UNDELIVERED).group_by(*by)
    return {(webhook_id, state): number for webhook_id, state, number in session.exec(wanted)}


def newest_try(session: Session, webhook_id: int) -> WebhookDelivery | None:
    """What a webhook was told last, or was to be told."""
    wanted = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook_id, col(WebhookDelivery.tried_at).is_not(None)
    )
    latest = wanted.order_by(col(WebhookDelivery.created_at).desc(), col(WebhookDelivery.id).desc())
    return session.exec(latest.limit(1)).first()


def with_work(session: Session, now: datetime) -> Sequence[int]:
    """The webhooks that are to be told something now."""
    wanted = (
        select(Webhook.id)
        .join(WebhookDelivery, col(WebhookDelivery.webhook_id) == Webhook.id)
        .where(*_due(now))
        .distinct()
        .order_by(col(Webhook.id))
    )
    return [one for one in session.exec(wanted) if one is not None]


def take_due(session: Session, webhook_id: int, now: datetime) -> WebhookDelivery | None:
    """The oldest thing that a webhook is to be told now, which nobody else has taken in this moment."""
    wanted = (
        select(WebhookDelivery)
        .join(Webhook, col(WebhookDelivery.webhook_id) == Webhook.id)
        .where(WebhookDelivery.webhook_id == webhook_id, *_due(now))
        .order_by(col(WebhookDelivery.id))
        .limit(1)
        .with_for_update(of=WebhookDelivery, skip_locked=True)
    )
    return session.exec(wanted.execution_options(populate_existing=True)).first()


def waiting(session: Session, webhook_id: int) -> Sequence[WebhookDelivery]:
    """All that a webhook is still to be told."""
    wanted = select(WebhookDelivery).where(
        WebhookDelivery.webhook_id == webhook_id, _UNDELIVERED, WebhookDelivery.state == DeliveryState.WAITING
    )
    return session.exec(wanted.with_for_update()).all()


def forget_deliveries(session: Session, webhook_id: int) -> None:
    """Remove all that a webhook was told."""
    session.execute(delete(WebhookDelivery).where(col(WebhookDelivery.webhook_id) == webhook_id))


def settled_before(session: Session, moment: datetime, limit: int) -> Sequence[WebhookDelivery]:
    """The deliveries from before a moment that wait for nothing."""
    wanted = select(WebhookDelivery).where(
        col(WebhookDelivery.created_at) < moment, WebhookDelivery.state != DeliveryState.WAITING
    )
    return session.exec(wanted.order_by(col(WebhookDelivery.created_at)).limit(limit)).all()


def _between(after: int, upto: int, events: Sequence[str]) -> tuple[ColumnElement[bool], ...]:
    return (col(LedgerEntry.id) > after, col(LedgerEntry.id) <= upto, col(LedgerEntry.event).in_(events))


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    waits = col(WebhookDelivery.state) == DeliveryState.WAITING
    return (_UNDELIVERED, col(Webhook.off).is_(None), waits, col(WebhookDelivery.try_after) <= now)
