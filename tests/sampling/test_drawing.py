"""A plan draws once, by chance that its seed repeats, and what it drew waits for review."""

import threading
from datetime import date, timedelta

import pytest
from sqlmodel import select

from app.calls import queries as calls
from app.calls import service as call_service
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import NotFound
from app.ledger.service import Actor
from app.reports.recount import recount
from app.reviews import queries as reviews
from app.reviews import sampled, service
from app.reviews.models import Picked, Review
from app.reviews.offering import Terms, send
from app.reviews.set_aside import Aside, bring_back, set_aside
from app.sampling import queries
from app.sampling.models import Draw, DrawnCall, How, Period, SamplingPlan
from app.sampling.periods import ended
from app.sampling.service import (
    NothingToDraw,
    PeriodNotOver,
    PlanIncomplete,
    draw,
    draw_once,
    due,
    next_draw,
    redrawn,
    verified,
)
from tests.cast import make_cast
from tests.reviews.deciding import confirm_all
from tests.sampling.drawing import DAY, LATER, SAMPLED, facts, later, plan_of, unasked
from tests.stored import NOW, received

WEEK = (DAY, DAY + timedelta(days=6))


@pytest.fixture
def cast(session):
    return make_cast(session)


@pytest.fixture
def week(session, cast):
    """Sixteen scored calls of Dana's and Mei's that nobody is asked to review."""
    return [unasked(session, f"{who} {place}", agent=who) for who in ("dana", "mei") for place in range(8)]


def drawn_in(session, plan_id):
    return draw(session, plan_id, WEEK, later())


def test_nothing_comes_into_the_queue_by_itself_where_plans_say_what_does(session, cast, week):
    assert session.exec(select(Review)).all() == []
    every = unasked(session, "as ever", on=Terms())
    assert reviews.of_call(session, id_of(every)).picked == Picked.EVERY


def test_a_draw_is_made_once_and_its_seed_repeats_it(session, cast, week):
    plan_id = plan_of(session, cast.bob)
    made, again = drawn_in(session, plan_id), drawn_in(session, plan_id)
    assert made.id == again.id
    assert (made.population, made.left_out, len(queries.drawn_calls(session, made.id))) == (16, 0, 6)
    assert verified(session, made)
    assert {one.probability for one in queries.drawn_calls(session, made.id)} == {6 / 16}


def test_a_draw_is_verified_even_when_its_calls_are_gone_and_not_when_it_was_tampered_with(session, cast, week):
    made = drawn_in(session, plan_of(session, cast.bob))
    one = queries.drawn_calls(session, made.id)[0]
    call_service.delete(session, one.call_id, Actor("Bob", NOW), "asked for")
    assert verified(session, made)
    other = next(id_of(call) for call in week if id_of(call) not in _sample(session, made))
    one.call_id = other
    session.flush()
    assert not verified(session, made)


def unoffered(session, made_id):
    """How many calls of a draw are not in the queue yet."""
    return sum(one.offered_at is None for one in queries.drawn_calls(session, made_id))


def test_drawn_calls_wait_for_review_and_say_so(session, cast, week):
    made = drawn_in(session, plan_of(session, cast.bob))
    assert unoffered(session, made.id) == 6
    _open(session)
    found = session.exec(select(Review)).all()
    assert {one.call_id for one in found} == _sample(session, made)
    assert {one.picked for one in found} == {Picked.SAMPLE}
    assert unoffered(session, made.id) == 0


def test_a_call_that_a_person_sent_before_belongs_to_the_sample_and_counts_from_then_on(session, cast, week):
    """It was drawn by chance too, so it is in the estimate; both facts stay in its history."""
    sent = send(session, id_of(week[0]), Actor("Bob", NOW), 3)
    confirm_all(session, sent, cast.alice)
    service.submit(session, id_of(sent), cast.alice, Actor("Alice", NOW))
    assert recount(session) == ()
    plan_id = plan_of(session, cast.bob, size=16)
    drawn_in(session, plan_id)
    _open(session)
    assert sent.picked == Picked.SAMPLE
    assert sent.counts
    assert recount(session) == ()


def test_a_call_out_of_scope_is_replaced_by_the_next_in_the_order_of_its_seed(session, cast, week):
    made = drawn_in(session, plan_of(session, cast.bob, strata=()))
    _open(session)
    stratum = redrawn(session, made)[0]
    one = queries.drawn_calls(session, made.id)[0]
    review = reviews.of_call(session, one.call_id)
    set_aside(session, id_of(review), Aside.OTHER, cast.alice, Actor("Alice", NOW, cast.alice.id), "a test call")
    added = [each for each in queries.drawn_calls(session, made.id) if each.how == How.REPLACEMENT]
    from app.domain.sampling import in_order

    assert [each.call_id for each in added] == [in_order(made.seed, stratum.name, stratum.calls)[6]]
    assert added[0].place == 7
    assert verified(session, made), "who stands in is told apart from what was drawn"
    _open(session)
    assert reviews.of_call(session, added[0].call_id).picked == Picked.SAMPLE


