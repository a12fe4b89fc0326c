"""Reads from method and URL what a request is about, before anything else looks at it.

The path is decoded once, here, and only then split, so that an encoded slash is a slash to everybody.
What a URL says never changes, so the answer is remembered for as many URLs as fit in a bounded dict.
"""

from __future__ import annotations

import re

from aiohttp import web

from kroute.machinery import context, query, requestinfo
from kroute.server import exchange

REMEMBERED = 2048
"""How many URLs are remembered."""

LONGEST = 512
"""A longer URL is not remembered."""

BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def request_info() -> exchange.Filter:
    known: dict[tuple[str, str], context.RequestInfo] = {}

    def bind(proceed: exchange.Handler) -> exchange.Handler:
        async def inform(current: exchange.Exchange) -> web.StreamResponse:
            request = current.request
            url = request.raw_path
            info = known.get((request.method, url))
            if info is None:
                info = read(request, url)
                if len(url) <= LONGEST:
                    if len(known) >= REMEMBERED:
                        known.clear()
                    known[request.method, url] = info
            current.info = info
            return await proceed(current)

        return inform

    return bind


def read(request: web.BaseRequest, url: str) -> context.RequestInfo:
    """The info of one URL.  A proxy's form of request has the whole URL in it."""
    target = url if url.startswith("/") or "://" not in url else request.rel_url.raw_path_qs
    if "%" in target and BAD_ESCAPE.search(target.partition("?")[0]):
        raise web.HTTPBadRequest(text="400 Bad Request")
    path, values = query.split(target)
    return requestinfo.parse(request.method, path, query.parse(values))
