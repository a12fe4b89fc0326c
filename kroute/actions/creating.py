"""POST: a new object, or one below an existing object's name.

Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/create.go`.
"""

from __future__ import annotations

from aiohttp import web

from kroute.actions import model, negotiation, options, responses, scope, writing
from kroute.machinery import context, objects
from kroute.patch.managedfields import versions
from kroute.storage import options as storage_options
from kroute.storage import stored


async def create(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a POST at a collection."""
    return await _create(at, call, "")


async def create_named(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a POST at an object's subresource."""
    return await _create(at, call, call.params["name"])


async def _create(at: scope.RequestScope, call: model.Call, name: str) -> web.StreamResponse:
    ctx = call.ctx
    wanted = responses.output(call, at)
    negotiation.body_codec(at.codecs, call.request.headers.get("Content-Type"))
    data = await writing.body(at, call)
    chosen = options.write_options(call.values, "CreateOptions")
    read = writing.read(at, call, data, chosen)
    obj = read.obj
    if not at.subresource:  # a binding's uid, for one, is the client's to give
        writing.wipe_system_fields(obj)
    writing.ensure_namespace(at, ctx, obj)
    given = name or obj["metadata"].get("name") or ""
    at.reader.check_type(read.kind, given)
    if ctx.trail is not None:
        ctx.trail.requested(obj)
    writing.single_owners(ctx, obj)
    obj = await _managed(at, ctx, obj, chosen)
    obj = at.wire.inward(obj, at.representation.storage_kind)
    await writing.admit(at, ctx, given, obj, None, chosen)
    result = await _store(at, call, name, given, obj, chosen)
    status = 201
    if not isinstance(result, stored.Stored) and result.get("kind") == "Status":
        result = {**result, "code": result.get("code") or status}
    return await responses.obj(call, at, wanted, status, result)


async def _managed(
    at: scope.RequestScope, ctx: context.RequestContext, obj: objects.Object, chosen: storage_options.WriteOptions
) -> objects.Object:
    """The object with its managedFields, which the client may have given in other versions."""
    while True:
        try:
            return writing.managed(at, ctx, None, obj, chosen)
        except versions.Unconverted as missing:
            await missing.fetch()


async def _store(
    at: scope.RequestScope,
    call: model.Call,
    name: str,
    given: str,
    obj: objects.Object,
    chosen: storage_options.WriteOptions,
) -> stored.Result:
    validate = writing.validation(at, call.ctx, given, chosen)
    found: stored.Result
    if name:
        found = await at.storage.create_named(call.ctx, name, obj, validate=validate, options=chosen)
    else:
        found = await at.storage.create(call.ctx, obj, validate=validate, options=chosen)
    return found
