"""An object as it comes from a backend: the bytes that are served, decoded only when somebody needs the object."""

from __future__ import annotations

from typing import TypeAlias

import orjson

from kroute.machinery import objects


class Stored:
    """One stored object in the storage version.

    `value` is the whole JSON text.  Its first `cut` bytes are `{"kind":...,"apiVersion":...,`, so that a list whose
    items do without both can take the rest.  `obj` is decoded at the first use, shared and read-only.
    `stale`: it was stored in another version than the one it is given in, so that even a no-op write rewrites it.
    """

    __slots__ = ("_obj", "cut", "revision", "stale", "value")

    def __init__(
        self, value: bytes, revision: int, cut: int, *, obj: objects.Object | None = None, stale: bool = False
    ) -> None:
        self.value, self.revision, self.cut, self._obj, self.stale = value, revision, cut, obj, stale

    @property
    def obj(self) -> objects.Object:
        found = self._obj
        if found is None:
            found = self._obj = orjson.loads(self.value)
        return found


Result: TypeAlias = Stored | objects.Object
"""What storage objects give: hand-written ones plain objects, the Store stored ones."""


def decoded(result: Result) -> objects.Object:
    """The object of a result; read-only."""
    return result.obj if isinstance(result, Stored) else result
