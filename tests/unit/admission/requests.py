"""Requests for admission plugins in tests, and what these look things up in."""

from __future__ import annotations

from typing import Any, cast

from kroute.admission import asking, attributes
from kroute.machinery import context, gvk
from kroute.storage import lookups

ALICE = context.User("alice", groups=("system:authenticated",))


class Known:
    """Objects that can be looked up, by name and namespace."""

    def __init__(self, *objects: Any) -> None:
        self._objects = list(objects)

    def cached(self, name: str, namespace: str = "") -> Any:
        for each in self._objects:
            metadata = each["metadata"]
            if metadata["name"] == name and metadata.get("namespace", "") == namespace:
                return each
        return None

    async def get(self, name: str, namespace: str = "") -> Any:
        return self.cached(name, namespace)

    async def find(self, name: str, namespace: str = "") -> Any:
        return self.cached(name, namespace)

    async def all(self, namespace: str = "") -> list[Any]:
        return [each for each in self._objects if not namespace or each["metadata"].get("namespace") == namespace]


def lookup(*objects: Any) -> lookups.Lookup:
    return cast(lookups.Lookup, Known(*objects))


class Asked:
    """An authorizer that allows what it is told to, as `verb resource name`; `asked` is what it was asked."""

    def __init__(self, *allowed: str) -> None:
        self._allowed = set(allowed)
        self.asked: list[str] = []

    async def __call__(self, user: context.User, info: context.RequestInfo) -> asking.Answer:
        resource = f"{info.resource}/{info.subresource}" if info.subresource else info.resource
        words = f"{info.verb} {resource} {info.name}".strip()
        self.asked.append(words)
        return asking.Answer(words in self._allowed, reason="" if words in self._allowed else "no rule")


def request(
    resource: str,
    obj: Any = None,
    old: Any = None,
    *,
    group: str = "",
    kind: str = "Thing",
    operation: str = "",
    subresource: str = "",
    namespace: str = "default",
    name: str | None = None,
    user: context.User = ALICE,
    dry_run: bool = False,
) -> attributes.Attributes:
    """A request; without an operation, of what the objects say."""
    if not operation:
        operation = "DELETE" if obj is None else "UPDATE" if old is not None else "CREATE"
    metadata = ((obj or old or {}).get("metadata")) or {}
    return attributes.Attributes(
        operation=attributes.Operation(operation),
        kind=gvk.GroupVersionKind(group, "v1", kind),
        resource=gvk.GroupVersionResource(group, "v1", resource),
        subresource=subresource,
        namespace=namespace,
        name=metadata.get("name", "") if name is None else name,
        obj=obj,
        old=old,
        dry_run=dry_run,
        ctx=context.RequestContext(user=user, namespace=namespace),
    )
