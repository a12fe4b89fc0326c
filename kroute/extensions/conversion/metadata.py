"""What a webhook may change of an object's metadata: labels and annotations, and nothing else.

Mirrors `validateConvertedObject` and `restoreObjectMeta` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.machinery import fielderrors, goformat, labelselector, metavalidation, objects

GO_TYPES: Mapping[type, str] = {
    str: "string",
    bool: "bool",
    int: "int64",
    float: "float64",
    list: "[]interface {}",
    dict: "map[string]interface {}",
    type(None): "<nil>",
}
KEPT = (("name", "name"), ("namespace", "namespace"), ("uid", "UID"))
CHANGEABLE = ("labels", "annotations")


class Unfit(ValueError):
    """What came back isn't the object that was sent; the text says why."""


def check_same(sent: objects.Object, found: objects.Object) -> None:
    """Raise Unfit for another object than the one that was sent."""
    if sent["kind"] != found.get("kind"):
        raise Unfit(f"must have the same kind: {sent['kind']} != {found.get('kind')}")
    before = sent["metadata"]
    given = found.get("metadata")
    after = given if isinstance(given, dict) else {}
    for key, name in KEPT:
        if (before.get(key) or "") != (after.get(key) or ""):
            raise Unfit(f"must have the same {name}: {before.get(key) or ''} != {after.get(key) or ''}")


def restored(sent: objects.Object, found: objects.Object) -> objects.Object:
    """The metadata of the converted object: as it was, with the labels and annotations that came back.

    Raises Unfit."""
    if "metadata" not in found:
        raise Unfit("missing metadata in converted object")
    given = found["metadata"]
    if not isinstance(given, dict):
        raise Unfit(f"invalid metadata of type {go_type(given)} in converted object")
    metadata = dict(sent["metadata"])
    for key in CHANGEABLE:
        wanted = given.get(key)
        if wanted is None:
            metadata.pop(key, None)
            continue
        if not isinstance(wanted, dict):
            raise Unfit(f"invalid metadata.{key} of type {go_type(wanted)} in converted object")
        check_texts(key, wanted)
        if wanted != metadata.get(key):
            check_values(key, wanted)
        metadata[key] = wanted
    return metadata


def check_texts(key: str, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        if not isinstance(value, str):
            raise Unfit(f"metadata.{key}[{name}] must be a string, but is {go_type(value)} in converted object")


def check_values(key: str, given: Mapping[str, str]) -> None:
    if key == "labels":
        found = list(labelselector.validate_labels(given, "metadata.labels"))
    else:
        found = list(metavalidation.validate_annotations(given, "metadata.annotation"))
    if found:
        raise Unfit(fielderrors.aggregate(found))


def go_type(value: Any) -> str:
    """A JSON value's type in Go."""
    return GO_TYPES.get(type(value)) or goformat.kind(value)
