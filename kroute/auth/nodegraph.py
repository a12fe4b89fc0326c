"""What belongs to which node, through the pods that are bound to it: the index behind the Node authorizer.

    node <- pod <- secret, configmap, service account, claim for a volume, claim for a resource
    node <- pod <- claim for a volume <- volume <- secret
    node <- volume attachment, resource slice

What a pod refers to never changes once it is bound, so each is counted for the pod's node.
Mirrors the graph of `plugin/pkg/auth/authorizer/node` of `k8s.io/kubernetes`.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from kroute.machinery import objects

POD, SECRET, CONFIG_MAP, ACCOUNT = "pods", "secrets", "configmaps", "serviceaccounts"
CLAIM, VOLUME, RESOURCE_CLAIM = "persistentvolumeclaims", "persistentvolumes", "resourceclaims"
ATTACHMENT, SLICE = "volumeattachments", "resourceslices"
MIRROR = "kubernetes.io/config.mirror"
SECRET_SOURCES = ("azureFile", "cephfs", "csi", "flexVolume", "iscsi", "rbd", "scaleIO", "storageos")

CSI_SECRETS = ("nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef")


class Thing(NamedTuple):
    """An object, by its resource; `namespace` is "" for those of the cluster."""

    resource: str
    namespace: str
    name: str


class Graph:
    """Which things belong to which nodes, as far as it was told."""

    def __init__(self) -> None:
        self._nodes: defaultdict[Thing, Counter[str]] = defaultdict(Counter)
        self._own: dict[Thing, tuple[str, tuple[Thing, ...]]] = {}
        self._claims: dict[str, Thing] = {}
        self._volumes: defaultdict[Thing, set[str]] = defaultdict(set)
        self._secrets: dict[str, tuple[Thing, ...]] = {}

    def belongs(self, thing: Thing, node: str) -> bool:
        """Whether a thing has to do with a node."""
        if self._counted(thing, node):
            return True
        if thing.resource == VOLUME:
            claim = self._claims.get(thing.name)
            return claim is not None and self._counted(claim, node)
        if thing.resource == SECRET:
            return any(self.belongs(Thing(VOLUME, "", volume), node) for volume in self._volumes.get(thing, ()))
        return False

    def clear(self, resource: str) -> None:
        """Forget all objects of a resource."""
        if resource == VOLUME:
            for name in list(self._claims):
                self.set_volume(name, None)
            return
        for thing in [thing for thing in self._own if thing.resource == resource]:
            self._replace(thing, "", ())

    def set_pod(self, namespace: str, name: str, pod: objects.Object | None) -> None:
        """Take a pod in, or with None take it out."""
        thing = Thing(POD, namespace, name)
        node = ((pod or {}).get("spec") or {}).get("nodeName") or ""
        self._replace(thing, node, (thing, *used(namespace, pod)) if pod is not None and node else ())

    def set_on_node(self, resource: str, name: str, obj: objects.Object | None) -> None:
        """Take an attachment or a slice in, or with None take it out."""
        thing = Thing(resource, "", name)
        node = ((obj or {}).get("spec") or {}).get("nodeName") or ""
        self._replace(thing, node, (thing,) if node else ())

    def set_volume(self, name: str, volume: objects.Object | None) -> None:
        """Take a persistent volume in, or with None take it out."""
        self._claims.pop(name, None)
        for secret in self._secrets.pop(name, ()):
            volumes = self._volumes[secret]
            volumes.discard(name)
            if not volumes:
                del self._volumes[secret]
        spec = (volume or {}).get("spec") or {}
        claim = spec.get("claimRef")
        if not claim:
            return
        namespace = claim.get("namespace") or ""
        self._claims[name] = Thing(CLAIM, namespace, claim.get("name") or "")
        self._secrets[name] = tuple(dict.fromkeys(volume_secrets(spec, namespace)))
        for secret in self._secrets[name]:
            self._volumes[secret].add(name)

    def _counted(self, thing: Thing, node: str) -> bool:
        counts = self._nodes.get(thing)
        return counts is not None and counts[node] > 0

    def _replace(self, owner: Thing, node: str, things: tuple[Thing, ...]) -> None:
        old_node, old = self._own.pop(owner, ("", ()))
        if things:
            self._own[owner] = node, things
            for thing in things:
                self._nodes[thing][node] += 1
        for thing in old:
            counts = self._nodes[thing]
            counts[old_node] -= 1
            if not counts[old_node]:
                del counts[old_node]
                if not counts:
                    del self._nodes[thing]


def used(namespace: str, pod: objects.Object) -> tuple[Thing, ...]:
    """What a pod refers to, each once; nothing for a mirror pod, which anybody on a node could make."""
    if MIRROR in (pod["metadata"].get("annotations") or {}):
        return ()
    return tuple(dict.fromkeys(Thing(kind, namespace, name) for kind, name in references(pod) if name))


def references(pod: objects.Object) -> Iterator[tuple[str, str]]:
    spec, status = pod.get("spec") or {}, pod.get("status") or {}
    yield ACCOUNT, spec.get("serviceAccountName") or ""
    for each in spec.get("imagePullSecrets") or ():
        yield SECRET, each.get("name") or ""
    for field in ("containers", "initContainers", "ephemeralContainers"):
        for container in spec.get(field) or ():
            yield from of_container(container)
    for volume in spec.get("volumes") or ():
        yield from of_volume(pod["metadata"].get("name") or "", volume)
    statuses = {each.get("name"): each.get("resourceClaimName") for each in status.get("resourceClaimStatuses") or ()}
    for each in spec.get("resourceClaims") or ():
        yield RESOURCE_CLAIM, each.get("resourceClaimName") or statuses.get(each.get("name")) or ""
    yield RESOURCE_CLAIM, (status.get("extendedResourceClaimStatus") or {}).get("resourceClaimName") or ""


def of_container(container: objects.Object) -> Iterator[tuple[str, str]]:
    for source in container.get("envFrom") or ():
        yield SECRET, (source.get("secretRef") or {}).get("name") or ""
        yield CONFIG_MAP, (source.get("configMapRef") or {}).get("name") or ""
    for variable in container.get("env") or ():
        source = variable.get("valueFrom") or {}
        yield SECRET, (source.get("secretKeyRef") or {}).get("name") or ""
        yield CONFIG_MAP, (source.get("configMapKeyRef") or {}).get("name") or ""


def of_volume(pod_name: str, volume: objects.Object) -> Iterator[tuple[str, str]]:
    yield SECRET, (volume.get("secret") or {}).get("secretName") or ""
    yield CONFIG_MAP, (volume.get("configMap") or {}).get("name") or ""
    for source in (volume.get("projected") or {}).get("sources") or ():
        yield SECRET, (source.get("secret") or {}).get("name") or ""
        yield CONFIG_MAP, (source.get("configMap") or {}).get("name") or ""
    yield CLAIM, (volume.get("persistentVolumeClaim") or {}).get("claimName") or ""
    if volume.get("ephemeral") is not None:
        yield CLAIM, f"{pod_name}-{volume.get('name') or ''}"
    for field in SECRET_SOURCES:
        own: Any = volume.get(field) or {}
        name = own.get("nodePublishSecretRef") if field == "csi" else own.get("secretRef")
        yield SECRET, own.get("secretName") or (name or {}).get("name") or ""


def volume_secrets(spec: objects.Object, claim_namespace: str) -> Iterator[Thing]:
    """The secrets of a persistent volume that kubelets read."""
    for field in SECRET_SOURCES:
        source = spec.get(field) or {}
        if field == "azureFile" and source.get("secretName"):
            yield Thing(SECRET, source.get("secretNamespace") or claim_namespace, source["secretName"])
        names = (
            ("nodePublishSecretRef", "nodeStageSecretRef", "nodeExpandSecretRef") if field == "csi" else ("secretRef",)
        )
        for name in names:
            found = source.get(name) or {}
            if found.get("name"):
                yield Thing(SECRET, found.get("namespace") or claim_namespace, found["name"])
