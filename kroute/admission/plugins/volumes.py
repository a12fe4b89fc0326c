"""Plugins about volumes: StorageObjectInUseProtection and DefaultStorageClass.

A volume or claim that is in use doesn't go before its users; a claim that names no class gets the default one.
Mirrors `storageobjectinuseprotection` and `setdefault` of `k8s.io/kubernetes/plugin/pkg/admission/storage`.
"""

from __future__ import annotations

from kroute.admission import attributes
from kroute.machinery import gvk, objects
from kroute.storage import lookups

CLAIMS = gvk.GroupResource("", "persistentvolumeclaims")
FINALIZERS = {
    CLAIMS: "kubernetes.io/pvc-protection",
    gvk.GroupResource("", "persistentvolumes"): "kubernetes.io/pv-protection",
}
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class"
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


class StorageObjectInUseProtection:
    operations = (attributes.Operation.CREATE,)

    async def admit(self, found: attributes.Attributes) -> None:
        finalizer = FINALIZERS.get(found.resource.group_resource)
        if finalizer is None or found.subresource:
            return
        assert found.obj is not None
        metadata = found.obj["metadata"]
        if finalizer not in (metadata.get("finalizers") or ()):
            metadata["finalizers"] = [*(metadata.get("finalizers") or ()), finalizer]


class DefaultStorageClass:
    operations = (attributes.Operation.CREATE,)

    def __init__(self, classes: lookups.Lookup) -> None:
        self._classes = classes

    async def admit(self, found: attributes.Attributes) -> None:
        if found.resource.group_resource != CLAIMS or found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.setdefault("spec", {})
        annotations = found.obj["metadata"].get("annotations") or {}
        if spec.get("storageClassName") is not None or CLASS_ANNOTATION in annotations:
            return
        defaults = [one for one in await self._classes.all() if is_default(one)]
        if defaults:  # the youngest, should there be several, then the first by name
            defaults.sort(key=lambda one: one["metadata"]["name"])
            defaults.sort(key=lambda one: str(one["metadata"]["creationTimestamp"]), reverse=True)
            spec["storageClassName"] = defaults[0]["metadata"]["name"]


def is_default(storage_class: objects.Object) -> bool:
    annotations = storage_class["metadata"].get("annotations") or {}
    return "true" in (annotations.get(DEFAULT_CLASS), annotations.get(BETA_DEFAULT_CLASS))
