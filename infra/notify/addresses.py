"""Which addresses a webhook may reach: the public internet, and nothing that only seems to be part of it.

It resolves no names and opens no connection.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_Network = IPv4Network | IPv6Network
_REFUSED: tuple[tuple[str, _Network], ...] = (
    ("unspecified", IPv4Network("0.0.0.0/8")),
    ("private", IPv4Network("10.0.0.0/8")),
    ("CGNAT", IPv4Network("100.64.0.0/10")),
    ("loopback", IPv4Network("127.0.0.0/8")),
    ("link-local", IPv4Network("169.254.0.0/16")),  # where clouds answer for their metadata
    ("private", IPv4Network("172.16.0.0/12")),
    ("private", IPv4Network("192.168.0.0/16")),
    ("multicast", IPv4Network("224.0.0.0/4")),
    ("reserved", IPv4Network("240.0.0.0/4")),
    ("6to4 relay", IPv4Network("192.88.99.0/24")),
    ("metadata", IPv4Network("168.63.129.16/32")),  # a public address that Azure answers from within
    ("unspecified", IPv6Network("::/128")),
    ("loopback", IPv6Network("::1/128")),
    ("IPv4-mapped", IPv6Network("::ffff:0:0/96")),
    ("IPv4-translated", IPv6Network("::ffff:0:0:0/96")),
    ("IPv4-compatible", IPv6Network("::/96")),
    ("NAT64", IPv6Network("64:ff9b::/96")),
    ("NAT64", IPv6Network("64:ff9b:1::/48")),
    ("Teredo", IPv6Network("2001::/32")),
    ("6to4", IPv6Network("2002::/16")),
    ("private", IPv6Network("fc00::/7")),
    ("link-local", IPv6Network("fe80::/10")),
    ("site-local", IPv6Network("fec0::/10")),
    ("multicast", IPv6Network("ff00::/8")),
)
_INTERNET = IPv6Network("2000::/3")


def refusal_of(address: str) -> str | None:
    """Why a webhook may not reach this IP address, in a word or two; None when it may.

    >>> refusal_of("169.254.169.254"), refusal_of("64:ff9b::7f00:1"), refusal_of("1.1.1.1")
    ('link-local', 'NAT64', None)
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return "not an IP address"
    for why, network in _REFUSED:
        if found.version == network.version and found in network:
            return why
    return None if _is_public(found) else "not a public address"


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    return address.is_global and (isinstance(address, IPv4Address) or address in _INTERNET)
