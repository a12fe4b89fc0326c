"""Bindings: the older way to assign pods to nodes, beside `pods/binding`.

Mirrors LegacyBindingREST of `pkg/registry/core/pod/storage`.
"""

from __future__ import annotations

from kroute.coreapi.stateless import cases
from kroute.coreapi.storages import podbinding
from kroute.machinery import context, errors, objects
from kroute.storage import capabilities, options, stored


class Bindings:
    namespaced = True

    def __init__(self, case: cases.Case) -> None:
        self.kind, self.singular_name = case.kind, case.row.singular
        self._environment = case.environment

    async def create(
        self,
        ctx: context.RequestContext,
        obj: objects.Object,
        *,
        validate: capabilities.Validate,
        options: options.WriteOptions,
    ) -> stored.Result:
        pods = self._environment.core("pods")
        if pods is None:
            raise errors.NotFound.path()
        await podbinding.bind(pods, ctx, obj, validate=validate, wanted=options)
        return dict(podbinding.SUCCESS)