def test_set_aside_twice_it_is_replaced_once(session, cast, week):
    made = drawn_in(session, plan_of(session, cast.bob, strata=()))
    _open(session)
    one = queries.drawn_calls(session, made.id)[0]
    review, alice = reviews.of_call(session, one.call_id), Actor("Alice", NOW, cast.alice.id)
    for _ in range(2):
        set_aside(session, id_of(review), Aside.OTHER, cast.alice, alice, "a test call")
        bring_back(session, id_of(review), cast.alice, alice)
    assert len(queries.drawn_calls(session, made.id)) == 7


def test_no_replacement_is_left_where_all_were_drawn(session, cast, week):
    made = drawn_in(session, plan_of(session, cast.bob, size=16, strata=()))
    _open(session)
    review = reviews.of_call(session, id_of(week[3]))
    set_aside(session, id_of(review), Aside.OTHER, cast.alice, Actor("Alice", NOW, cast.alice.id), "a test call")
    assert len(queries.drawn_calls(session, made.id)) == 16


def test_the_worker_draws_a_day_after_a_period_when_its_calls_have_come_in_and_are_scored(session, cast, week):
    plan = _weekly(session, cast)
    # In Shanghai the twelfth ends at four in the afternoon UTC.
    monday = NOW.replace(day=12, hour=15)
    assert due(session, plan, later(monday - timedelta(hours=22))) == [], "the last night's recordings come on Monday"
    assert due(session, plan, later(monday)) == []
    assert due(session, plan, later(monday + timedelta(hours=2))) == [WEEK]
    received(session, "not heard yet", agent="dana", started_at=NOW)
    assert due(session, plan, later(monday + timedelta(hours=2))) == [], "one of its calls is still on its way"
    assert due(session, plan, later(monday + timedelta(hours=26))) == [WEEK], "but not for ever"


def test_a_period_without_calls_waits_for_them_and_is_drawn_when_they_come(session, cast):
    plan = _weekly(session, cast)
    assert due(session, plan, later()) == []
    unasked(session, "imported late")
    assert due(session, plan, later()) == [WEEK]


def test_a_week_that_stays_empty_ends_after_a_month_but_a_range_drawn_once_never_does(session, cast):
    once = session.get_one(SamplingPlan, plan_of(session, cast.bob))
    weekly = _weekly(session, cast)
    assert WEEK not in due(session, weekly, later(NOW.replace(month=11, day=11)))
    at = later(NOW.replace(month=11, day=12))
    assert due(session, weekly, at) == [WEEK]
    assert draw(session, id_of(weekly), WEEK, at).population == 0
    assert due(session, weekly, at) == []
    assert due(session, once, at) == []


def test_what_was_drawn_already_is_not_drawn_again_however_many_periods_were_missed(session, cast, week):
    plan = _weekly(session, cast)
    drawn_in(session, id_of(plan))
    unasked(session, "two weeks on", started_at=NOW + timedelta(days=14))
    assert due(session, plan, later(NOW + timedelta(days=30))) == [(DAY + timedelta(days=14), DAY + timedelta(days=20))]


def test_a_plan_draws_next_from_the_period_that_has_just_ended_and_then_from_the_one_under_way(session, cast, week):
    plan, following = _weekly(session, cast), (DAY + timedelta(days=7), DAY + timedelta(days=13))
    assert next_draw(session, plan, later(NOW), None) == WEEK
    assert next_draw(session, plan, later(NOW + timedelta(days=7)), None) == WEEK
    assert next_draw(session, plan, later(NOW + timedelta(days=8)), DAY) == following


def test_scored_calls_of_a_period_that_came_in_after_it_was_drawn_are_counted(session, cast, week):
    plan_id = plan_of(session, cast.bob)
    made, plan = drawn_in(session, plan_id), session.get_one(SamplingPlan, plan_id)
    assert queries.came_later(session, plan, made) == 0
    for note, day in (("of this week", NOW), ("of the next", NOW + timedelta(days=7))):
        unasked(session, note, started_at=day).created_at = LATER + timedelta(hours=1)
    session.flush()
    assert queries.came_later(session, plan, made) == 1


