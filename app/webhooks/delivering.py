"""Tells other systems what the ledger says: at least once each thing, tried again for a day and a half.

First the ledger is read on from where each webhook was told last; what is to be sent is kept in the same transaction as
how far that was, so nothing is lost in between. Then each thing is taken (its next try is put off, which is committed),
sent, and settled. Two workers never take the same one; a worker that dies in between leaves it to the next try, which
sends it under the same id.
"""

import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlmodel import Session

from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError, where
from app.ledger import queries as ledger
from app.ledger.service import machine
from app.ledger.verification import BRIEFLY, LedgerBusy, settled
from app.reviews.offering import Terms, terms
from app.settings import Settings
from app.webhooks import queries, service, signing, told
from app.webhooks.addresses import Rules
from app.webhooks.door import Answer, Door
from app.webhooks.events import entries_of
from app.webhooks.forgetting import CALL_GONE, forget_call
from app.webhooks.keeping import Keeper
from app.webhooks.models import DeliveryState, OffReason, Webhook, WebhookDelivery

log = logging.getLogger(__name__)

# How long after the first, the second, … try the next one comes; after the last one it is given up.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=24),
)
# Who has taken something is thought dead after this; sending takes less.
LEASE = timedelta(minutes=2)
# So many entries of the ledger are looked at in one transaction.
AT_ONCE = 200
# One sweep reads and sends for so long at most, so that calls do not wait; the rest comes with the next one.
ROUND = timedelta(seconds=20)
# So many other systems are told at the same time, so that a slow one keeps none of the others waiting.
SIDE_BY_SIDE = 8
# What was told is kept for so long; after that only a replay brings it back.
KEPT = timedelta(days=30)
FORGOTTEN_AT_ONCE = 1000
GONE = 410


@dataclass(frozen=True)
class Post:
    """What is needed to tell other systems: the way out, the secrets, where links lead, the clock.

    `on`: the terms that say which calls are scored blind.
    """

    engine: Engine
    door: Door
    keeper: Keeper
    site: str
    now: Callable[[], datetime]
    on: Terms = Terms()  # noqa: RUF009 (it is frozen)


@dataclass(frozen=True)
class Taken:
    """One thing that is being sent, by whoever has taken it."""

    id: int
    webhook_id: int
    url: str
    headers: dict[str, str]
    body: bytes
    tried: int


def rules_of(settings: Settings) -> Rules:
    """Which addresses the settings allow."""
    return Rules(http=settings.webhook_http, private=settings.webhook_private)


def keeper_of(settings: Settings) -> Keeper:
    """Who keeps the secrets."""
    return Keeper(settings.webhook_key)


def post_of(engine: Engine, settings: Settings, now: Callable[[], datetime]) -> Post:
    """What a worker with these settings tells other systems with."""
    return Post(engine, Door(rules_of(settings)), keeper_of(settings), settings.public_url or "", now, terms(settings))


def sweep(post: Post) -> None:
    """Read on in the ledger, send what is to be sent now, and forget what is old."""
    started = post.now()
    read_on(post, started + ROUND)
    send_due(post, started + ROUND)
    with db.session(post.engine, reads_only=True) as session:
        is_old = bool(queries.settled_before(session, started - KEPT, 1))
    if is_old:
        with db.session(post.engine) as session:
            for one in queries.settled_before(session, started - KEPT, FORGOTTEN_AT_ONCE):
                session.delete(one)


def read_on(post: Post, until: datetime) -> None:
    """Note down for each webhook what the ledger has to tell it, as far as nothing can be added any more."""
    with db.session(post.engine, reads_only=True) as session:
        if not queries.any_behind(session, ledger.extent(session)[1]):
            return
    try:
        upto = settled(post.engine, patience=BRIEFLY)
    except LedgerBusy:
        # Somebody was writing all the time; the next sweep reads on.
        return
    without: set[int] = set()
    while post.now() < until:
        with db.session(post.engine) as session:
            found = queries.take_behind(session, upto, without)
            if found is None:
                return
            webhook_id = id_of(found)
            try:
                _note_down(session, found, upto, post)
            except Exception as error:
                # What cannot be told to one keeps none of the others waiting.
                log.error("webhook %s cannot be told, and is tried again soon\n%s", webhook_id, where(error))
                without.add(webhook_id)
                session.rollback()


def _note_down(session: Session, webhook: Webhook, upto: int, post: Post) -> None:
    """Keep what some entries tell this webhook, and that they were looked at."""
    told_of = entries_of(webhook.events) if webhook.active else ()
    found = queries.entry_ids(session, webhook.position, upto, (*told_of, *CALL_GONE), AT_ONCE)
    for entry_id in found:
        try:
            with session.begin_nested():
                _note_entry(session, webhook, entry_id, post)
        except (OperationalError, InterfaceError):
            # Not the entry's fault: all of this is read again soon.
            raise
        except Exception as error:
            # One entry that cannot be told keeps none of the later ones from being told.
            log.error("webhook %s is never told of ledger entry %s\n%s", webhook.id, entry_id, where(error))
    webhook.position = upto if len(found) < AT_ONCE else found[-1]
    session.add(webhook)
    session.flush()


