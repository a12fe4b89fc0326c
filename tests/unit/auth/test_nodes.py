"""What kubelets may do, and that it has to do with the pods of their node."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kroute.auth import authorization, nodes
from tests.unit.auth import worlds

KUBELET, OTHER = (worlds.user(f"system:node:{name}", "system:nodes", "system:authenticated") for name in ("n1", "n2"))
STORAGE, RESOURCE = "storage.k8s.io", "resource.k8s.io"
RESOURCES = [("pods", "", True), ("persistentvolumes", "", False)]
RESOURCES += [("volumeattachments", STORAGE, False), ("resourceslices", RESOURCE, False)]
CORE = "/api/v1/namespaces/ns"
POD: Any = {
    "spec": {
        "nodeName": "n1",
        "serviceAccountName": "robot",
        "imagePullSecrets": [{"name": "pull"}],
        "containers": [
            {
                "envFrom": [{"secretRef": {"name": "env-from"}}, {"configMapRef": {"name": "env-from"}}],
                "env": [{"valueFrom": {"secretKeyRef": {"name": "env"}}}, {"valueFrom": {"fieldRef": {}}}],
            }
        ],
        "initContainers": [{"env": [{"valueFrom": {"configMapKeyRef": {"name": "init"}}}, {"value": "x"}]}],
        "volumes": [
            {"name": "a", "secret": {"secretName": "mounted"}},
            {"name": "b", "configMap": {"name": "mounted"}},
            {"name": "c", "projected": {"sources": [{"secret": {"name": "projected"}}, {"downwardAPI": {}}]}},
            {"name": "d", "persistentVolumeClaim": {"claimName": "disk"}},
            {"name": "e", "ephemeral": {"volumeClaimTemplate": {}}},
            {"name": "f", "csi": {"driver": "d", "nodePublishSecretRef": {"name": "csi"}}},
            {"name": "g", "emptyDir": {}},
        ],
        "resourceClaims": [{"name": "gpu", "resourceClaimName": "gpu"}, {"name": "made"}],
    },
    "status": {"resourceClaimStatuses": [{"name": "made", "resourceClaimName": "made-1"}]},
}
USED = [
    "secrets/pull",
    "secrets/env-from",
    "secrets/env",
    "secrets/mounted",
    "secrets/projected",
    "secrets/csi",
    "configmaps/env-from",
    "configmaps/init",
    "configmaps/mounted",
    "persistentvolumeclaims/disk",
    "persistentvolumeclaims/web-e",
    "serviceaccounts/robot",
    "pods/web",
]


@pytest.fixture
async def world() -> AsyncIterator[worlds.World]:
    async with worlds.world(RESOURCES) as made:
        yield made


@pytest.fixture
def kubelets(world: worlds.World) -> nodes.Nodes:
    made = nodes.Nodes()
    made.attach(world)
    return made


@pytest.mark.parametrize("path", [*(f"{CORE}/{each}" for each in USED)])
async def test_it_reads_what_its_pods_use(world: worlds.World, kubelets: nodes.Nodes, path: str) -> None:
    assert not await worlds.allows(kubelets, KUBELET, "GET", path)
    await world.put("pods", "ns/web", POD, "")
    assert await worlds.allows(kubelets, KUBELET, "GET", path)
    assert not await worlds.allows(kubelets, OTHER, "GET", path)
    assert not await worlds.allows(kubelets, KUBELET, "GET", path.replace("/ns/", "/other/"))
    assert not await worlds.allows(kubelets, KUBELET, "PUT", path)
    await world.remove("pods", "ns/web", "")
    assert not await worlds.allows(kubelets, KUBELET, "GET", path)


@pytest.mark.parametrize("name", ["gpu", "made-1"])
async def test_it_reads_the_resource_claims_of_its_pods(world: worlds.World, kubelets: nodes.Nodes, name: str) -> None:
    await world.put("pods", "ns/web", POD, "")
    path = f"/apis/{RESOURCE}/v1/namespaces/ns/resourceclaims/{name}"
    assert await worlds.allows(kubelets, KUBELET, "GET", path)
    assert not await worlds.allows(kubelets, KUBELET, "GET", f"{path}/status")


async def test_what_two_pods_use_stays_readable_until_both_are_gone(world: worlds.World, kubelets: nodes.Nodes) -> None:
    for name in ("a", "b"):
        await world.put("pods", f"ns/{name}", POD, "")
    await world.remove("pods", "ns/a", "")
    assert await worlds.allows(kubelets, KUBELET, "GET", f"{CORE}/secrets/pull")
    await world.remove("pods", "ns/b", "")
    assert not await worlds.allows(kubelets, KUBELET, "GET", f"{CORE}/secrets/pull")


async def test_a_pod_without_a_node_and_a_mirror_pod_give_nothing(world: worlds.World, kubelets: nodes.Nodes) -> None:
    await world.put("pods", "ns/waiting", {**POD, "spec": {**POD["spec"], "nodeName": ""}}, "")
    mirror = {"metadata": {"annotations": {"kubernetes.io/config.mirror": "x"}}, **POD}
    await world.put("pods", "ns/mirror", mirror, "")
    assert not await worlds.allows(kubelets, KUBELET, "GET", f"{CORE}/secrets/pull")
    assert await worlds.allows(kubelets, KUBELET, "GET", f"{CORE}/pods/mirror")


async def test_volumes_and_their_secrets_come_by_the_claim(world: worlds.World, kubelets: nodes.Nodes) -> None:
    ref = {"namespace": "ns", "name": "disk"}
    spec = {"claimRef": ref, "csi": {"nodeStageSecretRef": {"namespace": "keys", "name": "stage"}}}
    await world.put("persistentvolumes", "v", {"spec": spec}, "")
    paths = ["/api/v1/persistentvolumes/v", "/api/v1/namespaces/keys/secrets/stage"]
    for path in paths:
        assert not await worlds.allows(kubelets, KUBELET, "GET", path)
    await world.put("pods", "ns/web", POD, "")
    for path in paths:
        assert await worlds.allows(kubelets, KUBELET, "GET", path)
        assert not await worlds.allows(kubelets, OTHER, "GET", path)
    await world.put("persistentvolumes", "v", {"spec": {}}, "")
    for path in paths:
        assert not await worlds.allows(kubelets, KUBELET, "GET", path)


async def test_attachments_and_slices_are_of_the_node_that_they_name(
    world: worlds.World, kubelets: nodes.Nodes
) -> None:
    await world.put("volumeattachments", "va", {"spec": {"nodeName": "n1"}}, STORAGE)
    await world.put("resourceslices", "s", {"spec": {"nodeName": "n1"}}, RESOURCE)
    attachment, slices = f"/apis/{STORAGE}/v1/volumeattachments/va", f"/apis/{RESOURCE}/v1/resourceslices"
    for who, own in ((KUBELET, True), (OTHER, False)):
        assert await worlds.allows(kubelets, who, "GET", attachment) is own
        assert await worlds.allows(kubelets, who, "DELETE", f"{slices}/s") is own
        assert await worlds.allows(kubelets, who, "GET", f"{slices}?fieldSelector=spec.nodeName%3Dn1") is own
        assert await worlds.allows(kubelets, who, "POST", slices)
        assert not await worlds.allows(kubelets, who, "GET", slices)


@pytest.mark.parametrize(
    "method, path, allowed, reason",
    [
        ("GET", "/api/v1/nodes/n1", True, ""),
        ("GET", "/api/v1/nodes/n2", False, "node 'n1' cannot read 'n2', only its own Node object"),
        ("GET", "/api/v1/nodes", False, "node 'n1' cannot read all nodes, only its own Node object"),
        ("GET", "/api/v1/nodes?watch=1&fieldSelector=metadata.name%3Dn1", True, ""),
        ("POST", "/api/v1/nodes", True, ""),
        ("DELETE", "/api/v1/nodes/n1", False, ""),
        ("PATCH", "/api/v1/nodes/n1/status", True, ""),
        ("GET", "/api/v1/nodes/n1/proxy", False, ""),
        ("GET", "/api/v1/pods", False, "can only list/watch pods with spec.nodeName field selector"),
        ("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn1", True, ""),
        ("GET", "/api/v1/pods?fieldSelector=spec.nodeName!%3Dn1", False, ""),
        ("GET", "/api/v1/pods?fieldSelector=spec.nodeName%3Dn2", False, ""),
        ("GET", "/api/v1/pods?fieldSelector=%3D%3D%3D", False, ""),
        ("POST", f"{CORE}/pods", True, ""),
        ("PATCH", f"{CORE}/pods/x", False, ""),
        ("PATCH", f"{CORE}/pods/x/status", True, ""),
        ("POST", f"{CORE}/pods/x/eviction", True, ""),
        ("POST", f"{CORE}/pods/x/exec", False, ""),
        ("GET", f"{CORE}/secrets", False, "No Object name found"),
        ("GET", "/api/v1/secrets", False, "can only read namespaced object of this type"),
        ("GET", f"{CORE}/secrets/x", False, "no relationship found between node 'n1' and this object"),
        ("DELETE", f"{CORE}/secrets/x", False, "can only read resources of this type"),
        ("POST", f"{CORE}/serviceaccounts/x/token", False, "no relationship found between node 'n1' and this object"),
        ("POST", f"{CORE}/serviceaccounts", False, "can only create tokens for individual service accounts"),
        ("GET", f"{CORE}/persistentvolumeclaims/x/status", False, "can only get/update/patch this type"),
        ("GET", f"{CORE}/persistentvolumeclaims", False, "can only get individual resources of this type"),
        ("PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1", True, ""),
        ("PUT", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n2", False, ""),
        ("POST", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", True, ""),
        ("PUT", "/apis/coordination.k8s.io/v1/namespaces/ns/leases/n1", False, ""),
        ("GET", "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases", False, ""),
        ("PATCH", "/apis/storage.k8s.io/v1/csinodes/n1", True, ""),
        ("GET", "/apis/storage.k8s.io/v1/csinodes/n2", False, ""),
        ("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", True, ""),
        ("GET", "/api/v1/services", True, ""),
        ("DELETE", f"{CORE}/services/x", False, ""),
        ("GET", "/healthz", False, ""),
    ],
)
async def test_the_rest_is_ruled(kubelets: nodes.Nodes, method: str, path: str, allowed: bool, reason: str) -> None:
    decision = await kubelets.authorize(KUBELET, worlds.request(method, path))
    assert (decision.verdict is authorization.Verdict.ALLOW) is allowed
    if reason:
        assert decision.reason == reason


async def test_tokens_are_made_for_the_accounts_of_its_pods(world: worlds.World, kubelets: nodes.Nodes) -> None:
    await world.put("pods", "ns/web", POD, "")
    assert await worlds.allows(kubelets, KUBELET, "POST", f"{CORE}/serviceaccounts/robot/token")
    assert not await worlds.allows(kubelets, OTHER, "POST", f"{CORE}/serviceaccounts/robot/token")


async def test_it_has_no_opinion_on_others(kubelets: nodes.Nodes) -> None:
    for who in (worlds.user("alice"), worlds.user("system:node:n1"), worlds.user("n1", "system:nodes")):
        assert await kubelets.authorize(who, worlds.request("GET", "/api/v1/nodes/n1")) == authorization.NO_OPINION
        assert await kubelets.rules_for(who, "ns") == authorization.NO_RULES
    nameless = await kubelets.authorize(worlds.user("system:node:", "system:nodes"), worlds.request("GET", "/x"))
    assert nameless.reason == 'unknown node for user "system:node:"'
    rules = await kubelets.rules_for(KUBELET, "ns")
    assert (rules.incomplete, rules.error) == (True, "node authorizer does not support user rule resolution")


async def test_before_it_knows_any_stores_nothing_has_to_do_with_a_node() -> None:
    assert not await worlds.allows(nodes.Nodes(), KUBELET, "GET", f"{CORE}/secrets/pull")
