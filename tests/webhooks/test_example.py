"""The receiver that the documentation shows does what it says."""

import re
import threading
from datetime import timedelta
from http.server import HTTPServer
from pathlib import Path

import pytest

from app.ledger.service import machine, record
from app.webhooks.delivering import PAUSES
from app.webhooks.models import DeliveryState

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text(encoding="utf-8")


@pytest.fixture
def shown():
    """The receiver of the page, listening; its secret is to be set."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)
    names = {"__name__": "receiver"}
    exec(compile(code, "docs/webhooks.md", "exec"), names)
    names["Hook"].log_message = lambda *_: None
    server = HTTPServer(("127.0.0.1", 0), names["Hook"])
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server.server_address[1], names
    server.shutdown()
    server.server_close()
    thread.join()


def happened(site):
    with site.doing() as session:
        record(session, "call:1", machine(site.now), "evaluation.scored", evaluation=1, score=90.0)


def test_it_takes_what_is_signed_once_however_often_it_comes(site, shown):
    port, names = shown
    _, secret = site.subscribe(f"http://127.0.0.1:{port}/")
    names["SECRET"] = secret.encode()
    happened(site)
    site.sweep()
    [delivery] = site.deliveries()
    assert (delivery.state, delivery.answer) == (DeliveryState.DELIVERED, 204)
    assert names["seen"] == {delivery.event_id}


def test_it_refuses_who_does_not_know_the_secret_and_what_was_signed_long_ago(site, shown):
    port, names = shown
    _, secret = site.subscribe(f"http://127.0.0.1:{port}/")
    names["SECRET"] = b"whsec_another"
    happened(site)
    site.sweep()
    assert [one.answer for one in site.deliveries()] == [401]
    names["SECRET"] = secret.encode()
    # Signed on a clock that is an hour behind.
    site.now -= timedelta(hours=1)
    with site.doing() as session:
        for one in site.deliveries():
            one.try_after = site.now
            session.merge(one)
    site.sweep()
    assert [one.answer for one in site.deliveries()] == [401]
    site.sweep(timedelta(hours=1) + PAUSES[0])
    assert [one.answer for one in site.deliveries()] == [204]


def test_the_page_names_every_event():
    from app.webhooks.events import Event

    assert set(re.findall(r"^\| `([a-z.]+)` \|", PAGE, flags=re.MULTILINE)) == {one.value for one in Event}
