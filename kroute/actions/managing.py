"""Field managers for representations: one for each, that knows the kind's other versions.

Owners may have written in any served version, so a field manager has all their schemas, and the way between them, which
leads through the storage's version.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from kroute.actions import wire
from kroute.kinds import mounting
from kroute.machinery import errors, objects
from kroute.patch import failures
from kroute.patch.managedfields import manager, shapes, versions

Key: TypeAlias = tuple[str, str, str]
"""Group, kind and subresource: what is the same in all versions."""


class FieldManagers:
    """The field managers of everything that one installer installs."""

    def __init__(self, representations: Iterable[mounting.Representation]) -> None:
        self._versions: dict[Key, dict[str, mounting.Representation]] = {}
        self._shapes = shapes.Shapes()
        for each in representations:
            if each.managed:
                self._versions.setdefault(key(each), {})[each.kind.api_version] = each

    def of(
        self, representation: mounting.Representation, empty: objects.Object | None = None
    ) -> manager.FieldManager | None:
        """The field manager of a representation; None where managedFields aren't kept.

        `empty` is an object of a built-in kind with nothing set."""
        if not representation.managed:
            return None
        known = self._versions[key(representation)]
        reset: dict[str, Any] = {}
        for each in known.values():
            reset.update(each.reset_fields)
        return manager.FieldManager(
            {version: each.schema for version, each in known.items()},
            kind=representation.kind.kind,
            reset_fields=reset,
            convert=way(representation, known),
            empty=empty,
            shapes=self._shapes,
            mistake=failures.Plain if representation.bare_errors else errors.BadRequest,
            convertible=representation.convertible,
        )


def key(representation: mounting.Representation) -> Key:
    return representation.kind.group, representation.kind.kind, representation.subresource


def way(
    representation: mounting.Representation, known: Mapping[str, mounting.Representation]
) -> versions.Convert | None:
    """The way from one version to another; None where there is but one."""
    if len(known) < 2:
        return None
    if representation.translation is not None and representation.subresource != "scale":
        return representation.translation.convert
    return converter(known)


def converter(known: Mapping[str, mounting.Representation]) -> versions.Convert:
    """The way from one version to another."""
    wires = {version: wire.Wire(each) for version, each in known.items()}

    def convert(obj: objects.Object, version: str) -> objects.Object:
        source, target = obj.get("apiVersion", ""), wires.get(version)
        if source not in wires or target is None:
            raise versions.UnknownVersion(version)
        stored = wires[source].inward(objects.copy(obj), known[source].storage_kind)
        return target.obj(stored)

    return convert
