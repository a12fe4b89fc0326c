"""NodeRestriction: a kubelet changes what is on its own node, and nothing that would bring more there.

Not among the plugins that are on by default.
Mirrors `k8s.io/kubernetes/plugin/pkg/admission/noderestriction`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.admission import attributes
from kroute.machinery import context, errors, goformat, gvk, objects
from kroute.storage import lookups

NODES_GROUP, PREFIX = "system:nodes", "system:node:"
PODS, NODES = gvk.GroupResource("", "pods"), gvk.GroupResource("", "nodes")
CLAIMS, ACCOUNTS = gvk.GroupResource("", "persistentvolumeclaims"), gvk.GroupResource("", "serviceaccounts")
LEASES = gvk.GroupResource("coordination.k8s.io", "leases")
CSI_NODES = gvk.GroupResource("storage.k8s.io", "csinodes")
SLICES = gvk.GroupResource("resource.k8s.io", "resourceslices")
CREATE, UPDATE, DELETE = attributes.Operation.CREATE, attributes.Operation.UPDATE, attributes.Operation.DELETE

MIRROR, LEASE_NAMESPACE = "kubernetes.io/config.mirror", "kube-node-lease"
RESTRICTED_LABELS = "node-restriction.kubernetes.io"
KUBELET_LABELS = frozenset({
    "kubernetes.io/hostname", "topology.kubernetes.io/zone", "topology.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone", "failure-domain.beta.kubernetes.io/region",
    "beta.kubernetes.io/instance-type", "node.kubernetes.io/instance-type", "kubernetes.io/os", "kubernetes.io/arch",
    "beta.kubernetes.io/os", "beta.kubernetes.io/arch", "node.kubernetes.io/windows-build",
})  # fmt: skip
KUBELET_DOMAINS = ("kubelet.kubernetes.io", "node.kubernetes.io")
"""Labels that kubelets may set on their nodes, and domains of them."""

CLAIM_STATUS = ("capacity", "conditions", "allocatedResources", "allocatedResourceStatuses")
"""What a kubelet may write of a claim's status."""


class NodeRestriction:
    operations = (CREATE, UPDATE, DELETE)
    resources = (PODS, NODES, CLAIMS, ACCOUNTS, LEASES, CSI_NODES, SLICES)

    def __init__(self, *, pods: lookups.Lookup, nodes: lookups.Lookup) -> None:
        self._pods, self._nodes = pods, nodes

    async def admit(self, found: attributes.Attributes) -> None:
        """Raises Forbidden, NotFound."""
        node = node_of(found.user)
        if node is None:
            return
        if not node:
            raise refused(found, f"could not determine node from user {goformat.quote(found.user.name)}")
        resource = found.resource.group_resource
        if resource == PODS:
            await self._pod(found, node)
        elif resource == NODES:
            check_node(found, node)
        elif resource == CLAIMS:
            check_claim(found, node)
        elif resource == ACCOUNTS:
            await self._token(found, node)
        elif resource == LEASES:
            check_lease(found, node)
        elif resource == CSI_NODES:
            if own_name(found) != node:
                raise refused(found, "can only access CSINode with the same name as the requesting node")
        else:
            check_slice(found, node)

    async def _pod(self, found: attributes.Attributes, node: str) -> None:
        shown = goformat.quote(node)
        if found.subresource == "status":
            check_pod_status(found, node)
        elif found.subresource == "eviction":
            if found.operation is not CREATE:
                raise refused(found, f"unexpected operation {found.operation}")
            if on_node(await self._existing(found, own_name(found))) != node:
                raise refused(found, f"node {node} can only evict pods with spec.nodeName set to itself")
        elif found.subresource:
            what = goformat.quote(found.subresource)
            raise refused(found, f"unexpected pod subresource {what}, only 'status' and 'eviction' are allowed")
        elif found.operation is DELETE:
            if on_node(found.old or await self._existing(found, found.name)) != node:
                raise refused(found, f"node {shown} can only delete pods with spec.nodeName set to itself")
        elif found.operation is CREATE:
            assert found.obj is not None
            for problem in mirror_problems(found.obj, node):
                raise refused(found, problem)
            await self._check_owner(found, found.obj["metadata"]["ownerReferences"][0], node)
            for problem in reference_problems(found.obj, node):
                raise refused(found, problem)
        else:
            what = f"unexpected operation {goformat.quote(str(found.operation))}"
            raise refused(found, f"{what}, node {shown} can only create and delete mirror pods")

    async def _existing(self, found: attributes.Attributes, name: str) -> objects.Object:
        pod = await self._pods.find(name, found.namespace)
        if pod is None:
            raise errors.NotFound.of(PODS, name)
        return pod

    async def _check_owner(self, found: attributes.Attributes, owner: objects.Object, name: str) -> None:
        node = await self._nodes.find(name)
        if node is None:
            raise errors.NotFound.of(NODES, name)
        if owner.get("uid") != node["metadata"].get("uid"):
            uids = f"expected {owner.get('uid', '')} got {node['metadata'].get('uid')}"
            raise refused(found, f"node {name} UID mismatch: {uids}")

    async def _token(self, found: attributes.Attributes, node: str) -> None:
        if found.operation is not CREATE or found.subresource != "token":
            return
        bound = ((found.obj or {}).get("spec") or {}).get("boundObjectRef") or {}
        if bound.get("apiVersion") != "v1" or bound.get("kind") != "Pod" or not bound.get("name"):
            raise refused(found, "node requested token not bound to a pod")
        uid = bound.get("uid")
        if not uid:
            raise refused(found, "node requested token with a pod binding without a uid")
        pod = await self._existing(found, bound["name"])
        if pod["metadata"].get("uid") != uid:
            what = f"the UID in the bound object reference ({uid}) does not match the UID in record"
            raise refused(found, f"{what}. The object might have been deleted and then recreated")
        if on_node(pod) != node:
            raise refused(found, "node requested token bound to a pod scheduled on a different node")


