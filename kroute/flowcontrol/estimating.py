"""How much a request takes, in seats, before anything of it is done.

Mirrors `k8s.io/apiserver/pkg/util/flowcontrol/request`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

from kroute.flowcontrol import queueing
from kroute.machinery import context, query

OBJECTS_PER_SEAT = 100
MOST_SEATS = 10
MOST_OF_LEVEL = 0.15
"""The part of a level's own seats that one request may take."""

WATCHES_PER_SEAT = 10
EVENT_SECONDS = 0.005
WRITING = frozenset({"create", "update", "patch", "delete"})

Count: TypeAlias = Callable[[str], int]
"""How many objects, or watches, there are of a resource, by its name (`pods`, `deployments.apps`)."""


def none(resource: str) -> int:
    return 0


class Estimator:
    """`objects` counts what is stored; `watches` who watches it."""

    def __init__(self, objects: Count = none, watches: Count = none) -> None:
        self._objects, self._watches = objects, watches

    def estimate(self, info: context.RequestInfo, values: str, nominal: int) -> queueing.Work:
        """The work of a request with this query, at a level with so many seats of its own."""
        if not info.is_resource:
            return queueing.Work(1)
        most = max(1, math.ceil(nominal * MOST_OF_LEVEL)) if nominal else MOST_SEATS
        most = min(most, MOST_SEATS)
        verb = info.verb
        if verb == "list" or verb == "watch":
            return queueing.Work(min(most, self._read(info, values)))
        if verb in WRITING and not (info.resource == "serviceaccounts" and info.subresource == "token"):
            watches = self._watches(_name(info))
            if watches >= WATCHES_PER_SEAT:
                wanted = math.ceil(watches / WATCHES_PER_SEAT)
                seats = min(most, wanted)
                return queueing.Work(seats, EVENT_SECONDS * wanted / seats)
        elif verb == "deletecollection":
            return queueing.Work(min(most, self._read(info, values)))
        return queueing.Work(1)

    def _read(self, info: context.RequestInfo, values: str) -> int:
        """The seats that a list takes, or a watch that begins with one."""
        if info.name:
            return 1
        count = self._objects(_name(info))
        if count <= OBJECTS_PER_SEAT:
            return 1
        given = query.parse(values) if values else {}
        if info.verb == "watch":
            initial = given.get("sendInitialEvents", [""])[0] in ("true", "1")
            if not initial and query.first(given, "resourceVersion") not in ("", "0"):
                return 1
        limit = query.first(given, "limit")
        if limit.isdecimal() and 0 < int(limit) < count and query.first(given, "resourceVersion") != "0":
            count = int(limit)
        return max(1, math.ceil(count / OBJECTS_PER_SEAT))


def _name(info: context.RequestInfo) -> str:
    return f"{info.resource}.{info.group}" if info.group else info.resource
