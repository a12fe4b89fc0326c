"""What a service needs allocated, when it is created and when it changes.

Mirrors `alloc.go` of `pkg/registry/core/service/storage`, and the hooks of `storage.go` beside it.
"""

from __future__ import annotations

from kroute.coreapi.allocation import addresses, families, holding, operation
from kroute.coreapi.validation import serviceaddresses, services
from kroute.machinery import errors, fielderrors, objects

NONE = serviceaddresses.NONE
WITH_NODE_PORTS = (services.NODE_PORT, services.LOAD_BALANCER)
Operation = operation.Operation


async def create(op: Operation, obj: objects.Object, configured: list[str]) -> None:
    """Claim what a new service needs, and say so in it.  Raises Invalid, InternalError."""
    spec = obj["spec"]
    if spec.get("clusterIP") and not spec.get("clusterIPs"):
        spec["clusterIPs"] = [spec["clusterIP"]]
    families.complete(obj, None, configured)
    await claim_addresses(op, obj)
    if spec.get("type") in WITH_NODE_PORTS:
        await claim_node_ports(op, obj)
    if services.needs_health_check(obj):
        await claim_health_port(op, obj)


async def update(op: Operation, obj: objects.Object, old: objects.Object, configured: list[str]) -> None:
    """Claim what a service needs that `old` didn't have, and give up what it needs no longer.

    Raises Invalid, InternalError."""
    keep_allocated(obj, old)
    match_addresses(obj["spec"], old["spec"])
    families.complete(obj, old, configured)
    await update_addresses(op, obj, old)
    await update_node_ports(op, obj, old)
    await update_health_port(op, obj, old)


def keep_allocated(obj: objects.Object, old: objects.Object) -> None:
    """Who writes a service without what was allocated for it wants it to stay."""
    spec, before = obj["spec"], old["spec"]
    if not serviceaddresses.is_external_name(obj) and not serviceaddresses.is_external_name(old):
        for field in ("clusterIP", "clusterIPs"):
            if not spec.get(field) and before.get(field):
                spec[field] = objects.copy(before[field])
    if spec.get("type") in WITH_NODE_PORTS and before.get("type") in WITH_NODE_PORTS:
        taken = set(holding.node_ports(obj)) & set(holding.node_ports(old))
        by_name = {port.get("name"): port.get("nodePort") for port in before.get("ports") or ()}
        for port in spec.get("ports") or ():
            number = by_name.get(port.get("name"))
            if number and not port.get("nodePort") and number not in taken:
                port["nodePort"] = number
    if services.needs_health_check(obj) and services.needs_health_check(old) and not holding.health_port(obj):
        spec["healthCheckNodePort"] = holding.health_port(old)


def match_addresses(spec: objects.Object, old: objects.Object) -> None:
    """Who changes one of `clusterIP` and `clusterIPs` and leaves the other as it was means both."""
    single, former = spec.get("clusterIP") or "", old.get("clusterIP") or ""
    several, before = spec.get("clusterIPs") or [], old.get("clusterIPs") or []
    if before and not several and single == former:
        spec["clusterIPs"] = several = list(before)
    if single != former and several == before:
        if single or not former:
            spec["clusterIPs"] = [single]
        else:
            spec.pop("clusterIPs", None)


async def claim_addresses(op: Operation, obj: objects.Object) -> None:
    """An address of each of the service's families, the ones that it names or others."""
    spec = obj["spec"]
    if serviceaddresses.is_external_name(obj) or (spec.get("clusterIPs") or [""])[0] == NONE:
        return
    wanted = list(spec.get("clusterIPs") or ())
    wanted += [""] * (len(spec["ipFamilies"]) - len(wanted))
    spec["clusterIPs"] = wanted
    for index, family in enumerate(spec["ipFamilies"]):
        await claim_address(op, obj, index, family)
    spec["clusterIP"] = wanted[0]


async def claim_address(op: Operation, obj: objects.Object, index: int, family: str) -> None:
    """The address at one place among the service's."""
    texts = obj["spec"]["clusterIPs"]
    try:
        if texts[index]:
            await op.claim_address(texts[index])
        else:
            texts[index] = await op.take_address(family)
    except addresses.AllocationError as error:
        if not texts[index]:
            raise errors.InternalError.of(f"failed to allocate a serviceIP: {error}") from error
        refuse(obj, serviceaddresses.IPS, list(texts), f"failed to allocate IP {texts[index]}: {error}")


def refuse(obj: objects.Object, path: str, value: object, why: str) -> None:
    """Raises Invalid."""
    families.refuse(obj, iter((fielderrors.invalid(path, value, why),)))


