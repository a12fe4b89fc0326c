"""From a port of a Service to an address: ready endpoints where there are some, else the cluster's own address.

Nothing here reads a store: whoever knows Services hands them in.
Mirrors `pkg/util/proxy` of k8s.io/apiserver, which has one way or the other by a flag.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol

from kroute.machinery import goformat

HEADLESS = ("", "None")


class Address(NamedTuple):
    """Where to connect to."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


class ResolveError(Exception):
    """No address is known; the text is kube-apiserver's."""


class Directory(Protocol):
    """Knows Services and what is behind them, as they are now."""

    def service(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        """The Service of that name."""
        ...

    def endpoint_slices(self, namespace: str, name: str) -> Iterable[Mapping[str, Any]]:
        """The EndpointSlices of a Service."""
        ...

    def endpoints(self, namespace: str, name: str) -> Mapping[str, Any] | None:
        """The Endpoints of a Service."""
        ...


class Resolver(Protocol):
    """Finds the address of a Service's port."""

    def resolve(self, namespace: str, name: str, port: int) -> Address:
        """Raises ResolveError."""
        ...


class NoServices:
    """The resolver of a server without Services."""

    def resolve(self, namespace: str, name: str, port: int) -> Address:
        raise ResolveError(f"service {goformat.quote(name)} not found")


class ServiceResolver:
    """Resolves what a directory knows; one of several endpoints is taken by chance."""

    def __init__(self, directory: Directory) -> None:
        self._directory = directory

    def resolve(self, namespace: str, name: str, port: int) -> Address:
        """Where a Service's port is.  Raises ResolveError."""
        service = self._directory.service(namespace, name)
        if service is None:
            raise ResolveError(f"service {goformat.quote(name)} not found")
        spec = service.get("spec") or {}
        if spec.get("type") == "ExternalName":
            return Address(spec.get("externalName") or "", port)
        found = next((each for each in spec.get("ports") or () if each.get("port") == port), None)
        if found is None:
            raise ResolveError(f"no service port {port} found for service {goformat.quote(name)}")
        behind = list(self._behind(namespace, name, found.get("name") or ""))
        if behind:
            return random.choice(behind)
        cluster_ip = spec.get("clusterIP") or ""
        if cluster_ip in HEADLESS:
            raise ResolveError(f"no endpoints available for service {goformat.quote(name)}")
        return Address(cluster_ip, port)

    def _behind(self, namespace: str, name: str, port_name: str) -> Iterator[Address]:
        found = list(of_slices(self._directory.endpoint_slices(namespace, name), port_name))
        if not found:
            found = list(of_endpoints(self._directory.endpoints(namespace, name), port_name))
        return iter(found)


def of_slices(slices: Iterable[Mapping[str, Any]], port_name: str) -> Iterator[Address]:
    """The ready endpoints of EndpointSlices."""
    for each in slices:
        ports = numbers(each.get("ports"), port_name)
        for endpoint in each.get("endpoints") or ():
            if (endpoint.get("conditions") or {}).get("ready") is False:
                continue
            for address in (endpoint.get("addresses") or ())[:1]:
                yield from (Address(address, port) for port in ports)


def of_endpoints(endpoints: Mapping[str, Any] | None, port_name: str) -> Iterator[Address]:
    """The ready addresses of Endpoints."""
    for subset in (endpoints or {}).get("subsets") or ():
        ports = numbers(subset.get("ports"), port_name)
        for each in subset.get("addresses") or ():
            yield from (Address(each.get("ip") or "", port) for port in ports)


def numbers(ports: Sequence[Mapping[str, Any]] | None, name: str) -> list[int]:
    return [each["port"] for each in ports or () if (each.get("name") or "") == name and each.get("port")]
