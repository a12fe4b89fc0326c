"""What persistent volume claims use of a quota: storage, also by storage class.

Mirrors `pkg/quota/v1/evaluator/core/persistent_volume_claims.go`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kroute.admission import attributes
from kroute.admission.plugins import resource_quota
from kroute.coreapi.quotas import counting
from kroute.machinery import gvk, objects, quantity

STORAGE, CLAIMS = "requests.storage", "persistentvolumeclaims"
OF_CLASS = ".storageclass.storage.k8s.io/"
CLASS_ANNOTATION = "volume.beta.kubernetes.io/storage-class"


class Claims(counting.Counter):
    def __init__(self) -> None:
        super().__init__(gvk.GroupResource("", CLAIMS), alias=True)

    def handles(self, found: attributes.Attributes) -> bool:
        """Updates too: claims may grow."""
        return not found.subresource

    def counted(self, names: Iterable[str]) -> set[str]:
        endings = (f"{OF_CLASS}{STORAGE}", f"{OF_CLASS}{CLAIMS}")
        return {name for name in names if name in self.names or name == STORAGE or name.endswith(endings)}

    def fits(self, scope: resource_quota.Scope, obj: objects.Object) -> bool:
        if scope.name != "VolumeAttributesClass":
            return False
        return scope.takes((obj.get("spec") or {}).get("volumeAttributesClassName") or "")

    def usage(self, obj: objects.Object) -> Mapping[str, quantity.Quantity]:
        spec = obj.get("spec") or {}
        found = dict(super().usage(obj))
        annotations = obj["metadata"].get("annotations") or {}
        name = annotations.get(CLASS_ANNOTATION) or spec.get("storageClassName") or ""
        if name:
            found[f"{name}{OF_CLASS}{CLAIMS}"] = counting.ONE
        wanted = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
        if wanted is not None:
            found[STORAGE] = quantity.from_json(wanted)
            if name:
                found[f"{name}{OF_CLASS}{STORAGE}"] = found[STORAGE]
        return found
