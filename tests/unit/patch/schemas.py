"""Schemas that the tests of patches share: a workload with every sort of list and map, and a map of strings."""

from __future__ import annotations

from typing import Any

from kroute.schema import compiling, structural

TEXT = {"type": "string"}
NUMBER = {"type": "integer"}
TEXTS = {"type": "object", "additionalProperties": TEXT}


def keyed(key: str, properties: dict[str, Any], *keys: str) -> dict[str, Any]:
    """A list of objects that is merged by a key, and whose items are told apart by that key or by several."""
    return {
        "type": "array",
        "items": {"type": "object", "properties": properties},
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": list(keys or (key,)),
        "x-kubernetes-patch-merge-key": key,
        "x-kubernetes-patch-strategy": "merge",
    }


PORTS = keyed(
    "port",
    {
        "port": NUMBER,
        "protocol": {"type": "string", "default": "TCP"},
        "name": TEXT,
        "target": {"format": "int-or-string", **TEXT},
    },
    "port",
    "protocol",
)
CONTAINERS = keyed(
    "name",
    {
        "name": TEXT,
        "image": TEXT,
        "command": {"type": "array", "items": TEXT},
        "env": keyed("name", {"name": TEXT, "value": TEXT}),
        "ports": PORTS,
        "resources": {"type": "object", "properties": {"limits": TEXTS}},
    },
)
METADATA = {
    "type": "object",
    "properties": {
        "name": TEXT,
        "namespace": TEXT,
        "uid": TEXT,
        "labels": TEXTS,
        "annotations": TEXTS,
        "finalizers": {
            "type": "array",
            "items": TEXT,
            "x-kubernetes-list-type": "set",
            "x-kubernetes-patch-strategy": "merge",
        },
        "managedFields": {"type": "array", "items": {"type": "object"}},
    },
}
WORKLOAD = {
    "type": "object",
    "properties": {
        "metadata": METADATA,
        "spec": {
            "type": "object",
            "properties": {
                "replicas": NUMBER,
                "paused": {"type": "boolean"},
                "containers": CONTAINERS,
                "strategy": {
                    "type": "object",
                    "properties": {"type": TEXT, "rolling": {"type": "object", "properties": {"surge": TEXT}}},
                    "x-kubernetes-patch-strategy": "retainKeys",
                },
                "volumes": {
                    **keyed("name", {"name": TEXT, "empty": {"type": "object"}, "config": TEXTS}),
                    "x-kubernetes-patch-strategy": "merge,retainKeys",
                },
                "selector": {**TEXTS, "x-kubernetes-map-type": "atomic"},
                "rules": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"verbs": {"type": "array", "items": TEXT}}},
                },
                "keyless": {"type": "array", "items": {"type": "object"}, "x-kubernetes-patch-strategy": "merge"},
                "anything": {"type": "object", "x-kubernetes-preserve-unknown-fields": True},
            },
        },
        "status": {"type": "object", "properties": {"phase": TEXT, "replicas": NUMBER}},
    },
}
CONFIG = {"type": "object", "properties": {"data": TEXTS}}


def workload() -> structural.Structural:
    return compiling.compile_schema(WORKLOAD)


def config() -> structural.Structural:
    """A kind like ConfigMap."""
    return compiling.compile_schema(CONFIG)
