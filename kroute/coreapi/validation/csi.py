"""What is known of CSI drivers: how they work, on which nodes they are, how much space they have.

Mirrors `pkg/apis/storage/validation`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import nodelabels, volumesources
from kroute.machinery import fielderrors, labelselector, metavalidation, names

Object = Mapping[str, Any]
GROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
LIFECYCLES = ("Persistent", "Ephemeral")
LONGEST_NODE_ID = 256
SHORTEST_TOKEN, LONGEST_TOKEN = 600, 2**32
SHORTEST_PERIOD = 10


def validate_driver(obj: Object, old: Object | None = None) -> checks.Found:
    """A CSIDriver."""
    spec = obj.get("spec") or {}
    for field, shown in (
        ("attachRequired", "attachedRequired"),
        ("podInfoOnMount", "podInfoOnMount"),
        ("storageCapacity", "storageCapacity"),
    ):
        if spec.get(field) is None:
            yield fielderrors.required(f"spec.{shown}")
    yield from checks.optional_one_of(spec.get("fsGroupPolicy"), GROUP_POLICIES, "spec.fsGroupPolicy")
    yield from validate_token_requests(spec.get("tokenRequests") or (), "spec.tokenRequests")
    for mode in spec.get("volumeLifecycleModes") or ():
        yield from checks.one_of(mode, LIFECYCLES, "spec.volumeLifecycleModes")
    if spec.get("seLinuxMount") is None:
        yield fielderrors.required("spec.seLinuxMount")
    period = spec.get("nodeAllocatableUpdatePeriodSeconds")
    if period is not None and period < SHORTEST_PERIOD:
        text = f"must be greater than or equal to {SHORTEST_PERIOD} seconds"
        yield fielderrors.invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, text)
    if old is not None:
        before = old.get("spec") or {}
        attach = spec.get("attachRequired")
        yield from metavalidation.validate_immutable(attach, before.get("attachRequired"), "spec.attachedRequired")
        yield from checks.immutable(spec, before, "spec", "volumeLifecycleModes")


def validate_token_requests(requests: Collection[Object], path: str) -> checks.Found:
    """Tokens that a driver gets, each for another audience."""
    audiences = set()
    for index, request in enumerate(requests):
        at, audience = f"{path}[{index}]", request.get("audience") or ""
        if audience in audiences:
            yield fielderrors.duplicate(f"{at}.audience", audience)
            continue
        audiences.add(audience)
        seconds = request.get("expirationSeconds")
        if seconds is None:
            continue
        if seconds < SHORTEST_TOKEN:
            text = "may not specify a duration less than 10 minutes"
            yield fielderrors.invalid(f"{at}.expirationSeconds", seconds, text)
        if seconds > LONGEST_TOKEN:
            text = "may not specify a duration larger than 2^32 seconds"
            yield fielderrors.invalid(f"{at}.expirationSeconds", seconds, text)


def validate_node(obj: Object, old: Object | None = None) -> checks.Found:
    """A CSINode; what it says of a driver stays, but for the number of volumes."""
    drivers = (obj.get("spec") or {}).get("drivers") or ()
    seen: set[str] = set()
    for index, driver in enumerate(drivers):
        yield from validate_node_driver(driver, seen, f"spec.drivers[{index}]")
    before = {} if old is None else {each.get("name"): each for each in (old.get("spec") or {}).get("drivers") or ()}
    for driver in drivers:
        known = before.get(driver.get("name"))
        if known is not None and not checks.same_fields(lasting(driver), lasting(known)):
            yield fielderrors.invalid("spec.drivers", shown_driver(driver), "field is immutable")


def lasting(driver: Object) -> Object:
    return {field: value for field, value in driver.items() if field != "allocatable"}


def shown_driver(driver: Object) -> Object:
    return {
        "Name": driver.get("name") or "",
        "NodeID": driver.get("nodeID") or "",
        "TopologyKeys": driver.get("topologyKeys"),
        "Allocatable": None,
    }


def validate_node_driver(driver: Object, seen: set[str], path: str) -> checks.Found:
    """A driver on a node; `seen` has the names of those before."""
    name, node = driver.get("name") or "", driver.get("nodeID") or ""
    yield from volumesources.validate_driver(name, f"{path}.name")
    yield from checks.required(node, f"{path}.nodeID")
    if names.size(node) > LONGEST_NODE_ID:
        yield fielderrors.invalid(f"{path}.nodeID", node, f"must be {LONGEST_NODE_ID} characters or less")
    yield from checks.non_negative(driver.get("allocatable") or {}, f"{path}.allocatable", "count")
    if name in seen:
        yield fielderrors.duplicate(f"{path}.name", name)
    seen.add(name)
    keys = set()
    for key in driver.get("topologyKeys") or ():
        yield from checks.required(key, path)
        if key in keys:
            yield fielderrors.duplicate(path, key)
        keys.add(key)
        yield from checks.label_name(key, path)


def validate_capacity(obj: Object) -> checks.Found:
    """A CSIStorageCapacity."""
    yield from labelselector.validate(obj.get("nodeTopology"), "nodeTopology")
    yield from checks.text(obj.get("storageClassName") or "", names.dns1123_subdomain, "storageClassName")
    if obj.get("capacity") is not None:
        yield from checks.quantity_not_negative(obj["capacity"], "capacity")


def validate_capacity_update(obj: Object, old: Object) -> checks.Found:
    for field in ("nodeTopology", "storageClassName"):
        if not checks.same(obj.get(field), old.get(field)):
            yield fielderrors.invalid(field, obj.get(field), "field is immutable")


def capacity_warnings(obj: Object, old: Object | None) -> Iterator[str]:
    """About topologies by labels that have new names."""
    selector = obj.get("nodeTopology") or {}
    yield from nodelabels.of_term(selector, "nodeTopology", check_values=False)
    for key in selector.get("matchLabels") or ():
        if key in nodelabels.OLD:
            yield f"nodeTopology.matchLabels.{key}: {key} is {nodelabels.OLD[key]}"
