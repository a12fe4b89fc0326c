"""What happens to a definition before it is written, and what is refused.

Mirrors `pkg/registry/customresourcedefinition` of `k8s.io/apiextensions-apiserver`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kroute.extensions import validation
from kroute.machinery import context, fielderrors, objects
from kroute.schema import forgetting
from kroute.storage import strategy

NO_STATUS: Mapping[str, Any] = {"conditions": None, "acceptedNames": {"plural": "", "kind": ""}, "storedVersions": None}


def default(crd: objects.Object) -> None:
    """Fill in what a definition left open, in place."""
    spec = crd["spec"]
    names = spec["names"]
    kind = names.get("kind") or ""
    if not names.get("singular") and kind:
        names["singular"] = kind.lower()
    if not names.get("listKind") and kind:
        names["listKind"] = f"{kind}List"
    conversion = spec.get("conversion")
    if conversion is None:
        spec["conversion"] = {"strategy": "None"}
    else:
        service = ((conversion.get("webhook") or {}).get("clientConfig") or {}).get("service")
        if service is not None and service.get("port") is None:
            service["port"] = 443
    status = crd.setdefault("status", dict(NO_STATUS))
    if not status.get("storedVersions"):
        keep_stored(crd)


def storage_version(crd: objects.Object) -> str | None:
    """The version in which objects are stored; None where none is marked so."""
    return next((each.get("name", "") for each in crd["spec"].get("versions") or () if each.get("storage")), None)


def keep_stored(crd: objects.Object) -> None:
    """Note that there may be objects of the storage version from now on."""
    name, status = storage_version(crd), crd["status"]
    known = status.get("storedVersions") or []
    if name is not None and name not in known:
        status["storedVersions"] = [*known, name]


class DefinitionStrategy(strategy.Strategy):
    """The strategy of customresourcedefinitions; the status belongs to its subresource."""

    whole_metadata_on_update = True

    def __init__(self, forget: forgetting.Forget) -> None:
        self._forget = forget

    def canonicalize(self, obj: objects.Object) -> None:
        self._forget(obj)

    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        obj["status"] = objects.copy(dict(NO_STATUS))
        obj["metadata"]["generation"] = 1
        keep_stored(obj)

    def validate(self, ctx: context.RequestContext, obj: objects.Object) -> Iterable[fielderrors.FieldError]:
        return validation.errors_of(obj, None)

    def warnings_on_create(self, ctx: context.RequestContext, obj: objects.Object) -> Iterable[str]:
        return validation.warnings_of(obj, None)

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        obj["status"] = objects.copy(old["status"])
        if obj["spec"] != old["spec"]:
            obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1
        keep_stored(obj)

    def validate_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[fielderrors.FieldError]:
        return validation.errors_of(obj, old)

    def warnings_on_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[str]:
        return validation.warnings_of(obj, old)


class StatusStrategy(strategy.Strategy):
    """The strategy of the status subresource, which leaves the metadata to its writer: controllers take finalizers."""

    whole_metadata_on_update = True

    def __init__(self, forget: forgetting.Forget) -> None:
        self._forget = forget

    def canonicalize(self, obj: objects.Object) -> None:
        self._forget(obj)

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        obj["spec"] = objects.copy(old["spec"])

    def validate_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[fielderrors.FieldError]:
        return validation.status_errors(obj)