def _note_entry(session: Session, webhook: Webhook, entry_id: int, post: Post) -> None:
    """Keep what one entry tells this webhook, or forget what it was told of a call that was deleted."""
    webhook_id, now = id_of(webhook), post.now()
    entry = ledger.entry(session, entry_id)
    if entry is None:
        return
    if entry.event in CALL_GONE:
        forget_call(session, webhook_id, entry)
        return
    for made in told.told(session, entry, webhook.events, post.site, post.on):
        known = queries.of_event(session, webhook_id, made.event_id)
        if known is None:
            session.add(
                WebhookDelivery(webhook_id=webhook_id, entry_id=entry.id, **vars(made), created_at=now, try_after=now)
            )
        elif known.entry_id == entry.id and known.state != DeliveryState.WAITING:
            # It was told already: this is a replay.
            service.send_again(known, now)
            session.add(known)
    session.flush()


def send_due(post: Post, until: datetime) -> None:
    """Send what is to be sent now, to several systems at the same time, to each in order."""
    with db.session(post.engine, reads_only=True) as session:
        waiting = queries.with_work(session, post.now())
    if waiting:
        with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(waiting)), "webhooks") as pool:
            # What a thread could not do is told here.
            list(pool.map(lambda one: _send_all(post, one, until), waiting))


def _send_all(post: Post, webhook_id: int, until: datetime) -> None:
    """Send to one system until nothing is left or one thing fails: then it rests until the next sweep."""
    while post.now() < until:
        taken = take(post, webhook_id)
        if taken is None or not send(post, taken):
            return


def take(post: Post, webhook_id: int) -> Taken | None:
    """Take the next thing that a webhook is to be told, so that nobody else does."""
    now = post.now()
    with db.session(post.engine) as session:
        found = queries.take_due(session, webhook_id, now)
        if found is None:
            return None
        found.tried += 1
        found.try_after = now + LEASE
        session.add(found)
        webhook = queries.webhook(session, webhook_id)
        body = found.body.encode()
        try:
            signed = signing.signature(service.secrets_of(webhook, post.keeper, now), now, body)
        except AppError as error:
            _fail(found, error.code, now)
            log.error("webhook %s cannot be told: %s", webhook_id, error.code)
            return None
        return Taken(id_of(found), webhook_id, webhook.url, _headers(found, signed), body, found.tried)


def send(post: Post, taken: Taken) -> bool:
    """Send what was taken, and note down what was answered; whether it was a yes."""
    try:
        answer: Answer | None = post.door.send(taken.url, taken.headers, taken.body)
        failure = ""
    except AppError as error:
        answer, failure = None, error.code
    with db.session(post.engine) as session:
        found = queries.lock_delivery(session, taken.id)
        if found is not None:
            _settle(session, found, answer, failure, post.now())
    if found is not None and answer is not None and answer.status == GONE:
        with db.session(post.engine) as session:
            service.switch_off(session, taken.webhook_id, machine(post.now()), OffReason.GONE)
    return answer is not None and answer.is_yes


def _settle(session: Session, found: WebhookDelivery, answer: Answer | None, failure: str, now: datetime) -> None:
    """Note down what a try came to; one that was delivered meanwhile stays so."""
    if answer is not None and answer.is_yes:
        found.state, found.tried_at = DeliveryState.DELIVERED, now
        found.answer, found.failure, found.excerpt = answer.status, "", ""
    elif found.state != DeliveryState.DELIVERED:
        found.answer, found.excerpt = (answer.status, answer.excerpt) if answer is not None else (None, "")
        _fail(found, failure or "refused", now)
    session.add(found)
    session.flush()


def _fail(found: WebhookDelivery, failure: str, now: datetime) -> None:
    """Leave it to the next try, if one is left."""
    found.failure, found.tried_at = failure, now
    if found.tried > len(PAUSES):
        found.state = DeliveryState.GIVEN_UP
    elif found.state == DeliveryState.WAITING:
        found.try_after = now + PAUSES[max(0, found.tried - 1)]


def _headers(found: WebhookDelivery, signed: str) -> dict[str, str]:
    return {
        "Content-Type": "application/json",
        "User-Agent": "Callmark-Webhooks/1",
        signing.SIGNATURE: signed,
        signing.EVENT: found.event,
        signing.EVENT_ID: found.event_id,
        signing.DELIVERY_ID: str(found.id),
    }
