"""What is wrong with endpoints and endpoint slices, and what their clients are warned of."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import endpoints, endpointslices
from tests.unit.coreapi import harness

ENDPOINTS, SLICE = "v1/Endpoints", "discovery.k8s.io/v1/EndpointSlice"
ADDRESS: harness.Patch = {"addresses": [{"ip": "10.1.0.1"}]}
ODD: harness.Patch = {"addresses": ["010.1.0.1"]}


def slice_wrong(make: harness.Maker, patch: harness.Patch) -> list[str]:
    return harness.texts(endpointslices.validate(make.minimal(SLICE, patch)))


def names(count: int) -> list[harness.Patch]:
    return [{"name": f"n{index}"} for index in range(count)]


@pytest.mark.parametrize(
    "subset, expected",
    [
        ({}, [": Required value: must specify `addresses` or `notReadyAddresses`"]),
        ({"notReadyAddresses": [{"ip": "10.1.0.1"}]}, []),
        (
            {"addresses": [{}]},
            [
                '.addresses[0].ip: Invalid value: "": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
                '.addresses[0].ip: Invalid value: "": must be a valid IP address',
            ],
        ),
        (
            {"addresses": [{"ip": "10.1.0.1", "hostname": "a_b", "nodeName": "A"}]},
            [
                '.addresses[0].hostname: Invalid value: "a_b": a lowercase RFC 1123 label ...',
                '.addresses[0].nodeName: Invalid value: "A": a lowercase RFC 1123 subdomain ...',
            ],
        ),
        (
            {"notReadyAddresses": [{"ip": "127.0.0.1"}]},
            ['.notReadyAddresses[0].ip: Invalid value: "127.0.0.1": may not be in the loopback range ...'],
        ),
        (
            {**ADDRESS, "ports": [{}, {"name": "A", "port": 1, "protocol": "Odd", "appProtocol": "a b"}]},
            [
                ".ports[0].name: Required value",
                ".ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
                '.ports[1].name: Invalid value: "A": a lowercase RFC 1123 label ...',
                '.ports[1].protocol: Unsupported value: "Odd": supported values: "SCTP", "TCP", "UDP"',
                '.ports[1].appProtocol: Invalid value: "a b": name part must consist of ...',
            ],
        ),
    ],
)
def test_subsets_that_are_wrong(subset: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    found = harness.texts(endpoints.validate(make(ENDPOINTS, {"subsets": [subset]})))
    assert harness.said([text.removeprefix("subsets[0]") for text in found], expected)


def test_subsets_that_have_not_changed_are_not_looked_at(make: harness.Maker) -> None:
    old = make(ENDPOINTS, {"subsets": [{}]})
    assert not list(endpoints.validate_update(make.changed(old, {"metadata": {"labels": {"a": "b"}}}), old))
    assert list(endpoints.validate_update(make.changed(old, {"subsets": [{}, ADDRESS]}), old))


def test_odd_addresses_of_endpoints_are_warned_of_but_not_those_of_the_controller(make: harness.Maker) -> None:
    obj = make(ENDPOINTS, {"subsets": [{"notReadyAddresses": [{"ip": "2001:DB8::1"}]}]})
    assert list(endpoints.warnings(obj)) == [
        'subsets[0].notReadyAddresses[0].ip: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format '
        '("2001:db8::1")'
    ]
    labels = {"endpoints.kubernetes.io/managed-by": "endpoint-controller"}
    assert not list(endpoints.warnings(make.changed(obj, {"metadata": {"labels": labels}})))


@pytest.mark.parametrize(
    "patch, expected",
    [
        ({"addressType": None}, ["addressType: Required value"]),
        ({"addressType": "Odd"}, ['addressType: Unsupported value: "Odd": supported values: "FQDN", "IPv4", "IPv6"']),
        (
            {"addressType": "IPv6"},
            ['endpoints[0].addresses: Invalid value: "10.1.0.1": must be an IPv6 address'],
        ),
        (
            {"ports": [{"port": 80}, {"name": "A", "protocol": "Odd", "appProtocol": "a b"}, {"port": 81}]},
            [
                'ports[1].name: Invalid value: "A": a lowercase RFC 1123 label ...',
                'ports[1].protocol: Unsupported value: "Odd": supported values: "SCTP", "TCP", "UDP"',
                'ports[1].appProtocol: Invalid value: "a b": name part must consist of ...',
                'ports[2].name: Duplicate value: ""',
            ],
        ),
        (
            {"ports": [{"name": f"p{index}"} for index in range(20001)]},
            ["ports: Too many: 20001: must have at most 20000 items"],
        ),
    ],
)
def test_slices_that_are_wrong(patch: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(slice_wrong(make, patch), expected)


@pytest.mark.parametrize(
    "endpoint, expected",
    [
        ({"addresses": []}, ["addresses: Required value: must contain at least 1 address"]),
        ({"addresses": ["10.1.0.1"] * 101}, ["addresses: Too many: 101: must have at most 100 items"]),
        (ODD, ['addresses[0]: Invalid value: "010.1.0.1": must not have leading 0s']),
        ({"addresses": ["127.0.0.1"]}, ['addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback ...']),
        ({"hostname": "A", "nodeName": "a_b"}, ["nodeName: Invalid value: ...", "hostname: Invalid value: ..."]),
        (
            {"deprecatedTopology": {"a b": "c"}},
            ['deprecatedTopology: Invalid value: "a b": name part must consist of ...'],
        ),
        (
            {"deprecatedTopology": {f"k{index}": "v" for index in range(17)}},
            ["deprecatedTopology: Too many: 17: must have at most 16 items"],
        ),
        ({"hints": {"forZones": names(9)}}, ["hints.forZones: Too many: 9: must have at most 8 items"]),
        (
            {"hints": {"forZones": [{"name": "a b"}], "forNodes": [{"name": "n"}, {"name": "n"}, {"name": "N"}]}},
            [
                'hints.forZones[0].name: Invalid value: "a b": a valid label must ...',
                'hints.forNodes[1].name: Duplicate value: "n"',
                'hints.forNodes[2].name: Invalid value: "N": a lowercase RFC 1123 subdomain ...',
            ],
        ),
    ],
)
def test_endpoints_of_slices_that_are_wrong(endpoint: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    found = slice_wrong(make, {"endpoints": [{"addresses": ["10.1.0.1"], **endpoint}]})
    assert harness.said([text.removeprefix("endpoints[0].") for text in found], expected)


@pytest.mark.parametrize(
    "name, expected",
    [
        ("web.example.com", []),
        ("web.example.com.", []),
        ("", ["Required value"]),
        ("web", ['Invalid value: "web": should be a domain with at least two segments separated by dots']),
        ("Web.example", ['Invalid value: "Web.example": a lowercase RFC 1123 subdomain ...']),
        ("a" * 64 + ".b", ['Invalid value: "' + "a" * 64 + '": must be no more than 63 characters']),
    ],
)
def test_slices_of_domains_have_domains(name: str, expected: list[str], make: harness.Maker) -> None:
    found = slice_wrong(make, {"addressType": "FQDN", "endpoints": [{"addresses": [name]}]})
    assert harness.said([text.removeprefix("endpoints[0].addresses[0]: ") for text in found], expected)


def test_slices_have_so_many_endpoints_and_no_more(make: harness.Maker) -> None:
    found = slice_wrong(make, {"endpoints": [{"addresses": ["10.1.0.1"]}] * 1001})
    assert found == ["endpoints: Too many: 1001: must have at most 1000 items"]


def test_the_type_of_addresses_stays(make: harness.Maker) -> None:
    old = make.minimal(SLICE, {"endpoints": []})
    obj = make.changed(old, {"addressType": "IPv6"})
    assert harness.texts(endpointslices.validate_update(obj, old)) == [
        'addressType: Invalid value: "IPv6": field is immutable'
    ]


def test_endpoints_that_were_good_once_may_stay(make: harness.Maker) -> None:
    old = make.minimal(SLICE, {"endpoints": [ODD]})
    assert not list(endpointslices.validate_update(make.changed(old, {"metadata": {"labels": {"a": "b"}}}), old))


def test_slices_of_domains_and_odd_addresses_are_warned_of(make: harness.Maker) -> None:
    domains = make.minimal(SLICE, {"addressType": "FQDN", "endpoints": []})
    assert list(endpointslices.warnings(domains)) == ["spec.addressType: FQDN endpoints are deprecated"]
    assert not list(endpointslices.warnings(domains, domains))
    obj = make.minimal(SLICE, {"endpoints": [ODD]})
    assert list(endpointslices.warnings(obj)) == [
        'endpoints[0].addresses[0]: non-standard IP address "010.1.0.1" is invalid: use "10.1.0.1"'
    ]
    labels = {"endpointslice.kubernetes.io/managed-by": "endpointslice-controller.k8s.io"}
    assert not list(endpointslices.warnings(make.changed(obj, {"metadata": {"labels": labels}})))
