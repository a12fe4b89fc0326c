"""RuntimeClass: pods get the overhead and the place of the runtime that they name.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/runtimeclass`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.admission import attributes
from kroute.machinery import errors, goformat, gvk, objects
from kroute.storage import lookups

PODS = gvk.GroupResource("", "pods")
Toleration = Mapping[str, Any]
OTHER_OVERHEAD = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead"
OWN_OVERHEAD = "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead"


class RuntimeClasses:
    operations = (attributes.Operation.CREATE,)
    resources = (PODS,)

    def __init__(self, classes: lookups.Lookup) -> None:
        self._classes = classes

    async def admit(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.setdefault("spec", {})
        chosen = await self._class(found, spec)
        if chosen is None:
            return
        overhead = (chosen.get("overhead") or {}).get("podFixed")
        if chosen.get("overhead") is not None:
            if spec.get("overhead") is not None and spec["overhead"] != (overhead or {}):
                raise refused(found, OTHER_OVERHEAD)
            if overhead:
                spec["overhead"] = dict(overhead)
        if chosen.get("scheduling") is not None:
            place(found, spec, chosen["scheduling"])

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.get("spec") or {}
        chosen = await self._class(found, spec)
        if chosen is not None and chosen.get("overhead") is not None:
            if (chosen["overhead"].get("podFixed") or {}) != (spec.get("overhead") or {}):
                raise refused(found, OTHER_OVERHEAD)
        elif spec.get("overhead"):
            raise refused(found, OWN_OVERHEAD)

    async def _class(self, found: attributes.Attributes, spec: objects.Object) -> objects.Object | None:
        name = spec.get("runtimeClassName")
        if not name:
            return None
        chosen = await self._classes.find(name)
        if chosen is None:
            raise refused(found, f"pod rejected: RuntimeClass {goformat.quote(name)} not found")
        return chosen


def place(found: attributes.Attributes, spec: objects.Object, scheduling: objects.Object) -> None:
    """Restrict the pod to nodes that have the runtime."""
    selector = dict(spec.get("nodeSelector") or {})
    for key, value in (scheduling.get("nodeSelector") or {}).items():
        if selector.get(key, value) != value:
            field = f"nodeSelector[{key}]"
            why = f"conflict: runtimeClass.scheduling.{field} = {value}; pod.spec.{field} = {selector[key]}"
            raise refused(found, why)
        selector[key] = value
    if selector:
        spec["nodeSelector"] = selector
    more = scheduling.get("tolerations") or []
    if more:
        spec["tolerations"] = merged(spec.get("tolerations") or [], more)


def merged(first: Sequence[Toleration], second: Sequence[Toleration]) -> list[Toleration]:
    """All tolerations but those that others make superfluous."""
    together = [*first, *second]
    kept: list[Toleration] = []
    for index, each in enumerate(together):
        if any(includes(other, each) for other in kept):
            continue
        if any(other != each and includes(other, each) for other in together[index + 1 :]):
            continue
        kept.append(each)
    return kept


def includes(one: Toleration, other: Toleration) -> bool:
    """Whether whoever has the first toleration tolerates all that the second lets it tolerate."""
    if one == other:
        return True
    exists = one.get("operator") == "Exists"
    if (one.get("key") or "") != (other.get("key") or "") and not (exists and not one.get("key")):
        return False
    if one.get("effect") and one["effect"] != other.get("effect"):
        return False
    if one.get("effect") == "NoExecute" and one.get("tolerationSeconds") is not None:
        seconds = other.get("tolerationSeconds")
        if seconds is None or seconds > one["tolerationSeconds"]:
            return False
    if exists:
        return True
    return (other.get("operator") or "Equal") == "Equal" and (one.get("value") or "") == (other.get("value") or "")


def refused(found: attributes.Attributes, why: str) -> errors.Forbidden:
    return errors.Forbidden.of(found.resource.group_resource, found.name, why)
