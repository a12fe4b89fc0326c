"""What priority and fairness count, for metrics, and their state as it is shown for debugging.

Mirrors the metrics and the dumps of `k8s.io/apiserver/pkg/util/flowcontrol`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from aiohttp import web

from kroute.actions import model
from kroute.flowcontrol import controller
from kroute.server import exposition, paths

LEVEL, SCHEMA = "priority_level", "flow_schema"
DUMPS = "/debug/api_priority_and_fairness"
NAME = "apiserver_flowcontrol"


def sources(found: controller.Controller) -> Iterator[exposition.Source]:
    """Metrics under kube-apiserver's names."""
    counts = found.counts
    yield exposition.Source(
        f"{NAME}_dispatched_requests",
        "Requests that were let through.",
        (LEVEL, SCHEMA),
        lambda: list(counts.dispatched.items()),
        counter=True,
    )
    yield exposition.Source(
        f"{NAME}_rejected_requests",
        "Requests that were refused, by reason.",
        (LEVEL, SCHEMA, "reason"),
        lambda: list(counts.rejected.items()),
        counter=True,
    )
    yield gauge(found, "current_inqueue_requests", "Requests that wait.", lambda state: state.queues.waiting)
    yield gauge(found, "current_inqueue_seats", "Seats that are waited for.", lambda state: state.queues.seats_waiting)
    yield gauge(found, "current_executing_requests", "Requests being worked on.", lambda state: state.queues.executing)
    yield gauge(found, "current_executing_seats", "Seats in use.", lambda state: state.queues.seats_in_use)
    yield gauge(found, "nominal_limit_seats", "Seats of its own.", lambda state: state.bounds.nominal)
    yield gauge(found, "lower_limit_seats", "The fewest seats it may have.", lambda state: state.bounds.least)
    yield gauge(found, "upper_limit_seats", "The most seats it may have.", lambda state: state.bounds.most)
    yield gauge(found, "current_limit_seats", "Seats that it may use now.", lambda state: state.queues.limit)


def gauge(
    found: controller.Controller, name: str, text: str, read: Callable[[controller.State], float]
) -> exposition.Source:
    return exposition.Source(
        f"{NAME}_{name}",
        text,
        (LEVEL,),
        lambda: [((level,), read(state)) for level, state in found.states.items()],
    )


def install(found: controller.Controller, at: paths.Paths) -> None:
    """Serve the dumps of priority levels and of queues."""

    async def levels(call: model.Call) -> web.StreamResponse:
        head = ("PriorityLevelName", "ActiveQueues", "IsIdle", "WaitingRequests", "ExecutingRequests", "SeatsInUse")
        return table(head, [level_row(name, state) for name, state in found.states.items()])

    async def queues(call: model.Call) -> web.StreamResponse:
        head = ("PriorityLevelName", "Index", "PendingRequests", "ExecutingRequests")
        rows = [(name, *row) for name, state in found.states.items() for row in state.queues.lengths()]
        return table(head, rows)

    at.add(f"{DUMPS}/dump_priority_levels", levels, listed=False)
    at.add(f"{DUMPS}/dump_queues", queues, listed=False)


def level_row(name: str, state: controller.State) -> Sequence[object]:
    queues = state.queues
    if state.level.exempt:
        return name, *["<none>"] * 5
    busy = len(queues.lengths())
    return name, busy, str(queues.idle).lower(), queues.waiting, queues.executing, queues.seats_in_use


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> web.Response:
    lines = [",".join(map(str, row)) for row in (head, *rows)]
    return web.Response(text="\n".join(lines) + "\n")
