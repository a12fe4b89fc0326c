"""The server's numbers as text for Prometheus, under kube-apiserver's names.

Rooms that count something of their own give it as a source, which is read when the text is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol, TypeAlias

import prometheus_client
from prometheus_client import metrics_core, process_collector, utils

from kroute.server import lifecycle, metrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8; escaping=underscores"
LABELS = ("verb", "group", "version", "resource", "subresource", "scope", "component")
COMPONENT = "apiserver"

Values: TypeAlias = Iterable[tuple[Sequence[str], float]]
"""Label values, and the number that they stand for."""


class Source(NamedTuple):
    """A metric that another room keeps: `read` gives its present values.  A counter's name has no `_total`."""

    name: str
    documentation: str
    labels: Sequence[str]
    read: Callable[[], Values]
    counter: bool = False


class Flow(Protocol):
    """What keeps the numbers of reads and of writes that are being worked on."""

    reads: int
    writes: int


class Exposition:
    """Writes out what one server counts."""

    def __init__(self, recorder: metrics.Recorder, requests: lifecycle.Requests, flow: Flow) -> None:
        self._recorder, self._requests, self._flow = recorder, requests, flow
        self._sources: list[Source] = []
        self._registry = prometheus_client.CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        process_collector.ProcessCollector(registry=self._registry)

    def add(self, source: Source) -> None:
        self._sources.append(source)

    def text(self) -> bytes:
        return prometheus_client.generate_latest(self._registry)

    def reset(self) -> None:
        """Count requests from now on."""
        self._recorder.reset()

    def describe(self) -> Iterable[metrics_core.Metric]:
        return ()

    def collect(self) -> Iterator[metrics_core.Metric]:
        """What prometheus_client calls to read the numbers."""
        yield self._totals()
        yield self._durations()
        yield self._sizes()
        yield self._long_running()
        inflight = metrics_core.GaugeMetricFamily(
            "apiserver_current_inflight_requests", "Requests being worked on, by kind.", labels=("request_kind",)
        )
        inflight.add_metric(("readOnly",), self._flow.reads)
        inflight.add_metric(("mutating",), self._flow.writes)
        yield inflight
        for source in self._sources:
            make = metrics_core.CounterMetricFamily if source.counter else metrics_core.GaugeMetricFamily
            family = make(source.name, source.documentation, labels=source.labels)
            for labels, value in source.read():
                family.add_metric(labels, value)
            yield family

    def _distinct(self) -> list[metrics.Series]:
        return list({id(series): series for series in self._recorder.series}.values())

    def _totals(self) -> metrics_core.Metric:
        labels = ("verb", "dry_run", *LABELS[1:], "code")
        family = metrics_core.CounterMetricFamily(
            "apiserver_request", "Requests by kind and status code.", labels=labels
        )
        for series in self._distinct():
            for code, count in series.codes.items():
                family.add_metric((*series.labels, COMPONENT, str(code)), count)
        return family

    def _durations(self) -> metrics_core.Metric:
        name, text = "apiserver_request_duration_seconds", "How long requests took, in seconds."
        family = metrics_core.HistogramMetricFamily(name, text, labels=("verb", "dry_run", *LABELS[1:]))
        for series in self._distinct():
            family.add_metric((*series.labels, COMPONENT), buckets(series.durations), series.durations.total)
        return family

    def _sizes(self) -> metrics_core.Metric:
        name, text = "apiserver_response_sizes", "How large the answers to reads were, in bytes."
        family = metrics_core.HistogramMetricFamily(name, text, labels=LABELS)
        merged: dict[tuple[str, ...], metrics.Histogram] = {}
        for series in self._distinct():
            if series.sizes is not None:  # dry runs are writes, so this label is always ""
                merged[(series.labels.verb, *series.labels[2:])] = series.sizes
        for labels, sizes in merged.items():
            family.add_metric((*labels, COMPONENT), buckets(sizes), sizes.total)
        return family

    def _long_running(self) -> metrics_core.Metric:
        name, text = "apiserver_longrunning_requests", "Watches and other long-running requests that are open."
        family = metrics_core.GaugeMetricFamily(name, text, labels=LABELS)
        running = Counter(metrics.labels_of(current) for current in self._requests.long_running() if current.endpoint)
        for labels, count in running.items():
            family.add_metric((labels.verb, *labels[2:], COMPONENT), count)
        return family


def buckets(histogram: metrics.Histogram) -> list[tuple[str, float]]:
    show = utils.floatToGoString
    return [(show(bound), float(count)) for bound, count in histogram.cumulative()]  # type: ignore[no-untyped-call]
