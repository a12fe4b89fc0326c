"""Classes of storage and of attributes of volumes.  Mirrors `pkg/apis/storage/validation`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import nodelabels, topologies
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
MOST_PARAMETERS, LARGEST_PARAMETERS = 512, 256 * 1024
RECLAIM_POLICIES = ("Delete", "Retain")
BINDING_MODES = ("Immediate", "WaitForFirstConsumer")


def validate_storage_class(obj: Object) -> checks.Found:
    yield from validate_provisioner(obj.get("provisioner") or "", "provisioner")
    yield from validate_parameters(obj.get("parameters") or {}, "parameters")
    if obj.get("reclaimPolicy"):
        yield from checks.one_of(obj["reclaimPolicy"], RECLAIM_POLICIES, "reclaimPolicy")
    mode = obj.get("volumeBindingMode")
    if mode is None:
        yield fielderrors.required("volumeBindingMode")
    else:
        yield from checks.one_of(mode, BINDING_MODES, "volumeBindingMode")
    yield from topologies.validate(obj.get("allowedTopologies") or (), "allowedTopologies")


def validate_storage_class_update(obj: Object, old: Object) -> checks.Found:
    for field in ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"):
        if not checks.same(obj.get(field), old.get(field)):
            yield fielderrors.invalid(field, obj.get(field), "field is immutable")


def validate_attributes_class(obj: Object, old: Object | None = None) -> checks.Found:
    """A VolumeAttributesClass."""
    if old is not None:
        for field in ("driverName", "parameters"):
            if not checks.same(obj.get(field), old.get(field)):
                yield fielderrors.forbidden(field, f"updates to {field} are forbidden.")
    yield from validate_provisioner(obj.get("driverName") or "", "driverName")
    parameters = obj.get("parameters") or {}
    yield from validate_parameters(parameters, "parameters")
    yield from checks.required(parameters, "parameters", "must contain at least one key/value pair")


def validate_provisioner(name: str, path: str) -> checks.Found:
    """A qualified name in any case; what is wrong is said of the lower-case name."""
    yield from checks.required_text(name.lower(), names.qualified_name, path)


def validate_parameters(parameters: Mapping[str, str], path: str) -> checks.Found:
    if len(parameters) > MOST_PARAMETERS:
        yield fielderrors.too_long(path, MOST_PARAMETERS)
        return
    if "" in parameters:
        yield fielderrors.invalid(path, "", "field can not be empty.")
    if sum(names.size(key) + names.size(value or "") for key, value in parameters.items()) > LARGEST_PARAMETERS:
        yield fielderrors.too_long(path, LARGEST_PARAMETERS)


def warnings(obj: Object, old: Object | None) -> Iterator[str]:
    """About topologies by labels that have new names."""
    for index, term in enumerate(obj.get("allowedTopologies") or ()):
        for position, expression in enumerate(topologies.parts(term)):
            key = expression.get("key") or ""
            if key in nodelabels.OLD:
                at = f"allowedTopologies[{index}].matchLabelExpressions[{position}].key"
                yield f"{at}: {key} is {nodelabels.OLD[key]}"
