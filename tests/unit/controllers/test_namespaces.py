"""Namespaces go with all that is in them, and nothing survives."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import pytest

from kroute.controllers.namespaces import conditions
from kroute.machinery import errors, gvk, objects
from kroute.storage.backend import base
from kroute.storage.backend.memory import backend as memory
from tests.unit.controllers import serving

PODS = gvk.GroupVersionResource("", "v1", "pods")
DEPLOYMENTS = gvk.GroupVersionResource("apps", "v1", "deployments")
NAMES = ("namespaces", "configmaps", "secrets", "serviceaccounts", "pods", "nodes", "deployments.apps", "events")
ONLY = ("namespace-controller",)
HOLD = {"finalizers": ["example.org/hold"]}
TEMPLATE = {"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i"}]}}


async def fill(served: serving.Served, name: str, count: int = 3) -> None:
    await served.create(serving.NAMESPACES, name)
    for number in range(count):
        await served.create(serving.CONFIGMAPS, f"c{number}", name)
        await served.create(serving.SECRETS, f"s{number}", name)
        spec = {"selector": {"matchLabels": {"a": "b"}}, "template": TEMPLATE}
        await served.create(DEPLOYMENTS, f"d{number}", name, spec=spec)


async def left(served: serving.Served, name: str) -> list[str]:
    """Keys of everything in a namespace."""
    found = []
    for shelf in served.caches.all():
        cache = await shelf.cacher()
        await cache.fresh()
        found += [f"{shelf.name} {entry.key}" for entry in cache.snapshot(f"{name}/").entries]
    return found


async def test_a_namespace_goes_with_all_that_is_in_it_and_others_stay() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        await fill(served, "one")
        await fill(served, "two")
        await served.client.delete(serving.NAMESPACES, "one")
        await served.gone(serving.NAMESPACES, "one")
        assert await left(served, "one") == []
        assert len(await left(served, "two")) == 9


async def test_what_holds_it_up_is_told_in_conditions() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        await fill(served, "one", 1)
        await served.create(serving.CONFIGMAPS, "held", "one", metadata=HOLD)
        await served.client.delete(serving.NAMESPACES, "one")
        found: dict[str, Any] = {}

        async def told() -> bool:
            namespace = await served.client.get(serving.NAMESPACES, "one")
            found.update({each["type"]: each for each in (namespace["status"].get("conditions") or ())})
            return conditions.REMAINING in found

        await serving.eventually(told)
        assert found[conditions.REMAINING]["message"] == (
            "Some resources are remaining: configmaps. has 1 resource instances"
        )
        assert found[conditions.FINALIZERS]["message"] == (
            "Some finalizers are remaining: example.org/hold in 1 resource instances"
        )
        assert found[conditions.DISCOVERY]["status"] == found[conditions.CONTENT]["status"] == "False"
        assert await left(served, "one") == ["configmaps one/held"]
        with pytest.raises(errors.Forbidden, match="because it is being terminated"):
            await served.create(serving.CONFIGMAPS, "late", "one")
        await served.client.patch(serving.CONFIGMAPS, "held", {"metadata": {"finalizers": None}}, namespace="one")
        await served.gone(serving.NAMESPACES, "one")


async def test_pods_go_before_anything_else() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        await served.create(serving.NAMESPACES, "one")
        await served.create(gvk.GroupVersionResource("", "v1", "serviceaccounts"), "default", "one")
        await served.create(serving.CONFIGMAPS, "c", "one")
        await served.create(PODS, "p", "one", metadata=HOLD, spec=TEMPLATE["spec"])
        await served.client.delete(serving.NAMESPACES, "one")

        async def marked() -> bool:
            namespace = await served.client.get(serving.NAMESPACES, "one")
            return bool(namespace["status"].get("conditions"))

        await serving.eventually(marked)
        assert await served.is_there(serving.CONFIGMAPS, "c", "one")
        await served.client.patch(PODS, "p", {"metadata": {"finalizers": None}}, namespace="one")
        await served.gone(serving.NAMESPACES, "one")
        assert await left(served, "one") == []


async def test_other_finalizers_of_the_namespace_keep_it() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        await served.client.create(
            serving.NAMESPACES, {"metadata": {"name": "one"}, "spec": {"finalizers": ["example.org/mine"]}}
        )
        await served.create(serving.CONFIGMAPS, "c", "one")
        await served.client.delete(serving.NAMESPACES, "one")

        async def finalized() -> bool:
            return bool(
                (await served.client.get(serving.NAMESPACES, "one"))["spec"]["finalizers"] == ["example.org/mine"]
            )

        await serving.eventually(finalized)
        assert await left(served, "one") == []


async def test_objects_made_while_it_goes_go_too() -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        await fill(served, "one")
        refused = asyncio.Event()

        async def write(number: int) -> None:
            for count in range(10_000):
                try:
                    await served.create(serving.CONFIGMAPS, f"late-{number}-{count}", "one")
                except (errors.Forbidden, errors.NotFound):
                    refused.set()
                    return

        writers = [asyncio.ensure_future(write(number)) for number in range(4)]
        await served.client.delete(serving.NAMESPACES, "one")
        await asyncio.gather(*writers)
        await served.gone(serving.NAMESPACES, "one")
        assert await left(served, "one") == []


async def test_what_came_too_late_is_removed_and_a_new_namespace_of_the_name_is_not_touched(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async with serving.served(NAMES, controllers=ONLY) as served:
        for name in ("gone", "again"):
            await served.create(serving.NAMESPACES, name)
            await served.client.delete(serving.NAMESPACES, name)
            await served.gone(serving.NAMESPACES, name)
        await served.create(serving.NAMESPACES, "again")
        await served.create(serving.CONFIGMAPS, "new", "again")
        # a request that was let in before the namespace was told to go, and is written only now
        head = b'{"kind":"ConfigMap","apiVersion":"v1","metadata":{"resourceVersion":"'
        tail = b'","name":"stray","namespace":"gone","uid":"1","creationTimestamp":"2026-01-01T00:00:00Z"}}'
        await served.caches.named("configmaps").log.create("gone/stray", base.Draft(head, tail))

        async def swept() -> bool:
            return not await left(served, "gone")

        await serving.eventually(swept)
        assert await served.is_there(serving.CONFIGMAPS, "new", "again")
    assert "came after its namespace had gone" in caplog.text


async def test_a_restart_in_the_middle_goes_on_where_it_was() -> None:
    async with memory.MemoryBackend() as backend:
        async with serving.served(NAMES, backend=backend, controllers=ONLY) as served:
            await fill(served, "one")
            await served.create(serving.CONFIGMAPS, "held", "one", metadata=HOLD)
            await served.client.delete(serving.NAMESPACES, "one")
        async with serving.served(NAMES, backend=backend, controllers=ONLY) as served:
            await served.client.patch(serving.CONFIGMAPS, "held", {"metadata": {"finalizers": None}}, namespace="one")
            await served.gone(serving.NAMESPACES, "one")
            assert await left(served, "one") == []


async def test_two_controllers_at_once_do_no_harm() -> None:
    async with memory.MemoryBackend() as backend, contextlib.AsyncExitStack() as stack:
        both = [
            await stack.enter_async_context(serving.served(NAMES, backend=backend, controllers=ONLY)) for _ in range(2)
        ]
        names = [f"n{number}" for number in range(5)]
        for name in names:
            await fill(both[0], name)
        await asyncio.gather(*(both[1].client.delete(serving.NAMESPACES, name) for name in names))
        for name in names:
            await both[0].gone(serving.NAMESPACES, name)
            assert await left(both[1], name) == []


def test_conditions_change_only_when_there_is_something_new_to_tell() -> None:
    obj: objects.Object = {}
    outcome = conditions.Outcome()
    assert conditions.update(obj, outcome, "t1")
    assert not conditions.update(obj, outcome, "t2")
    outcome.failures = ["b", "a"]
    assert conditions.update(obj, outcome, "t3")
    found = {each["type"]: each for each in obj["status"]["conditions"]}[conditions.CONTENT]
    assert (found["status"], found["lastTransitionTime"]) == ("True", "t3")
    assert found["message"] == "Failed to delete all resource types, 2 remaining: a, b"
    outcome.failures = ["a"]
    assert conditions.update(obj, outcome, "t4")
    assert found["lastTransitionTime"] == "t3"
