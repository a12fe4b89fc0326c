"""What is mounted at the paths of one group-version: storage objects, each with how its objects travel.

A `Mount` pairs a storage object with a `Representation`: the kind, version and schema in which clients send and get its
objects, and the way from there to the storage's own version.  One Store is mounted once for each served version.
Mirrors `APIGroupVersion` of `k8s.io/apiserver/pkg/endpoints`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

from kroute.kinds import definition
from kroute.machinery import gvk, objects
from kroute.schema import structural
from kroute.storage import capabilities


@dataclass(frozen=True, slots=True, kw_only=True)
class Representation:
    """How the objects of one storage look to clients in one version.

    `to_storage` and `from_storage` are None where nothing but the apiVersion differs; what `from_storage` gives is
    complete: pruned and defaulted by `schema`.  They may change the object they are given.
    `table` makes tables of objects in this version; None: the storage's own converter or the default one.

    `kind` is what answers carry and bodies must carry; `storage_kind` what the storage works with.
    `subresource` and `reset_fields` are what managed fields are recorded with (`status` for a status storage).
    `options_kind` is for a Connector or a getter with options of its own (`PodLogOptions`), else None.
    """

    kind: gvk.GroupVersionKind
    storage_kind: gvk.GroupVersionKind
    list_kind: str
    schema: structural.Structural
    typed: bool = False
    to_storage: definition.Convert | None = None
    from_storage: definition.Convert | None = None
    subresource: str = ""
    reset_fields: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    selectable_fields: Sequence[str] = ()
    selectable_as: Mapping[str, str] = field(default_factory=dict)
    """Field selectors that the storage knows by another name."""
    deprecation_warning: str = ""
    table: capabilities.TableConverter | None = None
    defaults: Callable[[objects.Object], None] | None = None
    """Fills in a typed object what its body left out; custom resources have their defaults in the schema."""
    translation: definition.Translation | None = None
    """Converts objects to the kind's other versions, for field managers, where nothing else does."""
    others: Mapping[str, structural.Structural] = field(default_factory=dict)
    """The schemas of the kind's other versions, for what is said of bodies that are of one of them."""
    bare_errors: bool = True
    """Whether mistakes in an apply that kube-apiserver answers with a bare 500 are answered so; else they are a 400."""
    convertible: bool = True
    """False: kube-apiserver can't make an object of what is applied, as with Scales of custom resources."""
    unreadable: str = ""
    """What is said of every body that can't be read, in the place of why."""
    managed: bool = True
    """Whether managedFields are kept (not for reviews, bindings and the like)."""


@dataclass(frozen=True, slots=True)
class Mount:
    storage: Any
    representation: Representation | None = None
    """None: a hand-written storage; the installer derives it from the storage's `kind` and `schema`."""


@dataclass(frozen=True, slots=True)
class GroupVersionStorage:
    """Everything served under one group-version: `mounts` maps `widgets`, `widgets/status`, ... to what is there."""

    group_version: gvk.GroupVersion
    mounts: Mapping[str, Mount]

    @classmethod
    def of(cls, group_version: str, storages: Mapping[str, Any]) -> Self:
        """Hand-written storage objects by path, under a group-version such as `machine.example.org/v1`.

        Raises InstallError."""
        group, slash, version = group_version.rpartition("/")
        if not slash or not (group and version) or "/" in group:
            raise capabilities.InstallError(
                f"{group_version!r} is no group-version: it must look like machine.example.org/v1"
            )
        found = {path: storage if isinstance(storage, Mount) else Mount(storage) for path, storage in storages.items()}
        return cls(gvk.GroupVersion(group, version), found)


def together(groups: Iterable[GroupVersionStorage]) -> list[GroupVersionStorage]:
    """The same, with one record for each group-version.  Raises InstallError for a path that is there twice."""
    found: dict[gvk.GroupVersion, dict[str, Mount]] = {}
    for group in groups:
        mounts = found.setdefault(group.group_version, {})
        if repeated := mounts.keys() & group.mounts.keys():
            raise capabilities.InstallError(f"{min(repeated)} is there twice in {group.group_version}")
        mounts.update(group.mounts)
    return [GroupVersionStorage(group_version, mounts) for group_version, mounts in found.items()]
