"""Field managers for all versions of a kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from kroute.actions import managing
from kroute.kinds import mounting
from kroute.machinery import errors, gvk, objects
from kroute.patch.managedfields import manager
from kroute.schema import compiling

V1 = gvk.GroupVersionKind("toys.example.org", "v1", "Widget")
BETA = V1._replace(version="v1beta1")
NOW = datetime(2024, 5, 6, tzinfo=UTC)


def schema(field: str) -> Any:
    spec = {"type": "object", "properties": {field: {"type": "integer"}, "color": {"type": "string"}}}
    return compiling.compile_schema({"type": "object", "properties": {"spec": spec}})


def renaming(source: str, target: str) -> Any:
    def convert(obj: objects.Object) -> objects.Object:
        spec = dict(obj.get("spec") or {})
        if source in spec:
            spec[target] = spec.pop(source)
        return {**obj, "spec": spec}

    return convert


ONE = mounting.Representation(kind=V1, storage_kind=V1, list_kind="WidgetList", schema=schema("size"))
OTHER = mounting.Representation(
    kind=BETA,
    storage_kind=V1,
    list_kind="WidgetList",
    schema=schema("measure"),
    to_storage=renaming("measure", "size"),
    from_storage=renaming("size", "measure"),
)
REVIEW = mounting.Representation(
    kind=V1._replace(kind="Review"), storage_kind=V1, list_kind="", schema=schema("x"), managed=False
)


def widget(version: str, **spec: Any) -> objects.Object:
    return {
        "apiVersion": f"toys.example.org/{version}",
        "kind": "Widget",
        "metadata": {"name": "a"},
        "spec": spec,
    }


def of(representation: mounting.Representation) -> manager.FieldManager:
    found = managing.FieldManagers([ONE, OTHER, REVIEW]).of(representation)
    assert found is not None
    return found


def apply(by: manager.FieldManager, live: objects.Object | None, wanted: objects.Object, name: str) -> objects.Object:
    return by.apply(live, wanted, manager=name, force=False, api_version=wanted["apiVersion"], subresource="", now=NOW)


def test_what_is_not_kept_has_no_manager() -> None:
    assert managing.FieldManagers([REVIEW]).of(REVIEW) is None


def test_owners_in_one_version_are_known_in_the_other() -> None:
    live = apply(of(ONE), None, widget("v1", size=1), "one")
    shown = renaming("size", "measure")({**live, "apiVersion": "toys.example.org/v1beta1"})
    with pytest.raises(errors.Conflict) as refused:
        apply(of(OTHER), shown, widget("v1beta1", measure=2), "other")
    assert refused.value.message == 'Apply failed with 1 conflict: conflict with "one": .spec.size'


def test_what_nobody_applies_any_more_is_removed_in_whatever_version() -> None:
    live = apply(of(ONE), None, widget("v1", size=1, color="red"), "one")
    shown = renaming("size", "measure")({**live, "apiVersion": "toys.example.org/v1beta1"})
    found = apply(of(OTHER), shown, widget("v1beta1", color="red"), "one")
    assert found["spec"] == {"color": "red"}


def test_the_way_between_versions_leads_through_the_stored_one() -> None:
    convert = managing.converter({"toys.example.org/v1": ONE, "toys.example.org/v1beta1": OTHER})
    given = widget("v1beta1", measure=3)
    assert convert(given, "toys.example.org/v1") == widget("v1", size=3)
    assert given == widget("v1beta1", measure=3)
    assert convert(widget("v1", size=3), "toys.example.org/v1beta1") == given
    with pytest.raises(managing.versions.UnknownVersion):
        convert(given, "toys.example.org/v2")
