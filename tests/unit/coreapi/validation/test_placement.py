"""Where pods may run, and what they see of the network."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import pods
from tests.unit.coreapi import harness

TERM = {"topologyKey": "zone"}
DURING = "DuringSchedulingIgnoredDuringExecution"


def wrong(make: harness.Maker, spec: harness.Patch) -> list[str]:
    found = harness.texts(pods.validate_pod(make.minimal("v1/Pod", {"spec": spec})))
    return [text.removeprefix("spec.").replace(DURING, "") for text in found]


def required(*terms: harness.Patch) -> harness.Patch:
    """Node affinity of these terms."""
    return {"nodeAffinity": {f"required{DURING}": {"nodeSelectorTerms": [*terms]}}}


def expression(key: str, operator: str, *values: str) -> harness.Patch:
    return {"matchExpressions": [{"key": key, "operator": operator, "values": [*values]}]}


def near(term: harness.Patch, *, weight: int | None = None) -> harness.Patch:
    """Pod affinity by one term, which is preferred if it has a weight."""
    if weight is None:
        return {"podAffinity": {f"required{DURING}": [term]}}
    preferred = [{"weight": weight, "podAffinityTerm": term}]
    return {"podAffinity": {f"preferred{DURING}": preferred}}


@pytest.mark.parametrize(
    "affinity, expected",
    [
        (
            required(),
            ["affinity.nodeAffinity.required.nodeSelectorTerms: Required value: must have at least one node ..."],
        ),
        (
            required(expression("a", "Odd")),
            ["affinity.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].operator: Invalid ..."],
        ),
        (
            required(expression("a b", "Exists", "c")),
            [
                "affinity.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values: Forbidden: may ...",
                'affinity.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key: Invalid value: "a ...',
            ],
        ),
        (
            required(expression("a", "In")),
            ["affinity.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values: Required ..."],
        ),
        (
            required(expression("a", "NotIn", "c d")),
            ["affinity.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values[0]: Invalid ..."],
        ),
        (
            required(expression("a", "Gt", "1", "2")),
            ["affinity.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values: Required ..."],
        ),
        (
            required(expression("a", "Lt")),
            ["affinity.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].values: Required ..."],
        ),
        (
            required({"matchFields": [{"key": "metadata.name", "operator": "Exists", "values": ["a", "b"]}]}),
            ["affinity.nodeAffinity.required.nodeSelectorTerms[0].matchFields[0].operator: Invalid value: ..."],
        ),
        (
            required({"matchFields": [{"key": "metadata.uid", "operator": "In", "values": ["A_"]}]}),
            ["affinity.nodeAffinity.required.nodeSelectorTerms[0].matchFields[0].key: Invalid value: ..."],
        ),
        (
            required({"matchFields": [{"key": "metadata.name", "operator": "NotIn", "values": ["A_"]}]}),
            ["affinity.nodeAffinity.required.nodeSelectorTerms[0].matchFields[0].values[0]: Invalid value: ..."],
        ),
        (
            {"nodeAffinity": {f"preferred{DURING}": [{"weight": 0, "preference": expression("a", "Odd")}]}},
            [
                "affinity.nodeAffinity.preferred[0].weight: Invalid value: 0: must be in the range 1-100",
                "affinity.nodeAffinity.preferred[0].preference.matchExpressions[0].operator: Invalid value: ...",
            ],
        ),
    ],
)
def test_affinity_to_nodes_that_is_wrong(affinity: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"affinity": affinity}), expected)


@pytest.mark.parametrize(
    "affinity, expected",
    [
        (
            near({}),
            [
                "affinity.podAffinity.required[0].topologyKey: Required value: can not be empty",
                'affinity.podAffinity.required[0].topologyKey: Invalid value: "": name part must be non-empty',
                'affinity.podAffinity.required[0].topologyKey: Invalid value: "": name part must consist of ...',
            ],
        ),
        (
            near({"topologyKey": "a b"}),
            ['affinity.podAffinity.required[0].topologyKey: Invalid value: "a b": name part must consist of ...'],
        ),
        (
            near({**TERM, "labelSelector": {"matchExpressions": [{"key": "a", "operator": "Odd"}]}}),
            ["affinity.podAffinity.required[0].labelSelector.matchExpressions[0].operator: Invalid value: ..."],
        ),
        (
            near({**TERM, "namespaces": ["A"], "namespaceSelector": {"matchLabels": {"a b": "c"}}}),
            [
                'affinity.podAffinity.required[0].namespaceSelector.matchLabels: Invalid value: "a b": name ...',
                'affinity.podAffinity.required[0].namespace: Invalid value: "A": a lowercase RFC 1123 label ...',
            ],
        ),
        (
            near(TERM, weight=101),
            ["affinity.podAffinity.preferred[0].weight: Invalid value: 101: must be in the range 1-100"],
        ),
        (
            near({**TERM, "labelSelector": {}, "matchLabelKeys": ["a", "a b"], "mismatchLabelKeys": ["a"]}),
            [
                'affinity.podAffinity.required[0].matchLabelKeys[1]: Invalid value: "a b": name part must ...',
                'affinity.podAffinity.required[0].matchLabelKeys[0]: Invalid value: "a": exists in both ...',
            ],
        ),
        (
            near({**TERM, "matchLabelKeys": ["a"]}),
            ["affinity.podAffinity.required[0].matchLabelKeys: Forbidden: must not be specified when ..."],
        ),
        (
            {"podAntiAffinity": {f"required{DURING}": [{}]}},
            [
                "affinity.podAntiAffinity.required[0].topologyKey: Required value: can not be empty",
                'affinity.podAntiAffinity.required[0].topologyKey: Invalid value: "": name part must be non-empty',
                'affinity.podAntiAffinity.required[0].topologyKey: Invalid value: "": name part must consist of ...',
            ],
        ),
    ],
)
def test_affinity_to_pods_that_is_wrong(affinity: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"affinity": affinity}), expected)


@pytest.mark.parametrize(
    "toleration, expected",
    [
        (
            {"key": "a b"},
            ['tolerations[0].key: Invalid value: "a b": name part must consist of alphanumeric characters, ...'],
        ),
        (
            {"operator": "Equal"},
            ['tolerations[0].operator: Invalid value: "Equal": operator must be Exists when `key` is empty, ...'],
        ),
        (
            {"key": "a", "tolerationSeconds": 1},
            ["tolerations[0].effect: Invalid value: \"\": effect must be 'NoExecute' when `tolerationSeconds` ..."],
        ),
        (
            {"key": "a", "operator": "Exists", "value": "b"},
            ["tolerations[0].operator: Invalid value: \"b\": value must be empty when `operator` is 'Exists'"],
        ),
        (
            {"key": "a", "value": "b c"},
            ['tolerations[0].operator: Invalid value: "b c": a valid label must be an empty string or ...'],
        ),
        (
            {"key": "a", "operator": "Odd"},
            ['tolerations[0].operator: Unsupported value: "Odd": supported values: "Equal", "Exists"'],
        ),
        (
            {"key": "a", "effect": "Odd"},
            ['tolerations[0].effect: Unsupported value: "Odd": supported values: "NoSchedule", ...'],
        ),
    ],
)
def test_tolerations_that_are_wrong(toleration: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, {"tolerations": [toleration]}), expected)


@pytest.mark.parametrize(
    "constraint, expected",
    [
        (
            {"maxSkew": 0, "topologyKey": ""},
            [
                "topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than zero",
                "topologySpreadConstraints[0].topologyKey: Required value: can not be empty",
            ],
        ),
        (
            {"topologyKey": "a b", "whenUnsatisfiable": "Odd"},
            ['topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "Odd": supported values: ...'],
        ),
        (
            {"whenUnsatisfiable": ""},
            ['topologySpreadConstraints[0].whenUnsatisfiable: Unsupported value: "": supported values: ...'],
        ),
        ({"minDomains": 0}, ["topologySpreadConstraints[0].minDomains: Invalid value: 0: must be greater than zero"]),
        (
            {"minDomains": 1, "whenUnsatisfiable": "ScheduleAnyway"},
            ["topologySpreadConstraints[0].minDomains: Invalid value: 1: can only use minDomains if ..."],
        ),
        (
            {"nodeAffinityPolicy": "Odd", "nodeTaintsPolicy": "Odd"},
            [
                'topologySpreadConstraints[0].nodeAffinityPolicy: Unsupported value: "Odd": supported values: ...',
                'topologySpreadConstraints[0].nodeTaintsPolicy: Unsupported value: "Odd": supported values: ...',
            ],
        ),
        (
            {"matchLabelKeys": ["a"]},
            ["topologySpreadConstraints[0].matchLabelKeys: Forbidden: must not be specified when ..."],
        ),
        (
            {"matchLabelKeys": ["a", "a", "b c"], "labelSelector": {"matchLabels": {"a": "x"}}},
            ['topologySpreadConstraints[0].matchLabelKeys[2]: Invalid value: "b c": name part must consist ...'],
        ),
        (
            {"labelSelector": {"matchLabels": {"a b": "x"}}},
            ['topologySpreadConstraints[0].labelSelector.matchLabels: Invalid value: "a b": name part must ...'],
        ),
    ],
)
def test_spreading_that_is_wrong(constraint: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(
        wrong(
            make,
            {"topologySpreadConstraints": [{"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", **TERM, **constraint}]},
        ),
        expected,
    )


def test_two_constraints_for_one_topology_must_differ(make: harness.Maker) -> None:
    constraint = {"maxSkew": 1, "whenUnsatisfiable": "DoNotSchedule", **TERM}
    assert wrong(make, {"topologySpreadConstraints": [constraint, constraint]}) == [
        'topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate value: "{zone, DoNotSchedule}"'
    ]


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {"serviceAccountName": "A", "nodeName": "B", "hostname": "C", "subdomain": "D"},
            [
                'serviceAccountName: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower ...',
                'nodeName: Invalid value: "B": a lowercase RFC 1123 subdomain must consist of lower case ...',
                'hostname: Invalid value: "C": a lowercase RFC 1123 label must consist of lower case ...',
                'subdomain: Invalid value: "D": a lowercase RFC 1123 label must consist of lower case ...',
            ],
        ),
        (
            {"activeDeadlineSeconds": 0},
            ["activeDeadlineSeconds: Invalid value: 0: must be between 1 and 2147483647, inclusive"],
        ),
        (
            {"restartPolicy": "Sometimes", "dnsPolicy": "Odd"},
            [
                'restartPolicy: Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"',
                'dnsPolicy: Unsupported value: "Odd": supported values: "ClusterFirstWithHostNet", ...',
            ],
        ),
        (
            {"nodeSelector": {"a b": "c d"}},
            [
                "nodeSelector: Invalid value: \"a b\": name part must consist of alphanumeric characters, '-', ...",
                'nodeSelector: Invalid value: "c d": a valid label must be an empty string or consist of ...',
            ],
        ),
        (
            {"readinessGates": [{"conditionType": "a b"}]},
            ['readinessGates[0].conditionType: Invalid value: "a b": name part must consist of alphanumeric ...'],
        ),
        (
            {"schedulingGates": [{"name": "a"}, {"name": "a"}, {"name": "a b"}]},
            [
                'schedulingGates[1]: Duplicate value: "a"',
                'schedulingGates[2]: Invalid value: "a b": name part must consist of alphanumeric characters, ...',
            ],
        ),
        (
            {"schedulingGates": [{"name": "a"}], "nodeName": "b"},
            ["nodeName: Forbidden: cannot be set until all schedulingGates have been cleared"],
        ),
        (
            {"priorityClassName": "A", "runtimeClassName": "B", "preemptionPolicy": "Odd"},
            [
                'priorityClassName: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower ...',
                'runtimeClassName: Invalid value: "B": a lowercase RFC 1123 subdomain must consist of lower ...',
                'preemptionPolicy: Unsupported value: "Odd": supported values: "PreemptLowerPriority", "Never"',
            ],
        ),
        (
            {"overhead": {"odd": "-1"}},
            [
                'overhead.limits[odd]: Invalid value: "odd": must be a standard resource type or fully qualified',
                'overhead.limits[odd]: Invalid value: "odd": must be a standard resource for containers',
                'overhead.limits[odd]: Invalid value: "-1": must be greater than or equal to 0',
            ],
        ),
        (
            {"hostnameOverride": "A", "hostname": "b"},
            ['hostnameOverride: Invalid value: "A": a lowercase RFC 1123 subdomain must consist of lower ...'],
        ),
        (
            {"hostnameOverride": "a", "hostNetwork": True},
            ["hostnameOverride: Forbidden: may not be specified when hostNetwork is true"],
        ),
    ],
)
def test_names_and_times_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"dnsPolicy": "None"}, ["dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"]),
        (
            {"dnsPolicy": "None", "dnsConfig": {"searches": ["a"]}},
            ["dnsConfig.nameservers: Required value: must provide at least one DNS nameserver when ..."],
        ),
        (
            {"dnsConfig": {"nameservers": ["x", "10.0.0.1", "10.0.0.2", "10.0.0.3"]}},
            [
                'dnsConfig.nameservers: Invalid value: ["x","10.0.0.1","10.0.0.2","10.0.0.3"]: must not have ...',
                'dnsConfig.nameservers[0]: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or ...',
            ],
        ),
        (
            {"dnsConfig": {"searches": ["A b", ".", "a."], "options": [{"name": "", "value": "x"}]}},
            [
                'dnsConfig.searches[0]: Invalid value: "A b": a lowercase RFC 1123 subdomain must consist of ...',
                "dnsConfig.options[0]: Required value: must not be empty",
            ],
        ),
        ({"dnsConfig": {"searches": ["a"] * 33}}, ["dnsConfig.searches: Invalid value: ..."]),
        (
            {"hostAliases": [{"ip": "x", "hostnames": ["A"]}, {"ip": "10.0.0.1", "hostnames": []}]},
            [
                'hostAliases[0].ip: Invalid value: "x": must be a valid IP address, (e.g. 10.9.8.7 or ...',
                'hostAliases[0].hostnames[0]: Invalid value: "A": a lowercase RFC 1123 subdomain must consist ...',
            ],
        ),
    ],
)
def test_dns_and_hosts_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "spec",
    [
        {"affinity": required({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node"]}]})},
        {"affinity": near({**TERM, "namespaceSelector": {}}, weight=100)},
        {"tolerations": [{"operator": "Exists"}, {"key": "a", "operator": "Exists", "tolerationSeconds": 1,
                                                  "effect": "NoExecute"}]},
        {"securityContext": {"sysctls": [{"name": "kernel.shm_rmid_forced", "value": "0"}]}},
        {"dnsPolicy": "None", "dnsConfig": {"nameservers": ["10.0.0.1", "::1"], "searches": [".", "a.b."]}},
        {"hostUsers": False, "os": {"name": "linux"}},
        {"overhead": {"cpu": "100m"}},
    ],
)  # fmt: skip
def test_pods_that_are_right(spec: dict[str, Any], make: harness.Maker) -> None:
    assert not wrong(make, spec)
