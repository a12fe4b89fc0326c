"""Bounds what a request may take: its time, unless it is long-running (a watch, an open connection to something).

A client may ask for less with `?timeout=`.  Bodies are limited where they are read, by the transport.
"""

from __future__ import annotations

from kroute.machinery import durations, errors, query
from kroute.server import exchange

LONG_RUNNING_SUBRESOURCES = frozenset({"attach", "exec", "proxy", "log", "portforward"})


def limits(*, request_timeout: float) -> exchange.Filter:
    """`request_timeout` is in seconds."""

    def limit(current: exchange.Exchange) -> None:
        info = current.info
        if info.verb in ("watch", "proxy") or info.subresource in LONG_RUNNING_SUBRESOURCES:
            current.long_running = True
        elif "timeout=" in current.query:
            current.deadline = current.started + allowed(current.query, request_timeout)
        else:
            current.deadline = current.started + request_timeout

    return exchange.Filter(check=limit)


def allowed(values: str, most: float) -> float:
    """How many seconds a request with this query may take."""
    given = query.first(query.parse(values), "timeout")
    if not given:
        return most
    try:
        wanted = durations.parse(given) / durations.SECOND
    except durations.DurationError as error:
        raise errors.BadRequest(f"invalid timeout specified in the request URL - {error}") from error
    return min(wanted, most) if wanted > 0 else most
