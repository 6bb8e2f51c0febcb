"""The worker's sweep: who has work that is due is told once, who has left comes in no more and their work goes on."""

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlmodel import select

from app.accounts import leaving
from app.accounts import queries as accounts
from app.kit import clock, db
from app.kit.db import id_of
from app.ledger.queries import entries
from app.ledger.service import machine
from app.notices.models import Kind, Notice
from app.reviews import assignment
from app.reviews.due_notices import tell_due
from app.reviews.leavers import let_go


@pytest.fixture
def site(web_everywhere):
    return web_everywhere


def give(web, call_id, user):
    with db.session(web.engine) as session:
        assignment.claim(session, id_of(web.review_of(call_id)), user, machine(clock.now()))


def due_told(web, user):
    with db.session(web.engine, reads_only=True) as session:
        return session.exec(select(Notice.url).where(Notice.user_id == user.id, Notice.kind == Kind.DUE)).all()


def test_people_are_told_once_of_their_reviews_that_are_due(site):
    mine, free = site.make_call(note="1"), site.make_call(note="2")
    alice, due = site.cast.alice, site.review_of(mine).due_at
    give(site, mine, alice)
    tell_due(site.engine, due - timedelta(days=2))
    assert due_told(site, alice) == []
    for _ in range(3):
        tell_due(site.engine, due - timedelta(hours=1))
    tell_due(site.engine, due + timedelta(days=3))
    assert due_told(site, alice) == [f"/reviews/{site.review_of(mine).id}"]
    assert site.review_of(free).assigned_to is None


def asked_of_the_database(site, at):
    """How many statements it takes to look whom to tell."""
    found = []
    note = lambda *told: found.append(told[2])  # noqa: E731
    event.listen(site.engine, "before_cursor_execute", note)
    tell_due(site.engine, at)
    event.remove(site.engine, "before_cursor_execute", note)
    return len(found)


def test_looking_whom_to_tell_takes_no_longer_when_more_people_have_work_that_is_overdue(site):
    calls = [site.make_call(note=str(place)) for place in range(3)]
    late = site.review_of(calls[0]).due_at + timedelta(days=3)
    counted = []
    for call, user in zip(calls, (site.cast.alice, site.cast.bob, site.cast.charlie), strict=True):
        give(site, call, user)
        tell_due(site.engine, late)
        assert due_told(site, user) == [f"/reviews/{site.review_of(call).id}"]
        counted.append(asked_of_the_database(site, late))
    assert counted[0] == counted[-1]


def test_who_has_left_is_signed_out_the_day_after_and_their_reviews_go_to_others(site):
    call = site.make_call()
    alice, now = site.cast.alice, clock.now()
    give(site, call, alice)
    assert site.get(alice, "/queue").status_code == 200
    with db.session(site.engine) as session:
        today = leaving.day_of(session, alice, now)
        leaving.set_left(session, accounts.user(session, alice.id), today, site.cast.ada)
    let_go(site.engine, now, 20)
    assert site.get(alice, "/queue").status_code == 200
    let_go(site.engine, now + timedelta(days=1), 20)
    assert site.get(alice, "/queue").status_code in (302, 303, 401)
    assert site.review_of(call).assigned_to != alice.id
    with db.session(site.engine, reads_only=True) as session:
        told = entries(session, f"user:{alice.id}")[-1]
        assert (told.event, told.payload) == ("user.deactivated", {"reason": "left"})


def test_who_is_let_in_again_stays_in(site):
    alice, now = site.cast.alice, clock.now()
    with db.session(site.engine) as session:
        leaving.set_left(session, accounts.user(session, alice.id), now.date() - timedelta(days=5), site.cast.ada)
    let_go(site.engine, now, 20)
    with db.session(site.engine) as session:
        leaving.set_left(session, accounts.user(session, alice.id), None, site.cast.ada)
    let_go(site.engine, now, 20)
    with db.session(site.engine, reads_only=True) as session:
        assert accounts.user(session, alice.id).active
