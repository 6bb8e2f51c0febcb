"""Administrators see which systems are told of what, what went wrong, and send it again."""

import re
from datetime import timedelta

import pytest

from app.kit import clock, db
from app.ledger.service import machine, record
from app.webhooks import queries, service
from app.webhooks.delivering import PAUSES, Post, keeper_of, sweep
from app.webhooks.door import Door
from tests.web.conftest import Web
from tests.webhooks.conftest import HERE
from tests.webhooks.receiver import Receiver, receiver

PATH = "/admin/webhooks"
# An address of the internet that needs no name looked up; nothing is sent there.
URL = "https://1.1.1.1:8443/callmark"


def add(web: Web, **facts: object) -> tuple[int, str]:
    """The number of a webhook that Ada added, and the page that followed."""
    form = {"url": URL, "description": "Payroll", "events": ["evaluation.scored"], **facts}
    answer = web.post(web.cast.ada, PATH, data=form)
    assert answer.status_code == 201, answer.text
    return int(re.findall(rf"{PATH}/(\d+)", answer.text)[0]), answer.text


def leads_to(web: Web, webhook_id: int, other: Receiver) -> None:
    with db.session(web.engine) as session:
        queries.webhook(session, webhook_id).url = other.url


def happens(web: Web) -> None:
    with db.session(web.engine) as session:
        record(session, "call:1", machine(clock.now()), "evaluation.scored", evaluation=1)


def told(web: Web, after: timedelta = timedelta()) -> None:
    """What a worker does."""
    sweep(Post(web.engine, Door(HERE), keeper_of(web.worker.settings), "", lambda: clock.now() + after))


def page(web: Web, webhook_id: int, query: str = "") -> str:
    return web.get(web.cast.ada, f"{PATH}/{webhook_id}{query}").text


def test_a_webhook_is_added_and_its_secret_stands_on_one_page_only(web: Web) -> None:
    webhook_id, shown = add(web)
    [secret] = re.findall(r"whsec_[\w-]+", shown)
    assert secret not in page(web, webhook_id)
    listed = web.get(web.cast.ada, PATH).text
    assert secret not in listed
    assert "Payroll" in listed
    assert URL in listed
    assert "The machine has scored a call" in listed


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"url": "https://10.0.0.1/"}, "internal network"),
        ({"url": "http://1.1.1.1/"}, "must begin with https://"),
        ({"url": "https://a:b@1.1.1.1/"}, "Leave user name and password out"),
        ({"events": []}, "Choose at least one event"),
    ],
)
def test_what_cannot_be_used_is_told_and_what_was_typed_stays(web: Web, facts: dict[str, object], why: str) -> None:
    form = {"url": URL, "description": "Payroll", "events": ["coaching.sent"], **facts}
    answer = web.post(web.cast.ada, PATH, data=form)
    assert answer.status_code == 422
    assert why in answer.text
    assert 'value="Payroll"' in answer.text
    assert ('value="coaching.sent" checked' in answer.text) == bool(form["events"])
    webhook_id, _ = add(web)
    answer = web.post(web.cast.ada, f"{PATH}/{webhook_id}", data=form)
    assert (answer.status_code, why in answer.text) == (422, True)


def test_who_changes_what_somebody_else_changed_meanwhile_is_told(web: Web) -> None:
    webhook_id, _ = add(web)
    form = {"url": URL, "description": "Wages", "events": ["evaluation.scored"], "version": "1"}
    assert web.post(web.cast.ada, f"{PATH}/{webhook_id}", data=form).status_code == 303
    assert web.post(web.cast.ada, f"{PATH}/{webhook_id}", data={**form, "description": "Pay"}).status_code == 412
    assert "Wages" in page(web, webhook_id)


def test_a_delivery_shows_what_was_answered_and_when_it_is_tried_again(web_everywhere: Web) -> None:
    web = web_everywhere
    webhook_id, _ = add(web)
    with receiver() as other:
        leads_to(web, webhook_id, other)
        other.statuses, other.answer = [503, 503, 200], b"<b>try</b> later"
        happens(web)
        told(web)
        shown = page(web, webhook_id)
        assert "Retrying" in shown
        assert "Answer: 503" in shown
        assert "&lt;b&gt;try&lt;/b&gt; later" in shown
        told(web, PAUSES[0])
        told(web, PAUSES[0] + PAUSES[1])
        assert "Delivered" in page(web, webhook_id, "?state=delivered")
        assert "Nothing here yet" in page(web, webhook_id, "?state=waiting")
        with db.session(web.engine, reads_only=True) as session:
            [delivery] = queries.deliveries(session, webhook_id).items
        answer = web.post(web.cast.ada, f"{PATH}/{webhook_id}/deliveries/{delivery.id}/replay")
        assert answer.status_code == 303
        told(web)
        assert len(other.came) == 4


