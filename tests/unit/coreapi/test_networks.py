"""Addresses and networks: what is read, what is right, and what clients are told to write instead."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kroute.coreapi import networks
from tests.unit.coreapi import harness

NO_NETWORKS = ["", "10.0.0.0", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/a", "::/129", "/8"]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("10.0.0.1", "10.0.0.1"),
        ("010.000.0.001", "10.0.0.1"),
        ("::ffff:10.0.0.1", "10.0.0.1"),
        ("2001:DB8:0::1", "2001:db8::1"),
        ("10.0.0.256", None),
        ("10.0.0", None),
        ("10.0.0.1/24", None),
        ("fe80::1%eth0", None),
        ("", None),
        ("web", None),
    ],
)
def test_addresses_are_read_as_loosely_as_kubernetes_reads_them(text: str, expected: str | None) -> None:
    found = networks.parse(text)
    assert (None if found is None else str(found)) == expected


@pytest.mark.parametrize("text", NO_NETWORKS)
def test_what_is_no_network_is_not_read(text: str) -> None:
    assert networks.parse_network(text) is None
    assert harness.texts(networks.network(text, "cidr")) == [
        f'cidr: Invalid value: "{text}": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
    ]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("10.0.0.0/8", []),
        ("2001:db8::/64", []),
        ("2001:DB8:0:0::/64", []),
        ("010.0.0.0/8", ["must not have leading 0s in IP or prefix length"]),
        ("10.0.0.0/08", ["must not have leading 0s in IP or prefix length"]),
        ("::ffff:10.0.0.0/104", ["must not have an IPv4-mapped IPv6 address"]),
        ("10.0.0.1/8", ["must not have bits set beyond the prefix length"]),
    ],
)
def test_networks_may_be_written_with_few_liberties(text: str, expected: list[str]) -> None:
    assert [each.detail for each in networks.network(text, "cidr")] == expected


def test_a_network_that_was_there_before_stays_good() -> None:
    assert not list(networks.network("010.0.0.1/08", "cidr", known=["010.0.0.1/08"]))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("10.0.0.0/8", []),
        ("2001:DB8::/64", ['must be in canonical form ("2001:db8::/64")']),
        ("2001:db8:0:0::/64", ['must be in canonical form ("2001:db8::/64")']),
        ("10.0.0.1/8", ["must not have bits set beyond the prefix length"]),
    ],
)
def test_newer_fields_take_networks_in_canonical_form_alone(text: str, expected: list[str]) -> None:
    assert [each.detail for each in networks.canonical_network(text, "cidr")] == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("10.0.0.1", []),
        ("2001:db8::1", []),
        ("2001:DB8::1", ['must be in canonical form ("2001:db8::1")']),
        ("010.0.0.1", ["must not have leading 0s"]),
        ("::ffff:10.0.0.1", ["must not be an IPv4-mapped IPv6 address"]),
        ("web", ["must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"]),
    ],
)
def test_newer_fields_take_addresses_in_canonical_form_alone(text: str, expected: list[str]) -> None:
    assert networks.canonical_address(text) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("10.0.0.1", []),
        ("0.0.0.0", ["may not be unspecified (0.0.0.0)"]),
        ("::", ["may not be unspecified (::)"]),
        ("127.0.0.1", ["may not be in the loopback range (127.0.0.0/8, ::1/128)"]),
        ("::1", ["may not be in the loopback range (127.0.0.0/8, ::1/128)"]),
        ("169.254.1.1", ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"]),
        ("fe80::1", ["may not be in the link-local range (169.254.0.0/16, fe80::/10)"]),
        ("224.0.0.9", ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"]),
        ("ff02::9", ["may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"]),
        ("224.0.1.9", []),
        ("ff05::9", []),
        ("web", ["must be a valid IP address"]),
    ],
)
def test_addresses_of_a_machine_itself_and_of_its_link_are_special(text: str, expected: list[str]) -> None:
    assert [each.detail for each in networks.not_special(text, "ip")] == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("10.0.0.1", []),
        ("2001:db8::1", []),
        ("web", []),
        ("010.0.0.1", ['ip: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"']),
        ("::ffff:10.0.0.1", ['ip: non-standard IP address "::ffff:10.0.0.1" is invalid: use "10.0.0.1"']),
        ("2001:DB8::1", ['ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")']),
    ],
)
def test_clients_are_told_how_to_write_an_address(text: str, expected: list[str]) -> None:
    assert list(networks.address_warnings(text, "ip")) == expected


@pytest.mark.parametrize(
    "text, expected",
    [
        ("10.0.0.0/8", []),
        ("web", []),
        ("010.0.0.0/8", ['cidr: non-standard CIDR value "010.0.0.0/8" is invalid: use "10.0.0.0/8"']),
        (
            "10.0.0.1/8",
            ['cidr: CIDR value "10.0.0.1/8" is ambiguous in this context (should be "10.0.0.0/8" or "10.0.0.1/32"?)'],
        ),
        (
            "2001:DB8::/64",
            ['cidr: IPv6 CIDR value "2001:DB8::/64" should be in RFC 5952 canonical format ("2001:db8::/64")'],
        ),
    ],
)
def test_clients_are_told_how_to_write_a_network(text: str, expected: list[str]) -> None:
    assert list(networks.network_warnings(text, "cidr")) == expected


@given(st.ip_addresses())
def test_an_address_as_python_writes_it_is_canonical(address: networks.Address) -> None:
    mapped = isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None
    assert bool(networks.canonical_address(str(address))) == mapped
    assert networks.canonical(networks.canonical(str(address))) == networks.canonical(str(address))


@given(st.text(alphabet="0123456789abcdef:./%", max_size=24))
def test_any_text_is_read_or_refused(text: str) -> None:
    networks.parse(text)
    networks.parse_network(text)
    list(networks.network_warnings(text, "cidr"))
    list(networks.canonical_network(text, "cidr"))
    networks.canonical_address(text)
