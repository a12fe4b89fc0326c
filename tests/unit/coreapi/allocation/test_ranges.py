"""Ranges of addresses and ports, and their parts for those who ask by name."""

from __future__ import annotations

import ipaddress

import pytest

from kroute.coreapi.allocation import ranges


@pytest.mark.parametrize(
    "network, first, last, reserved",
    [
        ("10.96.0.0/16", "10.96.0.1", "10.96.255.254", 256),
        ("10.96.0.0/12", "10.96.0.1", "10.111.255.254", 256),
        ("10.96.0.0/24", "10.96.0.1", "10.96.0.254", 16),
        ("10.96.0.0/27", "10.96.0.1", "10.96.0.30", 16),
        ("10.96.0.0/28", "10.96.0.1", "10.96.0.14", 0),
        ("fd00::/112", "fd00::1", "fd00::ffff", 256),
        ("fd00::/64", "fd00::1", "fd00::ffff:ffff:ffff:ffff", 256),
    ],
)
def test_addresses_of_a_network(network: str, first: str, last: str, reserved: int) -> None:
    numbers = (int(ipaddress.ip_address(text)) for text in (first, last))
    assert ranges.of_network(ipaddress.ip_network(network)) == ranges.Span(*numbers, reserved)


@pytest.mark.parametrize("network", ["10.96.0.0/32", "10.96.0.0/31"])
def test_the_smallest_networks_have_no_addresses(network: str) -> None:
    assert ranges.of_network(ipaddress.ip_network(network)).bands() == []


@pytest.mark.parametrize(
    "first, last, reserved", [(30000, 32767, 86), (30000, 30015, 0), (30000, 30016, 16), (1, 65535, 128)]
)
def test_ports(first: int, last: int, reserved: int) -> None:
    assert ranges.of_ports(first, last) == ranges.Span(first, last, reserved)


def test_the_first_part_is_handed_out_last() -> None:
    assert ranges.Span(1, 100, 16).bands() == [range(17, 101), range(1, 17)]
    assert ranges.Span(1, 10).bands() == [range(1, 11)]
    assert (1 in ranges.Span(1, 10), 11 in ranges.Span(1, 10)) == (True, False)
