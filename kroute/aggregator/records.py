"""What the aggregator reads of an APIService."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Any, Self

from kroute.aggregator import conditions
from kroute.machinery import gvk, objects

LABEL = "kube-aggregator.kubernetes.io/automanaged"
ON_START, ALWAYS = "onstart", "true"
"""How long an APIService that nobody wrote by hand is kept as it should be."""


@dataclass(frozen=True, slots=True)
class Service:
    """A port of a Service; `hostname` is what its certificate must be for."""

    namespace: str
    name: str
    port: int

    @property
    def hostname(self) -> str:
        return f"{self.name}.{self.namespace}.svc"


@dataclass(frozen=True, slots=True, kw_only=True)
class APIService:
    """`service` None: this server serves the group-version itself.

    `managed` is the value of the label that says who keeps the object; "" for people."""

    name: str
    uid: str
    group_version: gvk.GroupVersion
    group_priority: int
    version_priority: int
    service: Service | None
    ca_bundle: bytes
    insecure: bool
    available: bool
    managed: str
    spec: objects.Object

    @classmethod
    def of(cls, obj: objects.Object) -> Self:
        metadata: Any = obj["metadata"]
        spec: Any = obj.get("spec") or {}
        return cls(
            name=metadata["name"],
            uid=metadata["uid"],
            group_version=gvk.GroupVersion(spec.get("group") or "", spec.get("version") or ""),
            group_priority=spec.get("groupPriorityMinimum") or 0,
            version_priority=spec.get("versionPriority") or 0,
            service=service_of(spec.get("service")),
            ca_bundle=bundle_of(spec.get("caBundle")),
            insecure=bool(spec.get("insecureSkipTLSVerify")),
            available=conditions.is_available(obj),
            managed=(metadata.get("labels") or {}).get(LABEL) or "",
            spec=spec,
        )

    @property
    def path(self) -> str:
        """Below which everything is the server's."""
        group, version = self.group_version
        return f"/apis/{group}/{version}" if group else "/api"

    @property
    def discovery_path(self) -> str:
        """Where the server says what it has."""
        return self.path if self.group_version.group else f"/api/{self.group_version.version}"


def name_of(group_version: gvk.GroupVersion) -> str:
    """What the APIService of a group-version is called."""
    return f"{group_version.version}.{group_version.group}"


def service_of(given: Any) -> Service | None:
    if given is None:
        return None
    return Service(given.get("namespace") or "", given.get("name") or "", given.get("port") or 443)


def bundle_of(encoded: str | None) -> bytes:
    try:
        found = base64.b64decode(encoded or "")
    except binascii.Error:
        return b""
    return found if found.strip() else b""
