"""What is wrong with network policies, and what their clients are warned of."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import networkpolicies
from tests.unit.coreapi import harness

POLICY = "networking.k8s.io/v1/NetworkPolicy"
BAD_KEY: harness.Patch = {"matchLabels": {"a b": "c"}}
BAD_VALUE: harness.Patch = {"matchExpressions": [{"key": "a", "operator": "In", "values": ["b c"]}]}
BLOCK: harness.Patch = {"cidr": "10.0.0.0/8"}


def wrong(make: harness.Maker, spec: harness.Patch) -> list[str]:
    found = harness.texts(networkpolicies.validate(make.minimal(POLICY, {"spec": spec})))
    return [text.removeprefix("spec.") for text in found]


@pytest.mark.parametrize(
    "port, expected",
    [
        ({}, []),
        ({"port": 80, "endPort": 90}, []),
        ({"port": "http", "protocol": "UDP"}, []),
        ({"protocol": "Odd"}, ['protocol: Unsupported value: "Odd": supported values: "TCP", "UDP", "SCTP"']),
        ({"port": 0}, ["port: Invalid value: 0: must be between 1 and 65535, inclusive"]),
        ({"port": "a--b"}, ['port: Invalid value: "a--b": must not contain consecutive hyphens']),
        ({"endPort": 90}, ["endPort: Invalid value: 90: may not be specified when `port` is not specified"]),
        (
            {"port": "http", "endPort": 90},
            ["endPort: Invalid value: 90: may not be specified when `port` is non-numeric"],
        ),
        (
            {"port": 80, "endPort": 79},
            ["endPort: Invalid value: 80: must be greater than or equal to `port`"],
        ),
        (
            {"port": 80, "endPort": 65536},
            ["endPort: Invalid value: 65536: must be between 1 and 65535, inclusive"],
        ),
    ],
)
@pytest.mark.parametrize("direction", ["ingress", "egress"])
def test_ports_that_are_wrong(direction: str, port: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    found = wrong(make, {direction: [{"ports": [port]}]})
    assert [text.removeprefix(f"{direction}[0].ports[0].") for text in found] == expected


@pytest.mark.parametrize(
    "peer, expected",
    [
        ({"podSelector": {}, "namespaceSelector": {}}, []),
        ({"ipBlock": {**BLOCK, "except": ["10.1.0.0/16"]}}, []),
        ({}, [": Required value: must specify a peer"]),
        ({"podSelector": {}, "ipBlock": BLOCK}, [": Forbidden: may not specify both ipBlock and another peer"]),
        (
            {"podSelector": BAD_KEY, "namespaceSelector": BAD_VALUE},
            [
                '.podSelector.matchLabels: Invalid value: "a b": name part must consist of ...',
                '.namespaceSelector.matchExpressions[0].values[0]: Invalid value: "b c": a valid label must ...',
            ],
        ),
        ({"ipBlock": {}}, [".ipBlock.cidr: Required value"]),
        (
            {"ipBlock": {"cidr": "10.0.0.1"}},
            [
                '.ipBlock.cidr: Invalid value: "10.0.0.1": must be a valid CIDR value, (e.g. 10.9.8.0/24 or '
                "2001:db8::/64)"
            ],
        ),
        (
            {"ipBlock": {**BLOCK, "except": ["10.0.0.0/8", "11.0.0.0/16", "x", "10.1.0.1/16"]}},
            [
                '.ipBlock.except[0]: Invalid value: "10.0.0.0/8": must be a strict subset of `cidr`',
                '.ipBlock.except[1]: Invalid value: "11.0.0.0/16": must be a strict subset of `cidr`',
                '.ipBlock.except[2]: Invalid value: "x": must be a valid CIDR value, ...',
                '.ipBlock.except[3]: Invalid value: "10.1.0.1/16": must not have bits set beyond the prefix length',
            ],
        ),
    ],
)
@pytest.mark.parametrize("direction, peers", [("ingress", "from"), ("egress", "to")])
def test_peers_that_are_wrong(
    direction: str, peers: str, peer: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    found = wrong(make, {direction: [{peers: [peer]}]})
    assert harness.said([text.removeprefix(f"{direction}[0].{peers}[0]") for text in found], expected)


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"podSelector": BAD_KEY},
            ['podSelector.matchLabels: Invalid value: "a b": name part must consist of ...'],
        ),
        ({"policyTypes": ["Ingress", "Egress"]}, []),
        (
            {"policyTypes": ["Odd"]},
            ['policyTypes[0]: Unsupported value: "Odd": supported values: "Ingress", "Egress"'],
        ),
        (
            {"policyTypes": ["Ingress", "Egress", "Odd"]},
            ['policyTypes: Invalid value: ["Ingress","Egress","Odd"]: may not specify more than two policyTypes'],
        ),
    ],
)
def test_policies_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


def test_networks_that_were_there_before_may_stay(make: harness.Maker) -> None:
    block = {"cidr": "10.0.0.1/8", "except": ["10.1.0.1/16"]}
    old = make.minimal(POLICY, {"spec": {"ingress": [{"from": [{"ipBlock": block}]}]}})
    assert len(list(networkpolicies.validate(old))) == 2
    assert not list(networkpolicies.validate_update(old, old))
    moved = make.changed(old, {"spec": {"ingress": None, "egress": [{"to": [{"ipBlock": block}]}]}})
    assert not list(networkpolicies.validate_update(moved, old))
    assert len(list(networkpolicies.validate_update(old, make.minimal(POLICY)))) == 2


def test_a_selector_for_values_that_no_label_has_may_stay(make: harness.Maker) -> None:
    old = make.minimal(POLICY, {"spec": {"podSelector": BAD_VALUE}})
    assert list(networkpolicies.validate(old))
    assert not list(networkpolicies.validate_update(old, old))
    assert list(networkpolicies.validate_update(old, make.minimal(POLICY)))


def test_clients_are_warned_of_odd_networks(make: harness.Maker) -> None:
    block = {"cidr": "010.0.0.0/8", "except": ["10.1.0.1/16"]}
    obj = make.minimal(POLICY, {"spec": {"egress": [{"to": [{"podSelector": {}}, {"ipBlock": block}]}]}})
    assert list(networkpolicies.warnings(obj)) == [
        'spec.egress[0].to[1].ipBlock.cidr: non-standard CIDR value "010.0.0.0/8" is invalid: use "10.0.0.0/8"',
        'spec.egress[0].to[1].ipBlock.except[0]: CIDR value "10.1.0.1/16" is ambiguous in this context (should be '
        '"10.1.0.0/16" or "10.1.0.1/32"?)',
    ]
