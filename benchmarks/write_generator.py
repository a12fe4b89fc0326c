"""A load generator for writes and watches: keep-alive connections that write bytes they know beforehand.

    python -m benchmarks.write_generator URL --connections 16 --seconds 3 --header "Authorization: Bearer TOKEN" \
        create update merge-patch apply watch

Prints a line of JSON for each kind of load as soon as it is done: how many, in how many seconds, and the generator's
own share of a processor.  It waits for a line on its input before it begins with one.  Every connection writes objects
of its own, so that nobody waits for anybody; an update sends back what the last answer had, with another title.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import re
import ssl
import sys
import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import uvloop

WATCHERS = 200
CHANGES = 500
KIND = {"apiVersion": "guestbook.example.org/v1", "kind": "Guestbook"}
TITLE = re.compile(rb'"title":"[^"]*"')


def document(name: str, title: str) -> bytes:
    """A guestbook."""
    metadata = {"name": name, "labels": {"app": "benchmark", "shard": "3"}}
    spec = {"title": title, "moderators": ["alice", "bob"], "replicas": 3}
    return json.dumps({**KIND, "metadata": metadata, "spec": spec}, separators=(",", ":")).encode()


class Connection(asyncio.Protocol):
    """One connection with one request at a time; `answered` is told the body of each answer."""

    answered: Callable[[bytes], None]

    def __init__(self, failed: Callable[[Exception], object]) -> None:
        self.failed = failed
        self._buffer, self._head, self._length = bytearray(), 0, 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def send(self, request: bytes) -> None:
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._head:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            if not head.startswith(b"http/1.1 20"):
                self.failed(RuntimeError(f"the server answered: {bytes(self._buffer)!r}"))
                self._transport.close()
                return
            self._head = end + 4
            self._length = int(head[head.index(b"content-length:") + 15 :].split(b"\r\n", 1)[0])
        if len(self._buffer) >= self._head + self._length:
            body, self._head = bytes(self._buffer[self._head :]), 0
            self._buffer.clear()
            self.answered(body)


class Watch(asyncio.Protocol):
    """One watch; counts the events that came."""

    def __init__(self, request: bytes, arrived: Callable[[int], None]) -> None:
        self._request, self._arrived, self._last = request, arrived, b""
        self.begun = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.begun.done():
            self.begun.set_result(data)
        count = data.count(b"}\n")
        if self._last == b"}" and data.startswith(b"\n"):
            count += 1
        self._last = data[-1:]
        if count:
            self._arrived(count)


class Load:
    """Requests of one kind after another, over the same connections."""

    def __init__(self, url: str, headers: list[str], seconds: float) -> None:
        self._where, self._headers, self._seconds = urlsplit(url), headers, seconds
        self._context = ssl._create_unverified_context() if self._where.scheme == "https" else None
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._connections: list[Connection] = []
        self._bodies: list[bytes] = []

    async def connect(self, protocol: Callable[[], asyncio.Protocol]) -> Any:
        host, port = self._where.hostname or "", self._where.port or 443
        return (await asyncio.get_running_loop().create_connection(protocol, host, port, ssl=self._context))[1]

    async def outcome(self, future: asyncio.Future[Any]) -> Any:
        """What the future gives; raises when a request fails first, or nothing comes for a minute."""
        await asyncio.wait([future, self.failed], timeout=60, return_when=asyncio.FIRST_COMPLETED)
        if not future.done():
            self.fail(TimeoutError("no answer in a minute"))
            self.failed.result()
        return future.result()

    def fail(self, problem: Exception) -> None:
        if not self.failed.done():
            self.failed.set_exception(problem)

    async def open(self, count: int) -> None:
        """Connect, and create the object that each connection writes."""
        self._connections = [await self.connect(lambda: Connection(self.fail)) for _ in range(count)]
        self._bodies = [b""] * count
        for number in range(count):
            query = "?fieldManager=applier"
            body = document(f"mine-{number}", "0")
            done = asyncio.get_running_loop().create_future()
            self._connections[number].answered = done.set_result
            self._connections[number].send(
                self.request("PATCH", f"/mine-{number}{query}", body, "application/apply-patch+yaml")
            )
            self._bodies[number] = await self.outcome(done)

    def request(self, method: str, path: str, body: bytes = b"", media_type: str = "application/json") -> bytes:
        lines = [f"{method} {self._where.path}{path} HTTP/1.1", f"Host: {self._where.netloc}", *self._headers]
        if body:
            lines += [f"Content-Type: {media_type}", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "Accept: application/json", "User-Agent: benchmark", "\r\n"]).encode() + body

    def create(self, number: int, count: int) -> bytes:
        return self.request("POST", "", document(f"new-{number}-{count}", "0"))

    def update(self, number: int, count: int) -> bytes:
        body = TITLE.sub(b'"title":"%d"' % count, self._bodies[number], count=1)
        return self.request("PUT", f"/mine-{number}", body)

    def merge_patch(self, number: int, count: int) -> bytes:
        body = b'{"spec":{"title":"m%d"}}' % count
        return self.request("PATCH", f"/mine-{number}", body, "application/merge-patch+json")

    def apply(self, number: int, count: int) -> bytes:
        path = f"/mine-{number}?fieldManager=applier&force=true"
        return self.request("PATCH", path, document(f"mine-{number}", f"a{count}"), "application/apply-patch+yaml")

    async def run(self, make: Callable[[int, int], bytes], most: int = 0) -> int:
        """Send requests for a while, or as many as said; gives their number."""
        end, done, open_ = time.perf_counter() + self._seconds, 0, len(self._connections)
        finished = asyncio.get_running_loop().create_future()

        def begin(number: int, connection: Connection) -> None:
            count = 0

            def answered(body: bytes) -> None:
                nonlocal done, open_, count
                if make != self.create:
                    self._bodies[number] = body
                done, count = done + 1, count + 1
                if (done + open_ <= most) if most else time.perf_counter() < end:
                    connection.send(make(number, count))
                else:
                    open_ -= 1
                    if not open_:
                        finished.set_result(None)

            connection.answered = answered
            connection.send(make(number, count))

        for number, connection in enumerate(self._connections):
            begin(number, connection)
        await self.outcome(finished)
        return done

    async def watch(self) -> tuple[int, float]:
        """Changes under the eyes of many watchers; gives the number of events, and when it began."""
        wanted, left = CHANGES * WATCHERS, CHANGES * WATCHERS
        all_told = asyncio.get_running_loop().create_future()

        def arrived(count: int) -> None:
            nonlocal left
            left -= count
            if left == 0:
                all_told.set_result(None)

        revision = json.loads(self._bodies[0])["metadata"]["resourceVersion"]
        for body in self._bodies:
            revision = str(max(int(revision), int(json.loads(body)["metadata"]["resourceVersion"])))
        request = self.request("GET", f"?watch=true&resourceVersion={revision}")
        watches = [await self.connect(lambda: Watch(request, arrived)) for _ in range(WATCHERS)]
        await asyncio.gather(*[watch.begun for watch in watches])
        begun = time.perf_counter()
        await asyncio.gather(self.run(self.merge_patch, CHANGES), self.outcome(all_told))
        return wanted, begun


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url")
    parser.add_argument("what", nargs="+", choices=["create", "update", "merge-patch", "apply", "watch"])
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--header", action="append", default=[])
    given = parser.parse_args()
    load = Load(given.url, given.header, given.seconds)
    await load.open(given.connections)
    for what in given.what:
        sys.stdin.readline()
        begun, busy = time.perf_counter(), time.process_time()
        if what == "watch":
            count, begun = await load.watch()
        else:
            count = await load.run(getattr(load, what.replace("-", "_")))
        took = time.perf_counter() - begun
        share = (time.process_time() - busy) / took
        print(json.dumps({"count": count, "took": took, "generator": share}), flush=True)


if __name__ == "__main__":
    uvloop.run(main())
