"""IP addresses and networks (CIDRs) as Kubernetes reads, checks and shows them.

Fields that are older than the strict rules take what is not in canonical form, and updates may keep whatever was there
(`known`); fields of newer kinds take nothing but the canonical form.
Mirrors `pkg/util/validation/ip.go` of k8s.io/apimachinery, and `k8s.io/utils/net` below it.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterator
from typing import NamedTuple, TypeAlias

from kroute.coreapi import checks
from kroute.machinery import fielderrors, goformat

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

IPV4, IPV6 = "IPv4", "IPv6"
FAMILIES = (IPV4, IPV6)

BAD_NETWORK = "must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)"
LEADING_ZEROS = "must not have leading 0s in IP or prefix length"
MAPPED_NETWORK = "must not have an IPv4-mapped IPv6 address"
HOST_BITS = "must not have bits set beyond the prefix length"
LINK_LOCAL_MULTICAST = ipaddress.IPv4Network("224.0.0.0/24")
DIGITS = re.compile(r"[0-9]+")


class Parsed(NamedTuple):
    """A CIDR: the address as it was written, the network around it, and whether it was written with zeros ahead."""

    address: Address
    network: Network
    padded: bool


def parse(text: str) -> Address | None:
    """An address, also one with leading zeros; one that maps IPv4 into IPv6 is the IPv4 address.  None for others."""
    try:
        found: Address = ipaddress.ip_address(text)
    except ValueError:
        octets = checks.SLOPPY_IPV4.fullmatch(text)
        if octets is None or any(int(octet) > 255 for octet in octets.groups()):
            return None
        return ipaddress.IPv4Address(".".join(str(int(octet)) for octet in octets.groups()))
    if isinstance(found, ipaddress.IPv6Address):
        if found.scope_id is not None:
            return None
        return found.ipv4_mapped or found
    return found


def family(text: str) -> str:
    """The family of an address; "unknown" for what is none."""
    found = parse(text)
    return "unknown" if found is None else family_of(found)


def family_of(found: Address | Network) -> str:
    return IPV4 if found.version == 4 else IPV6


def canonical(text: str) -> str:
    """An address as it is written canonically; another text as it is."""
    found = parse(text)
    return text if found is None else str(found)


def parse_network(text: str) -> Parsed | None:
    """A CIDR, also one with leading zeros and one of a host in its network; None for others."""
    head, slash, prefix = text.partition("/")
    found = parse(head)
    if found is None or not slash or not DIGITS.fullmatch(prefix):
        return None
    if ":" in head and found.version == 4:
        found = ipaddress.IPv6Address(f"::ffff:{found}")
    if int(prefix) > found.max_prefixlen:
        return None
    network: Network = ipaddress.ip_network((found, int(prefix)), strict=False)
    padded = str(int(prefix)) != prefix or (found.version == 4 and str(found) != head)
    return Parsed(found, network, padded)


def is_mapped(found: Address) -> bool:
    """Whether an IPv6 address stands for an IPv4 one."""
    return isinstance(found, ipaddress.IPv6Address) and found.ipv4_mapped is not None


def network(value: str, path: str, *, known: Collection[str] = ()) -> checks.Found:
    """A CIDR in a field that takes other than canonical forms; `known` ones were there before and stay good."""
    if value in known:
        return
    found = parse_network(value)
    if found is None:
        yield fielderrors.invalid(path, value, BAD_NETWORK)
    elif found.padded:
        yield fielderrors.invalid(path, value, LEADING_ZEROS)
    elif is_mapped(found.address):
        yield fielderrors.invalid(path, value, MAPPED_NETWORK)
    elif found.address != found.network.network_address:
        yield fielderrors.invalid(path, value, HOST_BITS)


def canonical_network(value: str, path: str) -> checks.Found:
    """A CIDR in its one canonical form."""
    wrong = list(network(value, path))
    yield from wrong
    found = parse_network(value)
    if not wrong and found is not None and str(found.network) != value:
        yield fielderrors.invalid(path, value, not_canonical(str(found.network)))


def canonical_address(text: str) -> list[str]:
    """What is wrong with an address that has to be in its one canonical form."""
    wrong = [each.detail for each in checks.ip_address(text, "")]
    if not wrong and canonical(text) != text:
        wrong.append(not_canonical(canonical(text)))
    return wrong


def not_canonical(wanted: str) -> str:
    return f"must be in canonical form ({goformat.quote(wanted)})"


def not_special(value: str, path: str) -> checks.Found:
    """An address at which something else than this very machine can be."""
    found = parse(value)
    if found is None:
        yield fielderrors.invalid(path, value, "must be a valid IP address")
        return
    if found.is_unspecified:
        yield fielderrors.invalid(path, value, f"may not be unspecified ({value})")
    if found.is_loopback:
        yield fielderrors.invalid(path, value, "may not be in the loopback range (127.0.0.0/8, ::1/128)")
    if found.is_link_local:
        yield fielderrors.invalid(path, value, "may not be in the link-local range (169.254.0.0/16, fe80::/10)")
    if is_link_local_multicast(found):
        text = "may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)"
        yield fielderrors.invalid(path, value, text)


def is_link_local_multicast(found: Address) -> bool:
    if isinstance(found, ipaddress.IPv4Address):
        return found in LINK_LOCAL_MULTICAST
    return found.packed[0] == 0xFF and found.packed[1] & 0x0F == 0x02


def address_warnings(value: str, path: str) -> Iterator[str]:
    """What clients are told about an address that others would write in another way."""
    found = parse(value)
    if found is None or str(found) == value:
        return
    given, wanted = goformat.quote(value), goformat.quote(str(found))
    if found.version == 4:
        yield f"{path}: non-standard IP address {given} is invalid: use {wanted}"
    else:
        yield f"{path}: IPv6 address {given} should be in RFC 5952 canonical format ({wanted})"


def network_warnings(value: str, path: str) -> Iterator[str]:
    """What clients are told about a CIDR that others would write in another way."""
    found = parse_network(value)
    if found is None:
        return
    given, wanted = goformat.quote(value), goformat.quote(str(found.network))
    ambiguous = found.address != found.network.network_address
    if ambiguous:
        single = goformat.quote(f"{found.address}/{found.address.max_prefixlen}")
        yield f"{path}: CIDR value {given} is ambiguous in this context (should be {wanted} or {single}?)"
    if found.padded or is_mapped(found.address):
        yield f"{path}: non-standard CIDR value {given} is invalid: use {wanted}"
    elif not ambiguous and found.address.version == 6 and str(found.network) != value:
        yield f"{path}: IPv6 CIDR value {given} should be in RFC 5952 canonical format ({wanted})"
