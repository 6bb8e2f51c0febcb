"""The pages about sampling: a plan is predicted before it is kept, its draws say what they know, risks are set."""

from datetime import timedelta

import pytest

from app.calls import queries as calls_queries
from app.calls import service as calls_service
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.service import Actor, machine
from app.request import actor
from app.reviews import queries as reviews
from app.reviews import sampled, service
from app.reviews.offering import Terms
from app.sampling import queries
from app.sampling.models import Period, SamplingPlan
from app.sampling.service import draw
from tests.reviews.deciding import confirm_all

PLAN = {"name": "Week", "period": "week", "first_day": "2026-01-05", "size": "4", "strata": ["agent"], "seed": "7"}


@pytest.fixture
def calls(web):
    """Six calls of Dana's, which came in just now."""
    return [web.make_call(note=str(place)) for place in range(6)]


def kept(web, user, **more):
    """The id of a plan this person saved by the form."""
    answer = web.post(user, "/sampling/new", data={**PLAN, **more})
    assert answer.status_code == 303, answer.text
    return int(answer.headers["location"].split("/")[3].split("?")[0])


@pytest.fixture
def drawn(web, calls):
    """The id of a draw from all these calls, which are all in the queue."""
    plan_id, today = kept(web, web.cast.bob, target="90"), clock.now().date()
    with db.session(web.engine) as session:
        days = (today - timedelta(days=1), today + timedelta(days=1))
        found = id_of(draw(session, plan_id, days, machine(clock.now())))
    sampled.open_drawn(web.engine, Terms(), clock.now)
    return found


def test_the_prediction_is_told_before_anything_is_kept(web, calls):
    today = clock.now().date()
    days = {"period": "once", "first_day": today - timedelta(days=9), "last_day": today + timedelta(days=9)}
    told = web.get(web.cast.bob, "/sampling/new", params={**PLAN, **days}).text
    assert "What it would draw" in told
    assert "±" not in told, "the days that are over have no calls"
    past = {**days, "last_day": today - timedelta(days=1)}
    assert "No scored call" in web.get(web.cast.bob, "/sampling/new", params={**PLAN, **past}).text
    with db.session(web.engine, reads_only=True) as session:
        assert queries.plans(session, web.cast.ada) == []


def test_without_a_size_or_with_days_backwards_the_form_says_what_is_missing(web):
    for more in ({"size": ""}, {"period": "once", "last_day": "2026-01-01"}):
        page = web.get(web.cast.bob, "/sampling/new", params={**PLAN, **more})
        assert page.status_code == 200
        assert "Choose how many calls" in page.text


def test_a_plan_is_kept_as_the_form_says_and_what_was_typed_stays_where_it_cannot_be(web):
    plan_id = kept(web, web.cast.ada, each="agent", expected="95", target="90", directions=["inbound"])
    with db.session(web.engine, reads_only=True) as session:
        plan = session.get_one(SamplingPlan, plan_id)
        assert (plan.period, plan.size, plan.of_each_agent, plan.seed) == (Period.WEEK, 4, True, 7)
        assert (plan.expected, plan.target, plan.strata, plan.directions) == (0.95, 0.9, ["agent"], ["inbound"])
    refused = web.post(web.cast.ada, "/sampling/new", data={**PLAN, "name": "", "seed": "4711"})
    assert refused.status_code == 422
    assert "Say what the plan is called" in refused.text
    assert 'value="4711"' in refused.text


def test_team_staff_plan_for_their_team_whatever_they_send(web):
    plan_id = kept(web, web.cast.bob, teams=[str(web.cast.team_b.id)])
    with db.session(web.engine, reads_only=True) as session:
        assert session.get_one(SamplingPlan, plan_id).teams == [web.cast.team_a.id]
    assert web.get(web.cast.alice, f"/sampling/plans/{plan_id}").status_code == 200
    assert web.get(web.cast.charlie, f"/sampling/plans/{plan_id}").status_code == 404
    assert web.get(web.cast.dana, "/sampling").status_code == 403
    assert web.get(web.cast.alice, "/sampling/new").status_code == 403
    assert web.post(web.cast.alice, f"/sampling/plans/{plan_id}/stop").status_code == 403


