"""Slices of pools of devices, as drivers publish them.  Mirrors `pkg/apis/resource/validation`."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, internals, semantics
from kroute.coreapi.validation import affinity, devices, requestpolicies
from kroute.machinery import fielderrors, metavalidation, names

Object = Mapping[str, Any]
MOST_DEVICES, MOST_SPECIAL_DEVICES = 128, 64
MOST_ATTRIBUTES, LONGEST_VALUE, MOST_TAINTS = 32, 64, 16
MOST_COUNTER_SETS, MOST_COUNTERS, MOST_CONSUMPTIONS = 8, 32, 2
PLACES = ("nodeName", "nodeSelector", "allNodes")
ONE_PLACE = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required"
ONE_PLACE_A_DEVICE = (
    "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true "
    "in the ResourceSlice spec"
)
NO_PLACE_A_DEVICE = (
    "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the "
    "ResourceSlice spec"
)
NUMBER, SUFFIX = r"(0|[1-9]\d*)", r"(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
VERSION = re.compile(
    rf"{NUMBER}\.{NUMBER}\.{NUMBER}(-{SUFFIX}(\.{SUFFIX})*)?(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?", re.ASCII
)


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    spec, before = obj.get("spec") or {}, None if old is None else old.get("spec") or {}
    yield from devices.driver_name(spec.get("driver") or "", "spec.driver")
    yield from validate_pool(spec.get("pool") or {}, "spec.pool")
    if before is not None:
        name, former = ((each.get("pool") or {}).get("name") for each in (spec, before))
        yield from metavalidation.validate_immutable(name, former, "spec.pool.name")
        yield from checks.immutable(spec, before, "spec", "driver", "nodeName")
    yield from validate_place(spec)
    if spec.get("sharedCounters") is not None and spec.get("devices") is not None:
        yield fielderrors.invalid("spec", "", "only one of `sharedCounters` or `devices` is allowed")
    yield from validate_devices(spec, before or {})
    counters = spec.get("sharedCounters") or ()
    at = "spec.sharedCounters"
    yield from devices.validate_set(counters, MOST_COUNTER_SETS, validate_counter_set, devices.name_of, at)


def validate_pool(pool: Object, path: str) -> checks.Found:
    yield from devices.pool_name(pool.get("name") or "", f"{path}.name")
    yield from checks.positive(pool.get("resourceSliceCount") or 0, f"{path}.resourceSliceCount")
    generation = pool.get("generation") or 0
    if generation < 0:
        yield fielderrors.invalid(f"{path}.generation", generation, "must be greater than or equal to zero")


def validate_place(spec: Object) -> checks.Found:
    """From where the devices can be reached."""
    places = []
    node, selector = spec.get("nodeName"), spec.get("nodeSelector")
    if node:
        places.append("`nodeName`")
        yield from checks.text(node, names.dns1123_subdomain, "spec.nodeName")
    elif node is not None:
        yield fielderrors.invalid("spec.nodeName", node, "must be either unset or set to a non-empty string")
    if selector is not None:
        places.append("`nodeSelector`")
        yield from affinity.validate_node_selector(selector, "spec.nodeSelector")
        terms = selector.get("nodeSelectorTerms") or []
        if len(terms) != 1:
            text = "must have exactly one node selector term"
            shown = internals.encode(terms, "[]core.v1.NodeSelectorTerm")
            yield fielderrors.invalid("spec.nodeSelector.nodeSelectorTerms", shown, text)
    for field in ("allNodes", "perDeviceNodeSelection"):
        if spec.get(field):
            places.append(f"`{field}`")
        elif spec.get(field) is not None:
            yield fielderrors.invalid(f"spec.{field}", False, "must be either unset or set to true")
    if not places:
        yield fielderrors.required("spec", ONE_PLACE)
    elif len(places) > 1:
        yield fielderrors.invalid("spec", f"{{{', '.join(places)}}}", f"{ONE_PLACE}, but multiple fields are set")


def validate_devices(spec: Object, before: Object) -> checks.Found:
    found = spec.get("devices") or ()
    special = any(device.get("taints") or device.get("consumesCounters") for device in found)
    old = {devices.name_of(device): device for device in before.get("devices") or ()}
    check = functools.partial(validate_device, old=old, placed=bool(spec.get("perDeviceNodeSelection")))
    most = MOST_SPECIAL_DEVICES if special else MOST_DEVICES
    yield from devices.validate_set(found, most, check, devices.name_of, "spec.devices")


def validate_device(device: Object, path: str, *, old: Mapping[str, Object], placed: bool) -> checks.Found:
    """`placed`: devices say for themselves from where they can be reached."""
    name = devices.name_of(device)
    yield from devices.label(name, f"{path}.name")
    attributes, capacity = device.get("attributes") or {}, device.get("capacity") or {}
    count = len(attributes) + len(capacity)
    if count > MOST_ATTRIBUTES:
        text = f"the total number of attributes and capacities must not exceed {MOST_ATTRIBUTES}"
        yield fielderrors.invalid(path, count, text)
    at = f"{path}.attributes"
    yield from devices.validate_map(attributes, len(attributes), devices.qualified_name, validate_attribute, at)
    shared = bool(device.get("allowMultipleAllocations"))
    check = requestpolicies.validate_shared if shared else requestpolicies.validate_single
    yield from devices.validate_map(capacity, len(capacity), devices.qualified_name, check, f"{path}.capacity")
    taints = device.get("taints") or ()
    if name not in old or not semantics.same(old[name].get("taints"), taints):
        yield from devices.validate_list(taints, MOST_TAINTS, validate_taint, f"{path}.taints")
    consumed, at = device.get("consumesCounters") or (), f"{path}.consumesCounters"
    yield from devices.validate_set(consumed, MOST_CONSUMPTIONS, validate_consumption, set_of, at)
    yield from validate_device_place(device, path, placed=placed)
    yield from devices.validate_binding(device, path)


def validate_device_place(device: Object, path: str, *, placed: bool) -> checks.Found:
    if not placed:
        if any(device.get(field) is not None for field in PLACES):
            yield fielderrors.invalid(path, None, NO_PLACE_A_DEVICE)
        return
    places = []
    node, selector, everywhere = (device.get(field) for field in PLACES)
    if node:
        places.append("`nodeName`")
        yield from checks.text(node, names.dns1123_subdomain, f"{path}.nodeName")
    elif node is not None:
        yield fielderrors.invalid(f"{path}.nodeName", node, "must not be empty")
    if selector is not None:
        places.append("`nodeSelector`")
        yield from affinity.validate_node_selector(selector, f"{path}.nodeSelector")
    if everywhere:
        places.append("`allNodes`")
    elif everywhere is not None:
        yield fielderrors.invalid(f"{path}.allNodes", False, "must be either unset or set to true")
    if not places:
        yield fielderrors.required(path, ONE_PLACE_A_DEVICE)
    elif len(places) > 1:
        yield fielderrors.invalid(path, f"{{{', '.join(places)}}}", ONE_PLACE_A_DEVICE)


def validate_attribute(attribute: Object, path: str) -> checks.Found:
    """Exactly one value."""
    given = [field for field in ("bool", "int", "string", "version") if attribute.get(field) is not None]
    for field in given:
        value = attribute[field]
        if field == "version" and not VERSION.fullmatch(value):
            text = "must be a string compatible with semver.org spec 2.0.0"
            yield fielderrors.invalid(f"{path}.version", value, text)
        if isinstance(value, str) and names.size(value) > LONGEST_VALUE:
            yield fielderrors.too_long(f"{path}.{field}", LONGEST_VALUE)
    if len(given) != 1:
        shown = internals.encode(attribute, "resource.v1.DeviceAttribute") if given else ""
        yield fielderrors.invalid(path, shown, "exactly one value must be specified")


def validate_taint(taint: Object, path: str) -> checks.Found:
    yield from checks.label_name(taint.get("key") or "", f"{path}.key")
    yield from checks.optional_text(taint.get("value"), names.label_value, f"{path}.value")
    yield from checks.required_one_of(taint.get("effect"), devices.EFFECTS, f"{path}.effect")


def set_of(consumption: Object) -> str:
    return consumption.get("counterSet") or ""


def validate_consumption(consumption: Object, path: str) -> checks.Found:
    """Which counters a device uses up."""
    yield from checks.required_text(set_of(consumption), names.dns1123_label, f"{path}.counterSet")
    yield from validate_counters(consumption.get("counters") or {}, f"{path}.counters")


def validate_counter_set(counters: Object, path: str) -> checks.Found:
    yield from checks.required_text(devices.name_of(counters), names.dns1123_label, f"{path}.name")
    yield from validate_counters(counters.get("counters") or {}, f"{path}.counters")


def validate_counters(counters: Mapping[str, Any], path: str) -> checks.Found:
    yield from checks.required(counters, path)
    yield from devices.validate_map(counters, MOST_COUNTERS, devices.label, any_amount, path)


def any_amount(counter: Object, path: str) -> checks.Found:
    """Whatever can be read as an amount is good."""
    yield from ()
