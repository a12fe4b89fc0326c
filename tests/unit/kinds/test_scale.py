"""The scale subresource: a few numbers of an object under a kind that autoscalers know."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.kinds import declaring, definition
from kroute.machinery import errors
from kroute.storage import capabilities, options
from tests.unit.kinds.conftest import Built, Making
from tests.unit.storage import benches

SCHEMA: dict[str, Any] = {
    "properties": {
        "spec": {
            "type": "object",
            "properties": {"replicas": {"type": "integer", "minimum": 0, "maximum": 10}, "img": {"type": "string"}},
        },
        "status": {
            "type": "object",
            "properties": {"replicas": {"type": "integer"}, "selector": {"type": "string"}},
        },
    }
}


@pytest.fixture
async def made(built: Making) -> Built:
    return built(
        declaring.resource(
            group="toys.example.org", version="v1", kind="Widget", schema=SCHEMA, subresources=["status", "scale"]
        )
    )


def replicas(count: Any) -> Any:
    def change(obj: Any) -> None:
        obj["spec"] = {} if count is None else {"replicas": count}

    return change


async def test_a_scale_shows_the_numbers(made: Built) -> None:
    scale = made.bench("widgets/scale")
    obj = await made.bench().create("a", spec={"replicas": 2, "img": "x"})
    kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
    assert await scale.get("a") == {
        "kind": "Scale",
        "apiVersion": "autoscaling/v1",
        "metadata": {key: obj["metadata"][key] for key in kept},
        "spec": {"replicas": 2},
        "status": {"replicas": 0},
    }
    await made.bench("widgets/status").update("a", lambda obj: obj.update(status={"replicas": 1, "selector": "app=a"}))
    assert (await scale.get("a"))["status"] == {"replicas": 1, "selector": "app=a"}
    await made.bench().create("zero", spec={"replicas": 0})
    assert (await scale.get("zero"))["spec"] == {}


async def test_a_scale_changes_replicas_and_nothing_else(made: Built) -> None:
    scale = made.bench("widgets/scale")
    await made.bench().create("a", spec={"replicas": 2, "img": "x"})

    def change(obj: Any) -> None:
        obj["spec"]["replicas"] = 5
        obj["status"]["replicas"] = 9
        obj["metadata"]["labels"] = {"x": "y"}

    assert (await scale.update("a", change))["spec"] == {"replicas": 5}
    whole = await made.bench().get("a")
    assert (whole["spec"], whole["metadata"]["generation"]) == ({"replicas": 5, "img": "x"}, 2)
    assert "status" not in whole
    assert "labels" not in whole["metadata"]


async def test_a_scale_needs_no_version_but_minds_one(made: Built) -> None:
    scale = made.bench("widgets/scale")
    old = await made.bench().create("a", spec={"replicas": 2})
    body = {"kind": "Scale", "apiVersion": "autoscaling/v1", "metadata": {"name": "a"}, "spec": {"replicas": 3}}
    assert (await scale.update("a", obj=body))["spec"] == {"replicas": 3}
    stale = {**body, "metadata": {"name": "a", "resourceVersion": old["metadata"]["resourceVersion"]}}
    with pytest.raises(errors.Conflict, match=r'on widgets\.toys\.example\.org "a": the object has been modified'):
        await scale.update("a", obj=stale)


async def test_bad_numbers_are_refused(made: Built) -> None:
    scale = made.bench("widgets/scale")
    await made.bench().create("a", spec={"replicas": 2})
    with pytest.raises(errors.Invalid) as caught:
        await scale.update("a", replicas(-1))
    assert caught.value.message == (
        'Widget.toys.example.org "a" is invalid: [spec.replicas: Invalid value: -1: spec.replicas in body should be '
        "greater than or equal to 0, .spec.replicas: Invalid value: -1: should be a non-negative integer]"
    )
    with pytest.raises(errors.Invalid, match="should be less than or equal to 10"):
        await scale.update("a", replicas(11))
    with pytest.raises(errors.Invalid, match=r"\.status\.replicas: Invalid value: -1: should be a non-negative"):
        await made.bench("widgets/status").update("a", lambda obj: obj.update(status={"replicas": -1}))


async def test_an_object_without_replicas_gets_them_from_a_scale(made: Built) -> None:
    scale = made.bench("widgets/scale")
    for name, given in (("nospec", {}), ("none", {"spec": {"img": "x"}})):
        await made.bench().create(name, **given)
        with pytest.raises(errors.InternalError) as caught:
            await scale.get(name)
        assert caught.value.message == (
            'Internal error occurred: the spec replicas field ".spec.replicas" does not exist'
        )
        with pytest.raises(errors.BadRequest, match=r'the spec replicas field "\.spec\.replicas" cannot be empty'):
            await scale.update(name, lambda obj: None)
        assert (await scale.update(name, replicas(2)))["spec"] == {"replicas": 2}
    assert (await made.bench().get("none"))["spec"] == {"img": "x", "replicas": 2}
    assert (await scale.update("none", replicas(None)))["spec"] == {}


async def test_a_scale_never_creates(made: Built) -> None:
    with pytest.raises(errors.NotFound):
        await made.bench("widgets/scale").update("a", replicas(1), allow_create=True)


async def test_admission_sees_scales(made: Built) -> None:
    seen: list[Any] = []

    async def admission(obj: Any, old: Any) -> None:
        seen.append((obj["kind"], obj["spec"], old["spec"]))

    await made.bench().create("a", spec={"replicas": 2})
    await made.bench("widgets/scale").update("a", replicas(3), validate=admission)
    assert seen == [("Scale", {"replicas": 3}, {"replicas": 2})]


async def test_owners_of_replicas_own_them_in_the_scale(made: Built) -> None:
    def entry(manager: str, fields: Any, **more: Any) -> Any:
        version = more.pop("apiVersion", "toys.example.org/v1")
        return {"manager": manager, "operation": "Update", "apiVersion": version, "fieldsType": "FieldsV1",
                "fieldsV1": fields, **more}  # fmt: skip

    owned: Any = {"f:spec": {"f:replicas": {}, "f:img": {}}}
    await made.bench().create("a", spec={"replicas": 2}, metadata={"managedFields": [entry("m", owned)]})
    seen: list[Any] = []

    def take(obj: Any) -> None:
        seen.extend(obj["metadata"]["managedFields"])
        obj["spec"]["replicas"] = 3
        fields: Any = {"f:spec": {"f:replicas": {}}}
        obj["metadata"]["managedFields"] = [
            entry("hpa", fields, apiVersion="autoscaling/v1", subresource="scale"),
        ]

    await made.bench("widgets/scale").update("a", take)
    assert [(each["manager"], each["apiVersion"], each["fieldsV1"]) for each in seen] == [
        ("m", "autoscaling/v1", {"f:spec": {"f:replicas": {}}})
    ]
    entries = (await made.bench().get("a"))["metadata"]["managedFields"]
    assert {each["manager"]: each["fieldsV1"] for each in entries} == {
        "m": {"f:spec": {"f:img": {}}},
        "hpa": {"f:spec": {"f:replicas": {}}},
    }


async def test_a_scale_looks_like_one_to_clients(made: Built) -> None:
    mount = made.mount("widgets/scale")
    shown = mount.representation
    assert shown is not None
    assert (shown.kind.api_version, shown.kind.kind, shown.typed) == ("autoscaling/v1", "Scale", True)
    assert shown.schema.properties["spec"].properties["replicas"].format == "int32"
    assert shown.schema.properties["metadata"].properties["name"].type == "string"
    assert shown.table is not None
    table = await shown.table.convert_to_table(benches.asking(), [], options.TableOptions())
    assert [column["name"] for column in table.columns] == ["Name", "Desired", "Available", "Age"]
    assert capabilities.capabilities_of(mount.storage, path="widgets/scale").patch


async def test_each_version_has_its_own_paths(built: Making) -> None:
    def down(obj: Any) -> Any:
        obj["spec"] = {"count": obj.get("spec", {}).get("replicas", 0)}
        return obj

    def up(obj: Any) -> Any:
        obj["spec"] = {"replicas": obj.get("spec", {}).get("count", 0)}
        return obj

    old = {"properties": {"spec": {"type": "object", "properties": {"count": {"type": "integer"}}},
                          "status": {"type": "object", "properties": {"count": {"type": "integer"}}}}}  # fmt: skip
    paths = definition.Scale(spec_replicas=".spec.count", status_replicas=".status.count")
    made = built(
        declaring.resource(
            group="toys.example.org",
            version="v1",
            kind="Widget",
            schema=SCHEMA,
            subresources=["scale"],
            versions=[declaring.version("v1beta1", old, to_storage=up, from_storage=down, scale=paths)],
        )
    )
    await made.bench().create("a", spec={"replicas": 2})
    scale = made.bench("widgets/scale", "v1beta1")
    assert (await scale.get("a"))["spec"] == {"replicas": 2}
    assert (await scale.update("a", replicas(4)))["spec"] == {"replicas": 4}
    assert (await made.bench().get("a"))["spec"] == {"replicas": 4}
