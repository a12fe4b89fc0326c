"""LimitRanger: containers get the defaults of their namespace's limit ranges, pods and claims keep within the bounds.

Mirrors `k8s.io/kubernetes/plugin/pkg/admission/limitranger`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeAlias

from kroute.admission import attributes
from kroute.machinery import errors, gvk, objects, quantity
from kroute.storage import lookups

PODS = gvk.GroupResource("", "pods")
CLAIMS = gvk.GroupResource("", "persistentvolumeclaims")
ANNOTATION = "kubernetes.io/limit-ranger"
CONTAINERS = (("containers", "container"), ("initContainers", "init container"))
CREATE, UPDATE = attributes.Operation.CREATE, attributes.Operation.UPDATE

Amounts: TypeAlias = Mapping[str, quantity.Quantity]
Sums: TypeAlias = Callable[[Mapping[str, Any], str], Amounts]
"""What a pod's containers want together: of its spec, `requests` or `limits`."""


class LimitRanger:
    """`sums` adds up what a pod wants."""

    operations = (CREATE, UPDATE)
    resources = (PODS, CLAIMS)

    def __init__(self, ranges: lookups.Lookup, *, sums: Sums) -> None:
        self._ranges, self._sums = ranges, sums

    async def admit(self, found: attributes.Attributes) -> None:
        if found.resource.group_resource != PODS or not concerns(found) or found.operation is UPDATE:
            return
        assert found.obj is not None
        for limits in await self._limits(found.namespace):
            set_defaults(found.obj, limits)

    async def validate(self, found: attributes.Attributes) -> None:
        """Raises Forbidden."""
        if not concerns(found):
            return
        assert found.obj is not None
        spec = found.obj.get("spec") or {}
        resource = found.resource.group_resource
        for limits in await self._limits(found.namespace):
            check = self._pod(spec, limits) if resource == PODS else claim(spec, limits)
            wrong = list(check)
            if wrong:
                text = wrong[0] if len(wrong) == 1 else f"[{', '.join(dict.fromkeys(wrong))}]"
                raise errors.Forbidden.of(resource, found.name, text)

    async def _limits(self, namespace: str) -> list[list[objects.Object]]:
        """The limits of each range of the namespace."""
        return [(each.get("spec") or {}).get("limits") or [] for each in await self._ranges.all(namespace)]

    def _pod(self, spec: objects.Object, limits: Iterable[objects.Object]) -> Iterator[str]:
        for limit in limits:
            if limit.get("type") == "Container":
                for kind, _ in CONTAINERS:
                    for container in spec.get(kind) or ():
                        wanted = container.get("resources") or {}
                        yield from bounds(limit, amounts(wanted.get("requests")), amounts(wanted.get("limits")))
            elif limit.get("type") == "Pod":
                yield from bounds(limit, self._sums(spec, "requests"), self._sums(spec, "limits"))


def concerns(found: attributes.Attributes) -> bool:
    """Whether the request may change what pods or claims ask for."""
    if found.old is not None and found.old["metadata"].get("deletionTimestamp"):
        return False
    resource = found.resource.group_resource
    if resource == PODS and found.operation is UPDATE:
        return found.subresource == "resize"
    return resource in (PODS, CLAIMS) and not found.subresource


def set_defaults(pod: objects.Object, limits: Iterable[objects.Object]) -> None:
    """Give containers what they don't say, and note that in an annotation."""
    requests: dict[str, str] = {}
    most: dict[str, str] = {}
    for limit in limits:
        if limit.get("type") == "Container":
            requests |= limit.get("defaultRequest") or {}
            most |= limit.get("default") or {}
    notes = []
    for kind, word in CONTAINERS:
        for container in (pod.get("spec") or {}).get(kind) or ():
            for field, defaults, what in (("requests", requests, "request"), ("limits", most, "limit")):
                added = add_missing(container, field, defaults)
                if added:
                    notes.append(f"{', '.join(sorted(added))} {what} for {word} {container.get('name', '')}")
    if notes:
        metadata = pod["metadata"]
        note = f"LimitRanger plugin set: {'; '.join(notes)}"
        metadata["annotations"] = {**(metadata.get("annotations") or {}), ANNOTATION: note}


def add_missing(container: objects.Object, field: str, defaults: Mapping[str, str]) -> list[str]:
    given = (container.get("resources") or {}).get(field) or {}
    added = [name for name in defaults if name not in given]
    if added:
        resources = {**(container.get("resources") or {})}
        resources[field] = {**given, **{name: defaults[name] for name in added}}
        container["resources"] = resources
    return added


def amounts(texts: Mapping[str, str] | None) -> Amounts:
    return {name: quantity.from_json(text) for name, text in (texts or {}).items()}


def bounds(limit: objects.Object, requests: Amounts, limits: Amounts) -> Iterator[str]:
    """What is out of the bounds of one limit, for one container or pod."""
    kind = limit["type"]
    for name, text in (limit.get("min") or {}).items():
        yield from at_least(kind, name, text, requests.get(name), limits.get(name))
    for name, text in (limit.get("max") or {}).items():
        yield from at_most(kind, name, text, requests.get(name), limits.get(name))
    for name, text in (limit.get("maxLimitRequestRatio") or {}).items():
        yield from ratio(kind, name, text, requests.get(name), limits.get(name))


def at_least(
    kind: str, name: str, text: str, request: quantity.Quantity | None, limit: quantity.Quantity | None
) -> Iterator[str]:
    enforced, what = quantity.from_json(text), f"minimum {name} usage per {kind} is {text}"
    if request is None:
        yield f"{what}.  No request is specified"
    elif request < enforced:
        yield f"{what}, but request is {request}"
    elif limit is not None and limit < enforced:
        yield f"{what}, but limit is {limit}"


def at_most(
    kind: str, name: str, text: str, request: quantity.Quantity | None, limit: quantity.Quantity | None
) -> Iterator[str]:
    enforced, what = quantity.from_json(text), f"maximum {name} usage per {kind} is {text}"
    if limit is None:
        yield f"{what}.  No limit is specified"
    elif enforced < limit:
        yield f"{what}, but limit is {limit}"
    elif request is not None and enforced < request:
        yield f"{what}, but request is {request}"


def ratio(
    kind: str, name: str, text: str, request: quantity.Quantity | None, limit: quantity.Quantity | None
) -> Iterator[str]:
    what = f"{name} max limit to request ratio per {kind} is {text}, but"
    if not request:
        yield f"{what} no request is specified or request is 0"
    elif not limit:
        yield f"{what} no limit is specified or limit is 0"
    else:
        found = limit.nanos / request.nanos
        if found > quantity.from_json(text).nanos / quantity.NANOS:
            yield f"{what} provided ratio is {found:f}"


def claim(spec: objects.Object, limits: Iterable[objects.Object]) -> Iterator[str]:
    requests = amounts((spec.get("resources") or {}).get("requests"))
    for limit in limits:
        if limit.get("type") != "PersistentVolumeClaim":
            continue
        for name, text in (limit.get("min") or {}).items():
            yield from at_least(limit["type"], name, text, requests.get(name), None)
        for name, text in (limit.get("max") or {}).items():
            what, request = f"maximum {name} usage per {limit['type']} is {text}", requests.get(name)
            if request is None:
                yield f"{what}.  No request is specified"
            elif quantity.from_json(text) < request:
                yield f"{what}, but request is {request}"
