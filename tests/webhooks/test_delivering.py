"""Other systems are told at least once, signed, in order as far as they answer, and nothing is lost in between."""

import hashlib
import hmac
import socket
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import event as sql
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from app.ledger import queries as ledger
from app.ledger.service import Actor, machine, record
from app.webhooks import delivering, queries, service
from app.webhooks.addresses import Rules
from app.webhooks.delivering import KEPT, LEASE, PAUSES
from app.webhooks.events import Event
from app.webhooks.keeping import Keeper, WebhookKeyUnreadable
from app.webhooks.models import DeliveryState, OffReason, WebhookDelivery
from app.webhooks.service import NoEvents, SwitchedOff, Wanted
from tests.webhooks.conftest import HERE, said
from tests.webhooks.receiver import receiver

SCORED = Event.SCORED


def happened(site, number=1):
    """Calls that were scored, as the ledger tells of them; each in a stream of its own."""
    with site.doing() as session:
        first = ledger.extent(session)[1] + 1
        for place in range(number):
            record(
                session,
                f"call:{first + place}",
                machine(site.now),
                "evaluation.scored",
                evaluation=first + place,
                score=90.0,
                passed=True,
            )


def signs(header, secret, body):
    """Whether a header was made with this secret, as a receiver looks at it."""
    parts = [one.split("=", 1) for one in header.split(",")]
    moment = dict(parts)["t"]
    made = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return made in [value for name, value in parts if name == "v1"]


def states(site):
    return [one.state for one in site.deliveries()]


def told(other):
    return [said(one)["data"]["evaluation"] for one in other.came]


def test_what_happens_arrives_signed_and_named(site, other):
    _, secret = site.subscribe(other.url)
    happened(site)
    site.sweep()
    [came] = other.came
    [delivery] = site.deliveries()
    headers = {name.lower(): value for name, value in came.headers.items()}
    assert signs(headers["callmark-signature"], secret, came.body)
    assert not signs(headers["callmark-signature"], "whsec_guessed", came.body)
    assert headers["callmark-signature"].startswith(f"t={int(site.now.timestamp())},v1=")
    assert headers["callmark-event"] == "evaluation.scored"
    assert headers["callmark-event-id"] == said(came)["id"] == delivery.event_id
    assert headers["callmark-delivery-id"] == str(delivery.id)
    assert headers["content-type"] == "application/json"
    assert (delivery.state, delivery.answer, delivery.tried) == (DeliveryState.DELIVERED, 200, 1)


def test_the_first_submitted_review_arrives_the_whole_way(site, other):
    site.subscribe(other.url, Event.SUBMITTED)
    _, review = site.score(external_id="c-1")
    review = site.submit(review)
    site.sweep()
    [came] = other.came
    assert said(came)["event"] == "evaluation.submitted"
    assert said(came)["data"]["call"]["external_id"] == "c-1"
    assert said(came)["data"]["score"] == review.score


def test_each_system_is_told_only_of_what_it_wants_and_once(site, other):
    site.subscribe(other.url, Event.COMPLAINT_RECORDED)
    happened(site)
    site.sweep()
    assert other.came == []
    with receiver() as second:
        site.subscribe(second.url, SCORED)
        happened(site)
        site.sweep()
        site.sweep(timedelta(hours=1))
        assert len(second.came) == 1
    assert other.came == []


def test_what_was_before_a_webhook_is_not_told(site, other):
    happened(site, 3)
    site.subscribe(other.url)
    site.sweep()
    assert other.came == []


def test_more_than_one_reading_is_told_in_order(site, other, monkeypatch):
    monkeypatch.setattr(delivering, "AT_ONCE", 10)
    site.subscribe(other.url)
    happened(site, 25)
    site.sweep()
    assert len(told(other)) == 25
    assert told(other) == sorted(told(other))