def test_what_was_given_up_is_said_so(web: Web) -> None:
    webhook_id, _ = add(web)
    with receiver() as away:
        leads_to(web, webhook_id, away)
    happens(web)
    told(web)
    for place in range(len(PAUSES)):
        told(web, sum(PAUSES[: place + 1], timedelta(minutes=place + 1)))
    shown = page(web, webhook_id, "?state=given_up")
    assert "Given up" in shown
    assert "could not be reached" in shown
    assert "1 delivery given up" in web.get(web.cast.ada, PATH).text


def test_a_test_event_and_all_since_a_moment_are_sent_on_request(web: Web) -> None:
    happens(web)
    webhook_id, _ = add(web)
    with receiver() as other:
        leads_to(web, webhook_id, other)
        assert web.post(web.cast.ada, f"{PATH}/{webhook_id}/test").status_code == 303
        assert 'hx-trigger="every 5s"' in page(web, webhook_id)
        told(web)
        assert 'hx-trigger="every 5s"' not in page(web, webhook_id)
        assert "Test event" in page(web, webhook_id)
        since = {"since": "2026-01-01T00:00"}
        assert web.post(web.cast.ada, f"{PATH}/{webhook_id}/replay", data=since).status_code == 303
        told(web)
        assert [one.headers["Callmark-Event"] for one in other.came] == ["webhook.test", "evaluation.scored"]
    for wrong in ("", "soon", "0001-01-01T00:00", "9999-12-31T23:59"):
        answer = web.post(web.cast.ada, f"{PATH}/{webhook_id}/replay", data={"since": wrong})
        assert (answer.status_code, "Say since when" in answer.text) == (422, True), wrong


def test_a_new_secret_is_shown_and_the_old_one_ends_now_or_later(web: Web) -> None:
    webhook_id, first = add(web)
    later = web.post(web.cast.ada, f"{PATH}/{webhook_id}/rotate", data={"ends": "later"}).text
    assert re.findall(r"whsec_[\w-]+", later) != re.findall(r"whsec_[\w-]+", first)
    assert "The secret before signs too until" in later
    now = web.post(web.cast.ada, f"{PATH}/{webhook_id}/rotate", data={"ends": "now"}).text
    assert "The secret before signs too until" not in now


def test_a_webhook_whose_address_is_gone_says_so_and_is_switched_on_again(web: Web) -> None:
    webhook_id, _ = add(web)
    with receiver() as other:
        leads_to(web, webhook_id, other)
        other.statuses = [410]
        happens(web)
        told(web)
    assert "answered that this address is gone" in page(web, webhook_id)
    assert web.post(web.cast.ada, f"{PATH}/{webhook_id}/test").status_code == 409
    assert web.post(web.cast.ada, f"{PATH}/{webhook_id}/on").status_code == 303
    assert "Switched on" in page(web, webhook_id)
    assert web.post(web.cast.ada, f"{PATH}/{webhook_id}/off").status_code == 303
    assert web.post(web.cast.ada, f"{PATH}/{webhook_id}/remove").status_code == 303
    assert web.get(web.cast.ada, f"{PATH}/{webhook_id}").status_code == 404


def test_administrators_alone_come_in(web: Web) -> None:
    webhook_id, _ = add(web)
    for user in (web.cast.bob, web.cast.alice, web.cast.dana):
        for path in (PATH, f"{PATH}/{webhook_id}"):
            assert web.get(user, path).status_code == 403
        for act in ("", "/rotate", "/off", "/on", "/remove", "/test", "/replay", "/deliveries/1/replay"):
            assert web.post(user, f"{PATH}/{webhook_id}{act}", data={}).status_code == 403, act
    with db.session(web.engine, reads_only=True) as session:
        assert queries.webhook(session, webhook_id).active


def test_what_is_not_there_is_said_to_be_so(web: Web) -> None:
    webhook_id, _ = add(web)
    for path in ("0", "999", "one", f"{webhook_id}/deliveries/999/replay"):
        method = web.post if "replay" in path else web.get
        assert method(web.cast.ada, f"{PATH}/{path}").status_code == 404, path
    for query in ("?cursor=x", "?cursor=%00"):
        assert web.get(web.cast.ada, f"{PATH}/{webhook_id}{query}").status_code == 422, query
    assert web.get(web.cast.ada, f"{PATH}/{webhook_id}?state=lost").status_code == 200


def test_characters_that_no_database_keeps_break_nothing(web_everywhere: Web) -> None:
    web = web_everywhere
    form = {"url": "https://1.1.1.1/a\0b", "description": "a\0b", "events": ["coaching.sent"]}
    assert web.post(web.cast.ada, PATH, data=form).status_code == 422
    assert web.post(web.cast.ada, PATH, data={**form, "url": URL}).status_code == 201
    with db.session(web.engine) as session:
        [found] = queries.webhooks(session)
        service.switch_off(session, found.id or 0, machine(clock.now()))
    assert "ab" in web.get(web.cast.ada, PATH).text
