"""Defaults of namespaces, nodes, limits, secrets, roles and devices that depend on other fields."""

from __future__ import annotations

from kroute.machinery import objects, times
from kroute.schema import gobase64

RBAC = "rbac.authorization.k8s.io"


def namespace(obj: objects.Object) -> None:
    """A namespace carries its name as a label, from the moment it has one."""
    metadata = objects.metadata(obj)
    name = metadata.get("name")
    if name:
        metadata["labels"] = (metadata.get("labels") or {}) | {"kubernetes.io/metadata.name": name}


def node_spec(obj: objects.Object) -> None:
    """The node's range for pods has a field of its own and one among all ranges."""
    first, several = obj.get("podCIDR"), obj.get("podCIDRs")
    if first and (not several or several[0] != first):
        obj["podCIDRs"] = [first]
    elif several and several[0]:
        obj["podCIDR"] = several[0]


def node_status(obj: objects.Object) -> None:
    if obj.get("allocatable") is None and obj.get("capacity"):
        obj["allocatable"] = dict(obj["capacity"])


def secret(obj: objects.Object) -> None:
    """Plain texts become data."""
    texts = obj.pop("stringData", None)
    if texts:
        encoded = {name: gobase64.encode(text.encode("utf-8", "surrogatepass")) for name, text in texts.items()}
        obj["data"] = (obj.get("data") or {}) | encoded


def limit_range_item(obj: objects.Object) -> None:
    """Defaults of containers: limits from the maximum, requests from the limits or else from the minimum."""
    if obj.get("type") != "Container":
        return
    limits = (obj.get("max") or {}) | (obj.get("default") or {})
    requests = (obj.get("min") or {}) | limits | (obj.get("defaultRequest") or {})
    if limits:
        obj["default"] = limits
    if requests:
        obj["defaultRequest"] = requests


def role_ref(obj: objects.Object) -> None:
    if not obj.get("apiGroup"):
        obj["apiGroup"] = RBAC


def subject(obj: objects.Object) -> None:
    if not obj.get("apiGroup") and obj.get("kind") in ("User", "Group"):
        obj["apiGroup"] = RBAC


def exact_device_request(obj: objects.Object) -> None:
    if not obj.get("allocationMode"):
        obj["allocationMode"] = "ExactCount"
    if obj["allocationMode"] == "ExactCount" and not obj.get("count"):
        obj["count"] = 1


def device_taint(obj: objects.Object) -> None:
    if obj.get("timeAdded") is None:
        obj["timeAdded"] = times.now()
