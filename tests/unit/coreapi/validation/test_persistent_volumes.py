"""Persistent volumes and claims of them: what they may hold, and what may change."""

from __future__ import annotations

from typing import Any

import pytest

from kroute.coreapi.validation import persistentclaims, persistentvolumes
from tests.unit.coreapi import harness

VOLUME, CLAIM = "v1/PersistentVolume", "v1/PersistentVolumeClaim"
CSI = {"driver": "csi.example.com", "volumeHandle": "h"}
ZONE = "topology.kubernetes.io/zone"


def place(key: str, *values: str) -> harness.Patch:
    expression = {"key": key, "operator": "In", "values": [*values]}
    return {"required": {"nodeSelectorTerms": [{"matchExpressions": [expression]}]}}


def volume(make: harness.Maker, **spec: Any) -> list[str]:
    found = persistentvolumes.validate(make.minimal(VOLUME, {"spec": spec}))
    return [text.removeprefix("spec.") for text in harness.texts(found)]


def changed(make: harness.Maker, before: harness.Patch, after: harness.Patch) -> list[str]:
    old = make.minimal(VOLUME, {"spec": before})
    return harness.texts(persistentvolumes.validate_update(make.changed(old, {"spec": after}), old))


def claim(make: harness.Maker, before: harness.Patch, after: harness.Patch) -> list[str]:
    old = make.minimal(CLAIM, before)
    return harness.texts(persistentclaims.validate_update(make.changed(old, after), old))


@pytest.mark.parametrize(
    "source, expected",
    [
        ({"hostPath": {"path": "/a/../b"}}, ["hostPath.path: Invalid value: \"/a/../b\": must not contain '..'"]),
        (
            {"local": {"path": ""}},
            [
                "local.path: Required value",
                "nodeAffinity: Required value: Local volume requires node affinity",
            ],
        ),
        ({"csi": {"driver": "csi.example.com"}}, ["csi.volumeHandle: Required value"]),
        (
            {"csi": {**CSI, "nodePublishSecretRef": {"name": "s"}}},
            ["csi.nodePublishSecretRef.namespace: Required value"],
        ),
        (
            {"azureFile": {"secretName": "s", "shareName": "t", "secretNamespace": ""}},
            ["azureFile.secretNamespace: Required value"],
        ),
        ({"cinder": {"volumeID": "v", "secretRef": {"name": "s"}}}, ["cinder.secretRef.namespace: Required value"]),
        (
            {"glusterfs": {"endpoints": "e", "path": "p", "endpointsNamespace": ""}},
            [
                'glusterfs.endpointsNamespace: Invalid value: "": '
                "if the endpointnamespace is set, it must be a valid namespace name"
            ],
        ),
        (
            {"iscsi": {"targetPortal": "1.2.3.4", "iqn": "nothing", "chapAuthSession": True}},
            ['iscsi.iqn: Invalid value: "nothing": must be valid format', "iscsi.secretRef: Required value"],
        ),
        ({"gcePersistentDisk": {"pdName": ""}}, ["persistentDisk.pdName: Required value"]),
        ({"flexVolume": {"driver": "d"}}, []),
        (
            {"storageos": {"volumeName": "v", "secretRef": {}}},
            [
                "storageos.secretRef.name: Required value",
                "storageos.secretRef.namespace: Required value",
            ],
        ),
    ],
)
def test_a_source_has_what_its_driver_needs(make: harness.Maker, source: harness.Patch, expected: list[str]) -> None:
    given = source if "hostPath" in source else {"hostPath": None, **source}
    assert volume(make, **given) == expected


