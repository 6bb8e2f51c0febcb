"""Reviews: what waits for a person, what they decide item by item, and the results."""

from enum import StrEnum
from typing import Annotated

from fastapi import Path, Query, Response
from sqlmodel import Session

from app.accounts.models import Scope, User
from app.accounts.policies import may_review, may_see_machine_verdicts
from app.api.conditional import IfMatch, IfMatchNeeded
from app.api.csv_pages import csv_page
from app.api.findings import machine_out
from app.api.parameters import (
    CSV_TOO,
    PLAIN,
    ByteOrderMark,
    CsvWanted,
    Cursor,
    DaysDep,
    PageOut,
    PageSize,
    Reader,
    RowId,
    WhoseDep,
    wrong,
)
from app.api.review_answers import ReviewRowOut, review_out, review_row
from app.api.review_items import ReviewDetailOut, VerdictIn, VerdictStandsOut, item_out, stands
from app.api.routing import api_router
from app.calls.models import Call
from app.domain.lifecycle import COUNTING, ReviewState
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import Forbidden, NotFound
from app.kit.pagination import PAGE_SIZE, Page
from app.request import Client, KeyFor, SessionDep
from app.reviews import queries, service
from app.reviews.models import Review
from app.reviews.queries import Waiting
from app.reviews.result_queries import Results, results
from app.reviews.set_aside import Aside

router = api_router(prefix="/reviews", tags=["reviews"])

Reviewer = Annotated[Client, KeyFor(may_review, Scope.SCORES_WRITE)]
ItemId = Annotated[
    str,
    Path(max_length=100, pattern=PLAIN, description="The item's id in the scorecard.", examples=["standard_greeting"]),
]

COLUMNS = tuple(ReviewRowOut.model_fields)


class Which(StrEnum):
    """Which reviews: of the queue, or results by what became of them."""

    WAITING = "waiting"
    MINE = "mine"
    UNASSIGNED = "unassigned"
    SET_ASIDE = "set_aside"
    RESULTS = "results"
    TO_RELEASE = "to_release"
    RELEASED = "released"
    ACKNOWLEDGED = "acknowledged"
    DISPUTED = "disputed"
    RESOLVED = "resolved"
    RETRACTED = "retracted"


# In which states a review is that has left the queue.
STATES: dict[Which, tuple[ReviewState, ...]] = {
    Which.RESULTS: COUNTING,
    Which.TO_RELEASE: (ReviewState.SUBMITTED,),
    Which.RELEASED: (ReviewState.RELEASED,),
    Which.ACKNOWLEDGED: (ReviewState.ACKNOWLEDGED,),
    Which.DISPUTED: (ReviewState.DISPUTED,),
    Which.RESOLVED: (ReviewState.RESOLVED,),
    Which.RETRACTED: (ReviewState.RETRACTED,),
}


@router.get("", response_model=PageOut[ReviewRowOut], responses=CSV_TOO)
def list_reviews(
    client: Reader,
    session: SessionDep,
    days: DaysDep,
    whose: WhoseDep,
    csv: CsvWanted,
    which: Annotated[
        Which,
        Query(
            description="Of the queue: waiting, mine, unassigned, set_aside. What has left it: results (all that "
            "count), to_release, released, acknowledged, disputed, resolved, retracted. `agent`, `from` and `to` "
            "narrow only the latter.",
            examples=["mine"],
        ),
    ] = Which.RESULTS,
    overdue: Annotated[bool, Query(description="Of the queue only what is overdue.", examples=[False])] = False,
    language: Annotated[
        str | None,
        Query(max_length=10, pattern=PLAIN, description="Of the queue only calls in this language.", examples=["zh"]),
    ] = None,
    reason: Annotated[
        Aside | None, Query(description="Of what was set aside only for this reason.", examples=["voicemail"])
    ] = None,
    cursor: Cursor = None,
    limit: PageSize = PAGE_SIZE,
    bom: ByteOrderMark = False,
) -> PageOut[ReviewRowOut] | Response:
    """The queue, what is due first standing first; or results, the newest first.

    The queue is for those who review; an agent's key reads the results that were released to them. `total` is told up
    to 1,000 of the queue, and up to 10,000 of results.
    """
    if which in STATES:
        wanted = Results(STATES[which], whose.agent_id, whose.team_id, days.first_day, days.last_day)
        found = results(session, client.user, wanted, cursor=cursor, size=limit)
    else:
        found = _queue(session, client.user, _waiting(which, whose.team_id, language, overdue, reason), cursor, limit)
    page = found.of(lambda one: review_row(session, client.user, session.get_one(Call, one.call_id), one))
    if csv:
        return csv_page(COLUMNS, page, bom)
    return PageOut(items=list(page.items), next_cursor=page.next_cursor, total=page.total)


