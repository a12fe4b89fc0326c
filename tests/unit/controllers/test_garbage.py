"""Garbage collection: who goes with whom, and who stays."""

from __future__ import annotations

import asyncio
import contextlib
import random
from typing import Any

import pytest

from kroute.controllers.events import EVENTS
from kroute.machinery import gvk, objects
from kroute.storage.backend.memory import backend as memory
from tests.unit.controllers import serving

NAMES = ("namespaces", "configmaps", "secrets", "events", "clusterroles.rbac.authorization.k8s.io")
ONLY = ("garbage-collector-controller",)
ROLES = gvk.GroupVersionResource("rbac.authorization.k8s.io", "v1", "clusterroles")
CONFIGMAPS = serving.CONFIGMAPS


def owned(*owners: objects.Object, block: bool = True, **more: Any) -> dict[str, Any]:
    references = [
        {
            "apiVersion": owner.get("apiVersion", "v1"),
            "kind": owner["kind"],
            "name": owner["metadata"]["name"],
            "uid": owner["metadata"]["uid"],
            "blockOwnerDeletion": block,
        }
        for owner in owners
    ]
    return {"ownerReferences": references, **more}


async def make(served: serving.Served, name: str, *owners: objects.Object, block: bool = True, **more: Any) -> Any:
    """A ConfigMap with owners."""
    metadata = owned(*owners, block=block, **more) if owners else more
    return await served.create(CONFIGMAPS, name, "default", metadata=metadata)


async def delete(served: serving.Served, name: str, propagation: str = "Background") -> None:
    await served.client.delete(CONFIGMAPS, name, namespace="default", propagation=propagation)


async def there(served: serving.Served) -> set[str]:
    found = await served.client.list(CONFIGMAPS, namespace="default")
    return {item["metadata"]["name"] for item in found["items"]}


async def settled(served: serving.Served, *names: str) -> None:
    """Wait until there are these and no others."""

    async def check() -> bool:
        return await there(served) == set(names)

    await serving.eventually(check)


async def test_dependents_go_after_their_owner_through_all_generations() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        owner = await make(served, "owner")
        child = await make(served, "child", owner)
        await make(served, "grandchild", child)
        await make(served, "other")
        await served.create(serving.SECRETS, "secret", "default", metadata=owned(child))
        await delete(served, "owner")
        await settled(served, "other")
        await served.gone(serving.SECRETS, "secret", "default")


async def test_in_the_foreground_the_owner_goes_last() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        owner = await make(served, "owner")
        await make(served, "held", owner, finalizers=["example.org/hold"])
        await make(served, "free", owner)
        await delete(served, "owner", "Foreground")
        await settled(served, "owner", "held")
        found = await served.client.get(CONFIGMAPS, "owner", namespace="default")
        assert found["metadata"]["finalizers"] == ["foregroundDeletion"]
        await served.client.patch(CONFIGMAPS, "held", {"metadata": {"finalizers": None}}, namespace="default")
        await settled(served)


async def test_dependents_that_do_not_block_are_not_waited_for() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        owner = await make(served, "owner")
        await make(served, "held", owner, block=False, finalizers=["example.org/hold"])
        await delete(served, "owner", "Foreground")
        await settled(served, "held")
        found = await served.client.get(CONFIGMAPS, "held", namespace="default")
        assert found["metadata"]["deletionTimestamp"]


async def test_foreground_reaches_all_generations_and_ends_circles() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        first = await make(served, "first")
        second = await make(served, "second", first)
        await make(served, "third", second)
        await served.client.patch(CONFIGMAPS, "first", {"metadata": owned(second)}, namespace="default")
        await delete(served, "first", "Foreground")
        await settled(served)


async def test_orphans_stay_and_lose_only_that_owner() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        owner, other = await make(served, "owner"), await make(served, "other")
        for number in range(20):
            await make(served, f"d{number}", owner, *([other] if number % 2 else []))
        await delete(served, "owner", "Orphan")
        await served.gone(CONFIGMAPS, "owner", "default")
        assert len(await there(served)) == 21
        for number in range(20):
            metadata = (await served.client.get(CONFIGMAPS, f"d{number}", namespace="default"))["metadata"]
            names = [each["name"] for each in metadata.get("ownerReferences", ())]
            assert names == (["other"] if number % 2 else [])


