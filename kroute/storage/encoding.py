"""Between objects and the bytes of a backend.

An object is stored as the JSON that clients get, in kube-apiserver's order: kind and apiVersion, metadata, the rest.
It is encoded in two halves, between which the backend puts the revision's digits.
"""

from __future__ import annotations

from typing import Any

import orjson

from kroute.machinery import errors, gvk, objects
from kroute.storage import stored
from kroute.storage.backend import base

BEFORE = ("name", "generateName", "namespace", "uid")
AFTER = (
    *("generation", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds", "labels", "annotations"),
    *("ownerReferences", "finalizers", "managedFields"),
)
"""Metadata before and after the resourceVersion."""
KNOWN = frozenset((*BEFORE, *AFTER, "resourceVersion", "selfLink"))
OWN_KEYS = frozenset(("kind", "apiVersion", "metadata"))


class Layout:
    """How the objects of one kind and version are laid out as bytes: in the order of their Go types, or sorted.

    `start` is what the values of all of them begin with."""

    __slots__ = ("_halves", "_option", "cut", "start")

    def __init__(self, kind: gvk.GroupVersionKind, *, typed: bool = True) -> None:
        named = {"kind": kind.kind, "apiVersion": kind.api_version}
        self._halves, self._option = (_ordered, 0) if typed else (_sorted, orjson.OPT_SORT_KEYS)
        names = orjson.dumps(named, option=self._option)[:-1] + b","
        self.start = names + b'"metadata":{'
        self.cut = len(names)

    def draft(self, obj: objects.Object) -> base.Draft:
        """The object as a value to be written; its kind, apiVersion and resourceVersion are not looked at.

        Nor is its selfLink, which nothing fills in any more.

        Raises BadRequest for what JSON can't hold."""
        before, after = self._halves(obj["metadata"])
        others = {key: value for key, value in obj.items() if key not in OWN_KEYS}
        dumps, option = orjson.dumps, self._option
        try:
            above, below, outside = (
                dumps(before, option=option),
                dumps(after, option=option),
                dumps(others, option=option),
            )
        except TypeError as error:
            raise errors.BadRequest(f"the object can't be written as JSON: {error}") from error
        head = b'%b%b"resourceVersion":"' % (self.start, above[1:-1] + b"," if before else b"")
        end = b'",' + below[1:] if after else b'"}'
        return base.Draft(head, b"%b,%b" % (end, outside[1:]) if others else end + b"}")


def _ordered(metadata: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Metadata before and after the resourceVersion, in the order of ObjectMeta; what is unknown comes last."""
    before = {key: metadata[key] for key in BEFORE if key in metadata}
    after = {key: metadata[key] for key in AFTER if key in metadata}
    if len(metadata) > len(before) + len(after):
        after.update((key, value) for key, value in metadata.items() if key not in KNOWN)
    return before, after


def _sorted(metadata: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Metadata that sorts before and after the resourceVersion."""
    before = {key: value for key, value in metadata.items() if key < "resourceVersion"}
    after = {key: value for key, value in metadata.items() if key > "resourceVersion" and key != "selfLink"}
    return before, after


def is_unchanged(draft: base.Draft, obj: objects.Object, old: stored.Stored) -> bool:
    """Whether writing `draft` (of `obj`) over `old` would change nothing but the revision."""
    start = len(draft.head)
    if old.value.endswith(draft.tail) and len(old.value) == start + base.DIGITS + len(draft.tail):
        return old.value.startswith(draft.head)
    # the same fields in another order are the same object; sorting is for 1, 1.0 and true, which compare equal
    return obj == old.obj and _canonical(obj) == _canonical(old.obj)


def _canonical(obj: objects.Object) -> bytes:
    return orjson.dumps(obj, option=orjson.OPT_SORT_KEYS)
