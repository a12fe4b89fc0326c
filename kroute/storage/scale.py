"""ScaleStorage: a resource's `scale` subresource, a small autoscaling/v1 Scale made of fields of the object.

Autoscalers and `kubectl scale` change the number of replicas without knowing the kind.
Mirrors the scale storage of `k8s.io/apiextensions-apiserver/pkg/registry/customresource`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeAlias

from kroute.machinery import context, errors, gvk, objects
from kroute.storage import capabilities, core, options, paths, reading, stored, updating

KIND = gvk.GroupVersionKind("autoscaling", "v1", "Scale")
NEVER_SET = -2147483648
"""Stands in the old Scale for replicas that the object doesn't have, so that "not sent" can be told from 0."""

View: TypeAlias = Callable[[objects.Object], objects.Object]


class FieldMap(Protocol):
    """Carries managedFields over between the object and its Scale."""

    def to_scale(self, entries: list[Any]) -> list[Any]: ...

    def to_parent(self, entries: list[Any], scale_entries: list[Any]) -> list[Any]:
        """The object's entries, given its old ones and those of the changed Scale."""
        ...


class ScaleStorage:
    """`core` is that of the resource's Store.

    `spec_replicas`, `status_replicas` and `label_selector` ("" for none) are paths into the objects of one version;
    `to_version` and `to_storage` lead there and back where that isn't the storage version.  Both may change what they
    are given.
    """

    kind = KIND

    def __init__(
        self,
        core: core.Core,
        *,
        spec_replicas: str,
        status_replicas: str,
        label_selector: str = "",
        to_version: View | None = None,
        to_storage: View | None = None,
        field_map: FieldMap | None = None,
    ) -> None:
        self.core = core
        self.spec_path = spec_replicas
        self._spec, self._status = paths.split(spec_replicas), paths.split(status_replicas)
        self._selector = paths.split(label_selector) if label_selector else ()
        self._to_version, self._to_storage = to_version, to_storage
        self.field_map = field_map

    async def get(self, ctx: context.RequestContext, name: str, options: options.GetOptions) -> stored.Result:
        found = await reading.get(self.core, ctx, name, options)
        obj = self.seen(found.obj)
        scale = self.scale_of(obj)
        if paths.find_integer(obj, self._spec) is None:
            raise errors.InternalError.of(f'the spec replicas field "{self.spec_path}" does not exist')
        return scale

    async def update(
        self,
        ctx: context.RequestContext,
        name: str,
        update: capabilities.UpdatedObject,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
        allow_create: bool = False,
    ) -> capabilities.UpdateResult:
        async def validate_scale(obj: objects.Object, old: objects.Object | None) -> None:
            before = None if old is None else self.scale_of(self.seen(old))
            await validate(self.scale_of(self.seen(obj)), before)

        changed = _ScaleUpdate(self, update)
        result = await updating.update(self.core, ctx, name, changed, validate=validate_scale, wanted=options)
        return capabilities.UpdateResult(self.scale_of(self.seen(stored.decoded(result.obj))), False)

    def seen(self, obj: objects.Object) -> objects.Object:
        """The object in the version that the paths are of; read-only."""
        return obj if self._to_version is None else self._to_version(objects.copy(obj))

    def scale_of(self, obj: objects.Object) -> objects.Object:
        """The Scale of an object in that version."""
        try:
            replicas = paths.find_integer(obj, self._spec) or 0
            actual = paths.find_integer(obj, self._status) or 0
            selector = paths.find_text(obj, self._selector) if self._selector else ""
        except paths.PathError as error:
            raise errors.InternalError.of(str(error)) from error
        kept = ("name", "namespace", "uid", "resourceVersion", "creationTimestamp")
        metadata = {key: obj["metadata"][key] for key in kept if key in obj["metadata"]}
        status: objects.Object = {"replicas": actual}
        if selector:
            status["selector"] = selector
        return {
            "kind": KIND.kind,
            "apiVersion": KIND.api_version,
            "metadata": metadata,
            "spec": {"replicas": replicas} if replicas else {},
            "status": status,
        }

    async def changed(
        self, ctx: context.RequestContext, update: capabilities.UpdatedObject, old: objects.Object
    ) -> objects.Object:
        """The object that `old` becomes by an update of its Scale."""
        obj = objects.copy(self.seen(old))
        scale = self.scale_of(obj)
        if paths.find_integer(obj, self._spec) is None:
            scale["spec"]["replicas"] = NEVER_SET
        entries = obj["metadata"].get("managedFields") or []
        if self.field_map is not None and (scale_entries := self.field_map.to_scale(entries)):
            scale["metadata"]["managedFields"] = scale_entries
        wanted = await update.updated(ctx, scale)
        replicas = (wanted.get("spec") or {}).get("replicas") or 0
        if replicas == NEVER_SET:
            raise errors.BadRequest(f'the spec replicas field "{self.spec_path}" cannot be empty')
        try:
            paths.put(obj, self._spec, replicas)
        except paths.PathError as error:
            raise errors.BadRequest(str(error)) from error
        metadata = obj["metadata"]
        if version := wanted["metadata"].get("resourceVersion"):
            metadata["resourceVersion"] = version
        if self.field_map is not None:
            set_entries(metadata, self.field_map.to_parent(entries, wanted["metadata"].get("managedFields") or []))
        return obj if self._to_storage is None else self._to_storage(obj)


def set_entries(metadata: objects.Object, entries: list[Any]) -> None:
    if entries:
        metadata["managedFields"] = entries
    else:
        metadata.pop("managedFields", None)


class _ScaleUpdate:
    """The update of the object that an update of its Scale means."""

    def __init__(self, storage: ScaleStorage, update: capabilities.UpdatedObject) -> None:
        self._storage, self._update = storage, update
        self.preconditions = update.preconditions

    async def updated(self, ctx: context.RequestContext, old: objects.Object | None) -> objects.Object:
        assert old is not None  # a scale never creates its object
        return await self._storage.changed(ctx, self._update, old)
