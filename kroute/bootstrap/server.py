"""The bootstrap controller as part of a server: its post-start hooks, under kube-apiserver's names, and its upkeep.

Each process brings everything in order when it starts; of several over one store, one goes on looking after it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

from kroute.aio import tasks
from kroute.bootstrap import authentication, endpoints, essentials, identity, keeping, roles
from kroute.controllers import leading
from kroute.server import generic, loopback
from kroute.storage import caches

LEASE = "kroute-bootstrap"


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the objects say.

    `service_ranges` are networks; `cluster_ip` is the first address of the first of them.  `address` is where
    servers of the cluster reach this one ("" for nowhere), `port` where it listens."""

    service_ranges: Sequence[str]
    cluster_ip: str
    address: str
    port: int
    trust: Callable[[], authentication.Trust] = field(default=authentication.Trust)
    endpoints: bool = True


class Bootstrap:
    """A companion of a server: call it with the server that is to have the hooks."""

    def __init__(self, options: Options) -> None:
        self._options = options

    def __call__(self, server: generic.GenericAPIServer, shelves: caches.Caches) -> None:
        names = {shelf.name for shelf in shelves.all()}
        if "namespaces" not in names:
            return  # nothing that is to be there from the start could be served
        Hooks(self._options, server, shelves, names).add()


class Hooks:
    """The hooks of one server."""

    def __init__(
        self, options: Options, server: generic.GenericAPIServer, shelves: caches.Caches, names: set[str]
    ) -> None:
        self._options, self._server, self._shelves, self._names = options, server, shelves, names
        self._client: loopback.Client = server.loopback
        self._kept: list[keeping.Kept] = []
        self._further: list[Callable[[tasks.Scope], Awaitable[None]]] = []
        self._left = 0

    def add(self) -> None:
        client, options = self._client, self._options
        self._keep("start-system-namespaces-controller", essentials.namespaces(client))
        trust = authentication.Authentication(client, options.trust)
        self._keep("start-cluster-authentication-info-controller", [trust])
        alive = self._identity() if endpoints.LEASES in self._names else self._alone
        self._keep("start-legacy-token-tracking-controller", [essentials.TokenTracking(client)])
        roles.add_hook(self._server, self._shelves)
        self._keep("scheduling/bootstrap-system-priority-classes", essentials.priority_classes(client))
        self._keep("priority-and-fairness-config-producer", essentials.flow_control(client))
        service = endpoints.service(client, cluster_ip=options.cluster_ip, port=options.port)
        addresses = [
            endpoints.Addresses(client, resource, alive, options.port)
            for resource in (endpoints.ENDPOINTS, endpoints.SLICE)
        ]
        self._keep("bootstrap-controller", [service, *(addresses if options.endpoints else ())])
        cidr = essentials.ServiceCIDR(client, options.service_ranges)
        self._keep("start-kubernetes-service-cidr-controller", [cidr])

    def _keep(self, name: str, kept: Iterable[keeping.Kept]) -> None:
        """A hook that brings objects in order; once all hooks have, they are looked after."""
        found = list(kept)
        keeper = keeping.Keeper(self._shelves, found)
        self._kept += found
        self._left += 1

        async def run(scope: tasks.Scope) -> None:
            await keeper.once()
            self._left -= 1
            if not self._left:
                scope.spawn(self._keep_up(scope), name="bootstrap upkeep")

        self._server.add_post_start_hook(name, run)

    def _identity(self) -> endpoints.Alive:
        """The hooks of this server's Lease; what tells which servers live."""
        options, client = self._options, self._client
        own = identity.Identity(client, address=options.address, port=options.port)
        known = identity.Known(self._shelves.named(endpoints.LEASES))
        self._server.add_post_start_hook("start-kube-apiserver-identity-lease-controller", own.start)
        self._server.add_pre_shutdown_hook("identity-lease", own.leave)

        async def collect(scope: tasks.Scope) -> None:
            self._further.append(lambda within: known.clean(client, within))

        self._server.add_post_start_hook("start-kube-apiserver-identity-lease-garbage-collector", collect)
        if not self._shelves.backend.shared:
            return self._alone

        async def alive() -> Sequence[str]:
            return sorted({*await known.addresses(), *await self._alone()})

        return alive

    async def _alone(self) -> Sequence[str]:
        return [self._options.address] if self._options.address else []

    async def _keep_up(self, scope: tasks.Scope) -> None:
        """Look after everything from now on, unless another process does."""
        keeper = keeping.Keeper(self._shelves, self._kept)

        async def work(within: tasks.Scope) -> None:
            await keeper.keep(within)
            for each in self._further:
                await each(within)

        await leading.alone(self._client, self._shelves, LEASE, work, scope)