@router.get("/{review_id}")
def get_review(review_id: RowId, client: Reader, session: SessionDep) -> ReviewDetailOut:
    """One review: where it stands, and of each item what can be decided and what is."""
    review = readable(session, client.user, review_id)
    return review_detail(session, client.user, review)


@router.get("/{review_id}/verdicts/{item}")
def get_verdict(review_id: RowId, item: ItemId, client: Reader, session: SessionDep) -> VerdictStandsOut:
    """What stands decided about one item; its ETag is what a change of it names."""
    review = readable(session, client.user, review_id)
    return stands(session, service.standing(session, review), item)


@router.put("/{review_id}/verdicts/{item}")
def decide_item(
    review_id: RowId, item: ItemId, said: VerdictIn, client: Reviewer, session: SessionDep, if_match: IfMatchNeeded
) -> VerdictStandsOut:
    """Confirm or override what the machine found about an item.

    `If-Match` names what you saw decided: `"0"` where nobody had decided yet, `*` for whatever it is.
    """
    review = to_change(session, client.user, review_id)
    if_match.check(stands(session, service.standing(session, review), item))
    now = service.decide(
        session,
        id_of(review),
        item,
        said.verdict,
        client.user,
        client.actor,
        level=said.level,
        reason_code=said.reason_code,
        note=said.note,
    )
    return stands(session, now, item)


@router.delete("/{review_id}/verdicts/{item}")
def undo_verdict(
    review_id: RowId, item: ItemId, client: Reviewer, session: SessionDep, if_match: IfMatch
) -> VerdictStandsOut:
    """Take a decision back: the item is to be decided again."""
    review = to_change(session, client.user, review_id)
    if_match.check(stands(session, service.standing(session, review), item))
    return stands(session, service.undo(session, id_of(review), item, client.actor), item)


def readable(session: Session, user: User, review_id: int) -> Review:
    """The review with this id, if this person may read it; agents those of results that are theirs to read."""
    review = queries.review(session, user, review_id)
    if not may_see_machine_verdicts(user) and not review.told:
        raise NotFound
    return review


def to_change(session: Session, user: User, review_id: int) -> Review:
    """The review with this id, if this person may see it, which nobody else changes until the request is done."""
    return queries.lock(session, id_of(queries.review(session, user, review_id)))


def review_detail(session: Session, user: User, review: Review) -> ReviewDetailOut:
    """A review with everything that is needed to do it, as this person may know it."""
    now, call = service.standing(session, review), session.get_one(Call, review.call_id)
    shown = review_out(session, user, call, now)
    machine = None if review.hides_machine else machine_out(session, call, now.evaluation)
    found = {one.id: one for one in machine.items} if machine else {}
    decided = {one.id: one for one in shown.verdicts}
    items = [item_out(one, now, found.get(one.id), decided.get(one.id)) for one in now.card.items]
    return ReviewDetailOut(**dict(shown), items=items)


def _waiting(which: Which, team_id: int | None, language: str | None, overdue: bool, reason: Aside | None) -> Waiting:
    return Waiting(
        mine=which == Which.MINE,
        team_id=team_id,
        language=language,
        due_before=clock.now() if overdue else None,
        unassigned=which == Which.UNASSIGNED,
        aside=which == Which.SET_ASIDE,
        reason=reason,
    )


def _queue(session: Session, user: User, wanted: Waiting, cursor: str | None, limit: int) -> Page[Review]:
    """A part of the queue; its cursor is the last review of the page before."""
    if not may_review(user):
        raise Forbidden
    after = None
    if cursor is not None:
        if not (cursor.isascii() and cursor.isdigit() and 0 < int(cursor[:12]) < 2**31):
            raise wrong("cursor", "is not one that this list gave")
        after = session.get(Review, int(cursor[:12]))
    found, total = queries.queue(session, user, limit + 1, wanted, after)
    shown = [review for review, _ in found[:limit]]
    return Page(shown, str(shown[-1].id) if len(found) > limit else None, total)
