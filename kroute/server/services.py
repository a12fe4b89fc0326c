"""Services and what is behind them, as the watch caches have them: the directory that addresses are resolved with.

Mirrors the listers that `pkg/util/proxy` of k8s.io/apiserver reads.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from kroute.storage import caches

SERVICES, SLICES, ENDPOINTS = "services", "endpointslices.discovery.k8s.io", "endpoints"
SERVICE_NAME = "kubernetes.io/service-name"


class Directory:
    """What is known of Services; a `webhook.resolving.Directory`.  Answers nothing before the caches are filled."""

    def __init__(self, shelves: caches.Caches) -> None:
        self._caches = shelves

    @property
    def has_services(self) -> bool:
        """Whether Services are kept here at all."""
        return self._shelf(SERVICES) is not None

    def service(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        return self._object(SERVICES, f"{namespace}/{name}")

    def endpoint_slices(self, namespace: str, name: str) -> Iterator[Mapping[str, Any]]:
        shelf = self._shelf(SLICES)
        cache = None if shelf is None else shelf.filled()
        if cache is None:
            return
        for entry in cache.snapshot(f"{namespace}/").entries:
            if entry.labels.get(SERVICE_NAME) == name:
                yield orjson.loads(entry.value)

    def endpoints(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        return self._object(ENDPOINTS, f"{namespace}/{name}")

    def _object(self, resource: str, key: str) -> Mapping[str, Any] | None:
        shelf = self._shelf(resource)
        entry = None if shelf is None else shelf.peek(key)
        if entry is None:
            return None
        found: Mapping[str, Any] = orjson.loads(entry.value)
        return found

    def _shelf(self, resource: str) -> caches.Shelf | None:
        try:
            return self._caches.named(resource)
        except KeyError:
            return None
