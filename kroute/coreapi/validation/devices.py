"""What claims, classes and slices of devices have in common: names, selectors, tolerations, configurations.

Mirrors `pkg/apis/resource/validation`.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Hashable, Mapping, Sequence
from typing import Any, TypeAlias

from kroute.coreapi import checks
from kroute.coreapi.validation import expressions, volumesources
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
Check: TypeAlias = Callable[[Any, str], checks.Found]

MOST_SELECTORS, MOST_CONDITIONS = 32, 4
LONGEST_EXPRESSION, LONGEST_DATA = 10 * 1024, 10 * 1024
LONGEST_POOL, LONGEST_ID = 253, 32
EFFECTS = ("NoExecute", "NoSchedule", "None")
OPERATORS = ("Equal", "Exists")
driver_name = volumesources.validate_driver


def validate_list(items: Sequence[Any], most: int, check: Check, path: str) -> checks.Found:
    """Not too many items, and each a good one."""
    if len(items) > most:
        yield fielderrors.too_many(path, len(items), most)
        return
    for index, item in enumerate(items):
        yield from check(item, f"{path}[{index}]")


def validate_set(
    items: Sequence[Any], most: int, check: Check, key: Callable[[Any], Hashable], path: str
) -> checks.Found:
    """A list without items that are the same."""
    yield from validate_list(items, most, check, path)
    seen = set()
    for index, item in enumerate(items if len(items) <= most else ()):
        found = key(item)
        if found in seen:
            yield fielderrors.duplicate(f"{path}[{index}]", found)
        seen.add(found)


def name_of(item: Object) -> str:
    return item.get("name") or ""


def validate_map(items: Mapping[str, Any], most: int, key: Check, check: Check, path: str) -> checks.Found:
    if len(items) > most:
        yield fielderrors.too_many(path, len(items), most)
        return
    for name, item in items.items():
        yield from key(name, f"{path}[{name}]")
        yield from check(item, f"{path}[{name}]")


def label(value: str, path: str) -> checks.Found:
    yield from checks.text(value, names.dns1123_label, path)


def pool_name(name: str, path: str) -> checks.Found:
    """Subdomains joined by slashes."""
    if not name:
        yield fielderrors.required(path)
        return
    if names.size(name) > LONGEST_POOL:
        yield fielderrors.too_long(path, LONGEST_POOL)
    for part in name.split("/"):
        yield from checks.text(part, names.dns1123_subdomain, path)


def qualified_name(name: str, path: str) -> checks.Found:
    """The name of an attribute or a capacity: an identifier, maybe in a domain."""
    domain, slash, rest = name.partition("/")
    if not slash:
        yield from identifier(name, path)
    elif "/" not in rest:
        if domain:
            yield from driver_name(domain, path)
        else:
            yield fielderrors.invalid(path, "", "the domain must not be empty")
        if rest:
            yield from identifier(rest, path)
        else:
            yield fielderrors.invalid(path, "", "the name must not be empty")


def full_name(name: str, path: str) -> checks.Found:
    yield from qualified_name(name, path)
    if "/" not in name:
        text = "a fully qualified name must be a domain and a name separated by a slash"
        yield fielderrors.invalid(path, name, text)


def identifier(name: str, path: str) -> checks.Found:
    if names.size(name) > LONGEST_ID:
        yield fielderrors.too_long(path, LONGEST_ID)
    yield from checks.text(name, names.c_identifier, path)


def validate_selectors(
    selectors: Sequence[Object], path: str, compiler: expressions.Compiler, *, stored: bool
) -> checks.Found:
    """Expressions that choose devices."""

    def one(selector: Object, at: str) -> checks.Found:
        cel = selector.get("cel")
        if cel is None:
            yield fielderrors.required(f"{at}.cel")
            return
        expression = cel.get("expression") or ""
        if names.size(expression) > LONGEST_EXPRESSION:
            yield fielderrors.too_long(f"{at}.cel.expression", LONGEST_EXPRESSION)
            return
        use = expressions.Use(wanted=expressions.DEVICE_SELECTOR, authorizer=False, stored=stored)
        yield from expressions.validate(expression, use, f"{at}.cel.expression", compiler)

    yield from validate_list(selectors, MOST_SELECTORS, one, path)


def validate_toleration(toleration: Object, path: str) -> checks.Found:
    operator, value = toleration.get("operator") or "", toleration.get("value") or ""
    if toleration.get("key"):
        yield from checks.label_name(toleration["key"], f"{path}.key")
    if operator == "Exists":
        if value:
            yield fielderrors.invalid(f"{path}.value", value, "must be empty for operator `Exists`")
    elif operator == "Equal":
        yield from checks.text(value, names.label_value, f"{path}.value")
    else:
        yield from checks.required_one_of(operator, OPERATORS, f"{path}.operator")
    if toleration.get("effect"):
        yield from checks.one_of(toleration["effect"], EFFECTS, f"{path}.effect")


def validate_configuration(config: Object, path: str, *, stored: bool) -> checks.Found:
    """What a driver is told."""
    opaque = config.get("opaque")
    if opaque is None:
        yield fielderrors.required(f"{path}.opaque")
        return
    yield from driver_name(opaque.get("driver") or "", f"{path}.opaque.driver")
    yield from validate_data(opaque.get("parameters"), f"{path}.opaque.parameters", stored=stored)


def validate_data(data: Any, path: str, *, stored: bool = False) -> checks.Found:
    """Any JSON object that isn't too large."""
    if data is None:
        yield fielderrors.required(path)
    elif not stored and names.size(json.dumps(data, separators=(",", ":"), ensure_ascii=False)) > LONGEST_DATA:
        yield fielderrors.too_long(path, LONGEST_DATA)
    elif not isinstance(data, Mapping):
        yield fielderrors.invalid(path, "<value omitted>", "must be a valid JSON object")


def validate_binding(holder: Object, path: str) -> checks.Found:
    """Conditions that must hold, or must not, before a pod is bound to a node."""
    wanted, unwanted = (holder.get(field) or [] for field in ("bindingConditions", "bindingFailureConditions"))
    at, failing = f"{path}.bindingConditions", f"{path}.bindingFailureConditions"
    yield from validate_list(wanted, MOST_CONDITIONS, checks.label_name, at)
    yield from validate_list(unwanted, MOST_CONDITIONS, checks.label_name, failing)
    yield from doubles(wanted, at)
    seen: set[str] = set()
    for index, condition in enumerate(unwanted):
        if condition in seen:
            yield fielderrors.duplicate(f"{failing}[{index}]", condition)
        seen.add(condition)
        if condition in wanted:
            text = "bindingFailureConditions must not overlap with bindingConditions"
            yield fielderrors.invalid(f"{failing}[{index}]", condition, text)
    if unwanted and not wanted:
        text = "bindingConditions are required to use bindingFailureConditions"
        yield fielderrors.invalid(at, holder.get("bindingConditions"), text)
    if wanted and not unwanted:
        text = "bindingFailureConditions are required to use bindingConditions"
        yield fielderrors.invalid(failing, holder.get("bindingFailureConditions"), text)


def doubles(values: Collection[str], path: str) -> checks.Found:
    seen = set()
    for index, value in enumerate(values):
        if value in seen:
            yield fielderrors.duplicate(f"{path}[{index}]", value)
        seen.add(value)
