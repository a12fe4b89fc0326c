"""What is wrong with addresses and families of services, new and changed ones."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import serviceaddresses
from tests.unit.coreapi import harness

SERVICE = "v1/Service"
IPV4, IPV6, OTHER = "10.96.0.1", "fd00::1", "10.96.0.2"
HEADLESS: harness.Patch = {"clusterIP": "None", "clusterIPs": ["None"]}
NAMED: harness.Patch = {"type": "ExternalName", "externalName": "db.example.com", "clusterIP": None, "clusterIPs": None}


def addressed(*ips: str) -> harness.Patch:
    """A patch: these addresses, and what fits to them."""
    families = ["IPv6" if ":" in ip else "IPv4" for ip in ips]
    policy = "SingleStack" if len(ips) == 1 else "RequireDualStack"
    return {"clusterIP": ips[0], "clusterIPs": list(ips), "ipFamilies": families, "ipFamilyPolicy": policy}


def short(found: list[str]) -> list[str]:
    return [text.removeprefix("spec.") for text in found]


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({}, []),
        (addressed(IPV4), []),
        (addressed(IPV6, IPV4), []),
        ({"clusterIP": IPV4}, ["clusterIPs: Required value"]),
        (
            {"clusterIP": IPV4, "clusterIPs": [OTHER]},
            ['clusterIPs: Invalid value: ["10.96.0.2"]: first value must match `clusterIP`'],
        ),
        (
            {"clusterIPs": [IPV4]},
            ['clusterIPs: Invalid value: ["10.96.0.1"]: must be empty when `clusterIP` is not specified'],
        ),
        (
            {"ipFamilies": ["IPv4", "IPv4", "IPv5"], "ipFamilyPolicy": "Odd"},
            [
                'ipFamilies[1]: Duplicate value: "IPv4"',
                'ipFamilies[2]: Unsupported value: "IPv5": supported values: "IPv4", "IPv6"',
                'ipFamilyPolicy: Unsupported value: "Odd": supported values: "PreferDualStack", "RequireDualStack", '
                '"SingleStack"',
            ],
        ),
        (
            {"clusterIP": "None", "clusterIPs": ["None", IPV4]},
            ['clusterIPs: Invalid value: ["None","10.96.0.1"]: \'None\' must be the first and only value'],
        ),
        (
            {"clusterIP": "x", "clusterIPs": ["x"]},
            [
                'clusterIPs[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
            ],
        ),
        (
            {"clusterIP": IPV4, "clusterIPs": [IPV4, OTHER]},
            [
                'clusterIPs: Invalid value: ["10.96.0.1","10.96.0.2"]: may specify no more than one IP for each IP '
                "family"
            ],
        ),
        (
            {"clusterIP": IPV4, "clusterIPs": [IPV4, IPV6, OTHER]},
            ['clusterIPs: Invalid value: ["10.96.0.1","fd00::1","10.96.0.2"]: may only hold up to 2 values'],
        ),
        (
            {**addressed(IPV4, IPV6), "ipFamilies": ["IPv6", "IPv4"]},
            [
                'clusterIPs[0]: Invalid value: "10.96.0.1": expected an IPv6 value as indicated by `ipFamilies[0]`',
                'clusterIPs[1]: Invalid value: "fd00::1": expected an IPv4 value as indicated by `ipFamilies[1]`',
            ],
        ),
        ({**HEADLESS, "ipFamilies": ["IPv6"]}, []),
        ({**NAMED, "ipFamilies": ["IPv5"], "ipFamilyPolicy": "Odd"}, []),
    ],
)
def test_fields_that_do_not_fit_together(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    obj = make.minimal(SERVICE, {"spec": spec})
    assert short(harness.texts(serviceaddresses.validate(obj))) == expected


@pytest.mark.parametrize(
    "before, after, expected",
    [
        (addressed(IPV4), addressed(IPV4), []),
        (addressed(IPV4), addressed(IPV4, IPV6), []),
        (addressed(IPV4, IPV6), addressed(IPV4), []),
        (
            addressed(IPV4),
            addressed(OTHER),
            ['clusterIPs[0]: Invalid value: ["10.96.0.2"]: may not change once set'],
        ),
        (
            addressed(IPV4),
            addressed(IPV6),
            [
                'clusterIPs[0]: Invalid value: ["fd00::1"]: may not change once set',
                'ipFamilies[0]: Invalid value: ["IPv6"]: may not change once set',
            ],
        ),
        (
            addressed(IPV4, IPV6),
            addressed(IPV6),
            [
                'clusterIPs[0]: Invalid value: ["fd00::1"]: may not change once set',
                'ipFamilies[0]: Invalid value: ["fd00::1"]: may not change once set',
            ],
        ),
        (
            addressed(IPV4, IPV6),
            {**addressed(IPV4), "ipFamilyPolicy": "PreferDualStack"},
            [
                "ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when releasing the "
                "secondary clusterIP",
                "ipFamilyPolicy: Invalid value: \"PreferDualStack\": must be set to 'SingleStack' when releasing the "
                "secondary ipFamily",
            ],
        ),
        (
            addressed(IPV4),
            {"clusterIP": None, "clusterIPs": None, "ipFamilies": None},
            [
                "clusterIPs[0]: Invalid value: null: primary clusterIP can not be unset",
                "ipFamilies[0]: Invalid value: null: primary ipFamily can not be unset",
            ],
        ),
        (
            addressed(IPV4),
            HEADLESS,
            ['clusterIPs[0]: Invalid value: ["None"]: may not change once set'],
        ),
        ({**HEADLESS, "ipFamilies": ["IPv4"]}, {"ipFamilies": ["IPv6"]}, []),
        (addressed(IPV4), NAMED, []),
        (NAMED, {"type": "ClusterIP", **addressed(IPV4)}, []),
    ],
)
def test_addresses_that_may_not_change(
    before: harness.Patch, after: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    old = make.minimal(SERVICE, {"spec": before})
    obj = make.changed(old, {"spec": after})
    assert short(harness.texts(serviceaddresses.validate_update(obj, old))) == expected


def test_an_odd_address_that_was_there_before_stays_good(make: harness.Maker) -> None:
    old = make.minimal(SERVICE, {"spec": addressed("010.96.0.1")})
    assert not list(serviceaddresses.validate(old, old))
    assert harness.texts(serviceaddresses.validate(old)) == [
        'spec.clusterIPs[0]: Invalid value: "010.96.0.1": must not have leading 0s'
    ]
