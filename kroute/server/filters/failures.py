"""Turns what goes wrong into an answer: API errors as they are, anything else as a 500 that keeps its cause secret."""

from __future__ import annotations

import logging

from aiohttp import web

from kroute.machinery import errors
from kroute.server import exchange, statuses

log = logging.getLogger("kroute.server")


def failures() -> exchange.Filter:
    def bind(proceed: exchange.Handler) -> exchange.Handler:
        async def answer(current: exchange.Exchange) -> web.StreamResponse:
            try:
                return await proceed(current)
            except errors.APIError as error:
                return refused(current, error)
            except web.HTTPRequestEntityTooLarge:
                return refused(current, too_large(current.request.client_max_size))
            except (web.HTTPException, ConnectionError):
                raise
            except Exception as error:
                return refused(current, bug(current, error))

        return answer

    return exchange.Filter(around=bind)


def refused(current: exchange.Exchange, error: errors.APIError) -> web.StreamResponse:
    """The Status of an error.  Raises ConnectionResetError when another answer has begun: it can't be taken back."""
    if current.response is not None:
        raise ConnectionResetError(f"the answer was cut short: {error.message}")
    return statuses.render(current.request, error)


def too_large(limit: int) -> errors.RequestEntityTooLarge:
    return errors.RequestEntityTooLarge(f"Request entity too large: limit is {limit}")


def bug(current: exchange.Exchange, error: Exception) -> errors.InternalError:
    """What the client is told of an exception that should not have happened; the log has the rest."""
    request = current.request
    log.error("%s %s failed (audit ID %s)", request.method, request.raw_path, current.audit_id, exc_info=error)
    why = f"the server failed; its log has the cause under audit ID {current.audit_id}"
    details = {"causes": [{"message": why}]}
    return errors.InternalError(f"Internal error occurred: {why}", details=details)
