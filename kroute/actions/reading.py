"""GET of one object.

Mirrors `k8s.io/apiserver/pkg/endpoints/handlers/get.go`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

from aiohttp import web

from kroute.actions import model, options, responses, scope
from kroute.machinery import query


async def get(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a GET."""
    wanted = responses.output(call, at)
    found = await at.storage.get(call.ctx, call.params["name"], options.get_options(call.values))
    return await responses.obj(call, at, wanted, 200, found)


async def get_with_options(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a GET with options of the storage's own; what isn't an object is text or bytes, whole or in pieces.

    None is no content."""
    wanted = responses.output(call, at)
    found: Any = await at.storage.get_with_options(
        call.ctx, call.params["name"], own_options(at.storage.get_options, call.values), model.subpath(call)
    )
    if found is None:
        return web.Response(status=204, headers={"Cache-Control": responses.CACHE_CONTROL})
    media_type = next(iter(getattr(at.storage, "produces", ())), "text/plain")
    if isinstance(found, str):
        found = found.encode()
    if isinstance(found, bytes):
        return await responses.write(call, 200, media_type, found)
    if isinstance(found, AsyncIterator):
        return await responses.stream(call, media_type, found)
    return await responses.obj(call, at, wanted, 200, found)


def own_options(known: Mapping[str, Mapping[str, Any]], values: query.Values) -> dict[str, str]:
    """The storage's own options among the values of a query.  Raises BadRequest for numbers that are none."""
    found = {}
    for name, schema in known.items():
        if name not in values:
            continue
        match schema.get("type"):
            case "integer":
                found[name] = str(options.integer(values, name))
            case "boolean":
                found[name] = "true" if options.flag(values, name) else "false"
            case _:
                found[name] = query.first(values, name)
    return found
