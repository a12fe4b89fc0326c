"""Reading a request's body, up to a limit.

Whoever called us may have read it before (a middleware of an application): then it is taken from there.
"""

from __future__ import annotations

from aiohttp import web

from kroute.machinery import errors

MAX_BYTES = 3 * 1024 * 1024
"""kube-apiserver's limit."""


async def read(request: web.BaseRequest, limit: int = MAX_BYTES) -> bytes:
    """The whole body, empty when there is none.  Raises RequestEntityTooLarge, BadRequest for a broken one."""
    length = request.content_length
    if length is not None and length > limit:
        raise too_large(limit)
    content = request.content
    if content.at_eof():
        return await request.read()
    try:
        chunk = await content.readany()
        if content.at_eof():
            body = chunk
        else:
            found = bytearray(chunk)
            while chunk and len(found) <= limit:
                chunk = await content.readany()
                found += chunk
            body = bytes(found)
    except web.RequestPayloadError as error:
        raise errors.BadRequest(f"the body of the request could not be read: {error}") from error
    if len(body) > limit:
        raise too_large(limit)
    return body


def too_large(limit: int) -> errors.RequestEntityTooLarge:
    return errors.RequestEntityTooLarge.of(f"limit is {limit}")
