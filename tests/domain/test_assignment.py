"""Who gets which review: never too much, never one's own call, and the same answer every time."""

from hypothesis import given, settings
from hypothesis import strategies as some

from app.domain.assignment import Hindrance, Reviewer, Task, hindrance, shared_out

LANGUAGES = ("en", "zh", "ja")
TASKS = some.lists(
    some.builds(
        Task,
        id=some.integers(1, 10_000),
        team_id=some.none() | some.integers(1, 3),
        language=some.none() | some.sampled_from(LANGUAGES),
        not_by=some.frozensets(some.integers(1, 8), max_size=3),
    ),
    unique_by=lambda one: one.id,
    max_size=60,
)
PEOPLE = some.lists(
    some.builds(
        Reviewer,
        id=some.integers(1, 8),
        open=some.integers(0, 12),
        most=some.integers(0, 10),
        team_id=some.none() | some.integers(1, 3),
        languages=some.frozensets(some.sampled_from(LANGUAGES)),
    ),
    unique_by=lambda one: one.id,
    max_size=8,
)


@settings(deadline=None)
@given(TASKS, PEOPLE)
def test_nobody_gets_what_they_must_not_do_or_more_than_their_limit(tasks, people):
    shares = shared_out(tasks, people)
    of, by = {one.id: one for one in tasks}, {one.id: one for one in people}
    for person, got in shares.by_person.items():
        assert len(got) <= by[person].room
        assert all(hindrance(of[one], by[person], 0) in (None, Hindrance.FULL) for one in got)
        assert all(person not in of[one].not_by for one in got)


@settings(deadline=None)
@given(TASKS, PEOPLE)
def test_every_review_is_given_or_left_and_none_is_left_that_somebody_with_room_could_take(tasks, people):
    shares = shared_out(tasks, people)
    of = {one.id: one for one in tasks}
    assert sorted([one for one, _ in shares.given] + [one for one, _ in shares.left]) == sorted(of)
    after = {one.id: one.open + len(shares.by_person.get(one.id, ())) for one in people}
    for left, _ in shares.left:
        assert all(hindrance(of[left], one, after[one.id]) is not None for one in people)


@settings(deadline=None)
@given(TASKS, PEOPLE)
def test_the_answer_does_not_depend_on_the_order_in_which_people_are_named(tasks, people):
    assert shared_out(tasks, people) == shared_out(tasks, people[::-1])


def test_who_has_least_to_do_gets_the_next_one():
    busy, idle = Reviewer(1, open=3, most=9), Reviewer(2, open=0, most=9)
    shares = shared_out([Task(one) for one in range(1, 6)], [busy, idle])
    assert [person for _, person in shares.given[:3]] == [2, 2, 2]
    assert {person: len(got) for person, got in shares.by_person.items()} == {2: 4, 1: 1}


def test_ties_do_not_always_go_to_the_same_person():
    people = [Reviewer(one, open=0, most=1) for one in range(1, 6)]
    firsts = {shared_out([Task(task)], people).given[0][1] for task in range(1, 60)}
    assert firsts == {1, 2, 3, 4, 5}


def test_it_says_what_keeps_everybody_from_a_review():
    task = Task(1, team_id=1, language="ja", not_by=frozenset({3}))
    people = [
        Reviewer(1, open=0, most=5, team_id=2),
        Reviewer(2, open=0, most=5, team_id=1, languages=frozenset({"en"})),
        Reviewer(3, open=0, most=5),
    ]
    assert shared_out([task], people).left == ((1, Hindrance.LANGUAGE),)
    full = Reviewer(4, open=5, most=5, team_id=1, languages=frozenset({"ja"}))
    assert shared_out([task], [*people, full]).left == ((1, Hindrance.FULL),)
    assert shared_out([task], people[:1]).left == ((1, Hindrance.TEAM),)
    assert shared_out([task], []).left == ((1, Hindrance.NOBODY),)
