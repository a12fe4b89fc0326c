"""A resource's own rules: what happens to its objects before they are written, and what is refused.

A strategy is a set of hooks; each does nothing here, so a kind that needs no rules needs no code.  Hooks that may wait
are coroutines.  Validators and warnings are pure: they change nothing and may run several times for one request, as
everything may that runs in an update (it is tried again after a conflict).
Mirrors `RESTCreateStrategy`, `RESTUpdateStrategy` and `RESTDeleteStrategy` of `k8s.io/apiserver/pkg/registry/rest`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from kroute.machinery import context, fielderrors, names, objects
from kroute.storage import options


class Strategy:
    """Base of strategies.  Override what the kind needs; objects are in the storage version.

    `allow_create_on_update`: a PUT may create.  `allow_unconditional_update`: an update needs no resourceVersion.
    `name_rule(name, prefix)` gives the messages of what is wrong with a name (`prefix` True for a generateName).
    `kube_finalizers`: finalizers are qualified names or Kubernetes' own, as built-in kinds want it.
    `whole_metadata_on_update`: an update's metadata is checked as a create's is, the name included.
    `graceful`: deletions may wait, see `grace_period`.  `returns_deleted`: a finished deletion is answered with the
    object rather than with a success Status.
    `reset_fields` maps an apiVersion to the field set (FieldsV1 form) that hooks overwrite, whatever clients send."""

    allow_create_on_update: bool = False
    allow_unconditional_update: bool = False
    name_rule: names.NameRule = staticmethod(names.subdomain_name)
    kube_finalizers: bool = False
    whole_metadata_on_update: bool = False
    graceful: bool = False
    returns_deleted: bool = False
    reset_fields: Mapping[str, Mapping[str, Any]] = {}

    def generate_name(self, base: str) -> str:
        """A name of `base` and a random suffix."""
        return names.generate(base)

    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        """Normalise a new object in place: set what the server owns, drop what clients may not set.

        It comes before validation: the object may not fit its schema yet.  For declared resources an error of the hook
        that comes of this is no harm, the client is told what doesn't fit."""

    def validate(self, ctx: context.RequestContext, obj: objects.Object) -> Iterable[fielderrors.FieldError]:
        """What is wrong with a new object."""
        return ()

    def warnings_on_create(self, ctx: context.RequestContext, obj: objects.Object) -> Iterable[str]:
        return ()

    async def prepare_for_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> None:
        """Normalise an object that replaces `old`, in place; `old` is read-only."""

    def validate_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[fielderrors.FieldError]:
        """What is wrong with `obj` as the successor of `old`."""
        return ()

    def warnings_on_update(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object
    ) -> Iterable[str]:
        return ()

    def canonicalize(self, obj: objects.Object) -> None:
        """Bring a valid object into its one canonical form, in place."""

    def around_write(
        self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object | None, *, dry_run: bool
    ) -> AbstractAsyncContextManager[None] | None:
        """What to do around a create (`old` None) or update; entered before validation, when `obj` may still change.

        The write is inside.  It is left with the error when the write is refused, so that an allocation is given back,
        and with a Conflict when somebody was faster: then it is entered again with the newer object.
        Upstream's BeginCreate and BeginUpdate."""
        return None

    def ttl(self, obj: objects.Object) -> float | None:
        """Seconds after which an object deletes itself."""
        return None

    def may_delete_on_update(self, obj: objects.Object, old: objects.Object) -> bool:
        """Whether an object under deletion goes with the update that takes its last finalizer."""
        return True

    def grace_period(
        self, ctx: context.RequestContext, obj: objects.Object, options: options.DeleteOptions
    ) -> int | None:
        """Of a graceful kind: seconds that the deletion of `obj` waits; None to delete it at once."""
        return None

    def default_propagation_policy(self, ctx: context.RequestContext) -> str:
        """What a deletion without a policy does to dependents: Background, Orphan, or "" (not garbage collected)."""
        return "Background"

    async def prepare_for_delete(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        """May raise to refuse a deletion; changes nothing."""

    async def after_delete(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        """Called once an object has gone: there an allocation is given back."""
