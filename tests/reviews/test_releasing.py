"""An agent learns of a result when it is released: at once, after some hours, or when a person says so."""

from datetime import timedelta

import pytest
from sqlmodel import select

from app.domain.lifecycle import ReviewState
from app.kit import db
from app.kit.db import id_of
from app.ledger.queries import entries
from app.ledger.service import Actor
from app.notices.models import Kind, Notice
from app.reviews import queries, release_queries, releasing, service
from app.reviews.models import Review
from app.reviews.offering import Terms
from tests.cast import make_cast
from tests.reviews.deciding import confirm_all
from tests.stored import NOW, scored

ALICE, BOB, DANA = Actor("Alice", NOW), Actor("Bob", NOW), Actor("Dana", NOW)
AT_ONCE, BY_HAND = Terms(release_hours=0), Terms()


@pytest.fixture
def cast(session):
    return make_cast(session)


def submitted(session, cast, on=AT_ONCE, **facts):
    """A review of Dana's call that Alice has submitted."""
    _, review = scored(session, **{"agent": "dana", "team": "Team A", **facts})
    confirm_all(session, review, cast.alice)
    return service.submit(session, id_of(review), cast.alice, ALICE, on)


def test_without_delay_the_agent_is_told_in_the_same_breath(session, cast):
    review = submitted(session, cast)
    assert (review.state, review.released_at) == (ReviewState.RELEASED, NOW)
    assert review.told
    told = session.exec(select(Notice)).all()
    assert [(one.user_id, one.kind, one.url) for one in told] == [
        (cast.dana.id, Kind.RELEASED, f"/calls/{review.call_id}")
    ]
    assert [one.event for one in entries(session, f"call:{review.call_id}")][-2:] == [
        "review.submitted",
        "review.released",
    ]


def test_a_call_whose_agent_nobody_knows_is_released_to_nobody(session, cast):
    review = submitted(session, cast, agent=None)
    assert (review.state, review.release_at) == (ReviewState.SUBMITTED, None)
    with pytest.raises(releasing.NobodyToTell):
        releasing.release(session, id_of(review), BOB, AT_ONCE)


def test_where_only_people_release_a_result_waits_for_them(session, cast):
    review = submitted(session, cast, BY_HAND)
    assert (review.state, review.release_at, review.told) == (ReviewState.SUBMITTED, None, False)
    rows, total = release_queries.waiting(session, cast.bob, 50, 1000)
    assert ([one.id for one, _ in rows], total) == ([review.id], 1)
    assert release_queries.waiting(session, cast.charlie, 50, 1000) == ([], 0)
    assert releasing.release_some(session, [id_of(review)], BOB, BY_HAND) == 1
    assert releasing.release_some(session, [id_of(review)], BOB, BY_HAND) == 0
    assert release_queries.waiting(session, cast.bob, 50, 1000) == ([], 0)
    with pytest.raises(releasing.NotToRelease):
        releasing.release(session, id_of(review), BOB, BY_HAND)


def test_after_some_hours_the_worker_releases_each_result_once(engine):
    with db.session(engine) as session:
        review = submitted(session, make_cast(session), Terms(release_hours=24))
        review_id = id_of(review)
        assert review.release_at == NOW + timedelta(hours=24)
    on = Terms(release_hours=24)
    assert releasing.release_due(engine, NOW + timedelta(hours=23), on) == 0
    assert releasing.release_due(engine, NOW + timedelta(hours=24), on) == 1
    assert releasing.release_due(engine, NOW + timedelta(hours=25), on) == 0
    with db.session(engine) as session:
        assert session.get_one(Review, review_id).state == ReviewState.RELEASED
        assert len(session.exec(select(Notice)).all()) == 1


def test_what_is_opened_again_is_taken_back_from_the_agent_and_released_anew(session, cast):
    review = submitted(session, cast)
    releasing.acknowledge(session, id_of(review), id_of(cast.dana), "Understood.", DANA)
    service.reopen(session, id_of(review), cast.alice, ALICE, "I misheard")
    assert (review.told, review.released_at, review.acknowledged_at, review.acknowledged_words) == (
        False,
        None,
        None,
        "",
    )
    service.submit(session, id_of(review), cast.alice, ALICE, AT_ONCE)
    assert review.state == ReviewState.RELEASED
    assert len(session.exec(select(Notice)).all()) == 2


def test_only_the_agent_acknowledges_and_only_once(session, cast):
    review = submitted(session, cast)
    with pytest.raises(releasing.Forbidden):
        releasing.acknowledge(session, id_of(review), id_of(cast.mei), "", DANA)
    releasing.acknowledge(session, id_of(review), id_of(cast.dana), " Thank you. ", DANA)
    assert (review.state, review.acknowledged_words) == (ReviewState.ACKNOWLEDGED, "Thank you.")
    with pytest.raises(releasing.NotToAcknowledge):
        releasing.acknowledge(session, id_of(review), id_of(cast.dana), "", DANA)


def test_agents_find_a_call_by_its_outcome_only_once_they_may_read_it(session, cast):
    review = submitted(session, cast, BY_HAND)

    def found():
        return session.exec(select(Review.call_id).where(queries.readable_by_agents())).all()

    assert found() == []
    releasing.release(session, id_of(review), BOB, BY_HAND)
    assert found() == [review.call_id]
    review.awaits_self_score = True
    session.flush()
    assert found() == []
