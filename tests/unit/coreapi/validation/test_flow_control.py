"""Flow schemas and priority levels."""

from __future__ import annotations

import pytest

from kroute.coreapi.validation import flowschemas, prioritylevels
from tests.unit.coreapi import harness

GROUP = "flowcontrol.apiserver.k8s.io/v1"
SCHEMA, LEVEL = f"{GROUP}/FlowSchema", f"{GROUP}/PriorityLevelConfiguration"
USER = {"kind": "User", "user": {"name": "alice"}}
EVERYWHERE = {"verbs": ["get"], "apiGroups": [""], "resources": ["pods"], "namespaces": ["*"]}


def rules(make: harness.Maker, **rule: object) -> list[str]:
    found = flowschemas.validate(make.minimal(SCHEMA, {"spec": {"rules": [{"subjects": [USER], **rule}]}}))
    return [text.removeprefix("spec.rules[0].") for text in harness.texts(found)]


def level(make: harness.Maker, limited: harness.Patch) -> list[str]:
    found = prioritylevels.validate(make.minimal(LEVEL, {"spec": {"limited": limited}}))
    return [text.removeprefix("spec.limited.") for text in harness.texts(found)]


@pytest.mark.parametrize(
    "subject, expected",
    [
        ({"kind": "Robot"}, ['kind: Unsupported value: "Robot": supported values: "Group", "ServiceAccount", "User"']),
        ({"kind": "Group"}, ["group: Required value: group is required when subject kind is 'Group'"]),
        ({"kind": "Group", "group": {"name": ""}}, ["group.name: Required value"]),
        (
            {"kind": "User", "user": {"name": "u"}, "group": {"name": "g"}},
            ["group: Forbidden: group is forbidden when subject kind is not 'Group'"],
        ),
        (
            {"kind": "ServiceAccount", "serviceAccount": {"name": "*", "namespace": ""}},
            ["serviceAccount.namespace: Required value: must specify namespace for service account"],
        ),
        (
            {"kind": "ServiceAccount", "serviceAccount": {"name": "A B", "namespace": "n"}},
            ['serviceAccount.name: Invalid value: "A B": a lowercase RFC 1123 subdomain ...'],
        ),
    ],
)
def test_a_subject_is_refused(make: harness.Maker, subject: harness.Patch, expected: list[str]) -> None:
    found = rules(make, subjects=[subject], resourceRules=[EVERYWHERE])
    assert harness.said([text.removeprefix("subjects[0].") for text in found], expected)


@pytest.mark.parametrize(
    "rule, expected",
    [
        (
            {"verbs": ["*", "get"]},
            ['verbs: Invalid value: ["*","get"]: if \'*\' is present, must not specify other verbs'],
        ),
        ({"verbs": ["eat"]}, ['verbs: Unsupported value: ["eat"]: supported values: "create", "delete", ...']),
        ({"apiGroups": []}, ["apiGroups: Required value: resource rules must supply at least one api group"]),
        (
            {"resources": ["*", "a"]},
            ['resources: Invalid value: ["*","a"]: if \'*\' is present, must not specify other resources'],
        ),
        (
            {"namespaces": []},
            [
                "namespaces: Required value: "
                "resource rules that are not cluster scoped must supply at least one namespace"
            ],
        ),
        ({"namespaces": ["A"]}, ["namespaces[0]: Invalid value: \"A\": each member of this list must be '*' or ..."]),
        ({"namespaces": [], "clusterScope": True}, []),
    ],
)
def test_a_resource_rule_is_refused(make: harness.Maker, rule: harness.Patch, expected: list[str]) -> None:
    found = rules(make, resourceRules=[{**EVERYWHERE, **rule}])
    assert harness.said([text.removeprefix("resourceRules[0].") for text in found], expected)


