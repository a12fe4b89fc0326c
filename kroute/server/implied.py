"""What clients take for granted of every server, also of one that serves nothing but resources of its user's.

kubectl knows `v1` Lists, which it makes and takes itself, only where there is a group-version `v1`.  And where an
object isn't found it looks for its namespace: on a server that keeps no namespaces each of them exists.
"""

from __future__ import annotations

from aiohttp import web

from kroute.actions import model
from kroute.discovery import manager
from kroute.machinery import errors, gvk
from kroute.server import director, paths, routes

CORE = gvk.GroupVersion("", "v1")
NAMESPACES = "/api/v1/namespaces/"


def install(at: director.Director, groups: manager.Manager) -> None:
    """Fill in what isn't served otherwise."""
    core = groups.served(CORE)
    if core is None:
        groups.add(manager.Served(CORE, ()))
    elif any(resource["name"] == "namespaces" for resource in core.resources):
        return
    at.paths.add_prefix(NAMESPACES, paths.only(("GET",), namespace), listed=False)


async def namespace(call: model.Call) -> web.StreamResponse:
    """One namespace.  Raises NotFound for anything below it."""
    info = call.ctx.info
    if info.resource != "namespaces" or info.subresource or not info.name:
        raise errors.NotFound.path()
    metadata = {"name": info.name}
    return routes.json({"kind": "Namespace", "apiVersion": "v1", "metadata": metadata, "status": {"phase": "Active"}})
