"""Claims of persistent volumes: what may change once they are made, and what their status may say.

Mirrors `pkg/apis/core/validation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi import checks, diffs, resourcenames, semantics
from kroute.coreapi.validation import claimspecs, persistentvolumes, resources
from kroute.machinery import fielderrors, labelselector, metavalidation, names, quantity

Object = Mapping[str, Any]
STORAGE_CLASS = persistentvolumes.STORAGE_CLASS
STORAGE = "spec.resources.requests.storage"
LASTING = "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
RESIZING = (
    "ControllerResizeFailed",
    "ControllerResizeInProgress",
    "NodeResizeFailed",
    "NodeResizeInProgress",
    "NodeResizePending",
)
SOURCES = ("dataSource", "dataSourceRef")


def validate(obj: Object) -> checks.Found:
    yield from claimspecs.validate(obj.get("spec") or {}, "spec")


def validate_update(obj: Object, old: Object) -> checks.Found:
    spec, before = obj.get("spec") or {}, old.get("spec") or {}
    yield from claimspecs.validate(
        spec,
        "spec",
        allow_selector_values=any(labelselector.validate(before.get("selector"), "")),
        allow_group=any((before.get(field) or {}).get("apiGroup") is not None for field in SOURCES),
    )
    upgraded = names_class_of_annotation(obj, old)
    if not upgraded:
        yield from validate_annotation(obj, old)
    wanted, kept = comparable(obj, old, upgraded=upgraded)
    if not semantics.same(wanted, kept):
        difference = diffs.of_type(kept, wanted, "core.v1.PersistentVolumeClaimSpec")
        yield fielderrors.forbidden("spec", f"{LASTING}\n{difference}")
    yield from validate_shrinking(spec, before, old.get("status") or {})
    yield from metavalidation.validate_immutable(spec.get("volumeMode"), before.get("volumeMode"), "volumeMode")
    yield from validate_attributes(spec.get("volumeAttributesClassName"), before.get("volumeAttributesClassName"))


def annotation(obj: Object) -> str | None:
    found: str | None = (obj["metadata"].get("annotations") or {}).get(STORAGE_CLASS)
    return found


def names_class_of_annotation(obj: Object, old: Object) -> bool:
    """Whether the class moves from the annotation of old days to its field."""
    former = annotation(old)
    new, before = ((each.get("spec") or {}).get("storageClassName") for each in (obj, old))
    return former is not None and before is None and new == former and annotation(obj) in (None, former)


def validate_annotation(obj: Object, old: Object) -> checks.Found:
    value = annotation(obj) or ""
    if value != (annotation(old) or ""):
        yield fielderrors.invalid(f"metadata.annotations[{STORAGE_CLASS}]", value, metavalidation.IMMUTABLE)


def comparable(obj: Object, old: Object, *, upgraded: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """The two specs without the differences that are allowed."""
    wanted, kept = dict(obj.get("spec") or {}), dict(old.get("spec") or {})
    if not kept.get("volumeName"):
        replace(kept, "volumeName", wanted.get("volumeName"))
    unnamed = kept.get("storageClassName") is None
    if upgraded or (unnamed and annotation(old) in (None, wanted.get("storageClassName"))):
        wanted.pop("storageClassName", None)
    requests = (wanted.get("resources") or {}).get("requests")
    if (obj.get("status") or {}).get("phase") == "Bound" and requests is not None:
        size = ((kept.get("resources") or {}).get("requests") or {}).get("storage", "0")
        wanted["resources"] = {**wanted["resources"], "requests": {**requests, "storage": size}}
    replace(wanted, "volumeAttributesClassName", kept.get("volumeAttributesClassName"))
    return wanted, kept


def replace(obj: dict[str, Any], field: str, value: Any) -> None:
    if value is None:
        obj.pop(field, None)
    else:
        obj[field] = value


def validate_shrinking(spec: Object, before: Object, status: Object) -> checks.Found:
    """A claim never becomes smaller than the volume is."""
    new, old = (
        quantity.parse(((each.get("resources") or {}).get("requests") or {}).get("storage", "0"))
        for each in (spec, before)
    )
    actual = quantity.parse((status.get("capacity") or {}).get("storage", "0"))
    if new < old and not actual < new:
        yield fielderrors.forbidden(STORAGE, "field can not be less than status.capacity")


def validate_attributes(new: str | None, old: str | None) -> checks.Found:
    if old is not None and not new:
        what = "nil" if new is None else "an empty string"
        text = f"update from non-nil value to {what} is forbidden"
        yield fielderrors.forbidden("spec.volumeAttributesClassName", text)


def validate_status(obj: Object, old: Object) -> checks.Found:
    status = obj.get("status") or {}
    for name, amount in (status.get("capacity") or {}).items():
        yield from persistentvolumes.validate_amount(amount, f"status.capacity[{name}]")
    for name, state in (status.get("allocatedResourceStatuses") or {}).items():
        yield from validate_resource_name(name, "status.allocatedResourceStatus")
        if state not in RESIZING:
            yield fielderrors.not_supported("status.allocatedResourceStatus", name, RESIZING)
    for name, amount in (status.get("allocatedResources") or {}).items():
        at = f"status.allocatedResources[{name}]"
        found = list(validate_resource_name(name, "status.allocatedResources"))
        found = found or list(persistentvolumes.validate_amount(amount, at))
        yield from found or resources.validate_value("storage", amount, at)


def validate_resource_name(name: str, path: str) -> checks.Found:
    """Kubernetes' own resources are of no use here, but for storage."""
    wrong = list(checks.text(name, names.qualified_name, path))
    yield from wrong
    if not wrong and name != "storage" and resourcenames.is_native(name):
        yield fielderrors.not_supported(path, name, ("storage",))


def warnings(obj: Object, old: Object | None) -> Iterator[str]:
    if annotation(obj) is not None:
        yield f"metadata.annotations[{STORAGE_CLASS}]: {persistentvolumes.OLD_ANNOTATION}"
    wanted = (obj.get("spec") or {}).get("resources") or {}
    for field in ("requests", "limits"):
        sizes = {name: text for name, text in (wanted.get(field) or {}).items() if name == "storage"}
        yield from of_parts(sizes, f"spec.resources.{field}")


def of_parts(sizes: Mapping[str, str], path: str) -> Iterator[str]:
    """There are no parts of bytes."""
    for name, text in sizes.items():
        if quantity.parse(text).milli % 1000:
            yield f'{path}[{name}]: fractional byte value "{text}" is invalid, must be an integer'
