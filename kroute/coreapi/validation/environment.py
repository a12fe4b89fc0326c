"""Environment variables of containers and what they are taken from.

Selectors of fields and of resources are checked here for volumes too.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, names, quantity

Object = Mapping[str, Any]

VARIABLE_FIELDS = (
    "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName", "spec.serviceAccountName", "status.hostIP",
    "status.hostIPs", "status.podIP", "status.podIPs",
)  # fmt: skip
VOLUME_FIELDS = ("metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid")
KNOWN_FIELDS = frozenset({
    "metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName",
    "spec.restartPolicy", "spec.serviceAccountName", "spec.schedulerName", "status.phase", "status.hostIP",
    "status.hostIPs", "status.podIP", "status.podIPs",
})  # fmt: skip
RESOURCES = (
    "limits.cpu", "limits.ephemeral-storage", "limits.memory", "requests.cpu", "requests.ephemeral-storage",
    "requests.memory",
)  # fmt: skip
HUGE_PAGES = ("limits.hugepages-", "requests.hugepages-")
SUBSCRIPT = re.compile(r"(.+?)\['(.*)'\]")
DIVISORS = ("1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei")
CPU_DIVISORS = "only divisor's values 1m and 1 are supported with the cpu resource"
NO_SOURCE = "must specify one of: `fieldRef`, `resourceFieldRef`, `configMapKeyRef`, `secretKeyRef` or `fileKeyRef`"
SEVERAL_SOURCES = "may not have more than one field specified at a time"


def validate(variables: Collection[Object], path: str) -> checks.Found:
    """`env` of a container."""
    for index, variable in enumerate(variables):
        name = variable.get("name")
        if name:
            yield from checks.text(name, names.relaxed_env_name, f"{path}[{index}].name")
        else:
            yield fielderrors.required(f"{path}[{index}].name")
        source = variable.get("valueFrom")
        if source is not None:
            yield from validate_source(source, variable.get("value") or "", f"{path}[{index}].valueFrom")


def validate_source(source: Object, value: str, path: str) -> checks.Found:
    count = 0
    for kind, check in (
        ("fieldRef", validate_variable_field),
        ("resourceFieldRef", validate_variable_resource),
        ("configMapKeyRef", validate_key),
        ("secretKeyRef", validate_key),
        ("fileKeyRef", validate_file_key),
    ):
        if source.get(kind) is not None:
            count += 1
            yield from check(source[kind], f"{path}.{kind}")
    if not count:
        yield fielderrors.invalid(path, "", NO_SOURCE)
    elif value:
        yield fielderrors.invalid(path, "", "may not be specified when `value` is not empty")
    elif count > 1:
        yield fielderrors.invalid(path, "", SEVERAL_SOURCES)


def validate_variable_field(selector: Object, path: str) -> checks.Found:
    return validate_field(selector, VARIABLE_FIELDS, path)


def validate_variable_resource(selector: Object, path: str) -> checks.Found:
    return validate_resource(selector, path, in_volume=False)


def validate_field(selector: Object, allowed: Collection[str], path: str) -> checks.Found:
    """A field of the pod, `metadata.labels['KEY']` included."""
    version, field = selector.get("apiVersion") or "", selector.get("fieldPath") or ""
    if not version or not field:
        yield fielderrors.required(f"{path}.{'fieldPath' if version else 'apiVersion'}")
        return
    field = "spec.nodeName" if field == "spec.host" else field  # as old clients call it
    found = SUBSCRIPT.fullmatch(field)
    name, key = (found[1], found[2]) if found else (field, None)
    wrong = wrong_in_field(version, field, name, key)
    if wrong:
        yield fielderrors.invalid(f"{path}.fieldPath", field, f"error converting fieldPath: {wrong}")
    elif key is None:
        yield from checks.one_of(field, allowed, f"{path}.fieldPath")
    elif name == "metadata.annotations":
        yield from checks.text(key.lower(), names.qualified_name, path)
    else:
        yield from checks.text(key, names.qualified_name, path)


def wrong_in_field(version: str, field: str, name: str, key: str | None) -> str:
    """Why a field can't be read."""
    if version != "v1":
        return f"unsupported pod version: {version}"
    if key is not None:
        known = name in ("metadata.annotations", "metadata.labels")
        return "" if known else f"field label does not support subscript: {field}"
    return "" if field in KNOWN_FIELDS else f"field label not supported: {field}"


