"""How many reads a second one server process answers over HTTPS, load generator on the same machine.

    python -m benchmarks.http_load --storage memory:// --objects 500

Starts `kroute serve`, creates the objects, then measures a GET of one and a LIST of all, consistent and from the
cache.  The load comes from wrk where it is installed, else from `benchmarks.generator`.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import yaml

TOKEN = "Authorization: Bearer benchmark"
COLLECTION = "/apis/guestbook.example.org/v1/namespaces/default/guestbooks"


@contextlib.contextmanager
def server(app: str, storage: str, flags: list[str]) -> Iterator[tuple[str, int]]:
    """A server's URL and process id."""
    with tempfile.TemporaryDirectory() as folder:
        tokens = Path(folder, "tokens.csv")
        tokens.write_text("benchmark,admin,1,system:masters\n")
        command = [sys.executable, "-m", "kroute", "serve", app, "--data-dir", folder, "--secure-port", "0"]
        command += ["--token-auth-file", str(tokens), *(["--storage", storage] if storage else []), *flags]
        begun = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        try:
            if not process.stdout.readline():
                raise SystemExit("the server did not start")
            print(f"ready after {time.perf_counter() - begun:.2f} s, {resident(process.pid):.0f} MB resident")
            document = yaml.safe_load(Path(folder, "kubeconfig").read_text())
            yield document["clusters"][0]["cluster"]["server"], process.pid
        finally:
            process.terminate()
            process.wait(10)


def resident(pid: int) -> float:
    """Resident memory of a process in megabytes; 0 where the system doesn't say."""
    status = Path(f"/proc/{pid}/status")
    found = re.search(r"VmRSS:\s+(\d+) kB", status.read_text()) if status.exists() else None
    return int(found[1]) / 1024 if found else 0.0


async def fill(url: str, count: int) -> float:
    """Create objects, 16 at once; how many a second."""
    name, value = TOKEN.split(": ")
    begun, waiting = time.perf_counter(), iter(range(count))
    async with aiohttp.ClientSession(headers={name: value}) as session:

        async def work() -> None:
            for number in waiting:
                metadata = {"name": f"book-{number:05}", "labels": {"app": "benchmark", "shard": str(number % 10)}}
                spec = {"title": f"Book {number}", "moderators": ["alice", "bob"], "replicas": number % 10}
                body = {
                    "apiVersion": "guestbook.example.org/v1",
                    "kind": "Guestbook",
                    "metadata": metadata,
                    "spec": spec,
                }
                async with session.post(url + COLLECTION, json=body, ssl=False) as response:
                    if response.status != 201:
                        raise SystemExit(f"create answered {response.status}: {await response.text()}")

        await asyncio.gather(*(work() for _ in range(16)))
    return count / (time.perf_counter() - begun)


def busy(pid: int) -> float:
    """How many seconds of processor time a process has used; 0 where the system doesn't say."""
    stat = Path(f"/proc/{pid}/stat")
    if not stat.exists():
        return 0.0
    user, system = stat.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def measure(what: str, url: str, connections: int, seconds: float, pid: int) -> None:
    wrk = shutil.which("wrk")
    if wrk:
        command = [wrk, "-t1", f"-c{connections}", f"-d{seconds:g}s", "-H", TOKEN, url]
        text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
        if rate is None or "Non-2xx" in text:
            raise SystemExit(text)
        print(f"{what:28} {float(rate[1]):9.0f} /s")
        return
    command = [sys.executable, "-m", "benchmarks.generator", url, "--header", TOKEN]
    command += ["--connections", str(connections), "--seconds", str(seconds)]
    before, begun = busy(pid), time.perf_counter()
    found = json.loads(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)
    share = (busy(pid) - before) / (time.perf_counter() - begun)
    rate, size = found["requests"], found["megabytes"]
    print(f"{what:28} {rate:9.0f} /s {size:7.1f} MB/s, server {share:.0%}, generator {found['generator']:.0%} of a CPU")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--app", default="examples.guestbook:server")
    parser.add_argument("--storage", default="", help="URL; the embedded store if not given")
    parser.add_argument("--objects", type=int, default=500)
    parser.add_argument("--connections", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=3.0)
    given, flags = parser.parse_known_args()
    with server(given.app, given.storage, flags) as (url, pid):
        rate = asyncio.run(fill(url, given.objects))
        print(f"{'create':28} {rate:9.0f} /s")
        item = f"{url}{COLLECTION}/book-00007"
        paths = {
            "GET": item,
            "GET ?resourceVersion=0": f"{item}?resourceVersion=0",
            f"LIST of {given.objects}": url + COLLECTION,
            f"LIST of {given.objects}, from cache": f"{url}{COLLECTION}?resourceVersion=0",
        }
        for what, path in paths.items():
            measure(what, path, given.connections, given.seconds, pid)
        print(f"{resident(pid):.0f} MB resident")


if __name__ == "__main__":
    main()
