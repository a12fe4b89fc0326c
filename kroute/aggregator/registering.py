"""APIServices for what this server serves itself: they come and go with its group-versions.

What is there from the start is registered once, at the start; who changes or deletes that means it.  The group-versions
of custom resources are kept registered as long as they are served.
Mirrors `pkg/controllers/autoregister` of `k8s.io/kube-aggregator`, and its `crdregistration`.
"""

from __future__ import annotations

from typing import Any, Final

from kroute.aggregator import catalog, known, records
from kroute.controllers import queueing
from kroute.discovery import manager
from kroute.machinery import errors, objects
from kroute.server import health, loopback

CUSTOM: Final = manager.Priority(1000, 100)
PATIENCE: Final = 5.0
"""Seconds in which this process may yet come to serve what another one has registered."""


class Registering:
    """Keeps the APIServices of one server; a listener of APIServices."""

    def __init__(self, services: known.Known, groups: manager.Manager, client: loopback.Client) -> None:
        self._services, self._groups, self._client = services, groups, client
        self._wanted: dict[str, objects.Object] = {}
        self._at_start: set[str] = set()
        self._done: set[str] = set()
        self._ever: set[str] = set()
        self._waited: set[str] = set()
        self._pending: set[str] = set()
        self.queue = queueing.WorkQueue(self._look, name="registration of APIs", workers=5)

    def begin(self) -> None:
        """Everything that there is from the start is served now, and the APIServices are known."""
        self._at_start = {service.name for service in self._services.all()}
        self._groups.on_change(self._refresh)
        self._refresh()
        self._pending = {name for name in self._wanted if not self._is_available(name)}
        for service in self._services.all():
            self.queue.add(service.name)

    def change(self, name: str, service: records.APIService | None) -> None:
        if service is not None and service.available:
            self._pending.discard(name)
        self.queue.add(name)

    async def complete(self) -> None:
        """Raises health.Unhealthy until all that is served from the start has been registered."""
        if self._pending:
            raise health.Unhealthy(f"missing APIService: [{' '.join(sorted(self._pending))}]")

    def _is_available(self, name: str) -> bool:
        found = self._services.get(name)
        return found is not None and found.available

    def _refresh(self) -> None:
        """See what is to be registered now."""
        wanted = {
            records.name_of(served.group_version): desired(served)
            for served in self._groups.own()
            if served.group_version.group != catalog.KIND.group and (served.resources or served.custom)
        }
        for name in wanted.keys() | self._wanted.keys():
            if wanted.get(name) != self._wanted.get(name):
                self.queue.add(name)
        self._wanted = wanted
        self._ever |= wanted.keys()

    async def _look(self, name: str) -> float | None:
        """Bring one APIService in line with what is wanted."""
        wanted, found = self._wanted.get(name), self._services.get(name)
        foreign = found is not None and found.managed == records.ALWAYS and name not in self._ever
        if wanted is None and foreign and name not in self._waited:
            self._waited.add(name)
            return PATIENCE
        self._waited.discard(name)
        await self._bring(name, wanted, found)
        self._done.add(name)
        return None

    async def _bring(self, name: str, wanted: objects.Object | None, found: records.APIService | None) -> None:
        if wanted is None and found is None:
            return
        once = name in self._done
        if wanted is not None and once and managed(wanted) == records.ON_START:
            return
        if found is None:
            await self._create(wanted)
            return
        if found.managed not in (records.ON_START, records.ALWAYS):
            return  # somebody's own
        if found.managed == records.ON_START and (name not in self._at_start or once):
            return
        if wanted is None:
            await self._delete(found)
        elif wanted["spec"] != found.spec:
            await self._client.change(catalog.RESOURCE, name, lambda obj: replaced(obj, wanted))

    async def _create(self, wanted: Any) -> None:
        try:
            await self._client.create(catalog.RESOURCE, wanted)
        except errors.AlreadyExists:
            return  # another process was faster

    async def _delete(self, found: records.APIService) -> None:
        try:
            await self._client.delete(catalog.RESOURCE, found.name, uid=found.uid)
        except (errors.NotFound, errors.Conflict):
            return


def desired(served: manager.Served) -> objects.Object:
    """The APIService of a group-version."""
    group, version = served.group_version
    priority = CUSTOM if served.custom else manager.Priority(served.group_priority, served.version_priority)
    spec: objects.Object = {"group": group} if group else {}
    spec |= {"version": version, "groupPriorityMinimum": priority.group, "versionPriority": priority.version}
    label = records.ALWAYS if served.custom else records.ON_START
    metadata = {"name": records.name_of(served.group_version), "labels": {records.LABEL: label}}
    return {"kind": catalog.KIND.kind, "apiVersion": catalog.KIND.api_version, "metadata": metadata, "spec": spec}


def managed(obj: objects.Object) -> str:
    labels: Any = obj["metadata"]["labels"]
    return str(labels[records.LABEL])


def replaced(obj: objects.Object, wanted: objects.Object) -> bool:
    """Give an APIService the wanted spec; whether that changes it."""
    if obj["spec"] == wanted["spec"]:
        return False
    obj["spec"] = wanted["spec"]
    return True
