"""FieldManager: keeps `metadata.managedFields` on every write, and does server-side apply.

One for each storage: a kind in its API versions, or a subresource with an object of its own.  It is given objects in
the version of the request and gives one back in it; nothing given is changed, and results share parts with it.
Mirrors `managedfields.FieldManager` of `k8s.io/apimachinery`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from kroute.machinery import errors, gvk, objects
from kroute.patch import failures
from kroute.patch.managedfields import (
    capping,
    conflicts,
    elements,
    entries,
    extracting,
    fieldsets,
    lastapplied,
    merging,
    objectmeta,
    updating,
    versions,
)
from kroute.patch.managedfields import shapes as shaping
from kroute.schema import structural

UNKNOWN = "unknown"
BEFORE_FIRST_APPLY = "before-first-apply"


class FieldManager:
    """`schemas` are those of the kind's API versions, by apiVersion.

    `reset_fields`: what the storage overwrites, by apiVersion (see `versions.ResetFields`).  `convert` makes an object
    of another version; without it, owners that wrote in other versions are forgotten.  `empty` is the object, as this
    kind has it, with nothing set: its nulls and empty objects are there without anybody having set them, so nobody owns
    them.  `shapes` may be shared by all field managers of a server.  `mistake` makes the error for a patch that doesn't
    fit the schema; as it is, what the reference answers.  Not `convertible`: the reference has no way back from what an
    apply makes, so that applies which change something fail there, and here.
    """

    def __init__(
        self,
        schemas: Mapping[str, structural.Structural],
        *,
        kind: str,
        reset_fields: versions.ResetFields | None = None,
        convert: versions.Convert | None = None,
        empty: objects.Object | None = None,
        shapes: shaping.Shapes | None = None,
        mistake: Callable[[str], errors.APIError] = failures.Plain,
        convertible: bool = True,
    ) -> None:
        made = shaping.Shapes() if shapes is None else shapes
        roots = {version: made.root(schema, objectmeta.OBJECT_META) for version, schema in schemas.items()}
        self._versions = versions.Versions(roots, convert=convert, reset_fields=reset_fields)
        self._kind = kind
        self._empty = without_entries(empty or {})
        self._mistake, self._convertible = mistake, convertible

    def update(
        self,
        live: objects.Object | None,
        new: objects.Object,
        *,
        manager: str,
        api_version: str,
        subresource: str = "",
        now: str,
    ) -> objects.Object:
        """The new object with managedFields as they are after a create, an update or a patch that isn't an apply.

        `live` is the object as it was; for a create None, or one without a uid.  `now` is a time as objects carry it.
        Where the objects can't be understood, the live object's managedFields stay; whoever validates says why.
        """
        before = live or {}
        stored, given = managed_fields(before), managed_fields(new)
        try:
            managers = self._given_or_stored(given, stored, subresource)
            is_new = not uid(before)
            if not managers and not is_new:
                return with_entries(new, given, None)
            old = (self._empty if is_new and self._empty else without_entries(before)) | {"apiVersion": api_version}
            who = entries.identity(manager or UNKNOWN, entries.UPDATE, api_version, subresource)
            managers = self._updated(old, without_entries(new), managers, who, now)
        except (elements.ElementError, versions.UnknownVersion, RecursionError):
            return with_entries(new, given, stored)
        return with_entries(new, given, entries.encode(managers))

    def apply(
        self,
        live: objects.Object | None,
        patch: objects.Object,
        *,
        manager: str,
        force: bool,
        api_version: str,
        subresource: str = "",
        now: str,
    ) -> objects.Object:
        """The live object (None or without a uid: nothing yet) with the patch applied, managedFields included.

        Raises Conflict unless `force`, BadRequest for a patch of another kind or with managedFields, and the field
        manager's own error for one that doesn't fit the schema.
        """
        self._check_kind(patch, api_version)
        try:
            return self._apply(live or {}, patch, manager, force, api_version, subresource, now)
        except conflicts.Conflicts as found:
            raise found.error() from None
        except elements.ElementError as error:
            raise self._mistake(f"failed to merge config: {error}") from error
        except RecursionError as error:
            raise failures.too_deep() from error

    def _given_or_stored(self, given: Any, stored: Any, subresource: str) -> entries.Managers:
        """The managers before a write: a client may write them, or reset them, but not through a subresource."""
        if not subresource and given is not None and given is not stored and given != stored:
            if entries.is_reset(given):
                return {}
            try:
                managers = entries.decode_given(given)
            except entries.EntryError:
                managers = {}
            if managers:
                return managers
        try:
            return entries.decode(stored)
        except entries.EntryError:
            return {}

    def _updated(
        self,
        old: objects.Object,
        new: objects.Object,
        managers: entries.Managers,
        who: entries.Identity,
        now: str,
    ) -> entries.Managers:
        """Everybody's fields after a change that isn't an apply."""
        if old == new:
            return managers
        left, taken = updating.update(self._versions, old, new, who.api_version, managers)
        taken = fieldsets.difference(taken, objectmeta.UNOWNED)
        if taken:
            previous = left.get(who)
            fields = taken if previous is None else fieldsets.union(taken, previous.fields)
            left[who] = entries.renewed(managers.get(who), fields, who.api_version, now)
        return capping.capped(left)

    def _apply(
        self,
        live: objects.Object,
        patch: objects.Object,
        manager: str,
        force: bool,
        api_version: str,
        subresource: str,
        now: str,
    ) -> objects.Object:
        try:
            managers = entries.decode(managed_fields(live))
        except entries.EntryError as error:
            raise self._mistake(f"failed to decode managed fields: {error}") from error
        before = without_entries(live) if live else {"apiVersion": api_version, "kind": self._kind}
        if not managers:
            first = entries.identity(BEFORE_FIRST_APPLY, entries.UPDATE, api_version, subresource)
            nothing = self._empty | {"apiVersion": api_version}
            managers = self._updated(nothing, before, managers, first, now)
        if managed_fields(patch) is not None:
            raise errors.BadRequest("metadata.managedFields must be nil")
        shape = self._versions.shape(api_version)
        fields = self._validated(patch, api_version)
        merged = merging.merge(shape, before, patch)
        who = entries.identity(manager or UNKNOWN, entries.APPLY, api_version, subresource)
        last = managers.get(who)
        for forced in (force, True):
            try:
                merged, managers = updating.apply(
                    self._versions, before, merged, fields, api_version, managers, who, force=forced
                )
                break
            except conflicts.Conflicts as found:
                if manager != lastapplied.MANAGER:
                    raise
                left = found.beyond(lastapplied.owned(shape, before, api_version))
                if left.found:
                    raise left from None
        changed = merged is not before and merged != before
        if changed and not self._convertible:
            why = f"request to convert CR to an invalid group/version: {api_version}"
            raise self._mistake(
                f"failed to convert new object ({self._shown(patch, api_version)}) to proper version: {why}"
            )
        self._settle(managers, who, last, now if changed else None)
        result = with_entries(merged if changed else before, None, entries.encode(managers))
        return lastapplied.refreshed(result, patch) if manager == lastapplied.MANAGER else result

    def _settle(
        self, managers: entries.Managers, who: entries.Identity, last: entries.Entry | None, now: str | None
    ) -> None:
        """Finish the applier's entry: without what nobody owns, and with the time if the object changed."""
        entry = managers.get(who)
        if entry is None:
            return
        fields = fieldsets.difference(entry.fields, objectmeta.UNOWNED)
        if not fields:
            del managers[who]
        else:
            managers[who] = entries.renewed(last, fields, entry.api_version, now or entry.time)

    def _check_kind(self, patch: objects.Object, api_version: str) -> None:
        """Raise BadRequest unless the patch says it is of the kind and version of the request."""
        given, kind = patch.get("apiVersion"), patch.get("kind")
        if given == api_version and kind == self._kind:
            return
        try:
            group, version = gvk.GroupVersion.parse(given if isinstance(given, str) else "")
        except ValueError:
            group, version, kind = "", "", ""
        shown = f"{group}/{version}, Kind={kind if isinstance(kind, str) else ''}"
        raise errors.BadRequest(f"invalid object type: {shown}")

    def _validated(self, patch: objects.Object, api_version: str) -> fieldsets.FieldSet:
        try:
            return extracting.validated(self._versions.shape(api_version), patch)
        except extracting.InvalidObject as error:
            shown = self._shown(patch, api_version)
            raise self._mistake(f"failed to create typed patch object ({shown}): {error}") from error

    def _shown(self, patch: objects.Object, api_version: str) -> str:
        """What a patch is for, as errors say it."""
        metadata = patch.get("metadata")
        names = metadata if isinstance(metadata, dict) else {}
        version = gvk.GroupVersion.parse(api_version)
        which = f"{names.get('namespace') or ''}/{names.get('name') or ''}"
        return f"{which}; {version.group}/{version.version}, Kind={self._kind}"


def managed_fields(obj: objects.Object) -> Any:
    metadata = obj.get("metadata")
    return metadata.get("managedFields") if isinstance(metadata, dict) else None


def uid(obj: objects.Object) -> Any:
    metadata = obj.get("metadata")
    return metadata.get("uid") if isinstance(metadata, dict) else None


def without_entries(obj: objects.Object) -> objects.Object:
    """The object without managedFields."""
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict) or "managedFields" not in metadata:
        return obj
    return {**obj, "metadata": {key: value for key, value in metadata.items() if key != "managedFields"}}


def with_entries(obj: objects.Object, current: Any, wanted: Any) -> objects.Object:
    """The object with these managedFields; `current` are those it has."""
    if wanted == current and wanted:
        return obj
    metadata = obj.get("metadata")
    if not isinstance(metadata, dict):
        metadata = {}
    if wanted:
        return {**obj, "metadata": {**metadata, "managedFields": wanted}}
    return without_entries(obj)
