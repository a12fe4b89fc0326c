"""The strategies of declared resources: what custom resources do, around the user's own strategy.

The generation counts changes outside of the metadata, the status belongs to the status subresource, objects fit their
schema.  The user's validators run after that, on objects that are in order.  The hooks that prepare objects run before,
so that they can put in order what clients left open: what such a hook stumbles over is told as the schema tells it.
Mirrors `pkg/registry/customresource` of k8s.io/apiextensions-apiserver.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager

from kroute.kinds import definition, rules
from kroute.machinery import context, errors, fielderrors, metavalidation, objects
from kroute.storage import options, strategy

MISSING = object()


class Versions:
    """The versions of a resource as its strategies need them: the rules of each, and the way there."""

    def __init__(
        self, of_version: Mapping[str, rules.VersionRules], conversions: Mapping[str, definition.Convert], storage: str
    ) -> None:
        self._rules, self._conversions, self._storage = of_version, conversions, storage

    def errors(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object | None, *, status: bool = False
    ) -> list[fielderrors.FieldError]:
        """What is wrong with an object in the version that the request speaks, whose paths its client knows."""
        version = ctx.info.version if ctx.info.version in self._rules else self._storage
        if version in self._conversions:
            convert = self._conversions[version]
            obj, old = convert(objects.copy(obj)), None if old is None else convert(objects.copy(old))
        if status and old is not None:
            return self._rules[version].status_errors(obj, old, warn=ctx.warn)
        return self._rules[version].errors(obj, old, warn=ctx.warn)


class Declared(strategy.Strategy):
    """The strategy of a declared resource; `own` is the user's."""

    def __init__(self, own: strategy.Strategy, versions: Versions, *, status: bool) -> None:
        self.own, self._versions, self._status = own, versions, status
        self.allow_create_on_update = own.allow_create_on_update
        self.allow_unconditional_update = own.allow_unconditional_update
        self.name_rule = own.name_rule
        self.kube_finalizers = own.kube_finalizers
        self.whole_metadata_on_update = own.whole_metadata_on_update
        self.graceful = own.graceful
        self.returns_deleted = own.returns_deleted

    def generate_name(self, base: str) -> str:
        return self.own.generate_name(base)

    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        if self._status:
            obj.pop("status", None)
        obj["metadata"]["generation"] = 1
        try:
            await self.own.prepare_for_create(ctx, obj)
        except errors.APIError:
            raise
        except Exception:
            if obj["metadata"].get("name") and not self._versions.errors(ctx, obj, None):
                raise  # else validation is about to refuse the object

    def validate(self, ctx: context.RequestContext, obj: objects.Object) -> Iterable[fielderrors.FieldError]:
        found = self._versions.errors(ctx, obj, None)
        return found if found or not obj["metadata"].get("name") else self.own.validate(ctx, obj)

    def warnings_on_create(self, ctx: context.RequestContext, obj: objects.Object) -> Iterable[str]:
        return [*_finalizer_warnings(obj, None), *self.own.warnings_on_create(ctx, obj)]

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        if self._status:
            _keep_status(obj, old)
        try:
            await self.own.prepare_for_update(ctx, obj, old)
        except errors.APIError:
            raise
        except Exception:
            if not self._versions.errors(ctx, obj, old):
                raise
        if _content(obj, status=not self._status) != _content(old, status=not self._status):
            obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def validate_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[fielderrors.FieldError]:
        return self._versions.errors(ctx, obj, old) or self.own.validate_update(ctx, obj, old)

    def warnings_on_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[str]:
        return [*_finalizer_warnings(obj, old), *self.own.warnings_on_update(ctx, obj, old)]

    def canonicalize(self, obj: objects.Object) -> None:
        self.own.canonicalize(obj)

    def around_write(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object | None, *, dry_run: bool
    ) -> AbstractAsyncContextManager[None] | None:
        return self.own.around_write(ctx, obj, old, dry_run=dry_run)

    def ttl(self, obj: objects.Object) -> float | None:
        return self.own.ttl(obj)

    def may_delete_on_update(self, obj: objects.Object, old: objects.Object) -> bool:
        return self.own.may_delete_on_update(obj, old)

    def grace_period(
        self, ctx: context.RequestContext, obj: objects.Object, options: options.DeleteOptions
    ) -> int | None:
        return self.own.grace_period(ctx, obj, options)

    def default_propagation_policy(self, ctx: context.RequestContext) -> str:
        return self.own.default_propagation_policy(ctx)

    async def prepare_for_delete(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await self.own.prepare_for_delete(ctx, obj)

    async def after_delete(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await self.own.after_delete(ctx, obj)


class DeclaredStatus(Declared):
    """The strategy of a declared resource's status subresource: nothing but the status changes.

    The user's hooks for updates are about the rest of the object and aren't called."""

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        take_status_only(obj, old)

    def validate_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[fielderrors.FieldError]:
        return self._versions.errors(ctx, obj, old, status=True)

    def warnings_on_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[str]:
        return ()


class StatusOnly(strategy.Strategy):
    """The strategy of a status subresource about which nothing more is known; `own` is the resource's own."""

    def __init__(self, own: strategy.Strategy) -> None:
        self.allow_unconditional_update = own.allow_unconditional_update
        self.name_rule, self.kube_finalizers = own.name_rule, own.kube_finalizers

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        take_status_only(obj, old)


def take_status_only(obj: objects.Object, old: objects.Object) -> None:
    """Make `obj` the old object with its own status, and its own record of field managers."""
    entries, status = obj["metadata"].get("managedFields"), obj.get("status", MISSING)
    kept = {key: objects.copy(value) for key, value in old.items() if key != "status"}
    kept["metadata"].pop("managedFields", None)
    if entries:
        kept["metadata"]["managedFields"] = entries
    if status is not MISSING:
        kept["status"] = status
    obj.clear()
    obj.update(kept)


def _keep_status(obj: objects.Object, old: objects.Object) -> None:
    if "status" in old:
        obj["status"] = objects.copy(old["status"])
    else:
        obj.pop("status", None)


def _content(obj: objects.Object, *, status: bool) -> objects.Object:
    """What the generation counts changes of."""
    left_out = ("metadata",) if status else ("metadata", "status")
    return {key: value for key, value in obj.items() if key not in left_out}


def _finalizer_warnings(obj: objects.Object, old: objects.Object | None) -> Iterable[str]:
    added = set(obj["metadata"].get("finalizers") or ())
    if old is not None:
        added -= set(old["metadata"].get("finalizers") or ())
    return metavalidation.finalizer_warnings(sorted(added))
