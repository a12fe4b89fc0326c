"""The annotation that client-side `kubectl apply` leaves, and how server-side apply takes over from it.

kubectl's conflicts about fields that it wrote itself by client-side apply, and that nobody changed since, are forced;
and the annotation is kept up to date, so that one can go back.  Only the manager named "kubectl" gets this.
Mirrors `managedfields/internal/lastappliedmanager.go` and `lastappliedupdater.go`.
"""

from __future__ import annotations

import json
from typing import Any

from kroute.machinery import goformat, objects
from kroute.patch.managedfields import comparing, elements, extracting, fieldsets, shapes

MANAGER = "kubectl"
ANNOTATION = "kubectl.kubernetes.io/last-applied-configuration"
ANNOTATIONS_LIMIT = 256 * 1024


def annotations_of(obj: objects.Object) -> dict[str, Any]:
    metadata = obj.get("metadata")
    found = metadata.get("annotations") if isinstance(metadata, dict) else None
    return found if isinstance(found, dict) else {}


def owned(shape: shapes.Shape, live: objects.Object, version: str) -> fieldsets.FieldSet:
    """The fields that client-side apply wrote, as the annotation tells, and that are still as it wrote them."""
    text = annotations_of(live).get(ANNOTATION)
    if not isinstance(text, str) or not text:
        return {}
    try:
        written = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(written, dict) or not written.get("kind") or written.get("apiVersion") != version:
        return {}
    try:
        fields = extracting.validated(shape, written)
        found = comparing.compare(shape, written, live)
    except (extracting.InvalidObject, elements.ElementError):
        return {}
    return fieldsets.difference(fieldsets.difference(fields, found.changed()), found.removed)


def refreshed(obj: objects.Object, applied: objects.Object) -> objects.Object:
    """The object with its annotation, if it has one, telling what was applied last."""
    current = annotations_of(obj)
    if not current.get(ANNOTATION):
        return obj
    changed = {**current, ANNOTATION: encoded(applied)}
    if sum(len(str(key).encode()) + len(str(value).encode()) for key, value in changed.items()) > ANNOTATIONS_LIMIT:
        del changed[ANNOTATION]
    return {**obj, "metadata": {**obj["metadata"], "annotations": changed}}


def encoded(applied: objects.Object) -> str:
    """The applied object as the annotation holds it: without the annotation itself, and with a newline at the end."""
    if annotations_of(applied):
        metadata = applied["metadata"]
        left = {key: value for key, value in metadata["annotations"].items() if key != ANNOTATION}
        applied = {**applied, "metadata": {**metadata, "annotations": left}}
    return goformat.compact_json(sorted_keys(applied)) + "\n"


def sorted_keys(value: Any) -> Any:
    """The value with keys in Go's order, and floats that are whole numbers as such."""
    if isinstance(value, dict):
        return {key: sorted_keys(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return [sorted_keys(item) for item in value]
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e21 else value
