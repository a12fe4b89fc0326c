"""One request on its way through the handler chain, and what a filter of that chain is.

The transport makes an exchange for each request; filters fill it in, the director makes the handler's call of it.
A *filter* is a stage of that chain: a check, or something around all that follows.  The chain is made into one handler
when the server is built, so that a request costs the filters' own work and little else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from time import perf_counter
from typing import Protocol, TypeAlias, cast

from aiohttp import web

from kroute.actions import model
from kroute.auth import certificates
from kroute.auth import headers as names
from kroute.machinery import auditing, context

NEVER = float("inf")


class Exchange:
    """What is known of one request so far.

    `endpoint` is the template or path that the request was found to be for; "" for none.
    `query` is the URL's query as it was sent.  `response` is set once the answer's headers went out.
    `deadline`, on the clock of `started` (`time.perf_counter`), is when the request is given up.
    `trail` is there once it is known that the request is audited.
    `idle`: nothing is done for it yet, so that it is given up when its client leaves.
    `flow` are lines for the answer's head that say how the request was let through.
    `ending` says why its task was cancelled by the server, if it was (see `lifecycle`).
    `constraint` is the verb that allowed `user` to be impersonated; "" also for the old way.
    `annotations` are for the audit event, from before it is known whether there will be one.
    """

    __slots__ = (
        "annotations",
        "audit_id",
        "certificate",
        "constraint",
        "deadline",
        "ending",
        "endpoint",
        "flow",
        "held",
        "idle",
        "info",
        "long_running",
        "query",
        "request",
        "response",
        "started",
        "task",
        "trail",
        "user",
        "user_agent",
        "warnings",
    )

    def __init__(self, request: web.BaseRequest, certificate: certificates.ClientCertificate | None = None) -> None:
        self.request = request
        self.certificate = certificate
        self.started = perf_counter()
        self.info = context.NO_INFO
        self.query = ""
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
        self.trail: auditing.Trail | None = None
        self.flow = ""
        self.held: Callable[[], None] | None = None
        self.idle = False
        self.annotations: tuple[tuple[str, str], ...] = ()
        self.constraint = ""

    @property
    def headers(self) -> names.Headers:
        return self.request.headers

    def hide_headers(self, found: Iterable[str]) -> None:
        """Have nobody after this see headers."""
        cast(Changeable, self.request).change_headers(dict.fromkeys(found))

    def replace_header(self, name: str, value: str) -> None:
        cast(Changeable, self.request).change_headers({name: value})

    def annotate(self, key: str, value: str) -> None:
        """Have the audit event, if there will be one, carry an annotation."""
        if self.trail is None:
            self.annotations += ((key, value),)
        else:
            self.trail.annotate(key, value)

    def hold(self, release: Callable[[], None]) -> None:
        """Have `release` called once the answer is sent, or for a watch once it begins; what it takes counts till then.

        Only for requests from a connection."""
        self.held = release

    def release(self) -> None:
        held, self.held = self.held, None
        if held is not None:
            held()

    def warn(self, text: str) -> None:
        """Have the answer carry a warning, once."""
        if text not in self.warnings:
            self.warnings.append(text)

    def call(self, params: Mapping[str, str]) -> model.Call:
        """The request as a handler gets it; `params` are the parts of the path."""
        ctx = context.RequestContext(
            self.user,
            self.info,
            params.get("namespace", ""),
            self.audit_id,
            self.user_agent,
            self.warnings,
            self.trail,
        )
        return model.Call(self.request, ctx, params)


class Changeable(Protocol):
    """A request from outside."""

    def change_headers(self, changed: Mapping[str, str | None]) -> None:
        """Put other values in the place of headers; None takes one away."""
        ...


class Ending:
    """A reason why the server itself cancels a request."""

    def __init__(self, name: str) -> None:
        self.name = name


TIMED_OUT = Ending("timed out")
SHUTDOWN = Ending("shutdown")
LEFT = Ending("client left")

Handler: TypeAlias = Callable[[Exchange], Awaitable[web.StreamResponse]]
"""Answers an exchange, or raises `errors.APIError`."""

Check: TypeAlias = Callable[[Exchange], None]
"""Looks at an exchange and fills in what it finds; raises to refuse it."""

AsyncCheck: TypeAlias = Callable[[Exchange], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Filter:
    """One stage of the chain; exactly one of the three forms.

    `around` takes the rest of the chain and gives a handler that works around it.  Neighbouring checks share one
    coroutine, which is why most filters are checks."""

    around: Callable[[Handler], Handler] | None = None
    check: Check | None = None
    async_check: AsyncCheck | None = None


def compose(filters: Sequence[Filter], last: Handler) -> Handler:
    """One handler of the filters, given in the order in which a request meets them, and of what they guard."""
    handler, checks = last, list[Filter]()
    for stage in reversed(filters):
        if stage.around is None:
            checks.insert(0, stage)
        else:
            handler, checks = stage.around(checked(checks, handler)), []
    return checked(checks, handler)


def checked(stages: Sequence[Filter], proceed: Handler) -> Handler:
    """A handler that makes several checks before it goes on."""
    if not stages:
        return proceed
    before, after, wait = list[Check](), list[Check](), None
    for position, stage in enumerate(stages):
        if stage.check is not None:
            (before if wait is None else after).append(stage.check)
        elif wait is None:
            wait = stage.async_check
        else:
            return checked(stages[:position], checked(stages[position:], proceed))

    if wait is None:

        async def run_checks(current: Exchange) -> web.StreamResponse:
            for check in before:
                check(current)
            return await proceed(current)

        return run_checks

    async def run(current: Exchange) -> web.StreamResponse:
        for check in before:
            check(current)
        await wait(current)
        for check in after:
            check(current)
        return await proceed(current)

    return run
