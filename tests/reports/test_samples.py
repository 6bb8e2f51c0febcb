"""What a sample says of how far it has come: what waits is what somebody can still review."""

import pytest

from app.accounts.models import Role
from app.accounts.service import add_user
from app.calls import service as call_service
from app.domain.evidence import Verdict
from app.kit.db import id_of
from app.ledger.service import Actor
from app.reports.samples import results
from app.reviews import queries as reviews
from app.reviews import sampled, service
from app.reviews.offering import Terms
from app.reviews.set_aside import Aside, bring_back, set_aside
from app.sampling import queries
from app.sampling.service import draw
from tests.cast import LONG_AGO, make_cast
from tests.reviews.deciding import confirm_all
from tests.sampling.drawing import DAY, SAMPLED, later, plan_of, unasked
from tests.stored import NOW


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def calls(session, cast):
    return [unasked(session, str(place)) for place in range(12)]


def drawn(session, cast, size=6):
    """A draw of six of twelve calls, whose reviews are open."""
    made = draw(session, plan_of(session, cast.bob, size=size, strata=()), (DAY, DAY), later())
    opened(session)
    return made


def opened(session):
    for one in queries.unoffered(session, 100):
        sampled.open_one(session, one, later(), SAMPLED)


def sample(session, made):
    return [reviews.of_call(session, one.call_id) for one in queries.drawn_calls(session, made.id)]


def submit(session, cast, review, terms=SAMPLED, **others):
    confirm_all(session, review, cast.alice, **others)
    service.submit(session, id_of(review), cast.alice, Actor("Alice", NOW, cast.alice.id), terms)


def put_aside(session, cast, review):
    return set_aside(session, id_of(review), Aside.PERSONAL, cast.alice, Actor("Alice", NOW, cast.alice.id))


def rate(session, user, made):
    return results(session, user, [made])[0].rate


def test_where_no_item_applied_nobody_waits_for_another_call(session, cast, calls):
    made = drawn(session, cast)
    first, *others = sample(session, made)
    none = {one.id: Verdict.NOT_APPLICABLE for one in service.standing(session, first).findings}
    submit(session, cast, first, **none)
    for review in others:
        submit(session, cast, review)
    assert first.passed is None
    found = rate(session, cast.bob, made)
    assert (found.n, found.set_aside, found.waiting) == (5, 1, 0)
    assert found.at_least == found.ci_low, "nothing is left that could still fail"


def test_a_call_that_was_set_aside_and_deleted_hides_none_that_waits(session, cast, calls):
    made = drawn(session, cast)
    aside = put_aside(session, cast, sample(session, made)[0])
    opened(session)
    call_service.delete(session, aside.call_id, Actor("Bob", NOW), "asked for")
    assert rate(session, cast.bob, made).waiting == 6


def test_a_call_that_is_brought_back_waits_beside_the_one_that_stood_in_for_it(session, cast, calls):
    made = drawn(session, cast)
    aside = put_aside(session, cast, sample(session, made)[0])
    bring_back(session, id_of(aside), cast.alice, Actor("Alice", NOW, cast.alice.id))
    assert rate(session, cast.bob, made).waiting == 7


def test_where_no_call_is_left_to_stand_in_nobody_waits_for_one(session, cast, calls):
    made = drawn(session, cast, size=11)
    (left,) = {id_of(call) for call in calls} - {one.call_id for one in sample(session, made)}
    call_service.delete(session, left, Actor("Bob", NOW), "asked for")
    put_aside(session, cast, sample(session, made)[0])
    found = rate(session, cast.bob, made)
    assert (found.set_aside, found.waiting) == (1, 10)


def test_to_who_scores_a_call_for_the_second_time_it_waits_in_the_sums_as_in_the_list(session, cast, calls):
    ren = add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO)
    made = drawn(session, cast)
    review = sample(session, made)[0]
    review.blind = True
    session.add(review)
    submit(session, cast, review, Terms(double_share=1))
    (known,), (unknown,) = results(session, cast.bob, [made]), results(session, ren, [made])
    assert [(one.rate.n, one.rate.waiting) for one in (known, unknown)] == [(1, 5), (0, 6)]
    assert unknown.strata[0].came.passed == 0