def node_of(user: context.User) -> str | None:
    """The node that a user is; None for others."""
    return user.name.removeprefix(PREFIX) if user.name.startswith(PREFIX) and NODES_GROUP in user.groups else None


def refused(found: attributes.Attributes, why: str) -> errors.Forbidden:
    return errors.Forbidden.of(found.resource.group_resource, found.name, why)


def own_name(found: attributes.Attributes) -> str:
    """The name of the object, which the request doesn't have when it creates."""
    return found.name or ((found.obj or {}).get("metadata") or {}).get("name") or ""


def on_node(pod: objects.Object) -> str:
    return (pod.get("spec") or {}).get("nodeName") or ""


def mirror_problems(pod: objects.Object, node: str) -> Iterator[str]:
    """What keeps a pod from being the mirror of one that the node itself has started."""
    metadata, shown = pod["metadata"], goformat.quote(node)
    if MIRROR not in (metadata.get("annotations") or {}):
        yield f'pod does not have "{MIRROR}" annotation, node {shown} can only create mirror pods'
    if on_node(pod) != node:
        yield f"node {shown} can only create pods with spec.nodeName set to itself"
    owners = metadata.get("ownerReferences") or ()
    if len(owners) > 1:
        yield f"node {shown} can only create pods with a single owner reference set to itself"
    owner = owners[0] if owners else {}
    if (owner.get("apiVersion"), owner.get("kind"), owner.get("name")) != ("v1", "Node", node):
        yield f"node {shown} can only create pods with an owner reference set to itself"
    if not owner.get("controller"):
        yield f"node {shown} can only create pods with a controller owner reference set to itself"
    if owner.get("blockOwnerDeletion"):
        yield f"node {shown} must not set blockOwnerDeletion on an owner reference"


def reference_problems(pod: objects.Object, node: str) -> Iterator[str]:
    """What of the cluster a mirror pod refers to."""
    spec = pod.get("spec") or {}
    what = f"node {goformat.quote(node)} can not create pods that reference"
    if spec.get("serviceAccountName"):
        yield f"{what} a service account"
    kinds = set(referred(spec))
    for kind in ("secrets", "configmaps", "clustertrustbundles", "persistentvolumeclaims"):
        if kind in kinds:
            yield f"{what} {kind}"


KEYS = {
    "secret": "secrets", "secretRef": "secrets", "secretKeyRef": "secrets", "imagePullSecrets": "secrets",
    "nodePublishSecretRef": "secrets", "configMap": "configmaps", "configMapRef": "configmaps",
    "configMapKeyRef": "configmaps", "clusterTrustBundle": "clustertrustbundles",
    "persistentVolumeClaim": "persistentvolumeclaims", "secretName": "secrets",
}  # fmt: skip
"""Fields anywhere in a pod's spec that refer to other objects."""


