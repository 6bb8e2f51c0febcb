"""Which addresses Callmark may send to: never one inside the own network, unless the settings say so.

An address is looked up once and that very answer is connected to: a name that says another thing the second time
(DNS rebinding) gains nothing.
"""

import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TYPE_CHECKING

from app.kit.errors import AppError

if TYPE_CHECKING:
    from httpx2 import URL

IpAddress = IPv4Address | IPv6Address
Resolve = Callable[[str, int], Sequence[str]]

LONGEST_URL = 2000
STANDARD_PORTS = {"https": 443, "http": 80}
# Below these, other services than web servers listen, which might understand parts of what is sent.
FIRST_FREE_PORT, LAST_PORT = 1024, 65535


def _networks(*written: str) -> tuple[IPv4Network | IPv6Network, ...]:
    return tuple(map(ip_network, written))


# Inside one's own network, or that of the provider: private, shared (CGNAT), loopback. A setting opens them.
PRIVATE = _networks(
    *("10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"), *("::1", "fc00::/7")
)
# Where clouds tell machines their secrets, which are never meant, whatever the settings say.
METADATA = _networks(
    *("169.254.0.0/16", "100.100.100.200", "168.63.129.16", "192.0.0.192"),
    *("fe80::/10", "fd00:ec2::/32", "fd20:ce::/32"),
)
# Of no single machine, or of none at all: this network, protocols, documentation, tests, relays, multicast, to come.
NOBODY = _networks(
    *("0.0.0.0/8", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
    *("192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
    *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
)
# All that is given out of IPv6; what lies beyond is special in one way or another.
GIVEN_OUT = IPv6Network("2000::/3")
# IPv6 addresses that mean an IPv4 address, in their last 32 bits: mapped, compatible, translated (NAT64), and older.
MEANS_IPV4 = tuple(map(IPv6Network, ("::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "::/96")))
ONLY_IPV6 = (IPv6Address("::"), IPv6Address("::1"))


class UrlUnusable(AppError):
    """This is no address that can be sent to; give one such as https://hooks.example.org/callmark."""

    code = "url_unusable"
    status = 422


class UrlNotSecure(AppError):
    """The address must begin with https:// (an administrator of the server may allow http: CALLMARK_WEBHOOK_HTTP)."""

    code = "url_not_secure"
    status = 422


class UrlHasPassword(AppError):
    """Leave user name and password out of the address; Callmark signs what it sends instead."""

    code = "url_has_password"
    status = 422


class PortRefused(AppError):
    """This port is not sent to; use 443, or one from 1024 on."""

    code = "port_refused"
    status = 422


class HostUnknown(AppError):
    """Nobody knows a machine of this name; look whether the address is right."""

    code = "host_unknown"
    status = 422


class AddressRefused(AppError):
    """This address leads into an internal network, where nothing is sent (an administrator of the server may allow
    private networks: CALLMARK_WEBHOOK_PRIVATE)."""

    code = "address_refused"
    status = 422


def looked_up(host: str, port: int) -> Sequence[str]:
    """The addresses that a name has now."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(one[4][0]) for one in found))


@dataclass(frozen=True)
class Rules:
    """What the settings allow, and who is asked for the addresses of a name."""

    http: bool = False
    private: bool = False
    resolve: Resolve = looked_up


@dataclass(frozen=True)
class Target:
    """Where to send: the address as it was given, and the machines that it means."""

    url: "URL"
    addresses: tuple[IpAddress, ...]


def read_url(url: str, rules: Rules) -> "URL":
    """The address, if it is one of those that may be sent to, whatever its name means at the moment."""
    from httpx2 import URL, InvalidURL

    if len(url) > LONGEST_URL or not url.isprintable() or " " in url:
        raise UrlUnusable(field="url")
    try:
        found = URL(url)
    except (InvalidURL, ValueError) as error:
        raise UrlUnusable(field="url") from error
    if found.scheme not in STANDARD_PORTS or not found.host or "%" in found.host or found.fragment:
        raise UrlUnusable(field="url")
    if found.userinfo:
        raise UrlHasPassword(field="url")
    if found.scheme == "http" and not rules.http:
        raise UrlNotSecure(field="url")
    if port_of(found) not in STANDARD_PORTS.values() and not FIRST_FREE_PORT <= port_of(found) <= LAST_PORT:
        raise PortRefused(field="url")
    return found


def target(url: str, rules: Rules) -> Target:
    """Where this address leads now; a name that leads into an internal network in any way leads nowhere."""
    read = read_url(url, rules)
    try:
        names = rules.resolve(read.raw_host.decode("ascii").strip("[]"), port_of(read))
        found = tuple(ip_address(one) for one in names)
    except (OSError, ValueError) as error:
        raise HostUnknown(field="url") from error
    if not found:
        raise HostUnknown(field="url")
    if not all(may_reach(one, private=rules.private) for one in found):
        raise AddressRefused(field="url")
    return Target(read, found)


def may_reach(address: IpAddress, *, private: bool) -> bool:
    """Whether this machine may be sent to: one of the internet, or a private one where these are allowed."""
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            return False
        if address not in ONLY_IPV6 and any(address in one for one in MEANS_IPV4):
            return may_reach(IPv4Address(int(address) & 0xFFFFFFFF), private=private)
    if any(address in one for one in (*METADATA, *NOBODY)):
        return False
    if any(address in one for one in PRIVATE):
        return private
    return address.is_global and (address.version == 4 or address in GIVEN_OUT)


def port_of(url: "URL") -> int:
    """The port that an address means."""
    return STANDARD_PORTS[url.scheme] if url.port is None else url.port
