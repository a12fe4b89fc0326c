"""What admission makes of new objects, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.coreapi.conftest import Core

SCHEDULING, NODE = "/apis/scheduling.k8s.io/v1", "/apis/node.k8s.io/v1"
STORAGE, NETWORKING = "/apis/storage.k8s.io/v1", "/apis/networking.k8s.io/v1"
MOUNT = "/var/run/secrets/kubernetes.io/serviceaccount"


def pod(core: Core, *, name: str = "web", query: str = "", resources: Any = None, **spec: Any) -> Any:
    container: Any = {"name": "app", "image": "app:1"}
    if resources is not None:
        container["resources"] = resources
    return core.create(f"pods{query}", {"metadata": {"name": name}, "spec": {"containers": [container], **spec}})


def made(core: Core, **spec: Any) -> Any:
    found = pod(core, **spec)
    assert found.status == 201, found.body
    return found.body["spec"]


def refused(core: Core, **spec: Any) -> str:
    found = pod(core, **spec)
    assert found.status == 403, found.body
    message: str = found.message
    return message


def anywhere(core: Core, path: str, body: Any) -> str:
    """Create an object outside of namespaces under a name of the test's own; the name."""
    name = f"{core.namespace}-x"
    found = core.send("POST", path, {**body, "metadata": {"name": name, **body.get("metadata", {})}})
    assert found.status == 201, found.body
    return name


def test_a_pod_needs_an_account_that_is_there(core: Core) -> None:
    why = f'error looking up service account {core.namespace}/none: serviceaccount "none" not found'
    assert refused(core, serviceAccountName="none") == f'pods "web" is forbidden: {why}'


def test_a_pod_gets_a_token_and_pull_secrets(core: Core) -> None:
    account = {"metadata": {"name": "robot"}, "imagePullSecrets": [{"name": "pull"}]}
    assert core.create("serviceaccounts", account).status == 201
    spec = made(core, serviceAccount="robot")
    assert (spec["serviceAccountName"], spec["serviceAccount"]) == ("robot", "robot")
    assert spec["imagePullSecrets"] == [{"name": "pull"}]
    volume, mount = spec["volumes"][0], spec["containers"][0]["volumeMounts"][0]
    assert mount == {"name": volume["name"], "readOnly": True, "mountPath": MOUNT}
    assert volume["name"].startswith("kube-api-access-")


@pytest.mark.parametrize("where", ["pod", "account"])
def test_a_token_can_be_declined(core: Core, where: str) -> None:
    account = {"metadata": {"name": "robot"}, **({"automountServiceAccountToken": False} if where == "account" else {})}
    assert core.create("serviceaccounts", account).status == 201
    more = {"automountServiceAccountToken": False} if where == "pod" else {}
    assert "volumes" not in made(core, serviceAccountName="robot", **more)


def test_secrets_may_have_to_be_the_account_s(core: Core) -> None:
    metadata = {"name": "strict", "annotations": {"kubernetes.io/enforce-mountable-secrets": "true"}}
    warned = core.create("serviceaccounts", {"metadata": metadata, "secrets": [{"name": "mine"}]})
    assert "deprecated in v1.32+" in warned.headers["Warning"]
    volumes = [{"name": "v", "secret": {"secretName": "other"}}]
    found = refused(core, serviceAccountName="strict", volumes=volumes)
    assert 'volume with secret.secretName="other" is not allowed because service account strict' in found
    volumes[0]["secret"] = {"secretName": "mine"}
    assert made(core, serviceAccountName="strict", volumes=volumes)["serviceAccountName"] == "strict"


def test_priorities_come_from_classes(core: Core) -> None:
    name = anywhere(core, f"{SCHEDULING}/priorityclasses", {"value": 1000, "preemptionPolicy": "Never"})
    spec = made(core, priorityClassName=name)
    assert (spec["priority"], spec["preemptionPolicy"]) == (1000, "Never")
    spec = made(core, name="plain")
    assert (spec["priority"], spec["preemptionPolicy"]) == (0, "PreemptLowerPriority")
    assert made(core, name="system", priorityClassName="system-node-critical")["priority"] == 2000001000


@pytest.mark.parametrize(
    "spec, complaint",
    [
        ({"priorityClassName": "none"}, "no PriorityClass with name none was found"),
        ({"priority": 7}, "the integer value of priority (7) must not be provided in pod spec"),
        ({"preemptionPolicy": "Never"}, "the string value of PreemptionPolicy (Never) must not be provided"),
    ],
)
def test_priorities_are_not_the_client_s(core: Core, spec: Any, complaint: str) -> None:
    assert complaint in refused(core, **spec)


def test_there_is_one_default_class(core: Core) -> None:
    name = anywhere(core, f"{SCHEDULING}/priorityclasses", {"value": 5, "globalDefault": True})
    try:
        spec = made(core)
        assert (spec["priorityClassName"], spec["priority"]) == (name, 5)
        body = {"metadata": {"name": f"{name}2"}, "value": 6, "globalDefault": True}
        found = core.send("POST", f"{SCHEDULING}/priorityclasses", body)
        assert f"PriorityClass {name} is already marked as default. Only one default can exist" in found.message
    finally:
        assert core.send("DELETE", f"{SCHEDULING}/priorityclasses/{name}").status == 200


