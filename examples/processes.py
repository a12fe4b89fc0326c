"""The machine's processes as a resource: storage objects written by hand, which store nothing.

    kroute serve examples.processes:server --storage memory://

    kubectl --kubeconfig .kroute/kubeconfig get processes
    kubectl --kubeconfig .kroute/kubeconfig get process 1 -o yaml
    kubectl --kubeconfig .kroute/kubeconfig get --raw '/apis/machine.example.org/v1/processes/1/memory?times=3'

A storage object is served with what it has methods for: `Processes` can be got, listed and shown as a table, and
kubectl says of everything else that the server doesn't allow it.  `Memory`, a subresource, takes over the connection.
Linux only: it reads /proc.
"""

import asyncio
import math
import os
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from marshmallow import fields

import kroute

PROC = Path("/proc")
PAGE, TICK = os.sysconf("SC_PAGE_SIZE"), os.sysconf("SC_CLK_TCK")
RESOURCE = kroute.GroupResource("machine.example.org", "processes")
COLUMNS = [
    {"name": name, "type": kind, "format": layout, "description": description, "priority": priority}
    for name, kind, layout, description, priority in (
        ("Pid", "string", "name", "The number of the process.", 0),
        ("State", "string", "", "What it does: S sleeps, R runs, Z has ended.", 0),
        ("Memory", "string", "", "How much of it is in memory.", 0),
        ("Command", "string", "", "What the program is called.", 0),
        ("Arguments", "string", "", "How it was started.", 1),
    )
]


class ProcessStatus(kroute.Schema):
    command = fields.String(metadata={"description": "What the program is called."})
    arguments = fields.List(fields.String(), metadata={"description": "How it was started."})
    parent = fields.Integer(metadata={"description": "The process that started it."})
    state = fields.String(metadata={"description": "What it does: S sleeps, R runs, Z has ended."})
    memory = fields.Integer(metadata={"description": "How much of it is in memory, in bytes."})


class Process(kroute.Kind):
    """A process of this machine."""

    status = fields.Nested(ProcessStatus, metadata={"description": "What is."})


class Processes:
    """Reads /proc anew for each request."""

    kind = "Process"
    schema = Process
    namespaced = False
    short_names = ("ps",)

    async def get(self, ctx: kroute.RequestContext, name: str, options: kroute.GetOptions) -> kroute.Object:
        found = process(name)
        if found is None:
            raise kroute.NotFound.of(RESOURCE, name)
        return found

    async def list(self, ctx: kroute.RequestContext, options: kroute.ListOptions) -> kroute.ListResult:
        wanted = (name for name in numbers() if options.field_selector.matches({"metadata.name": name}))
        items = [found for name in wanted if (found := process(name))]
        return kroute.ListResult(items if options.label_selector.matches({}) else [])

    async def convert_to_table(
        self, ctx: kroute.RequestContext, items: Sequence[kroute.Object], options: kroute.TableOptions
    ) -> kroute.Table:
        rows = [(cells(item), item) for item in items]
        return kroute.Table(COLUMNS if options.headers else [], rows)


class Memory:
    """A line of text for each look at a process: `?times=` looks, one `?every=` seconds."""

    connect_methods = ("GET",)

    async def connect(
        self, ctx: kroute.RequestContext, name: str, path: str, request: web.BaseRequest
    ) -> web.StreamResponse:
        try:
            times, every = int(request.query.get("times", "1")), float(request.query.get("every", "1"))
        except ValueError as error:
            raise kroute.BadRequest(f"times and every must be numbers: {error}") from error
        if not (0 < times <= 1000 and 0 <= every <= 60):
            raise kroute.BadRequest("times must be from 1 to 1000, every from 0 to 60")
        if process(name) is None:
            raise kroute.NotFound.of(RESOURCE, name)
        answer = web.StreamResponse(headers={"Content-Type": "text/plain; charset=utf-8"})
        await answer.prepare(request)
        for look in range(times):
            await asyncio.sleep(every if look else 0)
            found = process(name)
            if found is None:
                break
            await answer.write(f"{kroute.now()} {found['status']['memory']}\n".encode())
        return answer


def process(name: str) -> kroute.Object | None:
    """What is known of one process; None when there is none of that number (any longer)."""
    try:
        stat = (PROC / str(int(name)) / "stat").read_text(encoding="utf-8", errors="replace")
        line = (PROC / str(int(name)) / "cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    pid, rest = stat.split(" (", 1)
    command, rest = rest.rsplit(") ", 1)
    values = rest.split()  # from the third field of proc_pid_stat(5) on
    started = boot_time() + int(values[19]) / TICK
    return {
        "kind": "Process",
        "apiVersion": "machine.example.org/v1",
        "metadata": {
            "name": pid,
            "uid": str(uuid.uuid5(uuid.NAMESPACE_OID, f"{pid} {values[19]}")),
            "creationTimestamp": datetime.fromtimestamp(started, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        },
        "status": {
            "command": command,
            "arguments": line.decode(errors="replace").rstrip("\0").split("\0") if line else [],
            "parent": int(values[1]),
            "state": values[0],
            "memory": int(values[21]) * PAGE,
        },
    }


def numbers() -> Sequence[str]:
    """The numbers of all processes."""
    return sorted((path.name for path in PROC.iterdir() if path.name.isdecimal()), key=int)


def boot_time() -> int:
    """When the machine was started, in seconds since the epoch."""
    lines = (PROC / "stat").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime "))


def cells(item: kroute.Object) -> Sequence[object]:
    """The cells of a process in the order of COLUMNS."""
    status = item["status"]
    memory = f"{math.ceil(status['memory'] / 2**20)}Mi"
    return (item["metadata"]["name"], status["state"], memory, status["command"], " ".join(status["arguments"]))


server = kroute.APIServer(
    [kroute.GroupVersionStorage.of("machine.example.org/v1", {"processes": Processes(), "processes/memory": Memory()})]
)
