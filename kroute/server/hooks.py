"""What a server does once it listens, and just before it stops.

A post-start hook runs beside the requests; the server isn't ready until it has ended.  What it wants to go on it
starts in the scope that it is given, which ends with the server.  A pre-shutdown hook runs while requests are still
served.  Mirrors `k8s.io/apiserver/pkg/server/hooks.go`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, TypeAlias

from kroute.aio import tasks
from kroute.server import health

log = logging.getLogger("kroute.server")

Run: TypeAlias = Callable[[tasks.Scope], Awaitable[None]]


class Hook(NamedTuple):
    name: str
    run: Run


class PostStart:
    """Runs the post-start hooks, and says of each whether it has ended well."""

    def __init__(self, hooks: Iterable[Hook]) -> None:
        self._hooks = tuple(hooks)
        self._states = {hook.name: "not finished" for hook in self._hooks}

    def checks(self) -> list[health.Check]:
        """A health check for each hook."""
        return [health.Check(f"poststarthook/{hook.name}", self._check(hook.name)) for hook in self._hooks]

    def start(self, scope: tasks.Scope) -> None:
        """Start all of them, each a task of its own."""
        for hook in self._hooks:
            scope.spawn(self._run(hook, scope), name=f"post-start hook {hook.name}")

    async def _run(self, hook: Hook, scope: tasks.Scope) -> None:
        try:
            await hook.run(scope)
        except Exception as error:
            self._states[hook.name] = f"failed: {error}"
            raise
        self._states[hook.name] = ""

    def _check(self, name: str) -> health.Probe:
        async def finished() -> None:
            if self._states[name]:
                raise health.Unhealthy(self._states[name])

        return finished


async def run_pre_shutdown(hooks: Iterable[Hook], scope: tasks.Scope) -> None:
    """Run the pre-shutdown hooks beside each other and wait for them; one that fails is logged."""
    named = list(hooks)
    results = await asyncio.gather(*(hook.run(scope) for hook in named), return_exceptions=True)
    for hook, result in zip(named, results, strict=True):
        if isinstance(result, Exception):
            log.error("pre-shutdown hook %s failed", hook.name, exc_info=result)
