"""What is done with whole reviews: taken, given, submitted, opened again, set aside, released to the agent."""

from typing import Annotated

from fastapi import Query
from pydantic import BaseModel, ConfigDict, Field
from sqlmodel import Session

from app.accounts import queries as accounts
from app.accounts.models import Scope, User
from app.accounts.policies import may_assign, may_release
from app.api.conditional import IfMatch, Precondition
from app.api.idempotency import OnceDep
from app.api.parameters import PLAIN, RowId, wrong
from app.api.review_answers import ReviewRowOut, review_row
from app.api.reviews import Reviewer, to_change
from app.api.routing import api_router
from app.calls import queries as calls
from app.calls.models import Call
from app.kit import clock
from app.kit.db import id_of
from app.kit.errors import AppError
from app.request import Client, KeyFor, ServicesDep, SessionDep
from app.reviews import assignment, assignment_queries, offering, release_queries, releasing, service, unannounced
from app.reviews import set_aside as aside
from app.reviews.models import Review
from app.reviews.offering import terms
from app.reviews.queries import Waiting
from app.reviews.set_aside import Aside

router = api_router(tags=["reviews"])

Assigner = Annotated[Client, KeyFor(may_assign, Scope.SCORES_WRITE)]
Releaser = Annotated[Client, KeyFor(may_release, Scope.SCORES_WRITE)]

MOST_AT_ONCE = 500


class NothingWaits(AppError):
    """Nothing waits for you: every review is done, somebody else's, or not yours to do."""

    code = "nothing_waits"
    status = 409


class ReasonIn(BaseModel):
    """Why something that counted is taken out again."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(
        min_length=1, max_length=2000, pattern=PLAIN, description="Why; the ledger keeps it.", examples=["Misheard."]
    )


class GiveBackIn(BaseModel):
    """A few words to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    words: str = Field("", max_length=2000, pattern=PLAIN, description="A few words to it.", examples=["No time."])


class AsideIn(GiveBackIn):
    """Why a call cannot be scored."""

    reason: Aside = Field(description="Why; with `other`, `words` say more.", examples=[Aside.VOICEMAIL])


class AssignIn(BaseModel):
    """Which reviews are given to whom."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reviews: list[Annotated[int, Field(ge=1, lt=2**31)]] = Field(
        min_length=1, max_length=MOST_AT_ONCE, description="Ids of open reviews.", examples=[[5, 6]]
    )
    to: str = Field(max_length=100, pattern=PLAIN, description="User name of who is to do them.", examples=["alice"])


class ReviewsIn(BaseModel):
    """Some reviews."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reviews: list[Annotated[int, Field(ge=1, lt=2**31)]] = Field(
        min_length=1, max_length=MOST_AT_ONCE, description="Ids of submitted reviews.", examples=[[5, 6]]
    )


class ChangedOut(BaseModel):
    """How many reviews something changed."""

    changed: int = Field(description="How many; those that were so already are left out.", examples=[2])


@router.post("/reviews/next")
def take_next(
    client: Reviewer,
    session: SessionDep,
    once: OnceDep,
    language: Annotated[
        str | None, Query(max_length=10, pattern=PLAIN, description="Only a call in this language.", examples=["zh"])
    ] = None,
    overdue: Annotated[bool, Query(description="Only what is overdue.", examples=[False])] = False,
) -> ReviewRowOut:
    """Take up the next review of the queue: one's own come first, then one that nobody is to do yet."""
    wanted = Waiting(language=language, due_before=clock.now() if overdue else None)
    found = service.take_next(session, client.user, wanted, client.actor)
    if found is None:
        raise NothingWaits
    once.about = f"/api/v1/reviews/{found.id}"
    return _done(session, client, found)


@router.post("/calls/{call_id}/review", status_code=201)
def send_to_review(call_id: RowId, client: Reviewer, session: SessionDep, shared: ServicesDep) -> ReviewRowOut:
    """Put a scored call into the queue; one that waits there already stays as it is."""
    calls.call(session, client.user, call_id)
    waits = unannounced.in_place(session, client.user, [call_id]).get(call_id)
    sent = waits or offering.send(session, call_id, client.actor, shared.settings.review_days)
    return _done(session, client, sent)


@router.post("/reviews/assign")
def assign_reviews(said: AssignIn, client: Assigner, session: SessionDep, shared: ServicesDep) -> ChangedOut:
    """Give open reviews to a person, whoever was to do them: all of them, or none."""
    to = accounts.user_named(session, said.to)
    if to is None or to.id not in {one.id for one in assignment_queries.colleagues(session, client.user)}:
        raise wrong("to", "names nobody who may review what you see", "body")
    chosen = [id_of(to_change(session, client.user, one)) for one in _in_order(session, said.reviews)]
    most = shared.settings.most_open
    return ChangedOut(changed=assignment.assign(session, chosen, to, client.user, client.actor, most))


