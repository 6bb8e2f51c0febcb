"""The queue: what is due first stands first, and no two people are given the same call."""

from datetime import UTC, datetime, timedelta

import pytest

from app.domain.evidence import Verdict
from app.kit.db import id_of
from app.ledger.service import Actor
from app.reviews import offering, queries, service
from app.reviews.models import Picked
from app.reviews.queries import Waiting
from tests.cast import make_cast
from tests.stored import NOW, received, scored

ALICE, BOB = Actor("Alice", NOW), Actor("Bob", NOW)


@pytest.fixture
def cast(session):
    return make_cast(session)


def waiting(session, note, **changed):
    """A call that waits, of team A."""
    _, review = scored(session, agent="dana", customer_name=note)
    for name, value in changed.items():
        setattr(review, name, value)
    session.add(review)
    session.flush()
    return review


def test_what_is_due_first_comes_first_then_the_oldest_call(session, cast):
    due, later = NOW, NOW + timedelta(days=1)
    third = waiting(session, "1", due_at=later, called_at=NOW - timedelta(days=9))
    second = waiting(session, "2", due_at=due, called_at=NOW)
    first = waiting(session, "3", due_at=due, called_at=NOW - timedelta(days=1))
    rows, total = queries.queue(session, cast.alice)
    assert ([one.id for one, _ in rows], total) == ([first.id, second.id, third.id], 3)
    rest, _ = queries.queue(session, cast.alice, after=first)
    assert [one.id for one, _ in rest] == [second.id, third.id]
    assert queries.place_in_queue(session, cast.alice, third, Waiting()) == 2
    overdue, _ = queries.queue(session, cast.alice, wanted=Waiting(due_before=NOW))
    assert [one.id for one, _ in overdue] == [first.id, second.id]


def test_it_is_due_at_the_end_of_a_day_of_its_team(session, cast):
    # Two in the afternoon of the fifth in Shanghai: three days on, the eighth ends there at four in the afternoon UTC.
    assert waiting(session, "1").due_at == datetime(2026, 10, 8, 16, tzinfo=UTC)


def test_filters_leave_out_what_is_not_wanted(session, cast):
    one, other = waiting(session, "1"), waiting(session, "2")
    service.decide(session, id_of(other), "warm", Verdict.PASS, cast.alice, ALICE)

    def found(user, **wanted):
        return [review.id for review, _ in queries.queue(session, user, wanted=Waiting(**wanted))[0]]

    assert found(cast.alice, mine=True) == [other.id]
    assert found(cast.bob, mine=True) == []
    assert found(cast.ada, team_id=cast.team_a.id) == [one.id, other.id]
    assert found(cast.ada, team_id=cast.team_b.id) == []
    assert found(cast.ada, language="en") == [one.id, other.id]
    assert found(cast.ada, language="ja") == []


def test_two_who_start_the_next_are_not_given_the_same(session, cast):
    first, second = waiting(session, "1"), waiting(session, "2")
    assert service.take_next(session, cast.alice, Waiting(), ALICE).id == first.id
    assert service.take_next(session, cast.bob, Waiting(), BOB).id == second.id
    assert first.opened_by == cast.alice.id
    # Each goes on with their own.
    assert service.take_next(session, cast.alice, Waiting(), ALICE).id == first.id


def test_what_somebody_has_taken_up_or_begun_is_given_to_nobody_else(session, cast):
    first, second = waiting(session, "1"), waiting(session, "2")
    service.take_next(session, cast.alice, Waiting(), ALICE)
    service.decide(session, id_of(second), "warm", Verdict.PASS, cast.alice, ALICE)
    assert (first.assigned_to, second.assigned_to) == (cast.alice.id, cast.alice.id)
    tomorrow = Actor("Bob", NOW + timedelta(days=1))
    assert service.take_next(session, cast.bob, Waiting(), tomorrow) is None


def test_the_next_one_follows_the_one_just_left_and_then_begins_anew(session, cast):
    first, second, third = (waiting(session, str(number)) for number in range(3))
    assert service.take_next(session, cast.alice, Waiting(), ALICE, after=second).id == third.id
    third.assigned_to = None
    session.add(third)
    session.flush()
    assert service.take_next(session, cast.alice, Waiting(), ALICE, after=third).id == first.id


def test_a_person_sends_a_scored_call_to_review_once(session, cast):
    call, review = scored(session, agent="dana")
    session.delete(review)
    session.flush()
    sent = offering.send(session, id_of(call), ALICE, 3)
    assert (sent.picked, sent.blind) == (Picked.PERSON.value, False)
    assert offering.send(session, id_of(call), BOB, 3).id == sent.id
    with pytest.raises(offering.NotScored):
        offering.send(session, id_of(received(session, "not heard yet")), ALICE, 3)
    for finding in service.standing(session, sent).findings:
        service.decide(session, id_of(sent), finding.id, Verdict.PASS, cast.alice, ALICE, reason_code="misheard")
    service.submit(session, id_of(sent), cast.alice, ALICE)
    with pytest.raises(offering.AlreadyReviewed):
        offering.send(session, id_of(call), ALICE, 3)


def test_what_is_opened_again_is_due_in_as_many_days_from_then(session, cast):
    review = waiting(session, "1", due_at=NOW - timedelta(days=30))
    for finding in service.standing(session, review).findings:
        service.decide(session, id_of(review), finding.id, Verdict.PASS, cast.alice, ALICE, reason_code="misheard")
    service.submit(session, id_of(review), cast.alice, ALICE)
    service.reopen(session, id_of(review), cast.alice, ALICE, "misheard", 1)
    assert review.due_at == datetime(2026, 10, 6, 16, tzinfo=UTC)
    assert review.reopened_at == NOW
