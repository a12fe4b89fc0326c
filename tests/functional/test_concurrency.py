"""Many who change one object at once: nothing is lost, nothing done twice, and what only the server counts is right."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from examples import guestbook as example
from kroute.testing import serving
from tests.fixtures import guestbooks
from tests.fixtures.guestbooks import PATIENCE, Answer, Book, guestbook

MANY, FEWER = 50, 20
MERGE, JSON_PATCH, APPLY = "application/merge-patch+json", "application/json-patch+json", "application/apply-patch+yaml"
OWNERS = [{"apiVersion": "v1", "kind": "Node", "name": "n", "uid": "11111111-2222-3333-4444-555555555555"}]


class Client:
    """Many requests at once at one server."""

    def __init__(self, session: aiohttp.ClientSession, url: str) -> None:
        self._session, self._url = session, url

    async def send(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Answer:
        headers = {"Content-Type": content_type}
        async with self._session.request(method, self._url + path, json=body, headers=headers) as answer:
            return Answer(answer.status, answer.headers, await answer.json())

    async def get(self, path: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.send("GET", path)).body
        return found


@pytest.fixture(params=["memory", "sqlite"])
def inn(request: pytest.FixtureRequest, guestbook_server: Any, tmp_path: Path) -> Iterator[Book]:
    """A client, with a guestbook `inn` in its namespace."""
    number = next(guestbooks.NUMBERS)
    if request.param == "memory":
        found = Book(guestbook_server, f"crowd-{number}")
        made = guestbook(moderators=["ann"])
        made["metadata"]["ownerReferences"] = OWNERS
        assert found.post(made).status == 201
        yield found
        return
    with serving.running(example.server, storage=f"sqlite:///{tmp_path / 'crowd.db'}") as running:
        found = Book(running, f"crowd-{number}")
        made = guestbook(moderators=["ann"])
        made["metadata"]["ownerReferences"] = OWNERS
        assert found.post(made).status == 201
        yield found


@pytest.fixture
async def client(inn: Book) -> AsyncIterator[Client]:
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    async with aiohttp.ClientSession(timeout=timeout, connector=aiohttp.TCPConnector(limit=0)) as session:
        yield Client(session, inn.running.url)


def item(inn: Book) -> str:
    return f"{inn.items}/inn"


async def test_of_many_updates_of_one_version_one_wins(client: Client, inn: Book) -> None:
    seen = await client.get(item(inn))

    async def title(number: int) -> Answer:
        return await client.send("PUT", item(inn), {**seen, "spec": {**seen["spec"], "title": f"by {number}"}})

    found = await asyncio.gather(*map(title, range(MANY)))
    assert Counter(each.status for each in found) == {200: 1, 409: MANY - 1}
    (winner,) = [each.body for each in found if each.status == 200]
    assert await client.get(item(inn)) == winner
    assert winner["metadata"]["generation"] == 2
    refused = next(each.body for each in found if each.status == 409)
    assert (refused["reason"], refused["message"]) == (
        "Conflict",
        'Operation cannot be fulfilled on guestbooks.guestbook.example.org "inn": the object has been modified; please '
        "apply your changes to the latest version and try again",
    )


async def test_who_tries_again_after_a_conflict_loses_nothing(client: Client, inn: Book) -> None:
    async def count() -> int:
        """Add one, by reading, changing and writing; how often it took."""
        for attempt in range(1, 10 * MANY):
            found = await client.get(item(inn))
            notes = found["metadata"].setdefault("annotations", {})
            notes["count"] = str(int(notes.get("count", "0")) + 1)
            if (await client.send("PUT", item(inn), found)).status == 200:
                return attempt
        raise AssertionError("never got through")

    attempts = await asyncio.gather(*(count() for _ in range(MANY)))
    found = (await client.get(item(inn)))["metadata"]
    assert found["annotations"]["count"] == str(MANY)
    assert max(attempts) > 1
    assert found["generation"] == 1
    assert found["ownerReferences"] == OWNERS


async def test_patches_that_test_a_value_first_count_right(client: Client, inn: Book) -> None:
    async def count() -> None:
        for _ in range(10 * FEWER):
            now = (await client.get(item(inn)))["spec"]["replicas"]
            patch = [
                {"op": "test", "path": "/spec/replicas", "value": now},
                {"op": "replace", "path": "/spec/replicas", "value": now + 1},
            ]
            found = await client.send("PATCH", item(inn), patch, JSON_PATCH)
            if found.status == 200:
                return
            assert (found.status, found.body["reason"]) == (422, "Invalid")
        raise AssertionError("never got through")

    await asyncio.gather(*(count() for _ in range(FEWER)))
    found = await client.get(item(inn))
    assert (found["spec"]["replicas"], found["metadata"]["generation"]) == (1 + FEWER, 1 + FEWER)


@pytest.mark.parametrize("content_type", [MERGE, JSON_PATCH, APPLY])
async def test_patches_of_different_fields_are_all_kept(client: Client, inn: Book, content_type: str) -> None:
    start: dict[str, Any] = {"metadata": {"annotations": {"start": "x"}}}
    await client.send("PATCH", item(inn), start, MERGE)

    async def patch(number: int) -> Answer:
        note = {f"n{number}": "x"}
        metadata: Any = {"metadata": {"annotations": note}}
        if content_type == JSON_PATCH:
            metadata = [{"op": "add", "path": f"/metadata/annotations/n{number}", "value": "x"}]
        if content_type == APPLY:
            metadata = {
                "apiVersion": "guestbook.example.org/v1",
                "kind": "Guestbook",
                "metadata": {"name": "inn", "annotations": note},
            }
        query = f"?fieldManager=m{number}" if content_type == APPLY else ""
        return await client.send("PATCH", item(inn) + query, metadata, content_type)

    found = await asyncio.gather(*map(patch, range(FEWER)))
    assert {each.status for each in found} == {200}
    metadata = (await client.get(item(inn)))["metadata"]
    assert metadata["annotations"].keys() == {"start", *(f"n{number}" for number in range(FEWER))}
    versions = {each.body["metadata"]["resourceVersion"] for each in found}
    assert len(versions) == FEWER
    assert metadata["resourceVersion"] == max(versions, key=int)
    assert metadata["generation"] == 1
    if content_type == APPLY:
        managers = [each for each in metadata["managedFields"] if each["operation"] == "Apply"]
        assert len({each["manager"] for each in managers}) == len(managers) == FEWER


async def test_of_many_creates_of_one_name_one_wins(client: Client, inn: Book) -> None:
    found = await asyncio.gather(*(client.send("POST", inn.items, guestbook("new")) for _ in range(MANY)))
    assert Counter(each.status for each in found) == {201: 1, 409: MANY - 1}
    assert {each.body["reason"] for each in found if each.status == 409} == {"AlreadyExists"}


async def test_generated_names_are_all_different(client: Client, inn: Book) -> None:
    body = guestbook() | {"metadata": {"generateName": "book-"}}
    found = await asyncio.gather(*(client.send("POST", inn.items, body) for _ in range(MANY)))
    assert {each.status for each in found} == {201}
    assert len({each.body["metadata"]["name"] for each in found}) == MANY


async def test_of_many_deletions_one_deletes(client: Client, inn: Book) -> None:
    uid = (await client.get(item(inn)))["metadata"]["uid"]
    condition = {"preconditions": {"uid": uid}}
    found = await asyncio.gather(*(client.send("DELETE", item(inn), condition) for _ in range(MANY)))
    assert Counter(each.status for each in found) == {200: 1, 404: MANY - 1}
    assert next(each.body["details"]["uid"] for each in found if each.status == 200) == uid


async def test_finalizers_that_many_take_away_at_once_let_go_once_all_are_gone(client: Client, inn: Book) -> None:
    names = [f"example.com/f{number}" for number in range(20)]
    held = guestbook("held", moderators=["ann"])
    held["metadata"] |= {"finalizers": names, "ownerReferences": OWNERS}
    assert (await client.send("POST", inn.items, held)).status == 201
    where = f"{inn.items}/held"
    deleted = await client.send("DELETE", where)
    assert (deleted.status, deleted.body["kind"]) == (200, "Guestbook")
    again = (await client.send("DELETE", where)).body["metadata"]
    assert again["deletionTimestamp"] == deleted.body["metadata"]["deletionTimestamp"]

    async def let_go(name: str) -> None:
        for _ in range(100):
            found = await client.get(where)
            assert found["metadata"]["ownerReferences"] == OWNERS
            found["metadata"]["finalizers"].remove(name)
            if (await client.send("PUT", where, found)).status == 200:
                return
        raise AssertionError("never got through")

    await asyncio.gather(*map(let_go, names))
    assert (await client.get(where))["reason"] == "NotFound"
    added = await client.send("POST", inn.items, guestbook("held"))
    assert added.body["metadata"]["uid"] != deleted.body["metadata"]["uid"]


async def test_the_generation_counts_changes_of_the_spec_alone(client: Client, inn: Book) -> None:
    async def change(path: str, **body: Any) -> None:
        assert (await client.send("PATCH", path, body, MERGE)).status == 200

    await asyncio.gather(
        *(change(item(inn), spec={"replicas": 10 + number}) for number in range(10)),
        *(change(item(inn), metadata={"labels": {f"l{number}": "x"}}) for number in range(10)),
        *(change(f"{item(inn)}/status", status={"replicas": number}) for number in range(10)),
        *(change(f"{item(inn)}/scale", spec={"replicas": 30 + number}) for number in range(10)),
    )
    found = await client.get(item(inn))
    assert found["metadata"]["generation"] == 21
    assert len(found["metadata"]["labels"]) == 10
    assert found["metadata"]["ownerReferences"] == OWNERS
    before = found["metadata"]["resourceVersion"]
    await change(item(inn), spec={"replicas": found["spec"]["replicas"]}, status={"replicas": 99})
    assert (await client.get(item(inn)))["metadata"]["resourceVersion"] == before
