"""An agent scores their own call; that is compared with the review that counts, and never counts itself."""

import pytest
from sqlmodel import Session

from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import Forbidden
from app.ledger.service import Actor
from app.reports.recount import recount
from app.reviews import queries, releasing, self_scores, service
from app.reviews.offering import Terms
from app.reviews.self_scores import Said
from tests.cast import make_cast
from tests.reviews.deciding import confirm_all
from tests.stored import NOW, scored

ALICE, DANA = Actor("Alice", NOW), Actor("Dana", NOW)
FIRST = Terms(release_hours=0, self_score_first=True)


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def review(session, cast):
    return scored(session, agent="dana", team="Team A")[1]


def own(session, review, cast, **others):
    _, items = self_scores.scored_on(session, review.call_id)
    said = {item.id: others.get(item.id, Said(Verdict.PASS)) for item in items}
    return self_scores.score_own_call(session, review.call_id, cast.dana, said, DANA)


def submitted(session, review, cast, on):
    confirm_all(session, review, cast.alice)
    return service.submit(session, id_of(review), cast.alice, ALICE, on)


def test_an_own_score_is_compared_and_counts_nowhere(session, cast, review):
    given = own(session, review, cast, polite=Said(Verdict.FAIL, words=" I sighed. "))
    assert given.state == ReviewState.COMPARED
    assert queries.verdicts(session, id_of(given))["polite"].note == "I sighed."
    assert queries.of_call(session, review.call_id).id == review.id
    assert queries.labels_of(session, id_of(given)) == []
    assert recount(session) == ()
    assert queries.queue(session, cast.alice)[1] == 1


def test_it_is_given_once_whole_and_by_the_agent_alone(session, cast, review):
    with pytest.raises(self_scores.SelfScoreUnfinished), session.begin_nested():
        own(session, review, cast, polite=Said())
    with pytest.raises(Forbidden):
        self_scores.score_own_call(session, review.call_id, cast.mei, {}, DANA)
    own(session, review, cast)
    with pytest.raises(self_scores.AlreadySelfScored):
        own(session, review, cast)


def test_where_it_comes_first_the_result_is_read_after_it(session, cast, review):
    submitted(session, review, cast, FIRST)
    assert (review.state, review.told) == (ReviewState.RELEASED, False)
    with pytest.raises(releasing.NotToAcknowledge):
        releasing.acknowledge(session, id_of(review), id_of(cast.dana), "", DANA)
    own(session, review, cast)
    assert review.told


def test_who_declines_reads_the_result_at_once(session, cast, review):
    submitted(session, review, cast, FIRST)
    with pytest.raises(Forbidden):
        self_scores.decline(session, review.call_id, cast.alice, ALICE)
    self_scores.decline(session, review.call_id, cast.dana, DANA)
    assert review.told


def test_a_result_that_is_released_while_the_agent_scores_the_call_is_read_after_it(engine):
    with db.session(engine) as session:
        cast = make_cast(session)
        review = scored(session, agent="dana", team="Team A")[1]
    with Session(engine, expire_on_commit=False) as agents:
        # The page reads the review before the call is locked.
        seen = queries.of_call(agents, review.call_id)
        agents.commit()
        with db.session(engine) as session:
            submitted(session, session.merge(review), cast, FIRST)
        assert not seen.told
        own(agents, seen, cast)
        agents.commit()
    with db.session(engine, reads_only=True) as session:
        assert queries.of_call(session, review.call_id).told


def test_who_has_scored_the_call_before_reads_the_result_as_it_comes(session, cast, review):
    own(session, review, cast)
    assert submitted(session, review, cast, FIRST).told