async def update_addresses(op: Operation, obj: objects.Object, old: objects.Object) -> None:
    spec, before = obj["spec"], old["spec"]
    if families.is_settled(obj, old):
        return
    if serviceaddresses.is_external_name(old):
        await claim_addresses(op, obj)
    elif (before.get("clusterIPs") or [""])[0] == NONE:
        return
    elif serviceaddresses.is_external_name(obj):
        op.leave_addresses(*holding.addresses(old))
    else:
        had, has = len(before.get("ipFamilies") or ()), len(spec.get("ipFamilies") or ())
        if had == 1 and has == 2:
            texts = list(spec.get("clusterIPs") or ())
            spec["clusterIPs"] = texts + [""] * (2 - len(texts))
            await claim_address(op, obj, 1, spec["ipFamilies"][1])
        elif had == 2 and has == 1:
            op.leave_addresses(*(before.get("clusterIPs") or ())[1:])


async def claim_node_ports(op: Operation, obj: objects.Object) -> None:
    """A node port for each port; ports of one number and different protocols share theirs."""
    ports = obj["spec"].get("ports") or ()
    chosen: dict[int, int] = {}
    for index, port in enumerate(ports):
        if not port.get("nodePort") and not allocates_node_ports(obj):
            continue
        number = port.get("port") or 0
        if number not in chosen:
            named = next((each["nodePort"] for each in ports if is_named(each, number)), 0)
            if named:
                await claim_port(op, obj, index, named)
            chosen[number] = named or await take_port(op)
            port["nodePort"] = chosen[number]
        elif not port.get("nodePort"):
            port["nodePort"] = chosen[number]
        elif port["nodePort"] != chosen[number]:
            await claim_port(op, obj, index, port["nodePort"])


def is_named(port: objects.Object, number: int) -> bool:
    """Whether a port of that number says which node port it wants."""
    return port.get("port") == number and bool(port.get("nodePort"))


def allocates_node_ports(obj: objects.Object) -> bool:
    """Whether ports get node ports that they don't name."""
    spec = obj["spec"]
    return bool(spec.get("type") == services.NODE_PORT or spec.get("allocateLoadBalancerNodePorts"))


async def claim_port(op: Operation, obj: objects.Object, index: int, number: int) -> None:
    try:
        await op.claim_port(number)
    except addresses.AllocationError as error:
        refuse(obj, f"spec.ports[{index}].nodePort", number, str(error))


async def take_port(op: Operation) -> int:
    try:
        return await op.take_port()
    except addresses.AllocationError as error:
        raise errors.InternalError.of(f"failed to allocate a nodePort: {error}") from error


async def update_node_ports(op: Operation, obj: objects.Object, old: objects.Object) -> None:
    """Node ports of a service that may have had some."""
    before = holding.node_ports(old)
    if obj["spec"].get("type") not in WITH_NODE_PORTS:
        op.leave_ports(*before)
        return
    claimed: set[int] = set()
    seen: set[tuple[str, int]] = set()
    for index, port in enumerate(obj["spec"].get("ports") or ()):
        number, protocol = port.get("nodePort") or 0, port.get("protocol") or ""
        if not number and not allocates_node_ports(obj):
            continue
        if not number:
            number = port["nodePort"] = await take_port(op)
        elif number not in before and number not in claimed:
            await claim_port(op, obj, index, number)
            claimed.add(number)
        if (protocol, number) in seen:
            raise errors.Plain(f"duplicate nodePort: {{{protocol} {number}}}")
        seen.add((protocol, number))
    op.leave_ports(*set(before) - set(holding.node_ports(obj)))


async def claim_health_port(op: Operation, obj: objects.Object) -> None:
    """The port at which load balancers ask a node for pods of the service."""
    number = holding.health_port(obj)
    try:
        if number:
            await op.claim_port(number)
        else:
            obj["spec"]["healthCheckNodePort"] = await op.take_port()
    except addresses.AllocationError as error:
        what = f"requested HealthCheck NodePort {number}:" if number else "a HealthCheck NodePort 0:"
        raise errors.InternalError.of(f"failed to allocate {what} {error}") from error


async def update_health_port(op: Operation, obj: objects.Object, old: objects.Object) -> None:
    needed, needs = services.needs_health_check(old), services.needs_health_check(obj)
    if needs and not needed:
        await claim_health_port(op, obj)
    elif needed and not needs:
        op.leave_ports(holding.health_port(old))


def leave_all(op: Operation, obj: objects.Object) -> None:
    """Give up everything that a service has that is gone."""
    if not serviceaddresses.is_external_name(obj):
        op.leave_addresses(*holding.addresses(obj))
    op.leave_ports(*holding.node_ports(obj))
    if services.needs_health_check(obj):
        op.leave_ports(holding.health_port(obj))
