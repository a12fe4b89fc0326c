"""One object in the API versions that its owners wrote it in.

Each manager's fields are paths of some version, so objects are compared, pruned and merged in that one.  Conversion is
the caller's; conversions are kept while an object is worked on, since several managers may need the same.
Mirrors `managedfields/internal/versionconverter.go`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from kroute.machinery import objects
from kroute.patch.managedfields import fieldsets, shapes

Convert: TypeAlias = Callable[[objects.Object, str], objects.Object]
"""Makes an object of another API version (second argument) from one; changes nothing.

Raises UnknownVersion, Unconverted."""

ResetFields: TypeAlias = Mapping[str, fieldsets.FieldSet | fieldsets.Filter]
"""By API version: fields that the storage overwrites, so that nobody can own them, or a filter that leaves them out."""


class UnknownVersion(Exception):
    """There is no such version of the kind (any more)."""


class Unconverted(Exception):
    """An object in another version isn't at hand: `fetch` gets it, after which the same may be tried again."""

    def __init__(self, fetch: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self.fetch = fetch


class Versions:
    """The versions of one kind: their shapes, the way between them, and what can't be owned in each."""

    def __init__(
        self,
        roots: Mapping[str, shapes.Shape],
        *,
        convert: Convert | None = None,
        reset_fields: ResetFields | None = None,
    ) -> None:
        self._roots = roots
        self._convert = convert
        self._filters = {version: as_filter(reset) for version, reset in (reset_fields or {}).items()}

    def shape(self, version: str) -> shapes.Shape:
        """The shape of objects of a version.  Raises UnknownVersion."""
        found = self._roots.get(version)
        if found is None:
            raise UnknownVersion(version)
        return found

    def knows(self, version: str) -> bool:
        return version in self._roots

    def convert(self, obj: Any, version: str) -> Any:
        """The object in a version.  Raises UnknownVersion."""
        if obj.get("apiVersion") == version:
            return obj
        if self._convert is None or version not in self._roots:
            raise UnknownVersion(version)
        return self._convert(obj, version)

    def keep(self, version: str) -> fieldsets.Filter | None:
        """What leaves out the fields that can't be owned."""
        return self._filters.get(version)

    def ownable(self, fields: fieldsets.FieldSet, version: str) -> fieldsets.FieldSet:
        keep = self._filters.get(version)
        return fields if keep is None else keep(fields)


def as_filter(reset: fieldsets.FieldSet | fieldsets.Filter) -> fieldsets.Filter:
    return fieldsets.excluding(reset) if isinstance(reset, dict) else reset
