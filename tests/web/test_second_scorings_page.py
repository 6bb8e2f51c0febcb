"""What two reviewers see differently is settled on its page: an item, a level of a graded one, or the result alone."""

import pytest

from app.accounts.models import Role, User
from app.accounts.service import add_user
from app.domain.evidence import Verdict
from app.evaluations import queries as evaluations
from app.kit import db
from app.kit.db import id_of
from app.request import actor
from app.reviews import second_queries, service
from app.reviews.models import DoubleScoring, Review
from app.reviews.offering import Terms, carry_over
from tests.cast import LONG_AGO
from tests.graded import graded_card, judged_by
from tests.web.conftest import Web


@pytest.fixture
def ren(web: Web) -> User:
    with db.session(web.engine) as session:
        team = id_of(web.cast.team_a)
        return add_user(session, username="ren", name="Ren", role=Role.REVIEWER, team_id=team, now=LONG_AGO)


def scored_twice(web: Web, ren: User, then: float, mark: int) -> DoubleScoring:
    """Alice grades asking with 20 of 20 points and passes the call, Ren so, by a scorecard with this pass mark."""
    call_id = web.make_call()
    with db.session(web.engine) as session:
        review = judged_by(session, call_id, graded_card().model_copy(update={"pass_mark": 90}))
        review.blind = True
        session.add(review)
    grade(web, id_of(review), web.cast.alice, 20)
    with db.session(web.engine) as session:
        double = second_queries.of_first(session, id_of(review))
        assert double is not None
        if mark != 90:
            judged_by(session, call_id, graded_card().model_copy(update={"pass_mark": mark}))
        evaluation = evaluations.current(session, call_id)
        assert evaluation is not None
        carry_over(session, session.get_one(Review, double.second_id), evaluation, actor(ren))
    grade(web, double.second_id, ren, then)
    return double


def grade(web: Web, review: int, user: User, asking: float) -> None:
    with db.session(web.engine) as session:
        service.decide(session, review, "greeting", Verdict.PASS, user, actor(user))
        for item, level in (("patience", 3), ("asking", asking)):
            service.decide(session, review, item, None, user, actor(user), level=level)
        service.submit(session, review, user, actor(user), Terms(double_share=1))


def reference(web: Web, double: DoubleScoring) -> bool | None:
    with db.session(web.engine, reads_only=True) as session:
        return session.get_one(DoubleScoring, double.id).reference_passed


def test_of_a_graded_item_the_levels_are_shown_and_one_is_chosen(web: Web, ren: User) -> None:
    double = scored_twice(web, ren, then=10, mark=90)
    address = f"/agreement/calls/{double.id}"
    page = web.get(web.cast.bob, address).text
    assert "1 item is seen differently" in page
    assert "Pass 20/20" in page.split('class="opinions"')[1]
    assert 'name="verdict.asking" value="pass:10.0"' in page
    assert web.post(web.cast.bob, address, data={"verdict.asking": "pass"}).status_code == 422
    assert web.post(web.cast.bob, address, data={"verdict.asking": "pass:10.0"}).status_code == 303
    assert reference(web, double) is False
    assert "Settled by Bob" in web.get(web.cast.bob, address).text


def test_where_no_item_is_seen_differently_the_result_is_chosen(web: Web, ren: User) -> None:
    double = scored_twice(web, ren, then=20, mark=99)
    address = f"/agreement/calls/{double.id}"
    page = web.get(web.cast.bob, address).text
    assert "0 items are seen differently" in page
    assert "the scorecard was changed between the two" in page
    assert web.post(web.cast.bob, address).status_code == 422
    assert web.post(web.cast.bob, address, data={"passed": "fail"}).status_code == 303
    assert reference(web, double) is False
    assert 'name="passed"' not in web.get(web.cast.bob, address).text
