"""Keeps the list of current requests, gives each its audit ID, and answers for those that the server ends itself."""

from __future__ import annotations

import asyncio
from random import Random

from aiohttp import web

from kroute.machinery import errors
from kroute.server import exchange, lifecycle

TIMED_OUT = "request did not complete within the allotted timeout"
SHUTTING_DOWN = "The apiserver is shutting down, please try again later."


def tracking(requests: lifecycle.Requests) -> exchange.Filter:
    random = Random()  # audit IDs are to be unique, not secret

    def bind(proceed: exchange.Handler) -> exchange.Handler:
        async def track(current: exchange.Exchange) -> web.StreamResponse:
            headers = current.request.headers
            current.audit_id = headers.get("Audit-Id") or audit_id(random)
            current.user_agent = headers.get("User-Agent", "")
            current.task = asyncio.current_task()
            requests.enter(current)
            try:
                response = await proceed(current)
            except asyncio.CancelledError:
                return await ended(current)
            finally:
                requests.leave(current)
            if requests.stopping:
                response.force_close()
            return response

        return track

    return bind


def audit_id(random: Random) -> str:
    """A random UUID (version 4)."""
    digits = f"{random.getrandbits(128):032x}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-a{digits[17:20]}-{digits[20:]}"


async def ended(current: exchange.Exchange) -> web.StreamResponse:
    """The answer of a request whose task was cancelled; raises CancelledError again if it wasn't the server's doing."""
    why, task = current.ending, current.task
    if task is None or why is None or why is exchange.LEFT:
        raise asyncio.CancelledError
    task.uncancel()
    if current.response is not None:  # a stream: what was sent is whole, say that it is the end
        if why is exchange.TIMED_OUT:
            raise ConnectionResetError(TIMED_OUT)
        await current.response.write_eof()
        current.response.force_close()
        return current.response
    if why is exchange.TIMED_OUT:
        raise errors.Timeout(TIMED_OUT)
    raise errors.ServiceUnavailable(SHUTTING_DOWN, headers={"Retry-After": "1", "Connection": "close"})
