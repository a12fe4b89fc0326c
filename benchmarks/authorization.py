"""What one decision by roles costs with thousands of bindings.

    python -m benchmarks.authorization --bindings 5000

The index is filled from stores in memory.  A decision that was made before comes from memory; one that wasn't looks at
the user's own bindings; and the first one after a change reads the change first.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import time
from collections.abc import Callable, Iterator

from kroute.auth import rbac
from kroute.machinery import context, gvk, objects
from kroute.storage import caches, core, encoding, indexing, strategy
from kroute.storage.backend.memory import backend as memory

PLURALS = {"roles": True, "clusterroles": False, "rolebindings": True, "clusterrolebindings": False}
ROUNDS = 20_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bindings", type=int, default=5000)
    parser.add_argument("--namespaces", type=int, default=100)
    given = parser.parse_args()
    asyncio.run(measure(given.bindings, given.namespaces))


async def measure(bindings: int, namespaces: int) -> None:
    async with memory.MemoryBackend() as backend, caches.Caches(backend) as shelves:
        stores = {plural: store(shelves, plural, namespaced) for plural, namespaced in PLURALS.items()}
        await shelves.ready()
        for plural, key, obj in policy(bindings, namespaces):
            await write(stores[plural], key, obj)
        roles = rbac.RBAC()
        roles.attach(lambda plural, group: stores[plural])
        before = time.process_time()
        roles.decide(user(0), request(0, 0))
        print(f"{bindings} bindings read in {(time.process_time() - before) * 1e3:.0f} ms")
        known = itertools.cycle([(user(number), request(number, namespaces)) for number in range(100)])
        show("known user and request", lambda: roles.decide(*next(known)), ROUNDS)
        fresh = itertools.count(1)
        show("known user, new request", lambda: roles.decide(user(7), request(7, namespaces, next(fresh))), ROUNDS)
        strangers = itertools.count(bindings)
        show("new user", lambda: roles.decide(user(next(strangers)), request(7, namespaces)), ROUNDS)
        cost = 0.0
        for number in range(1000):
            await write(stores["rolebindings"], f"ns-0/late-{number}", binding("reader", f"late-{number}"))
            before = time.process_time()
            roles.decide(user(7), request(7, namespaces))
            cost += time.process_time() - before
        print(f"{'after a change':26} {cost * 1e3:7.2f} us")


def show(what: str, work: Callable[[], object], rounds: int) -> None:
    before = time.process_time()
    for _ in range(rounds):
        work()
    print(f"{what:26} {(time.process_time() - before) / rounds * 1e6:7.2f} us")


def store(shelves: caches.Caches, plural: str, namespaced: bool) -> core.Core:
    kind = gvk.GroupVersionKind(rbac.GROUP, "v1", plural.title())
    indexer, resource = indexing.Indexer(encoding.Layout(kind)), gvk.GroupResource(rbac.GROUP, plural)
    return core.Core(
        cache=shelves.shelf(str(resource), indexer),
        resource=resource,
        kind=kind,
        namespaced=namespaced,
        strategy=strategy.Strategy(),
        indexer=indexer,
        registry_path="",
    )


async def write(at: core.Core, key: str, obj: objects.Object) -> None:
    namespace, _, name = key.rpartition("/")
    whole = {"kind": at.kind.kind, "apiVersion": at.kind.api_version, "metadata": {"name": name}, **obj}
    if namespace:
        whole["metadata"]["namespace"] = namespace
    at.written(await at.log.create(key, at.draft(key, whole)), whole)


def policy(bindings: int, namespaces: int) -> Iterator[tuple[str, str, objects.Object]]:
    """Users with a binding each, one in ten of them in the whole cluster."""
    rules = [
        {"verbs": ["get", "list"], "apiGroups": [group], "resources": [f"kind{number}" for number in range(10)]}
        for group in ("", "apps", "batch")
    ]
    rules.append({"verbs": ["get", "list", "watch"], "apiGroups": [""], "resources": ["pods", "pods/log"]})
    yield "clusterroles", "reader", {"rules": rules}
    for number in range(bindings):
        obj = binding("reader", f"user-{number}")
        if number % 10:
            yield "rolebindings", f"ns-{number % namespaces}/b-{number}", obj
        else:
            yield "clusterrolebindings", f"b-{number}", obj


def binding(role: str, name: str) -> objects.Object:
    subject = {"kind": "User", "apiGroup": rbac.GROUP, "name": name}
    return {"roleRef": {"apiGroup": rbac.GROUP, "kind": "ClusterRole", "name": role}, "subjects": [subject]}


def user(number: int) -> context.User:
    return context.User(f"user-{number}", groups=("devs", "ops", "system:authenticated"))


def request(number: int, namespaces: int, fresh: int = 0) -> context.RequestInfo:
    resource = f"new{fresh}" if fresh else "pods"
    namespace = f"ns-{number % (namespaces or 1)}"
    return context.RequestInfo("", "get", True, "api", "", "v1", namespace, resource, "", "web")


if __name__ == "__main__":
    main()
