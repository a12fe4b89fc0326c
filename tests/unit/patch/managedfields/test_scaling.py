"""Owners of an object's replicas and of its Scale."""

from __future__ import annotations

from typing import Any

from kroute.patch.managedfields import scaling
from tests.unit.patch.managedfields.fixtures import LATER, NOW

APPS = "apps/v1"
REPLICAS = {"f:spec": {"f:replicas": {}}}
FIELDS = scaling.ScaleFields(
    APPS, {APPS: ("spec", "replicas"), "apps/v1beta1": ("spec", "replicas"), "apps/none": None}
)


def entry(
    manager: str, fields: Any, operation: str = "Apply", version: str = APPS, time: str = NOW, **more: str
) -> Any:
    made = {"manager": manager, "operation": operation, "apiVersion": version, "time": time}
    return {**made, "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


def test_owners_of_the_replicas_own_those_of_the_scale() -> None:
    parent = [
        entry("owner", {"f:spec": {"f:replicas": {}, "f:selector": {}}}),
        entry("other", {"f:spec": {"f:selector": {}}}),
        entry("above", {"f:spec": {}}),
        entry("old", REPLICAS, version="apps/v1beta1"),
        entry("none", REPLICAS, version="apps/none"),
        entry("gone", REPLICAS, version="apps/v0"),
        entry("kubectl", REPLICAS, "Update"),
    ]
    found = FIELDS.to_scale(parent)
    assert [(each["manager"], each["apiVersion"], each["fieldsV1"]) for each in found] == [
        ("old", "autoscaling/v1", REPLICAS),
        ("owner", "autoscaling/v1", REPLICAS),
        ("kubectl", "autoscaling/v1", REPLICAS),
    ]


def test_who_scales_takes_the_replicas_and_has_no_time() -> None:
    parent = [entry("owner", {"f:spec": {"f:replicas": {}, "f:selector": {}}}), entry("only", REPLICAS)]
    scale = [entry("scaler", REPLICAS, version="autoscaling/v1", time=LATER, subresource="scale")]
    found = FIELDS.to_parent(parent, scale)
    assert found == [
        {
            "manager": "scaler",
            "operation": "Apply",
            "apiVersion": APPS,
            "fieldsType": "FieldsV1",
            "fieldsV1": REPLICAS,
            "subresource": "scale",
        },
        entry("owner", {"f:spec": {"f:selector": {}}}),
    ]


def test_an_applier_that_still_owns_the_replicas_keeps_its_entry() -> None:
    parent = [entry("owner", {"f:spec": {"f:replicas": {}, "f:selector": {}}})]
    assert FIELDS.to_parent(parent, FIELDS.to_scale(parent)) == parent


def test_owners_of_unknown_versions_are_dropped_and_others_kept() -> None:
    parent = [entry("gone", REPLICAS, version="apps/v0"), entry("none", REPLICAS, version="apps/none")]
    assert FIELDS.to_parent(parent, []) == [parent[1]]


def test_what_the_scale_owns_besides_is_left_out() -> None:
    scale = [entry("scaler", {"f:status": {}}, version="autoscaling/v1")]
    assert FIELDS.to_parent([], scale) == []


def test_entries_that_cannot_be_read_stay() -> None:
    broken = [{"operation": "Steal"}]
    assert FIELDS.to_scale(broken) == []
    assert FIELDS.to_parent(broken, []) == broken