def test_what_fails_is_tried_again_after_growing_pauses_and_given_up_in_the_end(site, other):
    webhook, _ = site.subscribe(other.url)
    other.statuses, other.answer = [503], b"try later"
    happened(site)
    site.sweep()
    for tries, pause in enumerate(PAUSES, start=1):
        [delivery] = site.deliveries()
        assert (delivery.state, delivery.tried, len(other.came)) == (DeliveryState.WAITING, tries, tries)
        assert (delivery.answer, delivery.excerpt, delivery.failure) == (503, "try later", "refused")
        assert delivery.try_after == site.now + pause
        site.sweep(pause - timedelta(seconds=1))
        assert len(other.came) == tries
        site.sweep(timedelta(seconds=1))
    assert states(site) == [DeliveryState.GIVEN_UP]
    site.sweep(timedelta(days=2))
    assert len(other.came) == len(PAUSES) + 1
    assert len({said(one)["id"] for one in other.came}) == 1
    assert site.webhook(webhook.id).active


def test_who_was_away_is_told_when_they_are_back(site, other):
    with receiver() as away:
        pass
    site.subscribe(away.url)
    happened(site)
    site.sweep()
    [delivery] = site.deliveries()
    assert (delivery.state, delivery.failure, delivery.answer) == (DeliveryState.WAITING, "unreachable", None)
    with receiver(port=away.port) as back:
        site.sweep(PAUSES[0])
        assert len(back.came) == 1
    [delivery] = site.deliveries()
    assert (delivery.state, delivery.failure, delivery.tried) == (DeliveryState.DELIVERED, "", 2)


def test_one_that_is_away_keeps_no_other_from_being_told(site, other):
    with receiver() as away:
        pass
    site.subscribe(away.url)
    site.subscribe(other.url)
    happened(site, 3)
    site.sweep()
    assert len(other.came) == 3
    # One failure is enough: the rest waits for the next sweep, untried.
    assert sorted(one.tried for one in site.deliveries() if one.state == DeliveryState.WAITING) == [0, 0, 1]


def test_a_worker_that_dies_after_taking_something_leaves_it_to_the_next_one(site, other):
    webhook, _ = site.subscribe(other.url)
    happened(site)
    post = site.post()
    delivering.read_on(post, site.now + timedelta(seconds=20))
    taken = delivering.take(post, webhook.id)
    assert taken is not None
    site.sweep()
    site.sweep(LEASE - timedelta(seconds=1))
    assert other.came == []
    site.sweep(timedelta(seconds=1))
    assert [one.headers["Callmark-Event-Id"] for one in other.came] == [taken.headers["Callmark-Event-Id"]]
    assert states(site) == [DeliveryState.DELIVERED]


def test_a_worker_that_dies_after_sending_sends_it_again_under_the_same_id(site, other):
    webhook, _ = site.subscribe(other.url)
    happened(site)
    post = site.post()
    delivering.read_on(post, site.now + timedelta(seconds=20))
    taken = delivering.take(post, webhook.id)
    post.door.send(taken.url, taken.headers, taken.body)
    site.sweep(LEASE)
    assert len(other.came) == 2
    assert len({one.headers["Callmark-Event-Id"] for one in other.came}) == 1


def test_a_worker_that_dies_while_it_reads_the_ledger_loses_nothing(site, other):
    site.subscribe(other.url)
    happened(site, 3)

    class Died(Exception):
        pass

    kept = []

    def keeps(session, *_):
        kept.extend(one for one in session.new if isinstance(one, WebhookDelivery))

    def dies(session):
        if kept and not session.in_nested_transaction():
            raise Died

    # When all is written, the moment before it is kept for good.
    sql.listen(Session, "after_flush", keeps)
    sql.listen(Session, "before_commit", dies)
    try:
        with pytest.raises(Died):
            delivering.read_on(site.post(), site.now + timedelta(seconds=20))
    finally:
        sql.remove(Session, "after_flush", keeps)
        sql.remove(Session, "before_commit", dies)
    assert (len(kept), site.deliveries()) == (3, [])
    site.sweep()
    assert len(told(other)) == 3


