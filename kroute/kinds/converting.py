"""From one version of a resource to another, so that what comes out is complete: its own fields, its own defaults.

A user's conversion functions see to the fields; kind, apiVersion and metadata are seen to here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import TypeAlias

from kroute.kinds import definition
from kroute.machinery import errors, fielderrors, gvk, objects
from kroute.schema import defaulting, pruning, structural

Errors: TypeAlias = Callable[[objects.Object], Sequence[fielderrors.FieldError]]
"""Tells what is wrong with an object of one version."""


class Completion:
    """Brings objects up to a schema: fields that it doesn't know go, defaults that are missing come."""

    def __init__(self, schema: structural.Structural) -> None:
        self._schema = schema

    @functools.cached_property
    def _pruner(self) -> pruning.Pruner:
        return pruning.Pruner(self._schema)

    @functools.cached_property
    def _defaulter(self) -> defaulting.Defaulter:
        return defaulting.Defaulter(self._schema)

    def complete(self, obj: objects.Object) -> None:
        """Change the object so that it fits."""
        self._pruner.prune(obj)
        self._defaulter.default(obj)


def converter(
    convert: definition.Convert | None, kind: gvk.GroupVersionKind, schema: structural.Structural
) -> definition.Convert:
    """Makes complete objects of `kind` with a user's function, or of the same shape; it may change what it gets."""
    completion = Completion(schema)

    def converted(obj: objects.Object) -> objects.Object:
        metadata = obj["metadata"]
        made = obj if convert is None else convert(obj)
        made["kind"], made["apiVersion"], made["metadata"] = kind.kind, kind.api_version, metadata
        completion.complete(made)
        return made

    return converted


def to_storage(resource: definition.Resource, version: definition.Version) -> definition.Convert | None:
    """From a version to the storage version; None where they differ in name only."""
    target = resource.storage_version
    if version.schema is target.schema and version.to_storage is None:
        return None
    return converter(version.to_storage, resource.gvk(target.name), target.schema)


def from_storage(resource: definition.Resource, version: definition.Version) -> definition.Convert | None:
    """From the storage version to another; None where they differ in name only."""
    if version.schema is resource.storage_version.schema and version.from_storage is None:
        return None
    return converter(version.from_storage, resource.gvk(version.name), version.schema)


def checked(convert: definition.Convert, kind: gvk.GroupVersionKind, errors_of: Errors) -> definition.Convert:
    """A user's function for objects of `kind` that clients send, which come here before they are validated.

    What it stumbles over is told as the schema tells it: raises Invalid for an object that has errors anyway."""

    def converted(obj: objects.Object) -> objects.Object:
        kept = objects.copy(obj)
        try:
            return convert(obj)
        except errors.APIError:
            raise
        except Exception:
            found = errors_of(kept)
            if not found:
                raise
            raise errors.Invalid.of(kind.group_kind, kept["metadata"].get("name") or "", found) from None

    return converted
