"""The tables of configuration, storage, access, admission, flow control and devices."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.coreapi.cells.harness import META, Cells


def test_configuration(cells: Cells) -> None:
    assert cells("v1/ConfigMap", data={"a": "", "b": ""}, binaryData={"c": ""}) == ["a", 3, "5s"]
    assert cells("v1/Secret", type="Opaque", data={"a": ""}) == ["a", "Opaque", 1, "5s"]
    assert cells("v1/ServiceAccount") == ["a", 0, "5s"]
    assert cells("v1/ServiceAccount", secrets=[{}, {}]) == ["a", 2, "5s"]
    assert cells("v1/Namespace", status={"phase": "Terminating"}) == ["a", "Terminating", "5s"]
    assert cells("coordination.k8s.io/v1/Lease", spec={"holderIdentity": "x"}) == ["a", "x", "5s"]
    assert cells("coordination.k8s.io/v1/Lease", spec={}) == ["a", "", "5s"]


def test_quotas(cells: Cells) -> None:
    hard = {"requests.cpu": "1", "limits.cpu": "2", "pods": "1", "configmaps": "2", "limits": "3"}
    status = {"hard": hard, "used": {"requests.cpu": "600m", "pods": "1"}}
    assert cells("v1/ResourceQuota", status=status) == [
        "a", "configmaps: 0/2, limits: 0/3, pods: 1/1, requests.cpu: 600m/1", "limits.cpu: 0/2", "5s",
    ]  # fmt: skip
    assert cells("v1/ResourceQuota", status={}) == ["a", "", "", "5s"]


def test_volumes(cells: Cells) -> None:
    spec = {
        "capacity": {"storage": "5Gi"},
        "accessModes": ["ReadOnlyMany", "ReadWriteOnce", "ReadWriteOnce"],
        "persistentVolumeReclaimPolicy": "Retain",
        "claimRef": {"namespace": "ns", "name": "data"},
        "storageClassName": "fast",
        "volumeMode": "Filesystem",
    }
    assert cells("v1/PersistentVolume", spec=spec, status={"phase": "Bound", "reason": "r"}) == [
        "a", "5Gi", "RWO,ROX", "Retain", "Bound", "ns/data", "fast", "<unset>", "r", "5s", "Filesystem",
    ]  # fmt: skip
    metadata = {
        **META,
        "deletionTimestamp": "2023-11-14T22:13:20Z",
        "annotations": {"volume.beta.kubernetes.io/storage-class": "old"},
    }
    row = cells("v1/PersistentVolume", metadata=metadata, spec={"volumeAttributesClassName": "gold"}, status={})
    assert row == ["a", "0", "", "", "Terminating", "", "old", "gold", "", "5s", "<unset>"]


def test_claims(cells: Cells) -> None:
    spec: dict[str, Any] = {"storageClassName": "fast", "volumeMode": "Block", "volumeAttributesClassName": "gold"}
    assert cells("v1/PersistentVolumeClaim", spec=spec, status={"phase": "Pending"}) == [
        "a", "Pending", "", "", "", "fast", "gold", "5s", "Block",
    ]  # fmt: skip
    status = {"phase": "Bound", "capacity": {"storage": "5Gi"}, "accessModes": ["ReadWriteOncePod", "ReadWriteMany"]}
    row = cells("v1/PersistentVolumeClaim", spec={**spec, "volumeName": "pv"}, status=status)
    assert row[1:5] == ["Bound", "pv", "5Gi", "RWX,RWOP"]


def test_classes_say_which_is_the_default(cells: Cells) -> None:
    assert cells("storage.k8s.io/v1/StorageClass", provisioner="p") == [
        "a", "p", "Delete", "Immediate", False, "5s",
    ]  # fmt: skip
    metadata = {**META, "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}}
    row = cells("storage.k8s.io/v1/StorageClass", metadata=metadata, provisioner="p", reclaimPolicy="Retain",
                volumeBindingMode="WaitForFirstConsumer", allowVolumeExpansion=True)  # fmt: skip
    assert row == ["a (default)", "p", "Retain", "WaitForFirstConsumer", True, "5s"]
    assert cells("storage.k8s.io/v1/VolumeAttributesClass", driverName="d") == ["a", "d", "5s"]


def test_storage_drivers(cells: Cells) -> None:
    assert cells("storage.k8s.io/v1/CSIDriver", spec={}) == [
        "a", True, False, False, "<unset>", False, "<none>", "5s",
    ]  # fmt: skip
    spec = {
        "attachRequired": False,
        "podInfoOnMount": True,
        "storageCapacity": True,
        "tokenRequests": [{"audience": "x"}, {"audience": ""}],
        "requiresRepublish": True,
        "volumeLifecycleModes": ["Persistent", "Ephemeral"],
    }
    assert cells("storage.k8s.io/v1/CSIDriver", spec=spec)[1:7] == [
        False, True, True, "x,", True, "Persistent,Ephemeral",
    ]  # fmt: skip
    assert cells("storage.k8s.io/v1/CSINode", spec={"drivers": [{}, {}]}) == ["a", 2, "5s"]
    assert cells("storage.k8s.io/v1/CSIStorageCapacity", storageClassName="c") == ["a", "c", "<unset>"]
    assert cells("storage.k8s.io/v1/CSIStorageCapacity", storageClassName="c", capacity="1Gi")[2] == "1Gi"
    spec = {"attacher": "x", "nodeName": "n", "source": {"persistentVolumeName": "pv"}}
    assert cells("storage.k8s.io/v1/VolumeAttachment", spec=spec, status={"attached": True}) == [
        "a", "x", "pv", "n", True, "5s",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["RoleBinding", "ClusterRoleBinding"])
def test_role_bindings(cells: Cells, kind: str) -> None:
    subjects = [
        {"kind": "User", "name": "jo"},
        {"kind": "ServiceAccount", "name": "default"},
        {"kind": "User", "name": "mo"},
        {"kind": "Group", "name": "ops"},
        {"kind": "ServiceAccount", "namespace": "ns", "name": "robot"},
        {"kind": "Odd", "name": "x"},
    ]
    ref = {"kind": "Role", "name": "r"}
    assert cells(f"rbac.authorization.k8s.io/v1/{kind}", roleRef=ref, subjects=subjects) == [
        "a", "Role/r", "5s", "jo, mo", "ops", "/default, ns/robot",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "status, state",
    [
        ({}, "Pending"),
        ({"conditions": [{"type": "Approved"}]}, "Approved"),
        ({"conditions": [{"type": "Approved"}], "certificate": "eA=="}, "Approved,Issued"),
        ({"conditions": [{"type": "Approved"}, {"type": "Denied"}, {"type": "Failed"}]}, "Denied,Failed"),
    ],
)
def test_certificate_requests(cells: Cells, status: dict[str, Any], state: str) -> None:
    spec = {"signerName": "example.com/s", "username": "admin", "expirationSeconds": 3600}
    assert cells("certificates.k8s.io/v1/CertificateSigningRequest", spec=spec, status=status) == [
        "a", "5s", "example.com/s", "admin", "60m", state,
    ]  # fmt: skip


def test_a_certificate_request_that_asks_for_no_duration(cells: Cells) -> None:
    row = cells("certificates.k8s.io/v1/CertificateSigningRequest", spec={"username": "admin"})
    assert row[2:5] == ["<none>", "admin", "<none>"]


def test_admission_configurations(cells: Cells) -> None:
    group = "admissionregistration.k8s.io/v1"
    assert cells(f"{group}/MutatingWebhookConfiguration", webhooks=[{}]) == ["a", 1, "5s"]
    assert cells(f"{group}/ValidatingWebhookConfiguration") == ["a", 0, "5s"]
    spec = {"validations": [{}, {}], "paramKind": {"apiVersion": "v1", "kind": "ConfigMap"}}
    assert cells(f"{group}/ValidatingAdmissionPolicy", spec=spec) == ["a", 2, "v1/ConfigMap", "5s"]
    assert cells(f"{group}/MutatingAdmissionPolicy", spec={"mutations": [{}]}) == ["a", 1, "<unset>", "5s"]


@pytest.mark.parametrize(
    "ref, shown",
    [
        (None, "<unset>"),
        ({"name": "p"}, "*/p"),
        ({"name": "p", "namespace": "ns"}, "ns/p"),
        ({"selector": {}}, "&LabelSelector{MatchLabels:map[string]string{},"
                           "MatchExpressions:[]LabelSelectorRequirement{},}"),
        ({"selector": {"matchLabels": {"b": "2", "a": "1"},
                       "matchExpressions": [{"key": "k", "operator": "In", "values": ["x", "y"]}]}},
         "&LabelSelector{MatchLabels:map[string]string{a: 1,b: 2,},"
         "MatchExpressions:[]LabelSelectorRequirement{LabelSelectorRequirement{Key:k,Operator:In,Values:[x y],},},}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("kind", ["ValidatingAdmissionPolicyBinding", "MutatingAdmissionPolicyBinding"])
def test_bindings_of_admission_policies(cells: Cells, kind: str, ref: Any, shown: str) -> None:
    spec = {"policyName": "p", "paramRef": ref}
    assert cells(f"admissionregistration.k8s.io/v1/{kind}", spec=spec) == ["a", "p", shown, "5s"]


def test_flow_control(cells: Cells) -> None:
    group = "flowcontrol.apiserver.k8s.io/v1"
    spec = {"priorityLevelConfiguration": {"name": "p"}, "matchingPrecedence": 100}
    assert cells(f"{group}/FlowSchema", spec=spec) == ["a", "p", 100, "<none>", "5s", "?"]
    spec["distinguisherMethod"] = {"type": "ByUser"}
    status = {"conditions": [{"type": "Dangling", "status": "False"}]}
    assert cells(f"{group}/FlowSchema", spec=spec, status=status)[3:] == ["ByUser", "5s", "False"]
    assert cells(f"{group}/PriorityLevelConfiguration", spec={"type": "Exempt", "exempt": {}}) == [
        "a", "Exempt", "<none>", "<none>", "<none>", "<none>", "5s",
    ]  # fmt: skip
    limited: dict[str, Any] = {"nominalConcurrencyShares": 5, "limitResponse": {"type": "Reject"}}
    assert cells(f"{group}/PriorityLevelConfiguration", spec={"type": "Limited", "limited": limited})[2:6] == [
        5, "<none>", "<none>", "<none>",
    ]  # fmt: skip
    limited["limitResponse"] = {"queuing": {"queues": 64, "handSize": 6, "queueLengthLimit": 50}}
    assert cells(f"{group}/PriorityLevelConfiguration", spec={"limited": limited})[2:6] == [5, 64, 6, 50]


def test_scheduling_and_runtimes(cells: Cells) -> None:
    assert cells("scheduling.k8s.io/v1/PriorityClass", value=1000, preemptionPolicy="Never") == [
        "a", 1000, False, "5s", "Never",
    ]  # fmt: skip
    assert cells("node.k8s.io/v1/RuntimeClass", handler="runc") == ["a", "runc", "5s"]


@pytest.mark.parametrize(
    "metadata, status, state",
    [
        ({}, {}, "pending"),
        ({}, {"allocation": {}}, "allocated"),
        ({}, {"allocation": {}, "reservedFor": [{}]}, "allocated,reserved"),
        ({"deletionTimestamp": "x"}, {}, "deleted"),
        ({"deletionTimestamp": "x"}, {"allocation": {}}, "deleted,allocated"),
    ],
)
def test_resource_claims(cells: Cells, metadata: dict[str, Any], status: dict[str, Any], state: str) -> None:
    assert cells("resource.k8s.io/v1/ResourceClaim", metadata={**META, **metadata}, status=status) == ["a", state, "5s"]


def test_devices(cells: Cells) -> None:
    assert cells("resource.k8s.io/v1/DeviceClass") == ["a", "5s"]
    spec = {"nodeName": "n", "driver": "d", "pool": {"name": "p"}}
    assert cells("resource.k8s.io/v1/ResourceSlice", spec=spec) == ["a", "n", "d", "p", "5s"]
