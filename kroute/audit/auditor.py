"""Makes events of requests as the policy says, and hands them to the sinks.

A sink that loses an event says so and counts it; only a strict one keeps the request from going on.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, NamedTuple, Self

from kroute.audit import events, policy, sinks
from kroute.machinery import auditing, context


class Target(NamedTuple):
    """A sink, and the most bytes that an event for it may have (0: any)."""

    sink: sinks.Sink
    longest: int = 0


class Metric(NamedTuple):
    """A counter; `read` gives label values and numbers."""

    name: str
    documentation: str
    labels: Sequence[str]
    read: Callable[[], Sequence[tuple[Sequence[str], float]]]


class Auditor:
    """An async context manager: the sinks are open inside."""

    def __init__(self, rules: policy.Policy, targets: Sequence[Target], counts: sinks.Counts) -> None:
        self._rules, self._targets, self._counts = rules, targets, counts
        self._stack = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        async with contextlib.AsyncExitStack() as stack:
            for target in self._targets:
                await stack.enter_async_context(target.sink)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._stack.aclose()

    def begin(
        self,
        *,
        audit_id: str,
        uri: str,
        user: context.User,
        info: context.RequestInfo,
        headers: Mapping[str, str],
        remote: str | None,
        agent: str,
    ) -> events.Request | None:
        """Begin to record a request; None when the policy doesn't want it."""
        decision = self._rules.decide(user, info)
        self._counts.levels[policy.LEVEL_NAMES[decision.level]] += 1
        if decision.level is policy.Level.NONE:
            return None
        trail = auditing.Trail(
            keeps_request=decision.level >= policy.Level.REQUEST,
            keeps_response=decision.level >= policy.Level.REQUEST_RESPONSE,
            omits_managed_fields=decision.omit_managed_fields,
        )
        return events.Request(
            audit_id=audit_id,
            uri=uri,
            user=user,
            info=info,
            addresses=events.source_addresses(headers, remote),
            agent=events.shown_agent(agent),
            received=datetime.now(UTC),
            decision=decision,
            trail=trail,
        )

    async def tell(self, request: events.Request, stage: policy.Stage, status: Mapping[str, Any] | None = None) -> bool:
        """Make the event of a stage, unless the policy omits it.  False: the request must not go on."""
        if stage in request.decision.omit_stages:
            return True
        now = request.received if stage is policy.Stage.REQUEST_RECEIVED else datetime.now(UTC)
        made = events.event(request, stage, status, now)
        self._counts.events += 1
        fine = True
        for target in self._targets:
            event = made
            if target.longest and len(event) > target.longest:
                event = events.event(request, stage, status, now, whole=False)
                if len(event) > target.longest:
                    self._counts.lost(target.sink.name, 1, "an event is too large even without its objects")
                    continue
            if not await target.sink.put(event) and target.sink.strict and stage is policy.Stage.REQUEST_RECEIVED:
                fine = False
        if not fine:
            self._counts.rejected += 1
        return fine

    def metrics(self) -> Iterator[Metric]:
        """What is counted, under kube-apiserver's names."""
        counts = self._counts
        yield Metric("apiserver_audit_event", "Audit events made.", (), lambda: [((), counts.events)])
        yield Metric(
            "apiserver_audit_error",
            "Audit events that were lost, by where they were to go.",
            ("plugin",),
            lambda: _by_label(counts.errors),
        )
        yield Metric(
            "apiserver_audit_level",
            "Requests by what the audit policy says of them.",
            ("level",),
            lambda: _by_label(counts.levels),
        )
        rejected = "Requests refused because they could not be recorded."
        yield Metric("apiserver_audit_requests_rejected", rejected, (), lambda: [((), counts.rejected)])


def _by_label(counts: Mapping[str, int]) -> list[tuple[Sequence[str], float]]:
    return [((name,), count) for name, count in counts.items()]
