"""Records who asks for what, and how it was answered.

Mirrors `WithAudit` and `WithFailedAuthenticationAudit` of `k8s.io/apiserver/pkg/endpoints/filters`.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from kroute.audit import auditor, events, policy
from kroute.machinery import auditing as trails
from kroute.machinery import context, errors, query
from kroute.server import exchange

NOT_STORED = "failed to store audit event"
NOBODY = context.User("")
ENDED = {
    exchange.TIMED_OUT: {
        "status": "Failure", "message": "Timeout: request did not complete within the allotted timeout",
        "reason": "Timeout", "code": 504,
    },
    exchange.SHUTDOWN: {
        "status": "Failure", "message": "The apiserver is shutting down, please try again later.",
        "reason": "ServiceUnavailable", "code": 503,
    },
}  # fmt: skip
"""How requests are answered that the server ends itself."""


def auditing(found: auditor.Auditor) -> exchange.Filter:
    """To be placed behind authentication."""

    def bind(proceed: exchange.Handler) -> exchange.Handler:
        async def audit(current: exchange.Exchange) -> web.StreamResponse:
            request = begin(found, current, current.user)
            if request is None:
                return await proceed(current)
            if not await found.tell(request, policy.Stage.REQUEST_RECEIVED):
                raise errors.InternalError.of(NOT_STORED)
            current.trail = trail = request.trail
            for key, value in current.annotations:
                trail.annotate(key, value)
            trail.started = functools.partial(started, found, request, current)
            try:
                response = await proceed(current)
            except BaseException as error:
                await failed(found, request, current, error)
                raise
            if trail.panic:
                await found.tell(noticed(request, current), policy.Stage.PANIC, panic(trail.panic))
            else:
                await complete(found, request, current, status_of(trail, response.status))
            return response

        return audit

    return exchange.Filter(around=bind)


def unauthenticated(found: auditor.Auditor) -> exchange.Filter:
    """To be placed before authentication: records those whose credentials it refuses."""

    def bind(proceed: exchange.Handler) -> exchange.Handler:
        async def watch(current: exchange.Exchange) -> web.StreamResponse:
            try:
                return await proceed(current)
            except errors.Unauthorized as error:
                if current.trail is None:
                    request = begin(found, current, NOBODY)
                    if request is not None:
                        status = {"message": attempted(current), "code": error.status_code}
                        await found.tell(request, policy.Stage.RESPONSE_STARTED, status)
                raise

        return watch

    return exchange.Filter(around=bind)


def begin(found: auditor.Auditor, current: exchange.Exchange, user: context.User) -> events.Request | None:
    request = current.request
    return found.begin(
        audit_id=current.audit_id,
        uri=request.raw_path,
        user=user,
        info=current.info,
        headers=request.headers,
        remote=request.remote,
        agent=current.user_agent,
    )


async def started(found: auditor.Auditor, request: events.Request, current: exchange.Exchange, code: int) -> None:
    """The headers of a long-running answer go out."""
    request.trail.started = None
    await found.tell(noticed(request, current), policy.Stage.RESPONSE_STARTED, status_of(request.trail, code))


async def failed(
    found: auditor.Auditor, request: events.Request, current: exchange.Exchange, error: BaseException
) -> None:
    """A request ends with an error that outer filters answer."""
    trail, sent = request.trail, current.response
    if sent is not None and not isinstance(error, errors.APIError):  # a stream has ended, one way or another
        await complete(found, request, current, status_of(trail, sent.status))
    elif isinstance(error, errors.APIError):
        trail.answered(error.status())
        await complete(found, request, current, status_of(trail, error.status_code))
    elif isinstance(error, web.HTTPException):
        await complete(found, request, current, {"code": error.status})
    elif isinstance(error, asyncio.CancelledError | ConnectionError):
        ended = None if current.ending is None else ENDED.get(current.ending)
        early = {"status": "Success", "message": "Connection closed early", "code": 200}
        await complete(found, request, current, ended or early)
    else:
        await found.tell(noticed(request, current), policy.Stage.PANIC, panic(f"{type(error).__name__}: {error}"))


async def complete(
    found: auditor.Auditor, request: events.Request, current: exchange.Exchange, status: Mapping[str, Any]
) -> None:
    noticed(request, current)
    trail = request.trail
    if current.long_running and trail.started is not None:  # nothing was streamed
        await started(found, request, current, status["code"])
    await found.tell(request, policy.Stage.RESPONSE_COMPLETE, status)


def noticed(request: events.Request, current: exchange.Exchange) -> events.Request:
    """The request with the user that it turned out to be made as."""
    if current.user is not request.user:
        request.impersonated, request.constraint = current.user, current.constraint
    return request


def status_of(trail: trails.Trail, code: int) -> Mapping[str, Any]:
    return {"code": code} if trail.status is None else {**trail.status, "code": code}


def panic(text: str) -> Mapping[str, Any]:
    return {"status": "Failure", "message": f"APIServer panic'd: {text}", "reason": "InternalError", "code": 500}


def attempted(current: exchange.Exchange) -> str:
    """What credentials a request came with."""
    ways = []
    scheme = current.request.headers.get("Authorization", "").strip().partition(" ")[0].lower()
    if scheme in ("basic", "bearer"):
        ways.append(scheme)
    if "access_token=" in current.query and query.first(query.parse(current.query), "access_token"):
        ways.append("access_token")
    if current.certificate is not None:
        ways.append("x509")
    if not ways:
        return "Authentication failed, no credentials provided"
    return f"Authentication failed, attempted: {', '.join(ways)}"
