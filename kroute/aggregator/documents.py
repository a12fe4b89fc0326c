"""The OpenAPI documents of the servers of APIServices, for those of this one.

OpenAPI 3 is taken as it is, by group-version; from a server that has Swagger 2.0 alone, that goes into the merged
document.  Mirrors `pkg/controllers/openapi` and `openapiv3` of `k8s.io/kube-aggregator`.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from kroute.aggregator import backends, handling, known, records
from kroute.controllers import queueing
from kroute.machinery import errors
from kroute.openapi import service as openapi
from kroute.openapi import v2

PATIENCE: Final = 10.0
REFRESH: Final = 60.0
JSON: Final = {"Accept": "application/json"}


class Documents:
    """Fetches the documents of available servers, and puts them beside this server's own.  A listener."""

    def __init__(self, services: known.Known, servers: backends.Backends, documents: openapi.Service) -> None:
        self._services, self._servers, self._documents = services, servers, documents
        self._bodies: dict[str, bytes] = {}
        pauses = queueing.Pauses(shortest=0.5, longest=REFRESH)
        self.queue = queueing.WorkQueue(self._look, name="documents of other servers", workers=1, pauses=pauses)

    def change(self, name: str, service: records.APIService | None) -> None:
        if service is None or service.service is None:
            self._bodies.pop(name, None)
        elif service.available:
            self.queue.add(name)

    async def _look(self, name: str) -> float | None:
        service = self._services.get(name)
        if service is None or service.service is None or not service.available:
            return None
        try:
            found = await self._ask(service)
        except backends.BackendError as error:
            raise errors.ServiceUnavailable(str(error)) from error
        if self._services.get(name) is not service:
            return 0.0  # it has changed meanwhile
        section, body, swagger = handling.section_of(service), *found
        if body and self._bodies.get(name) != body:
            self._bodies[name] = body
            self._documents.put(section, body)
        elif swagger is not None:
            self._documents.put_swagger(section, swagger)
        return REFRESH

    async def _ask(self, service: records.APIService) -> tuple[bytes, dict[str, Any] | None]:
        """The OpenAPI 3 document, or else the Swagger document.  Raises backends.BackendError."""
        target = f"/openapi/v3/{handling.section_of(service)}"
        answer = await self._servers.fetch(service, target, JSON, timeout=PATIENCE)
        if answer.status == 200:
            document = decoded(answer.body)
            check(document)
            return answer.body, None
        answer = await self._servers.fetch(service, "/openapi/v2", JSON, timeout=PATIENCE)
        if answer.status != 200:
            raise backends.BackendError(f"there are no OpenAPI documents: {answer.status}")
        return b"", of_group_version(decoded(answer.body), service)


def decoded(body: bytes) -> dict[str, Any]:
    """Raises backends.BackendError."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise backends.BackendError(f"a document that can't be read: {error}") from error
    if not isinstance(found, dict):
        raise backends.BackendError("a document that is no object")
    return found


def check(document: dict[str, Any]) -> None:
    """Raises backends.BackendError for a document that can't be merged with others."""
    try:
        v2.part(document)
    except (KeyError, TypeError, AttributeError, StopIteration) as error:
        raise backends.BackendError(f"an OpenAPI document that can't be read: {error!r}") from error


def of_group_version(document: dict[str, Any], service: records.APIService) -> dict[str, Any]:
    """The part of a Swagger document that is about a group-version."""
    paths, definitions = document.get("paths"), document.get("definitions")
    if not isinstance(paths, dict) or not isinstance(definitions, dict):
        raise backends.BackendError("a Swagger document without paths and definitions")
    prefix = service.discovery_path
    mine = {path: item for path, item in paths.items() if path == prefix or path.startswith(f"{prefix}/")}
    return {"paths": mine, "definitions": definitions}
