"""What a user's GETs take while another user floods the server with lists, at ten times what it can answer.

    python -m benchmarks.fairness --storage memory:// --objects 2000

Starts `kroute serve`, creates ConfigMaps of a kilobyte, finds out how many lists of all of them it answers in a second,
and then asks for ten times as many, without a pause after refusals, as one user, while another one gets single objects.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import multiprocessing
import ssl
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import cast
from urllib.parse import urlsplit

import uvloop
import yaml

from benchmarks import http_load

PATH = "/api/v1/namespaces/default/configmaps"
TIMES = 10
TOKENS = 'admin,admin,1,"system:masters"\nflood,flood,2\nother,other,3\n'


class Client:
    """One connection of a user."""

    def __init__(self, url: str, token: str) -> None:
        parts = urlsplit(url)
        self._host, self._port, self._token = parts.hostname, parts.port, token
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, method: str, path: str, body: bytes = b"") -> int:
        """The status code of the answer; its body is read and forgotten."""
        if self._streams is None:
            tls = ssl.create_default_context()
            tls.check_hostname, tls.verify_mode = False, ssl.CERT_NONE
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=tls, limit=1 << 20)
        reader, writer = self._streams
        head = f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {self._token}\r\n"
        if body:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(head.encode() + b"\r\n" + body)
        found = await reader.readuntil(b"\r\n\r\n")
        left = int(found.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0])
        while left:
            left -= len(await reader.read(min(left, 1 << 20)))
        return int(found[9:12])

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()


@contextlib.contextmanager
def server(storage: str, flags: list[str]) -> Iterator[tuple[str, int]]:
    """A server's URL and process id."""
    with tempfile.TemporaryDirectory() as folder:
        tokens = Path(folder, "tokens.csv")
        tokens.write_text(TOKENS)
        command = [sys.executable, "-m", "kroute", "serve", "--data-dir", folder, "--secure-port", "0"]
        command += ["--storage", storage, "--token-auth-file", str(tokens), "--authorization-mode", "AlwaysAllow"]
        process = subprocess.Popen([*command, *flags], stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise SystemExit("the server did not start")
            document = yaml.safe_load(Path(folder, "kubeconfig").read_text())
            yield document["clusters"][0]["cluster"]["server"], process.pid
        finally:
            process.terminate()
            process.wait(10)


async def fill(url: str, count: int) -> None:
    client, padding = Client(url, "admin"), "x" * 800
    for number in range(count):
        body = f'{{"metadata":{{"name":"cm-{number}"}},"data":{{"padding":"{padding}"}}}}'
        await client.send("POST", PATH, body.encode())
    client.close()


class Flooder(asyncio.Protocol):
    """A connection that asks for lists at its times, or as soon as it is answered; `pause` is in seconds."""

    def __init__(self, request: bytes, codes: Counter[int], pause: float) -> None:
        self._request, self._codes, self._pause = request, codes, pause
        self._left, self._head, self._due = 0, b"", time.perf_counter()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def data_received(self, data: bytes) -> None:
        if self._left:
            self._left -= len(data)
        else:
            self._head += data
            head, end, body = self._head.partition(b"\r\n\r\n")
            if not end:
                return
            length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
            self._left, self._head = int(length) - len(body), b""
            self._codes[int(head[9:12])] += 1
        if not self._left:
            self._ask()

    def _ask(self) -> None:
        self._due += self._pause
        wait = self._due - time.perf_counter()
        if wait > 0:
            asyncio.get_running_loop().call_later(wait, self._transport.write, self._request)
        else:
            self._transport.write(self._request)


async def lists(url: str, *, connections: int, rate: float, seconds: float) -> Counter[int]:
    """Ask for lists as the flooding user, `rate` a second (0: as fast as they are answered); the codes of answers."""
    parts, codes = urlsplit(url), Counter[int]()
    request = f"GET {PATH} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer flood\r\n\r\n".encode()
    loop, tls = asyncio.get_running_loop(), ssl._create_unverified_context()
    opened = []
    for _ in range(connections):
        made = lambda: Flooder(request, codes, connections / rate if rate else 0.0)  # noqa: E731
        transport, _ = await loop.create_connection(made, parts.hostname or "", parts.port or 443, ssl=tls)
        opened.append(transport)
        await asyncio.sleep((connections / rate if rate else 0.0) / connections)
    codes.clear()
    await asyncio.sleep(seconds)
    for transport in opened:
        transport.close()
    return codes


async def gets(url: str, seconds: float) -> list[float]:
    """How long GETs of the other user take, in seconds, one after the other with short pauses."""
    client, times = Client(url, "other"), list[float]()
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        begun = time.perf_counter()
        code = await client.send("GET", f"{PATH}/cm-{len(times) % 100}")
        assert code == 200, code
        times.append(time.perf_counter() - begun)
        await asyncio.sleep(0.01)
    client.close()
    return times


def flood(url: str, rate: float, connections: int, seconds: float) -> None:
    """What the flooding process does."""
    codes = uvloop.run(lists(url, connections=connections, rate=rate, seconds=seconds))
    print(f"flood: {sum(codes.values()) / seconds:.0f} lists/s, answers {dict(sorted(codes.items()))}")


def show(label: str, times: list[float]) -> None:
    cuts = statistics.quantiles(times, n=100)
    middle, late, most = (1e3 * found for found in (cuts[49], cuts[98], max(times)))
    print(f"{label}: {len(times)} GETs, median {middle:.1f} ms, 99 % {late:.1f} ms, longest {most:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--storage", default="memory://")
    parser.add_argument("--objects", type=int, default=2000)
    parser.add_argument("--connections", type=int, default=200, help="of the flooding user")
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("flags", nargs="*", help="more flags for the server, after --")
    given = parser.parse_args()
    with server(given.storage, given.flags) as (url, process):
        asyncio.run(fill(url, given.objects))
        show("alone", asyncio.run(gets(url, 2.0)))
        codes = uvloop.run(lists(url, connections=4, rate=0, seconds=2.0))
        capacity = codes[200] / 2.0
        print(f"capacity: {capacity:.0f} lists/s of {given.objects} objects")
        print(f"{http_load.resident(process):.0f} MB resident")
        arguments = (url, capacity * TIMES, given.connections, given.seconds + 2)
        flooding = multiprocessing.get_context("spawn").Process(target=flood, args=arguments)
        flooding.start()
        time.sleep(2.0)
        show("flooded", asyncio.run(gets(url, given.seconds)))
        print(f"{http_load.resident(process):.0f} MB resident")
        flooding.join()


if __name__ == "__main__":
    main()
