"""What goes away when an applier no longer mentions it.

A field is removed when its applier owned it, doesn't apply it any more, and nobody else owns it.
Mirrors `merge.Updater.prune` of structured-merge-diff.
"""

from __future__ import annotations

from kroute.machinery import objects
from kroute.patch.managedfields import entries, extracting, fieldsets, objectmeta, removing, shapes, versions

FieldSet = fieldsets.FieldSet


def prune(
    kind: versions.Versions,
    merged: objects.Object,
    managers: entries.Managers,
    who: entries.Identity,
    last: entries.Entry,
) -> objects.Object:
    """The merged object without the fields of the last apply that nobody owns now (`managers` has the new apply)."""
    now = managers[who]
    if last.api_version == now.api_version and not fieldsets.difference(last.fields, now.fields):
        return merged
    try:
        before = kind.convert(merged, last.api_version)
    except versions.UnknownVersion:
        return merged
    shape = kind.shape(last.api_version)
    owned = removing.with_named_fields(shape, fieldsets.difference(last.fields, objectmeta.UNOWNED))
    pruned = removing.remove(shape, before, owned) or {}
    pruned = restore_owned(kind, before, pruned, last.api_version, managers)
    try:
        pruned = kind.convert(pruned, last.api_version)
    except versions.UnknownVersion:
        return merged
    gone = fieldsets.difference(named(shape, before), named(shape, pruned))
    result = removing.remove(shape, before, fieldsets.intersection(gone, owned)) or {}
    return kind.convert(result, now.api_version)  # type: ignore[no-any-return]


def restore_owned(
    kind: versions.Versions, merged: objects.Object, pruned: objects.Object, version: str, managers: entries.Managers
) -> objects.Object:
    """Put back what anybody owns, version by version; the one of the last apply first."""
    owned: dict[str, FieldSet] = {version: {}}
    for entry in managers.values():
        owned[entry.api_version] = fieldsets.union(owned.get(entry.api_version, {}), entry.fields)
    for each, fields in owned.items():
        if not fields:
            continue
        try:
            merged, pruned = kind.convert(merged, each), kind.convert(pruned, each)
        except versions.UnknownVersion:
            continue
        shape = kind.shape(each)
        kept = fieldsets.union(named(shape, pruned), removing.with_named_fields(shape, fields))
        pruned = removing.remove(shape, merged, fieldsets.difference(named(shape, merged), kept)) or {}
    return pruned


def named(shape: shapes.Shape, obj: objects.Object) -> FieldSet:
    """All fields of an object, with those on the way to others."""
    return removing.with_named_fields(shape, extracting.everything(shape, obj))
