"""What each filter of the handler chain costs a GET, in microseconds of processor time, and in percent of all of it.

    python -m benchmarks.chain --storage memory://

Serves Kubernetes' API in this process, under RBAC, and gets a ConfigMap as a user who may by a role.  The whole is
measured over HTTPS with a load generator in another process; the filters by running the first one, the first two, and
so on, in front of a handler that does nothing.  `--audit` records each request to a file as well.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import aiohttp
import uvloop
from aiohttp import web

from kroute import app, settings
from kroute.actions import answers
from kroute.audit import building
from kroute.auth import methods, modes
from kroute.server import exchange, generic, inprocess, processes, transport

PATH = "/api/v1/namespaces/default/configmaps/one"
TOKENS = 'admintoken,admin,1,"system:masters"\nalicetoken,alice,2\n'
POLICY = "apiVersion: audit.k8s.io/v1\nkind: Policy\nomitStages: [RequestReceived]\nrules: [{level: Metadata}]\n"
RBAC = "/apis/rbac.authorization.k8s.io/v1"
RULE = {"verbs": ["get"], "apiGroups": [""], "resources": ["configmaps"]}
HEADERS = {"Host": "localhost", "Authorization": "Bearer alicetoken", "User-Agent": "benchmark", "Accept": "*/*"}


class Request(inprocess.Request):
    """A request as a connection makes it, whose headers filters may change."""

    change_headers = transport.Request.change_headers


def request() -> inprocess.Request:
    made = inprocess.request("GET", PATH, HEADERS, None)
    made.__class__ = Request
    return made


async def nothing(current: exchange.Exchange) -> web.StreamResponse:
    return answers.Answer(200, {}, b"")


async def took(handler: exchange.Handler, count: int) -> float:
    """Microseconds of processor time that a request takes, the best of several rounds."""
    best = float("inf")
    for _ in range(5):
        begun = time.process_time()
        for _ in range(count):
            await handler(exchange.Exchange(request()))
        best = min(best, (time.process_time() - begun) / count * 1e6)
    return best


async def load(url: str, seconds: float) -> tuple[float, float]:
    """Microseconds of this process that a GET over HTTPS takes, and how many there are in a second."""
    command = [sys.executable, "-m", "benchmarks.generator", url + PATH, "--seconds", str(seconds)]
    command += ["--header", "Authorization: Bearer alicetoken", "--header", "User-Agent: benchmark"]
    running = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    await asyncio.sleep(1.5)
    begun, busy = time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds - 1.0)
    busy, passed = time.process_time() - busy, time.perf_counter() - begun
    output, _ = await running.communicate()
    rate: float = json.loads(output)["requests"]
    return busy / passed / rate * 1e6, rate


async def prepare(url: str, tls: Any) -> None:
    """The object, and who may read it."""
    role = {"metadata": {"name": "reader"}, "rules": [RULE]}
    binding = {
        "metadata": {"name": "readers"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "reader"},
        "subjects": [{"kind": "User", "apiGroup": "rbac.authorization.k8s.io", "name": "alice"}],
    }
    wanted = (
        ("/api/v1/namespaces/default/configmaps", {"metadata": {"name": "one"}, "data": {"a": "x" * 500}}),
        (f"{RBAC}/clusterroles", role),
        (f"{RBAC}/clusterrolebindings", binding),
    )
    async with aiohttp.ClientSession(headers={"Authorization": "Bearer admintoken"}) as session:
        for path, obj in wanted:
            async with session.post(url + path, json=obj, ssl=tls) as answer:
                assert answer.status == 201, await answer.text()


async def measure(running: generic.Running, url: str, count: int, seconds: float) -> None:
    stages = running._chain()
    filters = list(stages.in_order())
    labels = [name for name in stages.__dataclass_fields__ if getattr(stages, name) is not None]
    before = await took(nothing, count)
    costs: list[float] = []
    for number in range(1, len(filters) + 1):
        whole = await took(exchange.compose(filters[:number], nothing), count)
        costs.append(whole - before - sum(costs))
    handler = await took(running.handler, count)
    total, rate = await load(url, seconds)
    show("filter", labels, costs, total)
    rest = handler - before - sum(costs)
    show("", ["handler", "connection, TLS and HTTP"], [rest, total - (handler - before)], total)
    print(f"all filters: {sum(costs):.1f} us of {total:.1f} us, {sum(costs) / total:.1%}; {rate:.0f} GETs/s")


def show(title: str, labels: Sequence[str], costs: Sequence[float], total: float) -> None:
    if title:
        print(f"{title:28}    us  of the whole")
    for label, cost in zip(labels, costs, strict=True):
        print(f"{label:28}{cost:6.1f}  {cost / total:6.1%}")


async def main_async(given: argparse.Namespace, folder: Path) -> None:
    (folder / "tokens.csv").write_text(TOKENS)
    (folder / "policy.yaml").write_text(POLICY)
    audit = building.Options()
    if given.audit:
        audit = building.Options(policy_file=folder / "policy.yaml", log_path=str(folder / "audit.log"))
    chosen = settings.Settings(
        data_dir=folder,
        storage=given.storage,
        serving=settings.Serving(port=0),
        access=methods.Options(token_auth_file=folder / "tokens.csv"),
        audit=audit,
        authorization=modes.Options(modes=(modes.RBAC,)),
        controllers=("-*",),
    )
    server = app.APIServer(core=True)
    with contextlib.ExitStack() as held:
        prepared = app.prepare(server, chosen, held)
        sockets = prepared.bind()
        url = prepared.url(sockets[0].getsockname()[1])
        async with contextlib.AsyncExitStack() as stack:
            backend = await stack.enter_async_context(prepared.store())
            sources = server.chain.sources(chosen, prepared.guard, prepared.directory.service_account_key)
            built = await stack.enter_async_context(server.content.assembled(backend, sources=sources))
            running = await stack.enter_async_context(
                generic.run(built, guard=prepared.guard, sockets=sockets, tls=prepared.tls)
            )
            processes.quiet_handshakes()
            tls = False if prepared.tls is not None else None
            await prepare(url, tls)
            await measure(running, url, given.count, given.seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--storage", default="memory://")
    parser.add_argument("--count", type=int, default=2000, help="requests a round")
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--audit", action="store_true", help="record each request to a file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        uvloop.run(main_async(given, Path(folder)))


if __name__ == "__main__":
    main()
