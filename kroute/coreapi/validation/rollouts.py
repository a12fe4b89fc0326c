"""How workloads replace their pods: strategies and how many pods may be missing or too many meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.coreapi import checks, internals
from kroute.machinery import fielderrors

Object = Mapping[str, Any]
ROLLING = "RollingUpdate"


def validate_deployment(strategy: Object, path: str) -> checks.Found:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == "Recreate":
        text = "may not be specified when strategy `type` is 'Recreate'"
        yield from checks.forbidden_fields(strategy, path, text, "rollingUpdate")
    elif kind != ROLLING:
        shown = internals.encode(strategy, "apps.v1.DeploymentStrategy")
        yield fielderrors.not_supported(path, shown, ("Recreate", ROLLING))
    elif rolling is None:
        yield fielderrors.required(f"{path}.rollingUpdate", "this should be defaulted and never be nil")
    else:
        yield from validate_deployment_amounts(rolling, f"{path}.rollingUpdate")


def validate_deployment_amounts(rolling: Object, path: str) -> checks.Found:
    unavailable, surge = rolling.get("maxUnavailable") or 0, rolling.get("maxSurge") or 0
    yield from checks.number_or_percentage(unavailable, f"{path}.maxUnavailable")
    yield from checks.number_or_percentage(surge, f"{path}.maxSurge")
    if not checks.amount_of(unavailable) and not checks.amount_of(surge):
        yield fielderrors.invalid(f"{path}.maxUnavailable", unavailable, "may not be 0 when `maxSurge` is 0")
    yield from checks.at_most_all(unavailable, f"{path}.maxUnavailable")


def validate_daemon_set(strategy: Object, path: str) -> checks.Found:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if kind == ROLLING:
        if rolling is None:
            yield fielderrors.required(f"{path}.rollingUpdate")
        else:
            yield from validate_daemon_set_amounts(rolling, f"{path}.rollingUpdate")
    elif kind != "OnDelete":
        shown = internals.encode(strategy, "apps.v1.DaemonSetUpdateStrategy")
        yield fielderrors.not_supported(path, shown, (ROLLING, "OnDelete"))


def validate_daemon_set_amounts(rolling: Object, path: str) -> checks.Found:
    unavailable, surge = rolling.get("maxUnavailable") or 0, rolling.get("maxSurge") or 0
    for check in (checks.number_or_percentage, checks.at_most_all):
        yield from check(unavailable, f"{path}.maxUnavailable")
        yield from check(surge, f"{path}.maxSurge")
    some, more = checks.amount_of(unavailable) != 0, checks.amount_of(surge) != 0
    if some and more:
        yield fielderrors.invalid(f"{path}.maxSurge", surge, "may not be set when maxUnavailable is non-zero")
    elif not some and not more:
        yield fielderrors.required(f"{path}.maxUnavailable", "cannot be 0 when maxSurge is 0")


def validate_stateful_set(strategy: Object, path: str) -> checks.Found:
    kind, rolling = strategy.get("type"), strategy.get("rollingUpdate")
    if not kind:
        yield fielderrors.required(path)
    elif kind == ROLLING:
        if rolling is not None:
            yield from validate_stateful_set_amounts(rolling, f"{path}.rollingUpdate")
    elif kind != "OnDelete":
        shown = internals.encode(strategy, "apps.v1.StatefulSetUpdateStrategy")
        yield fielderrors.invalid(path, shown, "must be 'RollingUpdate' or 'OnDelete'")
    elif rolling is not None:
        value = internals.encode(rolling, "apps.v1.RollingUpdateStatefulSetStrategy")
        text = "only allowed for updateStrategy 'RollingUpdate'"
        yield fielderrors.invalid(f"{path}.rollingUpdate", value, text)


def validate_stateful_set_amounts(rolling: Object, path: str) -> checks.Found:
    yield from checks.non_negative(rolling, path, "partition")
    unavailable = rolling.get("maxUnavailable")
    if unavailable is None:
        return
    at = f"{path}.maxUnavailable"
    yield from checks.number_or_percentage(unavailable, at)
    if not checks.amount_of(unavailable):
        yield fielderrors.invalid(at, unavailable, "cannot be 0")
    yield from checks.at_most_all(unavailable, at)