@router.post("/reviews/release")
def release_results(said: ReviewsIn, client: Releaser, session: SessionDep, shared: ServicesDep) -> ChangedOut:
    """Let agents read these results now; those that do not wait for it are left out."""
    seen = release_queries.visible(session, client.user, said.reviews)
    return ChangedOut(changed=releasing.release_some(session, seen, client.actor, terms(shared.settings)))


@router.post("/reviews/{review_id}/submit")
def submit_review(
    review_id: RowId, client: Reviewer, session: SessionDep, shared: ServicesDep, if_match: IfMatch
) -> ReviewRowOut:
    """Submit a review in which every item is decided: from now on its result counts."""
    review = _to_act(session, client.user, review_id, if_match)
    on = terms(shared.settings)
    return _done(session, client, service.submit(session, id_of(review), client.user, client.actor, on))


@router.post("/reviews/{review_id}/reopen")
def reopen_review(
    review_id: RowId, said: ReasonIn, client: Reviewer, session: SessionDep, shared: ServicesDep, if_match: IfMatch
) -> ReviewRowOut:
    """Put a submitted or retracted review back into the queue, with its verdicts kept; one's own, or who leads any."""
    review, days = _to_act(session, client.user, review_id, if_match), shared.settings.review_days
    return _done(session, client, service.reopen(session, id_of(review), client.user, client.actor, said.reason, days))


@router.post("/reviews/{review_id}/retract")
def retract_review(
    review_id: RowId, said: ReasonIn, client: Reviewer, session: SessionDep, if_match: IfMatch
) -> ReviewRowOut:
    """Take a submitted review out of the rates, with its verdicts kept; it is not in the queue either."""
    review = _to_act(session, client.user, review_id, if_match)
    return _done(session, client, service.retract(session, id_of(review), client.user, client.actor, said.reason))


@router.post("/reviews/{review_id}/claim")
def claim_review(
    review_id: RowId, client: Reviewer, session: SessionDep, shared: ServicesDep, if_match: IfMatch
) -> ReviewRowOut:
    """Take a review that nobody is to do yet."""
    review, most = _to_act(session, client.user, review_id, if_match), shared.settings.most_open
    return _done(session, client, assignment.claim(session, id_of(review), client.user, client.actor, most))


@router.post("/reviews/{review_id}/give-back")
def give_review_back(
    review_id: RowId, said: GiveBackIn, client: Reviewer, session: SessionDep, if_match: IfMatch
) -> ReviewRowOut:
    """Let go of a review; what was decided stays, and whoever gave it back is not given it again."""
    review = _to_act(session, client.user, review_id, if_match)
    return _done(session, client, assignment.give_back(session, id_of(review), client.user, client.actor, said.words))


@router.post("/reviews/{review_id}/set-aside")
def set_review_aside(
    review_id: RowId, said: AsideIn, client: Reviewer, session: SessionDep, if_match: IfMatch
) -> ReviewRowOut:
    """Set a call aside that cannot be scored: out of scope of every rate, never a result."""
    review = _to_act(session, client.user, review_id, if_match)
    done = aside.set_aside(session, id_of(review), said.reason, client.user, client.actor, said.words)
    return _done(session, client, done)


@router.post("/reviews/{review_id}/bring-back")
def bring_review_back(review_id: RowId, client: Reviewer, session: SessionDep, if_match: IfMatch) -> ReviewRowOut:
    """Let a call that was set aside wait again."""
    review = _to_act(session, client.user, review_id, if_match)
    return _done(session, client, aside.bring_back(session, id_of(review), client.user, client.actor))


@router.post("/reviews/{review_id}/release")
def release_result(
    review_id: RowId, client: Releaser, session: SessionDep, shared: ServicesDep, if_match: IfMatch
) -> ReviewRowOut:
    """Let the agent read this result now."""
    review = _to_act(session, client.user, review_id, if_match)
    return _done(session, client, releasing.release(session, id_of(review), client.actor, terms(shared.settings)))


def _to_act(session: Session, user: User, review_id: int, if_match: Precondition) -> Review:
    """The review, locked, in the state in which the client wants to change it."""
    review = to_change(session, user, review_id)
    # Its version alone decides, and that is the same in a list.
    if_match.check(review_row(session, user, session.get_one(Call, review.call_id), review))
    return review


def _done(session: Session, client: Client, review: Review) -> ReviewRowOut:
    """Where the review is now; without what people wrote, for answers are kept to be given again."""
    return review_row(session, client.user, session.get_one(Call, review.call_id), review)


def _in_order(session: Session, review_ids: list[int]) -> list[int]:
    # Two who lock several reviews take them in the same order, or they would wait for each other in a circle.
    return list(assignment_queries.in_order(session, review_ids))
