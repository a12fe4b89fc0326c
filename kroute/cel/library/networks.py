"""IP addresses and networks.  Mirrors `k8s.io/apiserver/pkg/cel/library/ip.go` and `cidr.go`."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from typing import Final, TypeAlias

from kroute.cel.library import addresses
from kroute.cel.library.overloads import Overload, function, member
from kroute.cel.values import EvaluationError
from kroute.machinery import goformat

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

BITS: Final = re.compile(r"0|[1-9]\d{0,2}", re.ASCII)
BROADCAST: Final = ipaddress.IPv4Address("255.255.255.255")


@dataclass(frozen=True, slots=True)
class IP:
    """An address."""

    address: Address

    cel_type = "net.IP"

    def __str__(self) -> str:
        return str(self.address)


@dataclass(frozen=True, slots=True)
class CIDR:
    """An address and the number of bits that are the network's."""

    address: Address
    bits: int

    cel_type = "net.CIDR"

    def __str__(self) -> str:
        return f"{self.address}/{self.bits}"

    @property
    def network(self) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
        return ipaddress.ip_network((self.address, self.bits), strict=False)


def parse_ip(text: str) -> IP:
    shown = goformat.quote(text)
    address, percent, _ = text.partition("%")
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        why = addresses.problem(text)
        raise EvaluationError(f"IP Address {shown} parse error during conversion from string: {why}") from None
    if percent:
        raise EvaluationError(f"IP address {shown} with zone value is not allowed")
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        raise EvaluationError(f"IPv4-mapped IPv6 address {shown} is not allowed")
    return IP(found)


def is_ip(text: str) -> bool:
    try:
        parse_ip(text)
    except EvaluationError:
        return False
    return True


def parse_cidr(text: str) -> CIDR:
    prefix = "network address parse error during conversion from string: "
    shown = goformat.quote(text)
    address, slash, bits = text.rpartition("/")
    why = ""
    if not slash:
        why = f"netip.ParsePrefix({shown}): no '/'"
    elif "%" in address:
        why = f"netip.ParsePrefix({shown}): IPv6 zones cannot be present in a prefix"
    elif not BITS.fullmatch(bits):
        why = f"netip.ParsePrefix({shown}): bad bits after slash: {goformat.quote(bits)}"
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        found = ipaddress.IPv4Address(0)
        why = why or f"netip.ParsePrefix({shown}): {addresses.problem(address)}"
    if not why and int(bits) > found.max_prefixlen:
        why = f"netip.ParsePrefix({shown}): prefix length out of range"
    if why:
        raise EvaluationError(f"{prefix}{prefix}{why}")
    if isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None:
        raise EvaluationError(f"{prefix}IPv4-mapped IPv6 address {shown} is not allowed")
    return CIDR(found, int(bits))


def is_cidr(text: str) -> bool:
    try:
        parse_cidr(text)
    except EvaluationError:
        return False
    return True


def contains_ip(network: CIDR, address: IP | str) -> bool:
    found = parse_ip(address) if isinstance(address, str) else address
    return found.address in network.network


def contains_cidr(network: CIDR, other: CIDR | str) -> bool:
    found = parse_cidr(other) if isinstance(other, str) else other
    same = found.address.version == network.address.version
    return same and network.bits <= found.bits and found.address in network.network


def is_link_local_multicast(ip: IP) -> bool:
    if ip.address.version == 4:
        return ip.address in ipaddress.ip_network("224.0.0.0/24")
    return ip.address.packed[0] == 0xFF and ip.address.packed[1] & 0x0F == 0x02


def is_global_unicast(ip: IP) -> bool:
    address = ip.address
    special = address.is_unspecified or address.is_loopback or address.is_multicast or address.is_link_local
    return not special and address != BROADCAST


NETWORKS: Final[tuple[Overload, ...]] = (
    function("ip", "string_to_ip", "string", IP.cel_type, parse_ip),
    function("isIP", "is_ip", "string", "bool", is_ip),
    function("ip.isCanonical", "ip_is_canonical", "string", "bool", lambda text: str(parse_ip(text)) == text),
    member("family", "ip_family", IP.cel_type, "int", lambda ip: ip.address.version),
    member("isUnspecified", "ip_is_unspecified", IP.cel_type, "bool", lambda ip: ip.address.is_unspecified),
    member("isLoopback", "ip_is_loopback", IP.cel_type, "bool", lambda ip: ip.address.is_loopback),
    member("isLinkLocalMulticast", "ip_is_link_local_multicast", IP.cel_type, "bool", is_link_local_multicast),
    member("isLinkLocalUnicast", "ip_is_link_local_unicast", IP.cel_type, "bool", lambda ip: ip.address.is_link_local),
    member("isGlobalUnicast", "ip_is_global_unicast", IP.cel_type, "bool", is_global_unicast),
    function("cidr", "string_to_cidr", "string", CIDR.cel_type, parse_cidr),
    function("isCIDR", "is_cidr", "string", "bool", is_cidr),
    member("containsIP", "cidr_contains_ip_string", "net.CIDR; string", "bool", contains_ip),
    member("containsIP", "cidr_contains_ip_ip", "net.CIDR; net.IP", "bool", contains_ip),
    member("containsCIDR", "cidr_contains_cidr_string", "net.CIDR; string", "bool", contains_cidr),
    member("containsCIDR", "cidr_contains_cidr", "net.CIDR; net.CIDR", "bool", contains_cidr),
    member("ip", "cidr_ip", CIDR.cel_type, IP.cel_type, lambda cidr: IP(cidr.address)),
    member("prefixLength", "cidr_prefix_length", CIDR.cel_type, "int", lambda cidr: cidr.bits),
    member(
        "masked",
        "cidr_masked",
        CIDR.cel_type,
        CIDR.cel_type,
        lambda cidr: CIDR(cidr.network.network_address, cidr.bits),
    ),
)
