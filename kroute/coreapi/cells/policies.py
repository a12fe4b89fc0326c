"""Cells of admission policies and of flow control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kroute.coreapi import cells
from kroute.machinery import objects


def param_kind(obj: objects.Object, now: float) -> str:
    found = (obj.get("spec") or {}).get("paramKind")
    return cells.UNSET if found is None else f"{found.get('apiVersion', '')}/{found.get('kind', '')}"


def param_ref(obj: objects.Object, now: float) -> str:
    """The parameters that a binding names or selects."""
    found = (obj.get("spec") or {}).get("paramRef") or {}
    if found.get("name"):
        return f"{found.get('namespace') or '*'}/{found['name']}"
    selector = found.get("selector")
    return cells.UNSET if selector is None else selector_of(selector)


def selector_of(selector: objects.Object) -> str:
    """A label selector as Go prints the struct."""
    labels = ",".join(f"{key}: {value}" for key, value in sorted((selector.get("matchLabels") or {}).items()))
    shown = f"map[string]string{{{labels + ',' if labels else ''}}}"
    expressions = "".join(
        f"LabelSelectorRequirement{{Key:{one.get('key', '')},Operator:{one.get('operator', '')},"
        f"Values:[{' '.join(one.get('values') or ())}],}},"
        for one in selector.get("matchExpressions") or ()
    )
    return f"&LabelSelector{{MatchLabels:{shown},MatchExpressions:[]LabelSelectorRequirement{{{expressions}}},}}"


def dangling(obj: objects.Object, now: float) -> str:
    """Whether a flow schema names a priority level that there isn't."""
    for condition in (obj.get("status") or {}).get("conditions") or ():
        if condition.get("type") == "Dangling":
            return condition.get("status") or ""
    return "?"


def precedence(obj: objects.Object) -> tuple[int, str]:
    """What flow schemas are sorted by."""
    return (obj.get("spec") or {}).get("matchingPrecedence") or 0, (obj.get("metadata") or {}).get("name") or ""


def queues(obj: objects.Object, now: float) -> Sequence[Any]:
    """The shares of a priority level, its queues, how many a flow has, and their length."""
    limited = (obj.get("spec") or {}).get("limited")
    if limited is None:
        return cells.NONE, cells.NONE, cells.NONE, cells.NONE
    queuing = (limited.get("limitResponse") or {}).get("queuing")
    if queuing is None:
        return limited.get("nominalConcurrencyShares"), cells.NONE, cells.NONE, cells.NONE
    return (
        limited.get("nominalConcurrencyShares"),
        *(queuing.get(key) or 0 for key in ("queues", "handSize", "queueLengthLimit")),
    )
