"""Who is to do which review: taken, given out, given back, handed over; never one's own call, never too much."""

import threading
from datetime import timedelta

import pytest
from sqlmodel import select

from app.accounts.models import Role
from app.accounts.service import add_user
from app.calls.models import Call, CallState
from app.domain.assignment import Hindrance
from app.domain.evidence import Verdict
from app.kit import db
from app.kit.db import id_of
from app.kit.errors import AppError, Forbidden
from app.ledger import queries as ledger
from app.ledger.service import Actor, call_stream, machine
from app.notices.models import Kind, Notice
from app.reviews import assignment, assignment_queries, queries, service
from app.reviews.assignment_queries import Load
from app.reviews.models import Purpose, Review
from app.reviews.queries import Waiting
from tests.cast import LONG_AGO, make_cast
from tests.stored import NOW, scored

ALICE, BOB, WORKER = Actor("Alice", NOW, 0), Actor("Bob", NOW), machine(NOW)


@pytest.fixture
def cast(session):
    return make_cast(session)


def waiting(session, note, **facts):
    """A call of Dana's, of team A, that waits."""
    _, review = scored(session, **{"agent": "dana", "customer_name": note, **facts})
    return review


def colleague(session, cast, name, **more):
    """One more reviewer of team A."""
    person = add_user(
        session, username=name.lower(), name=name, role=Role.REVIEWER, team_id=cast.team_a.id, now=LONG_AGO
    )
    for key, value in more.items():
        setattr(person, key, value)
    session.add(person)
    session.flush()
    return person


def events(session, review):
    return [one for one in ledger.entries(session, call_stream(review.call_id)) if one.payload.get("review")]


def test_a_review_that_one_takes_is_ones_own_until_it_is_given_back(session, cast):
    review = waiting(session, "1")
    assignment.claim(session, id_of(review), cast.alice, ALICE)
    assert review.assigned_to == cast.alice.id
    with pytest.raises(assignment.TakenMeanwhile):
        assignment.claim(session, id_of(review), cast.bob, BOB)
    with pytest.raises(assignment.NotYours):
        assignment.give_back(session, id_of(review), cast.charlie, Actor("Charlie", NOW))
    service.decide(session, id_of(review), "warm", Verdict.PASS, cast.alice, ALICE)
    assignment.give_back(session, id_of(review), cast.alice, ALICE, "I know the customer.")
    assert review.assigned_to is None
    assert "warm" in queries.verdicts(session, id_of(review))
    assert [(one.event, one.payload["assigned_to"]) for one in events(session, review)[1:]] == [
        ("review.claimed", {"old": None, "new": cast.alice.id}),
        ("review.given_back", {"old": cast.alice.id, "new": None}),
    ]
    # Whoever gave it back is not given it again, but may take it.
    assert service.take_next(session, cast.alice, Waiting(), ALICE) is None
    assert service.take_next(session, cast.bob, Waiting(), BOB) == review


def test_next_gives_ones_own_first_and_nothing_that_is_somebody_elses(session, cast):
    first, second, third = (waiting(session, str(number)) for number in range(3))
    assignment.assign(session, [id_of(first)], cast.bob, cast.bob, BOB)
    assignment.assign(session, [id_of(third)], cast.alice, cast.bob, BOB)
    assert service.take_next(session, cast.alice, Waiting(), ALICE) == third
    assert service.take_next(session, cast.alice, Waiting(), ALICE, after=third) == second
    assert service.take_next(session, cast.alice, Waiting(unassigned=True), ALICE, after=second) == third


def test_next_gives_no_call_in_a_language_one_does_not_review_unless_one_asks_for_it(session, cast):
    english, unheard = waiting(session, "1"), waiting(session, "2")
    session.get_one(Call, unheard.call_id).language = None
    gil = colleague(session, cast, "Gil", languages=["ja"])
    by_gil = Actor("Gil", NOW, 0)
    assert service.take_next(session, gil, Waiting(), by_gil) == unheard
    assert service.take_next(session, gil, Waiting(), by_gil, after=unheard) is None
    assert service.take_next(session, gil, Waiting(language="en"), by_gil) == english
    # What somebody gave them they go on with, whatever its language.
    assert service.take_next(session, gil, Waiting(), by_gil, after=unheard) == english


