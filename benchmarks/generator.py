"""A load generator: keep-alive connections, each sending the next request when the answer is there.

    python -m benchmarks.generator URL --connections 16 --seconds 3 --header "Authorization: Bearer TOKEN"

Prints one line of JSON: requests a second, megabytes a second, and its own share of a processor.  It runs as a
process of its own and does as little as it can, so as to measure the server and not itself.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import ssl
import time
from typing import cast
from urllib.parse import urlsplit

import uvloop

WARM_UP = 0.5


class Counts:
    requests = 0
    received = 0
    failed: bytes | None = None


class Client(asyncio.Protocol):
    """One connection."""

    def __init__(self, request: bytes, counts: Counts) -> None:
        self.request, self.counts = request, counts
        self.left, self.head = 0, b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:

        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self.counts.received += len(data)
        if self.left:
            self.left -= len(data)
        else:
            self.head += data
            end = self.head.find(b"\r\n\r\n")
            if end < 0:
                return
            if not self.head.startswith(b"HTTP/1.1 200"):
                self.counts.failed = self.head
                self.transport.close()
                return
            headers = self.head[:end].lower()
            length = headers[headers.index(b"content-length:") + 15 :].split(b"\r\n", 1)[0]
            self.left = int(length) - (len(self.head) - end - 4)
            self.head = b""
        if self.left <= 0:
            self.left = 0
            self.counts.requests += 1
            self.transport.write(self.request)


async def load(url: str, connections: int, seconds: float, headers: list[str]) -> dict[str, float]:
    """Send requests for a while.  Raises RuntimeError when an answer isn't a success."""
    where = urlsplit(url)
    path = where.path + (f"?{where.query}" if where.query else "")
    lines = [f"GET {path} HTTP/1.1", f"Host: {where.netloc}", "Accept: application/json", *headers]
    request, counts = "\r\n".join([*lines, "\r\n"]).encode(), Counts()
    context = ssl._create_unverified_context() if where.scheme == "https" else None
    loop = asyncio.get_running_loop()
    for _ in range(connections):
        await loop.create_connection(
            lambda: Client(request, counts), where.hostname or "", where.port or 443, ssl=context
        )
    await asyncio.sleep(WARM_UP)
    requests, size, begun, busy = counts.requests, counts.received, time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds)
    took = time.perf_counter() - begun
    if counts.failed:
        raise RuntimeError(f"the server answered: {counts.failed[:300]!r}")
    return {
        "requests": (counts.requests - requests) / took,
        "megabytes": (counts.received - size) / took / 1e6,
        "generator": (time.process_time() - busy) / took,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--header", action="append", default=[])
    given = parser.parse_args()
    print(json.dumps(uvloop.run(load(given.url, given.connections, given.seconds, given.header))))


if __name__ == "__main__":
    main()
