"""The sums are those of the contacts, whatever came when; repeats do not hang on the order in which lists came."""

import random
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import permutations

import pytest

from app.contacts import queries, service
from app.contacts.queries import Chosen
from app.contacts.sums import SUMS, Terms
from app.kit import db
from tests.contacts.conftest import row

MORNING = datetime.fromisoformat("2026-10-01T09:00:00+08:00")


def at(days: float) -> str:
    return (MORNING + timedelta(days=days)).isoformat()


def test_after_two_thousand_random_edits_a_recount_finds_no_difference(switch, monkeypatch):
    monkeypatch.setattr(service, "ROWS_AT_ONCE", 37)
    chance = random.Random(20261123)
    for _ in range(8):
        switch.contacts(*(_edit(chance) for _ in range(250)))
    found = switch.all()
    assert len(found) > 100
    assert {one.repeat for one in found.values()} == {True, False}
    assert switch.differences() == ()
    assert all(value >= 0 for sums in switch.sums(None, "day", "agent", "queue").values() for value in sums.values())


def _edit(chance: random.Random) -> dict[str, object]:
    """Any change of one of a few contacts; much of it left unsaid."""
    facts = {
        "started_at": at(chance.choice([chance.randrange(30), chance.uniform(0, 30)])),
        "direction": chance.choice(["inbound", "inbound", "outbound"]),
        "queue": chance.choice(["a", "b"]),
        "channel": chance.choice(["phone", "chat"]),
        "agent": chance.choice(["dana", "mei", "kenji"]),
        "team": chance.choice(["Team A", "", "", ""]),
        "answered": chance.choice(["yes", "no"]),
        "rings": chance.randrange(5),
        "wait_seconds": chance.choice([0, 4, 5, 20, 21, 180, 181]),
        "talk_seconds": chance.randrange(500),
        "hold_seconds": chance.randrange(50),
        "after_call_seconds": chance.randrange(50),
        "transferred": chance.choice(["yes", "no"]),
        "success": chance.choice(["yes", "no"]),
        "customer": chance.choice("123456"),
        "csat": chance.randrange(1, 6),
        "nps": chance.randrange(11),
        "solved": chance.choice(["yes", "no"]),
    }
    told = {name: value if chance.random() < 0.6 else "" for name, value in facts.items()}
    return {"external_id": f"x{chance.randrange(180)}", **told, "answered": facts["answered"]}


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_who_comes_in_again_does_not_hang_on_the_order_of_lists(switch, order):
    times = [0, 6, 13.5, 13.5]
    for place in order:
        switch.contacts(row(f"c{place}", customer="5550100", started_at=at(times[place])))
    assert [switch.contact(f"c{place}").repeat for place in range(4)] == [False, True, False, False]
    assert switch.sums()[()]["repeats"] == 1
    assert switch.differences() == ()


def test_a_contact_that_turns_out_earlier_makes_a_later_one_a_repeat_and_takes_it_back(switch):
    switch.contacts(row("late", customer="1", started_at=at(6)))
    switch.contacts(row("early", customer="1", started_at=at(0)))
    assert switch.contact("late").repeat
    switch.contacts({"external_id": "early", "started_at": at(-2)})
    assert not switch.contact("late").repeat
    switch.contacts({"external_id": "early", "started_at": at(1)})
    assert switch.contact("late").repeat
    switch.contacts({"external_id": "early", "customer": "2", "started_at": ""})
    assert not switch.contact("late").repeat
    switch.contacts({"external_id": "early", "customer": "1", "started_at": ""})
    assert switch.contact("late").repeat
    switch.contacts({"external_id": "early", "direction": "outbound", "started_at": ""})
    assert not switch.contact("late").repeat
    assert switch.differences() == ()


def test_another_customer_or_a_call_of_the_house_is_no_repeat(switch):
    switch.contacts(
        row("a", customer="1", started_at=at(0)),
        row("b", customer="2", started_at=at(1)),
        row("c", customer="1", started_at=at(1), direction="outbound"),
        row("d", customer="", started_at=at(1)),
    )
    assert not any(one.repeat for one in switch.all().values())
    assert switch.sums()[()]["customer_known"] == 2


