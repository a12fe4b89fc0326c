"""Defaults that depend on other fields."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.filling import pods, quantities
from tests.unit.coreapi import harness

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    "image, policy",
    [
        ("app", "Always"),
        ("app:latest", "Always"),
        ("app:1", "IfNotPresent"),
        ("registry:5000/app", "Always"),
        ("registry:5000/app:1", "IfNotPresent"),
        ("localhost/a/b", "Always"),
        (f"app@{DIGEST}", "IfNotPresent"),
        (f"app:latest@{DIGEST}", "IfNotPresent"),
        ("0" * 64, "IfNotPresent"),
        ("Upper/case", "Always"),
        ("UPPER", "IfNotPresent"),
        ("not an image", "IfNotPresent"),
        ("a//b", "IfNotPresent"),
        ("", "IfNotPresent"),
    ],
)
def test_images_that_may_move_are_always_pulled(image: str, policy: str) -> None:
    assert pods.pull_policy(image) == policy


@pytest.mark.timeout(5)
def test_a_long_image_name_is_read_quickly() -> None:
    assert pods.pull_policy("a-" * 20_000 + "!") == "IfNotPresent"


@pytest.mark.parametrize(
    "given, rounded",
    [("0.0001", "1m"), ("100u", "1m"), ("1n", "1m"), ("0.1", "100m"), ("1.5Gi", "1536Mi"), ("1500m", "1500m"),
     ("-0.0001", "-1m")],
)  # fmt: skip
def test_resources_are_counted_in_whole_thousandths(given: str, rounded: str) -> None:
    obj: dict[str, Any] = {"limits": {"cpu": given}, "requests": None}
    quantities.rounding(["limits", "requests"])(obj)
    assert obj == {"limits": {"cpu": rounded}, "requests": None}


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"serviceAccount": "old"}, {"serviceAccount": "old", "serviceAccountName": "old"}),
        ({"serviceAccountName": "new"}, {"serviceAccount": "new", "serviceAccountName": "new"}),
        ({"serviceAccount": "old", "serviceAccountName": "new"},
         {"serviceAccount": "new", "serviceAccountName": "new"}),
        ({"terminationGracePeriodSeconds": -5}, {"terminationGracePeriodSeconds": 1}),
        ({"terminationGracePeriodSeconds": 0}, {"terminationGracePeriodSeconds": 0}),
        ({"volumes": [{"name": "v"}]}, {"volumes": [{"name": "v", "emptyDir": {}}]}),
        ({"volumes": [{"name": "v", "image": {"reference": "app"}}]},
         {"volumes": [{"name": "v", "image": {"reference": "app", "pullPolicy": "Always"}}]}),
    ],
)  # fmt: skip
def test_pods(spec: harness.Patch, expected: harness.Patch, make: harness.Maker) -> None:
    found = make.minimal("v1/Pod", {"spec": spec})["spec"]
    assert {key: found[key] for key in expected} == expected


def test_a_limit_is_requested_where_nothing_else_is(make: harness.Maker) -> None:
    resources = {"limits": {"cpu": "1", "memory": "1Gi"}, "requests": {"cpu": "100m"}}
    pod = make.minimal("v1/Pod", {"spec": harness.containers({"resources": resources})})
    assert pod["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "100m", "memory": "1Gi"}


def test_templates_request_only_what_they_say(make: harness.Maker) -> None:
    spec = harness.containers({"resources": {"limits": {"cpu": "1"}}, "ports": [{"containerPort": 80}]})
    template = {"spec": {"template": {"spec": {**spec, "hostNetwork": True}}}}
    container = make.minimal("apps/v1/Deployment", template)["spec"]["template"]["spec"]["containers"][0]
    assert container["resources"] == {"limits": {"cpu": "1"}}
    assert container["ports"] == [{"containerPort": 80, "protocol": "TCP"}]


def test_ports_on_the_network_of_a_host_are_the_host_s(make: harness.Maker) -> None:
    spec = harness.containers({"ports": [{"containerPort": 80}, {"containerPort": 81, "hostPort": 8081}]})
    pod = make.minimal("v1/Pod", {"spec": {**spec, "hostNetwork": True}})
    assert [port["hostPort"] for port in pod["spec"]["containers"][0]["ports"]] == [80, 8081]


@pytest.mark.parametrize(
    "whole, own, expected",
    [
        ({}, {"limits": {"cpu": "1"}}, {}),
        ({"limits": {"cpu": "2"}}, {}, {"limits": {"cpu": "2"}, "requests": {"cpu": "2"}}),
        ({"limits": {"cpu": "2"}}, {"requests": {"cpu": "1"}}, {"limits": {"cpu": "2"}, "requests": {"cpu": "1"}}),
        ({"limits": {"cpu": "2"}, "requests": {"cpu": "1500m"}}, {"requests": {"cpu": "1"}},
         {"limits": {"cpu": "2"}, "requests": {"cpu": "1500m"}}),
        ({"requests": {"cpu": "1"}}, {"limits": {"hugepages-2Mi": "4Mi", "cpu": "1"}},
         {"limits": {"hugepages-2Mi": "4Mi"}, "requests": {"cpu": "1", "hugepages-2Mi": "4Mi"}}),
    ],
)  # fmt: skip
def test_resources_of_a_whole_pod_are_completed_by_its_containers(
    whole: harness.Patch, own: harness.Patch, expected: harness.Patch, make: harness.Maker
) -> None:
    pod = make.minimal("v1/Pod", {"spec": {**harness.containers({"resources": own}), "resources": whole}})
    assert pod["spec"]["resources"] == expected


@pytest.mark.parametrize("stage", ["alpha", "beta"])
def test_annotations_from_before_there_were_init_containers_are_dropped(stage: str, make: harness.Maker) -> None:
    old = {f"pod.{stage}.kubernetes.io/init-containers": "[]"}
    pod = make.minimal("v1/Pod", {"metadata": {"annotations": {**old, "a": "b"}}})
    assert pod["metadata"]["annotations"] == {"a": "b"}
    assert "annotations" not in make.minimal("v1/Pod", {"metadata": {"annotations": old}})["metadata"]


@pytest.mark.parametrize(
    "status, expected",
    [
        ({"podIP": "10.0.0.1"}, {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]}),
        ({"podIPs": [{"ip": "10.0.0.1"}]}, {"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]}),
        ({"podIP": "10.0.0.2", "podIPs": [{"ip": "10.0.0.1"}]},
         {"podIP": "10.0.0.2", "podIPs": [{"ip": "10.0.0.2"}]}),
    ],
)  # fmt: skip
def test_the_address_of_a_pod_is_among_its_addresses(
    status: harness.Patch, expected: harness.Patch, make: harness.Maker
) -> None:
    assert make.minimal("v1/Pod", {"status": status})["status"] == {**expected}


@pytest.mark.parametrize(
    "kind, spec, field, expected",
    [
        ("apps/v1/Deployment", {}, "strategy",
         {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}),
        ("apps/v1/Deployment", {"strategy": {"type": "Recreate"}}, "strategy", {"type": "Recreate"}),
        ("apps/v1/Deployment", {"strategy": {"rollingUpdate": {"maxSurge": 1}}}, "strategy",
         {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": 1}}),
        ("apps/v1/DaemonSet", {}, "updateStrategy",
         {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0}}),
        ("apps/v1/DaemonSet", {"updateStrategy": {"type": "OnDelete"}}, "updateStrategy", {"type": "OnDelete"}),
        ("apps/v1/StatefulSet", {}, "updateStrategy", {"type": "RollingUpdate", "rollingUpdate": {"partition": 0}}),
        ("apps/v1/StatefulSet", {"updateStrategy": {"type": "RollingUpdate"}}, "updateStrategy",
         {"type": "RollingUpdate"}),
        ("v1/ReplicationController", {"selector": None}, "selector", harness.LABELS),
        ("batch/v1/Job", {}, "completions", 1),
        ("batch/v1/Job", {"parallelism": 2}, "completions", None),
        ("batch/v1/Job", {"backoffLimitPerIndex": 1}, "backoffLimit", 2**31 - 1),
        ("batch/v1/Job", {"podFailurePolicy": {"rules": []}}, "podReplacementPolicy", "Failed"),
    ],
)  # fmt: skip
def test_workloads(kind: str, spec: harness.Patch, field: str, expected: Any, make: harness.Maker) -> None:
    assert make.minimal(kind, {"spec": spec})["spec"].get(field) == expected


@pytest.mark.parametrize("kind", ["v1/ReplicationController", "batch/v1/Job"])
def test_workloads_of_old_take_the_labels_of_their_templates(kind: str, make: harness.Maker) -> None:
    assert make.minimal(kind)["metadata"]["labels"] == harness.LABELS
    own = make.minimal(kind, {"metadata": {"labels": {"own": "1"}}})
    assert own["metadata"]["labels"] == {"own": "1"}


def test_scaling_is_described_in_both_directions_or_not_at_all(make: harness.Maker) -> None:
    kind = "autoscaling/v2/HorizontalPodAutoscaler"
    percent = {"type": "Percent", "value": 100, "periodSeconds": 15}
    assert "behavior" not in make.minimal(kind)["spec"]
    made = make.minimal(kind, {"spec": {"behavior": {"scaleDown": {"selectPolicy": "Min"}}}})["spec"]["behavior"]
    assert made["scaleDown"] == {"selectPolicy": "Min", "policies": [percent]}
    assert made["scaleUp"]["policies"] == [{"type": "Pods", "value": 4, "periodSeconds": 15}, percent]


@pytest.mark.parametrize(
    "kind, body, expected",
    [
        ("v1/Secret", {"data": {"a": "eA=="}, "stringData": {"a": "y", "b": "é"}},
         {"data": {"a": "eQ==", "b": "w6k="}, "type": "Opaque"}),
        ("v1/Namespace", {"metadata": {"name": "n", "labels": {"a": "b"}}},
         {"metadata": {"name": "n", "labels": {"a": "b", "kubernetes.io/metadata.name": "n"}}}),
        ("v1/Node", {"spec": {"podCIDR": "10.0.0.0/24"}, "status": {"capacity": {"cpu": "2"}}},
         {"spec": {"podCIDR": "10.0.0.0/24", "podCIDRs": ["10.0.0.0/24"]}}),
        ("v1/Service", {"spec": {"ports": [{"port": 80}], "sessionAffinityConfig": {"clientIP": {}}}},
         {"spec": {"type": "ClusterIP", "sessionAffinity": "None", "internalTrafficPolicy": "Cluster",
                   "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}]}}),
        ("v1/Service", {"spec": {"type": "ExternalName", "externalName": "a.b"}},
         {"spec": {"type": "ExternalName", "externalName": "a.b", "sessionAffinity": "None"}}),
        ("networking.k8s.io/v1/NetworkPolicy", {"spec": {"egress": [{}]}},
         {"spec": {"podSelector": {}, "egress": [{}], "policyTypes": ["Ingress", "Egress"]}}),
        ("rbac.authorization.k8s.io/v1/RoleBinding",
         {"subjects": [{"kind": "ServiceAccount", "name": "a"}, {"kind": "User", "name": "b"}],
          "roleRef": {"kind": "Role", "name": "c"}},
         {"subjects": [{"kind": "ServiceAccount", "name": "a"},
                       {"kind": "User", "name": "b", "apiGroup": "rbac.authorization.k8s.io"}],
          "roleRef": {"kind": "Role", "name": "c", "apiGroup": "rbac.authorization.k8s.io"}}),
        ("v1/LimitRange", {"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1"}}]}},
         {"spec": {"limits": [{"type": "Container", "max": {"cpu": "2"}, "min": {"cpu": "1"}, "default": {"cpu": "2"},
                               "defaultRequest": {"cpu": "2"}}]}}),
    ],
)  # fmt: skip
def test_other_kinds(kind: str, body: harness.Patch, expected: harness.Patch, make: harness.Maker) -> None:
    made = make(kind, body)
    assert {key: made.get(key) for key in expected} == expected
    assert "stringData" not in made


def test_a_taint_of_a_device_says_when_it_was_added(make: harness.Maker) -> None:
    taint = {"key": "a", "effect": "NoSchedule"}
    body = {"spec": {"driver": "d", "devices": [{"name": "a", "taints": [taint]}]}}
    made = make("resource.k8s.io/v1/ResourceSlice", body)["spec"]["devices"][0]["taints"][0]
    assert made["timeAdded"].endswith("Z")
