"""Between objects and the bytes of a backend.

An object is stored as the JSON that clients get: kind, apiVersion, then metadata with the resourceVersion first, so
that the place of the revision's digits is the same for all objects of one kind and the backend can fill them in.
"""

from __future__ import annotations

import orjson

from kroute.machinery import errors, gvk, objects
from kroute.storage import stored
from kroute.storage.backend import base

BEFORE_REVISION = b'"metadata":{"resourceVersion":"'
UNWRITTEN = frozenset(("resourceVersion", "selfLink"))
OWN_KEYS = frozenset(("kind", "apiVersion", "metadata"))


class Layout:
    """How the objects of one kind and version are laid out as bytes."""

    __slots__ = ("cut", "head")

    def __init__(self, kind: gvk.GroupVersionKind) -> None:
        names = orjson.dumps({"kind": kind.kind, "apiVersion": kind.api_version})[:-1] + b","
        self.head = names + BEFORE_REVISION
        self.cut = len(names)

    def draft(self, obj: objects.Object) -> base.Draft:
        """The object as a value to be written; its kind, apiVersion and resourceVersion are not looked at.

        Nor is its selfLink, which nothing fills in any more.

        Raises BadRequest for what JSON can't hold."""
        metadata = {key: value for key, value in obj["metadata"].items() if key not in UNWRITTEN}
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
