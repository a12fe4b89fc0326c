"""Jobs: what is wrong with them, and what may change."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import jobindexes, jobs
from tests.unit.coreapi import harness

KIND = "batch/v1/Job"
INDEXED = {"completionMode": "Indexed", "completions": 3}
UID = {"controller-uid": "u1", "job-name": "web"}
GENERATED = {**UID, **{f"batch.kubernetes.io/{key}": value for key, value in UID.items()}}
SUSPENDED = {"suspend": True}


def wrong(make: harness.Maker, spec: harness.Patch) -> list[str]:
    found = harness.texts(jobs.validate(make.minimal(KIND, {"spec": spec})))
    return [text.removeprefix("spec.") for text in found]


def changing(make: harness.Maker, before: harness.Patch, patch: harness.Patch, **status: Any) -> list[str]:
    """What is wrong with a patch; what is wrong with a spec in itself is said twice."""
    old = make.minimal(KIND, {"spec": before, "status": status})
    found = harness.texts(jobs.validate_update(make.changed(old, {"spec": patch}), old))
    return [text.removeprefix("spec.") for text in found]


def failure(**rule: Any) -> harness.Patch:
    return {"podFailurePolicy": {"rules": [rule]}}


def success(**rule: Any) -> harness.Patch:
    return {**INDEXED, "successPolicy": {"rules": [rule]}}


def generated(make: harness.Maker, labels: harness.Patch, selector: harness.Patch) -> list[str]:
    """What is wrong with a job whose selector should have been generated."""
    template = {"metadata": {"labels": {"app": None, **labels}}}
    chosen = {"manualSelector": None, "selector": {"matchLabels": {"app": None, **selector}}}
    return wrong(make, {**chosen, "template": template})


@pytest.mark.parametrize(
    "spec, expected",
    [
        (
            {
                "parallelism": -1,
                "completions": -1,
                "activeDeadlineSeconds": -1,
                "backoffLimit": -1,
                "ttlSecondsAfterFinished": -1,
            },
            [
                "parallelism: Invalid value: -1: must be greater than or equal to 0",
                "completions: Invalid value: -1: must be greater than or equal to 0",
                "activeDeadlineSeconds: Invalid value: -1: must be greater than or equal to 0",
                "backoffLimit: Invalid value: -1: must be greater than or equal to 0",
                "ttlSecondsAfterFinished: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        (
            {"completionMode": "Odd"},
            ['completionMode: Unsupported value: "Odd": supported values: "NonIndexed", "Indexed"'],
        ),
        (
            {"completionMode": "Indexed", "completions": None, "parallelism": 2},
            ["completions: Required value: when completion mode is Indexed"],
        ),
        (
            {"completionMode": "Indexed", "completions": 1, "parallelism": 100001},
            ["parallelism: Invalid value: 100001: must be less than or equal to 100000 when completion mode ..."],
        ),
        (
            {"backoffLimitPerIndex": 1, "maxFailedIndexes": 1},
            [
                "backoffLimitPerIndex: Invalid value: 1: requires indexed completion mode",
                "maxFailedIndexes: Invalid value: 1: requires indexed completion mode",
            ],
        ),
        (
            {**INDEXED, "maxFailedIndexes": 4},
            [
                "backoffLimitPerIndex: Required value: when maxFailedIndexes is specified",
                "maxFailedIndexes: Invalid value: 4: must be less than or equal to completions",
            ],
        ),
        (
            {**INDEXED, "backoffLimitPerIndex": 1, "maxFailedIndexes": 4},
            ["maxFailedIndexes: Invalid value: 4: must be less than or equal to completions"],
        ),
        (
            {"completionMode": "Indexed", "completions": 100001, "backoffLimitPerIndex": 1, "parallelism": 10001},
            [
                "maxFailedIndexes: Required value: must be specified when completions is above 100000",
                "parallelism: Invalid value: 10001: must be less than or equal to 10000 when completions are ...",
            ],
        ),
        (
            {"completionMode": "Indexed", "completions": 100001, "backoffLimitPerIndex": 1, "maxFailedIndexes": 10001},
            ["maxFailedIndexes: Invalid value: 10001: must be less than or equal to 10000 when completions ..."],
        ),
        (
            {"completionMode": "Indexed", "completions": 100001, "backoffLimitPerIndex": 1, "maxFailedIndexes": 100001},
            [
                "maxFailedIndexes: Invalid value: 100001: must be less than or equal to 100000",
                "maxFailedIndexes: Invalid value: 100001: must be less than or equal to 10000 when completions ...",
            ],
        ),
        ({"managedBy": ""}, ["managedBy: Required value"]),
        (
            {"managedBy": "me"},
            ['managedBy: Invalid value: "me": must be a domain-prefixed path (such as "acme.io/foo")'],
        ),
        ({"managedBy": "a/" + "b" * 62}, ["managedBy: Too long: may not be more than 63 bytes"]),
        (
            {"managedBy": "A_/b c"},
            [
                'managedBy: Invalid value: "A_": a lowercase RFC 1123 subdomain must consist of lower case ...',
                'managedBy: Invalid value: "b c": Invalid path (regex used for validation is ...',
            ],
        ),
        (
            {"template": {"spec": {"restartPolicy": None}}},
            ['template.spec.restartPolicy: Required value: valid values: "OnFailure", "Never"'],
        ),
        (
            {"template": {"spec": {"restartPolicy": "Sometimes"}}},
            [
                'template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "Always", ...',
                'template.spec.restartPolicy: Unsupported value: "Sometimes": supported values: "OnFailure", "Never"',
            ],
        ),
        ({"template": {"spec": {"containers": []}}}, ["template.spec.containers: Required value"]),
        (
            {"selector": None},
            [
                "selector: Required value",
                'template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
            ],
        ),
        (
            {"selector": {"matchLabels": {"a b": "c"}}},
            ['selector.matchLabels: Invalid value: "a b": name part must consist of alphanumeric characters, ...'],
        ),
        (
            {"selector": {"matchLabels": {"app": "other"}}},
            ['template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'],
        ),
        (
            {"podReplacementPolicy": "Odd"},
            ['podReplacementPolicy: Unsupported value: "Odd": supported values: "Failed", "TerminatingOrFailed"'],
        ),
    ],
)
def test_specs_that_are_wrong(spec: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, spec), expected)


@pytest.mark.parametrize(
    "policy, expected",
    [
        (
            failure(),
            [
                'podFailurePolicy.rules[0].action: Required value: valid values: ["Count" "FailIndex" "FailJob" ...',
                "podFailurePolicy.rules[0]: Invalid value: specifying one of OnExitCodes and OnPodConditions is ...",
            ],
        ),
        (
            failure(action="Odd", onPodConditions=[{"type": "a b", "status": "Maybe"}]),
            [
                'podFailurePolicy.rules[0].action: Unsupported value: "Odd": supported values: "Count", ...',
                'podFailurePolicy.rules[0].onPodConditions[0].type: Invalid value: "a b": name part must ...',
                'podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported value: "Maybe": supported ...',
            ],
        ),
        (
            failure(action="FailIndex", onPodConditions=[{"type": "a", "status": ""}]),
            ['podFailurePolicy.rules[0].action: Invalid value: "FailIndex": requires the ...'],
        ),
        (
            failure(action="Count", onPodConditions=[{"type": "a"}], onExitCodes={"operator": "In", "values": [1]}),
            ["podFailurePolicy.rules[0]: Invalid value: specifying both OnExitCodes and OnPodConditions is ..."],
        ),
        (
            failure(action="Count", onExitCodes={"operator": "", "values": []}),
            [
                'podFailurePolicy.rules[0].onExitCodes.operator: Required value: valid values: ["In" "NotIn"]',
                "podFailurePolicy.rules[0].onExitCodes.values: Invalid value: []: at least one value is required",
            ],
        ),
        (
            failure(action="Count", onExitCodes={"operator": "Like", "containerName": "other", "values": [2, 1, 1]}),
            [
                'podFailurePolicy.rules[0].onExitCodes.operator: Unsupported value: "Like": supported values: ...',
                'podFailurePolicy.rules[0].onExitCodes.containerName: Invalid value: "other": must be one of ...',
                "podFailurePolicy.rules[0].onExitCodes.values[2]: Duplicate value: 1",
                "podFailurePolicy.rules[0].onExitCodes.values: Invalid value: [2,1,1]: must be ordered",
            ],
        ),
        (
            failure(action="Count", onExitCodes={"operator": "In", "values": [0, 1]}),
            ["podFailurePolicy.rules[0].onExitCodes.values[0]: Invalid value: 0: must not be 0 for the In ..."],
        ),
        (
            failure(action="Count", onExitCodes={"operator": "NotIn", "values": [*range(256)]}),
            ["podFailurePolicy.rules[0].onExitCodes.values: Too many: 256: must have at most 255 items"],
        ),
        (
            {
                "podFailurePolicy": {
                    "rules": [{"action": "Count", "onPodConditions": [{"type": "a", "status": "True"}]}] * 21
                }
            },
            ["podFailurePolicy.rules: Too many: 21: must have at most 20 items"],
        ),
        (
            {
                **failure(action="Count", onPodConditions=[{"type": "a"}] * 21),
                "podReplacementPolicy": "TerminatingOrFailed",
            },
            [
                "podFailurePolicy.rules[0].onPodConditions: Too many: 21: must have at most 20 items",
                'podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
            ],
        ),
        (
            {
                **failure(action="Count", onPodConditions=[{"type": "a"}]),
                "template": {"spec": {"restartPolicy": "OnFailure"}},
            },
            ['template.spec.restartPolicy: Invalid value: "OnFailure": only "Never" is supported when ...'],
        ),
    ],
)
def test_policies_of_failures_that_are_wrong(policy: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, policy), expected)


@pytest.mark.parametrize(
    "policy, expected",
    [
        (
            {"successPolicy": {"rules": [{"succeededCount": 1}]}},
            ['successPolicy: Invalid value: {"rules":[{"succeededCount":1}]}: requires indexed completion mode'],
        ),
        (
            {**INDEXED, "successPolicy": {"rules": []}},
            ["successPolicy.rules: Required value: at least one rules must be specified when the ..."],
        ),
        (success(), ["successPolicy.rules[0]: Required value: at least one of succeededCount or succeededIndexes ..."]),
        (
            success(succeededCount=4),
            ["successPolicy.rules[0].succeededCount: Invalid value: 4: must be less than or equal to 3 (the ..."],
        ),
        (
            success(succeededCount=-1),
            ["successPolicy.rules[0].succeededCount: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            success(succeededIndexes="0-1", succeededCount=3),
            ["successPolicy.rules[0].succeededCount: Invalid value: 3: must be less than or equal to 2 (the ..."],
        ),
        (
            success(succeededIndexes="2,1"),
            ['successPolicy.rules[0].succeededIndexes: Invalid value: "2,1": error parsing succeededIndexes: ...'],
        ),
        (
            success(succeededIndexes="1-1"),
            ['successPolicy.rules[0].succeededIndexes: Invalid value: "1-1": error parsing succeededIndexes: ...'],
        ),
        (
            success(succeededIndexes="0-1-2"),
            ['successPolicy.rules[0].succeededIndexes: Invalid value: "0-1-2": error parsing ...'],
        ),
        (
            success(succeededIndexes="a"),
            ['successPolicy.rules[0].succeededIndexes: Invalid value: "a": error parsing succeededIndexes: ...'],
        ),
        (
            success(succeededIndexes="3"),
            ['successPolicy.rules[0].succeededIndexes: Invalid value: "3": error parsing succeededIndexes: ...'],
        ),
    ],
)
def test_policies_of_success_that_are_wrong(policy: harness.Patch, expected: list[str], make: harness.Maker) -> None:
    assert harness.said(wrong(make, policy), expected)


def test_pods_of_an_indexed_job_are_hosts(make: harness.Maker) -> None:
    name, spec = "a" * 60, {**INDEXED, "completions": 1000}
    job = make.minimal(KIND, {"metadata": {"name": name}, "spec": spec})
    assert harness.texts(jobs.validate(job)) == [
        f'metadata.name: Invalid value: "{name}": will not able to create pod with invalid DNS label: {name}-999'
    ]


@pytest.mark.parametrize(
    "labels, selector, expected",
    [
        (
            {},
            {"a": "b"},
            [
                "template.metadata.labels[controller-uid]: Required value: must be 'u1'",
                "template.metadata.labels[job-name]: Required value: must be 'web'",
                "template.metadata.labels[batch.kubernetes.io/controller-uid]: Required value: must be 'u1'",
                "template.metadata.labels[batch.kubernetes.io/job-name]: Required value: must be 'web'",
                'selector: Invalid value: {"matchLabels":{"a":"b"}}: `selector` not auto-generated',
                "template.metadata.labels: Invalid value: null: `selector` does not match template `labels`",
            ],
        ),
        (
            {**GENERATED, "job-name": "other"},
            {"controller-uid": "u1"},
            ["template.metadata.labels[job-name]: Invalid value: ..."],
        ),
        (
            UID,
            {"controller-uid": "u1"},
            [
                "template.metadata.labels[batch.kubernetes.io/controller-uid]: Required value: must be 'u1'",
                "template.metadata.labels[batch.kubernetes.io/job-name]: Required value: must be 'web'",
            ],
        ),
    ],
)
def test_selectors_that_were_not_generated(
    labels: harness.Patch, selector: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(generated(make, labels, selector), expected)


def test_a_selector_that_was_generated(make: harness.Maker) -> None:
    assert not generated(make, GENERATED, {"batch.kubernetes.io/controller-uid": "u1"})
    assert not generated(make, {**GENERATED, "own": "x"}, {"controller-uid": "u1"})


@pytest.mark.parametrize(
    "before, patch, expected",
    [
        ({}, {"completions": 2}, ["completions: Invalid value: 2: field is immutable"]),
        (
            {},
            {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}}}},
            [
                'selector: Invalid value: {"matchLabels":{"app":"web","a":"b"}}: field is immutable',
                "template: Invalid value: ...",
            ],
        ),
        (
            {"completionMode": "NonIndexed", "completions": 3},
            INDEXED,
            ['completionMode: Invalid value: "Indexed": field is immutable'],
        ),
        (
            INDEXED,
            {"completions": 4},
            ["completions: Invalid value: 4: can only be modified in tandem with spec.parallelism"],
        ),
        (
            {**INDEXED, "parallelism": 3},
            {"completions": 5, "parallelism": 4},
            ["completions: Invalid value: 5: can only be modified in tandem with spec.parallelism"],
        ),
        (INDEXED, {"backoffLimitPerIndex": 1}, ["backoffLimitPerIndex: Invalid value: 1: field is immutable"]),
        ({}, {"managedBy": "a.b/c"}, ['managedBy: Invalid value: "a.b/c": field is immutable']),
        (
            {},
            failure(action="Count", onPodConditions=[{"type": "a"}]),
            [
                'podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
                'podReplacementPolicy: Unsupported value: "TerminatingOrFailed": supported values: "Failed"',
                "podFailurePolicy: Invalid value: ...",
            ],
        ),
        (
            INDEXED,
            {"successPolicy": {"rules": [{"succeededCount": 1}]}},
            [
                'successPolicy: Invalid value: {"Rules":[{"SucceededIndexes":null,"SucceededCount":1}]}: field is immutable'
            ],
        ),
        (
            {},
            {"parallelism": -1},
            [
                "parallelism: Invalid value: -1: must be greater than or equal to 0",
                "parallelism: Invalid value: -1: must be greater than or equal to 0",
            ],
        ),
        ({}, {"template": {"metadata": {"annotations": {"a": "b"}}}}, ["template: Invalid value: ..."]),
        (SUSPENDED, {"template": {"spec": {"restartPolicy": "OnFailure"}}}, ["template: Invalid value: ..."]),
        (SUSPENDED, {"template": {"spec": {"affinity": {"podAffinity": {}}}}}, ["template: Invalid value: ..."]),
    ],
)
def test_updates_that_are_refused(
    before: harness.Patch, patch: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(changing(make, before, patch), expected)


@pytest.mark.parametrize(
    "before, patch, expected",
    [
        (
            {},
            {
                "parallelism": 5,
                "suspend": True,
                "backoffLimit": 1,
                "ttlSecondsAfterFinished": 1,
                "activeDeadlineSeconds": 1,
            },
            [],
        ),
        ({**INDEXED, "parallelism": 3}, {"completions": 5, "parallelism": 5}, []),
        (SUSPENDED, {"template": {"metadata": {"labels": {"a": "b"}, "annotations": {"a": "b"}}}}, []),
        (SUSPENDED, {"template": {"spec": {"nodeSelector": {"a": "b"}, "tolerations": [{"operator": "Exists"}]}}}, []),
        (SUSPENDED, {"template": {"spec": {"affinity": {"nodeAffinity": {}}, "schedulingGates": [{"name": "a"}]}}}, []),
        (
            {**SUSPENDED, "template": {"spec": {"affinity": {"nodeAffinity": {}, "podAffinity": {}}}}},
            {"template": {"spec": {"affinity": {"nodeAffinity": None}}}},
            [],
        ),
    ],
)
def test_updates_that_are_accepted(
    before: harness.Patch, patch: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(changing(make, before, patch), expected)


@pytest.mark.parametrize(
    "status, refused",
    [
        ({}, False),
        ({"startTime": "2026-01-01T00:00:00Z"}, True),
        ({"startTime": "2026-01-01T00:00:00Z", "conditions": [{"type": "Suspended", "status": "True"}]}, False),
        ({"startTime": "2026-01-01T00:00:00Z", "conditions": [{"type": "Suspended", "status": "False"}]}, True),
    ],
)
def test_a_job_is_scheduled_anew_only_while_it_does_not_run(
    status: dict[str, Any], refused: bool, make: harness.Maker
) -> None:
    found = changing(make, SUSPENDED, {"template": {"spec": {"nodeSelector": {"a": "b"}}}}, **status)
    assert len(found) == refused


@pytest.mark.parametrize(
    "one, other, both",
    [
        ("0-3", "4,5", None),
        ("0-3", "3-5", 3),
        ("1,5-7", "0,2-4,6", 6),
        ("", "1", None),
        ("bad,2", "2", 2),
        ("5", "0,1,2,3,4,5", 5),
    ],
)
def test_the_first_index_of_two_lists(one: str, other: str, both: int | None) -> None:
    assert jobindexes.overlap(one, other, 10) == both
    assert jobindexes.overlap(other, one, 10) == both
