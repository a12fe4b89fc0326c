"""PUT, over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kroute import installer
from kroute.actions import scope
from kroute.admission import attributes, chain
from kroute.machinery import context, errors, objects
from kroute.storage import capabilities, options
from tests.fixtures import serving, widgets

ITEMS = serving.ITEMS
ITEM = f"{ITEMS}/a"


@pytest.fixture
async def there(client: serving.Client) -> objects.Object:
    """A widget as the server has it."""
    found = await client.send("POST", ITEMS, widgets.widget("a"))
    assert found.status == 201
    return found.body  # type: ignore[no-any-return]


async def test_what_is_not_there_can_not_be_replaced(client: serving.Client) -> None:
    found = await client.send("PUT", ITEM, widgets.widget("a"))
    assert (found.status, found.body["reason"]) == (404, "NotFound")


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    "change, status, message",
    [
        ({"metadata": {}}, 400, "the name of the object (a based on URL) was undeterminable: name must be provided"),
        ({"metadata": {"name": "b"}}, 400, "the name of the object (b) does not match the name on the URL (a)"),
        ({"metadata": {"name": "a", "namespace": "x"}}, 400, "does not match the namespace sent on the request"),
        ({"kind": "Gadget"}, 422, 'Gadget.toys.example.org "a" is invalid: kind: Invalid value: "Gadget": must be'),
        ({"apiVersion": "toys.example.org/v3"}, 400, "the API version in the data (toys.example.org/v3) does not"),
        ({"metadata": {"name": "a", "resourceVersion": "1"}}, 409, "the object has been modified"),
    ],
)
async def test_objects_that_are_not_the_one_of_the_url_are_refused(
    client: serving.Client, change: dict[str, Any], status: int, message: str
) -> None:
    found = await client.send("PUT", ITEM, widgets.widget("a") | change)
    assert found.status == status
    assert message in found.body["message"]


@pytest.mark.usefixtures("there")
async def test_options_are_checked(client: serving.Client) -> None:
    found = await client.send("PUT", f"{ITEM}?dryRun=x", widgets.widget("a"))
    assert (found.status, found.body["reason"]) == (422, "Invalid")
    assert found.body["message"].startswith('UpdateOptions.meta.k8s.io "" is invalid: dryRun')


@pytest.mark.usefixtures("there")
async def test_an_object_is_replaced(client: serving.Client, storage: widgets.Widgets) -> None:
    found = await client.send("PUT", ITEM, widgets.widget("a", size=2))
    assert found.status == 200
    assert found.body["spec"] == {"size": 2, "color": "red"}
    assert found.body["metadata"]["resourceVersion"] == "102"
    assert storage.found["play/a"]["spec"]["size"] == 2


@pytest.mark.usefixtures("there")
async def test_strict_complaints_are_made_here_too(client: serving.Client) -> None:
    sent = widgets.widget("a", odd=1)
    found = await client.send("PUT", ITEM, sent)
    assert (found.status, found.warnings) == (200, ['299 - "unknown field \\"spec.odd\\""'])
    refused = await client.send("PUT", f"{ITEM}?fieldValidation=Strict", sent)
    assert (refused.status, refused.body["reason"]) == (400, "BadRequest")


async def test_managers_own_what_they_change(client: serving.Client, there: objects.Object) -> None:
    there["spec"]["size"] = 7
    found = await client.send("PUT", f"{ITEM}?fieldManager=other", there)
    entries = {entry["manager"]: entry["fieldsV1"] for entry in found.body["metadata"]["managedFields"]}
    assert entries["other"] == {"f:spec": {"f:size": {}}}
    assert "f:size" not in entries["tester"]["f:spec"]


async def test_the_status_is_written_by_its_own_name(client: serving.Client, there: objects.Object) -> None:
    found = await client.send("PUT", f"{ITEM}/status?fieldManager=c", there | {"status": {"phase": "Ready"}})
    assert (found.status, found.body["status"]) == (200, {"phase": "Ready"})
    [entry] = [entry for entry in found.body["metadata"]["managedFields"] if entry["manager"] == "c"]
    assert (entry["subresource"], entry["fieldsV1"]) == ("status", {"f:status": {".": {}, "f:phase": {}}})


# updates that create, admission, conflicts that the storage tries again


class Upserting(widgets.Widgets):
    """Creates on update, and tries an update three times."""

    async def update(
        self,
        ctx: context.RequestContext,
        name: str,
        update: capabilities.UpdatedObject,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
        allow_create: bool = False,
    ) -> capabilities.UpdateResult:
        for last in (False, False, True):
            try:
                return await super().update(ctx, name, update, validate=validate, options=options, allow_create=True)
            except errors.Conflict:
                if last:
                    raise
        raise AssertionError


class Plugin:
    """Notes operations; adds a label."""

    operations = (attributes.Operation.CREATE, attributes.Operation.UPDATE)

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, bool]] = []

    async def admit(self, found: attributes.Attributes) -> None:
        assert found.obj is not None
        self.asked.append(("admit", found.operation, found.old is None))
        found.obj["metadata"].setdefault("labels", {})["seen"] = "yes"

    async def validate(self, found: attributes.Attributes) -> None:
        self.asked.append(("validate", found.operation, found.old is None))


class Guard:
    """Lets nobody but root create."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, str]] = []

    async def __call__(self, ctx: context.RequestContext, at: scope.RequestScope, verb: str, name: str) -> None:
        self.asked.append((verb, at.resource.resource, name))
        if ctx.user.name != "root":
            raise errors.Forbidden.of(widgets.RESOURCE, name, f"{ctx.user.name} can't create")