async def test_one_owner_that_is_left_is_enough_and_the_lost_one_is_forgotten() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        owner, other = await make(served, "owner"), await make(served, "other")
        await make(served, "child", owner, other)
        await delete(served, "owner")

        async def forgotten() -> bool:
            found = await served.client.get(CONFIGMAPS, "child", namespace="default")
            return [each["name"] for each in found["metadata"]["ownerReferences"]] == ["other"]

        await serving.eventually(forgotten)
        await delete(served, "other")
        await settled(served)


async def test_an_owner_of_that_name_with_another_uid_is_none() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        owner = await make(served, "owner")
        await make(served, "fake", {**owner, "metadata": {**owner["metadata"], "uid": "other"}})
        await make(served, "real", owner)
        await settled(served, "owner", "real")


async def test_an_owner_in_another_namespace_is_none() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        await served.create(serving.NAMESPACES, "elsewhere")
        owner = await served.create(CONFIGMAPS, "owner", "elsewhere")
        await make(served, "child", owner)
        await settled(served)
        (told,) = [each for each in (await served.client.list(EVENTS))["items"] if each["type"] == "Warning"]
        assert told["reason"] == "OwnerRefInvalidNamespace"
        assert told["message"].endswith('] does not exist in namespace "default"')


async def test_owners_without_namespace_own_objects_in_one_and_not_the_other_way_round() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        role = await served.create(ROLES, "owner", rules=[])
        await make(served, "child", role)
        configmap = await make(served, "plain")
        await served.create(ROLES, "wrong", metadata=owned(configmap), rules=[])
        await served.client.delete(ROLES, "owner")
        await delete(served, "plain")
        await settled(served)
        assert await served.is_there(ROLES, "wrong")


async def test_nothing_goes_for_an_owner_of_an_unknown_kind() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        unknown = {"apiVersion": "example.org/v1", "kind": "Widget", "metadata": {"name": "w", "uid": "1"}}
        await make(served, "child", unknown)
        owner = await make(served, "owner")
        await make(served, "other", owner)
        await delete(served, "owner")
        await settled(served, "child")


async def test_owners_that_were_gone_before_the_start_are_noticed_and_foreground_goes_on() -> None:
    async with memory.MemoryBackend() as backend:
        async with serving.served(NAMES, backend=backend) as served:
            owner, waiting = await make(served, "owner"), await make(served, "waiting")
            orphaning = await make(served, "orphaning")
            await make(served, "child", owner)
            await make(served, "blocking", waiting)
            await make(served, "orphan", orphaning)
            await delete(served, "owner")
            await delete(served, "waiting", "Foreground")
            await delete(served, "orphaning", "Orphan")
            assert await there(served) == {"waiting", "orphaning", "child", "blocking", "orphan"}
        async with serving.served(NAMES, backend=backend, controllers=ONLY) as served:
            await settled(served, "orphan")


async def test_dependents_made_while_the_owner_goes_go_too() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        owner = await make(served, "owner")
        for number in range(10):
            await make(served, f"early-{number}", owner)
        late = asyncio.gather(*(make(served, f"late-{number}", owner) for number in range(30)))
        await delete(served, "owner", "Foreground")
        await late
        await settled(served)


@pytest.mark.parametrize("seed", range(4))
async def test_what_is_left_of_a_random_family_is_what_has_an_owner_left(seed: int) -> None:
    chance = random.Random(seed)
    async with memory.MemoryBackend() as backend, contextlib.AsyncExitStack() as stack:
        both = [
            await stack.enter_async_context(serving.served(NAMES, backend=backend, controllers=ONLY)) for _ in range(2)
        ]
        made: list[objects.Object] = []
        owners: dict[str, list[str]] = {}
        for number in range(60):
            chosen = chance.sample(made, min(len(made), chance.choice((0, 1, 1, 2, 3))))
            made.append(await make(chance.choice(both), f"o{number}", *chosen, block=chance.random() < 0.5))
            owners[f"o{number}"] = [each["metadata"]["name"] for each in chosen]
        doomed = chance.sample(sorted(owners), 12)
        await asyncio.gather(
            *(delete(chance.choice(both), name, chance.choice(("Background", "Foreground"))) for name in doomed),
            return_exceptions=True,  # some have gone with their owners already
        )
        alive: set[str] = set()
        for name, parents in owners.items():
            if name not in doomed and (not parents or alive.intersection(parents)):
                alive.add(name)
        await settled(both[0], *alive)
        for name in alive:
            found = await both[1].client.get(CONFIGMAPS, name, namespace="default")
            assert "deletionTimestamp" not in found["metadata"]