def test_each_sum_says_what_its_name_says(switch):
    switch.contacts(
        row("in time", wait_seconds=20, rings=2, transferred="yes"),
        row("late", wait_seconds=21, after_call_seconds=""),
        row("short", answered="no", agent="", wait_seconds=4, talk_seconds="", hold_seconds="", after_call_seconds=""),
        row("long", answered="no", agent="", wait_seconds=181, talk_seconds="", hold_seconds="", after_call_seconds=""),
        row("out", direction="outbound", wait_seconds=30, success="yes"),
    )
    assert switch.sums()[()] == dict.fromkeys(SUMS, 0) | {
        "contacts": 5,
        "inbound": 4,
        "outbound": 1,
        "inbound_answered": 2,
        "outbound_answered": 1,
        "answered_in_time": 1,
        "abandoned": 2,
        "short_abandons": 1,
        "queued": 4,
        "queue_seconds": 20 + 21 + 4 + 181,
        "queue_squares": 20**2 + 21**2 + 4**2 + 181**2,
        "long_waits": 1,
        "answered_queued": 2,
        "answered_queue_seconds": 41,
        "rung": 1,
        "rings": 2,
        "ring_squares": 4,
        "handled": 3,
        "talk_known": 3,
        "talk_seconds": 480,
        "hold_seconds": 60,
        "talk_time_squares": 3 * 180**2,
        "after_call_known": 2,
        "after_call_seconds": 60,
        "after_call_squares": 2 * 30**2,
        "handle_known": 2,
        "handle_seconds": 420,
        "handle_squares": 2 * 210**2,
        "inbound_handle_seconds": 210,
        "outbound_handle_seconds": 210,
        "transfer_known": 1,
        "transferred": 1,
        "success_known": 1,
        "outbound_successes": 1,
    }
    assert switch.differences() == ()


def test_a_changed_setting_is_told_by_a_recount_and_mended(switch):
    switch.contacts(row("a", wait_seconds=30, customer="1", started_at=at(0)), row("b", customer="1", started_at=at(5)))
    other = Terms(answer_within=40, repeat_days=3)
    assert switch.differences() == ()
    assert {one.key[0] for one in switch.differences(other)} > {"repeat"}
    switch.mended(other)
    assert switch.differences(other) == ()
    assert (switch.sums()[()]["answered_in_time"], switch.sums()[()]["repeats"]) == (2, 0)


def test_two_lists_at_once_are_counted_exactly(switch, monkeypatch):
    monkeypatch.setattr(service, "ROWS_AT_ONCE", 11)
    chance = random.Random(5)
    lists = [[_edit(chance) | {"started_at": at(chance.uniform(0, 9))} for _ in range(120)] for _ in range(3)]
    with ThreadPoolExecutor(3) as threads:
        taken = list(threads.map(lambda rows: switch.contacts(*rows), lists))
    assert sum(one.added for one in taken) == len(switch.all())
    assert switch.differences() == ()


def test_people_see_the_sums_of_their_own(switch):
    cast = switch.cast
    switch.contacts(
        row("dana"), row("kenji", agent="kenji"), row("nobody", agent="", answered="no", talk_seconds="", queue="q")
    )

    def seen(user):
        return {key[0] for key in switch.sums(user, "agent")}

    assert seen(cast.ada) == {cast.dana.id, cast.kenji.id, 0}
    assert seen(cast.bob) == {cast.dana.id, 0}
    assert seen(cast.charlie) == {cast.kenji.id, 0}
    assert seen(cast.dana) == {cast.dana.id}
    assert switch.sums(cast.mei) == {}
    assert switch.sums(cast.ada, "queue", agent_id=0).keys() == {("q",)}
    assert switch.sums(cast.ada, "day", end_day=switch.contact("dana").site_day) == {}
    assert switch.sums(cast.ada, "direction", "channel", queue="support").keys() == {("inbound", "phone")}


def test_long_waits_are_listed_the_newest_first(switch):
    cast = switch.cast
    switch.contacts(
        row("a", wait_seconds=181),
        row("b", wait_seconds=180),
        row("c", wait_seconds=900, agent="kenji", started_at="2026-11-21T09:00:00+08:00"),
        row("d", wait_seconds=900, direction="outbound"),
    )

    def listed(user, longer_than=180, **chosen):
        with db.session(switch.engine, reads_only=True) as session:
            found = queries.long_waits(session, user, Chosen(**chosen), longer_than)
        return [one.external_id for one in found]

    assert listed(cast.ada) == ["c", "a"]
    assert (listed(cast.bob), listed(cast.kenji), listed(cast.mei)) == (["a"], ["c"], [])
    assert listed(cast.ada, team_id=cast.team_b.id) == ["c"]
    assert listed(cast.ada, longer_than=50) == ["c", "b", "a"]


def test_a_part_that_fails_leaves_the_parts_before_it_and_the_sums_right(switch, monkeypatch):
    monkeypatch.setattr(service, "ROWS_AT_ONCE", 2)
    told = []

    def cut_off(taken, at, size):
        told.append(taken.rows)
        if len(told) == 2:
            raise KeyboardInterrupt

    rows = [row(f"c{number}", customer="1", started_at=at(number)) for number in range(7)]
    with pytest.raises(KeyboardInterrupt):
        switch.contacts(*rows, tell=cut_off)
    assert len(switch.all()) == 4
    assert switch.differences() == ()
    taken = switch.contacts(*rows)
    assert (taken.added, taken.unchanged) == (3, 4)
    assert switch.differences() == ()
    assert replace(taken, bad_rows=()) == taken
