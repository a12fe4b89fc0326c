"""One server of a delegation chain: its routes, paths, health checks and hooks, and, for the outermost, its running.

What is served is put in before the start; routes and paths may change later.  The outermost server guards everything
with the filter chain, listens, and ends cleanly: it stops accepting, ends watches, lets requests finish.
Mirrors `GenericAPIServer` of `k8s.io/apiserver/pkg/server`.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
import socket
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from kroute.actions import media
from kroute.aio import tasks
from kroute.audit import auditor as audits
from kroute.auth import authentication as authentication_contract
from kroute.auth import authorization as authorization_contract
from kroute.auth import headers, openid, rbac, signing, tokens
from kroute.flowcontrol import controller as flows
from kroute.flowcontrol import estimating
from kroute.machinery import context, gvk
from kroute.server import (
    delegation,
    director,
    exchange,
    exposition,
    flowmetrics,
    flowstatus,
    health,
    hooks,
    lifecycle,
    listening,
    loopback,
    metrics,
    routes,
    slis,
    statusz,
    transport,
)
from kroute.server.filters import (
    auditing,
    authentication,
    authorization,
    chain,
    expectation,
    failures,
    flow_control,
    limits,
    local,
    priority,
    request_info,
    tracking,
)

log = logging.getLogger("kroute.server")


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """Who may use the outermost server, and how much of it.  Times are in seconds, limits of 0 are none.

    `tokens` is what bearer tokens are looked up in, for those who review tokens; `hidden` are the headers that nobody
    after authentication may see.  `signer` signs tokens of service accounts, `metadata` tells others how.
    `local_only` is for a server without TLS.  `auditor` records requests; `impersonation` takes its place in the chain.
    `observe` is told of every finished request: an access log."""

    authenticator: authentication_contract.Authenticator
    authorizer: authorization_contract.Authorizer
    roles: rbac.RBAC = field(default_factory=rbac.RBAC)
    """Knows what users hold by roles, also where that decides nothing."""
    attached: Sequence[authorization_contract.Attachable] = ()
    """What gets to know the stores once they are there."""
    opened: Sequence[contextlib.AbstractAsyncContextManager[Any]] = ()
    """What is entered before the server runs, and left after it."""
    tokens: tokens.Tokens | None = None
    hidden: headers.Hidden = headers.CREDENTIALS
    signer: signing.Signer | None = None
    metadata: openid.Metadata | None = None
    local_only: bool = False
    auditor: audits.Auditor | None = None
    impersonation: exchange.Filter | None = None
    flow: flows.Controller | None = None
    """Lets requests through by priority and fairness; without it only the two limits below hold."""
    max_reads: int = 400
    max_writes: int = 200
    request_timeout: float = 60.0
    shutdown_delay: float = 0.0
    """How long to go on, no longer ready, before the shutdown begins: so that balancers send clients elsewhere."""
    shutdown_timeout: float = 60.0
    max_body: int = transport.MAX_BODY
    max_connections: int = 0
    observe: transport.Finished | None = None
    codecs: media.Codecs = field(default_factory=lambda: media.Codecs([media.JSONCodec(), media.YAMLCodec()]))
    """What errors are told in."""


@dataclass(slots=True)
class Parts:
    """What a server consists of besides its handlers."""

    checks: list[health.Check] = field(default_factory=list)
    sources: list[exposition.Source] = field(default_factory=list)
    post_start: list[hooks.Hook] = field(default_factory=list)
    pre_shutdown: list[hooks.Hook] = field(default_factory=list)


class GenericAPIServer:
    """A server; also a delegate for the one in front of it."""

    def __init__(self, name: str, *, delegate: delegation.Delegate | None = None) -> None:
        self.name = name
        self._delegate = delegate or delegation.Nobody()
        self.director = director.Director(self._delegate)
        self.loopback = self._delegate.loopback
        """For requests of this process to itself, once post-start hooks run."""
        self.places = self._delegate.places
        self._parts = Parts()
        self.stored: estimating.Count = estimating.none
        """How many objects there are of a resource."""
        self.watched: estimating.Count = estimating.none
        """How many watches there are of a resource."""
        self.complete = False
        """Set once everything that this server serves from the start has been installed."""

    def add_check(self, check: health.Check) -> None:
        self._parts.checks.append(check)

    def add_metric(self, source: exposition.Source) -> None:
        self._parts.sources.append(source)

    def add_post_start_hook(self, name: str, run: hooks.Run) -> None:
        self._parts.post_start.append(hooks.Hook(name, run))

    def add_pre_shutdown_hook(self, name: str, run: hooks.Run) -> None:
        self._parts.pre_shutdown.append(hooks.Hook(name, run))

    def expect(self, what: str) -> Callable[[], None]:
        """Say that paths will come after the start; call the result when they are there."""
        return self.places.expect(what)

    async def serve(self, current: exchange.Exchange) -> web.StreamResponse:
        return await self.director.answer(current)

    def door(self, group_version: gvk.GroupVersion) -> delegation.Door | None:
        return self.director.door(group_version)

    def listed_paths(self) -> Iterator[str]:
        yield from self.director.listed()
        yield from self._delegate.listed_paths()

    def checks(self) -> Iterator[health.Check]:
        yield from self._parts.checks
        yield from self._delegate.checks()

    def metrics(self) -> Iterator[exposition.Source]:
        yield from self._parts.sources
        yield from self._delegate.metrics()

    def post_start_hooks(self) -> Iterator[hooks.Hook]:
        yield from self._parts.post_start
        yield from self._delegate.post_start_hooks()

    def pre_shutdown_hooks(self) -> Iterator[hooks.Hook]:
        yield from self._parts.pre_shutdown
        yield from self._delegate.pre_shutdown_hooks()

    def installed(self) -> bool:
        return self.complete and not self.places.expected and self._delegate.installed()


class Running:
    """The outermost server while it runs.  Made by `run`."""

    def __init__(self, server: GenericAPIServer, guard: Guard) -> None:
        self._server, self._guard, self._leaving = server, guard, False
        self.requests = lifecycle.Requests()
        self.recorder = metrics.Recorder()
        self._flow = self._flow_control()
        self.exposition = exposition.Exposition(self.recorder, self.requests, self._flow)
        for source in server.metrics():
            self.exposition.add(source)
        for metric in guard.auditor.metrics() if guard.auditor is not None else ():
            self.exposition.add(exposition.Source(*metric, counter=True))
        self._post_start = hooks.PostStart(server.post_start_hooks())
        stages = self._chain()
        self.handler = exchange.compose(list(stages.in_order()), self._last)
        own = dataclasses.replace(stages, local=None, authentication=loopback.assume(context.LOOPBACK))
        server.loopback.connect(exchange.compose(list(own.in_order()), self._last), self.finished)
        self._install()

    def _flow_control(self) -> flow_control.FlowControl | priority.PriorityAndFairness:
        guard, server = self._guard, self._server
        if guard.flow is None:
            return flow_control.FlowControl(max_reads=guard.max_reads, max_writes=guard.max_writes)
        guard.flow.estimator = estimating.Estimator(server.stored, server.watched)
        for source in flowmetrics.sources(guard.flow):
            server.add_metric(source)
        if guard.flow.follows:
            server.add_post_start_hook(flowstatus.HOOK, flowstatus.Statuses(guard.flow, server.loopback).run)
        flowmetrics.install(guard.flow, server.director.paths)
        return priority.PriorityAndFairness(guard.flow, request_timeout=guard.request_timeout)

    def finished(self, current: exchange.Exchange, code: int, size: int) -> None:
        """Count and log an answered request."""
        self.recorder.record(current, code, size)
        if self._guard.observe is not None:
            self._guard.observe(current, code, size)

    @contextlib.asynccontextmanager
    async def serving(
        self, sockets: Sequence[socket.socket], tls: listening.TLS | None, scope: tasks.Scope
    ) -> AsyncIterator[None]:
        """Listen at the sockets; leaving ends it cleanly, within the guard's shutdown timeout and a little."""
        guard = self._guard
        connections = transport.Server(
            self.handler, finished=self.finished, max_body=guard.max_body, max_connections=guard.max_connections
        )
        context = None if tls is None else tls.context()
        listeners = await listening.listen(connections, sockets, context)
        try:
            scope.spawn(self.requests.expire(), name="request deadlines")
            if tls is not None and context is not None:
                scope.spawn(listening.Reloader(tls, context).watch(), name="certificate reloading")
            self._post_start.start(scope)
            yield
            self._leaving = True
            await asyncio.sleep(self._guard.shutdown_delay)
            await hooks.run_pre_shutdown(self._server.pre_shutdown_hooks(), scope)
        finally:
            for listener in listeners:
                listener.close()
            await self._close(connections)

    async def _close(self, connections: transport.Server) -> None:
        if not await self.requests.drain(self._guard.shutdown_timeout):
            log.warning("%d requests did not finish before the shutdown", len(self.requests))
        await connections.close(1.0)

    def _chain(self) -> chain.Chain:
        guard = self._guard
        return chain.Chain(
            failures=failures.failures(guard.codecs),
            tracking=tracking.tracking(self.requests),
            request_info=request_info.request_info(),
            local=local.local() if guard.local_only else None,
            limits=limits.limits(request_timeout=guard.request_timeout),
            unauthenticated=None if guard.auditor is None else auditing.unauthenticated(guard.auditor),
            authentication=authentication.authentication(guard.authenticator, guard.hidden),
            audit=None if guard.auditor is None else auditing.auditing(guard.auditor),
            impersonation=guard.impersonation,
            flow_control=self._flow.filter(),
            authorization=authorization.authorization(guard.authorizer),
            expectation=expectation.expectation(),
        )

    async def _last(self, current: exchange.Exchange) -> web.StreamResponse:
        response = await self._server.director.serve(current)
        if not current.endpoint and not self._server.installed():
            raise delegation.not_installed()
        return response

    def _install(self) -> None:
        """The endpoints of the whole chain, which only the outermost server has."""
        at = self._server.director.paths
        checks = [health.Check("ping", health.ping), *self._server.checks(), *self._post_start.checks()]
        checks.append(health.Check("shutdown", self._not_stopping, frozenset((health.READYZ,))))
        judged = slis.Judgements()
        health.install(checks, at, judge=judged.add)
        routes.install_index(at, lambda: set(self._server.listed_paths()))
        routes.install_metrics(at, self.exposition.text, reset=self.exposition.reset)
        slis.install(at, judged)
        statusz.install(at, lambda: set(self._server.listed_paths()))  # the last, as it shows the others

    async def _not_stopping(self) -> None:
        if self._leaving:
            raise health.Unhealthy("process is shutting down")


@contextlib.asynccontextmanager
async def run(
    server: GenericAPIServer,
    *,
    guard: Guard,
    sockets: Sequence[socket.socket],
    tls: listening.TLS | None = None,
) -> AsyncIterator[Running]:
    """Run a server, with its delegates behind it, at bound sockets; without `tls` in plain HTTP.

    Background work of the server ends after its requests."""
    async with contextlib.AsyncExitStack() as stack:
        if guard.auditor is not None:
            await stack.enter_async_context(guard.auditor)
        for each in guard.opened:
            await stack.enter_async_context(each)
        scope = await stack.enter_async_context(tasks.Scope(server.name))
        running = Running(server, guard)
        await stack.enter_async_context(running.serving(sockets, tls, scope))
        yield running
