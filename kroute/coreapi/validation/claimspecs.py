"""The spec of persistent volume claims, in claims themselves and in templates of claims."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import resources
from kroute.machinery import fielderrors, goformat, labelselector, metavalidation, names, quantity

Object = Mapping[str, Any]
ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")
ALONE = "ReadWriteOncePod"
CLAIM = "PersistentVolumeClaim"
OTHER_METADATA = (
    "name", "generateName", "namespace", "selfLink", "uid", "resourceVersion", "generation", "creationTimestamp",
    "deletionTimestamp", "deletionGracePeriodSeconds", "ownerReferences", "finalizers", "managedFields",
)  # fmt: skip


def validate_template(template: Object, path: str) -> checks.Found:
    """A template of a claim: labels, annotations and a spec."""
    metadata = template.get("metadata") or {}
    at = f"{path}.metadata"
    yield from metavalidation.validate_annotations(metadata.get("annotations"), f"{at}.annotations")
    yield from checks.labels(metadata.get("labels"), f"{at}.labels")
    yield from checks.forbidden_fields(metadata, at, "cannot be set", *OTHER_METADATA)
    yield from validate(template.get("spec") or {}, f"{path}.spec")


def validate(
    spec: Object, path: str, *, allow_selector_values: bool = False, allow_group: bool = False
) -> checks.Found:
    """A claim's spec; the options let pass what an old object has."""
    yield from checks.required(spec.get("accessModes"), f"{path}.accessModes", "at least 1 access mode is required")
    selector = spec.get("selector")
    yield from labelselector.validate(selector, f"{path}.selector", allow_invalid_values=allow_selector_values)
    yield from validate_access_modes(spec.get("accessModes") or (), f"{path}.accessModes")
    yield from validate_size(spec, f"{path}.resources[storage]")
    yield from checks.optional_text(spec.get("storageClassName"), names.dns1123_subdomain, f"{path}.storageClassName")
    yield from checks.optional_one_of(spec.get("volumeMode"), VOLUME_MODES, f"{path}.volumeMode")
    for field in ("dataSource", "dataSourceRef"):
        if spec.get(field) is not None:
            yield from validate_source(spec[field], f"{path}.{field}", allow_group=allow_group)
    yield from validate_same_source(spec, path)
    attributes = spec.get("volumeAttributesClassName")
    yield from checks.optional_text(attributes, names.dns1123_subdomain, f"{path}.volumeAttributesClassName")


def validate_access_modes(modes: Collection[str], path: str) -> checks.Found:
    for mode in modes:
        yield from checks.one_of(mode, ACCESS_MODES, path)
    if ALONE in modes and any(mode != ALONE and mode in ACCESS_MODES for mode in modes):
        yield fielderrors.forbidden(path, "may not use ReadWriteOncePod with other access modes")


def validate_size(spec: Object, path: str) -> checks.Found:
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if size is None:
        yield fielderrors.required(path)
        return
    found = list(checks.quantity_positive(size, path))
    yield from found or resources.validate_value("storage", size, path)


def validate_source(source: Object, path: str, *, allow_group: bool) -> checks.Found:
    """What a volume is filled from."""
    yield from checks.required_fields(source, path, "name", "kind")
    group, kind = source.get("apiGroup") or "", source.get("kind") or ""
    if not group and kind != CLAIM:
        text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
        yield fielderrors.invalid(path, kind, text)
    if not allow_group:
        yield from checks.optional_text(group, names.dns1123_subdomain, f"{path}.apiGroup")
    yield from checks.optional_text(source.get("namespace"), names.dns1123_label, f"{path}.namespace")


def validate_same_source(spec: Object, path: str) -> checks.Found:
    """The older and the newer field for the source say the same, and only the newer one knows namespaces."""
    source, reference = spec.get("dataSource"), spec.get("dataSourceRef")
    if source is None or reference is None:
        return
    if reference.get("namespace"):
        text = "may not be specified when dataSourceRef.namespace is specified"
        yield fielderrors.invalid(path, f"{path}.dataSource", text)
    elif any(source.get(field) != reference.get(field) for field in ("apiGroup", "kind", "name")):
        yield fielderrors.invalid(path, f"{path}.dataSource", "must match dataSourceRef")


def warnings(spec: Object, path: str) -> Iterator[str]:
    """There are no parts of bytes."""
    size = ((spec.get("resources") or {}).get("requests") or {}).get("storage")
    if size is not None and quantity.parse(size).milli % 1000:
        shown = goformat.quote(size)
        yield f"{path}.resources.requests[storage]: fractional byte value {shown} is invalid, must be an integer"
