"""What the server counts of its requests.

Counting is a part of every request, so it is a few additions to plain numbers: the series that a kind of request
belongs to is found by one look-up and made once.  All runs in one thread, hence no locks.  `exposition` writes it out.
Labels mirror `k8s.io/apiserver/pkg/endpoints/metrics`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterator
from itertools import accumulate
from time import perf_counter
from typing import NamedTuple

from kroute.machinery import context
from kroute.server import exchange

SHORT = (0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1.0, 1.25, 1.5, 2.0, 3.0)
DURATIONS = (*SHORT, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0, 20.0, 30.0, 45.0, 60.0)
"""Upper bounds of the duration buckets, in seconds."""

SIZES = (1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9)
"""Upper bounds of the size buckets, in bytes."""

METHODS = {
    "get": "GET",
    "list": "LIST",
    "watch": "WATCH",
    "create": "POST",
    "update": "PUT",
    "patch": "PATCH",
    "delete": "DELETE",
    "deletecollection": "DELETE",
}
"""What a verb is reported as."""

CONNECTED = frozenset({"log", "exec", "portforward", "attach", "proxy"})
APPLY = "application/apply-patch+"


class Labels(NamedTuple):
    verb: str
    dry_run: str
    group: str
    version: str
    resource: str
    subresource: str
    scope: str


class Histogram:
    """Counts by size, and the sum of all that was counted.  The last count is of what is above every bound."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds, self.counts, self.total = bounds, [0] * (len(bounds) + 1), 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def cumulative(self) -> Iterator[tuple[float, int]]:
        """How many values were at or below each bound."""
        return zip((*self.bounds, float("inf")), accumulate(self.counts), strict=True)


class Series:
    """The numbers of one kind of request: how many by status code, how long they took, how large answers were."""

    __slots__ = ("codes", "durations", "labels", "sizes")

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.codes: dict[int, int] = {}
        self.durations = Histogram(DURATIONS)
        self.sizes = Histogram(SIZES) if labels.verb in ("GET", "LIST") else None


class Recorder:
    """The series of one server.  Only requests that found a handler count, so that clients can't make new ones."""

    def __init__(self) -> None:
        self._series: dict[tuple[object, ...], Series] = {}

    @property
    def series(self) -> Collection[Series]:
        return self._series.values()

    def reset(self) -> None:
        self._series.clear()

    def record(self, current: exchange.Exchange, code: int, size: int) -> None:
        """Count a finished request: its status code, and the size of the answer's body in bytes."""
        if not current.endpoint:
            return
        found = self._find(current)
        codes = found.codes
        codes[code] = codes.get(code, 0) + 1
        found.durations.observe(perf_counter() - current.started)
        if found.sizes is not None:
            found.sizes.observe(size)

    def _find(self, current: exchange.Exchange) -> Series:
        info = current.info
        key: tuple[object, ...]
        if info.is_resource and info.verb != "patch" and "dryRun" not in current.query:
            scope = 1 if info.name else 2 if info.namespace else 3
            key = (info.verb, info.group, info.version, info.resource, info.subresource, scope)
        else:
            key = labels_of(current)
        found = self._series.get(key)
        if found is None:
            labels = labels_of(current)
            found = self._series.get(labels) or Series(labels)
            self._series[key] = self._series[labels] = found
        return found


def labels_of(current: exchange.Exchange) -> Labels:
    """The labels that a request is counted under."""
    info, request = current.info, current.request
    if not info.is_resource:
        return Labels(request.method, "", "", "", "", current.endpoint, "")
    verb = METHODS.get(info.verb, "other")
    if verb == "PATCH" and request.headers.get("Content-Type", "").startswith(APPLY):
        verb = "APPLY"
    if info.subresource in CONNECTED:
        verb = "CONNECT"
    dry_run = "All" if "dryRun=All" in current.query else ""
    return Labels(verb, dry_run, info.group, info.version, info.resource, info.subresource, scope_of(info))


def scope_of(info: context.RequestInfo) -> str:
    if info.name or info.verb == "create":
        return "resource"
    return "namespace" if info.namespace else "cluster"