def test_nobody_scores_a_call_they_took_part_in(session, cast):
    own = waiting(session, "1", agent="alice")
    assert queries.queue(session, cast.alice)[1] == 0
    assert service.take_next(session, cast.alice, Waiting(), ALICE) is None
    for act in (
        lambda: assignment.claim(session, id_of(own), cast.alice, ALICE),
        lambda: service.decide(session, id_of(own), "warm", Verdict.PASS, cast.alice, ALICE),
        lambda: service.submit(session, id_of(own), cast.alice, ALICE),
    ):
        with pytest.raises(assignment.OwnCall):
            act()
    with pytest.raises(assignment.CannotTake):
        assignment.assign(session, [id_of(own)], cast.alice, cast.bob, BOB)
    assignment.share_out(session, WORKER)
    assert own.assigned_to is None


def test_who_scored_a_call_is_not_given_its_second_scoring(session, cast):
    first = waiting(session, "1")
    first.reviewer_id, first.assigned_to = cast.alice.id, cast.alice.id
    second = Review(**{**first.model_dump(exclude={"id"}), "purpose": Purpose.SECOND, "reviewer_id": None})
    second.assigned_to = None
    session.add_all([first, second])
    session.flush()
    assert service.take_next(session, cast.alice, Waiting(unassigned=True), ALICE, after=first) is None
    assert second not in [one for one, _ in queries.queue(session, cast.alice)[0]]
    with pytest.raises(assignment.ScoredBefore):
        assignment.claim(session, id_of(second), cast.alice, ALICE)
    left = assignment.share_out(session, WORKER).left
    assert left == ((id_of(second), Hindrance.OWN_CALL),)
    other = colleague(session, cast, "Erin")
    assert assignment.share_out(session, WORKER).given == ((id_of(second), id_of(other)),)


def test_sharing_out_gives_to_who_has_least_and_twice_changes_nothing(session, cast):
    reviews = [waiting(session, str(number)) for number in range(7)]
    erin = colleague(session, cast, "Erin", most_open=2)
    away = colleague(session, cast, "Fay", absent_from=(NOW - timedelta(days=1)).date())
    foreign = colleague(session, cast, "Gil", languages=["ja"])
    shares = assignment.share_out(session, WORKER)
    counts = {person: len(got) for person, got in shares.by_person.items()}
    assert counts == {cast.alice.id: 5, erin.id: 2}
    assert away.id not in counts
    assert foreign.id not in counts
    assert not shares.left
    assert assignment.share_out(session, WORKER).given == ()
    told = session.exec(select(Notice).where(Notice.kind == Kind.ASSIGNED)).all()
    assert sorted(one.user_id for one in told) == sorted([cast.alice.id, erin.id])
    assert {one.url for one in told} == {"/queue?which=mine"}
    assert all(one.assigned_to is not None for one in reviews)


def test_what_is_due_first_is_given_out_first(session, cast):
    late, early = waiting(session, "1"), waiting(session, "2")
    late.due_at += timedelta(days=5)
    cast.alice.most_open = 1
    session.add_all([late, cast.alice])
    session.flush()
    assert assignment.share_out(session, WORKER).given == ((id_of(early), cast.alice.id),)
    assert late.assigned_to is None


def test_a_lead_gives_all_of_what_they_chose_or_nothing(session, cast):
    first, second, own = waiting(session, "1"), waiting(session, "2"), waiting(session, "3", agent="alice")
    with pytest.raises(assignment.CannotTake):
        assignment.assign(session, [id_of(one) for one in (first, own)], cast.alice, cast.bob, BOB)
    assert first.assigned_to is None
    with pytest.raises(assignment.CannotTake):
        assignment.assign(session, [id_of(one) for one in (first, second)], cast.alice, cast.bob, BOB, most_open=1)
    with pytest.raises(Forbidden):
        assignment.assign(session, [id_of(first)], cast.alice, cast.alice, ALICE)
    with pytest.raises(assignment.CannotTake):
        assignment.assign(session, [id_of(first)], cast.charlie, cast.bob, BOB)
    assert assignment.assign(session, [id_of(one) for one in (first, second)], cast.alice, cast.bob, BOB) == 2
    assert assignment.assign(session, [id_of(one) for one in (first, second)], cast.alice, cast.bob, BOB) == 0
    assert len(session.exec(select(Notice).where(Notice.user_id == cast.alice.id)).all()) == 1


def test_nobody_takes_more_than_they_may(session, cast):
    reviews = [waiting(session, str(number)) for number in range(2)]
    assignment.claim(session, id_of(reviews[0]), cast.alice, ALICE, most_open=1)
    with pytest.raises(assignment.TooMuchOpen):
        assignment.claim(session, id_of(reviews[1]), cast.alice, ALICE, most_open=1)


