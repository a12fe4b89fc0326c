"""Turns what goes wrong into an answer: API errors as they are, anything else as a 500 that keeps its cause secret.

Handlers of resources answer for their own errors; here are those of the filters and of plain paths.
"""

from __future__ import annotations

import asyncio

from aiohttp import web

from kroute.actions import media, responses
from kroute.machinery import errors
from kroute.server import exchange


def failures(codecs: media.Codecs) -> exchange.Filter:
    """`codecs` are those that errors can be told in."""

    def bind(proceed: exchange.Handler) -> exchange.Handler:
        async def answer(current: exchange.Exchange) -> web.StreamResponse:
            try:
                return await proceed(current)
            except (web.HTTPException, ConnectionError, asyncio.CancelledError) as error:
                if not isinstance(error, web.HTTPRequestEntityTooLarge):
                    raise
                return await refused(current, too_large(current.request.client_max_size), codecs)
            except errors.APIError as error:
                return await refused(current, error, codecs)
            except Exception as error:
                uncut(current, error)
                request = current.request
                return await responses.failure(current.call({}), error, responses.fallback(codecs, request))

        return answer

    return exchange.Filter(around=bind)


async def refused(current: exchange.Exchange, error: errors.APIError, codecs: media.Codecs) -> web.StreamResponse:
    """The Status of an error."""
    uncut(current, error)
    request = current.request
    response = await responses.error(current.call({}), error, responses.fallback(codecs, request))
    if error.headers.get("Connection") == "close":
        response.force_close()
    return response


def uncut(current: exchange.Exchange, error: Exception) -> None:
    """Raises ConnectionResetError when an answer has begun: it can't be taken back, only be seen to be cut."""
    if current.response is not None:
        raise ConnectionResetError(f"the answer was cut short: {error}") from error


def too_large(limit: int) -> errors.RequestEntityTooLarge:
    return errors.RequestEntityTooLarge(f"Request entity too large: limit is {limit}")
