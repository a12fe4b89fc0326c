"""Resources served from inside somebody's aiohttp application, below a prefix, beside its own routes.

Each resource's routes are routes of the application, with their documentation on them; discovery and the OpenAPI
documents are there as well, so that kubectl can be pointed at the prefix.  The application decides who gets in.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator

from aiohttp import web

from kroute import installer
from kroute.actions import model
from kroute.machinery import errors
from kroute.server import assembling
from kroute.storage import caches
from kroute.storage.backend import base

log = logging.getLogger("kroute.server")

PLAIN = ("/openapi/{tail:.*}", "/version", "/docs", "/docs/{tail:.*}")
"""What is served below the prefix besides resources and discovery."""


def install(
    app: web.Application,
    content: assembling.Content,
    backend: base.Backend,
    *,
    sources: assembling.Sources | None = None,
    prefix: str = "",
    user: installer.UserOf | None = None,
) -> None:
    """Add the routes to the application, and have it open and close `backend` with itself.

    Without a prefix the application keeps `/docs` for itself.  Raises InstallError."""
    shelves = caches.Caches(backend)
    made = assembling.Assembly(content, shelves, sources=sources, prefix=prefix)
    host = installer.Host(made.installer, user)
    host.install(app.router)
    paths = made.server(backend).director.paths

    async def plain(call: model.Call) -> web.StreamResponse:
        found = paths.find(call.ctx.info.path)
        if found is None:
            raise errors.NotFound.path()
        return await found.handler(call)

    for path in PLAIN:
        if prefix or not path.startswith("/docs"):
            host.add(app.router, path, plain)

    async def life(app: web.Application) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as owned, backend, shelves:
            for warning in backend.warnings():
                log.warning("%s", warning)
            await shelves.ready()
            await made.start(owned)
            yield

    app.cleanup_ctx.append(life)
    app.on_shutdown.append(made.installer.shutdown)
