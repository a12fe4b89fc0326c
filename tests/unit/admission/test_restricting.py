"""Plugins that ask who somebody is or what he may do: kubelets, owners, signers."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from kroute.admission.plugins import certificates, node_restriction, owner_references
from kroute.machinery import context, errors
from tests.unit.admission import requests

KUBELET = context.User("system:node:n1", groups=("system:nodes", "system:authenticated"))
NODE = {"metadata": {"name": "n1", "uid": "u1"}}
OWNER = {"apiVersion": "v1", "kind": "Node", "name": "n1", "uid": "u1", "controller": True}
MIRROR = {"kubernetes.io/config.mirror": "x"}


def plugin(*pods: Any) -> node_restriction.NodeRestriction:
    return node_restriction.NodeRestriction(pods=requests.lookup(*pods), nodes=requests.lookup(NODE))


def pod(*, node: str = "n1", owners: Any = (OWNER,), annotations: Any = MIRROR, **spec: Any) -> Any:
    metadata = {
        "name": "p", "namespace": "default", "uid": "p1", "ownerReferences": list(owners), "annotations": annotations,
    }  # fmt: skip
    return {"metadata": metadata, "spec": {"nodeName": node, **spec}}


async def refusal(made: node_restriction.NodeRestriction, resource: str, *objects: Any, **rest: Any) -> str:
    """Why a kubelet is refused; "" when it isn't."""
    try:
        await made.admit(requests.request(resource, *objects, user=rest.pop("user", KUBELET), **rest))
    except errors.Forbidden as error:
        return error.message.partition(" is forbidden: ")[2]
    return ""


@pytest.mark.parametrize(
    "made, why",
    [
        (
            pod(annotations={}),
            'pod does not have "kubernetes.io/config.mirror" annotation, node "n1" can only create mirror pods',
        ),
        (pod(node="n2"), 'node "n1" can only create pods with spec.nodeName set to itself'),
        (pod(owners=[]), 'node "n1" can only create pods with an owner reference set to itself'),
        (pod(owners=[OWNER, OWNER]), 'node "n1" can only create pods with a single owner reference set to itself'),
        (
            pod(owners=[{**OWNER, "controller": False}]),
            'node "n1" can only create pods with a controller owner reference set to itself',
        ),
        (pod(owners=[{**OWNER, "uid": "u2"}]), "node n1 UID mismatch: expected u2 got u1"),
        (pod(serviceAccountName="a"), 'node "n1" can not create pods that reference a service account'),
        (pod(volumes=[{"secret": {"secretName": "s"}}]), 'node "n1" can not create pods that reference secrets'),
        (
            pod(containers=[{"envFrom": [{"configMapRef": {"name": "c"}}]}]),
            'node "n1" can not create pods that reference configmaps',
        ),
        (
            pod(volumes=[{"persistentVolumeClaim": {"claimName": "c"}}]),
            'node "n1" can not create pods that reference persistentvolumeclaims',
        ),
        (pod(), ""),
    ],
)
async def test_a_kubelet_creates_mirror_pods_of_its_own_alone(made: Any, why: str) -> None:
    assert await refusal(plugin(), "pods", made) == why


async def test_a_kubelet_leaves_pods_of_other_nodes_alone() -> None:
    other = pod(node="n2")
    assert "can only delete pods" in await refusal(plugin(other), "pods", None, other)
    assert "can only evict pods" in await refusal(
        plugin(other), "pods", {"metadata": {"name": "p"}}, subresource="eviction"
    )
    assert "can only update pod status" in await refusal(plugin(), "pods", other, other, subresource="status")
    assert "can only create and delete mirror pods" in await refusal(plugin(), "pods", pod(), pod())
    assert "only 'status' and 'eviction' are allowed" in await refusal(plugin(), "pods", pod(), subresource="exec")
    assert await refusal(plugin(), "pods", pod(), pod(), subresource="status") == ""


@pytest.mark.parametrize(
    "new, old, why",
    [
        ({"metadata": {"name": "n2"}}, None, 'node "n1" is not allowed to modify node "n2"'),
        (
            {"metadata": {"name": "n1", "labels": {"node-restriction.kubernetes.io/x": "y", "my.example.com/x": "y"}}},
            None,
            'node "n1" is not allowed to set the following labels: node-restriction.kubernetes.io/x',
        ),
        (
            {"metadata": {"name": "n1", "labels": {"foo.k8s.io/x": "y", "kubelet.kubernetes.io/x": "y"}}},
            {"metadata": {"name": "n1"}},
            "is not allowed to modify labels: foo.k8s.io/x",
        ),
        (
            {"metadata": {"name": "n1"}, "spec": {"taints": []}},
            {"metadata": {"name": "n1"}, "spec": {"taints": [{"key": "k"}]}},
            'node "n1" is not allowed to modify taints',
        ),
        ({"metadata": {"name": "n1", "labels": {"kubernetes.io/hostname": "n1"}}}, None, ""),
    ],
)
async def test_a_kubelet_registers_its_own_node_as_it_may(new: Any, old: Any, why: str) -> None:
    assert await refusal(plugin(), "nodes", new, old, namespace="") == why