@pytest.mark.parametrize(
    "url, expected",
    [
        ("/", ""),
        ("/a/*", ""),
        ("", "must not be empty"),
        ("a", "must start with slash"),
        ("/a b", "must not contain white-space"),
        ("/a//b", "must not contain double slash"),
        ("/a*", "wildcard can only do suffix matching"),
        ("/*/*", "wildcard can only do suffix matching"),
    ],
)
def test_a_url_may_end_in_a_star(make: harness.Maker, url: str, expected: str) -> None:
    found = rules(make, nonResourceRules=[{"verbs": ["get"], "nonResourceURLs": [url]}])
    assert [text.rpartition(": ")[2] for text in found] == ([expected] if expected else [])


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"matchingPrecedence": -1}, ["must be a positive value"]),
        ({"matchingPrecedence": 1}, ["only the schema named 'exempt' may have matchingPrecedence 1"]),
        ({"distinguisherMethod": {"type": "ByShoe"}}, ['supported values: "ByNamespace", "ByUser"']),
    ],
)
def test_a_schema_is_refused(make: harness.Maker, spec: harness.Patch, expected: list[str]) -> None:
    found = harness.texts(flowschemas.validate(make.minimal(SCHEMA, {"spec": spec})))
    assert len(found) == 1
    assert found[0].endswith(expected[0])


@pytest.mark.parametrize("name", ["exempt", "catch-all"])
def test_mandatory_schemas_say_the_same_everywhere(make: harness.Maker, name: str) -> None:
    body = {"metadata": {"name": name}, "spec": flowschemas.MANDATORY[name]}
    assert not harness.texts(flowschemas.validate(make(SCHEMA, body)))
    (found,) = harness.texts(flowschemas.validate(make.minimal(SCHEMA, {"metadata": {"name": name}})))
    assert found.endswith(f"spec of '{name}' must equal the fixed value")


@pytest.mark.parametrize(
    "limited, expected",
    [
        (
            {"nominalConcurrencyShares": -1},
            ["nominalConcurrencyShares: Invalid value: -1: must be a non-negative integer"],
        ),
        ({"lendablePercent": 101}, ["lendablePercent: Invalid value: 101: must be between 0 and 100, inclusive"]),
        (
            {"borrowingLimitPercent": -1},
            ["borrowingLimitPercent: Invalid value: -1: if specified, must be a non-negative integer"],
        ),
        (
            {"limitResponse": {"queuing": {}}},
            ["limitResponse.queuing: Forbidden: must be nil if limited.limitResponse.type is not Limited"],
        ),
        (
            {"limitResponse": {"type": "Queue"}},
            ["limitResponse.queuing: Required value: must not be empty if limited.limitResponse.type is Limited"],
        ),
        (
            {"limitResponse": {"type": "Queue", "queuing": {"queues": 4, "handSize": 5, "queueLengthLimit": -1}}},
            [
                "limitResponse.queuing.queueLengthLimit: Invalid value: -1: must be positive",
                "limitResponse.queuing.handSize: Invalid value: 5: should not be greater than queues (4)",
            ],
        ),
        (
            {"limitResponse": {"type": "Queue", "queuing": {"queues": 1024, "handSize": 7}}},
            [
                "limitResponse.queuing.handSize: Invalid value: 7: required entropy bits of deckSize 1024 and "
                "handSize 7 should not be greater than 60"
            ],
        ),
        (
            {"limitResponse": {"type": "Queue", "queuing": {"queues": 10_000_001, "handSize": 1}}},
            ["limitResponse.queuing.queues: Invalid value: 10000001: must not be greater than 10000000"],
        ),
    ],
)
def test_a_level_is_refused(make: harness.Maker, limited: harness.Patch, expected: list[str]) -> None:
    assert level(make, limited) == expected


def test_mandatory_levels_say_the_same_everywhere(make: harness.Maker) -> None:
    exempt = {"metadata": {"name": "exempt"}, "spec": {"type": "Exempt", "exempt": {"lendablePercent": 5}}}
    assert not harness.texts(prioritylevels.validate(make(LEVEL, exempt)))
    everything = {"metadata": {"name": "catch-all"}, "spec": prioritylevels.CATCH_ALL}
    assert not harness.texts(prioritylevels.validate(make(LEVEL, everything)))
    (found,) = harness.texts(prioritylevels.validate(make.minimal(LEVEL, {"metadata": {"name": "catch-all"}})))
    assert found.endswith("spec of 'catch-all' must equal the fixed value")


def test_conditions_come_once(make: harness.Maker) -> None:
    status = {"conditions": [{"type": "A"}, {"type": "A"}, {}]}
    assert harness.texts(flowschemas.validate_status(make.minimal(SCHEMA, {"status": status}))) == [
        'status.conditions[1].type: Duplicate value: "A"',
        "status.conditions[2].type: Required value: must not be empty",
    ]
