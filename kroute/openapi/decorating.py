"""Documentation on the handlers themselves, as aiohttp-apispec's decorators put it there.

An application that kroute's routes are installed into, and that uses aiohttp-apispec, then finds them in its own
document.  aiohttp-apispec writes Swagger 2.0 without schemas of answers; kroute's own documents are made of the same
routes by `v3` and `v2`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from aiohttp import web

from kroute.actions import model
from kroute.machinery import gvk
from kroute.openapi import operations, v2

WebHandler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]


def decorate(handler: WebHandler, route: model.Route) -> WebHandler:
    """The same handler, with the route's documentation on it.  Each route needs a handler object of its own."""
    import aiohttp_apispec  # takes longer to import than kroute's own servers, which don't need it, take to start

    group_version = gvk.GroupVersion(route.kind.group, route.kind.version)
    source = v2.operation_of(operations.operation(route, group_version, lambda kind: kind.kind))
    shared = [v2.parameter(one) for one in operations.path_parameters([route])]
    documented: WebHandler = aiohttp_apispec.docs(
        tags=source["tags"],
        summary=source["description"],
        description=source["description"],
        operationId=source["operationId"],
        consumes=source["consumes"],
        produces=source["produces"],
        parameters=[*shared, *(plain(one) for one in source.get("parameters", ()))],
        responses={code: {"description": one["description"]} for code, one in source["responses"].items()},
        **{key: value for key, value in source.items() if key.startswith("x-")},
    )(handler)
    return documented


def plain(parameter: dict[str, Any]) -> dict[str, Any]:
    """A parameter that refers to no definition: those are not in the other application's document."""
    return {**parameter, "schema": {"type": "object"}} if parameter["in"] == "body" else parameter
