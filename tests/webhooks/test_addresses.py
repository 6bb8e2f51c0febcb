"""Webhooks go where they are meant to go, and never into the own network."""

from ipaddress import ip_address

import pytest

from app.kit.errors import AppError
from app.webhooks.addresses import (
    AddressRefused,
    HostUnknown,
    PortRefused,
    Rules,
    UrlHasPassword,
    UrlNotSecure,
    UrlUnusable,
    may_reach,
    read_url,
    target,
)

PUBLIC = ["8.8.8.8", "1.1.1.1", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
PRIVATE = [
    *("10.0.0.1", "127.0.0.1", "127.9.9.9", "172.16.0.1", "172.31.255.255", "192.168.1.1", "100.64.0.1"),
    *("::1", "fc00::1", "fdff::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::a00:1"),
    *("::127.0.0.1", "::ffff:0:7f00:1"),
]
NEVER = [
    *("169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "192.0.0.192", "fd00:ec2::254"),
    *("fe80::1", "fe80::1%eth0", "0.0.0.0", "0.1.2.3", "::", "224.0.0.1", "239.255.255.255", "240.0.0.1"),
    *("255.255.255.255", "ff02::1", "192.0.2.1", "198.18.0.1", "198.51.100.1", "203.0.113.1", "192.88.99.1"),
    *("2001:db8::1", "2001::1", "2002:7f00:1::", "2002:808:808::", "64:ff9b:1::808:808", "fec0::1", "5f00::1"),
    *("3fff::1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe"),
]


@pytest.mark.parametrize("address", PUBLIC)
def test_machines_of_the_internet_are_sent_to(address):
    assert may_reach(ip_address(address), private=False)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_networks_are_sent_to_only_where_the_settings_say_so(address):
    assert not may_reach(ip_address(address), private=False)
    assert may_reach(ip_address(address), private=True)


@pytest.mark.parametrize("address", NEVER)
def test_what_is_no_single_machine_or_tells_secrets_is_never_sent_to(address):
    assert not may_reach(ip_address(address), private=False)
    assert not may_reach(ip_address(address), private=True)


UNUSABLE = [
    ("http://hooks.example.org/", UrlNotSecure),
    ("https://user@hooks.example.org/", UrlHasPassword),
    ("https://user:word@hooks.example.org/", UrlHasPassword),
    ("https://hooks.example.org:22/", PortRefused),
    ("https://hooks.example.org:0/", PortRefused),
    ("https://hooks.example.org:99999/", PortRefused),
    ("https://hooks.example.org/#part", UrlUnusable),
    ("ftp://hooks.example.org/", UrlUnusable),
    ("file:///etc/passwd", UrlUnusable),
    ("gopher://127.0.0.1:6379/_x", UrlUnusable),
    ("https:///hook", UrlUnusable),
    ("hooks.example.org", UrlUnusable),
    ("", UrlUnusable),
    ("https://[fe80::1%25eth0]/", UrlUnusable),
    ("https://hooks.example.org/a\nHost: b", UrlUnusable),
    ("https://hooks.example.org/ a", UrlUnusable),
    (f"https://hooks.example.org/{'a' * 2000}", UrlUnusable),
    ("https://[::1", UrlUnusable),
]


@pytest.mark.parametrize(("url", "error"), UNUSABLE)
def test_an_address_that_cannot_be_used_is_refused_with_the_reason(url, error):
    with pytest.raises(error):
        read_url(url, Rules())


def test_http_is_used_only_where_the_settings_say_so():
    assert str(read_url("http://hooks.example.org/x", Rules(http=True))) == "http://hooks.example.org/x"


INSIDE = [
    *("https://127.0.0.1/", "https://[::1]/", "https://[::ffff:10.0.0.1]/", "https://169.254.169.254/latest/"),
    # Other ways to write 127.0.0.1, which machines understand.
    *("https://2130706433/", "https://0x7f000001/", "https://0177.0.0.1/", "https://127.1/", "https://0/"),
    *("https://localhost/", "https://LOCALHOST:8443/"),
]


@pytest.mark.parametrize("url", INSIDE)
def test_no_way_of_writing_it_leads_into_the_own_network(url):
    with pytest.raises(AppError) as refused:
        target(url, Rules())
    assert type(refused.value) in (AddressRefused, HostUnknown, UrlUnusable)


def test_a_name_with_one_private_address_among_public_ones_is_refused():
    with pytest.raises(AddressRefused):
        target("https://hooks.example.org/", Rules(resolve=lambda host, port: ["8.8.8.8", "10.0.0.1"]))


def test_a_name_that_nobody_knows_is_told_so():
    def unknown(host, port):
        raise OSError

    for resolve in (unknown, lambda host, port: [], lambda host, port: ["no address"]):
        with pytest.raises(HostUnknown):
            target("https://hooks.example.org/", Rules(resolve=resolve))


def test_a_name_in_other_letters_is_asked_for_as_the_internet_writes_it():
    asked = []

    def resolve(host, port):
        asked.append((host, port))
        return ["8.8.8.8"]

    target("https://bücher.example:8443/ü", Rules(resolve=resolve))
    assert asked == [("xn--bcher-kva.example", 8443)]
