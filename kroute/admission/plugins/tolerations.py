"""DefaultTolerationSeconds: pods stay five minutes on a node that is not ready or can't be reached.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/defaulttolerationseconds`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.admission import attributes
from kroute.machinery import gvk

PODS = gvk.GroupResource("", "pods")
NOT_READY, UNREACHABLE = "node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"
SECONDS = 300
NO_EXECUTE = ("", "NoExecute")


class DefaultTolerationSeconds:
    operations = (attributes.Operation.CREATE, attributes.Operation.UPDATE)

    async def admit(self, found: attributes.Attributes) -> None:
        if found.resource.group_resource != PODS or found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.setdefault("spec", {})
        given = spec.get("tolerations") or []
        missing = [taint for taint in (NOT_READY, UNREACHABLE) if not any(tolerates(each, taint) for each in given)]
        if missing:
            added = [
                {"key": taint, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": SECONDS}
                for taint in missing
            ]
            spec["tolerations"] = [*given, *added]


def tolerates(toleration: Mapping[str, Any], taint: str) -> bool:
    """Whether a toleration is about the taint, for however long."""
    return toleration.get("key") in (taint, None, "") and (toleration.get("effect") or "") in NO_EXECUTE
