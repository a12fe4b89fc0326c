"""Namespaces: their phase, their own finalizers, and how they go.

A namespace is told that it has to go, and goes when its last `spec.finalizers` entry is taken by `namespaces/finalize`.
Mirrors `pkg/registry/core/namespace`.
"""

from __future__ import annotations

from dataclasses import replace

from kroute.coreapi import facts, semantics
from kroute.coreapi.strategies import base
from kroute.coreapi.validation import namespaces as validation
from kroute.machinery import context, objects

KUBERNETES = "kubernetes"
NAME_LABEL = "kubernetes.io/metadata.name"


class Namespaces(base.BuiltIn):
    async def prepare_for_create(self, ctx: context.RequestContext, obj: objects.Object) -> None:
        await super().prepare_for_create(ctx, obj)
        obj["status"] = {"phase": "Active"}
        finalizers = obj.setdefault("spec", {}).setdefault("finalizers", [])
        if KUBERNETES not in finalizers:
            finalizers.append(KUBERNETES)

    def canonicalize(self, obj: objects.Object) -> None:
        super().canonicalize(obj)
        label(obj)

    def may_delete_on_update(self, obj: objects.Object, old: objects.Object) -> bool:
        return has_no_finalizers(obj)


class Status(base.Status):
    def may_delete_on_update(self, obj: objects.Object, old: objects.Object) -> bool:
        return has_no_finalizers(obj)


class Finalizing(base.Status):
    """The strategy of `namespaces/finalize`."""

    def __init__(self, known: facts.Facts, checks: semantics.Checks, form: base.Form) -> None:
        super().__init__(replace(known, status_keeps=("status",)), checks, form)

    def validate_update(self, ctx: context.RequestContext, obj: objects.Object, old: objects.Object) -> base.Errors:
        return validation.validate_finalize(obj, old)

    def may_delete_on_update(self, obj: objects.Object, old: objects.Object) -> bool:
        return has_no_finalizers(obj)


def has_no_finalizers(obj: objects.Object) -> bool:
    """Whether the namespace's own finalizers let it go."""
    return not (obj.get("spec") or {}).get("finalizers")


def label(obj: objects.Object) -> None:
    """Every namespace bears its name as a label, also where a name was generated."""
    metadata = obj["metadata"]
    metadata["labels"] = {**(metadata.get("labels") or {}), NAME_LABEL: metadata["name"]}
