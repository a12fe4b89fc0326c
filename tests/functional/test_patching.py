"""PATCH, over HTTP: each kind of patch, what is wrong with it, and conflicts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from kroute import installer
from kroute.actions import decoding, scope
from kroute.admission import attributes, chain
from kroute.kinds import mounting
from kroute.machinery import context, errors, gvk
from kroute.schema import compiling
from tests.fixtures import serving, widgets

ITEMS = serving.ITEMS
ITEM = f"{ITEMS}/a"
JSON_PATCH, MERGE, STRATEGIC, APPLY = (
    scope.JSON_PATCH,
    scope.MERGE_PATCH,
    scope.STRATEGIC_MERGE_PATCH,
    scope.APPLY_PATCH,
)


@pytest.fixture
async def there(client: serving.Client) -> None:
    assert (await client.send("POST", ITEMS, widgets.widget("a", size=1, tags=["x"]))).status == 201


async def test_a_format_that_is_no_patch_is_415(client: serving.Client) -> None:
    accepted = "application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml"
    for given in ("application/json", STRATEGIC):
        found = await client.send("PATCH", ITEM, {}, content_type=given)
        assert (found.status, found.body["reason"]) == (415, "UnsupportedMediaType")
        assert found.body["message"] == (
            f"the body of the request was in an unknown format - accepted media types include: {accepted}"
        )


@pytest.mark.parametrize("kind", [JSON_PATCH, MERGE])
async def test_a_missing_object_is_told_before_a_broken_patch(client: serving.Client, kind: str) -> None:
    found = await client.send("PATCH", ITEM, raw=b"{", content_type=kind)
    assert (found.status, found.body["reason"]) == (404, "NotFound")


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    "kind, body, status, message",
    [
        (JSON_PATCH, b"{", 400, "error decoding patch: unexpected end of JSON input"),
        (JSON_PATCH, b'[{"op":"test","path":"/spec/size","value":2}]', 422, "the server rejected our request"),
        (JSON_PATCH, b'[{"op":"remove","path":"/spec/none"}]', 422, "the server rejected our request"),
        (MERGE, b"{", 400, "error decoding patch: unexpected end of JSON input"),
        (MERGE, b"[]", 400, "json: cannot unmarshal array into Go value of type map[string]interface {}"),
        (MERGE, b'{"metadata":{"name":"b"}}', 400, "does not match the name on the URL (a)"),
        (MERGE, b'{"metadata":{"namespace":"x"}}', 400, "does not match the namespace sent on the request"),
        (MERGE, b'{"metadata":{"labels":{"a":1}}}', 422, "patch: Invalid value"),
        (MERGE, b'{"kind":"Gadget"}', 422, 'kind: Invalid value: "Gadget": must be Widget'),
        (MERGE, b'{"metadata":{"resourceVersion":"1"}}', 409, "the object has been modified"),
        (APPLY, b"{", 400, "error decoding YAML: "),
        (APPLY, b"[]", 400, "error decoding YAML: error unmarshaling JSON: while decoding JSON: "),
    ],
)
async def test_patches_that_can_not_be_applied_are_told_so(
    client: serving.Client, storage: widgets.Widgets, kind: str, body: bytes, status: int, message: str
) -> None:
    query = "?fieldManager=me" if kind == APPLY else ""
    found = await client.send("PATCH", f"{ITEM}{query}", raw=body, content_type=kind)
    assert (found.status, found.body["kind"]) == (status, "Status")
    assert message in found.body["message"]
    assert storage.revision == 101


@pytest.mark.parametrize(
    "kind, query, message",
    [
        (MERGE, "force=true", "force: Forbidden: may not be specified for non-apply patch"),
        (APPLY, "", "fieldManager: Required value: is required for apply patch"),
        (MERGE, "dryRun=x", 'dryRun: Unsupported value: ["x"]'),
        (MERGE, "fieldValidation=x", 'fieldValidation: Unsupported value: "x"'),
    ],
)
async def test_options_are_checked(client: serving.Client, kind: str, query: str, message: str) -> None:
    found = await client.send("PATCH", f"{ITEM}?{query}", {}, content_type=kind)
    assert (found.status, found.body["reason"]) == (422, "Invalid")
    assert found.body["message"].startswith('PatchOptions.meta.k8s.io "" is invalid: ')
    assert message in found.body["message"]


@pytest.mark.usefixtures("there")
async def test_a_json_patch_is_applied(client: serving.Client) -> None:
    operations = [
        {"op": "test", "path": "/spec/size", "value": 1},
        {"op": "add", "path": "/spec/tags/-", "value": "y"},
        {"op": "remove", "path": "/spec/color"},
    ]
    found = await client.send("PATCH", ITEM, operations, content_type=JSON_PATCH)
    assert found.status == 200
    assert found.body["spec"] == {"size": 1, "color": "red", "tags": ["x", "y"]}


@pytest.mark.usefixtures("there")
async def test_a_merge_patch_is_applied(client: serving.Client) -> None:
    sent = {"spec": {"size": 4, "tags": None}, "metadata": {"labels": {"l": "m"}}}
    found = await client.send("PATCH", f"{ITEM}?fieldManager=me", sent, content_type=f"{MERGE}; charset=utf-8")
    assert (found.status, found.body["spec"]) == (200, {"size": 4, "color": "red"})
    assert found.body["metadata"]["labels"] == {"l": "m"}
    [entry] = [entry for entry in found.body["metadata"]["managedFields"] if entry["manager"] == "me"]
    assert (entry["operation"], entry["fieldsV1"]["f:spec"]) == ("Update", {"f:size": {}})


@pytest.mark.usefixtures("there")
async def test_strict_complaints_are_made_here_too(client: serving.Client) -> None:
    body = b'{"spec":{"odd":1,"size":2,"size":3}}'
    found = await client.send("PATCH", ITEM, raw=body, content_type=MERGE)
    assert found.warnings == ['299 - "duplicate field \\"spec.size\\""', '299 - "unknown field \\"spec.odd\\""']
    refused = await client.send("PATCH", f"{ITEM}?fieldValidation=Strict", raw=body, content_type=MERGE)
    assert (refused.status, refused.body["reason"]) == (422, "Invalid")
    assert 'strict decoding error: duplicate field "spec.size", unknown field "spec.odd"' in refused.body["message"]
    ignored = await client.send("PATCH", f"{ITEM}?fieldValidation=Ignore", raw=body, content_type=MERGE)
    assert (ignored.status, ignored.warnings) == (200, [])


APPLIED = b"apiVersion: toys.example.org/v1\nkind: Widget\nmetadata:\n  name: a\nspec:\n  size: 5\n"


async def test_applying_creates_and_then_owns(client: serving.Client) -> None:
    created = await client.send("PATCH", f"{ITEM}?fieldManager=me", raw=APPLIED, content_type=APPLY)
    assert (created.status, created.body["spec"]) == (201, {"size": 5, "color": "red"})
    [entry] = created.body["metadata"]["managedFields"]
    assert (entry["manager"], entry["operation"]) == ("me", "Apply")
    again = await client.send("PATCH", f"{ITEM}?fieldManager=me", raw=APPLIED, content_type=APPLY)
    assert again.status == 200


@pytest.mark.usefixtures("there")
async def test_applying_what_others_own_is_a_conflict_unless_forced(client: serving.Client) -> None:
    found = await client.send("PATCH", f"{ITEM}?fieldManager=me", raw=APPLIED, content_type=APPLY)
    assert (found.status, found.body["reason"]) == (409, "Conflict")
    assert found.body["message"].startswith('Apply failed with 1 conflict: conflict with "tester"')
    assert found.body["details"]["causes"][0]["field"] == ".spec.size"
    forced = await client.send("PATCH", f"{ITEM}?fieldManager=me&force=true", raw=APPLIED, content_type=APPLY)
    assert (forced.status, forced.body["spec"]["size"]) == (200, 5)


async def test_what_is_applied_can_not_have_been_there_before(client: serving.Client) -> None:
    body = APPLIED.replace(b"  name: a\n", b"  name: a\n  uid: u\n")
    found = await client.send("PATCH", f"{ITEM}?fieldManager=me", raw=body, content_type=APPLY)
    assert (found.status, found.body["reason"]) == (409, "Conflict")
    assert "uid mismatch: the provided object specified uid u, and no existing object was found" in str(found.body)


async def test_keys_that_are_applied_twice_are_complained_of(client: serving.Client) -> None:
    body = APPLIED + b"  size: 6\n"
    refused = await client.send("PATCH", f"{ITEM}?fieldManager=me&fieldValidation=Strict", raw=body, content_type=APPLY)
    assert (refused.status, refused.body["reason"]) == (400, "BadRequest")
    assert 'line 7: key "size" already set in map' in refused.body["message"]
    found = await client.send("PATCH", f"{ITEM}?fieldManager=me", raw=body, content_type=APPLY)
    assert (found.status, found.warnings) == (201, ['299 - "line 7: key \\"size\\" already set in map"'])


@pytest.mark.usefixtures("there")
async def test_the_status_is_patched_by_its_own_name(client: serving.Client) -> None:
    found = await client.send("PATCH", f"{ITEM}/status", {"status": {"phase": "Ready"}}, content_type=MERGE)
    assert (found.status, found.body["status"]) == (200, {"phase": "Ready"})


# conflicts, admission


@pytest.mark.usefixtures("there")
async def test_a_patch_is_tried_again_when_somebody_was_faster(
    client: serving.Client, storage: widgets.Widgets
) -> None:
    storage.conflicts = 4
    found = await client.send("PATCH", ITEM, {"spec": {"size": 9}}, content_type=MERGE)
    assert (found.status, found.body["spec"]["size"], storage.conflicts) == (200, 9, 0)
    storage.conflicts = 5
    lost = await client.send("PATCH", ITEM, {"spec": {"size": 10}}, content_type=MERGE)
    assert (lost.status, lost.body["reason"], storage.conflicts) == (409, "Conflict", 0)


@pytest.mark.usefixtures("there")
@pytest.mark.parametrize(
    "kind, patch",
    [
        (MERGE, {"metadata": {"resourceVersion": "101"}, "spec": {"size": 9}}),
        (JSON_PATCH, [{"op": "replace", "path": "/metadata/resourceVersion", "value": "101"}]),
    ],
)
async def test_a_patch_for_one_version_is_not_tried_again(
    client: serving.Client, storage: widgets.Widgets, kind: str, patch: Any
) -> None:
    storage.conflicts = 2
    found = await client.send("PATCH", ITEM, patch, content_type=kind)
    assert (found.status, storage.conflicts) == (409, 1)


async def test_admission_may_change_and_refuse_patches(storage: widgets.Widgets) -> None:
    class Painter:
        operations = (attributes.Operation.UPDATE,)

        async def admit(self, found: attributes.Attributes) -> None:
            assert found.obj is not None
            assert found.old is not None
            found.obj["spec"]["color"] = "blue"

        async def validate(self, found: attributes.Attributes) -> None:
            assert found.obj is not None
            if found.obj["spec"]["size"] > 10:
                raise errors.Forbidden.of(widgets.RESOURCE, found.name, "too big")

    settings = installer.Settings(admission=chain.AdmissionChain([Painter()]))
    async with serving.bare(installer.APIInstaller([serving.group(storage)], settings=settings)) as client:
        await client.send("POST", ITEMS, widgets.widget("a"))
        found = await client.send("PATCH", ITEM, {"spec": {"size": 2}}, content_type=MERGE)
        assert (found.status, found.body["spec"]["color"]) == (200, "blue")
        refused = await client.send("PATCH", ITEM, {"spec": {"size": 11}}, content_type=MERGE)
    assert refused.status == 403
    assert "too big" in refused.body["message"]


# built-in kinds


@pytest.fixture
async def maps() -> AsyncIterator[serving.Client]:
    """A built-in kind, decoded into Go's types."""
    kind = gvk.GroupVersionKind("", "v1", "ConfigMap")
    texts = {"type": "object", "additionalProperties": {"type": "string"}}
    schema = compiling.compile_schema({"type": "object", "properties": {"data": texts}})
    representation = mounting.Representation(
        kind=kind, storage_kind=kind, list_kind="ConfigMapList", schema=schema, typed=True
    )
    mount = mounting.Mount(widgets.Widgets(), representation)
    group = mounting.GroupVersionStorage(kind.group_version, {"configmaps": mount})
    async with serving.bare(installer.APIInstaller([group])) as found:
        sent = {"metadata": {"name": "a"}, "data": {"k": "v"}}
        created = await found.send("POST", "/api/v1/namespaces/play/configmaps", sent)
        assert (created.status, created.body["kind"]) == (201, "ConfigMap")
        yield found


