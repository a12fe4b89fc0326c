"""What is wrong with IPAddresses and ServiceCIDRs, new and changed ones."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import ipaddresses
from tests.unit.coreapi import harness

ADDRESS, RANGE = "networking.k8s.io/v1/IPAddress", "networking.k8s.io/v1/ServiceCIDR"
IPV4, IPV6 = "10.0.0.0/16", "fd00::/112"


@pytest.mark.parametrize("name, is_right", [("10.0.0.1", True), ("fd00::1", True), ("010.0.0.1", False), ("a", False)])
def test_an_ip_address_is_called_as_the_address_is_written(name: str, is_right: bool) -> None:
    assert bool(ipaddresses.address_name(name)) != is_right


@pytest.mark.parametrize(
    "spec, expected",
    [
        (None, ["spec.parentRef: Required value"]),
        (
            {"parentRef": {"resource": None, "name": None}},
            ["spec.parentRef.resource: Required value", "spec.parentRef.name: Required value"],
        ),
        (
            {"parentRef": {"group": "A", "resource": "a/b", "name": "..", "namespace": "a%b"}},
            [
                'spec.parentRef.group: Invalid value: "A": a lowercase RFC 1123 subdomain ...',
                "spec.parentRef.resource: Invalid value: \"a/b\": may not contain '/'",
                "spec.parentRef.name: Invalid value: \"..\": may not be '..'",
                "spec.parentRef.namespace: Invalid value: \"a%b\": may not contain '%'",
            ],
        ),
    ],
)
def test_addresses_that_are_wrong(spec: harness.Patch | None, expected: list[str], make: harness.Maker) -> None:
    found = harness.texts(ipaddresses.validate_address(make.minimal(ADDRESS, {"spec": spec})))
    assert harness.said(found, expected)


def test_whose_an_address_is_stays(make: harness.Maker) -> None:
    old = make.minimal(ADDRESS)
    obj = make.changed(old, {"spec": {"parentRef": {"name": "other"}}})
    assert harness.texts(ipaddresses.validate_address_update(obj, old)) == [
        'spec.parentRef: Invalid value: {"Group":"","Resource":"services","Namespace":"default","Name":"other"}: '
        "field is immutable"
    ]


@pytest.mark.parametrize(
    "cidrs, expected",
    [
        ([IPV4], []),
        ([IPV6, IPV4], []),
        ([], ["Required value: at least one CIDR required"]),
        ([IPV4, IPV6, IPV4], ['Invalid value: {"CIDRs":["10.0.0.0/16","fd00::/112","10.0.0.0/16"]}: may only ...']),
        (
            [IPV4, "10.1.0.0/16"],
            ['Invalid value: ["10.0.0.0/16","10.1.0.0/16"]: may specify no more than one IP for each IP family, ...'],
        ),
    ],
)
def test_ranges_have_a_network_of_each_family_at_most(
    cidrs: list[str], expected: list[str], make: harness.Maker
) -> None:
    found = harness.texts(ipaddresses.validate_range(make(RANGE, {"spec": {"cidrs": cidrs}})))
    assert harness.said([text.removeprefix("spec.cidrs: ") for text in found], expected)


def test_networks_of_ranges_are_in_canonical_form(make: harness.Maker) -> None:
    cidrs = ["10.0.0.1/16", "FD00::/112"]
    assert harness.texts(ipaddresses.validate_range(make(RANGE, {"spec": {"cidrs": cidrs}}))) == [
        'spec.cidrs[0]: Invalid value: "10.0.0.1/16": must not have bits set beyond the prefix length',
        'spec.cidrs[1]: Invalid value: "FD00::/112": must be in canonical form ("fd00::/112")',
    ]


@pytest.mark.parametrize(
    "before, after, expected",
    [
        ([IPV4], [IPV4], []),
        ([IPV4], [IPV4, IPV6], []),
        ([IPV4], [IPV6], ['spec.cidrs[0]: Invalid value: "fd00::/112": field is immutable']),
        ([IPV4], [], ["spec.cidrs: Invalid value: null: field is immutable"]),
        ([IPV4, IPV6], [IPV4], ['spec.cidrs: Invalid value: ["10.0.0.0/16"]: field is immutable']),
        ([IPV4, IPV6], [IPV6, IPV4], ["spec.cidrs[0]: Invalid value: ...", "spec.cidrs[1]: Invalid value: ..."]),
        ([IPV4], [IPV4, "10.1.0.0/16"], ["spec.cidrs: Invalid value: ..."]),
    ],
)
def test_networks_stay_but_a_second_one_may_come(
    before: list[str], after: list[str], expected: list[str], make: harness.Maker
) -> None:
    old, obj = make(RANGE, {"spec": {"cidrs": before}}), make(RANGE, {"spec": {"cidrs": after}})
    assert harness.said(harness.texts(ipaddresses.validate_range_update(obj, old)), expected)
