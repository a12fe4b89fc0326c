"""The query and path parameters of operations, as OpenAPI v3 parameter objects."""

from __future__ import annotations

import functools
import importlib.resources
import json
from collections.abc import Iterable, Mapping
from typing import Any

LIST = (
    "allowWatchBookmarks", "continue", "fieldSelector", "labelSelector", "limit", "resourceVersion",
    "resourceVersionMatch", "sendInitialEvents", "shardSelector", "timeoutSeconds", "watch",
)  # fmt: skip
WRITE = ("dryRun", "fieldManager", "fieldValidation")
PATCH = (*WRITE, "force")
DELETE = (
    "dryRun", "gracePeriodSeconds", "ignoreStoreReadErrorWithClusterBreakingPotential", "orphanDependents",
    "propagationPolicy",
)  # fmt: skip
PRETTY = ("pretty",)
MANAGER_OF_APPLY = (
    " This field is required for apply requests (application/apply-patch) but optional for non-apply patch types "
    "(JsonPatch, MergePatch, StrategicMergePatch)."
)

NAMESPACE = {
    "name": "namespace",
    "in": "path",
    "description": "object name and auth scope, such as for teams and projects",
    "required": True,
    "schema": {"type": "string", "uniqueItems": True},
}
PATH = {
    "name": "path",
    "in": "path",
    "description": "path to the resource",
    "required": True,
    "schema": {"type": "string", "uniqueItems": True},
}


@functools.cache
def table() -> Mapping[str, Any]:
    """Each known query parameter's type and description."""
    text = importlib.resources.files("kroute.openapi").joinpath("data/parameters.json").read_text()
    found: Mapping[str, Any] = json.loads(text)
    return found


def query(names: Iterable[str]) -> list[dict[str, Any]]:
    """Known query parameters by name, sorted."""
    known = table()
    return [of_query(name, known[name]["type"], known[name]["description"]) for name in sorted(names)]


def of_patches() -> list[dict[str, Any]]:
    """The query parameters of patches, one of which an apply can't do without."""
    found = query(PATCH)
    for each in found:
        if each["name"] == "fieldManager":
            each["description"] += MANAGER_OF_APPLY
    return found


def of_query(name: str, kind: str, description: str = "") -> dict[str, Any]:
    """One optional query parameter."""
    parameter: dict[str, Any] = {"name": name, "in": "query"}
    if description:
        parameter["description"] = description
    return {**parameter, "schema": {"type": kind, "uniqueItems": True}}


def of_name(kind: str) -> dict[str, Any]:
    """The `{name}` of an object's path."""
    return {
        "name": "name",
        "in": "path",
        "description": f"name of the {kind}",
        "required": True,
        "schema": {"type": "string", "uniqueItems": True},
    }
