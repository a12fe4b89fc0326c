"""Stores of any kinds over a memory backend, for authorizers that follow them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable
from typing import Any

from kroute.auth import authorization
from kroute.machinery import context, gvk, objects, query, requestinfo
from kroute.storage import caches, core, encoding, indexing, strategy
from kroute.storage.backend import errors
from kroute.storage.backend.memory import backend as memory

GROUP = "rbac.authorization.k8s.io"
ROLES = {"roles": True, "clusterroles": False, "rolebindings": True, "clusterrolebindings": False}


class World:
    """The stores, and what there is in them; `put` and `remove` are writes of somebody."""

    def __init__(self, shelves: caches.Caches) -> None:
        self.caches = shelves
        self.cores: dict[tuple[str, str], core.Core] = {}

    def add(self, plural: str, group: str, *, namespaced: bool) -> None:
        kind = gvk.GroupVersionKind(group, "v1", plural.title())
        indexer = indexing.Indexer(encoding.Layout(kind))
        resource = gvk.GroupResource(group, plural)
        self.cores[plural, group] = core.Core(
            cache=self.caches.shelf(str(resource), indexer),
            resource=resource,
            kind=kind,
            namespaced=namespaced,
            strategy=strategy.Strategy(),
            indexer=indexer,
            registry_path="",
        )

    def __call__(self, plural: str, group: str) -> core.Core | None:
        return self.cores.get((plural, group))

    async def put(self, plural: str, key: str, obj: objects.Object, group: str = GROUP) -> None:
        at = self.cores[plural, group]
        namespace, _, name = key.rpartition("/")
        metadata = {"name": name, **({"namespace": namespace} if namespace else {}), **obj.get("metadata", {})}
        whole = {"kind": at.kind.kind, "apiVersion": at.kind.api_version, **obj, "metadata": metadata}
        found = await at.log.get(key)
        draft = at.draft(key, whole)
        if found is None:
            record = await at.log.create(key, draft)
        else:
            record = await at.log.update(key, draft, expected=found.revision)
        at.written(record, whole)

    async def remove(self, plural: str, key: str, group: str = GROUP) -> None:
        at = self.cores[plural, group]
        found = await at.log.get(key)
        if found is not None:
            with contextlib.suppress(errors.KeyNotFound):
                await at.log.delete(key, expected=found.revision)
        await (await at.cache.cacher()).fresh()


@contextlib.asynccontextmanager
async def world(resources: Iterable[tuple[str, str, bool]] = (), *, window: int = 8192) -> AsyncIterator[World]:
    """Stores of roles and bindings, or of other resources (plural, group, namespaced)."""
    chosen = list(resources) or [(plural, GROUP, namespaced) for plural, namespaced in ROLES.items()]
    async with memory.MemoryBackend() as backend, caches.Caches(backend, window=window) as shelves:
        made = World(shelves)
        for plural, group, namespaced in chosen:
            made.add(plural, group, namespaced=namespaced)
        await shelves.ready()
        yield made


def rule(verbs: str = "", groups: str = "", resources: str = "", names: str = "", urls: str = "") -> objects.Object:
    """A policy rule of words; the core group is the empty one."""
    if urls:
        return {"verbs": verbs.split(), "nonResourceURLs": urls.split()}
    found: objects.Object = {"verbs": verbs.split(), "apiGroups": groups.split(" "), "resources": resources.split()}
    return {**found, "resourceNames": names.split()} if names else found


def binding(role: str, *subjects: str, kind: str = "Role") -> objects.Object:
    """A binding of a role to subjects: `User alice`, `Group devs`, `ServiceAccount ns/robot` or `ServiceAccount robot`."""
    ref = {"apiGroup": GROUP, "kind": kind, "name": role}
    return {"roleRef": ref, "subjects": [subject(each) for each in subjects]}


def subject(text: str) -> objects.Object:
    kind, _, name = text.partition(" ")
    namespace, _, own = name.rpartition("/")
    if kind != "ServiceAccount":
        return {"kind": kind, "apiGroup": GROUP, "name": name}
    return {"kind": kind, "name": own, **({"namespace": namespace} if namespace else {})}


def user(name: str, *groups: str) -> context.User:
    return context.User(name, groups=groups)


def request(method: str, url: str) -> context.RequestInfo:
    path, _, text = url.partition("?")
    return requestinfo.parse(method, path, query.parse(text))


async def allows(authorizer: Any, who: context.User, method: str, url: str) -> bool:
    decision = await authorizer.authorize(who, request(method, url))
    return bool(decision.verdict is authorization.Verdict.ALLOW)
