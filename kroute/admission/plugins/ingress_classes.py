"""DefaultIngressClass: an ingress that names no class gets the default one.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/network/defaultingressclass`.
"""

from __future__ import annotations

from kroute.admission import attributes
from kroute.machinery import gvk
from kroute.storage import lookups

INGRESSES = gvk.GroupResource("networking.k8s.io", "ingresses")
DEFAULT = "ingressclass.kubernetes.io/is-default-class"
ANNOTATION = "kubernetes.io/ingress.class"


class DefaultIngressClass:
    operations = (attributes.Operation.CREATE,)
    resources = (INGRESSES,)

    def __init__(self, classes: lookups.Lookup) -> None:
        self._classes = classes

    async def admit(self, found: attributes.Attributes) -> None:
        if found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.setdefault("spec", {})
        if spec.get("ingressClassName") is not None:
            return
        if ANNOTATION in (found.obj["metadata"].get("annotations") or {}):
            return
        default = lookups.youngest(
            each
            for each in await self._classes.all()
            if (each["metadata"].get("annotations") or {}).get(DEFAULT) == "true"
        )
        if default is not None:
            spec["ingressClassName"] = default["metadata"]["name"]
