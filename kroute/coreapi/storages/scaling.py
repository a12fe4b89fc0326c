"""The scale subresource of built-in kinds.

Mirrors the ScaleREST of `pkg/registry/apps/deployment/storage` and the like.
"""

from __future__ import annotations

from kroute.coreapi.storages import cases
from kroute.coreapi.validation import autoscaling
from kroute.kinds import columns, mounting
from kroute.machinery import context, errors, labels, labelselector, objects
from kroute.patch.managedfields import scaling
from kroute.storage import capabilities
from kroute.storage import scale as storage

SCALABLE = ("deployments.apps", "replicasets.apps", "statefulsets.apps", "replicationcontrollers")
REPLICAS = ("spec", "replicas")


class Scales(storage.ScaleStorage):
    """Unlike those of custom resources, these objects always have replicas, and selectors that are objects."""

    def scale_of(self, obj: objects.Object) -> objects.Object:
        made = super().scale_of(obj)
        if text := selector_text((obj.get("spec") or {}).get("selector")):
            made["status"]["selector"] = text
        return made

    async def changed(
        self, ctx: context.RequestContext, update: capabilities.UpdatedObject, old: objects.Object
    ) -> objects.Object:
        scale = self.scale_of(old)
        entries = old["metadata"].get("managedFields") or []
        if self.field_map is not None and (shown := self.field_map.to_scale(entries)):
            scale["metadata"]["managedFields"] = shown
        wanted = await update.updated(ctx, scale)
        self._check(wanted, old["metadata"])
        metadata = {**old["metadata"], "resourceVersion": wanted["metadata"].get("resourceVersion") or ""}
        if self.field_map is not None:
            kept = self.field_map.to_parent(entries, wanted["metadata"].get("managedFields") or [])
            storage.set_entries(metadata, kept)
        replicas = (wanted.get("spec") or {}).get("replicas") or 0
        obj: objects.Object = objects.copy({**old, "metadata": metadata})
        obj["spec"]["replicas"] = replicas
        return obj

    def _check(self, wanted: objects.Object, old: objects.Object) -> None:
        uid, name = wanted["metadata"].get("uid"), old.get("name", "")
        if uid and uid != old.get("uid"):
            resource = self.core.resource
            raise errors.Conflict.of(
                resource._replace(resource=f"{resource.resource}/scale"),
                name,
                f"Precondition failed: UID in precondition: {uid}, UID in object meta: {old.get('uid')}",
            )
        problems = list(autoscaling.validate_scale(wanted))
        if problems:
            raise errors.Invalid.of(storage.KIND.group_kind, name, problems)


def selector_text(selector: objects.Object | None) -> str:
    """A selector, or the labels of a replication controller's, as text; "" when there is none or it is no good."""
    if not selector:
        return ""
    try:
        if all(isinstance(value, str) for value in selector.values()):
            return str(labels.from_set(selector))
        return str(labelselector.compiled(selector))
    except labels.SelectorError:
        return ""


def scale(case: cases.Case) -> mounting.Mount:
    version = case.parent.kind.api_version
    scales = Scales(
        case.store.core,
        spec_replicas=".spec.replicas",
        status_replicas=".status.replicas",
        field_map=scaling.ScaleFields(version, {version: REPLICAS}),
    )
    table = columns.Columns(columns.SCALE, clock=case.environment.clock)
    return case.foreign(scales, "scale", storage.KIND, managed=True, table=table)
