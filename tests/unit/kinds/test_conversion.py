"""Several versions of a resource, and objects that were stored under an older version or schema."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.kinds import build, converting, declaring, definition
from kroute.machinery import errors, fields, labels, objects
from kroute.schema import godecoding
from kroute.storage import caches, options
from kroute.storage.backend.memory import backend as memory_backend
from tests.unit.kinds.conftest import Built, Making
from tests.unit.storage import benches


def schema(**properties: Any) -> dict[str, Any]:
    return {"properties": {"spec": {"type": "object", "properties": properties}}}


NEW = schema(size={"type": "integer", "maximum": 100}, color={"type": "string", "default": "red"})
OLD = schema(big={"type": "boolean"}, unit={"type": "string", "default": "cm"})


def up(obj: objects.Object) -> objects.Object:
    return {"spec": {"size": 100 if obj["spec"].get("big") else 1}}


def down(obj: objects.Object) -> objects.Object:
    return {"spec": {"big": obj["spec"].get("size", 0) >= 100, "stray": True}}


def widget(**changed: Any) -> definition.Resource:
    given: dict[str, Any] = {"group": "toys.example.org", "version": "v1", "kind": "Widget", "schema": NEW}
    return declaring.resource(**{**given, **changed})  # type: ignore[no-any-return]


TWO = widget(versions=[declaring.version("v1beta1", OLD, to_storage=up, from_storage=down)])
BODY: dict[str, Any] = {
    "kind": "Widget",
    "apiVersion": "toys.example.org/v1beta1",
    "metadata": {"name": "a"},
    "spec": {"big": True},
}


def test_conversion_completes_what_the_functions_leave_out() -> None:
    to_storage, from_storage = (
        convert(TWO, TWO.versions[1]) for convert in (converting.to_storage, converting.from_storage)
    )
    assert to_storage is not None
    assert from_storage is not None
    stored = to_storage(objects.copy(BODY))
    assert stored == {
        "kind": "Widget",
        "apiVersion": "toys.example.org/v1",
        "metadata": {"name": "a"},
        "spec": {"size": 100, "color": "red"},
    }
    assert from_storage(objects.copy(stored)) == {**BODY, "spec": {"big": True, "unit": "cm"}}


def test_versions_of_one_shape_prune_each_others_fields() -> None:
    resource = widget(versions=[declaring.version("v2", schema(color={"type": "string"}))])
    from_storage = converting.from_storage(resource, resource.versions[1])
    assert from_storage is not None
    obj = {"kind": "Widget", "apiVersion": "toys.example.org/v1", "metadata": {}, "spec": {"size": 1, "color": "x"}}
    assert from_storage(obj) == {
        "kind": "Widget",
        "apiVersion": "toys.example.org/v2",
        "metadata": {},
        "spec": {"color": "x"},
    }


def test_versions_of_one_schema_differ_in_name_only() -> None:
    resource = widget()
    twin = definition.Version(name="v2", schema=resource.storage_version.schema)
    assert converting.to_storage(resource, twin) is None
    assert converting.from_storage(resource, twin) is None


async def test_objects_are_checked_in_the_version_that_is_spoken(built: Making) -> None:
    strict = schema(big={"type": "boolean"}, unit={"type": "string", "enum": ["cm", "in"], "default": "cm"})
    resource = widget(
        versions=[declaring.version("v1beta1", strict, to_storage=up, from_storage=lambda obj: {"spec": {"unit": "m"}})]
    )
    made = built(resource)
    with pytest.raises(errors.Invalid, match=r'spec\.unit: Unsupported value: "m": supported values: "cm", "in"'):
        await made.bench(version="v1beta1").create("a", spec={"size": 1})
    await made.bench().create("a", spec={"size": 1})


@pytest.mark.parametrize(
    "versions, name, text",
    [
        ({"v1": {}, "v1beta1": {"deprecated": True}}, "v1", ""),
        (
            {"v1": {}, "v1beta1": {"deprecated": True}},
            "v1beta1",
            "toys.example.org/v1beta1 Widget is deprecated; use toys.example.org/v1 Widget",
        ),
        ({"v1": {}, "v2": {"deprecated": True}}, "v2", "toys.example.org/v2 Widget is deprecated"),
        ({"v1": {}, "v1beta1": {"deprecation_warning": "old"}}, "v1beta1", "old"),
    ],
)
def test_deprecated_versions_warn(versions: dict[str, Any], name: str, text: str) -> None:
    others = [declaring.version(each, NEW, **given) for each, given in versions.items() if each != "v1"]
    resource = widget(versions=others)
    version = next(each for each in resource.versions if each.name == name)
    assert build.deprecation_warning(resource, version) == text


async def test_fields_of_an_older_version_can_be_selected(built: Making) -> None:
    old = declaring.version("v1beta1", OLD, to_storage=up, from_storage=down, selectable_fields=[".spec.big"])
    bench = built(widget(versions=[old], selectable_fields=[".spec.size"])).bench()
    await bench.create("a", spec={"size": 100})
    await bench.create("b", spec={"size": 1})
    assert await bench.names(field_selector=fields.parse("spec.big=true")) == ["a"]
    assert await bench.names(field_selector=fields.parse("spec.size=1")) == ["b"]


class Restarted:
    """One store of objects, served by one declaration after another."""

    def __init__(self, decoder: godecoding.Decoder) -> None:
        self.decoder = decoder
        self.backend = memory_backend.MemoryBackend()

    async def __aenter__(self) -> Restarted:
        await self.backend.__aenter__()
        return self

    async def __aexit__(self, *error: Any) -> None:
        await self.backend.__aexit__(*error)

    def serving(self, resource: definition.Resource) -> Serving:
        return Serving(self, resource)


class Serving:
    def __init__(self, at: Restarted, resource: definition.Resource) -> None:
        self.at, self.resource = at, resource
        self.owner = caches.Caches(at.backend)

    async def __aenter__(self) -> benches.Bench:
        await self.owner.__aenter__()
        builder = build.Builder(self.owner, decoder=self.at.decoder)
        made = Built(builder.mounts(self.resource), None)  # type: ignore[arg-type]
        await self.owner.ready()
        return made.bench(version=self.resource.storage_version.name)

    async def __aexit__(self, *error: Any) -> None:
        await self.owner.__aexit__(*error)


async def test_objects_of_an_earlier_storage_version_are_upgraded(decoder: godecoding.Decoder) -> None:
    before = widget(version="v1beta1", schema=OLD)
    async with Restarted(decoder) as store:
        async with store.serving(before) as bench:
            old = await bench.create("a", spec={"big": True})
        async with store.serving(TWO) as bench:
            found = await bench.get("a")
            assert (found["apiVersion"], found["spec"]) == ("toys.example.org/v1", {"size": 100, "color": "red"})
            assert found["metadata"] == old["metadata"]
            assert (await bench.list()).items == [found]
            watch = bench.watch()
            assert (await watch.next())[1] == found
            await watch.aclose()
            rewritten = await bench.update("a", lambda obj: None)
            assert rewritten["metadata"]["resourceVersion"] != old["metadata"]["resourceVersion"]
            assert await bench.update("a", lambda obj: None) == rewritten
            record = await bench.store.core.log.get("ns/a")
            assert record is not None
            assert b'"apiVersion":"toys.example.org/v1"' in record.value


async def test_a_new_default_is_seen_in_old_objects(decoder: godecoding.Decoder) -> None:
    unlabelled = labels.parse("!k")
    before, after = schema(size={"type": "integer"}), NEW
    async with Restarted(decoder) as store:
        async with store.serving(widget(schema=before)) as bench:
            old = await bench.create("a", spec={"size": 1})
        async with store.serving(widget(schema=after)) as bench:
            found = await bench.get("a", "0")
            for version in ("", "0"):
                assert await bench.get("a", version) == found
                assert found["spec"] == {"size": 1, "color": "red"}
                assert found["metadata"] == old["metadata"]
            assert (await bench.list()).items == [found]
            left = bench.watch(resource_version=(await bench.list()).resource_version, label_selector=unlabelled)
            labelled = await bench.update("a", lambda obj: obj["metadata"].update(labels={"k": "v"}))
            assert (labelled["spec"], labelled["metadata"]["generation"]) == ({"size": 1, "color": "red"}, 1)
            kind, last = await left.next()
            assert (kind, last["spec"]) == ("DELETED", {"size": 1, "color": "red"})
            await left.aclose()
        async with store.serving(widget(schema=before)) as bench:
            assert (await bench.get("a"))["spec"] == {"size": 1}
            watch = bench.watch(resource_version=(await bench.list()).resource_version)
            await bench.delete("a")
            assert (await watch.next())[1]["spec"] == {"size": 1}
            await watch.aclose()


async def test_what_is_up_to_date_is_given_as_it_is_stored(decoder: godecoding.Decoder) -> None:
    async with Restarted(decoder) as store, store.serving(widget()) as bench:
        await bench.create("a", spec={"size": 1, "color": "red"})
        record = await bench.store.core.log.get("ns/a")
        assert record is not None
        found = await bench.store.get(bench.ctx, "a", options.GetOptions())
        listed = await bench.store.list(bench.ctx, options.ListOptions())
        assert found.value is record.value
        assert listed.items[0].value is record.value
