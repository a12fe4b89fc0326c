"""Volumes, claims, attachments and drivers: what the server fills in, and what each path may change."""

from __future__ import annotations

from typing import Any

import pytest

from tests.functional.cluster.conftest import Cluster

VOLUMES, STORAGE = "/api/v1/persistentvolumes", "/apis/storage.k8s.io/v1"
SNAPSHOT = {"apiGroup": "snapshot.storage.k8s.io", "kind": "VolumeSnapshot", "name": "s"}
CLAIM = {"apiGroup": None, "kind": "PersistentVolumeClaim", "name": "c"}


def claim(cluster: Cluster, name: str, **spec: Any) -> Any:
    wanted = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}, **spec}
    path = f"/api/v1/namespaces/{cluster.namespace}/persistentvolumeclaims"
    return cluster.made(path, {"metadata": {"name": name}, "spec": wanted})["spec"]


def test_a_volume_tells_since_when_it_is_in_its_phase(cluster: Cluster) -> None:
    name = cluster.unique("pv")
    spec = {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/d"}}
    body = {"metadata": {"name": name}, "spec": spec, "status": {"phase": "Bound"}}
    made = cluster.made(VOLUMES, body)
    assert made["status"]["phase"] == "Pending"
    assert made["status"]["lastPhaseTransitionTime"]
    then = "2026-01-01T00:00:00Z"
    for phase, since in (("Available", then), ("Bound", then)):
        patch = {"status": {"phase": phase, "lastPhaseTransitionTime": since}, "spec": {"storageClassName": "x"}}
        changed = cluster.patch(f"{VOLUMES}/{name}/status", patch).body
        assert "storageClassName" not in changed["spec"]
    assert changed["status"]["lastPhaseTransitionTime"] != then  # it was the old phase's


@pytest.mark.parametrize(
    "given, source, reference",
    [
        ({"dataSource": SNAPSHOT}, SNAPSHOT, SNAPSHOT),
        ({"dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "c"}}, CLAIM, CLAIM),
        ({"dataSource": {"apiGroup": "example.com", "kind": "Other", "name": "o"}}, None, None),
        ({"dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "c", "namespace": "n"}}, None, None),
    ],
)
def test_both_fields_for_the_source_say_the_same(cluster: Cluster, given: Any, source: Any, reference: Any) -> None:
    spec = claim(cluster, "c", **given)
    assert (spec.get("dataSource"), spec.get("dataSourceRef")) == (source, reference)


def test_a_driver_counts_its_changes(cluster: Cluster) -> None:
    name = f"{cluster.namespace}.example.com"
    made = cluster.made(f"{STORAGE}/csidrivers", {"metadata": {"name": name}, "spec": {}})
    assert "generation" not in made["metadata"]
    patch = {"metadata": {"resourceVersion": made["metadata"]["resourceVersion"]}, "spec": {"requiresRepublish": True}}
    assert cluster.patch(f"{STORAGE}/csidrivers/{name}", patch).body["metadata"]["generation"] == 1


def test_the_status_of_an_attachment_changes_nothing_else(cluster: Cluster) -> None:
    name = cluster.unique("va")
    spec = {"attacher": "csi.example.com", "nodeName": "n1", "source": {"persistentVolumeName": "pv"}}
    path = f"{STORAGE}/volumeattachments"
    cluster.made(path, {"metadata": {"name": name}, "spec": spec, "status": {"attached": True}})
    patch = {"metadata": {"labels": {"a": "b"}}, "spec": {"nodeName": "n2"}, "status": {"attached": True}}
    changed = cluster.patch(f"{path}/{name}/status", patch).body
    assert (changed["status"]["attached"], changed["spec"]["nodeName"]) == (True, "n1")
    assert "labels" not in changed["metadata"]
    assert cluster.send("DELETE", f"{path}/{name}").body["kind"] == "VolumeAttachment"


def test_a_claim_of_devices_forgets_what_is_allocated_no_more(cluster: Cluster) -> None:
    path = f"/apis/resource.k8s.io/v1/namespaces/{cluster.namespace}/resourceclaims"
    request = {"name": "gpu", "exactly": {"deviceClassName": "gpu.example.com"}}
    cluster.made(path, {"metadata": {"name": "c"}, "spec": {"devices": {"requests": [request]}}})
    device = {"driver": "gpu.example.com", "pool": "n1", "device": "gpu-0"}
    allocation = {"devices": {"results": [{"request": "gpu", **device}]}}
    status = {"allocation": allocation, "devices": [device]}
    found = cluster.patch(f"{path}/c/status", {"status": status})
    assert [each["device"] for each in found.body["status"]["devices"]] == ["gpu-0"]
    assert cluster.patch(f"{path}/c/status", {"status": {"allocation": None}}).body["status"] == {}