@pytest.fixture
def plugin() -> Plugin:
    return Plugin()


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
async def upserting(plugin: Plugin, guard: Guard) -> AsyncIterator[serving.Client]:
    settings = installer.Settings(admission=chain.AdmissionChain([plugin]), authorize=guard)
    installed = installer.APIInstaller([serving.group(Upserting())], settings=settings)
    async with serving.bare(installed, user=context.User(name="root")) as found:
        yield found


async def test_an_update_may_create(upserting: serving.Client, plugin: Plugin, guard: Guard) -> None:
    found = await upserting.send("PUT", ITEM, widgets.widget("a"))
    assert (found.status, found.body["metadata"]["labels"]) == (201, {"seen": "yes"})
    assert plugin.asked == [("admit", "CREATE", True), ("validate", "CREATE", True)]
    assert guard.asked == [("create", "widgets", "a")]
    again = await upserting.send("PUT", ITEM, widgets.widget("a"))
    assert again.status == 200
    assert plugin.asked[2:] == [("admit", "UPDATE", False), ("validate", "UPDATE", False)]
    assert len(guard.asked) == 1


async def test_who_may_not_create_can_not_do_so_by_updating(plugin: Plugin, guard: Guard) -> None:
    storage = Upserting()
    settings = installer.Settings(authorize=guard)
    async with serving.bare(installer.APIInstaller([serving.group(storage)], settings=settings)) as client:
        found = await client.send("PUT", ITEM, widgets.widget("a"))
    assert (found.status, found.body["reason"]) == (403, "Forbidden")
    assert not storage.found


async def test_a_further_try_begins_with_the_body_again(plugin: Plugin) -> None:
    storage = Upserting()
    settings = installer.Settings(admission=chain.AdmissionChain([plugin]))
    async with serving.bare(installer.APIInstaller([serving.group(storage)], settings=settings)) as client:
        await client.send("PUT", ITEM, widgets.widget("a"))
        storage.conflicts, plugin.asked[:] = 2, []
        found = await client.send("PUT", ITEM, widgets.widget("a", size=3))
        assert (found.status, found.body["spec"]["size"]) == (200, 3)
        assert [step for step, *_ in plugin.asked] == ["admit", "admit", "admit", "validate"]
        storage.conflicts = 3
        lost = await client.send("PUT", ITEM, widgets.widget("a", size=4))
    assert (lost.status, lost.body["reason"]) == (409, "Conflict")


async def test_a_uid_in_the_body_is_a_condition(there: objects.Object, client: serving.Client) -> None:
    conditions: list[options.Preconditions] = []

    class Noting(widgets.Widgets):
        async def update(
            self,
            ctx: context.RequestContext,
            name: str,
            update: capabilities.UpdatedObject,
            *,
            validate: capabilities.Validate,
            options: options.WriteOptions,
            allow_create: bool = False,
        ) -> capabilities.UpdateResult:
            conditions.append(update.preconditions)
            raise errors.NotFound.of(widgets.RESOURCE, name)

    async with serving.bare(installer.APIInstaller([serving.group(Noting())])) as noting:
        await noting.send("PUT", ITEM, there)
        await noting.send("PUT", ITEM, widgets.widget("a"))
    assert conditions == [options.Preconditions("uid-a"), options.Preconditions()]
