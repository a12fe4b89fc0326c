"""What is built of a declared resource: where it is mounted, how it looks, how its Store behaves."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError, fields, validate, validates_schema

from kroute.kinds import declaring, definition
from kroute.machinery import errors, fielderrors
from kroute.machinery import fields as selectors
from kroute.storage import capabilities
from kroute.storage import strategy as strategies
from tests.unit.kinds.conftest import Making
from tests.unit.storage import benches

SCHEMA: dict[str, Any] = {
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "size": {"type": "integer", "minimum": 1},
                "color": {"type": "string", "default": "red"},
                "tags": {"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"},
            },
        },
        "status": {"type": "object", "properties": {"phase": {"type": "string", "enum": ["New", "Done"]}}},
    }
}


def plain(**changed: Any) -> definition.Resource:
    given: dict[str, Any] = {"group": "toys.example.org", "version": "v1", "kind": "Widget", "schema": SCHEMA}
    return declaring.resource(**{**given, **changed})  # type: ignore[no-any-return]


def status(**given: Any) -> Any:
    def change(obj: Any) -> None:
        obj["status"] = given
        obj["spec"] = {"size": 99}
        obj["metadata"]["labels"] = {"x": "y"}

    return change


def spec(**given: Any) -> Any:
    def change(obj: Any) -> None:
        obj["spec"] = given

    return change


async def test_each_served_version_has_its_mounts(built: Making) -> None:
    old = declaring.version("v1beta1", SCHEMA, subresources=["status"])
    hidden = declaring.version("v1alpha1", SCHEMA, served=False)
    made = built(plain(versions=[old, hidden], short_names=["wd"], categories=["all"], subresources=["status"]))
    assert list(made.versions) == ["v1", "v1beta1"]
    for version in ("v1", "v1beta1"):
        assert list(made.versions[version]) == ["widgets", "widgets/status"]
    store = made.mount("widgets").storage
    assert store is made.mount("widgets", "v1beta1").storage
    found = capabilities.capabilities_of(store, path="widgets")
    assert (found.namespaced, found.singular_name) == (True, "widget")
    assert (found.short_names, found.categories) == (("wd",), ("all",))
    assert found.patch
    assert found.convert_to_table
    found = capabilities.capabilities_of(made.mount("widgets/status").storage, path="widgets/status")
    assert found.patch
    assert not any((found.create, found.delete))


async def test_representations_say_how_objects_travel(built: Making) -> None:
    made = built(plain(subresources=["status"], selectable_fields=[".spec.color"]))
    shown = made.mount("widgets").representation
    assert shown is not None
    assert (shown.kind.api_version, shown.kind.kind, shown.list_kind) == ("toys.example.org/v1", "Widget", "WidgetList")
    assert (shown.to_storage, shown.from_storage) == (None, None)
    assert (shown.selectable_fields, shown.subresource, shown.typed) == (("spec.color",), "", False)
    assert shown.reset_fields == {"toys.example.org/v1": {"f:status": {}}}
    of_status = made.mount("widgets/status").representation
    assert of_status is not None
    assert of_status.subresource == "status"
    assert of_status.reset_fields == {"toys.example.org/v1": {"f:metadata": {}, "f:spec": {}}}


async def test_resources_of_one_group_version_stand_together(built: Making) -> None:
    widgets = plain()
    gadgets = plain(kind="Gadget")
    found = built.builder.build([widgets, gadgets])
    assert [sorted(each.mounts) for each in found] == [["gadgets", "widgets"]]


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"kind": "Other", "plural": "widgets"}, "plural widgets is there twice in toys.example.org"),
        ({"plural": "others"}, "kind Widget is there twice in toys.example.org"),
    ],
)
async def test_two_resources_of_one_name_are_refused(built: Making, changed: dict[str, Any], said: str) -> None:
    with pytest.raises(capabilities.InstallError, match=said):
        built.builder.build([plain(), plain(**changed)])
    elsewhere = plain(group="other.example.org", **changed)
    assert len(built.builder.build([plain(), elsewhere])) == 2


async def test_the_generation_counts_changes_outside_of_metadata(built: Making) -> None:
    bench = built(plain()).bench()
    made = await bench.create("a", spec={"size": 1}, metadata={"generation": 9}, status={"phase": "New"})
    assert made["metadata"]["generation"] == 1
    labelled = await bench.update("a", lambda obj: obj["metadata"].update(labels={"x": "y"}, generation=7))
    assert labelled["metadata"]["generation"] == 1
    assert (await bench.update("a", spec(size=2)))["metadata"]["generation"] == 2
    done = await bench.update("a", lambda obj: obj.update(status={"phase": "Done"}))
    assert (done["metadata"]["generation"], done["status"]) == (3, {"phase": "Done"})


async def test_the_status_belongs_to_its_subresource(built: Making) -> None:
    made = built(plain(subresources=["status"]))
    bench, of_status = made.bench(), made.bench("widgets/status")
    assert "status" not in await bench.create("a", spec={"size": 1}, status={"phase": "Done"})
    ignored = await bench.update("a", lambda obj: obj.update(status={"phase": "Done"}))
    assert "status" not in ignored
    told = await of_status.update("a", status(phase="New"))
    assert (told["status"], told["spec"], told["metadata"]["generation"]) == ({"phase": "New"}, {"size": 1}, 1)
    assert "labels" not in told["metadata"]
    assert await of_status.get("a") == told
    kept = await bench.update("a", lambda obj: obj.update(spec={"size": 2}, status={}))
    assert (kept["status"], kept["metadata"]["generation"]) == ({"phase": "New"}, 2)
    gone = await of_status.update("a", lambda obj: obj.pop("status") and None)
    assert "status" not in gone
    with pytest.raises(errors.Invalid) as caught:
        await of_status.update("a", status(phase="Gone"))
    assert caught.value.message == (
        'Widget.toys.example.org "a" is invalid: '
        'status.phase: Unsupported value: "Gone": supported values: "New", "Done"'
    )
    with pytest.raises(errors.NotFound):
        await of_status.update("none", status(phase="New"), allow_create=True)


async def test_managed_fields_pass_through_a_status_update(built: Making) -> None:
    made = built(plain(subresources=["status"]))
    await made.bench().create("a")
    entry = {"manager": "m", "operation": "Update", "fieldsType": "FieldsV1", "subresource": "status"}

    def change(obj: Any) -> None:
        obj["status"] = {"phase": "New"}
        obj["metadata"]["managedFields"] = [entry]

    assert (await made.bench("widgets/status").update("a", change))["metadata"]["managedFields"] == [entry]


async def test_objects_must_fit_their_schema(built: Making) -> None:
    bench = built(plain()).bench()
    with pytest.raises(errors.Invalid) as caught:
        await bench.create("a", spec={"size": 0})
    assert caught.value.message == (
        'Widget.toys.example.org "a" is invalid: '
        "spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1"
    )
    with pytest.raises(errors.Invalid, match="Duplicate value"):
        await bench.create("a", spec={"tags": ["x", "x"]})
    await bench.create("a", spec={"size": 1})
    with pytest.raises(errors.Invalid, match="must be of type integer"):
        await bench.update("a", spec(size="big"))


RULED = {"properties": {"spec": {"type": "object", "x-kubernetes-validations": [{"rule": "self.a == 1"}]}}}


async def test_rules_that_nobody_evaluates_are_refused(built: Making) -> None:
    bare = built.without_rules()
    with pytest.raises(capabilities.InstallError, match="x-kubernetes-validations, which this server doesn't evaluate"):
        bare(plain(schema=RULED))


async def test_rules_that_do_not_compile_are_refused(built: Making) -> None:
    with pytest.raises(capabilities.InstallError, match=r"of spec: compilation failed: .* undefined field 'a'"):
        built.builder.build([plain(schema=RULED)])


async def test_finalizers_without_a_domain_are_warned_of(built: Making) -> None:
    bench = built(plain()).bench()
    await bench.create("a", metadata={"finalizers": ["plain"]})
    assert bench.ctx.warnings == [
        'metadata.finalizers: "plain": prefer a domain-qualified finalizer name to avoid accidental conflicts with '
        "other finalizer writers"
    ]
    quiet = benches.asking()
    await bench.update("a", spec(size=1), ctx=quiet)
    assert quiet.warnings == []


async def test_the_users_strategy_runs_inside(built: Making) -> None:
    class Own(strategies.Strategy):
        async def prepare_for_create(self, ctx: Any, obj: Any) -> None:
            obj["status"] = {"phase": "New"}

        async def prepare_for_update(self, ctx: Any, obj: Any, old: Any) -> None:
            obj["spec"].setdefault("color", "blue")

        def validate(self, ctx: Any, obj: Any) -> Any:
            if obj["spec"]["size"] > 10:
                yield fielderrors.invalid("spec.size", obj["spec"]["size"], "must be at most 10")

        def validate_update(self, ctx: Any, obj: Any, old: Any) -> Any:
            yield from self.validate(ctx, obj)

        def warnings_on_create(self, ctx: Any, obj: Any) -> Any:
            return ["made"]

    bench = built(plain(strategy=Own(), subresources=["status"])).bench()
    made = await bench.create("a", spec={"size": 1}, status={"phase": "Done"})
    assert made["status"] == {"phase": "New"}
    assert bench.ctx.warnings == ["made"]
    changed = await bench.update("a", spec(size=1))
    assert (changed["spec"], changed["metadata"]["generation"]) == ({"size": 1, "color": "blue"}, 2)
    with pytest.raises(errors.Invalid, match="must be at most 10"):
        await bench.update("a", spec(size=11))
    with pytest.raises(errors.Invalid, match="must be at most 10"):
        await bench.create("b", spec={"size": 11})
    # a schema that isn't kept is said first, so that hooks see objects in order only
    with pytest.raises(errors.Invalid, match="must be of type integer"):
        await bench.create("b", spec={"size": "big"})


async def test_a_strategy_decides_about_versions(built: Making) -> None:
    class Free(strategies.Strategy):
        allow_unconditional_update = True
        returns_deleted = True

    for own, free in ((strategies.Strategy(), False), (Free(), True)):
        bench = built(plain(strategy=own, plural="widgets" if free else "gadgets")).bench(
            "widgets" if free else "gadgets"
        )
        await bench.create("a")
        blind = {"kind": "Widget", "apiVersion": "toys.example.org/v1", "metadata": {"name": "a"}, "spec": {"size": 1}}
        if free:
            assert (await bench.update("a", obj=blind))["spec"] == {"size": 1}
            assert (await bench.delete("a")).obj["kind"] == "Widget"
        else:
            with pytest.raises(errors.Invalid, match="must be specified for an update"):
                await bench.update("a", obj=blind)


async def test_marshmallow_checks_run_on_writes(built: Making) -> None:
    class Range(declaring.Schema):
        low = fields.Integer(required=True)
        high = fields.Integer(validate=validate.Range(max=9))

        @validates_schema
        def ordered(self, data: Any, **_: Any) -> None:
            if data.get("high", data["low"]) < data["low"]:
                raise ValidationError("must not be below low", "high")

    @declaring.resource(group="toys.example.org", version="v1")
    class Widget(declaring.Kind):
        spec = fields.Nested(Range)

    bench = built(Widget.resource).bench()
    with pytest.raises(errors.Invalid) as caught:
        await bench.create("a", spec={"low": 3, "high": 2})
    assert "spec.high: Invalid value: 2: must not be below low" in caught.value.message
    with pytest.raises(errors.Invalid, match="should be less than or equal to 9"):
        await bench.create("a", spec={"low": 3, "high": 10})
    await bench.create("a", spec={"low": 1, "high": 2})


async def test_selectable_fields_select(built: Making) -> None:
    resource = plain(selectable_fields=[".spec.color", ".spec.size"])
    bench = built(resource).bench()
    for name, number in (("a", 1), ("b", 2)):
        await bench.create(name, spec={"size": number})
    assert await bench.names(field_selector=selectors.parse("spec.size=2")) == ["b"]
    with pytest.raises(errors.BadRequest, match=r"field label not supported: spec\.tags"):
        await bench.list(field_selector=selectors.parse("spec.tags=x"))


async def test_a_cluster_scoped_resource_has_no_namespace(built: Making) -> None:
    bench = built(plain(scope="Cluster")).bench()
    bench.ctx = benches.asking("")
    made = await bench.create("a")
    assert "namespace" not in made["metadata"]
    assert not capabilities.capabilities_of(bench.store, path="widgets").namespaced
