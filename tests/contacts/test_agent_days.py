"""Days of agents: told by the switch and the roster, summed without mixing what is known with what is not."""

from sqlalchemy import event

from app.contacts import queries
from app.contacts.queries import Chosen
from app.kit import db
from tests.contacts.conftest import row


def day(agent: str, date: str = "2026-11-20", **facts: object) -> dict[str, object]:
    return {"agent": agent, "day": date, **facts}


def test_a_day_is_known_by_its_agent_and_date_and_changed_by_what_is_told(switch):
    assert switch.days(day("dana", logged_in_seconds=7200)).added == 1
    taken = switch.days(day("dana", logged_in_seconds=28800, busy_seconds="0:30:00"))
    assert (taken.added, taken.changed) == (0, 1)
    assert switch.days(day("dana", busy_seconds="", logged_in_seconds=28800)).unchanged == 1
    told = switch.day_sums(None, "agent", "team", "day")
    ((agent, team, _),) = told
    assert (agent, team) == (switch.cast.dana.id, switch.cast.team_a.id)
    ((sums,),) = [told.values()]
    assert (sums["agent_days"], sums["logged_in_seconds"], sums["busy_seconds"]) == (1, 28800, 1800)


def test_bad_days_are_named_and_the_others_kept(switch):
    taken = switch.days(
        day("dana", logged_in_seconds=3600),
        day("nobody"),
        day("mei", date="yesterday"),
        day("", logged_in_seconds=1),
        day("mei", logged_in_seconds=100000),
        day("mei", scheduled="perhaps"),
    )
    assert [(one.line, one.column) for one in taken.bad_rows] == [
        (3, "agent"),
        (4, "day"),
        (5, "agent"),
        (6, "logged_in_seconds"),
        (7, "scheduled"),
    ]
    assert taken.added == 1


def test_who_was_planned_and_present_follows_from_the_hours(switch):
    switch.days(
        day("dana", scheduled_seconds=28800, logged_in_seconds=27000),
        day("mei", scheduled_seconds=28800, logged_in_seconds=0),
        day("kenji", scheduled_seconds=0, logged_in_seconds=600),
    )
    (sums,) = switch.day_sums().values()
    assert (sums["days_scheduled"], sums["days_present"]) == (2, 2)
    assert (sums["attendance_known"], sums["present_of_scheduled"]) == (2, 1)


def test_what_is_not_told_enters_no_sum_of_a_pair(switch):
    switch.contacts(row("a"), row("b", agent="mei"))
    switch.days(
        day("dana", logged_in_seconds=1000, scheduled_seconds=2000, paid_seconds=3000),
        day("mei", scheduled_seconds=4000),
    )
    (sums,) = switch.day_sums().values()
    assert (sums["scheduled_seconds"], sums["scheduled_of_logged_in"], sums["logged_in_of_scheduled"]) == (
        6000,
        2000,
        1000,
    )
    assert (sums["handle_of_logged_in"], sums["handle_of_paid"]) == (210, 210)
    assert switch.day_sums(None, "queue") == switch.day_sums(None, queue="support") == {}


def test_people_see_the_days_of_their_own(switch):
    cast = switch.cast
    switch.days(day("dana"), day("kenji"))

    def seen(user):
        return {key[0] for key in switch.day_sums(user, "agent")}

    assert seen(cast.ada) == {cast.dana.id, cast.kenji.id}
    assert seen(cast.bob) == seen(cast.dana) == {cast.dana.id}
    assert seen(cast.mei) == set()
    assert switch.day_sums(cast.ada, "team", team_id=cast.team_b.id).keys() == {(cast.team_b.id,)}


def test_sums_of_days_are_read_by_name_and_contacts_only_where_a_sum_asks_for_them(switch):
    cast = switch.cast
    switch.contacts(row("a"))
    assert switch.days(day("dana", logged_in_seconds=1000), day("mei", scheduled_seconds=4000)).bad_rows == ()
    asked: list[str] = []
    event.listen(switch.engine, "before_cursor_execute", lambda *what: asked.append(what[2]))

    def told(*names):
        with db.session(switch.engine, reads_only=True) as session:
            return queries.agent_day_sums(session, cast.ada, ("agent",), Chosen(), names)[(cast.dana.id,)]

    assert told("logged_in_seconds", "agent_days") == {"logged_in_seconds": 1000, "agent_days": 1}
    assert told("agent_days") == {"agent_days": 1}
    assert not [one for one in asked if "contact_tally" in one]
    assert told("handle_of_logged_in") == {"handle_of_logged_in": 210}
    with db.session(switch.engine, reads_only=True) as session:
        assert queries.agent_day_sums(session, cast.ada, (), Chosen(), ("agent_days",)) == {(): {"agent_days": 2}}
