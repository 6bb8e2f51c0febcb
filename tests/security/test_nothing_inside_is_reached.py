"""Whatever address somebody gives, Callmark sends nothing into its own network, and a receiver takes nothing twice."""

import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from ipaddress import ip_address
from time import time
from typing import Any

import pytest

from app.accounts.identity_provider import IdentityProvider, ProviderAway, begun
from app.kit.errors import AppError
from app.webhooks.addresses import Rules
from app.webhooks.door import Door
from tests.bar import Bar
from tests.web.conftest import Web
from tests.webhooks.receiver import receiver
from tests.webhooks.test_example import shown

__all__ = ["shown"]

LOOPBACK = (
    *("127.0.0.1", "127.1", "127.0.1", "127.9.9.9", "127.000.000.001", "2130706433", "0x7f000001", "0x7f.0.0.1"),
    *("0177.0.0.1", "017700000001", "0x7F.1", "127.0.0.1.", "localhost", "LOCALHOST", "localhost.", "0.0.0.0", "0"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::127.0.0.1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"),
    *("[::ffff:0:127.0.0.1]", "[64:ff9b::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]"),
    # Letters and dots that some programs take for the usual ones.
    *(
        "１２７.０.０.１",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "ｌｏｃａｌｈｏｓｔ",
        "127.0.0.1%00",
        "127.0.0.1%2523",
        "[::1%25lo]",
    ),
)
INSIDE = (
    *("10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "100.64.0.1", "100.127.255.254"),
    *(
        "169.254.169.254",
        "169.254.170.2",
        "0xa9fea9fe",
        "2852039166",
        "0251.0376.0251.0376",
        "[::ffff:169.254.169.254]",
    ),
    *("[fe80::1]", "[fd00:ec2::254]", "[fc00::1]", "[fec0::1]", "[ff02::1]", "100.100.100.200", "168.63.129.16"),
    *("192.0.0.192", "224.0.0.1", "255.255.255.255", "[64:ff9b::a9fe:a9fe]", "[2001::1]", "198.18.0.1", "240.0.0.1"),
)
# In each place where a program that reads addresses otherwise would find another host.
PLACES = (
    *("{scheme}://{host}:{port}/", "{scheme}://{host}:{port}", "{scheme}://{host}:{port}?a@8.8.8.8/"),
    *("{scheme}://8.8.8.8@{host}:{port}/", "{scheme}:\\\\{host}:{port}/", "{scheme}:///{host}:{port}/"),
    "{scheme}://{host}:{port}#@8.8.8.8/",
)


@contextmanager
def listening() -> Iterator[socket.socket]:
    """A socket on every address of this machine, which notices whoever knocks."""
    with socket.socket(socket.AF_INET6) as opened:
        opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        opened.bind(("::", 0))
        opened.listen(64)
        opened.setblocking(False)
        yield opened


def knocks(opened: socket.socket) -> int:
    """How often somebody has connected."""
    found = 0
    while True:
        try:
            opened.accept()[0].close()
        except BlockingIOError:
            return found
        found += 1


@pytest.mark.bar(row=20, full=len(PLACES), quick=1)
def test_no_way_of_writing_an_address_leads_inside(bar: Bar) -> None:
    refused, tried = 0, 0
    with listening() as inside:
        port = inside.getsockname()[1]
        door = Door(Rules(http=True), timeout=0.5, deadline=1.0)
        for place in PLACES[: bar.times]:
            for host in (*LOOPBACK, *INSIDE):
                for scheme in ("http", "https"):
                    tried += 1
                    try:
                        door.send(place.format(scheme=scheme, host=host, port=port), {}, b"{}")
                    except AppError:
                        refused += 1
        assert knocks(inside) == 0
    assert refused == tried
    bar.found(f"{tried} addresses of this machine and of networks inside: 0 reached")


@pytest.mark.bar(row=20, full=len(LOOPBACK), quick=4)
def test_no_such_address_is_even_kept(web: Web, bar: Bar) -> None:
    for host in LOOPBACK[: bar.times]:
        form = {"url": f"https://{host}:8443/", "events": "coaching.sent", "description": "x"}
        assert web.post(web.cast.ada, "/admin/webhooks", data=form).status_code == 422, host
    bar.found(f"{min(bar.times, len(LOOPBACK))} addresses of this machine: 0 kept as a webhook")


@pytest.mark.bar(row=20, full=200, quick=3)
def test_a_name_that_changes_what_it_means_is_followed_nowhere(monkeypatch: pytest.MonkeyPatch, bar: Bar) -> None:
    """The names of this test are looked up by a resolver of its own, which tells something else each time."""
    really, asked = socket.getaddrinfo, []
    with listening() as inside:
        port = inside.getsockname()[1]

        def rebinding(host: Any, wanted: Any, *more: Any, **others: Any) -> Any:
            name = host.decode() if isinstance(host, bytes) else host
            if not name.endswith("rebind.example"):
                return really(host, wanted, *more, **others)
            asked.append(name)
            # A machine of the internet that answers nobody first; afterwards this one.
            means = "192.88.98.1" if asked.count(name) == 1 else "127.0.0.1"
            assert ip_address(means)
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (means, wanted))]

        monkeypatch.setattr(socket, "getaddrinfo", rebinding)
        door = Door(Rules(http=True), timeout=0.05, deadline=0.2)
        for number in range(bar.times):
            for _ in range(3):
                with pytest.raises(AppError):
                    door.send(f"http://{number}.rebind.example:{port}/", {}, b"{}")
        assert knocks(inside) == 0
    # Once for each try: nobody asks between looking and connecting.
    assert len(asked) == 3 * bar.times
    bar.found(f"{bar.times} names that mean this machine from the second time on, {len(asked)} tries: 0 reached")


