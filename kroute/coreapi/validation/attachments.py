"""Volumes attached to nodes.  Mirrors `pkg/apis/storage/validation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, internals, semantics
from kroute.coreapi.validation import persistentvolumes, volumesources
from kroute.machinery import fielderrors, metavalidation, names

Object = Mapping[str, Any]
LARGEST_METADATA, LONGEST_MESSAGE = 256 * 1024, 1024
ONE_SOURCE = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"


def validate(obj: Object) -> checks.Found:
    yield from validate_common(obj)
    spec = obj.get("spec") or {}
    if spec.get("attacher"):
        yield from volumesources.validate_driver(spec["attacher"], "spec.attacher")
    volume = (spec.get("source") or {}).get("persistentVolumeName")
    if volume is not None:
        yield from checks.text(volume, names.dns1123_subdomain, "spec.source.persistentVolumeName")


def validate_common(obj: Object) -> checks.Found:
    spec = obj.get("spec") or {}
    yield from checks.required(spec.get("attacher"), "spec.attacher")
    yield from validate_source(spec.get("source") or {}, "spec.source")
    yield from checks.text(spec.get("nodeName") or "", names.dns1123_subdomain, "spec.nodeName")
    status = obj.get("status") or {}
    metadata = status.get("attachmentMetadata") or {}
    if sum(names.size(key) + names.size(value or "") for key, value in metadata.items()) > LARGEST_METADATA:
        yield fielderrors.too_long("status.attachmentMetadata", LARGEST_METADATA)
    for field in ("attachError", "detachError"):
        yield from validate_error(status.get(field) or {}, f"status.{field}")


def validate_source(source: Object, path: str) -> checks.Found:
    inline, volume = source.get("inlineVolumeSpec"), source.get("persistentVolumeName")
    if inline is None and volume is None:
        yield fielderrors.required(path, ONE_SOURCE)
    elif inline is not None and volume is not None:
        yield fielderrors.forbidden(path, ONE_SOURCE)
    elif volume is not None:
        text = "must specify non empty persistentVolumeName"
        yield from checks.required(volume, f"{path}.persistentVolumeName", text)
    elif inline is not None:
        yield from persistentvolumes.validate_spec(inline, f"{path}.inlineVolumeSpec", inline=True)


def validate_error(error: Object, path: str) -> checks.Found:
    if names.size(error.get("message") or "") > LONGEST_MESSAGE:
        yield fielderrors.too_long(f"{path}.message", LARGEST_METADATA)  # the limit that kube-apiserver names
    yield from checks.in_range(error.get("errorCode"), 0, checks.LARGEST_INT32, f"{path}.errorCode")


def validate_update(obj: Object, old: Object) -> checks.Found:
    yield from validate_common(obj)
    spec = obj.get("spec") or {}
    if not semantics.same(spec, old.get("spec")):
        shown = internals.encode(spec, "storage.v1.VolumeAttachmentSpec")
        yield fielderrors.invalid("spec", shown, metavalidation.IMMUTABLE)
