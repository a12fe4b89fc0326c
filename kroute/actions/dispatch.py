"""From an action to the handler that answers its requests, errors included.

Mirrors the closures of `k8s.io/apiserver/pkg/endpoints/installer.go`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from aiohttp import web

from kroute.actions import (
    connecting,
    creating,
    deleting,
    listing,
    model,
    negotiation,
    options,
    patching,
    reading,
    replacing,
    responses,
    scope,
    watching,
)
from kroute.machinery import errors

Serve: TypeAlias = Callable[[scope.RequestScope, model.Call], Awaitable[web.StreamResponse]]


async def list_or_watch(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a GET of a collection, whichever of the two the query asks for."""
    wanted = responses.output(call, at)
    chosen = options.list_options(call.values, at.selectable)
    if chosen.watch:
        return await watching.watch(at, call, chosen)
    return await listing.list_(at, call, wanted, chosen)


async def watch(at: scope.RequestScope, call: model.Call) -> web.StreamResponse:
    """Answer a GET at one of the old paths that begin with `watch/`."""
    responses.output(call, at)
    chosen = options.list_options(call.values, at.selectable, name=call.params.get("name", ""), watch=True)
    return await watching.watch(at, call, chosen)


SERVE: dict[model.Verb, Serve] = {
    model.Verb.LIST: list_or_watch,
    model.Verb.POST: creating.create,
    model.Verb.DELETECOLLECTION: deleting.delete_collection,
    model.Verb.WATCHLIST: watch,
    model.Verb.GET: reading.get,
    model.Verb.PUT: replacing.replace,
    model.Verb.PATCH: patching.patch,
    model.Verb.DELETE: deleting.delete,
    model.Verb.WATCH: watch,
    model.Verb.CONNECT: connecting.connect,
}


def serve_of(at: scope.RequestScope) -> Serve:
    """What answers the requests of an action, as long as nothing goes wrong."""
    verb = at.action.verb
    if verb is model.Verb.POST and hasattr(at.storage, "create_named"):
        return creating.create_named
    if verb is model.Verb.GET and hasattr(at.storage, "get_with_options"):
        return reading.get_with_options
    return SERVE[verb]


def handler(at: scope.RequestScope) -> model.Handler:
    """The handler of an action: answers every request, errors as the Status that the client is to see."""
    serve = serve_of(at)

    async def handle(call: model.Call) -> web.StreamResponse:
        for text in at.warnings:
            call.ctx.warn(text)
        try:
            return await serve(at, call)
        except errors.APIError as error:
            return await responses.error(call, error, _negotiated(call))
        except (ConnectionError, web.HTTPException):
            raise
        except Exception as problem:
            return await responses.failure(call, problem, _negotiated(call))

    def _negotiated(call: model.Call) -> negotiation.Output | None:
        return at.negotiator.error(call.request.headers.get("Accept", ""))

    return handle
