"""kr8s: objects that know how to save, watch and wait for themselves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import kr8s
import pytest
from kr8s.asyncio import objects

from kroute import app
from tests.fixtures.guestbooks import PATIENCE, guestbook

# it says that it wasn't tested with this version of Kubernetes
pytestmark = pytest.mark.filterwarnings("ignore:Kubernetes version .* is not supported")

Guestbook = objects.new_class(
    kind="Guestbook",
    version="guestbook.example.org/v1",
    plural="guestbooks",
    namespaced=True,
    scalable=True,
    asyncio=True,
)


@pytest.fixture
async def api(cluster: app.Running, namespace: str) -> AsyncIterator[Any]:
    made = await kr8s.asyncio.api(kubeconfig=str(cluster.kubeconfig), namespace=namespace)
    yield made
    await made._session.aclose()  # there is no public way


async def test_objects(api: Any, namespace: str) -> None:
    body = guestbook(moderators=["ann"])
    body["metadata"]["namespace"] = namespace
    inn = await Guestbook(body, api=api)
    assert not await inn.exists()
    await inn.create()
    assert inn.status.phase == "New"
    await inn.patch({"spec": {"theme": "dark"}})
    await inn.label(town="rye")
    await inn.annotate(note="x")
    await inn.scale(4)
    await inn.refresh()
    assert (inn.spec.theme, inn.spec.replicas, inn.labels, inn.annotations) == (
        "dark",
        4,
        {"town": "rye"},
        {"note": "x"},
    )
    assert [each.name async for each in Guestbook.list(api=api, label_selector="town=rye")] == ["inn"]
    assert (await Guestbook.get("inn", api=api)).metadata.uid == inn.metadata.uid
    await inn.delete()
    await inn.wait("delete", timeout=PATIENCE)
    with pytest.raises(kr8s.NotFoundError):
        await Guestbook.get("inn", api=api, timeout=1)


async def test_waiting_and_watching(api: Any, namespace: str) -> None:
    body = guestbook(moderators=["ann"])
    body["metadata"]["namespace"] = namespace
    inn = await Guestbook(body, api=api)
    await inn.create()

    async def open_it() -> None:
        await (await Guestbook.get("inn", api=api)).patch({"status": {"phase": "Open"}}, subresource="status")

    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(open_it())
        await inn.wait("jsonpath='{.status.phase}'=Open", timeout=PATIENCE)
    assert inn.status.phase == "Open"
    async for event, found in api.watch("guestbooks.guestbook.example.org", namespace=namespace):
        assert (event, found.name) == ("ADDED", "inn")
        break


async def test_errors(api: Any, namespace: str) -> None:
    body = guestbook(replicas=-1)
    body["metadata"]["namespace"] = namespace
    with pytest.raises(kr8s.ServerError, match=r"spec\.replicas in body should be greater than or equal to 0"):
        await (await Guestbook(body, api=api)).create()
    assert "kroute" in (await api.version())["gitVersion"]
