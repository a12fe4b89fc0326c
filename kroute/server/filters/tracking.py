"""Keeps the list of current requests, gives each its audit ID, and answers for those that the server ends itself."""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable

from aiohttp import hdrs, web
from multidict import istr

from kroute.machinery import errors
from kroute.server import exchange, lifecycle

AUDIT_ID = istr("Audit-Id")
LONGEST_ID = 128
TIMED_OUT = "request did not complete within the allotted timeout"
SHUTTING_DOWN = "The apiserver is shutting down, please try again later."


def tracking(requests: lifecycle.Requests) -> exchange.Filter:
    new_id = audit_ids()

    def bind(proceed: exchange.Handler) -> exchange.Handler:
        async def track(current: exchange.Exchange) -> web.StreamResponse:
            headers = current.request.headers
            given = headers.get(AUDIT_ID)
            current.audit_id = given if given and is_audit_id(given) else new_id()
            current.user_agent = readable(headers.get(hdrs.USER_AGENT, ""))
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

    return exchange.Filter(around=bind)


def is_audit_id(text: str) -> bool:
    """Whether a client's audit ID can go into headers, logs and audit records as it is."""
    return len(text) <= LONGEST_ID and text.isascii() and text.isprintable()


def readable(header: str) -> str:
    """The value of a header with a mark in the place of what is no UTF-8."""
    if header.isascii():
        return header
    return header.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def audit_ids() -> Callable[[], str]:
    """Makes UUIDs: they must be unique, not secret, so half of each is random once and the rest is a count."""
    prefix, count = str(uuid.uuid4())[:24], itertools.count(int(uuid.uuid4()) & 0xFFFFFFFFFF)
    return lambda: f"{prefix}{next(count) & 0xFFFFFFFFFFFF:012x}"


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
