"""Endpoints that tell other servers how to verify tokens of service accounts.

Mirrors `OpenIDMetadataServer` of `k8s.io/kubernetes/pkg/routes`.
"""

from __future__ import annotations

import orjson
from aiohttp import web

from kroute.actions import model
from kroute.auth import openid
from kroute.server import listening, paths

CACHE_CONTROL = f"public, max-age={openid.LASTING}"


def install(at: paths.Paths, metadata: openid.Metadata) -> None:
    """Serve both documents, if the issuer is one that others can look for."""
    if not metadata.publishable:
        return

    async def configuration(call: model.Call) -> web.StreamResponse:
        return answer(metadata.configuration(address(call.request, metadata.host)), "application/json")

    async def key_set(call: model.Call) -> web.StreamResponse:
        return answer(metadata.key_set(), "application/jwk-set+json")

    at.add(openid.CONFIGURATION, paths.only(("GET",), configuration))
    at.add(openid.KEY_SET, paths.only(("GET",), key_set))


def answer(document: object, content_type: str) -> web.Response:
    headers = {"Content-Type": content_type, "Cache-Control": CACHE_CONTROL}
    return web.Response(body=orjson.dumps(document), headers=headers)


def address(request: web.BaseRequest, host: str) -> str:
    """Where this server was reached, under its own name if it has one."""
    local = None if request.transport is None else request.transport.get_extra_info("sockname")
    if local is None:
        return host or "localhost"
    return listening.show(host or local[0], local[1])
