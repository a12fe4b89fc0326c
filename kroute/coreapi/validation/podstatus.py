"""The status of pods, as kubelets and schedulers may write it.

Mirrors ValidatePodStatusUpdate of `pkg/apis/core/validation`.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kroute.coreapi import checks, podresources
from kroute.coreapi.validation import podannotations, ratcheting
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]

SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")
HEALTH = ("Healthy", "Unhealthy", "Unknown")
NOT_NEGATIVE = "must be a non-negative integer"
NOT_BACK = "may not be transitioned to non-terminated state"
ONE_A_FAMILY = "may specify no more than one IP for each IP family"
STATUSES = {"containerStatuses": "containers", "initContainerStatuses": "initContainers"}
EPHEMERAL = "ephemeralContainerStatuses"


def validate(obj: Object, old: Object) -> checks.Found:
    """A status that replaces another."""
    yield from podannotations.validate_update(obj, old, ratcheting.for_update(old, is_pod=True))
    new, before = obj.get("status") or {}, old.get("status") or {}
    spec, old_spec = obj.get("spec") or {}, old.get("spec") or {}
    yield from validate_conditions(new.get("conditions") or (), "status.conditions")
    if spec.get("nodeName") != old_spec.get("nodeName"):
        yield fielderrors.forbidden("status.nodeName", "may not be changed directly")
    yield from validate_nomination(new, before, old_spec)
    generation = new.get("observedGeneration") or 0
    if generation < 0:
        yield fielderrors.invalid("status.observedGeneration", generation, NOT_NEGATIVE)
    yield from checks.immutable(new, before, "status", "qosClass")
    yield from validate_transitions(new, before, old_spec)
    yield from validate_claims(new.get("resourceClaimStatuses") or (), spec, "status.resourceClaimStatuses")
    yield from validate_extended(new.get("extendedResourceClaimStatus"), spec, "status.extendedResourceClaimStatus")
    yield from validate_addresses(new, before, "podIPs")
    if new.get("hostIPs"):
        yield from validate_host_address(new)
        yield from validate_addresses(new, before, "hostIPs")
    system = (spec.get("os") or {}).get("name") or "linux"
    for kind in (*STATUSES, EPHEMERAL):
        yield from validate_users(new.get(kind) or (), system, f"status.{kind}")
    for kind, containers in STATUSES.items():
        yield from validate_allocated(new.get(kind) or (), spec.get(containers) or (), f"status.{kind}")
    for index, status in enumerate(new.get(EPHEMERAL) or ()):
        if status.get("allocatedResourcesStatus"):
            at = f"status.{EPHEMERAL}[{index}].allocatedResourcesStatus"
            yield fielderrors.forbidden(at, "must not be specified in container status")


def validate_conditions(conditions: Collection[Object], path: str) -> checks.Found:
    for index, condition in enumerate(conditions):
        generation, kind = condition.get("observedGeneration") or 0, condition.get("type") or ""
        if generation < 0:
            yield fielderrors.invalid(f"{path}[{index}].observedGeneration", generation, NOT_NEGATIVE)
        if kind not in SYSTEM_CONDITIONS:
            yield from checks.text(kind, names.qualified_name, f"{path}[{index}].Type")


def validate_nomination(new: Object, old: Object, spec: Object) -> checks.Found:
    """The node that is hoped for, as long as there is none."""
    name, path = new.get("nominatedNodeName"), "status.nominatedNodeName"
    if not name or name == old.get("nominatedNodeName"):
        return
    yield from checks.text(name, names.dns1123_subdomain, path)
    if spec.get("nodeName"):
        yield fielderrors.forbidden(path, "may not be set on pods that are already bound to a node")


def validate_transitions(new: Object, old: Object, spec: Object) -> checks.Found:
    """A container that has ended and won't be started again stays ended."""
    for kind in (*STATUSES, EPHEMERAL):
        after = {status.get("name"): status for status in reversed(new.get(kind) or ())}
        by_name = {one.get("name"): one for one in spec.get(STATUSES.get(kind, "")) or ()}
        for index, status in enumerate(old.get(kind) or ()):
            ended = (status.get("state") or {}).get("terminated")
            current = after.get(status.get("name"))
            if ended is None or current is None or (current.get("state") or {}).get("terminated") is not None:
                continue
            if not starts_again(kind, by_name.get(status.get("name")), ended.get("exitCode") or 0, spec):
                yield fielderrors.forbidden(f"status.{kind}[{index}].state", NOT_BACK)


def starts_again(kind: str, container: Object | None, code: int, spec: Object) -> bool:
    """Whether a container is started again after it ended with this code."""
    if kind == EPHEMERAL:
        return False
    policy = spec.get("restartPolicy")
    if kind == "initContainerStatuses":
        sidecar = container is not None and podresources.is_sidecar(container)
        return policy == "Always" or (code != 0 and policy == "OnFailure") or sidecar
    if container is None:
        return False
    for rule in container.get("restartPolicyRules") or ():
        codes = rule.get("exitCodes") or {}
        inside = code in (codes.get("values") or ())
        if inside == (codes.get("operator") == "In"):
            return True
    policy = container.get("restartPolicy") or policy
    return policy == "Always" or (policy == "OnFailure" and code != 0)


