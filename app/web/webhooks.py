"""Which other systems are told of what, and what they were told; for administrators."""

from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import may_manage_webhooks
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.kit.i18n import N_
from app.request import Allow, ServicesDep, SessionDep, actor
from app.web.choices import Choice
from app.web.rendering import render, see_other, words_for
from app.web.row_ids import RowId
from app.web.times import moment, zone_of
from app.web.webhook_views import (
    STATES,
    WebhookPage,
    WebhooksPage,
    delivery_rows,
    event_choices,
    is_due,
    name_of,
    state_of,
    webhook_row,
)
from app.webhooks import queries, service
from app.webhooks.addresses import LONGEST_URL, target
from app.webhooks.delivering import keeper_of, rules_of
from app.webhooks.events import Event
from app.webhooks.models import DeliveryState, OffReason
from app.webhooks.service import LONGEST_DESCRIPTION, OVERLAP, Wanted

router = APIRouter(prefix="/admin/webhooks")

Administrator = Annotated[User, Allow(may_manage_webhooks)]
UrlForm = Annotated[str, Form(max_length=LONGEST_URL)]
EventsForm = Annotated[list[Event], Form(default_factory=list)]
DescriptionForm = Annotated[str, Form(max_length=LONGEST_DESCRIPTION)]

PATH = "/admin/webhooks"
EARLIEST_YEAR, LATEST_YEAR = 1970, 2200


class MomentMissing(AppError):
    """Say since when, such as 2026-10-01 09:00."""

    code = "moment_missing"
    status = 422


@router.get("")
def list_webhooks(request: Request, session: SessionDep, user: Administrator) -> Response:
    return render(request, _list(request, session))


@router.post("")
def add_webhook(
    request: Request,
    session: SessionDep,
    shared: ServicesDep,
    user: Administrator,
    events: EventsForm,
    url: UrlForm = "",
    description: DescriptionForm = "",
) -> Response:
    wanted = Wanted(url.strip(), events, description)
    # To look a name up may take its time, and nobody is to wait for this transaction meanwhile.
    session.commit()
    try:
        target(wanted.url, rules_of(shared.settings))
        added, secret = service.add(session, wanted, keeper_of(shared.settings), user, actor(user))
    except AppError as error:
        session.rollback()
        return render(request, _list(request, session, wanted, error), error.status)
    return render(request, _page(request, session, user, id_of(added), secret=secret), 201)


@router.get("/{webhook_id}")
def show_webhook(
    request: Request,
    webhook_id: RowId,
    session: SessionDep,
    user: Administrator,
    state: str = "",
    cursor: Annotated[str, Query(max_length=400)] = "",
) -> Response:
    return render(request, _page(request, session, user, webhook_id, state=state, cursor=cursor))


@router.post("/{webhook_id}")
def change_webhook(
    request: Request,
    webhook_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Administrator,
    events: EventsForm,
    version: Annotated[int | None, Form()] = None,
    url: UrlForm = "",
    description: DescriptionForm = "",
) -> Response:
    wanted = Wanted(url.strip(), events, description)
    session.commit()
    try:
        target(wanted.url, rules_of(shared.settings))
        service.change(session, webhook_id, wanted, actor(user), version)
    except AppError as error:
        session.rollback()
        return render(request, _page(request, session, user, webhook_id, error=error), error.status)
    return see_other(f"{PATH}/{webhook_id}", "saved")


@router.post("/{webhook_id}/rotate")
def rotate_secret(
    request: Request,
    webhook_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Administrator,
    ends: Annotated[str, Form(max_length=10)] = "",
) -> Response:
    overlap = timedelta() if ends == "now" else OVERLAP
    try:
        secret = service.rotate(session, webhook_id, keeper_of(shared.settings), actor(user), overlap)
    except AppError as error:
        session.rollback()
        return render(request, _page(request, session, user, webhook_id, error=error), error.status)
    return render(request, _page(request, session, user, webhook_id, secret=secret))


@router.post("/{webhook_id}/off")
def switch_off(webhook_id: RowId, session: SessionDep, user: Administrator) -> Response:
    service.switch_off(session, webhook_id, actor(user))
    return see_other(f"{PATH}/{webhook_id}", "saved")


