"""`pods/proxy`, `nodes/proxy` and `services/proxy`: where a request is to go, which is then passed on.

Only what is known of pods and nodes is reached, and nothing of this machine's own.
Mirrors ResourceLocation of `pkg/registry/core/pod`, `node` and `service`.
"""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from kroute.coreapi import forwarding, networks
from kroute.coreapi.allocation import holding
from kroute.coreapi.storages import cases
from kroute.kinds import mounting
from kroute.machinery import context, errors, goformat, gvk, objects
from kroute.storage import core

METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
NODE_ADDRESSES = ("Hostname", "InternalDNS", "InternalIP", "ExternalDNS", "ExternalIP")
KUBELET_PORT = 10250
SERVICE_NAME = "kubernetes.io/service-name"
NOT_ALLOWED = "address not allowed"


class Wanted(NamedTuple):
    """`https:name:port` in its parts; scheme and port may be ""."""

    scheme: str
    name: str
    port: str


Locate = Callable[[cases.Case, context.RequestContext, Wanted], Awaitable[forwarding.Target]]


class Proxy:
    """The `proxy` subresource of a resource; `locate` says where its objects are reached."""

    connect_methods = METHODS
    connect_subpath = True

    def __init__(self, case: cases.Case, kind: gvk.GroupVersionKind, locate: Locate) -> None:
        self.kind = kind
        self._case, self._locate = case, locate

    async def connect(self, ctx: context.RequestContext, name: str, path: str, request: Any) -> Any:
        what = self._case.store.singular_name
        target = await self._locate(self._case, ctx, split(name, what))
        return await forwarding.forward(request, target, path)


def pods(case: cases.Case) -> mounting.Mount:
    return mounted(case, "PodProxyOptions", pod_target)


def nodes(case: cases.Case) -> mounting.Mount:
    return mounted(case, "NodeProxyOptions", node_target)


def services(case: cases.Case) -> mounting.Mount:
    return mounted(case, "ServiceProxyOptions", service_target)


def mounted(case: cases.Case, name: str, locate: Locate) -> mounting.Mount:
    kind = case.parent.kind._replace(kind=name)
    shown = replace(case.parent, kind=kind, storage_kind=kind, subresource="proxy", managed=False)
    return mounting.Mount(Proxy(case, kind, locate), shown)


def split(text: str, what: str) -> Wanted:
    """Raises BadRequest."""
    parts = text.split(":")
    if len(parts) == 1:
        found = Wanted("", text, "")
    elif len(parts) == 2:
        found = Wanted("", *parts)
    else:
        found = Wanted(*(parts if len(parts) == 3 else ("", "", "")))
    if not found.name or found.scheme not in ("", "http", "https"):
        raise errors.BadRequest(f"invalid {what} request {goformat.quote(text)}")
    return found


async def find(at: core.Core, ctx: context.RequestContext, name: str) -> objects.Object:
    """Raises NotFound."""
    found = await at.latest(at.key(ctx, name))
    if found is None:
        raise at.not_found(name)
    return found.obj


def is_reachable(text: str) -> bool:
    """Whether an address is one of a host somewhere else."""
    found = networks.parse(text)
    return found is not None and not (
        found.is_unspecified or found.is_loopback or found.is_multicast or found.is_link_local
    )


async def pod_target(case: cases.Case, ctx: context.RequestContext, wanted: Wanted) -> forwarding.Target:
    """The pod's address, at the first port of its containers unless another one is asked for."""
    pod = await find(case.store.core, ctx, wanted.name)
    ports = (port for container in pod["spec"].get("containers") or () for port in container.get("ports") or ())
    first = next(ports, None)
    port = wanted.port or (str(first.get("containerPort") or 0) if first is not None else "")
    address = next(addresses_of(pod), "")
    if not is_reachable(address):
        raise errors.BadRequest(NOT_ALLOWED)
    return forwarding.Target(wanted.scheme, address, port)


