"""PUT: an object in the place of the one that is there.

Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/update.go`.
"""

from __future__ import annotations

from aiohttp import web

from kroute.actions import model, options, responses, scope, writing
from kroute.machinery import context, objects
from kroute.storage import options as storage_options


async def replace(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a PUT."""
    ctx, name = call.ctx, call.params["name"]
    wanted = responses.output(call, at)
    data = await writing.body(at, call)
    chosen = options.write_options(call.values, "UpdateOptions")
    work = Replacement(at, call, name, data, chosen)
    if ctx.trail is not None:
        ctx.trail.requested(work.given)
    result = await at.storage.update(
        ctx, name, work, validate=writing.validation(at, ctx, name, chosen, update=True), options=chosen
    )
    return await responses.obj(call, at, wanted, 201 if result.created else 200, result.obj)


class Replacement:
    """A PUT in waiting.  The body is read when it is made; a further try, after a conflict, reads it again."""

    def __init__(
        self,
        at: scope.RequestScope,
        call: model.Call,
        name: str,
        data: bytes,
        chosen: storage_options.WriteOptions,
    ) -> None:
        self._at, self._call, self._name, self._data, self._chosen = at, call, name, data, chosen
        self._obj: objects.Object | None = self._read()
        uid = self._obj["metadata"].get("uid")
        self.preconditions = storage_options.Preconditions(uid or None)

    @property
    def given(self) -> objects.Object:
        """The object of the body, until the storage has asked for it."""
        return self._obj or self._read()

    def _read(self) -> objects.Object:
        at, ctx = self._at, self._call.ctx
        read = writing.read(at, self._call, self._data, self._chosen)
        obj = read.obj
        writing.ensure_namespace(at, ctx, obj)
        writing.check_name(obj, self._name)
        at.reader.check_type(read.kind, self._name)
        writing.single_owners(ctx, obj)
        return obj

    async def updated(self, ctx: context.RequestContext, old: objects.Object | None) -> objects.Object:
        """The new object, in the storage's version."""
        at, chosen = self._at, self._chosen
        obj, self._obj = self._obj or self._read(), None
        obj = writing.managed(at, ctx, None if old is None else at.wire.obj(old), obj, chosen)
        obj = at.wire.inward(obj, at.representation.storage_kind)
        await writing.admit(at, ctx, self._name, obj, old, chosen)
        return obj
