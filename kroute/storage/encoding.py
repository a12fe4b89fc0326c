"""Between objects and the bytes of a backend.

An object is stored as the JSON that clients get: kind, apiVersion, then metadata with the resourceVersion first, so
that the place of the revision's digits is the same for all objects of one kind and the backend can fill them in.
Also here: what a watch cache needs to know of a record, its labels and selectable fields.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

from kroute.machinery import errors, gvk, objects
from kroute.storage import stored
from kroute.storage.backend import base

FieldsOf: TypeAlias = Callable[[objects.Object], Mapping[str, str]]
"""The selectable fields of an object beside metadata.name and metadata.namespace, by their selector's name."""

BEFORE_REVISION = b'"metadata":{"resourceVersion":"'
OWN_KEYS = frozenset(("kind", "apiVersion", "metadata"))


class Layout:
    """How the objects of one kind and version are laid out as bytes."""

    __slots__ = ("head", "kind")

    def __init__(self, kind: gvk.GroupVersionKind) -> None:
        self.kind = kind
        names = orjson.dumps({"kind": kind.kind, "apiVersion": kind.api_version})
        self.head = names[:-1] + b"," + BEFORE_REVISION

    def draft(self, obj: objects.Object) -> base.Draft:
        """The object as a value to be written; its kind, apiVersion and resourceVersion are not looked at.

        Raises BadRequest for what JSON can't hold."""
        metadata = {key: value for key, value in obj["metadata"].items() if key != "resourceVersion"}
        others = {key: value for key, value in obj.items() if key not in OWN_KEYS}
        try:
            inside, outside = orjson.dumps(metadata), orjson.dumps(others)
        except TypeError as error:
            raise errors.BadRequest(f"the object can't be written as JSON: {error}") from error
        start = b'",' + inside[1:] if metadata else b'"}'
        return base.Draft(self.head, b"%b,%b" % (start, outside[1:]) if others else start + b"}")


def is_unchanged(draft: base.Draft, obj: objects.Object, old: stored.Stored) -> bool:
    """Whether writing `draft` (of `obj`) over `old` would change nothing but the revision."""
    start = len(draft.head)
    if old.value.endswith(draft.tail) and len(old.value) == start + base.DIGITS + len(draft.tail):
        return old.value.startswith(draft.head)
    # the same fields in another order are the same object; sorting is for 1, 1.0 and true, which compare equal
    return obj == old.obj and _canonical(obj) == _canonical(old.obj)


def _canonical(obj: objects.Object) -> bytes:
    return orjson.dumps(obj, option=orjson.OPT_SORT_KEYS)


def opened(record: base.Record | base.Event) -> stored.Stored:
    """A record or event as the object it holds."""
    return stored.Stored(record.value, revision=record.revision, cut=record.offset - len(BEFORE_REVISION))


def labels_of(obj: objects.Object) -> Mapping[str, str]:
    metadata: Any = obj.get("metadata") or {}
    return metadata.get("labels") or {}


def metadata_fields(obj: objects.Object) -> dict[str, str]:
    """The fields that every object can be selected by."""
    metadata: Any = obj.get("metadata") or {}
    return {"metadata.name": metadata.get("name", ""), "metadata.namespace": metadata.get("namespace", "")}
