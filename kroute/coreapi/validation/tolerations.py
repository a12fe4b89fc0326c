"""Tolerations of taints, effects of taints, and scheduling gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from kroute.coreapi import checks
from kroute.machinery import fielderrors, names

Object = Mapping[str, Any]
EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
OPERATORS = ("Equal", "Exists")
ANY_TAINT = 'operator must be Exists when `key` is empty, which means "match all values and all keys"'


def validate(tolerations: Sequence[Object], path: str) -> checks.Found:
    for index, toleration in enumerate(tolerations):
        yield from validate_one(toleration, f"{path}[{index}]")


def validate_one(toleration: Object, path: str) -> checks.Found:
    key, effect = toleration.get("key") or "", toleration.get("effect") or ""
    operator, value = toleration.get("operator") or "", toleration.get("value") or ""
    if key:
        yield from checks.label_name(key, f"{path}.key")
    elif operator != "Exists":
        yield fielderrors.invalid(f"{path}.operator", operator, ANY_TAINT)
    if toleration.get("tolerationSeconds") is not None and effect != "NoExecute":
        text = "effect must be 'NoExecute' when `tolerationSeconds` is set"
        yield fielderrors.invalid(f"{path}.effect", effect, text)
    if operator in ("Equal", ""):
        wrong = names.label_value(value)
        if wrong:
            yield fielderrors.invalid(f"{path}.operator", value, ";".join(wrong))
    elif operator == "Exists":
        if value:
            yield fielderrors.invalid(f"{path}.operator", value, "value must be empty when `operator` is 'Exists'")
    else:
        yield fielderrors.not_supported(f"{path}.operator", operator, OPERATORS)
    if effect:
        yield from checks.one_of(effect, EFFECTS, f"{path}.effect")


def validate_only_added(new: Sequence[Object], old: Sequence[Object], path: str) -> checks.Found:
    """A pod's tolerations may become more, and their seconds may change."""
    kept = [without_seconds(toleration) for toleration in new]
    if any(without_seconds(toleration) not in kept for toleration in old):
        text = "existing toleration can not be modified except its tolerationSeconds"
        yield fielderrors.forbidden(path, text)
        return
    yield from validate(new, path)


def without_seconds(toleration: Object) -> Object:
    return {key: value for key, value in toleration.items() if key != "tolerationSeconds"}


def validate_gates(gates: Sequence[Object], path: str) -> checks.Found:
    """Scheduling gates have names of their own."""
    seen = set()
    for index, gate in enumerate(gates):
        name = gate.get("name") or ""
        yield from checks.text(name, names.qualified_name, f"{path}[{index}]")
        if name in seen:
            yield fielderrors.duplicate(f"{path}[{index}]", name)
        seen.add(name)


def validate_gates_only_deleted(new: Sequence[Object], old: Sequence[Object], path: str) -> checks.Found:
    before = {gate.get("name") for gate in old}
    for index, gate in enumerate(new):
        name = gate.get("name") or ""
        if name not in before:
            text = f"only deletion is allowed, but found new scheduling gate '{name}'"
            yield fielderrors.forbidden(f"{path}[{index}].name", text)
