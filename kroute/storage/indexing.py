"""What the watch cache is told of each stored value: its labels and selectable fields, and whether it is out of date.

A value is out of date when it was stored in an earlier storage version, or before its schema got another default or
lost a field; readers then get it renewed.  As each value passes here once, readers need not look again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import orjson

from kroute.machinery import objects
from kroute.storage import encoding
from kroute.storage.backend import base
from kroute.storage.backend.cacher import model

FieldsOf: TypeAlias = Callable[[objects.Object], Mapping[str, str]]
"""The selectable fields of an object beside metadata.name and metadata.namespace, by the selector's name for them."""

Upgrade: TypeAlias = Callable[[objects.Object], objects.Object]
"""Makes an object of the storage version of one stored in an older version; may change what it is given."""

Renew: TypeAlias = Callable[[objects.Object], bool]
"""Brings an object of the storage version up to its schema, in place; whether that changed anything."""


class Indexer:
    """The index function of one resource's watch cache.

    `upgrades` are by apiVersion.  `lagging` are the revisions of the values that were found out of date."""

    def __init__(
        self,
        layout: encoding.Layout,
        *,
        fields_of: FieldsOf | None = None,
        upgrades: Mapping[str, Upgrade] | None = None,
        renew: Renew | None = None,
    ) -> None:
        self.layout = layout
        self.fields_of = fields_of
        self.upgrades: Mapping[str, Upgrade] = upgrades or {}
        self.renew = renew
        self.lagging: set[int] = set()

    def __call__(self, value: bytes) -> model.Attributes:
        try:
            obj: objects.Object = orjson.loads(value)
        except orjson.JSONDecodeError:
            if not value.startswith(base.ENCRYPTED):
                raise
            self.lagging.add(base.why_unreadable(value)[0])
            return {}, {}
        revision = int(obj["metadata"]["resourceVersion"])
        if value.startswith(self.layout.start):
            outdated = self.renew is not None and self.renew(obj)
        else:
            obj, outdated = self.current(obj), True
        if outdated:
            self.lagging.add(revision)
        return self.attributes(obj)

    def attributes(self, obj: objects.Object) -> model.Attributes:
        """The labels and selectable fields of an object in the storage version."""
        metadata: Any = obj.get("metadata") or {}
        fields = {"metadata.name": metadata.get("name", ""), "metadata.namespace": metadata.get("namespace", "")}
        if self.fields_of is not None:
            fields.update(self.fields_of(obj))
        return metadata.get("labels") or {}, fields

    def current(self, obj: objects.Object) -> objects.Object:
        """An object brought to the storage version and its schema; it may be changed."""
        upgrade = self.upgrades.get(obj.get("apiVersion", ""))
        if upgrade is not None:
            obj = upgrade(obj)
        if self.renew is not None:
            self.renew(obj)
        return obj
