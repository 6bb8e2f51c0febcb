"""The corrected pass rate tells what calls are worth, whatever was made of their results since they were submitted."""

import pytest
from sqlmodel import Session

from app.accounts.models import Role, User
from app.accounts.service import add_user
from app.domain.evidence import Verdict
from app.domain.scorecard import Scorecard
from app.kit.db import id_of
from app.ledger.service import Actor
from app.reports import agreement
from app.reports.queries import Filter
from app.reviews import second, second_queries, service
from app.reviews.models import Review
from app.reviews.offering import Terms
from app.reviews.second import Settled
from tests.cast import LONG_AGO, Cast, make_cast
from tests.graded import graded_card, judged_by
from tests.stored import NOW, scored

CARD = graded_card()
CALLS = range(20)
TWICE = range(10)
# Truly failed, and failed wrongly by whoever scored them first: as many of those scored twice as of the others.
BAD, WRONGED = (0, 1, 10, 11), (2, 12)


@pytest.fixture
def cast(session: Session) -> Cast:
    return make_cast(session)


@pytest.fixture
def ren(session: Session, cast: Cast) -> User:
    return add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO)


def doing(user: User) -> Actor:
    return Actor(user.name, NOW, user.id)


def submit(session: Session, review: Review, user: User, passes: bool, terms: Terms = Terms()) -> None:  # noqa: B008
    """The greeting alone decides whether the call passes."""
    verdict, of = Verdict.PASS if passes else Verdict.FAIL, id_of(review)
    service.decide(session, of, "greeting", verdict, user, doing(user), reason_code="misheard")
    for item, level in (("patience", 5), ("asking", 20)):
        service.decide(session, of, item, None, user, doing(user), level=level, reason_code="misheard")
    service.submit(session, of, user, doing(user), terms)


def reviewed(session: Session, cast: Cast, ren: User, number: int, card: Scorecard = CARD) -> Review:
    """A call that Alice scored and, of those scored twice, Ren too; what they differ on Bob settles."""
    call, _ = scored(session, agent="dana", team="Team A", customer_name=str(number))
    review, twice = judged_by(session, id_of(call), card), number in TWICE
    review.blind = True
    session.add(review)
    session.flush()
    submit(session, review, cast.alice, number not in (*BAD, *WRONGED), Terms(double_share=int(twice)))
    double = second_queries.of_first(session, id_of(review))
    assert (double is not None) == twice
    if double is not None:
        submit(session, session.get_one(Review, double.second_id), ren, number not in BAD)
    if double is not None and double.differs:
        second.settle(session, double, cast.bob, {"greeting": Settled(Verdict.PASS)}, doing(cast.bob))
    return review


@pytest.mark.parametrize("mended", [(), WRONGED[:1], WRONGED], ids=["none", "those scored twice", "all"])
def test_what_is_mended_after_it_was_submitted_is_not_corrected_twice(
    session: Session, cast: Cast, ren: User, mended: tuple[int, ...]
) -> None:
    reviews = [reviewed(session, cast, ren, number) for number in CALLS]
    for number in mended:
        service.reopen(session, id_of(reviews[number]), cast.alice, doing(cast.alice), "misheard")
        submit(session, reviews[number], cast.alice, passes=True)
    told = agreement.corrected(session, cast.bob, Filter())
    assert (told.n, told.checked, told.unsettled) == (20, 10, 0)
    assert told.plain == pytest.approx(0.7)
    assert told.value == pytest.approx(0.8)
