"""Owners of a scale: whoever owns the object's replicas owns `spec.replicas` of its Scale, and the other way round.

Mirrors `managedfields.ScaleHandler`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.patch.managedfields import entries, fieldsets

SCALE_VERSION = "autoscaling/v1"
REPLICAS: fieldsets.Path = ("f:spec", "f:replicas")


class ScaleFields:
    """`paths` tells for each API version of the object where its replicas are, as field names; None: nowhere.

    `api_version` is the one that changes of the scale are noted in.
    """

    def __init__(self, api_version: str, paths: Mapping[str, tuple[str, ...] | None]) -> None:
        self._version = api_version
        self._paths = {
            version: None if path is None else tuple(f"f:{name}" for name in path) for version, path in paths.items()
        }

    def to_scale(self, parent: list[Any]) -> list[Any]:
        """The Scale's managedFields, from those of the object; none when these can't be read."""
        replicas = fieldsets.of(REPLICAS)
        result: entries.Managers = {}
        try:
            managers = entries.decode(parent)
        except entries.EntryError:
            return []
        for who, entry in managers.items():
            path = self._paths.get(entry.api_version)
            if path is not None and fieldsets.has(entry.fields, path):
                result[who] = entries.Entry(replicas, SCALE_VERSION, entry.time)
        return entries.encode(result)

    def to_parent(self, parent: list[Any], scale: list[Any]) -> list[Any]:
        """The object's managedFields, from its old ones and those of the changed Scale.

        Owners of versions that the object doesn't have are dropped; what can't be read stays as it was.
        """
        try:
            before, after = entries.decode(parent), entries.decode(scale)
        except entries.EntryError:
            return parent
        result: entries.Managers = {}
        for who, entry in before.items():
            if entry.api_version not in self._paths:
                continue
            path = self._paths[entry.api_version]
            if path is None or not fieldsets.has(entry.fields, path) or after.pop(who, None) is not None:
                result[who] = entry
            elif left := fieldsets.difference(entry.fields, fieldsets.of(path)):
                result[who] = entry.owning(left)
        path = self._paths.get(self._version)
        for who, entry in after.items():
            if path is not None and fieldsets.has(entry.fields, REPLICAS):
                known = before.get(who)
                result[who] = entries.Entry(fieldsets.of(path), self._version, None if known is None else known.time)
        return entries.encode(result)