@router.post("/{webhook_id}/on")
def switch_on(webhook_id: RowId, session: SessionDep, user: Administrator) -> Response:
    service.switch_on(session, webhook_id, actor(user))
    return see_other(f"{PATH}/{webhook_id}", "saved")


@router.post("/{webhook_id}/remove")
def remove_webhook(webhook_id: RowId, session: SessionDep, user: Administrator) -> Response:
    service.remove(session, webhook_id, actor(user))
    return see_other(PATH, "removed")


@router.post("/{webhook_id}/test")
def try_webhook(webhook_id: RowId, session: SessionDep, user: Administrator) -> Response:
    service.try_out(session, webhook_id, actor(user))
    return see_other(f"{PATH}/{webhook_id}#deliveries")


@router.post("/{webhook_id}/replay")
def replay_since(
    request: Request,
    webhook_id: RowId,
    session: SessionDep,
    user: Administrator,
    since: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    try:
        service.replay_since(session, webhook_id, _since(session, user, since), actor(user))
    except AppError as error:
        session.rollback()
        return render(request, _page(request, session, user, webhook_id, error=error), error.status)
    return see_other(f"{PATH}/{webhook_id}#deliveries", "saved")


@router.post("/{webhook_id}/deliveries/{delivery_id}/replay")
def replay_delivery(webhook_id: RowId, delivery_id: RowId, session: SessionDep, user: Administrator) -> Response:
    service.replay(session, webhook_id, delivery_id, actor(user))
    return see_other(f"{PATH}/{webhook_id}#deliveries")


def _since(session: Session, user: User, text: str) -> datetime:
    """A moment as the form gives it, on the reader's clock."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise MomentMissing from error
    if not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
        raise MomentMissing
    return found if found.tzinfo else found.replace(tzinfo=zone_of(session, user))


def _list(
    request: Request, session: Session, typed: Wanted | None = None, error: AppError | None = None
) -> WebhooksPage:
    words, undelivered = words_for(request), queries.undelivered(session)
    return WebhooksPage(
        rows=tuple(webhook_row(one, undelivered, words) for one in queries.webhooks(session)),
        events=event_choices([one.value for one in typed.events] if typed else [], words),
        url=typed.url if typed else "",
        description=typed.description if typed else "",
        error=words.gettext(error.message) if error else "",
    )


def _page(
    request: Request,
    session: Session,
    user: User,
    webhook_id: int,
    *,
    state: str = "",
    cursor: str = "",
    secret: str = "",
    error: AppError | None = None,
) -> WebhookPage:
    words, zone, now = words_for(request), zone_of(session, user), clock.now()
    found, path = queries.webhook(session, webhook_id), f"{PATH}/{webhook_id}"
    chosen = next((one for one in DeliveryState if one.value == state), None)
    told = queries.deliveries(session, webhook_id, chosen, cursor or None)
    query = {"state": chosen.value} if chosen else {}
    tabs = [(path, N_("All"), None), *((f"{path}?state={one}", STATES[one].word, one) for one in DeliveryState)]
    signs_too = found.former_until if found.former_until and found.former_until > now else None
    return WebhookPage(
        id=webhook_id,
        name=name_of(found),
        url=found.url,
        description=found.description,
        state=state_of(found, words),
        active=found.active,
        is_gone=found.off == OffReason.GONE,
        events=event_choices(found.events, words),
        version=found.version,
        added=moment(found.created_at, zone),
        added_by=accounts.names(session, {found.created_by}).get(found.created_by, ""),
        former_until=moment(signs_too, zone) if signs_too else None,
        clock=zone.key,
        deliveries=delivery_rows(found, told, zone, words),
        total=told.total,
        next=f"{path}?{urlencode({**query, 'cursor': told.next_cursor})}" if told.next_cursor else "",
        tabs=tuple(Choice(f"{one}#deliveries", words.gettext(label), of == chosen) for one, label, of in tabs),
        address=f"{path}?{urlencode({**query, **({'cursor': cursor} if cursor else {})})}",
        renews=found.active and is_due(told, now),
        secret=secret,
        error=words.gettext(error.message) if error else "",
    )
