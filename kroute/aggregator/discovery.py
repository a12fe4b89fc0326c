"""What the servers of APIServices say they serve, for the discovery documents of this one.

A server is asked for its aggregated discovery, and where it has none for the resources of the group-version.  One that
gives no answer keeps the resources it last told, marked as stale.
Mirrors `handler_discovery.go` of `k8s.io/kube-aggregator`.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from kroute.aggregator import backends, entries, known, records
from kroute.controllers import queueing
from kroute.discovery import aggregated, manager
from kroute.machinery import errors, objects

ACCEPT: Final = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
JSON: Final = "application/json"
PATIENCE: Final = 5.0
REFRESH: Final = 60.0
"""Seconds after which a server is asked again."""
KIND: Final = "APIGroupDiscoveryList"


class Discovery:
    """Asks the servers, and puts what they say into the manager of group-versions.  A listener of APIServices."""

    def __init__(self, services: known.Known, servers: backends.Backends, groups: manager.Manager) -> None:
        self._services, self._servers, self._groups = services, servers, groups
        self._told: dict[str, objects.Object] = {}
        pauses = queueing.Pauses(shortest=0.5, longest=REFRESH)
        self.queue = queueing.WorkQueue(self._look, name="discovery of other servers", workers=2, pauses=pauses)

    def change(self, name: str, service: records.APIService | None) -> None:
        if service is None or service.service is None:
            self._told.pop(name, None)
        else:
            self.queue.add(name)

    async def _look(self, name: str) -> float | None:
        service = self._services.get(name)
        if service is None or service.service is None:
            return None
        problem = ""
        try:
            self._told[name] = await self._ask(service)
        except backends.BackendError as error:
            problem = str(error)
        if self._services.get(name) is not service:
            return 0.0  # it has changed meanwhile
        document = self._told.get(name, {})
        self._groups.add(
            manager.Served(service.group_version, (), custom=True, remote=True, stale=bool(problem), document=document)
        )
        if problem:
            raise errors.ServiceUnavailable(problem)
        return REFRESH

    async def _ask(self, service: records.APIService) -> objects.Object:
        """What the server says of the group-version.  Raises backends.BackendError."""
        path = "/apis" if service.group_version.group else "/api"
        answer = await self._servers.fetch(service, path, {"Accept": ACCEPT}, timeout=PATIENCE)
        if answer.status == 503:
            raise backends.BackendError("service returned non-success response code: 503")
        if answer.status == 200 and f"as={KIND}" in answer.headers.get("Content-Type", ""):
            return in_document(decoded(answer.body, KIND), service)
        answer = await self._servers.fetch(service, service.discovery_path, {"Accept": JSON}, timeout=PATIENCE)
        if answer.status != 200:
            raise backends.BackendError(f"failed to download legacy discovery for {service.path}: {answer.status}")
        try:
            found = entries.listed(decoded(answer.body, "APIResourceList").get("resources"))
        except entries.EntryError as error:
            raise backends.BackendError(f"a resource list that can't be read: {error}") from error
        return aggregated.version(service.group_version.version, found)


def decoded(body: bytes, kind: str) -> dict[str, Any]:
    """The document of that kind.  Raises backends.BackendError."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise backends.BackendError(f"a document that can't be read: {error}") from error
    if not isinstance(found, dict) or found.get("kind") != kind:
        raise backends.BackendError(f"what was answered is no {kind}")
    return found


def in_document(document: dict[str, Any], service: records.APIService) -> objects.Object:
    """The group-version in aggregated discovery; an empty entry where it isn't there.  Raises backends.BackendError."""
    group, version = service.group_version
    try:
        for each in document.get("items") or ():
            if (each["metadata"].get("name") or "") == group:
                for entry in each.get("versions") or ():
                    if entry["version"] == version:
                        return entries.version(entry)
    except (KeyError, TypeError, AttributeError, entries.EntryError) as error:
        raise backends.BackendError(f"a discovery document that can't be read: {error!r}") from error
    return {}
