"""Classes of storage, attachments, and what is known of CSI drivers."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import attachments, csi, storageclasses
from tests.unit.coreapi import harness

CLASS, ATTRIBUTES = "storage.k8s.io/v1/StorageClass", "storage.k8s.io/v1/VolumeAttributesClass"
ATTACHMENT, DRIVER = "storage.k8s.io/v1/VolumeAttachment", "storage.k8s.io/v1/CSIDriver"
NODE, CAPACITY = "storage.k8s.io/v1/CSINode", "storage.k8s.io/v1/CSIStorageCapacity"
IMMUTABLE = "field is immutable"


def term(key: str, *values: str) -> dict[str, Any]:
    return {"matchLabelExpressions": [{"key": key, "values": [*values]}]}


@pytest.mark.parametrize(
    "patch, expected",
    [
        ({"parameters": {"": "x"}}, ['parameters: Invalid value: "": field can not be empty.']),
        ({"parameters": {"a": "x" * 262144}}, ["parameters: Too long: may not be more than 262144 bytes"]),
        (
            {"parameters": {str(number): "" for number in range(513)}},
            ["parameters: Too long: may not be more than 512 bytes"],
        ),
        (
            {"allowedTopologies": [term("a", "x"), term("a", "x")]},
            ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'],
        ),
        (
            {"allowedTopologies": [term("a")]},
            ["allowedTopologies[0].matchLabelExpressions[0].values: Required value"],
        ),
        (
            {"allowedTopologies": [{}, {}]},
            ['allowedTopologies[0].matchLabelExpressions: Duplicate value: ""'] * 2
            + ['allowedTopologies[1].matchLabelExpressions: Duplicate value: ""'] * 3,
        ),
    ],
)
def test_a_storage_class_is_refused(make: harness.Maker, patch: harness.Patch, expected: list[str]) -> None:
    assert harness.texts(storageclasses.validate_storage_class(make.minimal(CLASS, patch))) == expected


def test_old_labels_in_topologies_are_warned_of(make: harness.Maker) -> None:
    obj = make.minimal(CLASS, {"allowedTopologies": [term("failure-domain.beta.kubernetes.io/zone", "a")]})
    (found,) = storageclasses.warnings(obj, None)
    assert found.startswith("allowedTopologies[0].matchLabelExpressions[0].key: failure-domain.beta.kubernetes.io/zone")


def test_a_class_of_attributes_has_some_and_keeps_them(make: harness.Maker) -> None:
    assert harness.texts(storageclasses.validate_attributes_class(make.minimal(ATTRIBUTES, {"parameters": None}))) == [
        "parameters: Required value: must contain at least one key/value pair"
    ]
    old = make.minimal(ATTRIBUTES)
    new = make.changed(old, {"driverName": "other.example.com", "parameters": {"iops": "1"}})
    assert harness.texts(storageclasses.validate_attributes_class(new, old)) == [
        "driverName: Forbidden: updates to driverName are forbidden.",
        "parameters: Forbidden: updates to parameters are forbidden.",
    ]


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"attacher": "a/b"}, ['spec.attacher: Invalid value: "a/b": a lowercase RFC 1123 subdomain ...']),
        (
            {"source": {"persistentVolumeName": ""}},
            [
                "spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName",
                'spec.source.persistentVolumeName: Invalid value: "": a lowercase ...',
            ],
        ),
        (
            {"source": {"inlineVolumeSpec": {}}},
            ["spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName"],
        ),
        (
            {
                "source": {
                    "persistentVolumeName": None,
                    "inlineVolumeSpec": {
                        "accessModes": ["ReadWriteOnce"],
                        "capacity": {"storage": "1Gi"},
                        "nfs": {"server": "s", "path": "/p"},
                        "storageClassName": "fast",
                        "claimRef": {"name": "c"},
                        "nodeAffinity": {},
                        "volumeMode": "Block",
                        "persistentVolumeReclaimPolicy": "Delete",
                    },
                }
            },
            [
                f"spec.source.inlineVolumeSpec.{text} in the context of inline volumes"
                for text in (
                    "claimRef: Forbidden: may not be specified",
                    "capacity: Forbidden: may not be specified",
                    "csi: Required value: has to be specified",
                    "persistentVolumeReclaimPolicy: Forbidden: may only be Retain",
                    "nodeAffinity: Forbidden: may not be specified",
                    "storageClassName: Forbidden: may not be specified",
                    "volumeMode: Forbidden: may not specify volumeMode other than Filesystem",
                )
            ],
        ),
    ],
)
def test_an_attachment_is_refused(make: harness.Maker, spec: harness.Patch, expected: list[str]) -> None:
    found = harness.texts(attachments.validate(make.minimal(ATTACHMENT, {"spec": spec})))
    assert harness.said(found, expected)


def test_an_attachment_only_changes_its_status(make: harness.Maker) -> None:
    old = make.minimal(ATTACHMENT)
    error = {"message": "x" * 1025, "errorCode": -1}
    new = make.changed(old, {"status": {"attached": False, "attachError": error}})
    assert harness.texts(attachments.validate_update(new, old)) == [
        "status.attachError.message: Too long: may not be more than 262144 bytes",
        "status.attachError.errorCode: Invalid value: -1: must be between 0 and 2147483647, inclusive",
    ]
    (found,) = harness.texts(attachments.validate_update(make.changed(old, {"spec": {"nodeName": "n2"}}), old))
    assert found.startswith('spec: Invalid value: {"Attacher":"csi.example.com","Source":')
    assert IMMUTABLE in found


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"fsGroupPolicy": "Some"}, ['spec.fsGroupPolicy: Unsupported value: "Some": supported values: ...']),
        (
            {"tokenRequests": [{"audience": "a", "expirationSeconds": 5}, {"audience": "a"}]},
            [
                "spec.tokenRequests[0].expirationSeconds: Invalid value: 5: may not specify a duration less than ...",
                'spec.tokenRequests[1].audience: Duplicate value: "a"',
            ],
        ),
        (
            {"tokenRequests": [{"audience": "a", "expirationSeconds": 2**32 + 1}]},
            ["spec.tokenRequests[0].expirationSeconds: Invalid value: 4294967297: may not specify a duration ..."],
        ),
        ({"volumeLifecycleModes": ["Short"]}, ['spec.volumeLifecycleModes: Unsupported value: "Short": ...']),
        ({"nodeAllocatableUpdatePeriodSeconds": 9}, ["spec.nodeAllocatableUpdatePeriodSeconds: Invalid value: 9: ..."]),
    ],
)
def test_a_driver_is_refused(make: harness.Maker, spec: harness.Patch, expected: list[str]) -> None:
    assert harness.said(harness.texts(csi.validate_driver(make.minimal(DRIVER, {"spec": spec}))), expected)


def test_a_driver_keeps_how_it_attaches(make: harness.Maker) -> None:
    old = make.minimal(DRIVER)
    new = make.changed(old, {"spec": {"volumeLifecycleModes": ["Ephemeral"], "requiresRepublish": True}})
    assert harness.texts(csi.validate_driver(new, old)) == [
        f'spec.volumeLifecycleModes: Invalid value: ["Ephemeral"]: {IMMUTABLE}'
    ]


def test_drivers_on_a_node_keep_what_they_say_but_for_their_space(make: harness.Maker) -> None:
    driver = {"name": "csi.example.com", "nodeID": "n1"}
    old = make.minimal(NODE)
    for patch, wrong in (({"allocatable": {"count": 3}}, 0), ({"nodeID": "n2"}, 1)):
        found = harness.texts(csi.validate_node(make.changed(old, {"spec": {"drivers": [{**driver, **patch}]}}), old))
        assert len(found) == wrong
        assert all(text.startswith("spec.drivers: Invalid value: ") for text in found)
    bad = {"nodeID": "x" * 257, "allocatable": {"count": -1}, "topologyKeys": ["a", "a", ""]}
    found = harness.texts(csi.validate_node(make.minimal(NODE, {"spec": {"drivers": [{**driver, **bad}]}})))
    assert [text.partition(": ")[0] for text in found[:3]] == [
        "spec.drivers[0].nodeID",
        "spec.drivers[0].allocatable.count",
        "spec.drivers[0]",
    ]


def test_capacity_stays_where_it_is(make: harness.Maker) -> None:
    old = make.minimal(CAPACITY)
    assert harness.texts(csi.validate_capacity(make.minimal(CAPACITY, {"capacity": "-1", "storageClassName": "A"})))
    new = make.changed(old, {"nodeTopology": {"matchLabels": {"a": "b"}}, "storageClassName": "slow"})
    assert harness.texts(csi.validate_capacity_update(new, old)) == [
        f'nodeTopology: Invalid value: {{"matchLabels":{{"a":"b"}}}}: {IMMUTABLE}',
        f'storageClassName: Invalid value: "slow": {IMMUTABLE}',
    ]
    topology = {"matchLabels": {"beta.kubernetes.io/os": "linux"}}
    (found,) = csi.capacity_warnings(make.minimal(CAPACITY, {"nodeTopology": topology}), None)
    assert found.startswith("nodeTopology.matchLabels.beta.kubernetes.io/os: ")
