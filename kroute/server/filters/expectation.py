"""Answers `Expect: 100-continue`, once it is clear that the body is wanted: after authorisation."""

from __future__ import annotations

from aiohttp import web

from kroute.server import exchange

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


def expectation() -> exchange.Filter:
    def bind(proceed: exchange.Handler) -> exchange.Handler:
        async def expect(current: exchange.Exchange) -> web.StreamResponse:
            request = current.request
            expected = request.headers.get("Expect")
            if expected is not None and request.can_read_body:
                if expected.lower() != "100-continue":
                    return web.Response(status=417, text="417 Expectation Failed")
                transport = request.transport
                if transport is not None:
                    transport.write(CONTINUE)
            return await proceed(current)

        return expect

    return bind