MAP = "/api/v1/namespaces/play/configmaps/a"


async def test_built_in_kinds_take_strategic_merge_patches(maps: serving.Client) -> None:
    found = await maps.send("PATCH", MAP, {"data": {"k": None, "l": "w"}}, content_type=STRATEGIC)
    assert (found.status, found.body["data"]) == (200, {"l": "w"})
    replaced = await maps.send("PATCH", MAP, {"data": {"$patch": "replace", "m": "x"}}, content_type=STRATEGIC)
    assert replaced.body["data"] == {"m": "x"}


async def test_built_in_kinds_have_types(maps: serving.Client) -> None:
    found = await maps.send("PATCH", MAP, {"data": {"k": 1}}, content_type=STRATEGIC)
    assert (found.status, found.body["reason"]) == (422, "Invalid")
    assert found.body["message"].endswith("cannot convert int64 to string")


async def test_the_router_of_built_in_kinds_has_its_own_415(maps: serving.Client) -> None:
    found = await maps.send("PATCH", MAP, {}, content_type="application/json")
    assert (found.status, found.body["message"]) == (415, "415: Unsupported Media Type")


def test_every_complaint_of_yaml_is_a_warning() -> None:
    ctx = context.RequestContext()
    decoding.complain(ctx, ["yaml: unmarshal errors:\n  line 1: a\n  line 2: b", "other"])
    assert list(ctx.warnings) == ["line 1: a", "line 2: b", "other"]
