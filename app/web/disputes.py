"""Disputes: the list of them, one with all that speaks for and against it, and its decision."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, ClassVar, Literal
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import User
from app.accounts.policies import (
    may_decide_disputes,
    may_read_disputes,
    may_release,
    may_review,
    may_see_dispute_rates,
)
from app.calls import queries as calls
from app.calls.models import Call
from app.domain.metrics.interval import share
from app.domain.scorecard import Item
from app.kit import clock
from app.kit.db import id_of
from app.kit.i18n import Translator
from app.reports.wording import Shown, number
from app.request import Allow, ServicesDep, SessionDep, actor
from app.reviews import dispute_queries, disputes
from app.reviews.dispute_queries import ItemDisputes
from app.reviews.disputes import Answer, DecidedBy, Decision
from app.reviews.models import Dispute, Review
from app.scorecards.active import all_active
from app.web.call_rows import Frame
from app.web.released import DisputeLine, card_of, dispute_line
from app.web.rendering import render, see_other, words_for
from app.web.review_items import ItemView
from app.web.review_page import ReviewPage
from app.web.row_ids import RowId
from app.web.standing import standing_page
from app.web.times import Moment, moment, zone_of
from app.web.verdict_choices import VerdictChoice, as_chosen, chosen_by, verdict_choices

router = APIRouter()

Which = Literal["open", "decided"]


@dataclass(frozen=True)
class DisputeRow:
    """A dispute as a line of the list; `age` is in days."""

    line: DisputeLine
    call: int
    item: str
    agent: str
    customer: str
    age: int
    may_decide: bool


@dataclass(frozen=True)
class ItemRate:
    """How often an item was disputed, and which share of what was decided was upheld, with its interval."""

    item: str
    title: str
    disputed: int
    decided: int
    upheld: int
    percent: str
    interval: str


@dataclass(frozen=True)
class DisputesPage:
    """The disputes that a person may see; `rates` are for who leads."""

    template: ClassVar[str] = "disputes/list.html"
    which: Which
    rows: tuple[DisputeRow, ...]
    total: int
    next: str
    rates: tuple[ItemRate, ...]
    decides: bool
    releases: bool


@dataclass(frozen=True)
class DisputePage:
    """One dispute: the agent's words beside the verdict, its reason and its evidence; `choices` where it is decided."""

    template: ClassVar[str] = "disputes/show.html"
    id: int
    call: int
    agent: str
    customer: str
    started: Moment
    line: DisputeLine
    item: ItemView
    reason: str
    note: str
    before_by: str
    score: str
    outcome: Shown
    found: ReviewPage
    others: tuple[tuple[str, DisputeLine], ...]
    choices: tuple[VerdictChoice, ...]
    is_open: bool
    may_decide: bool
    is_own: bool
    mine: bool
    review_url: str