def test_what_a_leaver_has_goes_to_others_with_what_was_begun(session, cast):
    begun, fresh, third = waiting(session, "1"), waiting(session, "2"), waiting(session, "3")
    erin = colleague(session, cast, "Erinn")
    for one in (begun, fresh, third):
        assignment.claim(session, id_of(one), cast.alice, ALICE)
    service.decide(session, id_of(begun), "warm", Verdict.PASS, cast.alice, ALICE)
    moved = assignment.hand_over(session, cast.alice, erin, BOB)
    assert moved == (3, 0)
    assert {one.assigned_to for one in (begun, fresh, third)} == {erin.id}
    assert "warm" in queries.verdicts(session, id_of(begun))
    assert events(session, begun)[-1].event == "review.handed_over"
    assert assignment.hand_over(session, erin, None, WORKER) == (3, 0)
    assert {one.assigned_to for one in (begun, fresh, third)} == {cast.alice.id}


def test_what_nobody_else_can_do_waits_for_anybody_after_a_hand_over(session, cast):
    review = waiting(session, "1")
    assignment.claim(session, id_of(review), cast.alice, ALICE)
    assert assignment.hand_over(session, cast.alice, cast.charlie, BOB) == (0, 1)
    assert review.assigned_to is None


def test_the_sweep_frees_what_those_had_who_have_left_and_gives_out_where_that_is_automatic(engine):
    with db.session(engine) as session:
        cast = make_cast(session)
        review = waiting(session, "1")
        assignment.claim(session, id_of(review), cast.alice, ALICE)
        cast.alice.active = False
        session.add(cast.alice)
        erin = colleague(session, cast, "Erin")
        fresh = waiting(session, "2")
        of = id_of(review), id_of(fresh)
    assignment.sweep(engine, WORKER, automatic=False, most_open=20)
    with db.session(engine) as session:
        assert [session.get_one(Review, one).assigned_to for one in of] == [erin.id, None]
    assignment.sweep(engine, WORKER, automatic=True, most_open=20)
    with db.session(engine) as session:
        assert [session.get_one(Review, one).assigned_to for one in of] == [erin.id, erin.id]


def test_the_review_of_a_deleted_call_is_no_work_of_anybody(session, cast):
    review, kept = waiting(session, "1"), waiting(session, "2")
    for one in (review, kept):
        assignment.claim(session, id_of(one), cast.alice, ALICE)
    deleted = session.get_one(Call, review.call_id)
    deleted.state = CallState.DELETED
    session.add(deleted)
    session.flush()
    assert assignment_queries.loads(session, NOW) == {cast.alice.id: Load(1)}
    cast.alice.active = False
    session.add(cast.alice)
    assert assignment_queries.gone(session) == [cast.alice]
    session.get_one(Call, kept.call_id).state = CallState.DELETED
    assert assignment_queries.gone(session) == []


def test_two_who_take_the_same_review_at_once_do_not_both_get_it(engine):
    with db.session(engine) as session:
        cast = make_cast(session)
        reviews = [id_of(waiting(session, str(number))) for number in range(5)]
    people, start = (cast.alice, cast.bob), threading.Barrier(2)
    got: list[tuple[int, int | None]] = []

    def takes(person):
        for review in reviews:
            start.wait()
            try:
                with db.session(engine) as session:
                    assignment.claim(session, review, person, Actor(person.name, NOW, person.id))
                got.append((review, person.id))
            except AppError as refused:
                assert isinstance(refused, assignment.TakenMeanwhile)

    threads = [threading.Thread(target=takes, args=(one,)) for one in people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert sorted(review for review, _ in got) == sorted(reviews)
    with db.session(engine) as session:
        assert dict(got) == {one: session.get_one(Review, one).assigned_to for one in reviews}


def test_two_who_ask_for_the_next_at_once_never_get_the_same(engine):
    with db.session(engine) as session:
        cast = make_cast(session)
        for number in range(6):
            waiting(session, str(number))
    start, got = threading.Barrier(2), []

    def works(person):
        after = None
        for _ in range(3):
            start.wait()
            with db.session(engine) as session:
                actor = Actor(person.name, NOW, person.id)
                wanted = Waiting(unassigned=True)
                after = service.take_next(session, session.merge(person), wanted, actor, after)
                assert after is not None
                got.append(id_of(after))
                # Done with: the next one is not one's own again.
                after.assigned_to = cast.ada.id
                session.add(after)

    threads = [threading.Thread(target=works, args=(one,)) for one in (cast.alice, cast.bob)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(got) == len(set(got)) == 6
