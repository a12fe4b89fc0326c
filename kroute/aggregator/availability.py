"""Whether the servers of APIServices can be reached: looks from time to time, and says so in their status.

Mirrors `pkg/controllers/status` of `k8s.io/kube-aggregator`, with its reasons and texts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping
from typing import Any, Final

from kroute.aggregator import backends, catalog, conditions, known, records
from kroute.aio import tasks
from kroute.controllers import queueing
from kroute.machinery import errors, goformat, objects, times
from kroute.server import loopback, services
from kroute.webhook import resolving

ATTEMPTS: Final = 5
PATIENCE: Final = 5.0
RESYNC: Final = 30.0
"""Seconds after which a server is looked at again."""


class Availability:
    """Keeps the condition of APIServices; a listener of theirs."""

    def __init__(
        self,
        all_services: known.Known,
        servers: backends.Backends,
        resolver: resolving.Resolver,
        directory: services.Directory,
        client: loopback.Client,
    ) -> None:
        self._services, self._servers, self._client = all_services, servers, client
        self._resolver, self._directory = resolver, directory
        pauses = queueing.Pauses(shortest=0.005, longest=RESYNC)
        self.queue = queueing.WorkQueue(self._look, name="availability of other servers", workers=5, pauses=pauses)

    def change(self, name: str, service: records.APIService | None) -> None:
        if service is not None:
            self.queue.add(name)

    def moved(self, namespace: str, name: str) -> None:
        """Something about a Service has changed."""
        for service in self._services.all():
            if service.service is not None and (service.service.namespace, service.service.name) == (namespace, name):
                self.queue.add(service.name)

    async def _look(self, name: str) -> float | None:
        service = self._services.get(name)
        if service is None:
            return None
        if service.service is None:
            await self._tell(service, conditions.LOCAL)
            return None
        found = self._of_service(service.service) or await self._of_server(service)
        await self._tell(service, found)
        if found.reason == "FailedDiscoveryCheck":
            raise errors.ServiceUnavailable(found.message)
        return RESYNC

    async def _tell(self, service: records.APIService, found: conditions.Condition) -> None:
        def change(obj: objects.Object) -> bool:
            if obj["metadata"]["uid"] != service.uid or conditions.is_same(obj, found):
                return False
            conditions.put(obj, found, times.now())
            return True

        try:
            await self._client.change(catalog.RESOURCE, service.name, change, subresource="status")
        except errors.NotFound:
            return

    def _of_service(self, wanted: records.Service) -> conditions.Condition | None:
        """What is wrong with the Service; None for nothing, and where none are kept."""
        if not self._directory.has_services:
            return None
        shown = f"service/{wanted.name} in {goformat.quote(wanted.namespace)}"
        service = self._directory.service(wanted.namespace, wanted.name)
        if service is None:
            return conditions.Condition("False", "ServiceNotFound", f"{shown} is not present")
        spec = service.get("spec") or {}
        if spec.get("type") != "ClusterIP":
            return None
        port = next((each for each in spec.get("ports") or () if each.get("port") == wanted.port), None)
        if port is None:
            return conditions.Condition("False", "ServicePortError", f"{shown} is not listening on port {wanted.port}")
        slices = list(self._directory.endpoint_slices(wanted.namespace, wanted.name))
        endpoints = self._directory.endpoints(wanted.namespace, wanted.name)
        if not slices and endpoints is None:
            return conditions.Condition("False", "EndpointsNotFound", f"cannot find endpointslices for {shown}")
        name = port.get("name") or ""
        if not (is_behind(slices, name) or any(resolving.of_endpoints(endpoints, name))):
            why = f"endpointslices for {shown} have no addresses with port name {goformat.quote(name)}"
            return conditions.Condition("False", "MissingEndpoints", why)
        return None

    async def _of_server(self, service: records.APIService) -> conditions.Condition:
        """What the server says: several attempts at once, as there may be several servers; one success will do."""
        problem = ""
        async with tasks.Scope(f"attempts at {service.name}") as scope:
            attempts = [scope.spawn(self._attempt(service), name=str(number)) for number in range(ATTEMPTS)]
            for attempt in asyncio.as_completed(attempts):
                problem = await attempt
                if not problem:
                    return conditions.PASSED
        return conditions.Condition("False", "FailedDiscoveryCheck", problem)

    async def _attempt(self, service: records.APIService) -> str:
        """What is wrong with the server; "" for nothing."""
        wanted = service.service
        assert wanted is not None
        try:
            address = self._resolver.resolve(wanted.namespace, wanted.name, wanted.port)
        except resolving.ResolveError as error:
            return str(error)
        url = f"https://{address}{service.discovery_path}"
        try:
            answer = await self._servers.fetch(service, service.discovery_path, timeout=PATIENCE)
        except backends.BackendError as error:
            return f"failing or missing response from {url}: Get {goformat.quote(url)}: {error}"
        if not 200 <= answer.status < 300:
            return f"failing or missing response from {url}: bad status from {url}: {answer.status}"
        return ""


def is_behind(slices: Iterable[Mapping[str, Any]], port_name: str) -> bool:
    """Whether there is a ready endpoint with the named port."""
    return any(resolving.of_slices(slices, port_name))
