"""Lets administrators say which systems are told of what, and send again what these have missed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session

from app.accounts.models import User
from app.kit.db import id_of
from app.kit.errors import AppError, NotFound
from app.ledger import queries as ledger
from app.ledger.service import Actor, record
from app.webhooks import forgetting, queries, told
from app.webhooks.events import Event
from app.webhooks.keeping import Keeper
from app.webhooks.models import DeliveryState, OffReason, Webhook, WebhookDelivery
from app.webhooks.signing import new_secret

# How long the secret before still signs, so that nobody has to change both ends in the same second.
OVERLAP = timedelta(hours=24)
LONGEST_OVERLAP = timedelta(days=7)
LONGEST_DESCRIPTION = 200


class NoEvents(AppError):
    """Choose at least one event of which the other system is to be told."""

    code = "no_events"
    status = 422


class DescriptionTooLong(AppError):
    """A description has at most 200 characters."""

    code = "description_too_long"
    status = 422


class SwitchedOff(AppError):
    """This webhook is switched off; switch it on first."""

    code = "switched_off"
    status = 409


class WebhookChanged(AppError):
    """Somebody else changed this webhook meanwhile; look at it again."""

    code = "webhook_changed"
    status = 412


@dataclass(frozen=True)
class Wanted:
    """What is said of a webhook; the address was checked before (addresses.target), for that takes time."""

    url: str
    events: Sequence[Event]
    description: str = ""


def add(session: Session, wanted: Wanted, keeper: Keeper, user: User, actor: Actor) -> tuple[Webhook, str]:
    """Tell another system from now on; and the secret, which is never shown again."""
    facts, secret = _checked(wanted), new_secret()
    added = Webhook(
        **facts,
        secret=keeper.kept(secret),
        position=ledger.extent(session)[1],
        created_at=actor.at,
        created_by=id_of(user),
    )
    session.add(added)
    session.flush()
    _record(session, added, actor, "webhook.added", host=_host(added.url), events=added.events)
    return added, secret


def change(session: Session, webhook_id: int, wanted: Wanted, actor: Actor, version: int | None = None) -> Webhook:
    """Correct where another system is told, or of what; `version` is that of the webhook as the person saw it."""
    found, facts = queries.lock(session, webhook_id), _checked(wanted)
    if version is not None and version != found.version:
        raise WebhookChanged
    changed = {name: value for name, value in facts.items() if getattr(found, name) != value}
    if not changed:
        return found
    said: dict[str, Any] = {"changed": sorted(changed)}
    if _host(found.url) != _host(wanted.url):
        said["host"] = {"old": _host(found.url), "new": _host(wanted.url)}
    if "events" in changed:
        said["events"] = {"old": found.events, "new": facts["events"]}
    for name, value in changed.items():
        setattr(found, name, value)
    _keep(session, found)
    _record(session, found, actor, "webhook.changed", **said)
    return found


def rotate(session: Session, webhook_id: int, keeper: Keeper, actor: Actor, overlap: timedelta = OVERLAP) -> str:
    """Give a webhook a new secret; the one before signs beside it for so long, unless that is nothing."""
    found, secret = queries.lock(session, webhook_id), new_secret()
    overlap = max(timedelta(), min(overlap, LONGEST_OVERLAP))
    found.former_secret, found.former_until = (found.secret, actor.at + overlap) if overlap else (None, None)
    found.secret = keeper.kept(secret)
    _keep(session, found)
    _record(session, found, actor, "webhook.secret_changed", former_until=found.former_until)
    return secret


def switch_off(session: Session, webhook_id: int, actor: Actor, why: OffReason = OffReason.PERSON) -> Webhook:
    """Tell another system nothing more; what waits is given up, and can be sent again later."""
    found = queries.lock(session, webhook_id)
    if found.off is None:
        found.off = why
        for one in queries.waiting(session, webhook_id):
            one.state, one.failure = DeliveryState.GIVEN_UP, "switched_off"
            session.add(one)
        _keep(session, found)
        _record(session, found, actor, "webhook.switched_off", reason=why.value)
    return found


def switch_on(session: Session, webhook_id: int, actor: Actor) -> Webhook:
    """Tell another system again, from now on; what happened meanwhile can be sent with a replay."""
    found = queries.lock(session, webhook_id)
    if found.off is not None:
        upto = ledger.extent(session)[1]
        forgetting.forget_calls(session, webhook_id, found.position, upto)
        found.off, found.position = None, upto
        _keep(session, found)
        _record(session, found, actor, "webhook.switched_on")
    return found


def remove(session: Session, webhook_id: int, actor: Actor) -> None:
    """Forget a webhook, with all that it was told."""
    found = queries.lock(session, webhook_id)
    queries.forget_deliveries(session, webhook_id)
    _record(session, found, actor, "webhook.removed", host=_host(found.url))
    session.delete(found)
    session.flush()


def try_out(session: Session, webhook_id: int, actor: Actor) -> WebhookDelivery:
    """Send a trial, by the same way that everything goes."""
    found = _switched_on(session, webhook_id)
    made = told.trial(id_of(found), actor.at)
    sent = WebhookDelivery(webhook_id=webhook_id, **vars(made), created_at=actor.at, try_after=actor.at)
    session.add(sent)
    session.flush()
    return sent


def replay(session: Session, webhook_id: int, delivery_id: int, actor: Actor) -> WebhookDelivery:
    """Send one thing again, under its old id, so that the other system knows whether it has it already."""
    _switched_on(session, webhook_id)
    queries.delivery(session, webhook_id, delivery_id)
    found = queries.lock_delivery(session, delivery_id)
    if found is None:
        raise NotFound
    send_again(found, actor.at)
    session.add(found)
    session.flush()
    record(session, _stream(webhook_id), actor, "webhook.replayed", delivery=delivery_id)
    return found


def replay_since(session: Session, webhook_id: int, since: datetime, actor: Actor) -> Webhook:
    """Send everything again that happened since a moment, also what it was never told."""
    found = _switched_on(session, webhook_id)
    found.position = min(found.position, queries.last_before(session, since))
    session.add(found)
    session.flush()
    record(session, _stream(webhook_id), actor, "webhook.replayed", since=since)
    return found


def send_again(delivery: WebhookDelivery, at: datetime) -> None:
    """Let a delivery begin anew."""
    delivery.state, delivery.tried, delivery.try_after = DeliveryState.WAITING, 0, at
    delivery.answer, delivery.failure, delivery.excerpt = None, "", ""


def secrets_of(webhook: Webhook, keeper: Keeper, now: datetime) -> tuple[str, ...]:
    """The secrets that sign what is sent now: the new one first."""
    kept = [webhook.secret]
    if webhook.former_secret is not None and webhook.former_until is not None and now < webhook.former_until:
        kept.append(webhook.former_secret)
    return tuple(keeper.secret(one) for one in kept)


def _checked(wanted: Wanted) -> dict[str, Any]:
    if not wanted.events:
        raise NoEvents(field="events")
    description = wanted.description.replace("\0", "").strip()
    if len(description) > LONGEST_DESCRIPTION:
        raise DescriptionTooLong(field="description")
    chosen = [one.value for one in Event if one in wanted.events]
    return {"url": wanted.url, "events": chosen, "description": description}


def _switched_on(session: Session, webhook_id: int) -> Webhook:
    found = queries.lock(session, webhook_id)
    if found.off is not None:
        raise SwitchedOff
    return found


def _keep(session: Session, webhook: Webhook) -> None:
    webhook.version += 1
    session.add(webhook)
    session.flush()


def _record(session: Session, webhook: Webhook, actor: Actor, event: str, **facts: Any) -> None:
    # Of the address the ledger gets the host alone: many systems put a secret into the rest of it.
    record(session, _stream(id_of(webhook)), actor, event, **facts)


def _stream(webhook_id: int) -> str:
    return f"webhook:{webhook_id}"


def _host(url: str) -> str:
    return urlsplit(url).hostname or ""
