"""The quality of service class of pods: how they rank when a node runs short.

Mirrors `pkg/apis/core/helper/qos`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kroute.coreapi import podresources
from kroute.machinery import quantity

Object = Mapping[str, Any]
COUNTED = ("cpu", "memory")
BEST_EFFORT, BURSTABLE, GUARANTEED = "BestEffort", "Burstable", "Guaranteed"


def class_of(pod: Object) -> str:
    """The class that was given to the pod, or else the computed one."""
    return (pod.get("status") or {}).get("qosClass") or compute(pod.get("spec") or {})


def compute(spec: Object) -> str:
    """The class of a pod with this spec."""
    whole = spec.get("resources")
    holders: Iterable[Object] = [*(spec.get("containers") or ()), *(spec.get("initContainers") or ())]
    if whole is not None:
        holders = [{"resources": whole}]
    limits: podresources.Amounts = {}
    requests: podresources.Amounts = {}
    guaranteed = True
    for holder in holders:
        own = counted(holder, "limits")
        podresources.add(limits, own)
        podresources.add(requests, counted(holder, "requests"))
        has_limits = bool((holder.get("resources") or {}).get("limits"))
        if len(own) < len(COUNTED) and (whole is None or has_limits):
            guaranteed = False
    if not limits and not requests:
        return BEST_EFFORT
    same = all(limits.get(name) == amount for name, amount in requests.items())
    return GUARANTEED if guaranteed and same and len(requests) == len(limits) else BURSTABLE


def counted(holder: Object, what: str) -> podresources.Amounts:
    """What counts for the class: cpu and memory, where there is any."""
    found = (holder.get("resources") or {}).get(what) or {}
    amounts = {name: quantity.parse(found[name]) for name in COUNTED if name in found}
    return {name: amount for name, amount in amounts.items() if amount.nanos > 0}
