"""The ServiceCIDR called `kubernetes`: what `--service-cluster-ip-range` says, as clients see it.

Mirrors the default service CIDR controller of `k8s.io/kubernetes/pkg/controlplane/controller`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from kroute.coreapi import environment
from kroute.coreapi.allocation import addresses
from kroute.machinery import objects, times

READY_FIELDS = ("lastTransitionTime", "message", "status", "type")


def default(made_with: environment.Environment) -> objects.Object:
    """The object, as it is to be created."""
    now = times.show(datetime.fromtimestamp(made_with.clock.now(), UTC))
    condition = {
        "type": "Ready",
        "status": "True",
        "lastTransitionTime": now,
        "reason": "",
        "message": "Kubernetes default Service CIDR is ready",
    }
    fields: dict[str, Any] = {".": {}, **{f"f:{name}": {} for name in READY_FIELDS}}
    ready = {"f:status": {"f:conditions": {'k:{"type":"Ready"}': fields}}}
    return {
        "metadata": {
            "name": addresses.DEFAULT,
            "managedFields": [
                {**manager("kubernetes-service-cidr-controller", "Apply", now, ready), "subresource": "status"},
                manager("kube-apiserver", "Update", now, {"f:spec": {"f:cidrs": {}}}),
            ],
        },
        "spec": {"cidrs": list(made_with.options.service_ranges)},
        "status": {"conditions": [condition]},
    }


def manager(name: str, operation: str, time: str, fields: dict[str, Any]) -> dict[str, Any]:
    """An entry of managedFields."""
    return {
        "manager": name,
        "operation": operation,
        "apiVersion": "networking.k8s.io/v1",
        "time": time,
        "fieldsType": "FieldsV1",
        "fieldsV1": fields,
    }
