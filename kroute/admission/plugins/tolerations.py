"""DefaultTolerationSeconds: pods stay five minutes on a node that is not ready or can't be reached.

ExtendedResourceToleration: pods that want a resource of somebody else tolerate the nodes that are kept for it.
Mirrors `defaulttolerationseconds` and `extendedresourcetoleration` of `k8s.io/kubernetes/plugin/pkg/admission`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kroute.admission import attributes
from kroute.machinery import gvk

PODS = gvk.GroupResource("", "pods")
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
NO_EXECUTE = ("", "NoExecute")


class DefaultTolerationSeconds:
    operations = (attributes.Operation.CREATE, attributes.Operation.UPDATE)
    resources = (PODS,)

    def __init__(self, *, not_ready: int = 300, unreachable: int = 300) -> None:
        self._seconds = {NOT_READY: not_ready, UNREACHABLE: unreachable}

    async def admit(self, found: attributes.Attributes) -> None:
        if found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.setdefault("spec", {})
        given = spec.get("tolerations") or []
        missing = [taint for taint in (NOT_READY, UNREACHABLE) if not any(tolerates(each, taint) for each in given)]
        if missing:
            added = [
                {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": self._seconds[taint]}
                for taint in missing
            ]
            spec["tolerations"] = [*given, *added]


def tolerates(toleration: Mapping[str, Any], taint: str) -> bool:
    """Whether a toleration is about the taint, for however long."""
    return toleration.get("key") in (taint, None, "") and (toleration.get("effect") or "") in NO_EXECUTE


class ExtendedResourceToleration:
    """Not on by default.  `is_extended` tells resources of somebody else by their names."""

    operations = (attributes.Operation.CREATE, attributes.Operation.UPDATE)
    resources = (PODS,)

    def __init__(self, *, is_extended: Callable[[str], bool]) -> None:
        self._is_extended = is_extended

    async def admit(self, found: attributes.Attributes) -> None:
        if found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.setdefault("spec", {})
        wanted = {
            name
            for kind in ("containers", "initContainers")
            for container in spec.get(kind) or ()
            for name in (container.get("resources") or {}).get("requests") or ()
            if self._is_extended(name)
        }
        given = spec.get("tolerations") or []
        known = {each.get("key") for each in given if each.get("operator") == "Exists" and not each.get("effect")}
        added = [{"key": name, "operator": "Exists"} for name in sorted(wanted - known)]
        if added:
            spec["tolerations"] = [*given, *added]
