"""What may change in pods: by updates, by adding containers for debugging, and by resizing."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import pods, podsubresources
from tests.unit.coreapi import harness

ONLY = (
    "spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`,"
    "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to existing "
    "tolerations),`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was previously negative)"
)
KEPT = {"key": "a", "operator": "Exists", "effect": "NoExecute"}
GATED = {"schedulingGates": [{"name": "g"}, {"name": "h"}]}
NODES = "requiredDuringSchedulingIgnoredDuringExecution"


def to_nodes(*terms: harness.Patch, preferred: bool = False) -> harness.Patch:
    rules: dict[str, Any] = {NODES: {"nodeSelectorTerms": [*terms]}}
    if preferred:
        rules["preferredDuringSchedulingIgnoredDuringExecution"] = [{"weight": 1, "preference": label("p")}]
    return {"affinity": {"nodeAffinity": rules}}


def label(key: str, *values: str) -> harness.Patch:
    return {"matchExpressions": [{"key": key, "operator": "In", "values": [*values] or ["x"]}]}


def wrong(make: harness.Maker, before: harness.Patch, patch: harness.Patch) -> list[str]:
    """What is wrong with patching the spec of a pod that is right."""
    old = make.minimal("v1/Pod", {"spec": before})
    assert not harness.texts(pods.validate_pod(old))
    found = harness.texts(pods.validate_pod_update(make.changed(old, {"spec": patch}), old))
    return [text.partition("\n")[0].replace(NODES, "required") for text in found]


def debug(make: harness.Maker, old: harness.Patch, *containers: harness.Patch, **metadata: Any) -> list[str]:
    """What is wrong with having these containers for debugging, instead of `old` ones."""
    pod = make.minimal("v1/Pod", {"metadata": metadata})
    before = make.changed(pod, {"spec": {"ephemeralContainers": [old] if old else []}})
    after = make.changed(pod, {"spec": {"ephemeralContainers": [{"image": "sh", **one} for one in containers]}})
    return harness.texts(podsubresources.validate_ephemeral_containers(after, before))


def resize(make: harness.Maker, before: harness.Patch, patch: harness.Patch, **fields: Any) -> list[str]:
    old = make.minimal("v1/Pod", {"spec": before, **fields})
    return harness.texts(podsubresources.validate_resize(make.changed(old, {"spec": patch}), old))


def amounts(**resources: Any) -> harness.Patch:
    return harness.containers({"resources": resources})


@pytest.mark.parametrize(
    "before, patch, expected",
    [
        (
            {},
            harness.containers({}, {"name": "b"}),
            ["spec.containers: Forbidden: pod updates may not add or remove containers"],
        ),
        (
            {},
            {"containers": []},
            [
                "spec.containers: Required value",
                "spec.containers: Forbidden: pod updates may not add or remove containers",
            ],
        ),
        (
            {},
            harness.containers({"image": ""}),
            ["spec.containers[0].image: Required value", "spec.containers[0].image: Required value"],
        ),
        (
            {},
            harness.containers({"image": " app:2"}),
            [
                'spec.containers[0].image: Invalid value: " app:2": must not have leading or trailing whitespace',
                'spec.containers[0].image: Invalid value: " app:2": must not have leading or trailing whitespace',
            ],
        ),
        ({}, harness.containers({"name": "b"}), ["spec: Forbidden: pod updates may not change fields other than ..."]),
        (
            {},
            harness.containers({"command": ["sh"]}),
            ["spec: Forbidden: pod updates may not change fields other than ..."],
        ),
        ({}, {"nodeName": "n"}, ["spec: Forbidden: pod updates may not change fields other than ..."]),
        ({}, {"restartPolicy": "Never"}, ["spec: Forbidden: pod updates may not change fields other than ..."]),
        (
            {"initContainers": [{"name": "i", "image": "i:1"}]},
            {"initContainers": []},
            ["spec.initContainers: Forbidden: pod updates may not add or remove containers"],
        ),
        (
            {"activeDeadlineSeconds": 10},
            {"activeDeadlineSeconds": 11},
            ["spec.activeDeadlineSeconds: Invalid value: 11: must be less than or equal to previous value"],
        ),
        (
            {"activeDeadlineSeconds": 10},
            {"activeDeadlineSeconds": None},
            ["spec.activeDeadlineSeconds: Invalid value: null: must not update from a positive integer to ..."],
        ),
        (
            {},
            {"activeDeadlineSeconds": -1},
            [
                "spec.activeDeadlineSeconds: Invalid value: -1: must be between 1 and 2147483647, inclusive",
                "spec.activeDeadlineSeconds: Invalid value: -1: must be between 0 and 2147483647, inclusive",
            ],
        ),
        (
            {"terminationGracePeriodSeconds": 5},
            {"terminationGracePeriodSeconds": 1},
            ["spec: Forbidden: pod updates may not change fields other than ..."],
        ),
        (
            {"tolerations": [KEPT]},
            {"tolerations": []},
            ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
        ),
        (
            {"tolerations": [KEPT]},
            {"tolerations": [{**KEPT, "effect": "NoSchedule"}]},
            ["spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds"],
        ),
        (
            {"tolerations": [KEPT]},
            {"tolerations": [KEPT, {"key": "b", "operator": "Odd"}]},
            [
                'spec.tolerations[1].operator: Unsupported value: "Odd": supported values: "Equal", "Exists"',
                'spec.tolerations[1].operator: Unsupported value: "Odd": supported values: "Equal", "Exists"',
            ],
        ),
        (
            {},
            {"schedulingGates": [{"name": "g"}]},
            ["spec.schedulingGates[0].name: Forbidden: only deletion is allowed, but found new scheduling ..."],
        ),
        (
            GATED,
            {"schedulingGates": [{"name": "g"}, {"name": "i"}]},
            ["spec.schedulingGates[1].name: Forbidden: only deletion is allowed, but found new scheduling ..."],
        ),
        (GATED, {"nodeName": "n"}, ["spec: Forbidden: pod updates may not change fields other than ..."]),
        ({}, {"nodeSelector": {"a": "b"}}, ["spec: Forbidden: pod updates may not change fields other than ..."]),
        (
            {**GATED, "nodeSelector": {"a": "b"}},
            {"nodeSelector": {"a": "c"}},
            ['spec.nodeSelector: Invalid value: {"a":"c"}: only additions to spec.nodeSelector are allowed ...'],
        ),
        (
            {**GATED, "nodeSelector": {"a": "b"}},
            {"nodeSelector": {"a": None}},
            ["spec.nodeSelector: Invalid value: null: only additions to spec.nodeSelector are allowed (no ..."],
        ),
        (
            {**GATED, **to_nodes(label("a"))},
            {"affinity": None},
            ["spec.affinity.nodeAffinity.required.nodeSelectorTerms: Invalid value: null: no ..."],
        ),
        (
            {**GATED, **to_nodes(label("a"))},
            to_nodes(label("a", "x", "y")),
            ["spec.affinity.nodeAffinity.required.nodeSelectorTerms[0]: Invalid value: ..."],
        ),
        (
            {**GATED, **to_nodes(label("a"))},
            to_nodes(label("a"), label("b")),
            ["spec.affinity.nodeAffinity.required.nodeSelectorTerms: Invalid value: ..."],
        ),
        ({}, to_nodes(label("a")), ["spec: Forbidden: pod updates may not change fields other than ..."]),
    ],
)
def test_updates_that_are_refused(
    before: harness.Patch, patch: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, before, patch), expected)


@pytest.mark.parametrize(
    "before, patch, expected",
    [
        ({}, harness.containers({"image": "app:2"}), []),
        ({"initContainers": [{"name": "i", "image": "i:1"}]}, {"initContainers": [{"name": "i", "image": "i:2"}]}, []),
        ({}, {"activeDeadlineSeconds": 10}, []),
        ({"activeDeadlineSeconds": 10}, {"activeDeadlineSeconds": 9}, []),
        ({"tolerations": [KEPT]}, {"tolerations": [{**KEPT, "tolerationSeconds": 5}, {"operator": "Exists"}]}, []),
        (GATED, {"schedulingGates": [{"name": "h"}]}, []),
        (GATED, {"schedulingGates": None}, []),
        ({**GATED, "nodeSelector": {"a": "b"}}, {"nodeSelector": {"c": "d"}}, []),
        (GATED, to_nodes(label("a")), []),
        (
            {**GATED, **to_nodes(label("a"))},
            to_nodes({"matchExpressions": [*label("a")["matchExpressions"], *label("b")["matchExpressions"]]}),
            [],
        ),
        ({**GATED, **to_nodes(label("a"))}, to_nodes(label("a"), preferred=True), []),
    ],
)
def test_updates_that_are_accepted(
    before: harness.Patch, patch: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(wrong(make, before, patch), expected)


def test_a_negative_grace_period_of_old_may_become_one(make: harness.Maker) -> None:
    old = make.minimal("v1/Pod")
    old["spec"]["terminationGracePeriodSeconds"] = -1
    new = make.changed(old, {"spec": {"terminationGracePeriodSeconds": 1}})
    assert not harness.texts(pods.validate_pod_update(new, old))


def test_the_refusal_says_first_what_may_change(make: harness.Maker) -> None:
    assert wrong(make, {}, {"hostname": "a"}) == [ONLY]


def differing(make: harness.Maker, before: harness.Patch, patch: harness.Patch) -> list[str]:
    """The lines that the refusal of a patch shows as different."""
    old = make.minimal("v1/Pod", {"spec": before})
    (error,) = harness.texts(pods.validate_pod_update(make.changed(old, {"spec": patch}), old))
    return [line for line in error.split("\n") if line.startswith(("-", "+", "@"))]


def test_the_refusal_shows_the_differing_lines_of_the_internal_type(make: harness.Maker) -> None:
    old = make.minimal("v1/Pod")
    new = make.changed(old, {"spec": {"serviceAccountName": "robot"}})
    (error,) = harness.texts(pods.validate_pod_update(new, old))
    assert error.partition("\n")[2] == (
        '@@ -40,7 +40,7 @@\n  "ActiveDeadlineSeconds": null,\n  "DNSPolicy": "ClusterFirst",\n  "NodeSelector": null,\n'
        '- "ServiceAccountName": "",\n+ "ServiceAccountName": "robot",\n  "AutomountServiceAccountToken": null,\n'
        '  "NodeName": "",\n  "SecurityContext": {\n'
    )


@pytest.mark.parametrize(
    "before, patch, expected",
    [
        (
            {},
            harness.containers({"command": ["sh"], "image": "app:2"}),
            ['-   "Command": null,', '+   "Command": [', '+    "sh"', "+   ],"],
        ),
        ({}, {"hostNetwork": True}, ['-  "HostNetwork": false,', '+  "HostNetwork": true,']),
        (
            {"imagePullSecrets": [{"name": "a"}]},
            {"imagePullSecrets": []},
            ['- "ImagePullSecrets": [', "-  {", '-   "Name": "a"', "-  }", "- ],", '+ "ImagePullSecrets": [],'],
        ),
        ({}, {"nodeName": "n", "activeDeadlineSeconds": 10}, ['- "NodeName": "",', '+ "NodeName": "n",']),
    ],
)
def test_what_may_change_is_not_shown_as_different(
    before: harness.Patch, patch: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert differing(make, before, patch)[1:] == expected


def test_fields_that_are_given_as_go_has_them_anyway_are_no_change(make: harness.Maker) -> None:
    old = make.minimal("v1/Pod")
    new = make.changed(old, {"spec": {}})
    new["spec"]["containers"][0] |= {"stdin": False, "args": [], "workingDir": ""}
    assert not harness.texts(pods.validate_pod_update(new, old))


def test_a_changed_container_for_debugging_is_shown(make: harness.Maker) -> None:
    (error,) = debug(make, {"name": "d", "image": "sh:1"}, {"name": "d", "image": "sh:2"})
    assert error.startswith(
        'spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be changed\n'
    )
    assert '\n {\n  "Name": "d",\n- "Image": "sh:1",\n+ "Image": "sh:2",\n  "Command": null,\n' in error


def test_a_mirror_stays_one(make: harness.Maker) -> None:
    annotation = "kubernetes.io/config.mirror"
    plain = make.minimal("v1/Pod", {"spec": {"nodeName": "n"}})
    mirror = make.changed(plain, {"metadata": {"annotations": {annotation: "x"}}})
    other = make.changed(plain, {"metadata": {"annotations": {annotation: "y"}}})
    at = f"metadata.annotations[{annotation}]: Forbidden: may not"
    assert harness.texts(pods.validate_pod_update(mirror, plain)) == [f"{at} add mirror pod annotation"]
    assert harness.texts(pods.validate_pod_update(plain, mirror)) == [f"{at} remove or update mirror pod annotation"]
    assert harness.texts(pods.validate_pod_update(other, mirror)) == [f"{at} remove or update mirror pod annotation"]


@pytest.mark.parametrize(
    "old, new, expected",
    [
        ({}, [{"name": "app"}], ['spec.ephemeralContainers[0].name: Duplicate value: "app"']),
        ({}, [{"name": "d"}, {"name": "d"}], ['spec.ephemeralContainers[1].name: Duplicate value: "d"']),
        (
            {},
            [{"name": "d", "targetContainerName": "other"}],
            ['spec.ephemeralContainers[0].targetContainerName: Not found: "other"'],
        ),
        ({}, [{"name": "d", "image": ""}], ["spec.ephemeralContainers[0].image: Required value"]),
        (
            {},
            [{"name": "d", "image": " sh"}],
            ['spec.ephemeralContainers[0].image: Invalid value: " sh": must not have leading or trailing ...'],
        ),
        (
            {},
            [
                {
                    "name": "d",
                    "ports": [{"containerPort": 80}],
                    "resources": {"limits": {"cpu": "1"}},
                    "livenessProbe": {},
                    "lifecycle": {},
                }
            ],
            [
                "spec.ephemeralContainers[0].ports: Forbidden: cannot be set for an Ephemeral Container",
                "spec.ephemeralContainers[0].resources: Forbidden: cannot be set for an Ephemeral Container",
                "spec.ephemeralContainers[0].livenessProbe: Forbidden: cannot be set for an Ephemeral Container",
                "spec.ephemeralContainers[0].lifecycle: Forbidden: cannot be set for an Ephemeral Container",
            ],
        ),
        (
            {"name": "d", "image": "sh"},
            [],
            ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be removed'],
        ),
        (
            {"name": "d", "image": "sh"},
            [{"name": "e"}],
            ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be removed'],
        ),
        (
            {"name": "d", "image": "sh"},
            [{"name": "d", "image": "bash"}],
            ['spec.ephemeralContainers: Forbidden: existing ephemeral containers "d" may not be ...'],
        ),
    ],
)
def test_containers_for_debugging_that_are_refused(
    old: harness.Patch, new: list[harness.Patch], expected: list[str], make: harness.Maker
) -> None:
    assert harness.said([text.strip() for text in debug(make, old, *new)], expected)


def test_containers_for_debugging_may_be_added(make: harness.Maker) -> None:
    assert not debug(make, {}, {"name": "d", "targetContainerName": "app"})
    assert not debug(make, {"name": "d", "image": "sh"}, {"name": "d"}, {"name": "e", "image": "bash"})


def test_mirrors_are_not_debugged(make: harness.Maker) -> None:
    annotations = {"kubernetes.io/config.mirror": "x"}
    assert debug(make, {}, {"name": "d"}, annotations=annotations) == [
        ": Forbidden: static pods do not support ephemeral containers"
    ]


@pytest.mark.parametrize(
    "before, patch, expected",
    [
        (
            amounts(limits={"cpu": "1"}),
            amounts(requests={"cpu": "2"}, limits={"cpu": "1"}),
            ['spec.containers[0].resources.requests: Invalid value: "2": must be less than or equal to cpu ...'],
        ),
        (
            amounts(requests={"cpu": "1"}),
            amounts(),
            [
                'spec: Invalid value: "": Pod QOS Class may not change as a result of resizing',
                "spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed",
            ],
        ),
        (
            amounts(requests={"cpu": "1", "memory": "1Gi"}),
            amounts(requests={"cpu": "1"}),
            ["spec.containers[0].resources.requests: Forbidden: resource requests cannot be removed"],
        ),
        (
            amounts(requests={"ephemeral-storage": "1Gi", "cpu": "1"}),
            amounts(requests={"ephemeral-storage": "2Gi", "cpu": "1"}),
            ["spec: Forbidden: only cpu and memory resources are mutable"],
        ),
        (
            amounts(requests={"cpu": "1"}),
            harness.containers({"image": "app:2", "resources": {"requests": {"cpu": "1"}}}),
            ["spec: Forbidden: only cpu and memory resources are mutable"],
        ),
        (
            amounts(requests={"cpu": "1"}),
            harness.containers({"name": "b", "resources": {"requests": {"cpu": "1"}}}),
            ["spec.containers[0].name: Forbidden: containers may not be renamed or reordered on resize"],
        ),
        (
            amounts(requests={"cpu": "1"}),
            harness.containers({"resources": {"requests": {"cpu": "1"}}}, {"name": "b"}),
            ["spec.containers: Forbidden: containers may not be added or removed on resize"],
        ),
        (
            amounts(requests={"cpu": "1"}),
            {"nodeName": "n"},
            ["spec: Forbidden: only cpu and memory resources are mutable"],
        ),
        (
            {"initContainers": [{"name": "i", "image": "i"}]},
            {"initContainers": [{"name": "i", "image": "j"}]},
            ["spec.initContainers[0]: Forbidden: only cpu and memory resources for init or sidecar ..."],
        ),
        (
            {"resources": {"requests": {"cpu": "1"}}},
            {"resources": None},
            [
                'spec: Invalid value: "": Pod QOS Class may not change as a result of resizing',
                "spec.resources: Forbidden: pod-level resources cannot be removed",
            ],
        ),
        (
            {"resources": {"requests": {"cpu": "1", "memory": "1Gi"}}},
            {"resources": {"requests": {"memory": None}}},
            ["spec.resources.requests: Forbidden: pod-level resource requests cannot be removed"],
        ),
        (
            {"resources": {"limits": {"hugepages-2Mi": "2Mi", "cpu": "1"}}},
            {"resources": {"limits": {"hugepages-2Mi": "4Mi"}, "requests": {"hugepages-2Mi": "4Mi"}}},
            ["spec: Forbidden: only cpu and memory resources are mutable at pod-level"],
        ),
        ({"os": {"name": "windows"}}, {}, [": Forbidden: windows pods cannot be resized"]),
    ],
)
def test_resizes_that_are_refused(
    before: harness.Patch, patch: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(resize(make, before, patch), expected)


@pytest.mark.parametrize(
    "before, patch, expected",
    [
        (amounts(requests={"cpu": "1"}), amounts(requests={"cpu": "500m"}), []),
        (amounts(requests={"cpu": "1"}), amounts(requests={"cpu": "1", "memory": "1Gi"}), []),
        (amounts(limits={"cpu": "1", "memory": "1Gi"}), amounts(limits={"cpu": "2", "memory": "2Gi"}), []),
        ({"resources": {"requests": {"cpu": "1"}}}, {"resources": {"requests": {"cpu": "2"}}}, []),
    ],
)
def test_resizes_that_are_accepted(
    before: harness.Patch, patch: harness.Patch, expected: list[str], make: harness.Maker
) -> None:
    assert harness.said(resize(make, before, patch), expected)


def test_a_pod_is_resized_where_its_node_can(make: harness.Maker) -> None:
    running = {"name": "app", "state": {"running": {}}}
    before, patch = amounts(requests={"cpu": "1"}), amounts(requests={"cpu": "2"})
    assert resize(make, before, patch, status={"containerStatuses": [running]}) == [
        "spec: Forbidden: Pod running on node without support for resize"
    ]
    assert not resize(make, before, patch, status={"containerStatuses": [{**running, "resources": {}}]})
    assert not resize(make, before, patch, status={"containerStatuses": [{"name": "app"}]})
