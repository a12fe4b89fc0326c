"""Claims: who has which address or port.  A claim is a key of a log, so making one is atomic, whoever else tries.

`Addresses` keeps them as the IPAddress objects of the API, `Ports` in a log that no resource is served from.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from kroute.aio import clocks
from kroute.coreapi import networks
from kroute.coreapi.allocation import ranges
from kroute.machinery import gvk, objects, times
from kroute.storage import core, encoding, failures
from kroute.storage.backend import base
from kroute.storage.backend import errors as backend_errors

SERVICES = gvk.GroupResource("", "services")
IP_ADDRESSES = gvk.GroupResource("networking.k8s.io", "ipaddresses")
IP_ADDRESS = gvk.GroupVersionKind("networking.k8s.io", "v1", "IPAddress")
FAMILY_LABEL, MANAGER_LABEL = "ipaddress.kubernetes.io/ip-family", "ipaddress.kubernetes.io/managed-by"
MANAGER = "ipallocator.k8s.io"
NODE_PORTS = "services/nodeports"
"""The log of ports; no resource has a slash in its name."""

OWNED: dict[str, Any] = {
    "f:metadata": {"f:labels": {".": {}, f"f:{FAMILY_LABEL}": {}, f"f:{MANAGER_LABEL}": {}}},
    "f:spec": {"f:parentRef": {".": {}, "f:name": {}, "f:namespace": {}, "f:resource": {}}},
}


class Owner(NamedTuple):
    """The service that has a claim."""

    namespace: str
    name: str


class Claim(NamedTuple):
    """`owner` is None for what no service claimed."""

    owner: Owner | None
    revision: int

    @property
    def made(self) -> float:
        """When it was made, in seconds since the epoch."""
        return self.revision / base.TICKS


class Book(ABC):
    """The claims of one kind, by number."""

    def __init__(self, log: Callable[[], base.Log]) -> None:
        self._log = log

    @abstractmethod
    def key(self, number: int) -> str: ...

    @abstractmethod
    def number(self, key: str) -> int | None:
        """The number of a key; None for a claim of another kind in the same log."""

    @abstractmethod
    def draft(self, number: int, owner: Owner) -> tuple[base.Draft, objects.Object]: ...

    @abstractmethod
    def owner(self, obj: objects.Object) -> Owner | None: ...

    def is_known(self, number: int) -> bool:
        """Whether a claim is known without asking the store, which may have made it out of date."""
        return False

    @abstractmethod
    def written(self, record: base.Record, obj: objects.Object) -> None:
        """Called when a claim was made."""

    async def claim(self, number: int, owner: Owner) -> bool:
        """Make a claim; False when somebody has it already."""
        draft, obj = self.draft(number, owner)
        try:
            with failures.reported(SERVICES, "create"):
                record = await self._log().create(self.key(number), draft)
        except backend_errors.KeyExists:
            return False
        self.written(record, obj)
        return True

    async def find(self, number: int) -> Claim | None:
        with failures.reported(SERVICES, "get"):
            record = await self._log().get(self.key(number))
        return None if record is None else self._opened(record)

    async def all(self) -> dict[int, Claim]:
        with failures.reported(SERVICES, "list"):
            listing = await self._log().list()
        found = ((self.number(record.key), record) for record in listing.records)
        return {number: self._opened(record) for number, record in found if number is not None}

    async def release(self, number: int, owner: Owner) -> None:
        """Take a claim back that this owner has; another's stays."""
        found = await self.find(number)
        while found is not None and found.owner == owner:
            if await self.remove(number, found):
                return
            found = await self.find(number)

    async def remove(self, number: int, claim: Claim) -> bool:
        """Take a claim back if it is still the same; whether it was or had gone already."""
        try:
            with failures.reported(SERVICES, "delete"):
                await self._log().delete(self.key(number), expected=claim.revision)
        except backend_errors.KeyNotFound:
            return True
        except backend_errors.RevisionConflict:
            return False
        return True

    def _opened(self, record: base.Record) -> Claim:
        return Claim(self.owner(orjson.loads(record.value)), record.revision)


class Ports(Book):
    """Claims of node ports."""

    layout = encoding.Layout(gvk.GroupVersionKind("", "v1", "NodePortClaim"))

    def key(self, number: int) -> str:
        return str(number)

    def number(self, key: str) -> int:
        return int(key)

    def draft(self, number: int, owner: Owner) -> tuple[base.Draft, objects.Object]:
        obj: objects.Object = {"metadata": {"name": str(number)}, "owner": owner._asdict()}
        return self.layout.draft(obj), obj

    def owner(self, obj: objects.Object) -> Owner | None:
        return Owner(**obj["owner"])

    def written(self, record: base.Record, obj: objects.Object) -> None:
        """Nobody is told of ports."""


class Addresses(Book):
    """Claims of addresses of one family; `served` gives the store of IPAddresses, where there is one."""

    layout = encoding.Layout(IP_ADDRESS)

    def __init__(
        self, log: Callable[[], base.Log], family: str, *, served: Callable[[], core.Core | None], clock: clocks.Clock
    ) -> None:
        super().__init__(log)
        self._family, self._served, self._clock = family, served, clock

    def key(self, number: int) -> str:
        return ranges.address(number, self._family)

    def number(self, key: str) -> int | None:
        found = networks.parse(key)
        return None if found is None or networks.family_of(found) != self._family else int(found)

    def is_known(self, number: int) -> bool:
        at = self._served()
        return at is not None and at.cache.peek(self.key(number)) is not None

    def written(self, record: base.Record, obj: objects.Object) -> None:
        at = self._served()
        if at is not None:
            at.written(record, obj)

    def draft(self, number: int, owner: Owner) -> tuple[base.Draft, objects.Object]:
        now = times.show(datetime.fromtimestamp(self._clock.now(), UTC))
        manager = {
            "manager": "kube-apiserver",
            "operation": "Update",
            "apiVersion": IP_ADDRESS.api_version,
            "time": now,
            "fieldsType": "FieldsV1",
            "fieldsV1": OWNED,
        }
        obj: objects.Object = {
            "metadata": {
                "name": self.key(number),
                "uid": str(uuid.uuid4()),
                "creationTimestamp": now,
                "labels": {FAMILY_LABEL: self._family, MANAGER_LABEL: MANAGER},
                "managedFields": [manager],
            },
            "spec": {"parentRef": {"resource": SERVICES.resource, **owner._asdict()}},
        }
        return self.layout.draft(obj), obj

    def owner(self, obj: objects.Object) -> Owner | None:
        return owner_of(obj)


def owner_of(obj: objects.Object) -> Owner | None:
    """The service that an IPAddress belongs to; None when it is of something else."""
    parent = (obj.get("spec") or {}).get("parentRef") or {}
    if parent.get("group") or parent.get("resource") != SERVICES.resource:
        return None
    return Owner(parent.get("namespace") or "", parent.get("name") or "")
