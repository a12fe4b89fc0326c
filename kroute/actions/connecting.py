"""Connections that the storage takes over: exec, proxy and the like, with whatever method and protocol.

Mirrors ConnectResource of `k8s.io/apiserver/pkg/endpoints/handlers/rest.go`.
"""

from __future__ import annotations

from aiohttp import web

from kroute.actions import model, responses, scope, writing
from kroute.admission import attributes
from kroute.machinery import errors

CONNECT = attributes.Operation.CONNECT


async def connect(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Hand the request over.  A storage may give an object instead of an answer of its own."""
    if call.values.get("dryRun"):
        raise errors.BadRequest("dryRun is not supported")
    ctx, name = call.ctx, call.params["name"]
    if at.admission.handles(CONNECT):
        chosen = {key: values[0] for key, values in call.values.items()}
        found = writing.asked(at, ctx, CONNECT, name, chosen, None, None)
        await at.admission.admit(found)
        await at.admission.validate(found)
    result = await at.storage.connect(ctx, name, model.subpath(call), call.request)
    if isinstance(result, web.StreamResponse):
        return result
    return await responses.obj(call, at, responses.output(call, at), 200, result)
