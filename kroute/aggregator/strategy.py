"""What happens to an APIService before it is written.

Mirrors `pkg/registry/apiservice` of `k8s.io/kube-aggregator`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kroute.aggregator import conditions, validation
from kroute.machinery import context, fielderrors, names, objects, times
from kroute.schema import forgetting
from kroute.storage import strategy

KEPT = ("labels", "annotations", "finalizers", "ownerReferences")
"""What of the metadata writers of the status leave alone."""


def default(obj: objects.Object) -> None:
    """Fill in what was left open, in place."""
    service = (obj.get("spec") or {}).get("service")
    if service is not None and service.get("port") is None:
        service["port"] = 443


class APIServiceStrategy(strategy.Strategy):
    """The strategy of apiservices; the status belongs to its subresource."""

    kube_finalizers = True
    whole_metadata_on_update = True
    name_rule = staticmethod(names.path_segment_name)

    def __init__(self, forget: forgetting.Forget, now: Callable[[], str] = times.now) -> None:
        self._forget, self._now = forget, now

    def canonicalize(self, obj: objects.Object) -> None:
        self._forget(obj)

    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        obj["status"] = {}
        if (obj.get("spec") or {}).get("service") is None:
            conditions.put(obj, conditions.LOCAL, self._now())

    def validate(self, ctx: context.RequestContext, obj: objects.Object) -> Iterable[fielderrors.FieldError]:
        return validation.errors_of(obj)

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        obj["status"] = objects.copy(old.get("status") or {})

    def validate_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[fielderrors.FieldError]:
        return validation.errors_of(obj)


class StatusStrategy(strategy.Strategy):
    """The strategy of the status subresource."""

    kube_finalizers = True
    name_rule = staticmethod(names.path_segment_name)

    def __init__(self, forget: forgetting.Forget) -> None:
        self._forget = forget

    def canonicalize(self, obj: objects.Object) -> None:
        self._forget(obj)

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        obj["spec"] = objects.copy(old.get("spec") or {})
        for field in KEPT:
            if field in old["metadata"]:
                obj["metadata"][field] = objects.copy(old["metadata"][field])
            else:
                obj["metadata"].pop(field, None)

    def validate_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[fielderrors.FieldError]:
        return validation.status_errors(obj)
