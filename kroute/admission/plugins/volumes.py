"""Plugins about volumes: StorageObjectInUseProtection, DefaultStorageClass and PersistentVolumeClaimResize.

A volume or claim that is in use doesn't go before its users; a claim that names no class gets the default one, and
grows only where its class lets it.
Mirrors `storageobjectinuseprotection`, `setdefault` and `resize` of
`k8s.io/kubernetes/plugin/pkg/admission/storage/persistentvolume`.
"""

from __future__ import annotations

from kroute.admission import attributes
from kroute.machinery import errors, gvk, objects, quantity
from kroute.storage import lookups

CLAIMS = gvk.GroupResource("", "persistentvolumeclaims")
FINALIZERS = {
    CLAIMS: "kubernetes.io/pvc-protection",
    gvk.GroupResource("", "persistentvolumes"): "kubernetes.io/pv-protection",
}
DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"
BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class"
NOT_BOUND = "Only bound persistent volume claims can be expanded"
NOT_EXPANDABLE = (
    "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize"
)
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


class StorageObjectInUseProtection:
    operations = (attributes.Operation.CREATE,)
    resources = tuple(FINALIZERS)

    async def admit(self, found: attributes.Attributes) -> None:
        finalizer = FINALIZERS[found.resource.group_resource]
        if found.subresource:
            return
        assert found.obj is not None
        metadata = found.obj["metadata"]
        if finalizer not in (metadata.get("finalizers") or ()):
            metadata["finalizers"] = [*(metadata.get("finalizers") or ()), finalizer]


class DefaultStorageClass:
    operations = (attributes.Operation.CREATE,)
    resources = (CLAIMS,)

    def __init__(self, classes: lookups.Lookup) -> None:
        self._classes = classes

    async def admit(self, found: attributes.Attributes) -> None:
        if found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.setdefault("spec", {})
        annotations = found.obj["metadata"].get("annotations") or {}
        if spec.get("storageClassName") is not None or CLASS_ANNOTATION in annotations:
            return
        default = lookups.youngest(one for one in await self._classes.all() if is_default(one))
        if default is not None:
            spec["storageClassName"] = default["metadata"]["name"]


class PersistentVolumeClaimResize:
    operations = (attributes.Operation.UPDATE,)
    resources = (CLAIMS,)

    def __init__(self, classes: lookups.Lookup) -> None:
        self._classes = classes

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.subresource or found.old is None:
            return
        assert found.obj is not None
        if not size_of(found.old) < size_of(found.obj):
            return
        if (found.old.get("status") or {}).get("phase") != "Bound":
            raise errors.Forbidden.of(CLAIMS, found.name, NOT_BOUND)
        name = class_of(found.obj)
        chosen = await self._classes.find(name) if name and name == class_of(found.old) else None
        if chosen is None or not chosen.get("allowVolumeExpansion"):
            raise errors.Forbidden.of(CLAIMS, found.name, NOT_EXPANDABLE)


def size_of(claim: objects.Object) -> quantity.Quantity:
    resources = (claim.get("spec") or {}).get("resources") or {}
    return quantity.from_json((resources.get("requests") or {}).get("storage"))


def class_of(claim: objects.Object) -> str:
    annotations = claim["metadata"].get("annotations") or {}
    return annotations.get(CLASS_ANNOTATION) or (claim.get("spec") or {}).get("storageClassName") or ""


def is_default(storage_class: objects.Object) -> bool:
    annotations = storage_class["metadata"].get("annotations") or {}
    return "true" in (annotations.get(DEFAULT_CLASS), annotations.get(BETA_DEFAULT_CLASS))
