"""What a seed draws, how a sample is shared out among strata, and which strata are put together."""

from collections import Counter

import pytest

from app.domain.sampling import (
    allocated,
    collapsed,
    drawn,
    fingerprint,
    in_order,
    strata,
    strata_of_each,
)

EXPECTED = [9, 7, 4, 6, 5, 10, 8, 3, 1, 2]
CALLS = [(call, ("A" if call % 3 else "B", f"agent {call % 7}")) for call in range(1, 701)]


def test_the_same_seed_draws_the_same_calls_in_whatever_order_they_come():
    once = [drawn(11, one) for one in strata(CALLS, 60)]
    again = [drawn(11, one) for one in strata(reversed(CALLS), 60)]
    assert once == again
    assert once != [drawn(12, one) for one in strata(CALLS, 60)]


def test_what_is_drawn_is_the_beginning_of_the_seeded_order_and_the_reserve_follows():
    whole = in_order(4711, "support", range(100))
    assert sorted(whole) == list(range(100))
    assert in_order(4711, "support", range(100), 8) == whole[:8]
    assert whole != in_order(4711, "sales", range(100)), "another stratum has another order"


def test_the_order_is_the_one_that_is_written_down():
    """Whoever recomputes a draw elsewhere, years later, needs no more than this: SHA-256 of "seed|stratum|call"."""
    assert in_order(7, '["3"]', range(1, 11)) == EXPECTED


def test_a_sample_is_shared_out_in_proportion_and_to_the_last_call():
    assert allocated([600, 300, 100], 50) == (30, 15, 5)
    # 3.5, 3.5 and 3: the remainders decide, and of equal ones the first.
    assert allocated([35, 35, 30], 10) == (4, 3, 3)


def test_a_small_stratum_gives_two_calls_or_all_it_has():
    assert allocated([9_990, 9, 1], 100) == (97, 2, 1)
    assert allocated([3, 2], 100) == (3, 2), "more than there are cannot be drawn"


@pytest.mark.parametrize("size", [2, 3, 10, 59, 400, 700])
def test_every_size_is_drawn_to_the_call_and_no_stratum_beyond_what_it_has(size):
    found = strata(CALLS, size)
    assert sum(one.drawn for one in found) == size
    assert all(2 <= one.drawn <= len(one.calls) for one in found)
    assert sorted(call for one in found for call in one.calls) == [call for call, _ in CALLS]


def test_a_stratum_too_small_is_joined_to_the_smallest_that_differs_in_the_last_dimension_alone():
    sizes = {("A", "ann"): 50, ("A", "ben"): 4, ("A", "cat"): 20, ("B", "dan"): 5, ("B", "eve"): 90}
    assert collapsed(sizes, 10) == (
        (("A", "ann"),),
        (("A", "ben"), ("A", "cat")),
        (("B", "dan"), ("B", "eve")),
    )


def test_what_is_alone_with_its_first_value_is_joined_one_dimension_further_up():
    sizes = {("A", "ann"): 50, ("B", "ben"): 4, ("C", "cat"): 20}
    assert collapsed(sizes, 10) == ((("A", "ann"),), (("B", "ben"), ("C", "cat")))


def test_calls_of_each_agent_are_drawn_from_each_agent_and_never_put_together():
    found = strata_of_each([(call, (agent,)) for call, (_, agent) in CALLS] + [(9_001, ("new",))], 8)
    assert Counter(one.keys[0][0] for one in found) == Counter([f"agent {place}" for place in range(7)] + ["new"])
    assert {one.drawn for one in found} == {8, 1}


def test_every_call_of_a_stratum_is_drawn_equally_often():
    """A thousand seeds, a tenth of the calls drawn: each call about a hundred times, and none is preferred."""
    one = strata([(call, ()) for call in range(40)], 4)[0]
    times = Counter(call for seed in range(1000) for call in drawn(seed, one))
    assert set(times) == set(range(40))
    # 95 % of such counts lie within 100 ± 19; forty of them all within 100 ± 40.
    assert all(60 <= n <= 140 for n in times.values()), times


def test_a_population_is_known_by_its_fingerprint():
    assert fingerprint([3, 1, 2]) == fingerprint([1, 2, 3])
    assert fingerprint([1, 2, 3]) != fingerprint([1, 2])
    assert fingerprint([1, 23]) != fingerprint([12, 3])
