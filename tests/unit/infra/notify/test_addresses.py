from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from infra.notify.addresses import refusal_of


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("10.1.2.3", "private"),
        ("172.16.0.1", "private"),
        ("172.31.255.255", "private"),
        ("192.168.1.1", "private"),
        ("fd00::1", "private"),
        ("169.254.169.254", "link-local"),
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("100.64.0.1", "CGNAT"),
        ("100.127.255.255", "CGNAT"),
        ("100.100.100.200", "CGNAT"),
        ("168.63.129.16", "metadata"),
        ("fd00:ec2::254", "private"),
        ("::ffff:127.0.0.1", "IPv4-mapped"),
        ("::ffff:8.8.8.8", "IPv4-mapped"),
        ("::ffff:0:10.0.0.1", "IPv4-translated"),
        ("::127.0.0.1", "IPv4-compatible"),
        ("64:ff9b::7f00:1", "NAT64"),
        ("64:ff9b::808:808", "NAT64"),
        ("64:ff9b:1::1", "NAT64"),
        ("2002:7f00:1::", "6to4"),
        ("2001:0:1::", "Teredo"),
        ("0.0.0.0", "unspecified"),
        ("0.1.2.3", "unspecified"),
        ("::", "unspecified"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("255.255.255.255", "reserved"),
        ("240.0.0.1", "reserved"),
        ("fec0::1", "site-local"),
        ("192.0.2.1", "not a public address"),
        ("198.18.0.1", "not a public address"),
        ("192.0.0.1", "not a public address"),
        ("2001:db8::1", "not a public address"),
        ("100::1", "not a public address"),
        ("4000::1", "not a public address"),
        ("localhost", "not an IP address"),
        ("", "not an IP address"),
    ],
)
def test_what_is_not_the_public_internet_is_refused_by_its_kind(address: str, why: str) -> None:
    assert refusal_of(address) == why


@pytest.mark.parametrize("address", ["1.1.1.1", "100.63.255.255", "100.128.0.0", "172.32.0.1", "2606:4700::1111"])
def test_public_addresses_may_be_reached(address: str) -> None:
    assert refusal_of(address) is None


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_no_ipv4_address_gets_through_inside_an_ipv6_one(number: int) -> None:
    inner = int(IPv4Address(number))
    for prefix in (0, 0xFFFF << 32, 0xFFFF << 48, 0x64FF9B << 96, (0x64FF9B << 96) | (1 << 80)):
        assert refusal_of(str(IPv6Address(prefix | inner))) is not None
    assert refusal_of(str(IPv6Address((0x2002 << 112) | (inner << 80)))) is not None


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_whatever_python_calls_private_is_refused(number: int) -> None:
    address = IPv4Address(number)
    if not address.is_global:
        assert refusal_of(str(address)) is not None
