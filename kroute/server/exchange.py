"""One request on its way through the handler chain, and what a filter of that chain is.

The transport makes an exchange for each request; filters fill it in, the director makes the handler's call of it.
A *filter* takes the rest of the chain and gives a chain with itself in front.  It is bound once, when the server is
built, so that a request costs one coroutine a filter and nothing else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import TypeAlias

from aiohttp import web

from kroute.actions import model
from kroute.auth import certificates
from kroute.machinery import context

NEVER = float("inf")


class Exchange:
    """What is known of one request so far.

    `endpoint` is the template or path that the request was found to be for; "" for none.
    `response` is set once the answer's headers went out.
    `deadline`, on the clock of `started` (`time.perf_counter`), is when the request is given up.
    `ending` says why its task was cancelled by the server, if it was (see `lifecycle`).
    """

    __slots__ = (
        "audit_id",
        "certificate",
        "deadline",
        "ending",
        "endpoint",
        "info",
        "long_running",
        "request",
        "response",
        "started",
        "task",
        "user",
        "user_agent",
        "warnings",
    )

    def __init__(self, request: web.BaseRequest, certificate: certificates.ClientCertificate | None = None) -> None:
        self.request = request
        self.certificate = certificate
        self.started = perf_counter()
        self.info = context.NO_INFO
        self.user = context.ANONYMOUS
        self.audit_id = ""
        self.user_agent = ""
        self.warnings: list[str] = []
        self.response: web.StreamResponse | None = None
        self.endpoint = ""
        self.long_running = False
        self.deadline = NEVER
        self.ending: Ending | None = None
        self.task: asyncio.Task[object] | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        return self.request.headers

    def warn(self, text: str) -> None:
        """Have the answer carry a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def call(self, params: Mapping[str, str]) -> model.Call:
        """The request as a handler gets it; `params` are the parts of the path."""
        ctx = context.RequestContext(
            self.user, self.info, params.get("namespace", ""), self.audit_id, self.user_agent, self.warnings
        )
        return model.Call(self.request, ctx, params)


class Ending:
    """A reason why the server itself cancels a request."""

    def __init__(self, name: str) -> None:
        self.name = name


TIMED_OUT = Ending("timed out")
SHUTDOWN = Ending("shutdown")
LEFT = Ending("client left")

Handler: TypeAlias = Callable[[Exchange], Awaitable[web.StreamResponse]]
"""Answers an exchange, or raises `errors.APIError`."""

Filter: TypeAlias = Callable[[Handler], Handler]


def compose(filters: Sequence[Filter], last: Handler) -> Handler:
    """One handler of the filters, given in the order in which a request meets them, and of what they guard."""
    handler = last
    for bind in reversed(filters):
        handler = bind(handler)
    return handler
