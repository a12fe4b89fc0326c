"""Where containers see volumes: mounts and block devices."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors

Object = Mapping[str, Any]
PROPAGATIONS = ("Bidirectional", "HostToContainer", "None")
RECURSIVE = ("Disabled", "Enabled", "IfPossible")
NO_BLOCK_DEVICE = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode"


def validate(container: Object, volumes: Mapping[str, Object], path: str) -> checks.Found:
    """Mounts and devices of a container, by the good volumes of the pod."""
    mounts, devices = container.get("volumeMounts") or (), container.get("volumeDevices") or ()
    if mounts:
        taken = {device.get("name") or "": device.get("devicePath") or "" for device in devices}
        yield from validate_mounts(mounts, taken, volumes, container, f"{path}.volumeMounts")
    if devices:
        taken = {mount.get("name") or "": mount.get("mountPath") or "" for mount in mounts}
        yield from validate_devices(devices, taken, volumes, f"{path}.volumeDevices")


def validate_mounts(
    mounts: Collection[Object], devices: Mapping[str, str], volumes: Mapping[str, Object], container: Object, path: str
) -> checks.Found:
    places: set[str] = set()
    for index, mount in enumerate(mounts):
        at, name, place = f"{path}[{index}]", mount.get("name") or "", mount.get("mountPath") or ""
        yield from checks.required(name, f"{at}.name")
        if name not in volumes:
            yield fielderrors.not_found(f"{at}.name", name)
        yield from checks.required(place, f"{at}.mountPath")
        if place in places:
            yield fielderrors.invalid(f"{at}.mountPath", place, "must be unique")
        places.add(place)
        if name in devices:
            yield fielderrors.invalid(f"{at}.name", name, "must not already exist in volumeDevices")
        if devices and place in devices.values():
            text = "must not already exist as a path in volumeDevices"
            yield fielderrors.invalid(f"{at}.mountPath", place, text)
        if len(mount) > 2:  # most have a name and a place only
            yield from validate_mount(mount, container, path, at)


def validate_mount(mount: Object, container: Object, path: str, at: str) -> checks.Found:
    """What else a mount says; most errors don't say which mount it is."""
    below, expression = mount.get("subPath"), mount.get("subPathExpr")
    if below:
        yield from checks.relative_path(below, f"{path}.subPath")
    if expression:
        if below:
            text = "subPathExpr and subPath are mutually exclusive"
            yield fielderrors.invalid(f"{at}.subPathExpr", expression, text)
        yield from checks.relative_path(expression, f"{path}.subPathExpr")
    propagation = mount.get("mountPropagation")
    if propagation is not None:
        yield from checks.one_of(propagation, PROPAGATIONS, f"{path}.mountPropagation")
        if propagation == "Bidirectional" and not (container.get("securityContext") or {}).get("privileged"):
            text = "Bidirectional mount propagation is available only to privileged containers"
            yield fielderrors.forbidden(f"{path}.mountPropagation", text)
    yield from validate_recursive(mount, f"{path}.recursiveReadOnly")


def validate_recursive(mount: Object, path: str) -> checks.Found:
    value = mount.get("recursiveReadOnly")
    if value is None or value == "Disabled":
        return
    yield from checks.one_of(value, RECURSIVE, path)
    if value not in RECURSIVE:
        return
    if not mount.get("readOnly"):
        yield fielderrors.forbidden(path, "may only be specified when readOnly is true")
    if mount.get("mountPropagation") not in (None, "None"):
        text = "may only be specified when mountPropagation is None or not specified"
        yield fielderrors.forbidden(path, text)


def validate_devices(
    devices: Collection[Object], mounts: Mapping[str, str], volumes: Mapping[str, Object], path: str
) -> checks.Found:
    names_seen: set[str] = set()
    places: set[str] = set()
    for index, device in enumerate(devices):
        at, name, place = f"{path}[{index}]", device.get("name") or "", device.get("devicePath") or ""
        yield from checks.required(name, f"{at}.name")
        if name in names_seen:
            yield fielderrors.invalid(f"{at}.name", name, "must be unique")
        volume = volumes.get(name)
        if volume is None:
            yield fielderrors.not_found(f"{at}.name", name)
        elif volume.get("persistentVolumeClaim") is None and volume.get("ephemeral") is None:
            yield fielderrors.invalid(f"{at}.name", name, NO_BLOCK_DEVICE)
        yield from validate_device_path(place, places, f"{at}.devicePath")
        if name in mounts:
            yield fielderrors.invalid(f"{at}.name", name, "must not already exist in volumeMounts")
        if place in mounts.values():
            text = "must not already exist as a path in volumeMounts"
            yield fielderrors.invalid(f"{at}.devicePath", place, text)
        if name:
            names_seen.add(name)


def validate_device_path(place: str, places: set[str], path: str) -> checks.Found:
    yield from checks.required(place, path)
    if place in places:
        yield fielderrors.invalid(path, place, "must be unique")
    if any(checks.no_backsteps(place, path)):
        yield fielderrors.invalid(path, place, "can not contain backsteps ('..')")
    else:
        places.add(place)