def test_a_plan_is_stopped_and_goes_on(web):
    plan_id = kept(web, web.cast.bob)
    assert web.post(web.cast.bob, f"/sampling/plans/{plan_id}/stop").status_code == 303
    assert "Stopped" in web.get(web.cast.bob, "/sampling").text
    assert web.post(web.cast.bob, f"/sampling/plans/{plan_id}/resume").status_code == 303
    assert "Stopped" not in web.get(web.cast.bob, "/sampling").text


def test_a_period_that_is_not_over_is_not_drawn_by_hand(web, calls):
    today = clock.now().date()
    days = {"period": "once", "first_day": str(today), "last_day": str(today + timedelta(days=2))}
    plan_id = kept(web, web.cast.bob, **days)
    refused = web.post(web.cast.bob, f"/sampling/plans/{plan_id}/draw")
    assert refused.status_code == 409
    assert "not over yet" in refused.text


def test_a_draw_tells_its_estimate_its_parts_and_its_calls(web, drawn):
    page = web.get(web.cast.bob, f"/sampling/draws/{drawn}").text
    assert "Nothing is reviewed yet" in page
    with db.session(web.engine) as session:
        for one in queries.drawn_calls(session, drawn)[:3]:
            review = reviews.of_call(session, one.call_id)
            confirm_all(session, review, web.cast.alice)
            service.submit(session, id_of(review), web.cast.alice, Actor("Alice", clock.now(), web.cast.alice.id))
    page = web.get(web.cast.bob, f"/sampling/draws/{drawn}").text
    assert "4 of 6 calls" in page
    assert "1 drawn call still waits" in page
    assert "from 3 of 3" in page or "from 0 of 3" in page
    assert "Too few to say" in page
    assert web.get(web.cast.charlie, f"/sampling/draws/{drawn}").status_code == 404
    assert "the same sample" in web.get(web.cast.alice, f"/sampling/draws/{drawn}?verify=true").text


def test_the_calls_of_a_draw_are_saved_with_their_chance(web, drawn):
    answer = web.get(web.cast.bob, f"/sampling/draws/{drawn}/calls.csv")
    assert answer.headers["content-type"].startswith("text/csv")
    lines = answer.text.splitlines()
    assert len(lines) == 5
    assert ",0.6666666666666666,Waits" in lines[1]
    assert web.get(web.cast.charlie, f"/sampling/draws/{drawn}/calls.csv").status_code == 404


def test_the_id_of_a_call_that_one_does_not_see_is_not_saved(web):
    call_id, today = web.make_call(external_id="C-7"), clock.now().date()
    plan_id = kept(web, web.cast.bob)
    with db.session(web.engine) as session:
        found = id_of(
            draw(session, plan_id, (today - timedelta(days=1), today + timedelta(days=1)), machine(clock.now()))
        )
    assert "C-7" in web.get(web.cast.bob, f"/sampling/draws/{found}/calls.csv").text
    with db.session(web.engine) as session:
        call = calls_service.correct(
            session, calls_queries.lock(session, call_id), {"team_id": web.cast.team_b.id}, actor(web.cast.ada)
        )
        assert call.external_id == "C-7"
    saved = web.get(web.cast.bob, f"/sampling/draws/{found}/calls.csv").text
    assert f"{call_id},," in saved
    assert "C-7" not in saved
    assert "C-7" in web.get(web.cast.ada, f"/sampling/draws/{found}/calls.csv").text


def test_calls_that_came_in_after_the_draw_are_told(web, drawn):
    assert "Came in after the draw" not in web.get(web.cast.bob, f"/sampling/draws/{drawn}").text
    web.make_call(note="late")
    page = web.get(web.cast.bob, f"/sampling/draws/{drawn}").text
    assert "<dt>Came in after the draw, left out</dt><dd>1</dd>" in page


def test_risks_are_set_by_who_leads_all_teams(web):
    rule = {"kind": "long_hold", "limit": "90", "per_day": "3", "active": "true"}
    assert web.post(web.cast.bob, "/sampling/risk", data=rule).status_code == 403
    assert web.post(web.cast.ada, "/sampling/risk", data=rule).status_code == 303
    page = web.get(web.cast.bob, "/sampling/risk").text
    assert "Limit, seconds: 90" in page
    assert "seen in 0 calls" in page
    assert "<form" not in page.split("<main")[1]
    refused = web.post(web.cast.ada, "/sampling/risk", data={**rule, "per_day": "0"})
    assert refused.status_code == 422
    assert "from 1 to 1,000" in refused.text
