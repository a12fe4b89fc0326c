"""The parts of a group-version before they are installed: each storage with what it can do and how its objects look.

A hand-written storage need not say more than its kind; the rest is derived here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from kroute.actions import plan
from kroute.kinds import declaring, mounting
from kroute.machinery import gvk
from kroute.schema import structural
from kroute.storage import capabilities


@dataclass(frozen=True, slots=True)
class Part:
    """A storage object that is about to be installed."""

    storage: Any
    representation: mounting.Representation
    own: capabilities.Capabilities


Parts: TypeAlias = Mapping[str, Part]
"""By path, in the order of installing."""


def parts(group: mounting.GroupVersionStorage) -> Parts:
    """The storages of a group-version in the order in which they are installed.

    By name; subresources of custom resources as they were given."""
    known = {path: capabilities.capabilities_of(mount.storage, path=path) for path, mount in group.mounts.items()}
    found: dict[str, Part] = {}
    for path in sorted(path for path in known if "/" not in path):
        mount = group.mounts[path]
        parent = found[path] = Part(
            mount.storage, _representation(group.group_version, mount, known[path], None), known[path]
        )
        below = [other for other in known if other.startswith(f"{path}/")]
        for other in sorted(below) if parent.representation.typed or mount.representation is None else below:
            mount = group.mounts[other]
            representation = _representation(group.group_version, mount, known[other], parent.representation)
            found[other] = Part(mount.storage, representation, known[other])
    for path in known.keys() - found.keys():
        plan.actions(path, known[path])  # which says that it has no parent
    return found


def _representation(
    group_version: gvk.GroupVersion,
    mount: mounting.Mount,
    own: capabilities.Capabilities,
    parents: mounting.Representation | None,
) -> mounting.Representation:
    """How a storage's objects look: as the mount says, else as the storage itself or its parent does."""
    if mount.representation is not None:
        return mount.representation
    kind = own.kind
    if isinstance(kind, str):
        kind = gvk.GroupVersionKind(*group_version, kind)
    if kind is None:
        assert parents is not None  # capabilities_of refuses a resource without kind
        kind = parents.kind
    return mounting.Representation(
        kind=kind,
        storage_kind=kind,
        list_kind=f"{kind.kind}List",
        schema=_schema(mount.storage, parents if parents is not None and parents.kind == kind else None),
        bare_errors=False,
        managed=own.update,
    )


def _schema(storage: Any, parents: mounting.Representation | None) -> structural.Structural:
    """The schema of a hand-written storage: a Kind class, OpenAPI, compiled, or none, which takes anything.

    A subresource with objects of its parent's kind need not say it again."""
    given = getattr(storage, "schema", None)
    if given is None:
        return parents.schema if parents is not None else structural.Structural(type="object", preserve_unknown=True)
    if isinstance(given, structural.Structural):
        return given
    return declaring.compiled(given, type(storage).__name__)[0]