@pytest.mark.parametrize(
    "spec, expected",
    [
        ({"hostPath": None}, ["spec: Required value: must specify a volume type"]),
        ({"nfs": {"server": "s", "path": "/p"}}, ["nfs: Forbidden: may not specify more than 1 volume type"]),
        (
            {"capacity": {"storage": "-1"}},
            [
                "capacity[storage]: Invalid value: -1: must be a valid resource quantity",
                'capacity[storage]: Invalid value: "-1": must be greater than zero',
            ],
        ),
        (
            {"capacity": {"cpu": "1"}},
            ['capacity: Unsupported value: {"storage":"5Gi","cpu":"1"}: supported values: "storage"'],
        ),
        (
            {"accessModes": ["ReadWriteOncePod", "ReadOnlyMany"]},
            ["accessModes: Forbidden: may not use ReadWriteOncePod with other access modes"],
        ),
        (
            {"hostPath": {"path": "/x/.."}, "persistentVolumeReclaimPolicy": "Recycle"},
            [
                "hostPath.path: Invalid value: \"/x/..\": must not contain '..'",
                "persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
            ],
        ),
        ({"nodeAffinity": {}}, ["nodeAffinity.required: Required value: must specify required node constraints"]),
        (
            {"volumeAttributesClassName": ""},
            [
                "volumeAttributesClassName: Required value: an empty string is disallowed",
                "csi: Required value: has to be specified when using volumeAttributesClassName",
            ],
        ),
        ({"volumeMode": "Tape"}, ['volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"']),
    ],
)
def test_a_volume_says_what_it_is(make: harness.Maker, spec: harness.Patch, expected: list[str]) -> None:
    assert [text.removeprefix("spec.") for text in volume(make, **spec)] == expected


def test_the_source_never_changes(make: harness.Maker) -> None:
    found = changed(make, {}, {"hostPath": {"path": "/other"}})
    assert found == [
        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n"
        '@@ -2,7 +2,7 @@\n  "GCEPersistentDisk": null,\n  "AWSElasticBlockStore": null,\n  "HostPath": {\n'
        '-  "Path": "/data",\n+  "Path": "/other",\n   "Type": ""\n  },\n  "Glusterfs": null,\n'
    ]


def test_a_secret_for_expansion_may_be_added_but_not_changed(make: harness.Maker) -> None:
    bare = {"hostPath": None, "csi": CSI}
    one, other = ({"controllerExpandSecretRef": {"name": name, "namespace": "n"}} for name in ("s", "t"))
    assert not changed(make, bare, {"csi": one})
    assert changed(make, {**bare, "csi": {**CSI, **one}}, {"csi": other})


def test_the_place_may_be_given_once_and_told_by_newer_labels(make: harness.Maker) -> None:
    old, new = place("failure-domain.beta.kubernetes.io/zone", "a"), place(ZONE, "a")
    assert not changed(make, {}, {"nodeAffinity": new})
    assert not changed(make, {"nodeAffinity": old}, {"nodeAffinity": new})
    for wrong in (place(ZONE, "b"), None):
        found = changed(make, {"nodeAffinity": new}, {"nodeAffinity": wrong})
        assert len(found) == 1
        assert found[0].endswith("field is immutable, except for updating from beta label to GA")


def test_a_class_of_attributes_stays_once_it_is_named(make: harness.Maker) -> None:
    before = {"hostPath": None, "csi": CSI, "volumeAttributesClassName": "gold"}
    assert not changed(make, before, {"volumeAttributesClassName": "silver"})
    assert changed(make, before, {"volumeAttributesClassName": None}) == [
        "spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden"
    ]


def test_old_ways_are_warned_of(make: harness.Maker) -> None:
    obj = make.minimal(
        VOLUME,
        {
            "metadata": {"annotations": {"volume.beta.kubernetes.io/storage-class": "x"}},
            "spec": {
                "hostPath": None,
                "cephfs": {"monitors": ["m"]},
                "persistentVolumeReclaimPolicy": "Recycle",
                "nodeAffinity": place("beta.kubernetes.io/os", "linux"),
            },
        },
    )
    assert [text.partition(": ")[0] for text in persistentvolumes.warnings(obj, None)] == [
        "metadata.annotations[volume.beta.kubernetes.io/storage-class]",
        "spec.persistentVolumeReclaimPolicy",
        "spec.nodeAffinity.required.nodeSelectorTerms[0].matchExpressions[0].key",
        "spec.cephfs",
    ]


