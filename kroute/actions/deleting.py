"""DELETE of an object or of a collection.

Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/delete.go`.
"""

from __future__ import annotations

from aiohttp import web

from kroute.actions import deleteoptions, model, negotiation, options, responses, scope, writing
from kroute.machinery import errors, objects
from kroute.storage import options as storage_options


async def delete(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a DELETE of one object."""
    ctx, name = call.ctx, call.params["name"]
    wanted = responses.output(call, at)
    chosen = await _options(at, call)
    result = await at.storage.delete(ctx, name, validate=writing.deletion(at, ctx, name, chosen), options=chosen)
    # 202 only for clients that ask to wait for dependents the old way; others have never been told
    status = 202 if not result.gone and chosen.orphan_dependents is False else 200
    return await responses.obj(call, at, wanted, status, result.obj or _success(at, name))


async def delete_collection(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a DELETE of a collection with the objects that it was about."""
    ctx = call.ctx
    wanted = responses.output(call, at)
    selection = options.list_options(call.values, at.selectable)
    chosen = await _options(at, call)
    result = await at.storage.delete_collection(
        ctx, validate=writing.deletion(at, ctx, "", chosen), options=chosen, selection=selection
    )
    return await responses.listing(call, at, wanted, result)


async def _options(at: scope.RequestScope, call: model.Call) -> storage_options.DeleteOptions:
    """The options in the body if there is one, else in the query.  Raises UnsupportedMediaType, BadRequest, Invalid."""
    data = await writing.body(at, call)
    if not data:
        return at.delete_options.of_query(call.values)
    codec = negotiation.body_codec(at.codecs, call.request.headers.get("Content-Type"))
    chosen = at.delete_options.of_body(codec, data)
    trail = call.ctx.trail
    if trail is not None and trail.keeps_request:
        trail.requested(codec.decode(data, deleteoptions.KIND).value or {})
    return chosen


def _success(at: scope.RequestScope, name: str) -> objects.Object:
    details = errors.resource_details(at.group_resource._replace(resource=at.kind.kind), name)
    return {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "details": details}
