"""What is wrong with services, new and changed ones, and what their clients are warned of."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import services
from tests.unit.coreapi import harness

SERVICE = "v1/Service"
BALANCED: harness.Patch = {"type": "LoadBalancer"}
OUTSIDE: harness.Patch = {**BALANCED, "externalTrafficPolicy": "Local", "healthCheckNodePort": 32000}
HINTS, MODE = "service.kubernetes.io/topology-aware-hints", "service.kubernetes.io/topology-mode"
RANGES = "service.beta.kubernetes.io/load-balancer-source-ranges"
NAMED: harness.Patch = {"name": "a", "port": 80}


def wrong(make: harness.Maker, spec: harness.Patch, annotations: harness.Patch | None = None) -> list[str]:
    obj = make.minimal(SERVICE, {"metadata": {"annotations": annotations or {}}, "spec": spec})
    return shortened(harness.texts(services.validate(obj)))


def changed(make: harness.Maker, before: harness.Patch, after: harness.Patch) -> list[str]:
    old = make.minimal(SERVICE, {"spec": before})
    return shortened(harness.texts(services.validate_update(make.changed(old, {"spec": after}), old)))


def shortened(found: list[str]) -> list[str]:
    return [text.removeprefix("spec.") for text in found]


def ports(*given: harness.Patch) -> harness.Patch:
    return {"ports": list(given)}


@pytest.mark.parametrize(
    "spec, expected",
    [
        (ports(), ["ports: Required value"]),
        (ports({"targetPort": 80}), ["ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
        (
            ports({"port": 65536}),
            [
                "ports[0].port: Invalid value: 65536: must be between 1 and 65535, inclusive",
                "ports[0].targetPort: Invalid value: 65536: must be between 1 and 65535, inclusive",
            ],
        ),
        (
            ports({"port": 80}, {"port": 81}),
            ["ports[0].name: Required value", "ports[1].name: Required value"],
        ),
        (ports(NAMED, {"name": "a", "port": 81}), ['ports[1].name: Duplicate value: "a"']),
        (
            ports(NAMED, {"name": "b", "port": 80}),
            [
                'ports[1]: Duplicate value: {"Name":"","Protocol":"TCP","AppProtocol":null,"Port":80,"TargetPort":0,'
                '"NodePort":0}'
            ],
        ),
        (ports(NAMED, {"name": "b", "port": 80, "protocol": "UDP"}), []),
        (ports({"name": "A", "port": 80}), ['ports[0].name: Invalid value: "A": a lowercase RFC 1123 label ...']),
        (
            ports({"port": 80, "protocol": "HTTP"}),
            ['ports[0].protocol: Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"'],
        ),
        (
            ports({"port": 80, "targetPort": 70000}),
            ["ports[0].targetPort: Invalid value: 70000: must be between 1 and 65535, inclusive"],
        ),
        (
            ports({"port": 80, "targetPort": "a--b"}),
            ['ports[0].targetPort: Invalid value: "a--b": must not contain consecutive hyphens'],
        ),
        (
            ports({"port": 80, "appProtocol": "a b"}),
            ['ports[0].appProtocol: Invalid value: "a b": name part must consist of alphanumeric characters, ...'],
        ),
        (
            ports({"port": 80, "nodePort": 30000}),
            ["ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'"],
        ),
        (
            {"type": "NodePort", **ports({**NAMED, "nodePort": 30000}, {"name": "b", "port": 81, "nodePort": 30000})},
            ["ports[1].nodePort: Duplicate value: 30000"],
        ),
    ],
)
def test_ports_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"type": "Odd"},
            [
                'type: Unsupported value: "Odd": supported values: "ClusterIP", "ExternalName", "LoadBalancer", '
                '"NodePort"'
            ],
        ),
        (
            {"type": "ExternalName"},
            ["externalName: Required value"],
        ),
        (
            {"type": "ExternalName", "externalName": "-.example.com"},
            ['externalName: Invalid value: "-.example.com": a lowercase RFC 1123 subdomain ...'],
        ),
        ({"type": "ExternalName", "externalName": "db.example.com.", "ports": None}, []),
        (
            {
                "type": "ExternalName",
                "externalName": "db.example.com",
                "clusterIPs": ["None"],
                "ipFamilies": ["IPv4"],
                "ipFamilyPolicy": "SingleStack",
            },
            [
                "clusterIPs: Forbidden: may not be set for ExternalName services",
                "ipFamilies: Forbidden: may not be set for ExternalName services",
                "ipFamilyPolicy: Forbidden: may not be set for ExternalName services",
            ],
        ),
        (
            {"type": "NodePort", "clusterIP": "None", "clusterIPs": ["None"]},
            ["clusterIPs[0]: Invalid value: \"None\": may not be set to 'None' for NodePort services"],
        ),
        ({"clusterIP": "None", "clusterIPs": ["None"], "ports": None}, []),
        ({"selector": {"a b": "c"}}, ['selector: Invalid value: "a b": name part must consist of ...']),
    ],
)
def test_types_that_exclude_what_is_there(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"sessionAffinity": "Odd"},
            ['sessionAffinity: Unsupported value: "Odd": supported values: "ClientIP", "None"'],
        ),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 86401}}},
            [
                "sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 86401: must be greater than 0 and less "
                "than 86400"
            ],
        ),
        (
            {"sessionAffinity": "ClientIP", "sessionAffinityConfig": {"clientIP": {"timeoutSeconds": 0}}},
            [
                "sessionAffinityConfig.clientIP.timeoutSeconds: Invalid value: 0: must be greater than 0 and less "
                "than 86400"
            ],
        ),
        ({"sessionAffinity": "ClientIP"}, []),
        (
            {"internalTrafficPolicy": "Odd"},
            ['internalTrafficPolicy: Unsupported value: "Odd": supported values: "Cluster", "Local"'],
        ),
        (
            {"externalTrafficPolicy": "Local"},
            [
                'externalTrafficPolicy: Invalid value: "Local": may only be set for externally-accessible services',
            ],
        ),
        (
            {"type": "NodePort", "externalTrafficPolicy": "Odd"},
            ['externalTrafficPolicy: Unsupported value: "Odd": supported values: "Cluster", "Local"'],
        ),
        (
            {"trafficDistribution": "Odd"},
            [
                'trafficDistribution: Unsupported value: "Odd": supported values: "PreferClose", "PreferSameZone", '
                '"PreferSameNode"'
            ],
        ),
        (
            {"externalIPs": ["127.0.0.1", "10.0.0.300"]},
            [
                'externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
                'externalIPs[1]: Invalid value: "10.0.0.300": must be a valid IP address, (e.g. 10.9.8.7 or '
                "2001:db8::ffff)",
            ],
        ),
    ],
)
def test_traffic_that_is_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert wrong(make, spec) == expected


@pytest.mark.parametrize(
    "spec, expected",
    [
        (BALANCED, []),
        (OUTSIDE, []),
        ({**OUTSIDE, "healthCheckNodePort": None}, ["healthCheckNodePort: Required value"]),
        (
            {**OUTSIDE, "healthCheckNodePort": 70000},
            ["healthCheckNodePort: Invalid value: 70000: must be between 1 and 65535, inclusive"],
        ),
        (
            {**BALANCED, "healthCheckNodePort": 32000},
            [
                "healthCheckNodePort: Invalid value: 32000: may only be set when `type` is 'LoadBalancer' and "
                "`externalTrafficPolicy` is 'Local'"
            ],
        ),
        (
            {"loadBalancerClass": "example.com/lb", "allocateLoadBalancerNodePorts": True},
            [
                "allocateLoadBalancerNodePorts: Forbidden: may only be used when `type` is 'LoadBalancer'",
                "loadBalancerClass: Forbidden: may only be used when `type` is 'LoadBalancer'",
            ],
        ),
        (
            {**BALANCED, "loadBalancerClass": "a b"},
            ['loadBalancerClass: Invalid value: "a b": name part must consist of ...'],
        ),
        (
            {"loadBalancerSourceRanges": ["10.0.0.0/8"]},
            ["LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'"],
        ),
        (
            {**BALANCED, "loadBalancerSourceRanges": ["10.0.0.0/8", "10.0.0.0"]},
            [
                'LoadBalancerSourceRanges[1]: Invalid value: "10.0.0.0": must be a valid CIDR value, (e.g. '
                "10.9.8.0/24 or 2001:db8::/64)"
            ],
        ),
    ],
)
def test_load_balancers_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


def test_source_ranges_in_an_annotation_follow_the_same_rules(make: harness.Maker) -> None:
    path = f"metadata.annotations[{RANGES}]"
    assert wrong(make, {}, {RANGES: "10.0.0.0/8"}) == [
        f"{path}: Forbidden: may only be used when `type` is 'LoadBalancer'"
    ]
    assert not wrong(make, BALANCED, {RANGES: " 10.0.0.0/8, 11.0.0.0/8 "})
    assert wrong(make, BALANCED, {RANGES: "10.0.0.0/8,x"}) == [
        f'{path}: Invalid value: "x": must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'
    ]


def test_both_names_of_the_topology_annotation_say_the_same(make: harness.Maker) -> None:
    assert wrong(make, {}, {HINTS: "auto", MODE: "disabled"}) == [
        f'metadata.annotations[{MODE}]: Invalid value: "disabled": must match annotations[{HINTS}] when both are '
        "specified"
    ]
    assert not wrong(make, {}, {HINTS: "auto", MODE: "auto"})


@pytest.mark.parametrize(
    "before, after, expected",
    [
        (
            {**BALANCED, "loadBalancerClass": "example.com/a"},
            {"loadBalancerClass": "example.com/b"},
            ['loadBalancerClass: Invalid value: "example.com/b": may not change once set'],
        ),
        (
            {**BALANCED, "loadBalancerClass": "example.com/a"},
            {"loadBalancerClass": None},
            ["loadBalancerClass: Invalid value: null: may not change once set"],
        ),
        (
            {**BALANCED, "loadBalancerClass": "example.com/a"},
            {"type": "ClusterIP", "loadBalancerClass": None, "allocateLoadBalancerNodePorts": None}
            | {"externalTrafficPolicy": None},
            [],
        ),
        (OUTSIDE, {"healthCheckNodePort": 32001}, ["healthCheckNodePort: Forbidden: field is immutable"]),
        ({}, BALANCED, []),
        ({"externalIPs": ["010.1.2.3"]}, {"selector": {"app": "other"}}, []),
        (
            {**BALANCED, "loadBalancerSourceRanges": ["10.0.0.1/8"]},
            {"loadBalancerSourceRanges": ["10.0.0.1/8", "11.0.0.1/8"]},
            [
                'LoadBalancerSourceRanges[1]: Invalid value: "11.0.0.1/8": must not have bits set beyond the prefix '
                "length"
            ],
        ),
    ],
)
def test_changes_that_are_wrong(
    before: harness.Patch, after: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert changed(make, before, after) == expected


@pytest.mark.parametrize(
    "spec, ingress, expected",
    [
        (
            {},
            {"ip": "10.0.0.1"},
            ["status.loadBalancer.ingress: Forbidden: may only be used when `spec.type` is 'LoadBalancer'"],
        ),
        (BALANCED, {"ip": "10.0.0.1", "ipMode": "VIP"}, []),
        (BALANCED, {"ip": "10.0.0.1"}, []),
        (
            BALANCED,
            {"ip": "10.0.0.1", "ipMode": "Odd"},
            [
                'status.loadBalancer.ingress[0].ipMode: Unsupported value: "Odd": supported values: "Proxy", "VIP"',
            ],
        ),
        (
            BALANCED,
            {"hostname": "10.0.0.1", "ipMode": "VIP"},
            [
                "status.loadBalancer.ingress[0].ipMode: Forbidden: may not be specified when `ip` is not set",
                'status.loadBalancer.ingress[0].hostname: Invalid value: "10.0.0.1": must be a DNS name, not an IP '
                "address",
            ],
        ),
        (
            BALANCED,
            {"ip": "x", "ipMode": "VIP"},
            [
                'status.loadBalancer.ingress[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or '
                "2001:db8::ffff)"
            ],
        ),
    ],
)
def test_statuses_that_are_wrong(
    spec: harness.Patch, ingress: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    old = make.minimal(SERVICE, {"spec": spec})
    obj = make.changed(old, {"status": {"loadBalancer": {"ingress": [ingress]}}})
    assert harness.texts(services.validate_status_update(obj, old)) == expected


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"externalIPs": ["10.1.2.3"]},
            ["spec.externalIPs is deprecated and may no longer be implemented in some clusters"],
        ),
        (
            {"clusterIP": "None", "clusterIPs": ["None"], "loadBalancerIP": "10.1.2.3", "sessionAffinity": "ClientIP"}
            | {"externalIPs": ["10.1.2.3"]},
            [
                "spec.loadBalancerIP is ignored for headless services",
                "spec.externalIPs is ignored for headless services",
                "spec.SessionAffinity is ignored for headless services",
            ],
        ),
        (
            {"type": "ExternalName", "externalName": "a.b", "externalIPs": ["10.1.2.3"]},
            ['spec.externalIPs is ignored when spec.type is "ExternalName"'],
        ),
        ({"externalName": "a.b"}, ['spec.externalName is ignored when spec.type is not "ExternalName"']),
        (
            {"clusterIP": "2001:DB8::1", "clusterIPs": ["2001:DB8::1"]},
            ['spec.clusterIPs[0]: IPv6 address "2001:DB8::1" should be in RFC 5952 canonical format ("2001:db8::1")'],
        ),
        (
            {**BALANCED, "loadBalancerIP": "010.1.2.3", "loadBalancerSourceRanges": ["10.1.2.3/8"]},
            [
                'spec.loadBalancerIP: non-standard IP address "010.1.2.3" is invalid: use "10.1.2.3"',
                'spec.loadBalancerSourceRanges[0]: CIDR value "10.1.2.3/8" is ambiguous in this context (should be '
                '"10.0.0.0/8" or "10.1.2.3/32"?)',
            ],
        ),
        (
            {"trafficDistribution": "PreferClose"},
            ['spec.trafficDistribution: "PreferClose" is deprecated; use "PreferSameZone"'],
        ),
    ],
)
def test_what_clients_are_warned_of(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert list(services.warnings(make.minimal(SERVICE, {"spec": spec}))) == expected


def test_the_older_topology_annotation_is_deprecated(make: harness.Maker) -> None:
    obj = make.minimal(SERVICE, {"metadata": {"annotations": {HINTS: "auto"}}})
    assert list(services.warnings(obj)) == [f"annotation {HINTS} is deprecated, please use {MODE} instead"]


def test_clients_are_warned_of_odd_addresses_in_a_status(make: harness.Maker) -> None:
    ingress = {"ip": "010.0.0.1", "ipMode": "VIP"}
    obj = make.minimal(SERVICE, {"spec": BALANCED, "status": {"loadBalancer": {"ingress": [ingress]}}})
    assert list(services.status_warnings(obj)) == [
        'status.loadBalancer.ingress[0]: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"'
    ]
