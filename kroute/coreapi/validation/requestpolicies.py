"""How much of a device's capacity may be asked for, where several share it.  Mirrors `pkg/apis/resource/validation`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.coreapi import checks
from kroute.coreapi.validation import devices
from kroute.machinery import fielderrors, quantity

Object = Mapping[str, Any]
MOST_VALUES = 10
ONE_POLICY = 'exactly one policy can be specified, cannot specify "validValues" and "validRange" at the same time'


def validate_single(capacity: Object, path: str) -> checks.Found:
    """The capacity of a device that isn't shared."""
    text = "allowMultipleAllocations must be true"
    yield from checks.forbidden_fields(capacity, path, text, "requestPolicy")


def validate_shared(capacity: Object, path: str) -> checks.Found:
    policy = capacity.get("requestPolicy")
    if policy is None:
        return
    at, most = f"{path}.requestPolicy", quantity.parse(capacity.get("value") or "0")
    values, limits, default = (policy.get(field) for field in ("validValues", "validRange", "default"))
    if values and limits is not None:
        yield fielderrors.forbidden(at, ONE_POLICY)
        return
    for field, given in (("validValues", values or None), ("validRange", limits)):
        if given is not None and default is None:
            yield fielderrors.required(f"{at}.default", f"required when {field} is defined")
        elif field == "validValues" and given is not None:
            yield from validate_values(given, default, most, f"{at}.validValues")
        elif given is not None:
            yield from validate_range(given, default, most, f"{at}.validRange")


def validate_values(values: Sequence[str], default: str, most: quantity.Quantity, path: str) -> checks.Found:
    """Amounts in ascending order, with the default among them."""
    amounts = [quantity.parse(value) for value in values]
    for index in range(1, len(amounts)):
        if amounts[index] < amounts[index - 1]:
            yield fielderrors.invalid(f"{path}[{index}]", values[index], "values must be sorted in ascending order")

    def check(value: str, at: str) -> checks.Found:
        if most < quantity.parse(value):
            yield fielderrors.invalid(at, value, f"option is larger than capacity value: {most}")

    yield from devices.validate_set(values, MOST_VALUES, check, key, path)
    if quantity.parse(default) not in amounts:
        text = "default value is not valid according to the requestPolicy"
        yield fielderrors.invalid(path, default, text)


def key(value: str) -> str:
    return str(quantity.parse(value).value)


def validate_range(limits: Object, default: str, most: quantity.Quantity, path: str) -> checks.Found:
    low, high, step = (limits.get(field) for field in ("min", "max", "step"))
    if low is None:
        yield fielderrors.required(f"{path}.min", "required when validRange is defined")
        return
    wanted, least = quantity.parse(default), quantity.parse(low)
    if most < least:
        yield fielderrors.invalid(f"{path}.min", low, f"min is larger than capacity value: {most}")
    if wanted < least:
        yield fielderrors.invalid(f"{path}.min", default, f"default is less than min: {low}")
    if high is not None:
        top = quantity.parse(high)
        if top < least:
            yield fielderrors.invalid(f"{path}.max", low, f"min is larger than max: {high}")
        if most < top:
            yield fielderrors.invalid(f"{path}.max", high, f"max is larger than capacity value: {most}")
        if top < wanted:
            yield fielderrors.invalid(f"{path}.max", default, f"default is more than max: {high}")
    if step is not None:
        added = least + quantity.parse(step)
        if most < added:
            text = f"one step {added} is larger than capacity value: {most}"
            yield fielderrors.invalid(f"{path}.step", step, text)
        for value in (default, high):
            if value is not None:
                yield from validate_step(value, low, step, f"{path}.step")


def validate_step(value: str, low: str, step: str, path: str) -> checks.Found:
    size = quantity.parse(step).value
    if size and (quantity.parse(value).value - quantity.parse(low).value) % size:
        text = f"value is not a multiple of a given step ({step}) from ({low})"
        yield fielderrors.invalid(path, value, text)
