"""Webhooks and what they were told, in the reader's words and on their clock."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from zoneinfo import ZoneInfo

from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_, Translator
from app.kit.pagination import Page
from app.reports.wording import Shown
from app.web.choices import Choice
from app.web.times import Moment, moment
from app.webhooks import addresses, door
from app.webhooks.events import TRIAL, Event
from app.webhooks.keeping import WebhookKeyUnreadable
from app.webhooks.models import DeliveryState, OffReason, Webhook, WebhookDelivery

EVENTS = {
    Event.SCORED: N_("The machine has scored a call"),
    Event.SUBMITTED: N_("A review was submitted"),
    Event.ADJUSTED: N_("A verdict or a result was changed by a person"),
    Event.DISPUTED: N_("An agent disputes a verdict"),
    Event.RESOLVED: N_("A dispute was decided or withdrawn"),
    Event.ACKNOWLEDGED: N_("An agent acknowledged a result"),
    Event.COACHING_SENT: N_("A coaching note was sent"),
    Event.COACHING_ACKNOWLEDGED: N_("A coaching note was acknowledged"),
    Event.CALIBRATION_CLOSED: N_("A calibration was closed"),
    Event.SCORECARD_PUBLISHED: N_("A scorecard began to judge"),
    Event.COMPLAINT_RECORDED: N_("A complaint was recorded"),
}
ON = Shown("✓", N_("Switched on"), "pass")
OFF = {
    OffReason.PERSON: Shown("–", N_("Switched off"), "neutral"),
    OffReason.GONE: Shown("✕", N_("Switched off: the address is gone"), "fail"),
}
STATES = {
    DeliveryState.WAITING: Shown("…", N_("Waiting"), "neutral"),
    DeliveryState.DELIVERED: Shown("✓", N_("Delivered"), "pass"),
    DeliveryState.GIVEN_UP: Shown("✕", N_("Given up"), "fail"),
}
RETRYING = Shown("⚠", N_("Retrying"), "caution")
# Why nothing came of a try, in the words of the error itself.
WHY: tuple[type[AppError], ...] = (
    door.Unreachable,
    door.TimedOut,
    door.NotTrusted,
    door.NoAnswer,
    addresses.UrlUnusable,
    addresses.UrlNotSecure,
    addresses.UrlHasPassword,
    addresses.PortRefused,
    addresses.HostUnknown,
    addresses.AddressRefused,
    WebhookKeyUnreadable,
)
FAILURES = {one.code: one().message for one in WHY} | {"switched_off": N_("The webhook was switched off.")}


@dataclass(frozen=True)
class EventChoice:
    """An event that can be chosen."""

    value: str
    label: str
    chosen: bool


@dataclass(frozen=True)
class WebhookRow:
    """A webhook in the list."""

    id: int
    name: str
    url: str
    state: Shown
    events: tuple[str, ...]
    waiting: int
    given_up: int


@dataclass(frozen=True)
class DeliveryRow:
    """One thing that was told or is to be told; `why` is why the last try came to nothing."""

    id: int
    event: str
    label: str
    state: Shown
    created: Moment
    tried: int
    last: Moment | None
    next: Moment | None
    answer: int | None
    why: str
    excerpt: str
    body: str
    can_replay: bool


@dataclass(frozen=True)
class WebhooksPage:
    """The webhooks, and the form for another; `url`, `description`: as they were typed."""

    template: ClassVar[str] = "webhooks/list.html"
    rows: tuple[WebhookRow, ...]
    events: tuple[EventChoice, ...]
    url: str = ""
    description: str = ""
    error: str = ""


@dataclass(frozen=True)
class WebhookPage:
    """One webhook with what it was told; `secret` stands on the page that follows its making, and nowhere else ever."""

    template: ClassVar[str] = "webhooks/show.html"
    id: int
    name: str
    url: str
    description: str
    state: Shown
    active: bool
    is_gone: bool
    events: tuple[EventChoice, ...]
    version: int
    added: Moment
    added_by: str
    former_until: Moment | None
    clock: str
    deliveries: tuple[DeliveryRow, ...]
    total: int
    next: str
    tabs: tuple[Choice, ...]
    address: str
    renews: bool
    secret: str = ""
    error: str = ""


def event_choices(chosen: Sequence[str], words: Translator) -> tuple[EventChoice, ...]:
    """Every event, with those that are chosen."""
    return tuple(EventChoice(one.value, words.gettext(label), one.value in chosen) for one, label in EVENTS.items())


def webhook_row(one: Webhook, undelivered: Mapping[tuple[int, DeliveryState], int], words: Translator) -> WebhookRow:
    """A webhook as it is listed."""
    return WebhookRow(
        id=id_of(one),
        name=name_of(one),
        url=one.url,
        state=state_of(one, words),
        events=tuple(words.gettext(EVENTS[Event(name)]) for name in one.events),
        waiting=undelivered.get((id_of(one), DeliveryState.WAITING), 0),
        given_up=undelivered.get((id_of(one), DeliveryState.GIVEN_UP), 0),
    )


def delivery_rows(
    webhook: Webhook, page: Page[WebhookDelivery], zone: ZoneInfo, words: Translator
) -> tuple[DeliveryRow, ...]:
    """What was told, as it is listed."""
    return tuple(_delivery_row(webhook, one, zone, words) for one in page.items)


def state_of(one: Webhook, words: Translator) -> Shown:
    """Whether it is told anything."""
    shown = ON if one.off is None else OFF[one.off]
    return shown._replace(word=words.gettext(shown.word))


def name_of(one: Webhook) -> str:
    """What a webhook is called."""
    return one.description or one.url


def is_due(page: Page[WebhookDelivery], now: datetime) -> bool:
    """Whether anything of these is to be sent in this moment."""
    return any(one.state == DeliveryState.WAITING and one.try_after <= now for one in page.items)


def _delivery_row(webhook: Webhook, one: WebhookDelivery, zone: ZoneInfo, words: Translator) -> DeliveryRow:
    waits = one.state == DeliveryState.WAITING
    shown = RETRYING if waits and one.failure else STATES[one.state]
    why = FAILURES.get(one.failure, "")
    return DeliveryRow(
        id=id_of(one),
        event=one.event,
        label=words.gettext(N_("Test event") if one.event == TRIAL else EVENTS[Event(one.event)]),
        state=shown._replace(word=words.gettext(shown.word)),
        created=moment(one.created_at, zone),
        tried=one.tried,
        last=moment(one.tried_at, zone) if one.tried_at else None,
        next=moment(one.try_after, zone) if waits and one.tried else None,
        answer=one.answer,
        why=words.gettext(why) if why else "",
        excerpt=one.excerpt,
        body=one.body,
        can_replay=webhook.active and not waits,
    )