@router.get("/disputes")
def list_disputes(
    request: Request,
    session: SessionDep,
    shared: ServicesDep,
    user: Annotated[User, Allow(may_read_disputes)],
    which: Which = "open",
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    words, by = words_for(request), shared.settings.dispute_by
    page = dispute_queries.disputes(session, user, is_open=which == "open", cursor=cursor)
    further = urlencode({"which": which, "cursor": page.next_cursor}) if page.next_cursor else ""
    return render(
        request,
        DisputesPage(
            which=which,
            rows=_rows(session, user, page.items, by, words),
            total=page.total,
            next=f"/disputes?{further}" if further else "",
            rates=_rates(session, user, words) if may_see_dispute_rates(user) else (),
            decides=may_decide_disputes(user),
            releases=may_release(user),
        ),
    )


@router.get("/disputes/{dispute_id}")
def show_dispute(
    request: Request,
    dispute_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Annotated[User, Allow(may_read_disputes)],
) -> Response:
    found = dispute_queries.dispute(session, user, dispute_id)
    return render(request, _page(session, user, *found, shared.settings.dispute_by, words_for(request)))


@router.post("/disputes/{dispute_id}/decide")
def decide_dispute(
    dispute_id: RowId,
    session: SessionDep,
    shared: ServicesDep,
    user: Annotated[User, Allow(may_decide_disputes)],
    outcome: Annotated[Decision, Form()],
    verdict: Annotated[str, Form(max_length=40)] = "",
    reply: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    dispute_queries.dispute(session, user, dispute_id)
    given = Answer(outcome, reply, *(chosen_by(verdict) if outcome == "partly" else (None, None)))
    disputes.answer(session, dispute_id, user, given, actor(user), shared.settings.dispute_by)
    return see_other(f"/disputes/{dispute_id}", "dispute_decided")


def _rows(
    session: Session, user: User, found: Sequence[Dispute], by: DecidedBy, words: Translator
) -> tuple[DisputeRow, ...]:
    around, zone, now = dispute_queries.around(session, found), zone_of(session, user), clock.now()
    people = {one.decided_by or 0 for one in found} | {one.agent_id for one in found}
    names = accounts.names(session, people)
    agents = calls.agents(session, [id_of(call) for _, call in around.values()])
    rows = []
    for one in found:
        review, call = around[one.review_id]
        card = card_of(session, review)
        item = next((item for item in card.items if item.id == one.item_id), None)
        rows.append(
            DisputeRow(
                line=dispute_line(one, item, user, names, lambda at: moment(at, zone) if at else None, words),
                call=id_of(call),
                item=card.text(item.title, words.language) if item else one.item_id,
                agent=names.get(one.agent_id, ""),
                customer=call.customer_name or "",
                age=max(0, (now - one.opened_at).days),
                may_decide=may_decide_disputes(user)
                and disputes.may_decide(user, review, one, agents[id_of(call)], by),
            )
        )
    return tuple(rows)


def _rates(session: Session, user: User, words: Translator) -> tuple[ItemRate, ...]:
    titles = {
        (one.card.id, item.id): one.card.text(item.title, words.language)
        for one in all_active(session).values()
        for item in one.card.items
    }
    return tuple(
        _rate(one, titles.get((one.scorecard, one.item), one.item)) for one in dispute_queries.by_item(session, user)
    )


def _rate(one: ItemDisputes, title: str) -> ItemRate:
    upheld = share(one.upheld, one.decided)
    has_any = upheld.rate is not None and upheld.ci_low is not None and upheld.ci_high is not None
    return ItemRate(
        item=one.item,
        title=title,
        disputed=one.disputed,
        decided=one.decided,
        upheld=one.upheld,
        percent=f"{100 * (upheld.rate or 0):.0f} %" if has_any else "",
        interval=f"{100 * (upheld.ci_low or 0):.0f}–{100 * (upheld.ci_high or 0):.0f} %" if has_any else "",
    )


def _page(
    session: Session, user: User, one: Dispute, review: Review, call: Call, by: DecidedBy, words: Translator
) -> DisputePage:
    page = standing_page(session, user, review, call, words)
    card, frame = card_of(session, review), Frame(session, user, [call])
    items: dict[str, Item] = {item.id: item for item in card.items}
    all_of_it = dispute_queries.told_of_review(session, user, id_of(review))
    people = {each.decided_by or 0 for each in all_of_it} | {one.by_before, one.agent_id}
    names, zone = accounts.names(session, people), zone_of(session, user)

    def at(when: datetime | None) -> Moment | None:
        return moment(when, zone) if when is not None else None

    def line(each: Dispute) -> DisputeLine:
        return dispute_line(each, items.get(each.item_id), user, names, at, words)

    view = next(each for each in page.items if each.id == one.item_id)
    stands = as_chosen(one.verdict_before, one.level_before), as_chosen(one.proposed, one.proposed_level)
    is_open, titles = one.outcome == "open", {each.id: each.title for each in page.items}
    is_another = disputes.may_decide(user, review, one, calls.agents(session, [id_of(call)])[id_of(call)], by)
    return DisputePage(
        id=id_of(one),
        call=id_of(call),
        agent=names.get(one.agent_id, ""),
        customer=page.customer,
        started=frame.started(call),
        line=line(one),
        item=view,
        reason=dict(view.reasons).get(one.reason_before or "", ""),
        note=one.note_before,
        before_by=names.get(one.by_before, ""),
        score=number(review.score),
        outcome=page.outcome,
        found=page,
        others=tuple((titles.get(each.item_id, each.item_id), line(each)) for each in all_of_it if each.id != one.id),
        choices=verdict_choices(items[one.item_id], words, without=stands),
        is_open=is_open,
        may_decide=is_open and may_decide_disputes(user) and is_another,
        is_own=may_decide_disputes(user) and not is_another,
        mine=one.agent_id == user.id,
        review_url=f"/reviews/{review.id}" if may_review(user) else "",
    )