def test_one_entry_that_cannot_be_told_keeps_none_of_the_later_ones_from_being_told(site, other, caplog):
    webhook, _ = site.subscribe(other.url)
    happened(site)
    with site.doing() as session:
        # It lacks which note it was.
        bad = record(session, "coaching:1", Actor("Mallory", site.now), "coaching.sent", occasion="call")
    happened(site)
    site.sweep()
    assert len(told(other)) == 2
    assert f"webhook {webhook.id} is never told of ledger entry {bad.id}" in caplog.text
    assert "Mallory" not in caplog.text
    assert site.webhook(webhook.id).position > bad.id


def test_a_database_that_is_away_for_a_moment_costs_no_event(site, other):
    site.subscribe(other.url)
    happened(site, 2)

    def fails(session, *_):
        if any(isinstance(one, WebhookDelivery) for one in session.new):
            raise OperationalError("INSERT", {}, Exception("away"))

    sql.listen(Session, "after_flush", fails)
    try:
        site.sweep()
    finally:
        sql.remove(Session, "after_flush", fails)
    assert other.came == []
    site.sweep()
    assert len(told(other)) == 2


def test_a_transaction_that_is_under_way_is_waited_for(site, other):
    """On PostgreSQL an entry with a lower id may be committed after one with a higher."""
    if site.engine.dialect.name == "sqlite":
        pytest.skip("here only one writes at a time")
    site.subscribe(other.url)
    with site.doing() as slow:
        record(slow, "call:1001", machine(site.now), "evaluation.scored", evaluation=1001)
        happened(site)
        site.sweep()
        assert other.came == []
    site.sweep()
    assert len(other.came) == 2
    assert 1001 in told(other)


def test_several_workers_tell_nothing_twice(site, other):
    for _ in range(3):
        site.subscribe(other.url)
    happened(site, 30)
    with ThreadPoolExecutor(4) as workers:
        list(workers.map(lambda _: site.sweep(), range(4)))
    site.sweep()
    ids = [one.headers["Callmark-Delivery-Id"] for one in other.came]
    assert len(ids) == len(set(ids)) == 90
    assert set(states(site)) == {DeliveryState.DELIVERED}


def test_an_address_that_is_gone_is_told_nothing_more(site, other):
    webhook, _ = site.subscribe(other.url)
    happened(site, 3)
    other.statuses = [410]
    site.sweep()
    site.sweep(timedelta(days=1))
    assert len(other.came) == 1
    assert site.webhook(webhook.id).off == OffReason.GONE
    assert set(states(site)) == {DeliveryState.GIVEN_UP}
    with site.doing() as session:
        last = ledger.last_entry(session, f"webhook:{webhook.id}")
    assert (last.event, last.actor, last.payload) == ("webhook.switched_off", "machine", {"reason": "gone"})


def test_a_redirect_is_no_yes_and_is_not_followed(site, other):
    with receiver() as inside:
        site.subscribe(other.url)
        other.statuses, other.headers = [302], {"Location": inside.url}
        happened(site)
        site.sweep()
        assert inside.came == []
    [delivery] = site.deliveries()
    assert (delivery.state, delivery.answer) == (DeliveryState.WAITING, 302)


def test_a_name_that_later_leads_into_the_own_network_is_not_followed_there(site, other):
    rules = Rules(http=True, resolve=lambda host, port: ["127.0.0.1"])
    site.subscribe(f"http://hooks.example.org:{other.port}/hook")
    happened(site)
    site.sweep(rules=rules)
    assert other.came == []
    [delivery] = site.deliveries()
    assert (delivery.state, delivery.failure) == (DeliveryState.WAITING, "address_refused")


