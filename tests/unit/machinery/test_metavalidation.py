"""What may stand in metadata."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.machinery import metavalidation, names

UID = "11111111-2222-3333-4444-555555555555"
OWNER = {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": UID}


def created(namespaced: bool = True, **meta: Any) -> list[str]:
    """What is wrong with the metadata of a new object."""
    whole: dict[str, Any] = {"name": "a"} | ({"namespace": "ns"} if namespaced else {}) | meta
    found = metavalidation.validate(whole, namespaced=namespaced, name_rule=names.subdomain_name)
    return [str(error) for error in found]


def updated(old: dict[str, Any] | None = None, **meta: Any) -> list[str]:
    """What is wrong with metadata that replaces other."""
    base = {"name": "a", "namespace": "ns", "uid": UID, "creationTimestamp": "2001-02-03T04:05:06Z"}
    found = metavalidation.validate_update(base | {"resourceVersion": "1"} | meta, base | (old or {}))
    return [str(error) for error in found]


def test_good_metadata_has_nothing_wrong() -> None:
    assert created(labels={"a": "b"}, annotations={"Example.com/K": "any\ntext"}, ownerReferences=[OWNER]) == []
    assert created(namespaced=False) == []
    assert created(labels=None, annotations=None, ownerReferences=None, finalizers=None, managedFields=None) == []
    assert updated() == []


def test_a_name_is_required() -> None:
    assert created(name="") == ["metadata.name: Required value: name or generateName is required"]


def test_a_generated_name_is_told_twice_what_is_wrong() -> None:
    found = created(name="B_x", generateName="B_")
    assert [text.split(" a lowercase")[0] for text in found] == [
        'metadata.generateName: Invalid value: "B_":',
        'metadata.name: Invalid value: "B_x":',
    ]


@pytest.mark.parametrize(
    "namespaced, namespace, message",
    [
        (True, "", "metadata.namespace: Required value"),
        (True, "a.b", 'metadata.namespace: Invalid value: "a.b": must not contain dots'),
        (False, "a", "metadata.namespace: Forbidden: not allowed on this type"),
    ],
)
def test_a_namespace_fits_the_scope(namespaced: bool, namespace: str, message: str) -> None:
    assert created(namespaced, namespace=namespace) == [message]


def test_generation_is_not_negative() -> None:
    wanted = "metadata.generation: Invalid value: -1: must be greater than or equal to 0"
    assert created(generation=-1) == [wanted]


def test_annotations_have_a_limit_together() -> None:
    half = "x" * (128 * 1024 - 1)
    assert created(annotations={"a": half, "b": half}) == []
    assert created(annotations={"a": half, "b": half + "x"}) == [
        "metadata.annotations: Too long: may not be more than 262144 bytes"
    ]


def test_an_owner_reference_is_complete() -> None:
    assert created(ownerReferences=[{}]) == [
        'metadata.ownerReferences.apiVersion: Invalid value: "": version must not be empty',
        'metadata.ownerReferences.kind: Invalid value: "": must not be empty',
        'metadata.ownerReferences.name: Invalid value: "": must not be empty',
        'metadata.ownerReferences.uid: Invalid value: "": must not be empty',
    ]


@pytest.mark.parametrize("version", ["a/b/c", "a/", "/"])
def test_an_owner_has_a_version(version: str) -> None:
    found = created(ownerReferences=[OWNER | {"apiVersion": version}])
    assert found == [f'metadata.ownerReferences.apiVersion: Invalid value: "{version}": version must not be empty']


def test_an_event_owns_nothing() -> None:
    shown = f'{{"apiVersion":"v1","kind":"Event","name":"owner","uid":"{UID}"}}'
    assert created(ownerReferences=[OWNER | {"kind": "Event"}]) == [
        f"metadata.ownerReferences: Invalid value: {shown}: /v1, Kind=Event is disallowed from being an owner"
    ]


def test_one_owner_is_the_controller() -> None:
    owners = [{"controller": True, **OWNER}, OWNER | {"kind": "Secret", "name": "second", "controller": True}]
    shown = (
        f'[{{"apiVersion":"v1","kind":"ConfigMap","name":"owner","uid":"{UID}","controller":true}},'
        f'{{"apiVersion":"v1","kind":"Secret","name":"second","uid":"{UID}","controller":true}}]'
    )
    assert created(ownerReferences=owners) == [
        f"metadata.ownerReferences: Invalid value: {shown}: Only one reference can have Controller set to true. "
        'Found "true" in references for ConfigMap/owner and Secret/second'
    ]


def test_finalizers_are_qualified_names() -> None:
    (found,) = created(finalizers=["bad finalizer"])
    assert found.startswith('metadata.finalizers: Invalid value: "bad finalizer": name part must consist of')
    assert created(finalizers=["hold", "example.com/x", "example.com/x"]) == []


def test_orphan_and_foreground_exclude_each_other() -> None:
    assert created(finalizers=["orphan", "foregroundDeletion"]) == [
        'metadata.finalizers: Invalid value: ["orphan","foregroundDeletion"]: '
        "finalizer orphan and foregroundDeletion cannot be both set"
    ]


def test_built_in_kinds_take_qualified_finalizers_only() -> None:
    found = metavalidation.validate(
        {"name": "q", "namespace": "n", "finalizers": ["hold", "orphan", "kubernetes", "a.b/c"]},
        namespaced=True,
        name_rule=names.subdomain_name,
        kube_finalizers=True,
    )
    assert [str(error) for error in found] == [
        'metadata.finalizers[0]: Invalid value: "hold": '
        "name is neither a standard finalizer name nor is it fully qualified"
    ]


@pytest.mark.parametrize(
    "finalizer, warning",
    [
        ("plain", "prefer a domain-qualified finalizer name to avoid accidental conflicts"),
        ("example.com", "prefer a domain-qualified finalizer name including a path (/) to avoid accidental conflicts"),
    ],
)
def test_other_kinds_are_warned_of_them(finalizer: str, warning: str) -> None:
    wanted = f'metadata.finalizers: "{finalizer}": {warning} with other finalizer writers'
    assert list(metavalidation.finalizer_warnings([finalizer, "orphan", "a.b/c"])) == [wanted]
    assert list(metavalidation.finalizer_warnings(None)) == []


@pytest.mark.parametrize(
    "entry, message",
    [
        ({"operation": "Write"}, 'operation: Invalid value: "Write": must be `Apply` or `Update`'),
        ({"operation": "Apply", "fieldsType": "V2"}, 'fieldsType: Invalid value: "V2": must be `FieldsV1`'),
        ({"operation": "Apply", "manager": "m" * 129}, "manager: Too long: may not be more than 128 bytes"),
        (
            {"operation": "Apply", "manager": "a\nb"},
            'manager: Invalid value: "a\\nb": invalid character U+000A (at position 1)',
        ),
        (
            {"operation": "Apply", "manager": "ü\u200b"},
            'manager: Invalid value: "ü\\u200b": invalid character U+200B (at position 2)',
        ),
        ({"operation": "Update", "subresource": "s" * 257}, "subresource: Too long: may not be more than 256 bytes"),
    ],
)
def test_managed_fields_are_well_formed(entry: dict[str, Any], message: str) -> None:
    assert created(managedFields=[{"operation": "Update"}, entry]) == [f"metadata.managedFields[1].{message}"]


def test_an_update_needs_a_resource_version() -> None:
    assert updated(resourceVersion="") == [
        'metadata.resourceVersion: Invalid value: "": must be specified for an update'
    ]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"name": "b"}, 'name: Invalid value: "b": field is immutable'),
        ({"namespace": ""}, 'namespace: Invalid value: "": field is immutable'),
        ({"uid": "x"}, 'uid: Invalid value: "x": field is immutable'),
        ({"creationTimestamp": None}, "creationTimestamp: Invalid value: null: field is immutable"),
        (
            {"deletionTimestamp": "2001-02-03T04:05:06Z"},
            'deletionTimestamp: Invalid value: "2001-02-03T04:05:06Z": field is immutable',
        ),
        ({"deletionGracePeriodSeconds": 3}, "deletionGracePeriodSeconds: Invalid value: 3: field is immutable"),
    ],
)
def test_what_the_server_owns_does_not_change(change: dict[str, Any], message: str) -> None:
    assert updated(**change) == [f"metadata.{message}"]


def test_the_same_time_in_another_form_is_no_change() -> None:
    assert updated(creationTimestamp="2001-02-03T05:05:06+01:00") == []


def test_generation_only_grows() -> None:
    assert updated({"generation": 3}, generation=3) == []
    assert updated({"generation": 3}, generation=2) == [
        "metadata.generation: Invalid value: 2: must not be decremented"
    ]


def test_an_object_being_deleted_gets_no_more_finalizers() -> None:
    gone = {"deletionTimestamp": "2001-02-03T04:05:06Z"}
    assert updated(gone | {"finalizers": ["a.b/c", "a.b/d"]}, finalizers=["a.b/c"], **gone) == []
    assert updated(gone | {"finalizers": ["a.b/c"]}, finalizers=["b.b/y", "a.b/c", "a.b/x"], **gone) == [
        "metadata.finalizers: Forbidden: no new finalizers can be added if the object is being deleted, "
        'found new finalizers []string{"a.b/x", "b.b/y"}'
    ]


def test_labels_and_annotations_are_checked_at_updates_as_well() -> None:
    found = updated(labels={"-": ""}, annotations={"-": ""}, ownerReferences=[{}])
    assert [text.partition(":")[0] for text in found][:3] == [
        "metadata.labels",
        "metadata.annotations",
        "metadata.ownerReferences.apiVersion",
    ]
