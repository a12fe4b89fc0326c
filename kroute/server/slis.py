"""`/metrics/slis`: how health checks turned out, for those who measure how well the service is kept up.

A check is judged whenever a health endpoint is asked.  Mirrors `k8s.io/component-base/metrics/prometheus/slis`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

import prometheus_client
from prometheus_client import metrics_core

from kroute.server import paths, routes

LABELS: Final = ("name", "type")


class Judgements:
    """What checks said: the last word of each, and how often which."""

    def __init__(self) -> None:
        self._last: dict[tuple[str, str], bool] = {}
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._registry = prometheus_client.CollectorRegistry(auto_describe=False)
        self._registry.register(self)

    def add(self, endpoint: str, name: str, passed: bool) -> None:
        self._last[name, endpoint] = passed
        self._counts[name, endpoint, "success" if passed else "error"] += 1

    def reset(self) -> None:
        self._last.clear()
        self._counts.clear()

    def text(self) -> bytes:
        return prometheus_client.generate_latest(self._registry)

    def collect(self) -> Iterator[metrics_core.Metric]:
        """What prometheus_client calls to read the numbers."""
        last = metrics_core.GaugeMetricFamily("kubernetes_healthcheck", "How a health check went last.", labels=LABELS)
        for labels, passed in self._last.items():
            last.add_metric(labels, float(passed))
        yield last
        counts = metrics_core.CounterMetricFamily(
            "kubernetes_healthchecks", "How often health checks passed, and failed.", labels=(*LABELS, "status")
        )
        for found, count in self._counts.items():
            counts.add_metric(found, count)
        yield counts


def install(at: paths.Paths, judged: Judgements) -> None:
    routes.install_metrics(at, judged.text, reset=judged.reset, path="/metrics/slis")
