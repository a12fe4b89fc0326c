"""Which requests go to other servers: follows the APIServices, and routes and orders group-versions by them.

Mirrors `apiserver.go` of `k8s.io/kube-aggregator`: AddAPIService and RemoveAPIService.
"""

from __future__ import annotations

from aiohttp import web

from kroute.actions import model
from kroute.aggregator import backends, proxying, records
from kroute.discovery import manager
from kroute.machinery import gvk
from kroute.server import director, exchange, publishing

CORE = gvk.GroupVersion("", "v1")


class Handling:
    """Keeps the routes of one server in line with the APIServices; a listener of theirs."""

    def __init__(self, at: director.Director, publisher: publishing.Publisher, servers: backends.Backends) -> None:
        self._at, self._publisher, self._servers = at, publisher, servers
        self._remote: dict[str, records.APIService] = {}
        self._named: dict[str, gvk.GroupVersion] = {}

    def change(self, name: str, service: records.APIService | None) -> None:
        """Take note of an APIService as it is now; None: it is gone."""
        groups = self._publisher.groups
        before = self._named.pop(name, None)
        if service is None:
            if before is not None:
                groups.prioritise(before, None)
        else:
            self._named[name] = service.group_version
            groups.prioritise(service.group_version, manager.Priority(service.group_priority, service.version_priority))
        if service is not None and service.service is not None:
            self._add(service)
        else:
            self._remove(name)

    def _add(self, service: records.APIService) -> None:
        """Send requests for a group-version to its server."""
        proxy = proxying.Proxy(service, self._servers)
        if service.name not in self._remote:
            self._publisher.groups.add(unknown(service))  # whereupon this server's own paths make room
            self._publisher.group_documents()
        self._at.take(service.group_version, proxy)
        self._at.paths.add(service.path, through(proxy))
        self._at.paths.add_prefix(f"{service.path}/", through(proxy), listed=False)
        self._remote[service.name] = service

    def _remove(self, name: str) -> None:
        service = self._remote.pop(name, None)
        if service is None:
            return
        self._at.take(service.group_version, None)
        self._at.paths.remove(service.path)
        self._at.paths.remove(f"{service.path}/")
        self._publisher.groups.remove(service.group_version, remote=True)
        self._publisher.documents.take_away(section_of(service))
        self._publisher.group_documents()


def unknown(service: records.APIService) -> manager.Served:
    """A group-version of which nothing is known yet."""
    return manager.Served(service.group_version, (), custom=True, remote=True, stale=True, document={})


def section_of(service: records.APIService) -> str:
    """What the OpenAPI document of a group-version is called."""
    return service.discovery_path[1:]


def through(proxy: proxying.Proxy) -> model.Handler:
    """The proxy as the handler of a plain path."""

    async def handle(call: model.Call) -> web.StreamResponse:
        current = exchange.Exchange(call.request)
        current.user, current.info, current.audit_id = call.ctx.user, call.ctx.info, call.ctx.audit_id
        current.query = call.request.raw_path.partition("?")[2]
        return await proxy.answer(current)

    return handle
