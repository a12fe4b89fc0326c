"""What the containers of a pod ask for together.

Used by defaulting and validation of resources at pod level, and by whatever counts a pod's resources.
Mirrors `k8s.io/component-helpers/resource`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kroute.machinery import quantity

Amounts = dict[str, quantity.Quantity]


def is_sidecar(container: Mapping[str, Any]) -> bool:
    """Whether an init container keeps running beside the containers."""
    return container.get("restartPolicy") == "Always"


def aggregate(spec: Mapping[str, Any], what: str) -> Amounts:
    """The sum of `requests` or `limits`: all containers and sidecars, or the hungriest moment of initialisation."""
    total: Amounts = {}
    for container in spec.get("containers") or ():
        add(total, amounts_of(container, what))
    sidecars: Amounts = {}
    initial: Amounts = {}
    for container in spec.get("initContainers") or ():
        wanted = amounts_of(container, what)
        if is_sidecar(container):
            add(total, wanted)
            add(sidecars, wanted)
            wanted = sidecars
        else:
            add(wanted, sidecars)
        maximise(initial, wanted)
    maximise(total, initial)
    return total


def total(spec: Mapping[str, Any], what: str) -> Amounts:
    """What a pod asks for in all: its containers, or what it says itself, and the overhead of its runtime."""
    found = aggregate(spec, what)
    found.update(amounts_of(spec, what))
    for name, text in (spec.get("overhead") or {}).items():
        if what == "requests" or name in found:
            add(found, {name: quantity.from_json(text)})
    return found


def amounts_of(container: Mapping[str, Any], what: str) -> Amounts:
    found = (container.get("resources") or {}).get(what) or {}
    return {name: quantity.parse(text) for name, text in found.items()}


def add(total: Amounts, more: Amounts) -> None:
    for name, amount in more.items():
        total[name] = total[name] + amount if name in total else amount


def maximise(total: Amounts, other: Amounts) -> None:
    for name, amount in other.items():
        if name not in total or total[name] < amount:
            total[name] = amount
