"""Answers `Expect: 100-continue`, once it is clear that the body is wanted: after authorisation."""

from __future__ import annotations

from aiohttp import web

from kroute.server import exchange

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
BODIES = frozenset({"POST", "PUT", "PATCH", "DELETE"})


def expectation() -> exchange.Filter:
    def expect(current: exchange.Exchange) -> None:
        request = current.request
        if request.method not in BODIES:
            return
        expected = request.headers.get("Expect")
        if expected is None or not request.can_read_body:
            return
        if expected.lower() != "100-continue":
            raise web.HTTPExpectationFailed(text="417 Expectation Failed")
        transport = request.transport
        if transport is not None:
            transport.write(CONTINUE)

    return exchange.Filter(check=expect)
