"""The record of a resource: built-in kinds, custom resources and a user's classes all become one of these.

A `Resource` is data: names, scope, versions with their schemas, subresources, columns.  Behaviour is its strategy.
`kinds.build` makes storage objects of it, the installer makes paths of those.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

from kroute.machinery import gvk, objects
from kroute.schema import structural
from kroute.storage import capabilities, indexing, strategy
from kroute.storage.backend import base

Convert: TypeAlias = Callable[[objects.Object], objects.Object]
"""Makes an object of one version from one of another; metadata and apiVersion are seen to by the caller."""


class Translation(Protocol):
    """Converts objects between versions where that takes waiting: each version then has a Store of its own."""

    def log(self, version: str, inner: base.Log) -> base.Log:
        """The stored objects in a version, over the log that holds them."""
        ...

    def convert(self, obj: objects.Object, api_version: str) -> objects.Object:
        """An object in another version, for field managers.  Raises `versions.Unconverted`, ElementError."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A printer column: a cell of `kubectl get`.

    `path` is a JSONPath (`.spec.size`); priority above 0 shows with `-o wide`."""

    name: str
    path: str
    type: str = "string"
    format: str = ""
    description: str = ""
    priority: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """Where the numbers of a scale subresource are: JSON paths such as `.spec.replicas`."""

    spec_replicas: str
    status_replicas: str
    label_selector: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a resource.

    `to_storage` and `from_storage` convert between it and the storage version; None for the same shape.
    `validators` are further checks of an object (marshmallow validators that have no schema form); see `schema`.
    `deprecation_warning` is sent with every answer of a deprecated version ("" for the usual text).
    `defaults` fills in typed objects (the others have defaults in their schema); `table` makes tables in place of
    `columns`.  `reset_fields` is what writers of the resource itself can't own, `status_reset_fields` what those of its
    status can't, both in FieldsV1 form; None for what custom resources do.
    """

    name: str
    schema: structural.Structural
    served: bool = True
    storage: bool = False
    status: bool = False
    scale: Scale | None = None
    columns: Sequence[Column] = ()
    selectable_fields: Sequence[str] = ()
    deprecated: bool = False
    deprecation_warning: str = ""
    to_storage: Convert | None = None
    from_storage: Convert | None = None
    validators: Sequence[Any] = ()
    defaults: Callable[[objects.Object], None] | None = None
    table: capabilities.TableConverter | None = None
    reset_fields: Mapping[str, Any] | None = None
    status_reset_fields: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A resource in all its versions; exactly one of them is the storage version.

    `typed` objects are decoded the way Go decodes built-in kinds (wrong types are 400, list items carry no kind);
    others are validated against their schema as custom resources are (wrong types are 422).
    """

    group: str
    kind: str
    plural: str
    singular: str
    namespaced: bool
    versions: Sequence[Version]
    list_kind: str = ""
    short_names: Sequence[str] = ()
    categories: Sequence[str] = ()
    status_strategy: strategy.Strategy | None = None
    """Of typed resources: what their status subresource goes through; None for one that takes the status alone."""
    strategy: strategy.Strategy = field(default_factory=strategy.Strategy)
    typed: bool = False
    fields_of: indexing.FieldsOf | None = None
    """Gives the selectable fields of an object in the storage version, where they aren't simply looked up."""
    registry_path: str = ""
    """Where kube-apiserver keeps the objects; "" for where custom resources are."""
    bare_errors: bool = True
    """See `mounting.Representation`; False for what users of the framework declare."""
    description: str = ""
    translation: Translation | None = None
    """Instead of the versions' own `to_storage` and `from_storage`."""

    @property
    def group_resource(self) -> gvk.GroupResource:
        return gvk.GroupResource(self.group, self.plural)

    @property
    def storage_version(self) -> Version:
        return next(version for version in self.versions if version.storage)

    @property
    def custom(self) -> bool:
        """Whether this is a custom resource as kube-apiserver has them, its peculiarities included."""
        return self.bare_errors and not self.typed

    def gvk(self, version: str) -> gvk.GroupVersionKind:
        return gvk.GroupVersionKind(self.group, version, self.kind)
