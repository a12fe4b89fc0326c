"""What a storage object of a built-in kind is made from."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from kroute.coreapi import environment, facts
from kroute.coreapi.strategies import base
from kroute.kinds import mounting
from kroute.storage import core, store, strategy


class Case(NamedTuple):
    """`store` is the resource's own, and `parent` how its objects look."""

    store: store.Store
    parent: mounting.Representation
    checks: base.Checks
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