def test_two_secrets_sign_while_one_takes_the_place_of_the_other(site, other):
    webhook, old = site.subscribe(other.url)
    with site.doing() as session:
        new = service.rotate(session, webhook.id, site.keeper, site.actor(site.cast.ada))
    happened(site)
    site.sweep()
    happened(site)
    site.sweep(timedelta(hours=24))
    first, later = other.came
    assert signs(first.headers["Callmark-Signature"], old, first.body)
    assert signs(first.headers["Callmark-Signature"], new, first.body)
    assert not signs(later.headers["Callmark-Signature"], old, later.body)
    assert signs(later.headers["Callmark-Signature"], new, later.body)


def test_a_secret_that_is_known_to_others_signs_nothing_more_at_once(site, other):
    webhook, old = site.subscribe(other.url)
    with site.doing() as session:
        service.rotate(session, webhook.id, site.keeper, site.actor(site.cast.ada), timedelta())
    happened(site)
    site.sweep()
    [came] = other.came
    assert not signs(came.headers["Callmark-Signature"], old, came.body)


def test_no_secret_stands_in_the_database_or_the_ledger(site, other):
    webhook, secret = site.subscribe(f"{other.url}?token=hidden")
    with site.doing() as session:
        new = service.rotate(session, webhook.id, site.keeper, site.actor(site.cast.ada))
        found = queries.webhook(session, webhook.id)
        ledger_says = str([one.payload for one in ledger.entries(session, f"webhook:{webhook.id}")])
        assert secret not in f"{found.secret}{found.former_secret}{ledger_says}"
        assert new not in f"{found.secret}{found.former_secret}{ledger_says}"
        assert "hidden" not in ledger_says


def test_a_key_that_is_not_the_one_the_secret_was_kept_with_is_told(site, other, tmp_path):
    site.subscribe(other.url)
    happened(site)
    site.keeper = Keeper(tmp_path / "nowhere.key")
    site.sweep()
    [delivery] = site.deliveries()
    assert (delivery.state, delivery.failure) == (DeliveryState.WAITING, WebhookKeyUnreadable.code)
    assert other.came == []
    # Who only reads makes no key: it would be another one on every machine.
    assert not (tmp_path / "nowhere.key").exists()
    assert (tmp_path / "webhooks.key").stat().st_mode & 0o777 == 0o600


def test_one_thing_is_sent_again_under_its_old_id(site, other):
    webhook, _ = site.subscribe(other.url)
    happened(site, 2)
    site.sweep()
    first = site.deliveries()[0]
    with site.doing() as session:
        service.replay(session, webhook.id, first.id, site.actor(site.cast.ada))
    site.sweep()
    ids = [one.headers["Callmark-Event-Id"] for one in other.came]
    assert len(ids) == 3
    assert ids[2] == ids[0] == first.event_id


def test_all_that_happened_since_a_moment_is_sent_again_and_nothing_before(site, other):
    happened(site)
    webhook, _ = site.subscribe(other.url)
    site.now += timedelta(hours=1)
    happened(site, 2)
    site.sweep()
    since = site.now = site.now + timedelta(hours=1)
    happened(site, 3)
    site.sweep()
    ids = [one.headers["Callmark-Event-Id"] for one in other.came]
    with site.doing() as session:
        service.replay_since(session, webhook.id, since, site.actor(site.cast.ada))
    site.sweep()
    assert [one.headers["Callmark-Event-Id"] for one in other.came[5:]] == ids[2:]
    assert len(site.deliveries()) == 5
    site.sweep(timedelta(hours=1))
    assert len(other.came) == 8


def test_what_was_missed_while_it_was_off_is_sent_on_request(site, other):
    webhook, _ = site.subscribe(other.url)
    ada = site.actor(site.cast.ada)
    since = site.now
    with site.doing() as session:
        service.switch_off(session, webhook.id, ada)
    happened(site, 2)
    site.sweep()
    with site.doing() as session:
        with pytest.raises(SwitchedOff):
            service.replay_since(session, webhook.id, since, ada)
        service.switch_on(session, webhook.id, ada)
    site.sweep()
    assert other.came == []
    with site.doing() as session:
        service.replay_since(session, webhook.id, since, ada)
    site.sweep()
    assert len(other.came) == 2


