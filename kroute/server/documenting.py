"""The OpenAPI endpoints: `/openapi/v2`, the `/openapi/v3` index and its documents, and `/docs` for people.

Mirrors the handlers of `k8s.io/kube-openapi/pkg/handler` and `handler3`: ETags, URLs with a hash that may be cached for
ever, protobuf for clients that ask for it.
"""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping

import orjson
from aiohttp import web

from kroute.actions import answers, model, negotiation
from kroute.openapi import gnostic, interface, service
from kroute.server import paths

JSON = "application/json"
PROTOBUF = "application/com.github.proto-openapi.spec.{version}.v1.0+protobuf"
PROTOBUF_ASKED = "application/com.github.proto-openapi.spec.{version}@v1.0+protobuf"
REMEMBERED = 200
FOR_EVER = {"Cache-Control": "public, immutable"}


class Documents:
    """The endpoints of one OpenAPI service."""

    def __init__(self, at: paths.Paths, documents: service.Service) -> None:
        self._documents = documents
        self._encoded: dict[str, bytes] = {}
        at.add("/openapi/v2", self._v2)
        at.add("/openapi/v3", self._index)
        at.add_prefix("/openapi/v3/", self._v3)
        at.add("/docs", self._page)
        at.add("/docs/", self._page, listed=False)
        at.add_prefix("/docs/", self._asset, listed=False)

    async def _v2(self, call: model.Call) -> web.StreamResponse:
        return await self._answer(call, self._documents.v2(), "v2", {})

    async def _index(self, call: model.Call) -> web.StreamResponse:
        body = orjson.dumps(self._documents.index())
        headers = {"Content-Type": "text/plain; charset=utf-8", "Accept-Ranges": "bytes"}
        return await answers.whole(call.request, 200, headers, body)

    async def _v3(self, call: model.Call) -> web.StreamResponse:
        section = call.ctx.info.path.removeprefix("/openapi/v3/")
        document = self._documents.v3(section)
        if document is None:
            return await answers.whole(call.request, 404, {}, b"")
        wanted = urllib.parse.parse_qs(call.request.query_string).get("hash", [""])[0]
        if wanted and wanted != document.hash:
            headers = {"Location": self._documents.url(section), "Content-Type": JSON}
            return await answers.whole(call.request, 301, headers, b"")
        return await self._answer(call, document, "v3", FOR_EVER if wanted else {})

    async def _page(self, call: model.Call) -> web.StreamResponse:
        prefix = self._documents.prefix
        sections = sorted(self._documents.sections(), key=lambda section: not has_resources(section))
        documents = [(section, f"{prefix}/openapi/v3/{section}") for section in sections]
        body = interface.page(self._documents.title, f"{prefix}/docs", documents)
        return await answers.whole(call.request, 200, {"Content-Type": "text/html; charset=utf-8"}, body)

    async def _asset(self, call: model.Call) -> web.StreamResponse:
        found = interface.asset(call.ctx.info.path.removeprefix("/docs/"))
        if found is None:
            return await answers.whole(call.request, 404, {"Content-Type": "text/plain; charset=utf-8"}, b"not found\n")
        headers = {"Content-Type": found.content_type, "Cache-Control": "public, max-age=86400"}
        return await answers.whole(call.request, 200, headers, found.body)

    async def _answer(
        self, call: model.Call, document: service.Document, version: str, more: Mapping[str, str]
    ) -> web.StreamResponse:
        media_type = wanted_type(call.request.headers.get("Accept", ""), version)
        if media_type is None:
            return await answers.whole(call.request, 406, {"Vary": "Accept", **more}, b"")
        headers = {"Vary": "Accept", "ETag": f'"{document.hash}"', **more}
        if matches(call.request.headers.get("If-None-Match"), document.hash):
            return await answers.whole(call.request, 304, headers, b"")
        headers |= {"Content-Type": media_type, "Accept-Ranges": "bytes"}
        body = document.body if media_type == JSON else self._protobuf(document, version)
        return await answers.whole(call.request, 200, headers, body)

    def _protobuf(self, document: service.Document, version: str) -> bytes:
        found = self._encoded.get(document.hash)
        if found is None:
            if len(self._encoded) >= REMEMBERED:
                self._encoded.clear()
            found = self._encoded[document.hash] = gnostic.encode(document.body, version)
        return found


def has_resources(section: str) -> bool:
    """Whether a section is that of a group-version: what people look for comes first on the page."""
    return section.startswith("api/") or section.count("/") == 2


def wanted_type(accept: str, version: str) -> str | None:
    """The media type to answer in; None when the client takes none of them."""
    if not accept:
        return JSON
    protobuf = PROTOBUF.format(version=version)
    for clause in negotiation.parse_accept(accept):
        asked = f"{clause.type}/{clause.subtype}"
        if asked in (JSON, "*/*", "application/*"):
            return JSON
        if asked in (protobuf, PROTOBUF_ASKED.format(version=version)):
            return protobuf
    return None


def matches(header: str | None, tag: str) -> bool:
    """Whether an If-None-Match header names the ETag (weakly compared) or any."""
    if header is None:
        return False
    named = [one.strip().removeprefix("W/") for one in header.split(",")]
    return "*" in named or f'"{tag}"' in named
