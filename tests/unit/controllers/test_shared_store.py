"""Two servers over one Redis, each with its own watch caches: what one is told, the other one's controllers do."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest

from kroute.machinery import errors, gvk, objects
from kroute.storage.backend import factory
from tests.unit.controllers import serving

NAMES = ("namespaces", "configmaps", "secrets", "events", "leases.coordination.k8s.io")
CONFIGMAPS, SECRETS, NAMESPACES = serving.CONFIGMAPS, serving.SECRETS, serving.NAMESPACES
LEASE = "kroute-controllers"


@contextlib.asynccontextmanager
async def pair(url: str) -> AsyncIterator[list[serving.Served]]:
    async with contextlib.AsyncExitStack() as stack:
        made = []
        for _ in range(2):
            backend = await stack.enter_async_context(factory.open_backend(url))
            made.append(await stack.enter_async_context(serving.served(NAMES, backend=backend, controllers=("*",))))
        yield made


async def fresh(served: serving.Served, prefix: str) -> list[str]:
    found = []
    for shelf in served.caches.all():
        cache = await shelf.cacher()
        await cache.fresh()
        found += [f"{shelf.name} {entry.key}" for entry in cache.snapshot(prefix).entries]
    return found


async def test_one_of_them_leads(redis_url: str) -> None:
    async with pair(redis_url) as both:
        holders: set[str] = set()

        async def led() -> bool:
            if await both[0].is_there(serving.LEASES, LEASE, "kube-system"):
                lease = await both[0].client.get(serving.LEASES, LEASE, namespace="kube-system")
                holders.add(lease["spec"]["holderIdentity"])
            return bool(holders)

        await serving.eventually(led)
        for _ in range(20):
            await led()
        assert len(holders) == 1


async def test_nothing_survives_a_namespace_that_both_write_to(redis_url: str) -> None:
    async with pair(redis_url) as both:
        for name in ("one", "two", "three"):
            await both[0].create(NAMESPACES, name)

        async def write(served: serving.Served, resource: gvk.GroupVersionResource, name: str, who: int) -> None:
            for count in range(10_000):
                try:
                    await served.create(resource, f"o-{who}-{count}", name)
                except (errors.Forbidden, errors.NotFound):
                    return

        writers = [
            asyncio.ensure_future(write(served, resource, name, who))
            for name in ("one", "two", "three")
            for resource in (CONFIGMAPS, SECRETS)
            for who, served in enumerate(both)
        ]
        for number, name in enumerate(("one", "two", "three")):
            await both[number % 2].client.delete(NAMESPACES, name)
        await asyncio.gather(*writers)
        for name in ("one", "two", "three"):
            await both[1].gone(NAMESPACES, name)
            assert await fresh(both[0], f"{name}/") == []


@pytest.mark.parametrize("seed", range(2))
async def test_families_that_both_write_to_are_collected(redis_url: str, seed: int) -> None:
    chance = random.Random(seed)
    async with pair(redis_url) as both:
        made: list[objects.Object] = []
        owners: dict[str, list[str]] = {}
        for number in range(40):
            chosen = chance.sample(made, min(len(made), chance.choice((0, 1, 1, 2))))
            references: list[Any] = [
                {
                    "apiVersion": "v1",
                    "kind": "ConfigMap",
                    "name": each["metadata"]["name"],
                    "uid": each["metadata"]["uid"],
                }
                for each in chosen
            ]
            metadata = {"ownerReferences": references} if references else {}
            made.append(await chance.choice(both).create(CONFIGMAPS, f"o{number}", "default", metadata=metadata))
            owners[f"o{number}"] = [each["metadata"]["name"] for each in chosen]
        doomed = chance.sample(sorted(owners), 8)
        await asyncio.gather(
            *(
                chance.choice(both).client.delete(
                    CONFIGMAPS, name, namespace="default", propagation=chance.choice(("Background", "Foreground"))
                )
                for name in doomed
            ),
            return_exceptions=True,  # some have gone with their owners already
        )
        alive: set[str] = set()
        for name, parents in owners.items():
            if name not in doomed and (not parents or alive.intersection(parents)):
                alive.add(name)

        async def settled() -> bool:
            found = await both[0].client.list(CONFIGMAPS, namespace="default")
            return {item["metadata"]["name"] for item in found["items"]} - {"kube-root-ca.crt"} == alive

        await serving.eventually(settled)