def size(text: str) -> dict[str, Any]:
    return {"spec": {"resources": {"requests": {"storage": text}}}}


BOUND = {"status": {"phase": "Bound", "capacity": {"storage": "1Gi"}}}


@pytest.mark.parametrize(
    "before, after",
    [
        ({}, {"spec": {"volumeName": "pv"}}),
        ({}, {"spec": {"storageClassName": "fast"}}),
        (BOUND, size("2Gi")),
        ({**BOUND, **size("3Gi")}, size("2Gi")),
        ({}, {"spec": {"volumeAttributesClassName": "gold"}}),
        (
            {"metadata": {"annotations": {"volume.beta.kubernetes.io/storage-class": "slow"}}},
            {"metadata": {"annotations": None}, "spec": {"storageClassName": "slow"}},
        ),
    ],
)
def test_a_claim_may_change_so(make: harness.Maker, before: harness.Patch, after: harness.Patch) -> None:
    assert not claim(make, before, after)


@pytest.mark.parametrize(
    "before, after, expected",
    [
        ({}, {"spec": {"resources": {"requests": {"storage": "2Gi"}}}}, ["spec: Forbidden: spec is immutable ..."]),
        ({"spec": {"volumeName": "pv"}}, {"spec": {"volumeName": "other"}}, ["spec: Forbidden: spec is immutable ..."]),
        (
            {"spec": {"storageClassName": "a"}},
            {"spec": {"storageClassName": "b"}},
            ["spec: Forbidden: spec is immutable ..."],
        ),
        (
            {},
            {"spec": {"volumeMode": "Block"}},
            ["spec: Forbidden: spec is immutable ...", 'volumeMode: Invalid value: "Block": field is immutable'],
        ),
        (
            {"status": {"phase": "Bound", "capacity": {"storage": "1Gi"}}},
            {"spec": {"resources": {"requests": {"storage": "1Mi"}}}},
            ["spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"],
        ),
        (
            {"spec": {"volumeAttributesClassName": "gold"}},
            {"spec": {"volumeAttributesClassName": ""}},
            ["spec.volumeAttributesClassName: Forbidden: update from non-nil value to an empty string is forbidden"],
        ),
        (
            {"metadata": {"annotations": {"volume.beta.kubernetes.io/storage-class": "slow"}}},
            {"metadata": {"annotations": {"volume.beta.kubernetes.io/storage-class": "fast"}}},
            [
                "metadata.annotations[volume.beta.kubernetes.io/storage-class]: "
                'Invalid value: "fast": field is immutable'
            ],
        ),
    ],
)
def test_a_claim_may_not_change_so(
    make: harness.Maker, before: harness.Patch, after: harness.Patch, expected: list[str]
) -> None:
    assert harness.said(claim(make, before, after), expected)


def test_the_status_of_a_claim_counts_storage(make: harness.Maker) -> None:
    status = {
        "capacity": {"storage": "-1"},
        "allocatedResourceStatuses": {"cpu": "Growing"},
        "allocatedResources": {"memory": "1", "storage": "-1"},
    }
    obj = make.minimal(CLAIM, {"status": status})
    assert [text.partition(": ")[0] for text in harness.texts(persistentclaims.validate_status(obj, obj))] == [
        "status.capacity[storage]",
        "status.allocatedResourceStatus",
        "status.allocatedResourceStatus",
        "status.allocatedResources",
        "status.allocatedResources[storage]",
    ]


def test_parts_of_bytes_are_warned_of(make: harness.Maker) -> None:
    obj = make.minimal(CLAIM, {"spec": {"resources": {"requests": {"storage": "1500m"}}}})
    assert list(persistentclaims.warnings(obj, None)) == [
        'spec.resources.requests[storage]: fractional byte value "1500m" is invalid, must be an integer'
    ]
