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
    known: dict[tuple[str, str], tuple[context.RequestInfo, str]] = {}

    def inform(current: exchange.Exchange) -> None:
        request = current.request
        key = (request.method, request.raw_path)
        found = known.get(key)
        if found is None:
            found = read(request)
            if len(key[1]) <= LONGEST:
                if len(known) >= REMEMBERED:
                    known.clear()
                known[key] = found
        current.info, current.query = found

    return exchange.Filter(check=inform)


def read(request: web.BaseRequest) -> tuple[context.RequestInfo, str]:
    """The info of a request, and its raw query.  A proxy's form of request has the whole URL in it."""
    url = request.raw_path
    target = url if url.startswith("/") or "://" not in url else request.rel_url.raw_path_qs
    if "%" in target and BAD_ESCAPE.search(target.partition("?")[0]):
        raise web.HTTPBadRequest(text="400 Bad Request")
    path, values = query.split(target)
    return requestinfo.parse(request.method, path, query.parse(values)), values