def test_a_replay_of_the_future_or_of_nothing_sends_nothing(site, other):
    webhook, _ = site.subscribe(other.url)
    happened(site)
    site.sweep()
    with site.doing() as session:
        service.replay_since(session, webhook.id, site.now + timedelta(days=1), site.actor(site.cast.ada))
    site.sweep()
    assert len(other.came) == 1


def test_a_trial_goes_the_same_way_and_says_that_nothing_happened(site, other):
    webhook, secret = site.subscribe(other.url, Event.COMPLAINT_RECORDED)
    with site.doing() as session:
        service.try_out(session, webhook.id, site.actor(site.cast.ada))
    site.sweep()
    [came] = other.came
    assert came.headers["Callmark-Event"] == said(came)["event"] == "webhook.test"
    assert signs(came.headers["Callmark-Signature"], secret, came.body)


def test_what_is_said_of_a_webhook_counts_from_the_next_thing_on(site, other):
    with receiver() as second:
        webhook, _ = site.subscribe(other.url)
        with site.doing() as session:
            service.change(session, webhook.id, Wanted(second.url, [SCORED]), site.actor(site.cast.ada))
        happened(site)
        site.sweep()
        assert (len(other.came), len(second.came)) == (0, 1)
    with site.doing() as session, pytest.raises(NoEvents):
        service.change(session, webhook.id, Wanted(second.url, []), site.actor(site.cast.ada))


def test_who_did_what_to_a_webhook_stands_in_the_ledger_with_the_host_alone(site):
    webhook, _ = site.subscribe("https://hooks.example.org/secret-path", SCORED)
    ada = Actor("Ada", site.now, site.cast.ada.id)
    with site.doing() as session:
        wanted = Wanted("https://new.example.org/other-path", [SCORED, Event.SUBMITTED])
        service.change(session, webhook.id, wanted, ada)
        service.rotate(session, webhook.id, site.keeper, ada)
        service.switch_off(session, webhook.id, ada)
        service.switch_on(session, webhook.id, ada)
        service.remove(session, webhook.id, ada)
        entries = ledger.entries(session, f"webhook:{webhook.id}")
    assert [one.event for one in entries] == [
        f"webhook.{what}" for what in ("added", "changed", "secret_changed", "switched_off", "switched_on", "removed")
    ]
    assert {one.actor for one in entries} == {"Ada"}
    assert entries[1].payload["host"] == {"old": "hooks.example.org", "new": "new.example.org"}
    assert "path" not in str([one.payload for one in entries])


def test_what_was_told_is_forgotten_after_a_month_and_a_replay_brings_it_back(site, other):
    webhook, _ = site.subscribe(other.url)
    since = site.now
    happened(site)
    site.sweep()
    site.sweep(KEPT + timedelta(minutes=1))
    assert site.deliveries() == []
    with site.doing() as session:
        service.replay_since(session, webhook.id, since, site.actor(site.cast.ada))
    site.sweep()
    assert len({one.headers["Callmark-Event-Id"] for one in other.came}) == 1
    assert len(other.came) == 2


def test_a_removed_webhook_is_forgotten_with_what_it_was_told(site, other):
    webhook, _ = site.subscribe(other.url)
    happened(site)
    site.sweep()
    with site.doing() as session:
        service.remove(session, webhook.id, site.actor(site.cast.ada))
    happened(site)
    site.sweep()
    assert (len(other.came), site.deliveries()) == (1, [])


def test_nothing_is_asked_of_the_network_where_nobody_is_to_be_told(site, monkeypatch):
    def never(*_, **__):
        raise AssertionError("nobody is to be asked")

    monkeypatch.setattr(socket, "getaddrinfo", never)
    site.subscribe("https://hooks.example.org/")
    site.sweep(rules=Rules())
    assert HERE.private
