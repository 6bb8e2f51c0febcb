"""Calls that cannot be scored: set aside with the reason, out of every rate, and brought back."""

import pytest

from app.accounts.models import Role
from app.accounts.service import add_user
from app.domain.evidence import Verdict
from app.domain.lifecycle import ReviewState
from app.kit.db import id_of
from app.kit.errors import Forbidden
from app.ledger import queries as ledger
from app.ledger.service import Actor, call_stream
from app.reviews import queries, service, unannounced
from app.reviews import set_aside as aside
from app.reviews.offering import Terms
from app.reviews.queries import Waiting
from app.reviews.service import ReviewClosed
from app.reviews.set_aside import Aside
from tests.cast import LONG_AGO, make_cast
from tests.reviews.deciding import confirm_all
from tests.stored import NOW, scored

ALICE, BOB, CHARLIE = Actor("Alice", NOW), Actor("Bob", NOW), Actor("Charlie", NOW)


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def review(session, cast):
    return scored(session, agent="dana")[1]


def test_a_call_that_is_set_aside_does_not_wait_and_is_no_result(session, cast, review):
    service.decide(session, id_of(review), "warm", Verdict.PASS, cast.alice, ALICE)
    aside.set_aside(session, id_of(review), Aside.VOICEMAIL, cast.alice, ALICE)
    assert (review.state, review.set_aside_reason, review.counts) == (ReviewState.SET_ASIDE, "voicemail", False)
    assert queries.queue(session, cast.alice)[1] == 0
    listed, total = queries.queue(session, cast.alice, wanted=Waiting(aside=True))
    assert ([one.id for one, _ in listed], total) == ([review.id], 1)
    assert queries.queue(session, cast.alice, wanted=Waiting(aside=True, reason="personal"))[1] == 0
    assert queries.aside_reasons(session, cast.alice) == {"voicemail": 1}
    assert queries.aside_reasons(session, cast.charlie) == {}
    with pytest.raises(ReviewClosed):
        service.decide(session, id_of(review), "warm", Verdict.FAIL, cast.alice, ALICE)
    with pytest.raises(ReviewClosed):
        aside.set_aside(session, id_of(review), Aside.PERSONAL, cast.alice, ALICE)


def test_another_reason_needs_words_which_the_ledger_keeps(session, cast, review):
    with pytest.raises(aside.WordsNeeded):
        aside.set_aside(session, id_of(review), Aside.OTHER, cast.alice, ALICE, "  ")
    aside.set_aside(session, id_of(review), Aside.OTHER, cast.alice, ALICE, " A test call. ")
    last = ledger.entries(session, call_stream(review.call_id))[-1]
    assert (last.event, ledger.in_words(session, [last])[last.id]) == ("review.set_aside", {"words": "A test call."})


def test_it_is_brought_back_by_who_set_it_aside_or_a_lead_with_what_was_decided(session, cast, review):
    service.decide(session, id_of(review), "warm", Verdict.PASS, cast.alice, ALICE)
    aside.set_aside(session, id_of(review), Aside.TOO_SHORT, cast.alice, ALICE)
    with pytest.raises(Forbidden):
        aside.bring_back(session, id_of(review), cast.charlie, CHARLIE)
    aside.bring_back(session, id_of(review), cast.alice, ALICE)
    assert (review.state, review.set_aside_reason, review.assigned_to) == (ReviewState.OPEN, None, cast.alice.id)
    assert "warm" in queries.verdicts(session, id_of(review))
    aside.set_aside(session, id_of(review), Aside.TOO_SHORT, cast.alice, ALICE)
    aside.bring_back(session, id_of(review), cast.bob, BOB)
    assert review.assigned_to is None
    assert [one.event for one in ledger.entries(session, call_stream(review.call_id))][-1] == "review.brought_back"


def test_a_blind_one_stays_blind_while_it_is_set_aside(session, cast, review):
    review.blind = True
    session.add(review)
    aside.set_aside(session, id_of(review), Aside.NO_CUSTOMER, cast.alice, ALICE)
    assert review.hides_machine


def test_the_reasons_are_those_of_the_calls_that_are_listed(session, cast, review):
    ren = add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=id_of(cast.team_a), now=LONG_AGO)
    review.blind = True
    session.flush()
    confirm_all(session, review, cast.alice)
    service.submit(session, id_of(review), cast.alice, ALICE, Terms(double_share=1))
    second = unannounced.of_call(session, ren, review.call_id)
    aside.set_aside(session, id_of(second), Aside.VOICEMAIL, ren, Actor("Ren", NOW, ren.id))
    for user, listed in ((cast.alice, 0), (ren, 1), (cast.bob, 1)):
        assert queries.queue(session, user, wanted=Waiting(aside=True))[1] == listed
        assert sum(queries.aside_reasons(session, user).values()) == listed
