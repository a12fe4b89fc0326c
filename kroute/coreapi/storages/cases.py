"""What a storage object of a built-in kind is made from."""

from __future__ import annotations

import functools
from dataclasses import replace
from typing import Any, NamedTuple

from kroute.coreapi import environment, facts, semantics
from kroute.coreapi.strategies import base
from kroute.kinds import mounting
from kroute.machinery import gvk
from kroute.schema import structural
from kroute.storage import capabilities, core, store, strategy


class Case(NamedTuple):
    """`store` is the resource's own, and `parent` how its objects look."""

    store: store.Store
    parent: mounting.Representation
    checks: semantics.Checks
    facts: facts.Facts
    environment: environment.Environment
    form: base.Form

    def core(self, chosen: strategy.Strategy) -> core.Core:
        """The resource's store seen through another strategy."""
        return replace(self.store.core, strategy=chosen)

    def part(self, storage: Any, name: str, *, reset: tuple[str, ...] = ()) -> mounting.Mount:
        """A subresource with objects of the resource's own kind; `reset` are paths that its writers can't own."""
        fields = facts.field_set(reset)
        shown = replace(self.parent, subresource=name, reset_fields={self.parent.kind.api_version: fields})
        return mounting.Mount(storage, shown)

    def foreign(
        self,
        storage: Any,
        name: str,
        kind: gvk.GroupVersionKind,
        *,
        managed: bool = False,
        table: capabilities.TableConverter | None = None,
    ) -> mounting.Mount:
        """A subresource whose objects are of another built-in kind; `managed`: they have managedFields."""
        schema = self.environment.definitions.kind(kind)
        shown = mounting.Representation(
            kind=kind,
            storage_kind=kind,
            list_kind=f"{kind.kind}List",
            schema=structural.Structural(type="object", preserve_unknown=True) if schema is None else schema,
            typed=True,
            subresource=name,
            deprecation_warning=self.parent.deprecation_warning,
            table=table,
            defaults=functools.partial(self.environment.defaulter.default, kind),
            managed=managed,
        )
        return mounting.Mount(storage, shown)