def test_pods_tolerate_lost_nodes_for_a_while(core: Core) -> None:
    given = [
        {"key": "node.kubernetes.io/not-ready", "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": 9}
    ]
    found = made(core, tolerations=given)["tolerations"]
    assert found[0] == given[0]
    assert [(each["key"], each["tolerationSeconds"]) for each in found[1:]] == [("node.kubernetes.io/unreachable", 300)]
    everything = [{"operator": "Exists"}]
    assert made(core, name="b", tolerations=everything)["tolerations"] == everything


def test_new_nodes_are_not_ready(core: Core) -> None:
    name = f"{core.namespace}-n"
    found = core.send("POST", "/api/v1/nodes", {"metadata": {"name": name}}).body
    assert found["spec"]["taints"] == [{"key": "node.kubernetes.io/not-ready", "effect": "NoSchedule"}]


def test_runtimes_bring_their_overhead_and_place(core: Core) -> None:
    body = {
        "handler": "runsc",
        "overhead": {"podFixed": {"cpu": "250m"}},
        "scheduling": {"nodeSelector": {"sandbox": "yes"}, "tolerations": [{"key": "sandbox", "operator": "Exists"}]},
    }
    name = anywhere(core, f"{NODE}/runtimeclasses", body)
    spec = made(core, runtimeClassName=name, nodeSelector={"disk": "ssd"})
    assert (spec["overhead"], spec["nodeSelector"]) == ({"cpu": "250m"}, {"disk": "ssd", "sandbox": "yes"})
    assert {"key": "sandbox", "operator": "Exists"} in spec["tolerations"]
    found = refused(core, name="b", runtimeClassName=name, nodeSelector={"sandbox": "no"})
    assert "runtimeClass.scheduling.nodeSelector[sandbox] = yes; pod.spec.nodeSelector[sandbox] = no" in found
    found = refused(core, name="b", runtimeClassName=name, overhead={"cpu": "1"})
    assert "Pod's Overhead doesn't match RuntimeClass's defined Overhead" in found
    assert "without corresponding RuntimeClass" in refused(core, name="b", overhead={"cpu": "1"})
    assert 'RuntimeClass "none" not found' in refused(core, name="b", runtimeClassName="none")


def test_claims_and_ingresses_get_the_default_class(core: Core) -> None:
    note = {"annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    storage = anywhere(core, f"{STORAGE}/storageclasses", {"metadata": note, "provisioner": "example.com/disk"})
    note = {"annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
    ingress = anywhere(core, f"{NETWORKING}/ingressclasses", {"metadata": note, "spec": {"controller": "e.com/c"}})
    spec = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}
    try:
        claim = core.create("persistentvolumeclaims", {"metadata": {"name": "a"}, "spec": spec}).body
        assert claim["spec"]["storageClassName"] == storage
        assert claim["metadata"]["finalizers"] == ["kubernetes.io/pvc-protection"]
        none = {"metadata": {"name": "b"}, "spec": {**spec, "storageClassName": ""}}
        assert core.create("persistentvolumeclaims", none).body["spec"]["storageClassName"] == ""
        backend = {"service": {"name": "web", "port": {"number": 80}}}
        body = {"metadata": {"name": "a"}, "spec": {"defaultBackend": backend}}
        assert core.create("ingresses", body, api=NETWORKING).body["spec"]["ingressClassName"] == ingress
    finally:
        assert core.send("DELETE", f"{STORAGE}/storageclasses/{storage}").status == 200
        assert core.send("DELETE", f"{NETWORKING}/ingressclasses/{ingress}").status == 200


def test_bound_claims_grow_where_their_class_lets_them(core: Core) -> None:
    fixed = anywhere(core, f"{STORAGE}/storageclasses", {"provisioner": "example.com/disk"})
    body = {"metadata": {"name": f"{fixed}2"}, "provisioner": "example.com/disk", "allowVolumeExpansion": True}
    assert core.send("POST", f"{STORAGE}/storageclasses", body).status == 201
    more = {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}
    for name, status in ((fixed, 403), (f"{fixed}2", 200)):
        resources = {"requests": {"storage": "1Gi"}}
        spec = {"accessModes": ["ReadWriteOnce"], "resources": resources, "storageClassName": name, "volumeName": "v"}
        assert core.create("persistentvolumeclaims", {"metadata": {"name": name}, "spec": spec}).status == 201
        early = core.patch(f"persistentvolumeclaims/{name}", more)
        assert early.status in (403, 422), "it isn't bound yet"
        assert core.patch(f"persistentvolumeclaims/{name}/status", {"status": {"phase": "Bound"}}).status == 200
        assert core.patch(f"persistentvolumeclaims/{name}", more).status == status