def validate_claims(statuses: Collection[Object], spec: Object, path: str) -> checks.Found:
    known = {claim.get("name") for claim in spec.get("resourceClaims") or ()}
    seen = set()
    for index, status in enumerate(statuses):
        at, name = f"{path}[{index}].name", status.get("name") or ""
        if name not in known:
            yield fielderrors.invalid(at, name, "must match the name of an entry in `spec.resourceClaims`")
        if name in seen:
            yield fielderrors.duplicate(at, name)
        seen.add(name)
        claim = status.get("resourceClaimName")
        if claim is not None:
            yield from checks.text(claim, names.dns1123_subdomain, at)


def validate_extended(status: Object | None, spec: Object, path: str) -> checks.Found:
    """The claim that stands for resources of containers."""
    if status is None:
        return
    containers = {one.get("name"): one for kind in ("initContainers", "containers") for one in spec.get(kind) or ()}
    mappings = status.get("requestMappings") or ()
    yield from checks.required(mappings, f"{path}.requestMappings", "at least one request mapping is required")
    seen = set()
    for index, mapping in enumerate(mappings):
        at = f"{path}.requestMappings[{index}]"
        name, resource = mapping.get("containerName") or "", mapping.get("resourceName") or ""
        if name not in containers:
            text = "must match the name of an entry in spec.initContainers.name or spec.containers.name"
            yield fielderrors.invalid(f"{at}.containerName", name, text)
        elif resource not in ((containers[name].get("resources") or {}).get("requests") or {}):
            text = (
                "must match the extended resource name of an entry in "
                "spec.initContainers.resources.requests or spec.containers.resources.requests"
            )
            yield fielderrors.invalid(f"{at}.resourceName", resource, text)
        yield from checks.text(mapping.get("requestName") or "", names.dns1123_label, f"{path}.requestName")
        if (name, resource) in seen:
            yield fielderrors.duplicate(f"{at}.containerName", name)
            yield fielderrors.duplicate(f"{at}.resourceName", resource)
        seen.add((name, resource))
    yield from checks.required_text(
        status.get("resourceClaimName"), names.dns1123_subdomain, f"{path}.resourceClaimName"
    )


def validate_host_address(status: Object) -> checks.Found:
    first = status["hostIPs"][0].get("ip") or ""
    if (status.get("hostIP") or "") != first:
        yield fielderrors.invalid("status.hostIPs[0].ip", first, "must be equal to `hostIP`")


def validate_addresses(new: Object, old: Object, field: str) -> checks.Found:
    """One address, or one of each family; those that were there stay good."""
    addresses = [item.get("ip") or "" for item in new.get(field) or ()]
    known = [item.get("ip") or "" for item in old.get(field) or ()]
    for index, address in enumerate(addresses):
        yield from checks.ip_address(address, f"status.{field}[{index}]", known=known)
    if len(addresses) > 1 and (len(addresses) > 2 or len(set(families(addresses))) != 2):
        yield fielderrors.invalid(f"status.{field}", [{"IP": address} for address in addresses], ONE_A_FAMILY)


def families(addresses: Collection[str]) -> Iterator[int]:
    for address in addresses:
        try:
            yield ipaddress.ip_address(address).version
        except ValueError:
            yield 0


def validate_users(statuses: Collection[Object], system: str, path: str) -> checks.Found:
    for index, status in enumerate(statuses):
        user = (status.get("user") or {}).get("linux")
        at = f"{path}[{index}].user.linux"
        if user is None:
            continue
        if system == "windows":
            yield fielderrors.forbidden(at, "cannot be set for a windows pod")
        elif system == "linux":
            yield from checks.user_id(user.get("uid") or 0, f"{at}.uid")
            yield from checks.user_id(user.get("gid") or 0, f"{at}.gid")
            for number, group in enumerate(user.get("supplementalGroups") or ()):
                yield from checks.user_id(group, f"{at}.supplementalGroups[{number}]")


def validate_allocated(statuses: Collection[Object], containers: Collection[Object], path: str) -> checks.Found:
    """The health of devices: each belongs to something that the container asked for."""
    by_name = {container.get("name"): container for container in reversed(list(containers))}
    for index, status in enumerate(statuses):
        container = by_name.get(status.get("name"))
        for number, allocated in enumerate(status.get("allocatedResourcesStatus") or ()):
            at, name = f"{path}[{index}].allocatedResourcesStatus[{number}]", allocated.get("name") or ""
            if container is not None:
                yield from validate_asked_for(name, container.get("resources") or {}, f"{at}.name")
            seen = set()
            for place, device in enumerate(allocated.get("resources") or ()):
                spot, identifier = f"{at}.resources[{place}]", device.get("resourceID") or ""
                yield from checks.one_of(device.get("health") or "", HEALTH, f"{spot}.health")
                if identifier in seen:
                    yield fielderrors.duplicate(f"{spot}.resourceID", identifier)
                seen.add(identifier)


def validate_asked_for(name: str, resources: Object, path: str) -> checks.Found:
    if not name.startswith("claim:"):
        if name not in (resources.get("requests") or {}):
            yield fielderrors.invalid(path, name, "must match one of the container's resource requests")
        return
    claims = set()
    for claim in resources.get("claims") or ():
        request = claim.get("request")
        claims.add(f"claim:{claim.get('name')}/{request}" if request else f"claim:{claim.get('name')}")
    if name not in claims:
        text = (
            "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' "
            "or 'claim:<claimName>' if request is empty"
        )
        yield fielderrors.invalid(path, name, text)