def validate_resource(selector: Object, path: str, *, in_volume: bool) -> checks.Found:
    """A resource of a container, and the unit it is shown in."""
    resource = selector.get("resource") or ""
    if in_volume and not selector.get("containerName"):
        yield fielderrors.required(f"{path}.containerName")
    elif not resource:
        yield fielderrors.required(f"{path}.resource")
    elif not resource.startswith(HUGE_PAGES):
        yield from checks.one_of(resource, RESOURCES, f"{path}.resource")
    divisor = quantity.from_json(selector.get("divisor"))
    if divisor:
        yield from validate_divisor(resource, str(divisor), f"{path}.divisor")


def validate_divisor(resource: str, divisor: str, path: str) -> checks.Found:
    if resource in ("limits.cpu", "requests.cpu"):
        if divisor not in ("1m", "1"):
            yield fielderrors.invalid(path, resource, CPU_DIVISORS)
        return
    what = {"memory": "memory", "ephemeral-storage": "local ephemeral storage"}.get(resource.partition(".")[2])
    what = "hugepages" if resource.startswith(HUGE_PAGES) else what
    if what and divisor not in DIVISORS:
        text = f"only divisor's values {', '.join(DIVISORS)} are supported with the {what} resource"
        yield fielderrors.invalid(path, resource, text)


def validate_key(selector: Object, path: str) -> checks.Found:
    """A key of a config map or secret."""
    yield from checks.text(selector.get("name") or "", names.dns1123_subdomain, f"{path}.name")
    yield from checks.required_text(selector.get("key"), names.config_key, f"{path}.key")


def validate_file_key(selector: Object, path: str) -> checks.Found:
    """A variable that stands in a file of a volume."""
    yield from checks.required_text(selector.get("key"), names.relaxed_env_name, f"{path}.key")
    yield from checks.required_text(selector.get("volumeName"), names.dns1123_label, f"{path}.volumeName")
    if selector.get("path"):
        yield from checks.no_backsteps(selector["path"], f"{path}.path")
    else:
        yield fielderrors.required(f"{path}.path")


def validate_files(containers: Iterable[tuple[Object, str]], volumes: Collection[Object]) -> checks.Found:
    """Files with variables stand in empty directories of the pod; `containers` come with their paths."""
    by_name: dict[str, Object] | None = None
    for container, path in containers:
        for index, variable in enumerate(container.get("env") or ()):
            selector = (variable.get("valueFrom") or {}).get("fileKeyRef")
            if selector is None:
                continue
            if by_name is None:
                by_name = {volume.get("name") or "": volume for volume in volumes}
            name = selector.get("volumeName") or ""
            at = f"{path}.env[{index}].valueFrom.fileKeyRef.volumeName"
            if name not in by_name:
                yield fielderrors.not_found(at, name)
            elif by_name[name].get("emptyDir") is None:
                yield fielderrors.invalid(at, name, "referenced volume must be of type emptyDir")


def validate_sources(sources: Collection[Object], path: str) -> checks.Found:
    """`envFrom` of a container: whole config maps and secrets."""
    for index, source in enumerate(sources):
        at = f"{path}[{index}]"
        yield from checks.optional_text(source.get("prefix"), names.relaxed_env_name, f"{at}.prefix")
        given = [kind for kind in ("configMapRef", "secretRef") if source.get(kind) is not None]
        for kind in given:
            yield from checks.required_text(source[kind].get("name"), subdomain_prefix, f"{at}.{kind}.name")
        if not given:
            yield fielderrors.invalid(path, "", "must specify one of: `configMapRef` or `secretRef`")
        elif len(given) > 1:
            yield fielderrors.invalid(path, "", SEVERAL_SOURCES)


def subdomain_prefix(name: str) -> list[str]:
    """Names here are checked like the beginnings of names."""
    return names.subdomain_name(name, True)
