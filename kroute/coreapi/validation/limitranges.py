"""Limit ranges: bounds and defaults that fit each other.  Mirrors ValidateLimitRange of `pkg/apis/core/validation`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from kroute.coreapi import checks, resourcenames
from kroute.coreapi.validation import resources
from kroute.machinery import fielderrors, names, quantity

Object = Mapping[str, Any]

TYPES = ("Pod", "Container", "PersistentVolumeClaim")
FIELDS = ("max", "min", "default", "defaultRequest", "maxLimitRequestRatio")
NOT_FOR_PODS = "may not be specified when `type` is 'Pod'"
STORAGE = "either minimum or maximum storage value is required, but neither was provided"
ONE = quantity.parse("1")


def validate(obj: Object, old: Object | None = None) -> checks.Found:
    seen: set[str] = set()
    for index, limit in enumerate((obj.get("spec") or {}).get("limits") or ()):
        path, kind = f"spec.limits[{index}]", limit.get("type") or ""
        yield from validate_type(kind, f"{path}.type")
        if kind in seen:
            yield fielderrors.duplicate(f"{path}.type", kind)
        seen.add(kind)
        yield from validate_limit(limit, kind, path)


def validate_type(kind: str, path: str) -> checks.Found:
    wrong = names.qualified_name(kind)
    for text in wrong:
        yield fielderrors.invalid(path, kind, text)
    if not wrong and "/" not in kind and kind not in TYPES:
        yield fielderrors.invalid(path, kind, "must be a standard limit type or fully qualified")


def validate_limit(limit: Object, kind: str, path: str) -> checks.Found:
    check = resources.validate_container_name if kind in ("Pod", "Container") else resources.validate_name
    keys: dict[str, None] = {}
    for field in FIELDS:
        given = limit.get(field) or {}
        if kind == "Pod" and field.startswith("default"):
            if given:
                yield fielderrors.forbidden(f"{path}.{field}", NOT_FOR_PODS)
            continue
        if field == "maxLimitRequestRatio" and kind == "PersistentVolumeClaim" and not bounds_storage(limit):
            yield fielderrors.required(f"{path}.limits", STORAGE)
        for name in given:
            yield from check(name, f"{path}.{field}[{name}]")
            keys[name] = None
    for name in keys:
        yield from validate_bounds(Bounds.of(limit, kind, name), path, name)


def bounds_storage(limit: Object) -> bool:
    return any("storage" in (limit.get(field) or {}) for field in ("min", "max"))


class Bounds(NamedTuple):
    """What is said of one resource."""

    max: quantity.Quantity | None
    min: quantity.Quantity | None
    default: quantity.Quantity | None
    request: quantity.Quantity | None
    ratio: quantity.Quantity | None

    @classmethod
    def of(cls, limit: Object, kind: str, name: str) -> Bounds:
        found = []
        for field in FIELDS:
            text = (limit.get(field) or {}).get(name)
            left_out = text is None or (kind == "Pod" and field.startswith("default"))
            found.append(None if left_out else quantity.from_json(text))
        return cls(*found)


def validate_bounds(bounds: Bounds, path: str, name: str) -> checks.Found:
    low, high, default, request = bounds.min, bounds.max, bounds.default, bounds.request
    for field, shown, small, what, large, whose in (
        ("min", low, low, "min value", high, "max value"),
        ("defaultRequest", request, low, "min value", request, "default request value"),
        ("defaultRequest", request, request, "default request value", high, "max value"),
        ("defaultRequest", request, request, "default request value", default, "default limit value"),
        ("default", low, low, "min value", default, "default value"),
        ("default", high, default, "default value", high, "max value"),
    ):
        if small is not None and large is not None and large < small:
            text = f"{what} {small} is greater than {whose} {large}"
            yield fielderrors.invalid(f"{path}.{field}[{name}]", str(shown), text)
    yield from validate_ratio(bounds, f"{path}.maxLimitRequestRatio[{name}]")
    if not resourcenames.may_overcommit(name) and default is not None and request is not None and default != request:
        text = f"default value {default} must equal to defaultRequest value {request} in {name}"
        yield fielderrors.invalid(f"{path}.defaultRequest[{name}]", str(request), text)


def validate_ratio(bounds: Bounds, path: str) -> checks.Found:
    ratio = bounds.ratio
    if ratio is None:
        return
    if ratio < ONE:
        yield fielderrors.invalid(path, str(ratio), f"ratio {ratio} is less than 1")
    if bounds.min is not None and bounds.max is not None and bounds.min:
        allowed = bounds.max.nanos / bounds.min.nanos
        if ratio.nanos / quantity.NANOS > allowed:
            yield fielderrors.invalid(path, str(ratio), f"ratio {ratio} is greater than max/min = {allowed:f}")