@pytest.mark.bar(row=20, full=5, quick=5)
def test_nobody_is_sent_elsewhere(bar: Bar) -> None:
    with listening() as inside, receiver() as other:
        port = inside.getsockname()[1]
        for status in (301, 302, 303, 307, 308):
            for host in ("127.0.0.1", "[::1]", "localhost"):
                other.statuses, other.headers = [status], {"Location": f"http://{host}:{port}/"}
                assert Door(Rules(http=True, private=True)).send(other.url, {}, b"{}").status == status
                with pytest.raises(ProviderAway):
                    IdentityProvider(f"http://localhost:{other.port}", "x", None, "openid").address(
                        begun("/"), "http://x"
                    )
        assert knocks(inside) == 0
        assert len(other.came) == 30
    bar.found("15 redirects answered to webhooks, 15 to the discovery of an identity provider: 0 followed")


@pytest.mark.bar(row=20, full=1000, quick=20)
def test_what_was_sent_once_is_taken_once_and_not_after_five_minutes(shown: Any, bar: Bar) -> None:
    """The receiver of the page is sent again what somebody has listened to, bent in each way."""
    port, names = shown
    names["SECRET"] = b"whsec_known"

    def sent(moment: int, event: str, secret: bytes = b"whsec_known", more: bytes = b"", header: str = "") -> int:
        body = json.dumps({"id": event}).encode()
        signed = hmac.new(secret, str(moment).encode() + b"." + body, hashlib.sha256).hexdigest()
        headers = {"Callmark-Signature": f"t={moment},v1={signed}", "Callmark-Event-Id": header or event}
        asked = HTTPConnection("127.0.0.1", port, timeout=10)
        asked.request("POST", "/", body + more, headers)
        status = asked.getresponse().status
        asked.close()
        return status

    now = int(time())
    for number in range(bar.times):
        assert sent(now, f"e-{number}") == 204
        assert sent(now, f"e-{number}") == 204
        assert sent(now, f"e-{number}", header=f"another-{number}") == 204
        assert sent(now - 400 - number, f"old-{number}") == 401
        assert sent(now + 600 + number, f"early-{number}") == 401
        assert sent(now, f"forged-{number}", secret=b"whsec_guess") == 401
        assert sent(now, f"bent-{number}", more=b" ") == 401
    assert names["seen"] == {f"e-{number}" for number in range(bar.times)}
    assert threading.active_count() < 50
    bar.found(f"{6 * bar.times:,} replayed, old, forged or bent deliveries: 0 taken")
