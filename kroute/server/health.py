"""Health endpoints: `/healthz`, `/livez` and `/readyz`, all checks together or one by one.

`?verbose` lists the checks, `?exclude=NAME` leaves some out.  Why a check failed is told to the log alone, as anybody
may ask; a single check's path says it, and needs rights.  Mirrors `k8s.io/apiserver/pkg/server/healthz`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import NamedTuple, TypeAlias

from aiohttp import web

from kroute.actions import model
from kroute.machinery import goformat
from kroute.server import paths

log = logging.getLogger("kroute.server")

HEALTHZ, LIVEZ, READYZ = "healthz", "livez", "readyz"
ENDPOINTS = frozenset((HEALTHZ, LIVEZ, READYZ))
PATIENCE = 10.0
"""Seconds that a check may take."""

Probe: TypeAlias = Callable[[], Awaitable[None]]
Judge: TypeAlias = Callable[[str, str, bool], None]
"""Takes an endpoint, a check's name, and whether it passed."""


class Unhealthy(Exception):
    """A check failed, and why."""


class Check(NamedTuple):
    """`probe` raises any exception when what it looks at isn't well."""

    name: str
    probe: Probe
    endpoints: frozenset[str] = ENDPOINTS


async def ping() -> None:
    """Passes whenever the server can answer at all."""


def install(checks: Iterable[Check], at: paths.Paths, *, judge: Judge | None = None) -> None:
    """Serve the three endpoints, and each check below those it belongs to; `judge` is told what checks say."""
    given = list(checks)
    for endpoint in (HEALTHZ, LIVEZ, READYZ):
        chosen = [check for check in given if endpoint in check.endpoints]
        at.add(f"/{endpoint}", together(endpoint, chosen, judge))
        for check in chosen:
            at.add(f"/{endpoint}/{check.name}", single(check))


def together(endpoint: str, checks: Sequence[Check], judge: Judge | None = None) -> model.Handler:
    """The handler of an endpoint."""

    async def answer(call: model.Call) -> web.StreamResponse:
        query = call.request.query
        excluded = set(query.getall("exclude", ()))
        failures = await asyncio.gather(*(run(check) for check in checks if check.name not in excluded))
        why = dict(zip((check.name for check in checks if check.name not in excluded), failures, strict=True))
        if judge is not None:
            for name, reason in why.items():
                judge(endpoint, name, reason is None)
        lines = [line(check.name, why.get(check.name), check.name in excluded) for check in checks]
        unknown = excluded.difference(check.name for check in checks)
        if unknown:
            names = ",".join(goformat.quote(name) for name in sorted(unknown))
            lines.append(f"warn: some health checks cannot be excluded: no matches for {names}\n")
        failed = {name: reason for name, reason in why.items() if reason is not None}
        if failed:
            log.warning("%s check failed: %s", endpoint, failed)
            return plain(f"{''.join(lines)}{endpoint} check failed\n", status=500)
        return plain(f"{''.join(lines)}{endpoint} check passed\n" if "verbose" in query else "ok")

    return answer


def single(check: Check) -> model.Handler:
    """The handler of one check."""

    async def answer(call: model.Call) -> web.StreamResponse:
        why = await run(check)
        return plain("ok") if why is None else plain(f"internal server error: {why}\n", status=500)

    return answer


async def run(check: Check) -> str | None:
    """Why the check fails; None when it passes."""
    try:
        async with asyncio.timeout(PATIENCE):
            await check.probe()
    except TimeoutError:
        return f"no answer within {PATIENCE:g} seconds"
    except Exception as error:
        return str(error) or type(error).__name__
    return None


def line(name: str, why: str | None, excluded: bool) -> str:
    if excluded:
        return f"[+]{name} excluded: ok\n"
    return f"[+]{name} ok\n" if why is None else f"[-]{name} failed: reason withheld\n"


def plain(text: str, *, status: int = 200) -> web.Response:
    headers = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
    return web.Response(status=status, body=text.encode(), headers=headers)
