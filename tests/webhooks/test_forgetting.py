"""Of a call that was deleted, nothing but its number is left in what other systems were told, or are to be told."""

import json
from datetime import date, timedelta

import pytest

from app.coaching import service as coaching
from app.coaching.written import Point, Texts, Written
from app.complaints.service import ComplaintFacts, record_complaint
from app.domain.evidence import Verdict
from app.kit.blobs import open_blobs
from app.retention.service import delete_call
from app.settings import Settings
from app.webhooks import service
from app.webhooks.models import DeliveryState
from tests.stored import RUDE
from tests.webhooks.conftest import SITE, said


@pytest.fixture
def deletes(site, tmp_path):
    """Bob deletes a call."""

    def delete(call):
        with site.doing() as session:
            blobs = open_blobs(Settings(data_dir=tmp_path))
            delete_call(session, site.engine, blobs, call.id, site.actor(site.cast.bob), "asked for")

    return delete


def bare(call):
    nothing = {"external_id": None, "agent": None, "team": None, "queue": "", "site_day": None}
    return {"id": call.id, **nothing, "url": f"{SITE}/calls/{call.id}", "deleted": True}


def kept(site):
    return [json.loads(one.body)["data"] for one in site.deliveries()]


def test_what_was_delivered_about_a_deleted_call_is_forgotten(site, other, deletes):
    site.subscribe(other.url)
    other.answer = b"no such customer: call-1"
    call, review = site.score(external_id="call-1")
    other_call, _ = site.score(*RUDE, external_id="c-2")
    site.submit(review, standard_greeting=Verdict.FAIL)
    site.sweep()
    deletes(call)
    site.sweep(timedelta(seconds=30))
    about = [one for one in kept(site) if one["call"]["id"] == call.id]
    assert about == [{"call": bare(call)}] * 3
    assert [one["call"]["external_id"] for one in kept(site) if one["call"]["id"] == other_call.id] == ["c-2"]
    assert {one.state for one in site.deliveries()} == {DeliveryState.DELIVERED}
    # What is known already is not sent for the sake of forgetting.
    assert len(other.came) == 4


def test_what_was_not_delivered_yet_goes_out_with_the_number_and_the_score_alone(site, other, deletes):
    site.subscribe(other.url)
    other.statuses, other.answer = [503], b"cannot find call-1 of dana"
    call, review = site.score(external_id="call-1")
    review = site.submit(review)
    site.sweep()
    deletes(call)
    other.answer = b""
    site.sweep(timedelta(seconds=30))
    assert "call-1" not in str([(one.body, one.excerpt) for one in site.deliveries()])
    other.statuses = [200]
    site.sweep(timedelta(days=1))
    data = said(other.came[-1])["data"]
    assert (data["call"], data["score"]) == (bare(call), review.score)


def test_a_note_about_several_calls_keeps_the_others(site, other, deletes):
    site.subscribe(other.url)
    (one, first), (two, second) = site.score(external_id="call-1"), site.score(*RUDE, external_id="c-2")
    site.submit(first)
    site.submit(second)
    alice, dana = site.cast.alice, site.cast.dana
    with site.doing() as session:
        points = (Point(one.id, "polite"), Point(two.id, "polite"))
        coaching.send(session, alice, Written(dana.id, Texts("Well"), points), site.actor(alice))
    site.sweep()
    deletes(one)
    site.sweep()
    [note] = [each for each in kept(site) if "note" in each]
    assert note["calls"][0] == bare(one)
    assert (note["calls"][1]["external_id"], note["agent"]) == ("c-2", "dana")
    assert date.fromisoformat(note["calls"][1]["site_day"])


def test_a_complaint_stays_without_its_call(site, other, deletes):
    site.subscribe(other.url)
    call, _ = site.score(external_id="call-1")
    bob = site.cast.bob
    facts = {"received_at": "2026-10-05T10:00:00Z", "category": "attitude", "external_id": "k-1", "text": "Rude"}
    with site.doing() as session:
        record_complaint(session, bob, ComplaintFacts.model_validate({**facts, "call_id": call.id}), site.actor(bob))
    site.sweep()
    deletes(call)
    site.sweep()
    [complaint] = [each for each in kept(site) if "complaint" in each]
    assert (complaint["external_id"], complaint["call"]) == ("k-1", bare(call))


def test_a_webhook_that_is_switched_off_forgets_too(site, other, deletes):
    webhook, _ = site.subscribe(other.url)
    call, _ = site.score(external_id="call-1")
    site.sweep()
    with site.doing() as session:
        service.switch_off(session, webhook.id, site.actor(site.cast.ada))
    deletes(call)
    site.score(*RUDE)
    site.sweep()
    assert kept(site) == [{"call": bare(call)}]
    assert len(other.came) == 1


def test_a_webhook_that_is_switched_on_again_at_once_forgets_too(site, other, deletes):
    webhook, _ = site.subscribe(other.url)
    call, _ = site.score(external_id="call-1")
    site.sweep()
    ada = site.actor(site.cast.ada)
    with site.doing() as session:
        service.switch_off(session, webhook.id, ada)
    deletes(call)
    with site.doing() as session:
        service.switch_on(session, webhook.id, ada)
    site.sweep()
    assert kept(site) == [{"call": bare(call)}]


def test_a_replay_brings_nothing_of_it_back(site, other, deletes):
    webhook, _ = site.subscribe(other.url)
    since = site.now
    call, _ = site.score(external_id="call-1")
    site.sweep()
    deletes(call)
    site.sweep()
    with site.doing() as session:
        service.replay_since(session, webhook.id, since - timedelta(days=365), site.actor(site.cast.ada))
    site.sweep()
    assert len(other.came) == 2
    assert said(other.came[1])["data"]["call"] == bare(call)
