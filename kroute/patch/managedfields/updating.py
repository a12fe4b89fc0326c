"""What becomes of everybody's fields when an object changes.

Who changes a field owns it; who applies an object owns what it mentions, and is told of a conflict when that would take
a field from somebody else.  Objects come without managedFields.  Mirrors `merge.Updater` of structured-merge-diff.
"""

from __future__ import annotations

from kroute.machinery import objects
from kroute.patch.managedfields import comparing, conflicts, entries, fieldsets, pruning, reconciling, versions

FieldSet = fieldsets.FieldSet
Managers = entries.Managers


def reconciled(kind: versions.Versions, managers: Managers) -> Managers:
    """The managers' fields as the schemas have them today; managers of versions that are gone are left out."""
    result: Managers = {}
    for who, entry in managers.items():
        if kind.knows(entry.api_version):
            result[who] = entry.owning(reconciling.reconcile(kind.shape(entry.api_version), entry.fields))
    return result


def settle(
    kind: versions.Versions,
    old: objects.Object,
    new: objects.Object,
    version: str,
    managers: Managers,
    *,
    but: entries.Identity | None = None,
    force: bool,
) -> tuple[Managers, comparing.Comparison]:
    """Take from the managers (all but one) what changed or went away.

    Also gives what changed in the request's version, without what can't be owned.  Raises Conflicts unless `force`.
    """
    compared = Compared(kind, old, new)
    result: Managers = {}
    taken: dict[entries.Identity, FieldSet] = {}
    for who, entry in managers.items():
        if who == but:
            if entry.fields:
                result[who] = entry
            continue
        try:
            found = compared.at(entry.api_version)
        except versions.UnknownVersion:
            continue
        lost = fieldsets.intersection(entry.fields, found.changed())
        if lost:
            taken[who] = lost
        left = fieldsets.difference(fieldsets.difference(entry.fields, lost), found.removed)
        if left:
            result[who] = entry.owning(left)
    if taken and not force:
        raise conflicts.Conflicts(taken)
    return result, compared.at(version)


class Compared:
    """The comparison of two objects in each version that is asked for."""

    def __init__(self, kind: versions.Versions, old: objects.Object, new: objects.Object) -> None:
        self._kind, self._old, self._new = kind, old, new
        self._found: dict[str, comparing.Comparison] = {}

    def at(self, version: str) -> comparing.Comparison:
        """Raises UnknownVersion."""
        found = self._found.get(version)
        if found is None:
            kind = self._kind
            old, new = kind.convert(self._old, version), kind.convert(self._new, version)
            found = comparing.compare(kind.shape(version), old, new)
            keep = kind.keep(version)
            found = self._found[version] = found if keep is None else found.filtered(keep)
        return found


def update(
    kind: versions.Versions, old: objects.Object, new: objects.Object, version: str, managers: Managers
) -> tuple[Managers, FieldSet]:
    """After a change that isn't an apply: what is left to the managers, and what the changing one gets."""
    left, found = settle(kind, old, new, version, reconciled(kind, managers), force=True)
    return left, kind.ownable(found.changed(), version)


def apply(
    kind: versions.Versions,
    live: objects.Object,
    merged: objects.Object,
    applied: FieldSet,
    version: str,
    managers: Managers,
    who: entries.Identity,
    *,
    force: bool,
) -> tuple[objects.Object, Managers]:
    """After an apply: the merged object without what `who` no longer applies, and what everybody owns now.

    `applied` are the fields of the applied object.  Raises Conflicts unless `force`.
    """
    managers = reconciled(kind, managers)
    last = managers.get(who)
    time = None if last is None else last.time
    managers[who] = entries.Entry(kind.ownable(applied, version), version, time)
    if last is not None:
        merged = pruning.prune(kind, merged, managers, who, last)
    managers, _ = settle(kind, live, merged, version, managers, but=who, force=force)
    return merged, managers
