"""Resources are declared as classes or as plain schemas; what makes no sense is refused with advice."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import fields, validate, validates_schema

from kroute.kinds import declaring, definition
from kroute.storage import capabilities
from kroute.storage import strategy as strategies


class WidgetSpec(declaring.Schema):
    size = fields.Integer(required=True, validate=validate.Range(min=1), metadata={"description": "How big, in cm."})
    replicas = fields.Integer()
    color = fields.String()


class WidgetStatus(declaring.Schema):
    replicas = fields.Integer()
    selector = fields.String()


SCHEMA: dict[str, Any] = {
    "properties": {
        "spec": {
            "type": "object",
            "properties": {
                "size": {"type": "integer"},
                "color": {"type": "string"},
                "replicas": {"type": "integer"},
                "tags": {"type": "array", "items": {"type": "string"}},
            },
        },
        "status": {"type": "object", "properties": {"replicas": {"type": "integer"}}},
    }
}


def plain(**changed: Any) -> definition.Resource:
    given: dict[str, Any] = {"group": "toys.example.org", "version": "v1", "kind": "Widget", "schema": SCHEMA}
    return declaring.resource(**{**given, **changed})  # type: ignore[no-any-return]


def refusal(**changed: Any) -> str:
    with pytest.raises(capabilities.InstallError) as caught:
        plain(**changed)
    return str(caught.value)


def test_a_class_becomes_a_resource() -> None:
    @declaring.resource(group="toys.example.org", version="v1", short_names=["wd"], subresources=["status"])
    class Widget(declaring.Kind):
        """A toy."""

        spec = fields.Nested(WidgetSpec, required=True)
        status = fields.Nested(WidgetStatus, dump_only=True)

    found = declaring.resource_of(Widget)
    assert found is Widget.resource
    assert (found.kind, found.plural, found.singular, found.list_kind) == ("Widget", "widgets", "widget", "WidgetList")
    assert (found.namespaced, found.short_names, found.description) == (True, ("wd",), "A toy.")
    version = found.storage_version
    assert (version.name, version.status, version.scale) == ("v1", True, None)
    assert version.schema.required == ("spec",)
    size = version.schema.properties["spec"].properties["size"]
    assert (size.type, size.minimum, size.description) == ("integer", 1, "How big, in cm.")


def test_a_plain_schema_becomes_the_same_record() -> None:
    own = strategies.Strategy()
    found = plain(scope="Cluster", plural="gizmos", categories=["all"], strategy=own, description="A toy.")
    assert declaring.resource_of(found) is found
    assert (found.kind, found.plural, found.namespaced) == ("Widget", "gizmos", False)
    assert (found.categories, found.description) == (("all",), "A toy.")
    assert found.strategy is own
    assert found.storage_version.schema.properties["spec"].properties["size"].type == "integer"


def test_checks_that_a_schema_cannot_say_are_kept() -> None:
    class Range(declaring.Schema):
        low = fields.Integer()
        high = fields.Integer()

        @validates_schema
        def ordered(self, data: Any, **_: Any) -> None: ...

    @declaring.resource(group="toys.example.org", version="v1")
    class Span(declaring.Kind):
        spec = fields.Nested(Range)

    assert len(Span.resource.storage_version.validators) == 1
    assert plain().storage_version.validators == ()


@pytest.mark.parametrize(
    "kind, plural",
    [
        ("Widget", "widgets"),
        ("Box", "boxes"),
        ("Bus", "buses"),
        ("Match", "matches"),
        ("Wish", "wishes"),
        ("Policy", "policies"),
        ("Toy", "toys"),
        ("Gateway", "gateways"),
    ],
)
def test_a_plural_follows_from_the_kind(kind: str, plural: str) -> None:
    assert declaring.plural_of(kind) == plural


def test_a_scale_stands_where_it_usually_does() -> None:
    @declaring.resource(group="toys.example.org", version="v1", subresources=["status", "scale"])
    class Widget(declaring.Kind):
        spec = fields.Nested(WidgetSpec)
        status = fields.Nested(WidgetStatus)

    assert Widget.resource.storage_version.scale == definition.Scale(
        spec_replicas=".spec.replicas", status_replicas=".status.replicas", label_selector=".status.selector"
    )
    scale = plain(subresources=["scale"]).storage_version.scale
    assert scale is not None
    assert scale.label_selector == ""


def test_other_versions_stand_beside_the_storage_version() -> None:
    old = declaring.version(
        "v1beta1", SCHEMA, to_storage=lambda obj: obj, from_storage=lambda obj: obj, deprecated=True
    )
    found = plain(versions=[old])
    assert [version.name for version in found.versions] == ["v1", "v1beta1"]
    assert found.storage_version.name == "v1"
    assert found.versions[1].deprecated


@pytest.mark.parametrize(
    "changed, said",
    [
        ({"kind": "widget"}, "must begin with a capital letter"),
        ({"kind": "WidgetList"}, "must not end in List"),
        ({"kind": ""}, "needs its kind"),
        ({"group": "toys"}, "must be a domain name with a dot in it"),
        ({"group": "Toys.example.org"}, "is no domain name"),
        ({"scope": "cluster"}, "scope 'cluster' must be Namespaced or Cluster"),
        ({"plural": "Widgets"}, "plural 'Widgets' can't stand in paths"),
        ({"short_names": ["w d"]}, "short name 'w d' can't stand in paths"),
        ({"short_names": ["widgets"]}, "short name 'widgets' is there twice"),
        ({"categories": ["All"]}, "category 'All' can't stand in paths"),
        ({"version": "1"}, "version '1' is no version name"),
        ({"subresources": ["proxy"]}, "subresources ['proxy'] are not known: status and scale are"),
        ({"schema": {"type": "string"}}, "a resource is an object"),
        ({"schema": {"properties": {"spec": {"type": "text"}}}}, "its schema can't be used"),
        ({"schema": {}, "subresources": ["status"]}, "its schema has no `status`"),
    ],
)
def test_names_and_schemas_are_checked(changed: dict[str, Any], said: str) -> None:
    assert said in refusal(**changed)


@pytest.mark.parametrize(
    "column, said",
    [
        (definition.Column(name="Size", path="spec.size"), "must begin with a dot, as .spec.size"),
        (definition.Column(name="Size", path=".spec[?("), "can't be read"),
        (definition.Column(name="Size", path=".spec.size", type="text"), "it must be one of boolean, date"),
        (definition.Column(name="Size", path=".spec.size", format="int16"), "has format 'int16'"),
        (definition.Column(name="", path=".spec.size"), "a column has no name"),
    ],
)
def test_columns_are_checked(column: definition.Column, said: str) -> None:
    assert said in refusal(columns=[column])
    assert "is there twice" in refusal(columns=[column, column])


@pytest.mark.parametrize(
    "paths, said",
    [
        ([".spec.colour"], "is not in the schema"),
        (["spec.color"], "must be a plain path"),
        ([".metadata.labels"], "must be a plain path outside of metadata"),
        ([".spec.tags"], "must be a boolean, integer, string, not array"),
        ([".spec.color", ".spec.color"], "is there twice"),
        ([f".spec.x{number}" for number in range(9)], "8 are possible"),
    ],
)
def test_selectable_fields_are_checked(paths: list[str], said: str) -> None:
    assert said in refusal(selectable_fields=paths)


@pytest.mark.parametrize(
    "scale, said",
    [
        (
            definition.Scale(spec_replicas=".spec.count", status_replicas=".status.replicas"),
            "scale: spec_replicas '.spec.count' is not in the schema",
        ),
        (
            definition.Scale(spec_replicas=".status.replicas", status_replicas=".status.replicas"),
            "must be a plain path below .spec.",
        ),
        (
            definition.Scale(spec_replicas=".spec.color", status_replicas=".status.replicas"),
            "must be of type integer, not string",
        ),
        (
            definition.Scale(spec_replicas=".spec.replicas", status_replicas=".status.items[0]"),
            "must be a plain path below .status.",
        ),
    ],
)
def test_scale_paths_are_checked(scale: definition.Scale, said: str) -> None:
    assert said in refusal(scale=scale)


def test_versions_are_checked() -> None:
    same = declaring.version("v1", SCHEMA)
    assert "version v1 is there twice" in refusal(versions=[same])
    one_way = declaring.version("v2", SCHEMA, to_storage=lambda obj: obj)
    assert "version v2 converts one way only: give from_storage as well" in refusal(versions=[one_way])
    second = definition.Version(name="v2", schema=same.schema, storage=True)
    assert "v1 and v2 are both storage versions: only one can be" in refusal(versions=[second])


def test_a_resource_needs_a_storage_version_that_is_served() -> None:
    from dataclasses import replace

    from kroute.kinds import checking

    found = plain()
    version = found.versions[0]
    for versions, said in (
        ((), "it has no version"),
        ((replace(version, storage=False),), "no version is the storage version"),
        ((replace(version, served=False),), "no version is served"),
    ):
        with pytest.raises(capabilities.InstallError, match=said):
            checking.check(replace(found, versions=versions))


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = refusal(group="toys", plural="Widgets", selectable_fields=[".spec.none"])
    assert text.startswith("Widget: ")
    assert "version v1: selectable field" in text
    assert text.count(";") == 2


def test_only_kinds_and_records_are_resources() -> None:
    class Plain: ...

    class Undeclared(declaring.Kind): ...

    with pytest.raises(capabilities.InstallError, match="must derive from Kind"):
        declaring.resource(group="toys.example.org", version="v1")(Plain)  # type: ignore[type-var]
    with pytest.raises(capabilities.InstallError, match="Undeclared is no resource: declare it with @resource"):
        declaring.resource_of(Undeclared)
    with pytest.raises(capabilities.InstallError, match="is no resource"):
        declaring.resource_of("widgets")


def test_a_class_derived_from_a_resource_is_not_the_same_resource() -> None:
    @declaring.resource(group="toys.example.org", version="v1")
    class Widget(declaring.Kind):
        spec = fields.Nested(WidgetSpec)

    class Gadget(Widget): ...

    with pytest.raises(capabilities.InstallError, match="Gadget is no resource"):
        declaring.resource_of(Gadget)