def addresses_of(pod: objects.Object) -> Iterator[str]:
    status = pod.get("status") or {}
    several = [each.get("ip") or "" for each in status.get("podIPs") or ()]
    yield from several or filter(None, (status.get("podIP"),))


async def node_target(case: cases.Case, ctx: context.RequestContext, wanted: Wanted) -> forwarding.Target:
    """The node's kubelet, or what listens at another port of the node."""
    node = await find(case.store.core, ctx, wanted.name)
    status = node.get("status") or {}
    host = preferred_address(status)
    port = str(((status.get("daemonEndpoints") or {}).get("kubeletEndpoint") or {}).get("Port") or KUBELET_PORT)
    if wanted.port in ("", port):
        return forwarding.Target("https", host, port)
    if networks.parse(host) is None or not is_reachable(host):
        raise errors.BadRequest(NOT_ALLOWED)
    return forwarding.Target(wanted.scheme, host, wanted.port)


def preferred_address(status: Mapping[str, Any]) -> str:
    """Raises Plain."""
    known = status.get("addresses") or ()
    for kind in NODE_ADDRESSES:
        for each in known:
            if each.get("type") == kind:
                return str(each.get("address") or "")
    shown = " ".join(f"{{{each.get('type') or ''} {each.get('address') or ''}}}" for each in known)
    raise errors.Plain(f"no preferred addresses found; known addresses: [{shown}]")


async def service_target(case: cases.Case, ctx: context.RequestContext, wanted: Wanted) -> forwarding.Target:
    """A ready pod behind the service."""
    port = wanted.port
    if port.isdecimal():
        service = await find(case.store.core, ctx, wanted.name)
        port = port_name(service, int(port))
    found = [each async for each in ready(case, ctx, wanted.name, port)]
    if not found:
        raise errors.ServiceUnavailable(f"no endpoints available for service {goformat.quote(wanted.name)}")
    address, number = random.choice(found)
    return forwarding.Target(wanted.scheme, address, str(number))


def port_name(service: objects.Object, number: int) -> str:
    """The name of the service's port of that number.  Raises ServiceUnavailable."""
    for port in service["spec"].get("ports") or ():
        if port.get("port") == number:
            return str(port.get("name") or "")
    name = goformat.quote(service["metadata"]["name"])
    raise errors.ServiceUnavailable(f"no service port {number} found for service {name}")


async def ready(case: cases.Case, ctx: context.RequestContext, name: str, port: str) -> AsyncIterator[tuple[str, int]]:
    """Addresses and ports of pods that are ready, by the named port of the service."""
    at, pods_at = case.environment.core("endpointslices", "discovery.k8s.io"), case.environment.core("pods")
    if at is None or pods_at is None:
        return
    for obj in await holding.all_objects(at):
        metadata = obj["metadata"]
        if metadata.get("namespace") != ctx.namespace or (metadata.get("labels") or {}).get(SERVICE_NAME) != name:
            continue
        numbers = [
            each["port"] for each in obj.get("ports") or () if (each.get("name") or "") == port and each.get("port")
        ]
        for endpoint in obj.get("endpoints") or ():
            address = (endpoint.get("addresses") or ("",))[0]
            if numbers and is_ready(endpoint) and is_pods(pods_at, ctx, endpoint.get("targetRef") or {}, address):
                yield address, numbers[0]


def is_ready(endpoint: Mapping[str, Any]) -> bool:
    return (endpoint.get("conditions") or {}).get("ready") is not False


def is_pods(at: core.Core, ctx: context.RequestContext, reference: Mapping[str, Any], address: str) -> bool:
    """Whether an address is that of the pod that an endpoint names, in the service's own namespace."""
    if reference.get("namespace") != ctx.namespace or not is_reachable(address):
        return False
    pod = at.cached(f"{ctx.namespace}/{reference.get('name') or ''}")
    return pod is not None and address in addresses_of(pod.obj)