async def test_a_kubelet_gets_tokens_of_pods_that_it_runs() -> None:
    def asked(**bound: str) -> Any:
        return {"metadata": {}, "spec": {"boundObjectRef": bound}}

    here, there = pod(), pod(node="n2")
    bound = {"apiVersion": "v1", "kind": "Pod", "name": "p", "uid": "p1"}
    for request, pods, why in (
        (asked(), (), "node requested token not bound to a pod"),
        (asked(apiVersion="v1", kind="Pod", name="p"), (), "node requested token with a pod binding without a uid"),
        (asked(**bound), (there,), "node requested token bound to a pod scheduled on a different node"),
        (asked(**bound), (here,), ""),
    ):
        found = await refusal(plugin(*pods), "serviceaccounts", request, subresource="token", name="default")
        assert found == why
    with pytest.raises(errors.NotFound):
        await refusal(plugin(), "serviceaccounts", asked(**bound), subresource="token", name="default")


async def test_a_kubelet_has_one_lease_and_one_csi_node() -> None:
    lease = {"metadata": {"name": "n1"}}
    found = await refusal(plugin(), "leases", lease, group="coordination.k8s.io")
    assert found == 'can only access leases in the "kube-node-lease" system namespace'
    where: dict[str, Any] = {"group": "coordination.k8s.io", "namespace": "kube-node-lease"}
    assert "same name as the requesting node" in await refusal(
        plugin(), "leases", {"metadata": {"name": "n2"}}, **where
    )
    assert await refusal(plugin(), "leases", lease, **where) == ""
    assert "CSINode" in await refusal(plugin(), "csinodes", {"metadata": {"name": "n2"}}, group="storage.k8s.io")


async def test_others_are_not_restricted_and_nodes_must_say_which_they_are() -> None:
    assert await refusal(plugin(), "pods", pod(node="n2", annotations={}), user=requests.ALICE) == ""
    nobody = context.User("system:node:", groups=("system:nodes",))
    assert await refusal(plugin(), "pods", pod(), user=nobody) == 'could not determine node from user "system:node:"'


async def test_an_owner_needs_permission_to_delete_what_it_owns() -> None:
    ask = requests.Asked()
    made = owner_references.OwnerReferencesPermissionEnforcement(ask)
    owned = {"metadata": {"name": "c", "ownerReferences": [{"uid": "1"}]}}
    with pytest.raises(errors.Forbidden, match="cannot set an ownerRef on a resource you can't delete: no rule, <nil>"):
        await made.validate(requests.request("configmaps", owned))
    assert ask.asked == ["delete configmaps c"]
    await made.validate(requests.request("configmaps", owned, owned))
    await made.validate(requests.request("configmaps", {"metadata": {"name": "c"}}))
    assert ask.asked == ["delete configmaps c"]


async def test_an_owner_of_no_known_kind_cannot_be_blocked() -> None:
    made = owner_references.OwnerReferencesPermissionEnforcement(requests.Asked("delete configmaps c"))
    reference = {"uid": "1", "apiVersion": "x/v1", "kind": "X", "name": "x", "blockOwnerDeletion": True}
    owned = {"metadata": {"name": "c", "ownerReferences": [reference]}}
    with pytest.raises(errors.Forbidden, match=r'cannot find RESTMapping.*no matches for kind "X" in version "x/v1"'):
        await made.validate(requests.request("configmaps", owned))


GROUP = "certificates.k8s.io"
ASKED = {"metadata": {"name": "c"}, "spec": {"signerName": "example.com/s"}, "status": {}}


def signed(**status: Any) -> Any:
    return {**ASKED, "status": status}


async def test_approving_signing_and_vouching_need_permission_for_the_signer() -> None:
    ask = requests.Asked()
    for made, subresource, new, why in (
        (certificates.CertificateApproval(ask), "approval", ASKED, "approve requests with"),
        (certificates.CertificateSigning(ask), "status", signed(certificate="x"), "sign requests with"),
    ):
        request = requests.request(
            "certificatesigningrequests", new, ASKED, group=GROUP, subresource=subresource, namespace=""
        )
        with pytest.raises(errors.Forbidden, match=f'user not permitted to {why} signerName "example.com/s"'):
            await made.validate(request)
    bundle = {"metadata": {"name": "b"}, "spec": {"signerName": "example.com/s"}}
    with pytest.raises(errors.Forbidden, match=r'user not permitted to attest for signerName "example.com/s"'):
        attesting = certificates.ClusterTrustBundleAttest(ask)
        await attesting.validate(requests.request("clustertrustbundles", bundle, group=GROUP, namespace=""))
    assert ask.asked == [
        f"{verb} signers example.com/{name}" for verb in ("approve", "sign", "attest") for name in ("s", "*")
    ]


async def test_a_permission_for_the_whole_domain_is_one_for_its_signers() -> None:
    approving = certificates.CertificateApproval(requests.Asked("approve signers example.com/*"))
    request = requests.request(
        "certificatesigningrequests", ASKED, ASKED, group=GROUP, subresource="approval", namespace=""
    )
    await approving.validate(request)


async def test_a_status_that_signs_nothing_needs_no_permission() -> None:
    ask = requests.Asked()
    noted = signed(conditions=[{"type": "Approved"}])
    request = requests.request(
        "certificatesigningrequests", noted, ASKED, group=GROUP, subresource="status", namespace=""
    )
    await certificates.CertificateSigning(ask).validate(request)
    assert ask.asked == []


async def test_what_is_no_request_for_a_certificate_names_no_groups() -> None:
    assert certificates.organizations({"request": base64.b64encode(b"odd").decode()}) == []
    assert certificates.organizations({"request": "%"}) == []
