"""The strategies of built-in kinds as far as `facts` describe them, to be refined by kinds that need code.

The status belongs to the status subresource, the generation counts what the facts say, validators come from the
validation registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from kroute.coreapi import facts, semantics
from kroute.coreapi.strategies import podfeatures
from kroute.machinery import context, fielderrors, objects
from kroute.schema import forgetting
from kroute.storage import strategy

Errors: TypeAlias = Iterable[fielderrors.FieldError]
Object: TypeAlias = objects.Object

MISSING: Final = object()


@dataclass(frozen=True, slots=True)
class Form:
    """What objects of a kind look like: `empty` has nothing set, as Go writes it; `forget` does what storage does."""

    empty: Object
    forget: forgetting.Forget


class BuiltIn(strategy.Strategy):
    """The strategy of a built-in kind.

    `form` is what its objects look like; `has_status`: there is a status subresource; `pod_spec`: where there is the
    spec of a pod, if anywhere."""

    kube_finalizers = True
    whole_metadata_on_update = True
    pod_spec: Sequence[str] = ()

    def __init__(self, known: facts.Facts, checks: semantics.Checks, form: Form, *, has_status: bool) -> None:
        self.facts, self.checks, self.form, self.has_status = known, checks, form, has_status
        self.allow_create_on_update = known.create_on_update
        self.allow_unconditional_update = known.unconditional_update
        self.returns_deleted = known.returns_deleted
        self.name_rule = checks.name_rule
        self._counted = [path.split(".") for path in known.generation]
        self._kept = [path.split(".") for path in (*known.keeps, *(("status",) if has_status else ()))]

    async def prepare_for_create(self, ctx: context.RequestContext, obj: Object) -> None:
        if self.has_status and not self.facts.created_with_status:
            reset(obj, self.form.empty, ("status",))
        if self.pod_spec:
            podfeatures.drop(look_up(obj, self.pod_spec), None)
        if self._counted:
            obj["metadata"]["generation"] = 1

    def validate(self, ctx: context.RequestContext, obj: Object) -> Errors:
        return self.checks.create(obj)

    def warnings_on_create(self, ctx: context.RequestContext, obj: Object) -> Iterable[str]:
        return self.checks.warnings(obj, None)

    async def prepare_for_update(self, ctx: context.RequestContext, obj: Object, old: Object) -> None:
        for path in self._kept:
            reset(obj, old, path)
        if self.pod_spec:
            podfeatures.drop(look_up(obj, self.pod_spec), look_up(old, self.pod_spec))
        if self._counted and self.is_counted(obj, old):
            obj["metadata"]["generation"] = old["metadata"].get("generation", 0) + 1

    def is_counted(self, obj: Object, old: Object) -> bool:
        """Whether the generation counts the change."""
        return any(not semantics.same(look_up(obj, path), look_up(old, path)) for path in self._counted)

    def validate_update(self, ctx: context.RequestContext, obj: Object, old: Object) -> Errors:
        return self.checks.update(obj, old)

    def warnings_on_update(self, ctx: context.RequestContext, obj: Object, old: Object) -> Iterable[str]:
        return self.checks.warnings(obj, old)

    def canonicalize(self, obj: Object) -> None:
        self.form.forget(obj)

    def ttl(self, obj: Object) -> float | None:
        return self.facts.ttl


class Status(strategy.Strategy):
    """The strategy of a status subresource: what the facts say stays as it is."""

    kube_finalizers = True

    def __init__(self, known: facts.Facts, checks: semantics.Checks, form: Form) -> None:
        self.facts, self.checks, self.form = known, checks, form
        self.allow_unconditional_update = known.unconditional_update
        self.name_rule = checks.name_rule
        self._kept = [path.split(".") for path in known.status_keeps]

    async def prepare_for_update(self, ctx: context.RequestContext, obj: Object, old: Object) -> None:
        for path in self._kept:
            reset(obj, old, path)

    def validate_update(self, ctx: context.RequestContext, obj: Object, old: Object) -> Errors:
        return self.checks.status_update(obj, old)

    def canonicalize(self, obj: Object) -> None:
        self.form.forget(obj)


def look_up(obj: Any, path: Sequence[str]) -> Any:
    """What is at a path; None for nothing."""
    for part in path:
        if not isinstance(obj, Mapping):
            return None
        obj = obj.get(part)
    return obj


def reset(obj: Object, source: Object, path: Sequence[str]) -> None:
    """Make what is at a path of `obj` what `source`, which stays as it is, has there."""
    *above, last = path
    value = look_up(source, above)
    value = value.get(last, MISSING) if isinstance(value, Mapping) else MISSING
    at: Any = obj
    for part in above:
        if part not in at and value is MISSING:
            return
        at = at.setdefault(part, {})
    if value is MISSING:
        at.pop(last, None)
    else:
        at[last] = objects.copy(value)
