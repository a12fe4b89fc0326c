"""The status of claims of devices: what is allocated, for whom, and how the devices are.

Mirrors `pkg/apis/resource/validation`.
"""

from __future__ import annotations

import functools
import ipaddress
import uuid
from collections.abc import Mapping
from typing import Any, NamedTuple

from kroute.coreapi import checks, internals, semantics
from kroute.coreapi.validation import affinity, conditions, deviceclaims, devices
from kroute.machinery import fielderrors, metavalidation, names

Object = Mapping[str, Any]
MOST_CONSUMERS, MOST_RESULTS, MOST_CONDITIONS, MOST_ADDRESSES = 256, 32, 8, 16
LONGEST_INTERFACE, LONGEST_HARDWARE = 256, 128
SOURCES = ("FromClaim", "FromClass")
NO_ALLOCATION = "may not be specified when `allocated` is not set"
IS_DELETED = "new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set"
BAD_ADDRESS = "must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)"


class Device(NamedTuple):
    """Which device it is."""

    driver: str
    pool: str
    device: str
    share: str

    @classmethod
    def of(cls, found: Object) -> Device:
        return cls(*(found.get(field) or "" for field in ("driver", "pool", "device", "shareID")))


def validate_status(obj: Object, old: Object) -> checks.Found:
    status, before = obj.get("status") or {}, old.get("status") or {}
    consumers, allocation = status.get("reservedFor") or (), status.get("allocation")
    at = "status.reservedFor"
    yield from devices.validate_set(consumers, MOST_CONSUMERS, validate_consumer, uid_of, at)
    results = ((allocation or {}).get("devices") or {}).get("results") or ()
    check = functools.partial(validate_device, allocated={Device.of(result) for result in results})
    found = status.get("devices") or ()
    yield from devices.validate_set(found, len(found), check, Device.of, "status.devices")
    if consumers and allocation is None:
        yield fielderrors.forbidden(at, NO_ALLOCATION)
    elif consumers and obj["metadata"].get("deletionTimestamp"):
        known = before.get("reservedFor") or ()
        if any(consumer not in known for consumer in consumers):
            yield fielderrors.forbidden(at, IS_DELETED)
    former = before.get("allocation")
    if allocation is not None and former is not None:
        if not semantics.same(allocation, former):
            shown = internals.encode(allocation, "*resource.v1.AllocationResult")
            yield fielderrors.invalid("status.allocation", shown, metavalidation.IMMUTABLE)
    elif allocation is not None:
        known_requests = deviceclaims.request_names((obj.get("spec") or {}).get("devices") or {})
        yield from validate_allocation(allocation, "status.allocation", known_requests)


def uid_of(consumer: Object) -> str:
    return consumer.get("uid") or ""


def validate_consumer(consumer: Object, path: str) -> checks.Found:
    yield from checks.required_fields(consumer, path, "resource", "name", "uid")


def validate_device(device: Object, path: str, *, allocated: set[Device]) -> checks.Found:
    """How a device is."""
    yield from validate_names(device, path)
    if Device.of(device) not in allocated:
        shown = {field.capitalize(): value for field, value in Device.of(device)._asdict().items() if value}
        yield fielderrors.invalid(path, shown, "must be an allocated device in the claim")
    found = device.get("conditions") or ()
    if len(found) > MOST_CONDITIONS:
        yield fielderrors.too_many(f"{path}.conditions", len(found), MOST_CONDITIONS)
    yield from conditions.validate(found, f"{path}.conditions")
    if device.get("data") is not None:
        yield from devices.validate_data(device["data"], f"{path}.data")
    yield from validate_network(device.get("networkData") or {}, f"{path}.networkData")


def validate_names(device: Object, path: str) -> checks.Found:
    yield from devices.driver_name(device.get("driver") or "", f"{path}.driver")
    yield from devices.pool_name(device.get("pool") or "", f"{path}.pool")
    yield from devices.label(device.get("device") or "", f"{path}.device")
    share = device.get("shareID")
    if share is not None and not is_uuid(share):
        text = "must be a lowercase UUID in 8-4-4-4-12 format"
        yield fielderrors.invalid(f"{path}.shareID", share, text)


def is_uuid(text: str) -> bool:
    try:
        return str(uuid.UUID(text)) == text
    except ValueError:
        return False


def validate_network(data: Object, path: str) -> checks.Found:
    for field, limit in (("interfaceName", LONGEST_INTERFACE), ("hardwareAddress", LONGEST_HARDWARE)):
        if names.size(data.get(field) or "") > limit:
            yield fielderrors.too_long(f"{path}.{field}", limit)
    yield from devices.validate_set(data.get("ips") or (), MOST_ADDRESSES, validate_address, str, f"{path}.ips")


def validate_address(address: str, path: str) -> checks.Found:
    """An address with the length of its network's prefix."""
    try:
        good = "/" in address and bool(ipaddress.ip_interface(address))
    except ValueError:
        good = False
    if not good:
        yield fielderrors.invalid(path, address, BAD_ADDRESS)


def validate_allocation(allocation: Object, path: str, known: set[str]) -> checks.Found:
    found, at = allocation.get("devices") or {}, f"{path}.devices"
    result = functools.partial(validate_result, known=known)
    yield from devices.validate_list(found.get("results") or (), MOST_RESULTS, result, f"{at}.results")
    config = functools.partial(validate_config, known=known)
    most = 2 * deviceclaims.MOST_CONFIGS
    yield from devices.validate_list(found.get("config") or (), most, config, f"{at}.config")
    if allocation.get("nodeSelector") is not None:
        yield from affinity.validate_node_selector(allocation["nodeSelector"], f"{path}.nodeSelector")


def validate_result(result: Object, path: str, *, known: set[str]) -> checks.Found:
    yield from deviceclaims.validate_reference(result.get("request") or "", f"{path}.request", known=known)
    yield from validate_names(result, path)
    yield from devices.validate_binding(result, path)


def validate_config(config: Object, path: str, *, known: set[str]) -> checks.Found:
    yield from checks.required_one_of(config.get("source"), SOURCES, f"{path}.source")
    yield from deviceclaims.validate_config(config, path, known=known, stored=False)
