"""Owners that write in several API versions of a kind."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from kroute.machinery import errors, objects
from kroute.patch.managedfields import manager, versions
from kroute.schema import compiling
from tests.unit.patch.managedfields.fixtures import LATER, NOW, owners

V1, V2 = "x.io/v1", "x.io/v2"


def schema(field: str) -> Any:
    text = {"type": "string"}
    spec = {"type": "object", "properties": {field: text, "both": text}}
    return compiling.compile_schema({"type": "object", "properties": {"spec": spec}})


def convert(obj: objects.Object, version: str) -> objects.Object:
    """`size` of version 1 is `length` in version 2."""
    if version not in (V1, V2):
        raise versions.UnknownVersion(version)
    old, new = ("size", "length") if version == V2 else ("length", "size")
    spec = dict(obj.get("spec") or {})
    if old in spec:
        spec[new] = spec.pop(old)
    return {**obj, "apiVersion": version, "spec": spec}


@pytest.fixture
def managers() -> manager.FieldManager:
    return manager.FieldManager({V1: schema("size"), V2: schema("length")}, kind="W", convert=convert)


def obj(version: str, **spec: str) -> dict[str, Any]:
    return {"apiVersion": version, "kind": "W", "metadata": {"name": "a", "uid": "1"}, "spec": spec}


def test_each_owner_keeps_its_fields_in_its_version(managers: manager.FieldManager) -> None:
    first = obj(V1, size="1", both="x")
    del first["metadata"]["uid"]
    live = managers.update(None, first, manager="one", api_version=V1, now=NOW)
    live["metadata"]["uid"] = "1"
    new = convert(copy.deepcopy(live), V2)
    new["spec"]["length"] = "2"
    found = managers.update(convert(live, V2), new, manager="two", api_version=V2, now=LATER)
    assert owners(found) == {
        "one/update": {"f:spec": {".": {}, "f:both": {}}},
        "two/update": {"f:spec": {"f:length": {}}},
    }
    assert [entry["apiVersion"] for entry in found["metadata"]["managedFields"]] == [V1, V2]


def test_a_conflict_is_found_across_versions_and_shown_in_the_owners(managers: manager.FieldManager) -> None:
    live = managers.apply(None, obj(V1, size="1"), manager="one", force=False, api_version=V1, now=NOW)
    with pytest.raises(errors.Conflict) as caught:
        managers.apply(convert(live, V2), obj(V2, length="2"), manager="two", force=False, api_version=V2, now=NOW)
    assert caught.value.message == 'Apply failed with 1 conflict: conflict with "one": .spec.size'


def test_an_applier_may_go_on_in_another_version(managers: manager.FieldManager) -> None:
    live = managers.apply(None, obj(V1, size="1", both="x"), manager="one", force=False, api_version=V1, now=NOW)
    found = managers.apply(convert(live, V2), obj(V2, both="x"), manager="one", force=False, api_version=V2, now=LATER)
    assert found["spec"] == {"both": "x"}
    assert owners(found) == {"one": {"f:spec": {"f:both": {}}}}
    assert found["metadata"]["managedFields"][0]["apiVersion"] == V2


def test_what_another_owns_in_another_version_stays(managers: manager.FieldManager) -> None:
    live = managers.apply(None, obj(V1, size="1", both="x"), manager="one", force=False, api_version=V1, now=NOW)
    live = managers.apply(convert(live, V2), obj(V2, length="1"), manager="two", force=False, api_version=V2, now=NOW)
    found = managers.apply(convert(live, V1), obj(V1), manager="one", force=False, api_version=V1, now=LATER)
    assert found["spec"] == {"size": "1"}
    assert owners(found) == {"one": {"f:spec": {}}, "two": {"f:spec": {"f:length": {}}}}


def test_owners_in_versions_that_are_gone_are_forgotten(managers: manager.FieldManager) -> None:
    entry = {
        "manager": "old",
        "operation": "Apply",
        "apiVersion": "x.io/v0",
        "fieldsType": "FieldsV1",
        "fieldsV1": {"f:spec": {}},
    }
    live = obj(V1, size="1")
    live["metadata"]["managedFields"] = [entry]
    new = obj(V1, size="2")
    new["metadata"]["managedFields"] = [entry]
    found = managers.update(live, new, manager="one", api_version=V1, now=NOW)
    assert owners(found) == {"one/update": {"f:spec": {"f:size": {}}}}


def test_without_conversion_owners_in_other_versions_are_forgotten() -> None:
    alone = manager.FieldManager({V1: schema("size"), V2: schema("length")}, kind="W")
    live = alone.apply(None, obj(V1, size="1"), manager="one", force=False, api_version=V1, now=NOW)
    found = alone.apply(convert(live, V2), obj(V2, both="x"), manager="two", force=False, api_version=V2, now=NOW)
    assert owners(found) == {"two": {"f:spec": {"f:both": {}}}}
