"""DELETE of objects and collections, over HTTP."""

from __future__ import annotations

from typing import Any

import pytest

from kroute import installer
from kroute.admission import attributes, chain
from kroute.machinery import context, errors
from kroute.storage import capabilities, options
from tests.fixtures import serving, widgets

ITEMS, BASE = serving.ITEMS, serving.BASE
ITEM = f"{ITEMS}/a"


@pytest.fixture(autouse=True)
async def three(client: serving.Client) -> None:
    for name in ("a", "b"):
        await client.send("POST", ITEMS, widgets.widget(name, labels={"name": name}))
    held = widgets.widget("held")
    held["metadata"]["finalizers"] = ["toys.example.org/hold"]
    await client.send("POST", ITEMS, held)


async def test_what_is_not_there_is_not_found(client: serving.Client) -> None:
    found = await client.send("DELETE", f"{ITEMS}/z")
    assert (found.status, found.body["reason"]) == (404, "NotFound")


@pytest.mark.parametrize(
    "body, status, message",
    [
        (b"{", 400, "unexpected end of JSON input"),
        (b'{"gracePeriodSeconds":"soon"}', 400, "cannot unmarshal string"),
        (b'{"kind":"Widget","apiVersion":"v1"}', 400, 'no kind "Widget" is registered for version "v1"'),
        (b'{"kind":"CreateOptions"}', 400, "decoded object cannot be converted to DeleteOptions"),
        (b'{"propagationPolicy":"Never"}', 422, 'propagationPolicy: Unsupported value: "Never"'),
        (b'{"propagationPolicy":"Orphan","orphanDependents":true}', 422, "cannot be both set"),
        (b'{"dryRun":["Some"]}', 422, 'dryRun: Unsupported value: ["Some"]'),
    ],
)
async def test_options_that_make_no_sense_are_refused(
    client: serving.Client, storage: widgets.Widgets, body: bytes, status: int, message: str
) -> None:
    found = await client.send("DELETE", ITEM, raw=body)
    assert found.status == status
    assert message in found.body["message"]
    assert "play/a" in storage.found


async def test_a_body_in_another_format_is_415(client: serving.Client) -> None:
    found = await client.send("DELETE", ITEM, {}, content_type="text/csv")
    assert (found.status, found.body["reason"]) == (415, "UnsupportedMediaType")


async def test_an_object_goes_and_a_status_says_so(client: serving.Client, storage: widgets.Widgets) -> None:
    found = await client.send("DELETE", ITEM)
    assert found.status == 200
    assert found.body == {
        "kind": "Status",
        "apiVersion": "v1",
        "metadata": {},
        "status": "Success",
        "details": {"name": "a", "group": "toys.example.org", "kind": "widgets", "uid": "uid-a"},
    }
    assert sorted(storage.found) == ["play/b", "play/held"]


async def test_an_object_that_stays_for_now_is_answered(client: serving.Client) -> None:
    found = await client.send("DELETE", f"{ITEMS}/held")
    assert (found.status, found.body["kind"]) == (200, "Widget")
    waiting = await client.send("DELETE", f"{ITEMS}/held", {"orphanDependents": False})
    assert waiting.status == 202


async def test_options_come_from_the_body_or_from_the_query(client: serving.Client, storage: widgets.Widgets) -> None:
    sent = {
        "kind": "DeleteOptions",
        "apiVersion": "toys.example.org/v1",
        "gracePeriodSeconds": 5,
        "preconditions": {"uid": "u", "resourceVersion": "7"},
        "propagationPolicy": "Foreground",
        "dryRun": ["All"],
    }
    await client.send("DELETE", f"{ITEM}?gracePeriodSeconds=9", sent)
    assert storage.seen[-1] == options.DeleteOptions(
        grace_period_seconds=5,
        preconditions=options.Preconditions("u", "7"),
        propagation_policy="Foreground",
        dry_run=True,
    )
    await client.send("DELETE", f"{ITEM}?gracePeriodSeconds=9&propagationPolicy=Orphan&dryRun=All")
    assert storage.seen[-1] == options.DeleteOptions(grace_period_seconds=9, propagation_policy="Orphan", dry_run=True)
    text = b"kind: DeleteOptions\napiVersion: v1\ngracePeriodSeconds: 3\ndryRun: [All]\n"
    await client.send("DELETE", ITEM, raw=text, content_type="application/yaml")
    assert storage.seen[-1] == options.DeleteOptions(grace_period_seconds=3, dry_run=True)


async def test_a_storage_need_not_say_anything() -> None:
    class Silent:
        kind, namespaced = widgets.KIND, True

        async def delete(
            self,
            ctx: context.RequestContext,
            name: str,
            *,
            validate: capabilities.Validate,
            options: options.DeleteOptions,
        ) -> capabilities.DeleteResult:
            return capabilities.DeleteResult(None, gone=True)

    async with serving.bare(installer.APIInstaller([serving.group(Silent())])) as client:
        found = await client.send("DELETE", ITEM)
    assert (found.status, found.body["status"], found.body["details"]["name"]) == (200, "Success", "a")


async def test_a_selection_of_a_collection_goes(client: serving.Client, storage: widgets.Widgets) -> None:
    found = await client.send("DELETE", f"{ITEMS}?labelSelector=name%3Da", {"gracePeriodSeconds": 0})
    assert (found.status, found.body["kind"]) == (200, "WidgetList")
    assert [item["metadata"]["name"] for item in found.body["items"]] == ["a"]
    assert sorted(storage.found) == ["play/b", "play/held"]
    assert storage.seen[-1].grace_period_seconds == 0


@pytest.mark.parametrize("query, status", [("labelSelector=a!b", 400), ("sendInitialEvents=true", 422)])
async def test_a_selection_that_makes_no_sense_deletes_nothing(
    client: serving.Client, storage: widgets.Widgets, query: str, status: int
) -> None:
    found = await client.send("DELETE", f"{ITEMS}?{query}")
    assert found.status == status
    assert len(storage.found) == 3


async def test_admission_is_asked_about_each_object_that_is_to_go(storage: widgets.Widgets) -> None:
    asked: list[Any] = []

    class Protect:
        operations = (attributes.Operation.DELETE,)

        async def validate(self, found: attributes.Attributes) -> None:
            assert found.old is not None
            asked.append((found.old["metadata"]["name"], found.name, found.obj, found.dry_run))
            if found.old["metadata"]["name"] == "b":
                raise errors.Forbidden.of(widgets.RESOURCE, "b", "it is protected")

    settings = installer.Settings(admission=chain.AdmissionChain([Protect()]))
    async with serving.bare(installer.APIInstaller([serving.group(storage)], settings=settings)) as client:
        found = await client.send("DELETE", f"{ITEMS}/b?dryRun=All")
        assert (found.status, found.body["reason"]) == (403, "Forbidden")
        assert asked == [("b", "b", None, True)]
        everything = await client.send("DELETE", ITEMS)
        assert everything.status == 403
    assert asked[1:] == [("a", "", None, False), ("b", "", None, False)]
    assert "play/b" in storage.found