def test_periods_are_those_of_the_calendar_and_begin_with_the_plan():
    thursday = date(2026, 10, 8)
    assert ended(Period.WEEK, thursday, None, date(2026, 10, 20)) == [
        (thursday, date(2026, 10, 11)),
        (date(2026, 10, 12), date(2026, 10, 18)),
    ]
    assert ended(Period.MONTH, thursday, None, date(2026, 12, 1)) == [
        (thursday, date(2026, 10, 31)),
        (date(2026, 11, 1), date(2026, 11, 30)),
    ]
    assert ended(Period.DAY, thursday, None, date(2026, 10, 9)) == [(thursday, thursday)]
    assert ended(Period.ONCE, thursday, thursday, thursday) == []


def test_a_range_is_drawn_by_hand_only_when_it_is_over_and_has_calls(session, cast, week):
    plan_id = plan_of(session, cast.bob)
    with pytest.raises(PeriodNotOver):
        draw_once(session, plan_id, Actor("Bob", NOW))
    assert draw_once(session, plan_id, later()).population == 16
    with pytest.raises(NothingToDraw):
        draw_once(session, plan_of(session, cast.bob, queues=("nobody's",)), later())


def test_a_plan_leaves_out_what_it_does_not_cover(session, cast, week):
    unasked(session, "of the other team", agent="kenji", team="Team B")
    assert draw(session, plan_of(session, cast.ada), WEEK, later()).population == 17
    assert draw(session, plan_of(session, cast.bob), WEEK, later()).population == 16
    assert draw(session, plan_of(session, cast.ada, directions=("outbound",)), WEEK, later()).population == 0


def test_so_many_calls_of_each_agent_are_drawn_of_each(session, cast, week):
    made = draw(session, plan_of(session, cast.bob, size=3, of_each_agent=True, strata=()), WEEK, later())
    of = [calls.by_ids(session, [call])[call].agent_id for call in _sample(session, made)]
    assert sorted(of) == sorted([cast.dana.id] * 3 + [cast.mei.id] * 3)


def test_team_staff_see_the_plans_of_their_team_alone(session, cast):
    of_a, of_all = plan_of(session, cast.bob), plan_of(session, cast.ada)
    assert [one.id for one in queries.plans(session, cast.alice)] == [of_a]
    assert queries.plans(session, cast.charlie) == []
    assert {one.id for one in queries.plans(session, cast.ada)} == {of_a, of_all}
    with pytest.raises(NotFound):
        queries.plan(session, cast.charlie, of_a)


@pytest.mark.parametrize("wrong", [{"name": " "}, {"size": 1}, {"size": 20_001}, {"expected": 1.2}])
def test_a_plan_without_a_name_or_a_size_is_refused(session, cast, wrong):
    with pytest.raises(PlanIncomplete):
        plan_of(session, cast.bob, **wrong)
    assert facts().name == "October"


def test_a_worker_that_dies_before_a_call_out_of_scope_is_replaced_replaces_it_the_next_time(engine):
    with db.session(engine) as session:
        cast = make_cast(session)
        week = [unasked(session, str(place)) for place in range(8)]
        plan_id = plan_of(session, cast.bob, size=2, strata=())
        sent = [send(session, id_of(call), Actor("Bob", NOW), 3) for call in week]
        for review in sent:
            set_aside(session, id_of(review), Aside.PERSONAL, cast.alice, Actor("Alice", NOW))
        bring_back(session, id_of(sent[0]), cast.bob, Actor("Bob", NOW))
        made_id = id_of(drawn_in(session, plan_id))
    with db.session(engine) as session:
        _open(session)
    # Here it died. What stands in may be out of scope as well, and so on, until one is found that is not.
    for _ in range(8):
        sampled.open_drawn(engine, SAMPLED, lambda: LATER)
    with db.session(engine, reads_only=True) as session:
        assert len(queries.drawn_calls(session, made_id)) == 8, "all but one were out of scope"
        assert unoffered(session, made_id) == 0


def test_two_workers_draw_once_and_open_each_review_once(engine):
    with db.session(engine) as session:
        cast = make_cast(session)
        for place in range(8):
            unasked(session, str(place))
        plan_id = plan_of(session, cast.bob)
    workers = [threading.Thread(target=sampled.sweep, args=(engine, SAMPLED, lambda: LATER)) for _ in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    with db.session(engine, reads_only=True) as session:
        assert [one.plan_id for one in session.exec(select(Draw))] == [plan_id]
        drawn = session.exec(select(DrawnCall)).all()
        assert len(drawn) == 6
        assert (
            len({one.call_id for one in session.exec(select(Review))}) == len(session.exec(select(Review)).all()) == 6
        )


def _weekly(session, cast):
    return session.get_one(SamplingPlan, plan_of(session, cast.bob, period=Period.WEEK, last_day=None))


def _open(session):
    for one in queries.unoffered(session, 100):
        sampled.open_one(session, one, later(), SAMPLED)


def _sample(session, made):
    return {one.call_id for one in queries.drawn_calls(session, made.id)}
