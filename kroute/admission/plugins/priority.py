"""Priority: pods get the number and the preemption policy of their priority class, and can't choose others.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/priority`.
"""

from __future__ import annotations

from kroute.admission import attributes
from kroute.machinery import errors, gvk, objects
from kroute.storage import lookups

PODS = gvk.GroupResource("", "pods")
PRIORITY_CLASSES = gvk.GroupResource("scheduling.k8s.io", "priorityclasses")
PREEMPT = "PreemptLowerPriority"
SYSTEM = {"system-cluster-critical": 2000000000, "system-node-critical": 2000001000}
"""Classes that are known before anybody has made them."""

FIXED = "must not be provided in pod spec; priority admission controller computed"
CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE


class Priority:
    operations = (CREATE, UPDATE)
    resources = (PODS, PRIORITY_CLASSES)

    def __init__(self, classes: lookups.Lookup) -> None:
        self._classes = classes

    async def admit(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if found.resource.group_resource != PODS or found.subresource:
            return
        assert found.obj is not None
        spec = found.obj.setdefault("spec", {})
        if found.operation is UPDATE:
            # a client that doesn't know the fields sends none of them
            old = (found.old or {}).get("spec") or {}
            for field in ("priority", "preemptionPolicy"):
                if spec.get(field) is None and old.get(field) is not None:
                    spec[field] = old[field]
            return
        await self._fill(found, spec)

    async def _fill(self, found: attributes.Attributes, spec: objects.Object) -> None:
        name = spec.get("priorityClassName") or ""
        chosen = await self._class(found, name)
        if chosen is not None and not name:
            spec["priorityClassName"] = chosen["metadata"]["name"]
        value = 0 if chosen is None else chosen.get("value") or 0
        policy = PREEMPT if chosen is None else chosen.get("preemptionPolicy") or PREEMPT
        for field, what, computed in (
            ("priority", "the integer value of priority", value),
            ("preemptionPolicy", "the string value of PreemptionPolicy", policy),
        ):
            given = spec.get(field)
            if given is not None and given != computed:
                raise refused(found, f"{what} ({given}) {FIXED} {computed} from the given PriorityClass name")
            spec[field] = computed

    async def _class(self, found: attributes.Attributes, name: str) -> objects.Object | None:
        if not name:
            return await self._default()
        chosen = await self._classes.find(name)
        if chosen is None and name in SYSTEM:
            return {"metadata": {"name": name}, "value": SYSTEM[name]}
        if chosen is None:
            raise refused(found, f"no PriorityClass with name {name} was found")
        return chosen

    async def _default(self) -> objects.Object | None:
        """The class of pods that name none: the lowest, should there be several."""
        defaults = [one for one in await self._classes.all() if one.get("globalDefault")]
        return min(defaults, key=lambda one: one.get("value") or 0, default=None)

    async def validate(self, found: attributes.Attributes) -> None:
        """There is one default class at most.  Raises Forbidden."""
        if found.resource.group_resource != PRIORITY_CLASSES or found.subresource:
            return
        assert found.obj is not None
        if not found.obj.get("globalDefault"):
            return
        default = await self._default()
        if default is not None and default["metadata"]["name"] != found.obj["metadata"].get("name"):
            name = default["metadata"]["name"]
            raise refused(found, f"PriorityClass {name} is already marked as default. Only one default can exist")


def refused(found: attributes.Attributes, why: str) -> errors.Forbidden:
    return errors.Forbidden.of(found.resource.group_resource, found.name, why)