def referred(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in KEYS and inner:
                yield KEYS[key]
            yield from referred(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from referred(inner)


def check_pod_status(found: attributes.Attributes, node: str) -> None:
    shown = goformat.quote(node)
    if found.operation is not UPDATE or found.old is None or found.obj is None:
        raise refused(found, f"unexpected operation {goformat.quote(str(found.operation))}")
    if on_node(found.old) != node:
        what = "can only update pod status for pods with spec.nodeName set to itself"
        raise refused(found, f"node {shown} {what}")
    if (found.old["metadata"].get("labels") or {}) != (found.obj["metadata"].get("labels") or {}):
        raise refused(found, f"node {shown} cannot update labels through pod status")
    now, then = ((each.get("status") or {}).get("resourceClaimStatuses") or [] for each in (found.obj, found.old))
    if now != then:
        raise refused(found, f"node {shown} cannot update resource claim statues")


def check_claim(found: attributes.Attributes, node: str) -> None:
    if found.subresource != "status":
        raise refused(found, "may only update PVC status")
    if found.operation is not UPDATE or found.old is None or found.obj is None:
        raise refused(found, f"unexpected operation {goformat.quote(str(found.operation))}")
    if bare_claim(found.obj) != bare_claim(found.old):
        what = "is not allowed to update fields other than status.quantity and status.conditions"
        raise refused(found, f"node {goformat.quote(node)} {what}")


def bare_claim(claim: objects.Object) -> objects.Object:
    """A claim without what a kubelet may change."""
    metadata = {
        key: value for key, value in claim["metadata"].items() if key not in ("resourceVersion", "managedFields")
    }
    status = {key: value for key, value in (claim.get("status") or {}).items() if key not in CLAIM_STATUS}
    return {**claim, "metadata": metadata, "status": status}


def check_node(found: attributes.Attributes, node: str) -> None:
    shown, name = goformat.quote(node), own_name(found)
    if name != node:
        raise refused(found, f"node {shown} is not allowed to modify node {goformat.quote(name)}")
    if found.operation is DELETE or found.obj is None:
        return
    spec = found.obj.get("spec") or {}
    old_spec = ((found.old or {}).get("spec")) or {}
    if spec.get("configSource") is not None and spec["configSource"] != old_spec.get("configSource"):
        if found.old is None:
            raise refused(found, f"node {shown} is not allowed to create pods with a non-nil configSource")
        raise refused(found, f"node {shown} is not allowed to update configSource to a new non-nil configSource")
    if found.old is not None and (spec.get("taints") or []) != (old_spec.get("taints") or []):
        raise refused(found, f"node {shown} is not allowed to modify taints")
    labels = found.obj["metadata"].get("labels") or {}
    old_labels = ((found.old or {}).get("metadata") or {}).get("labels") or {}
    forbidden = ", ".join(sorted(filter(is_forbidden, changed(labels, old_labels))))
    if forbidden and found.old is None:
        raise refused(found, f"node {shown} is not allowed to set the following labels: {forbidden}")
    if forbidden:
        raise refused(found, f"is not allowed to modify labels: {forbidden}")


def changed(now: Mapping[str, str], then: Mapping[str, str]) -> set[str]:
    return {key for key in (*now, *then) if now.get(key) != then.get(key)}


def is_forbidden(label: str) -> bool:
    """Whether kubelets must leave a label of their nodes alone."""
    domain = label.partition("/")[0] if "/" in label else ""
    if within(domain, RESTRICTED_LABELS):
        return True
    if not within(domain, "kubernetes.io") and not within(domain, "k8s.io"):
        return False
    return label not in KUBELET_LABELS and not any(within(domain, each) for each in KUBELET_DOMAINS)


def within(domain: str, parent: str) -> bool:
    return domain == parent or domain.endswith(f".{parent}")


def check_lease(found: attributes.Attributes, node: str) -> None:
    if found.namespace != LEASE_NAMESPACE:
        raise refused(found, f'can only access leases in the "{LEASE_NAMESPACE}" system namespace')
    if own_name(found) != node:
        raise refused(found, "can only access node lease with the same name as the requesting node")


def check_slice(found: attributes.Attributes, node: str) -> None:
    if found.operation is UPDATE:
        return
    held = found.obj if found.operation is CREATE else found.old
    if ((held or {}).get("spec") or {}).get("nodeName") != node:
        verb = "create" if found.operation is CREATE else "delete"
        raise refused(found, f"can only {verb} ResourceSlice with the same NodeName as the requesting node")
